//! `highwater heap leaks FILE`.

use super::Written;
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap leaks`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.written.answer(color, |heaps| heaps.leaks(&arguments.file))
}
