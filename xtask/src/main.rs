//! Maintenance commands, and the checks that hold the architecture.
//!
//! The checks are pure functions from the text of the repository to a list of problems. `cargo test -p xtask`
//! runs each as a test; `cargo xtask check` prints all of them at once. Nothing here ships.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool for developers: it reads the repository, starts programs and speaks"
)]

mod args;
mod checks;
mod commands;
mod manifest;
mod markdown;
mod tree;

use std::process::ExitCode;

use args::Args;

const USAGE: &str = "\
usage: cargo xtask <command>

  check                      every check of the house; the same ones run in `cargo test -p xtask`
  new-rule <id>              write the folder of a new rule and its two lines in rules/mod.rs
  docs [--check]             write docs/rules from the rules' pages, or tell whether it is up to date
  corpus --cases FILE... --trees DIR [--score SCORE_PY] [--binary PATH] [--jobs N] [--out DIR] [-- ARGS]
                             score the release binary on real leaks; write corpus/RELIABILITY.md
  bench --trees DIR... [--rounds N] [--floor 'CMD {tree}'] [--binary PATH]
                             CPU and peak memory of `highwater scan` against a floor
  bench heap [--work DIR] [--rounds N] [--files service|medium|large...] [--snapshots FILE...] [--only NAME...]
             [--heap-snapshot DIR] [--binary PATH] [--command 'heap summary {file} ...']
                             CPU and memory of opening a heap snapshot against a floor and other tools
  bench load [--work DIR] [--rounds N] [--requests N] [--connections N] [--only oha|autocannon...] [--binary PATH]
                             CPU of the load generator beside oha and autocannon
  verify-heap [--work DIR] [--binary PATH]
                             sizes and distances of every node against Chrome DevTools, on all runtimes
  fixtures [--dir DIR] [--seconds N] [--binary PATH]
                             scan parser fixtures and large npm packages; tell what breaks or hangs
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    match run(&command, &words.collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, words: &[String]) -> Result<(), String> {
    match command {
        "check" => commands::check::run(&Args::read(words, &[])?),
        "new-rule" => commands::new_rule::run(&Args::read(words, &[])?),
        "docs" => commands::docs::run(&Args::read(words, &["check"])?),
        "corpus" => commands::corpus::run(&Args::read(words, commands::corpus::FLAGS)?),
        "bench" if words.first().is_some_and(|word| word == "heap") => {
            commands::heap::bench::run(&Args::read(&words[1..], commands::heap::bench::FLAGS)?)
        }
        "bench" if words.first().is_some_and(|word| word == "load") => {
            commands::load::run(&Args::read(&words[1..], commands::load::FLAGS)?)
        }
        "bench" => commands::bench::run(&Args::read(words, commands::bench::FLAGS)?),
        "verify-heap" => commands::heap::verify::run(&Args::read(words, commands::heap::verify::FLAGS)?),
        "fixtures" => commands::fixtures::run(&Args::read(words, commands::fixtures::FLAGS)?),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no command `{other}`\n\n{USAGE}")),
    }
}
