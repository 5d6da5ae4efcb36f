//! `highwater heap object FILE ID`.

use super::{Kept, Written};
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap object`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// The object, as other answers show it: `@123`.
    id: String,
    #[command(flatten)]
    kept: Kept,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.kept.answer(&arguments.written, color, |heaps| heaps.object(&arguments.file, &arguments.id))
}
