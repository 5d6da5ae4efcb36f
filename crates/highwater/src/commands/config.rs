//! `highwater config`.

use crate::console::{self, Failure, Outcome};
use std::path::Path;

/// Arguments of `config`.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Arguments {
    /// Print the JSON schema of highwater.toml.
    #[arg(long)]
    schema: bool,
    /// Write a highwater.toml into the current folder, with every key commented out.
    #[arg(long)]
    init: bool,
}

/// Prints the schema or writes a first configuration; an existing one is never overwritten.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if arguments.schema {
        console::print(|out| out.write_all(highwater_engine::schema().as_bytes()))?;
        return Ok(Outcome::Clean);
    }
    let path = Path::new("highwater.toml");
    if path.symlink_metadata().is_ok() {
        return Err(Failure::new(
            "there already is a `highwater.toml` here\n  help: edit it, or move it away first",
        ));
    }
    highwater_engine::write_whole(path, highwater_engine::template().as_bytes())?;
    console::tell("wrote highwater.toml; every key is optional");
    Ok(Outcome::Clean)
}
