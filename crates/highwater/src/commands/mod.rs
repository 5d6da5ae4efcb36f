//! The command line: one file for each command.

mod completions;
mod config;
mod explain;
mod guard;
mod heap;
mod load;
mod prove;
mod rules;
mod scan;

use crate::console::{Color, Failure, Outcome};
use clap::{Parser, Subcommand};

/// Finds memory that never comes back down in JavaScript and TypeScript services.
#[derive(Parser)]
#[command(name = "highwater", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct CommandLine {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 findings at or above the threshold (prove: a leak), 2 could not run, 3 undecided (prove).";

#[derive(Subcommand)]
enum Command {
    /// Find the leaks of a code base and say why.
    Scan(scan::Arguments),
    /// Open V8 heap snapshots: what is in them, what grew, who holds it.
    Heap(heap::Arguments),
    /// Start a service, load it, and decide whether it leaks, how fast, and who holds it.
    Prove(prove::Arguments),
    /// Watch over a service that was started.
    #[command(hide = true)]
    Guard(guard::Arguments),
    /// Send requests to a service and say how it answered.
    Load(load::Arguments),
    /// Explain a rule: what leaks, why it matters, how to fix it.
    Explain(explain::Arguments),
    /// List the rules.
    Rules,
    /// Print completions for a shell.
    Completions(completions::Arguments),
    /// Print the schema of highwater.toml, or write a first one.
    Config(config::Arguments),
}

/// Runs the command that was asked for.
pub fn run(line: CommandLine) -> Result<Outcome, Failure> {
    match line.command {
        Command::Scan(arguments) => scan::run(&arguments, line.color),
        Command::Heap(arguments) => heap::run(&arguments, line.color),
        Command::Prove(arguments) => prove::run(&arguments, line.color),
        Command::Guard(arguments) => Ok(Outcome::Guarded(guard::run(&arguments))),
        Command::Load(arguments) => load::run(&arguments, line.color),
        Command::Explain(arguments) => explain::run(&arguments, line.color),
        Command::Rules => rules::run(line.color),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
    }
}
