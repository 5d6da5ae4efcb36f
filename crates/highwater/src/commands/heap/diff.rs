//! `highwater heap diff FILE FILE...`.

use super::Written;
use crate::console::{Color, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap diff`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Snapshots of one process, the oldest first; three or more decide what keeps growing.
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Units of work (requests, say) between two snapshots: growth is then also told for each of them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rounds: Option<u64>,
    #[command(flatten)]
    written: Written,
}

/// Answers.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    arguments.written.answer(color, |heaps| heaps.diff(&arguments.files, arguments.rounds))
}
