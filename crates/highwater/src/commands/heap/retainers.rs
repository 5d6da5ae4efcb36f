//! `highwater heap retainers FILE ID|NAME`.

use super::Written;
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap retainers`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// A number as snapshots show it (`@123`), or the exact name of a class or function.
    #[arg(value_name = "ID|NAME")]
    wanted: String,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.written.answer(color, |heaps| heaps.retainers(&arguments.file, &arguments.wanted))
}
