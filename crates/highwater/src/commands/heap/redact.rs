//! `highwater heap redact FILE --output FILE`.

use super::Common;
use crate::console::{self, Failure, Outcome};
use highwater_engine::HeapOptions;
use std::path::PathBuf;

/// Arguments of `heap redact`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A .heapsnapshot file, also gzip or zstd; `-` for standard input.
    file: PathBuf,
    /// Where the copy goes, whole or not at all.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Names of properties that may be keys of data: `redact` those that do not read like code and those of large
    /// dictionaries, or `keep` all.
    #[arg(long, value_enum, default_value_t = Keys::Redact)]
    keys: Keys,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Keys {
    Redact,
    Keep,
}

/// Writes the copy.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let keys = match arguments.keys {
        Keys::Redact => highwater_engine::Keys::Redact,
        Keys::Keep => highwater_engine::Keys::Keep,
    };
    let done = arguments
        .common
        .ask(HeapOptions::default(), |heaps| heaps.redact(&arguments.file, keys, &arguments.output))?;
    console::tell(&format!(
        "wrote {}: {} of {} strings replaced ({} property names among them), {} shortened",
        arguments.output.display(),
        done.replaced,
        done.strings,
        done.keys,
        done.trimmed
    ));
    Ok(Outcome::Clean)
}
