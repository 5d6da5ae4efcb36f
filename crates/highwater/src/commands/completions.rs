//! `highwater completions SHELL`.

use super::CommandLine;
use crate::console::{self, Failure, Outcome};
use clap::CommandFactory;
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The shell to complete in.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints completions made from the command line's own definition.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "highwater", &mut script);
    console::print(|out| out.write_all(&script))?;
    Ok(Outcome::Clean)
}
