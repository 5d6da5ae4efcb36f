//! The `highwater` command: parse the command line, run one command, turn what came of it into an exit code.
#![expect(clippy::disallowed_methods, reason = "progress and watching need a clock")]

mod commands;
mod console;
mod curve;
mod progress;
mod told;
mod watch;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    highwater_engine::quiet_panics();
    let command_line = match commands::CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => return console::usage(&error),
    };
    match commands::run(command_line) {
        Ok(outcome) => outcome.into(),
        Err(failure) => console::fail(&failure),
    }
}
