//! `highwater guard`: watches over a service that another of our commands has started.

use std::ffi::OsString;
use std::process::ExitCode;

/// What our own commands pass on.
#[derive(clap::Args)]
pub struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs until the service has ended.
pub fn run(arguments: &Arguments) -> ExitCode {
    highwater_engine::guard(&arguments.arguments)
}
