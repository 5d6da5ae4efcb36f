//! `highwater heap find FILE QUERY`.

use super::{Common, Written};
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
    common: Common,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.written.answer(&arguments.common, color, |heaps| heaps.find(&arguments.file, &arguments.query))
}
