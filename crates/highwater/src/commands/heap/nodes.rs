//! `highwater heap nodes FILE`.

use super::{Common, Figures};
use crate::console::{self, Failure, Outcome};
use highwater_engine::{NodeFormat, NodeList};
use std::path::PathBuf;

/// Arguments of `heap nodes`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// Form of the lines.
    #[arg(long, short, value_enum, default_value_t = Form::Tsv)]
    format: Form,
    /// So many nodes at most, in the order of the file.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    figures: Figures,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Tsv,
    Ndjson,
}

/// Writes them.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let format = match arguments.format {
        Form::Tsv => NodeFormat::Tsv,
        Form::Ndjson => NodeFormat::Ndjson,
    };
    let list = NodeList { format, limit: arguments.limit };
    let heap = arguments.common.ask(arguments.figures.options(), |heaps| heaps.open(&arguments.file))?;
    console::print(|out| list.write(&heap, out))?;
    Ok(Outcome::Clean)
}
