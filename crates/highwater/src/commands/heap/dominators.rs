//! `highwater heap dominators FILE`.

use super::{Kept, Written};
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap dominators`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// Levels of the tree.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    depth: u32,
    #[command(flatten)]
    kept: Kept,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments
        .kept
        .answer(&arguments.written, color, |heaps| heaps.dominators(&arguments.file, arguments.depth))
}
