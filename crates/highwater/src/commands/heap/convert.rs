//! `highwater heap convert FILE --to parquet --output FOLDER`.

use super::{Common, Figures};
use crate::console::{self, Failure, Outcome};
use std::path::PathBuf;

/// Arguments of `heap convert`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// Form of the tables.
    #[arg(long, value_enum, default_value_t = Form::Parquet)]
    to: Form,
    /// A new folder for them, which is there whole or not at all.
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    figures: Figures,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Parquet,
}

/// Writes them.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let Form::Parquet = arguments.to;
    let done = arguments
        .common
        .ask(arguments.figures.options(), |heaps| heaps.parquet(&arguments.file, &arguments.output))?;
    console::tell(&format!(
        "wrote {}: nodes.parquet with {} rows, edges.parquet with {}",
        arguments.output.display(),
        done.nodes,
        done.edges
    ));
    Ok(Outcome::Clean)
}
