//! Why a run could not happen at all. Each message says what, where, and what to do.
//!
//! Trouble with a single file is not an error but a `Problem` in the report.

use std::path::PathBuf;

/// Why a run could not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path to scan does not exist.
    #[error("there is no folder at `{}`\n  help: give the folder of a service or of a whole repository, e.g. `highwater scan .`", .0.display())]
    NoSuchFolder(PathBuf),
    /// The path to scan is a file or something else.
    #[error("`{}` is not a folder\n  help: a leak is judged over a whole program; give the folder and use `--since` or `ignore` to narrow what is shown", .0.display())]
    NotAFolder(PathBuf),
    /// A file that the run needs cannot be read.
    #[error("cannot read `{}`: {source}\n  help: {help}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do.
        help: &'static str,
    },
    /// One snapshot was given where two or more are needed.
    #[error(
        "one snapshot cannot be compared\n  help: give two or more snapshots of one process, the oldest first; `highwater heap leaks` judges a single one"
    )]
    NothingToCompare,
    /// What was asked for is not in the heap.
    #[error("there is no `{wanted}` in `{}`\n  help: {help}", .path.display())]
    NotInHeap {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// What to do.
        help: &'static str,
    },
    /// A file that was asked for cannot be written.
    #[error("cannot write `{}`: {source}\n  help: check that the folder exists and that you may write to it", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no heap snapshot, or a broken one.
    #[error("`{}` cannot be read as a heap snapshot: {source}{}", .path.display(), help_line(.source.help))]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which byte.
        source: highwater_heap::DecodeError,
    },
    /// `highwater.toml` says something that has no meaning.
    #[error("{}:{line}:{column}: {message}\n  help: {help}", .path.display())]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column, in characters.
        column: usize,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A value on the command line has no meaning.
    #[error("{message}\n  help: {help}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A baseline file is not one of ours.
    #[error("`{}` is not a Highwater baseline: {message}\n  help: write a new one with `--write-baseline`", .path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Git could not say what changed.
    #[error("git could not say what changed since `{rev}`: {message}\n  help: {help}")]
    Git {
        /// The revision asked for.
        rev: String,
        /// What git said.
        message: String,
        /// What to do.
        help: &'static str,
    },
    /// A scenario file says something that has no meaning.
    #[error(transparent)]
    Scenario(#[from] highwater_probe::scenario::ScenarioError),
    /// No route was given and the code shows none.
    #[error(
        "no route was found in the code\n  help: say what to send: `--route 'GET /path'` or `--scenario FILE`"
    )]
    NoRoutes,
    /// The experiment could not be made.
    #[error(transparent)]
    Experiment(#[from] highwater_probe::experiment::ExperimentError),
    /// A load could not be sent.
    #[error(transparent)]
    Load(#[from] highwater_probe::load::LoadError),
    /// The worker threads could not be started.
    #[error("cannot start {threads} worker threads: {message}\n  help: try fewer with `--threads`")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        message: String,
    },
    /// Highwater itself broke outside of a single file.
    #[error(
        "Highwater broke while it was {stage}: {message}\n  help: this is our mistake; please report it with this text"
    )]
    Broken {
        /// "linking the program", "judging the program".
        stage: &'static str,
        /// The panic's message and place.
        message: String,
    },
}

/// A line of help, if there is any.
fn help_line(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!("\n  help: {help}") }
}
