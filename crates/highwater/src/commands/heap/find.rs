//! `highwater heap find FILE QUERY`.

use super::{Kept, Written};
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap find`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// Terms that all hold: `class:Session retained>=1mb -kind:closure has:socket`.
    #[arg(allow_hyphen_values = true)]
    query: String,
    #[command(flatten)]
    kept: Kept,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.kept.answer(&arguments.written, color, |heaps| heaps.find(&arguments.file, &arguments.query))
}
