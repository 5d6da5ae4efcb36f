//! What the command says and how it ends: standard output, standard error, colours, exit codes.

use anstream::ColorChoice;
use clap::ValueEnum;
use highwater_finding::{Report, Severity};
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

/// Columns of text where no terminal says how many it has.
pub const DEFAULT_WIDTH: u16 = 100;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    // On a terminal, unless NO_COLOR is set. (Comments here must not become help text.)
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether standard output is to have colour.
    pub fn on_stdout(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }
}

/// How a command that ran has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing at or above the threshold.
    Clean,
    /// Findings at or above the threshold.
    Findings,
    /// An experiment that could not decide.
    Undecided,
    /// The guard of a service ended, well or not.
    Guarded(ExitCode),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => ExitCode::SUCCESS,
            Outcome::Findings => ExitCode::from(1),
            Outcome::Undecided => ExitCode::from(3),
            Outcome::Guarded(code) => code,
        }
    }
}

/// Why a command could not run: what, why, and what to do.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in these words.
    pub fn new(message: impl Into<String>) -> Self {
        Failure(message.into())
    }
}

impl From<highwater_engine::Error> for Failure {
    fn from(error: highwater_engine::Error) -> Self {
        Failure(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure(format!("cannot write the report: {error}\n  help: check the disk, or use `--output FILE`"))
    }
}

/// Tells why a command could not run; the exit code for that is 2.
pub fn fail(failure: &Failure) -> ExitCode {
    tell(&failure.0);
    ExitCode::from(2)
}

/// Prints help, version or a mistake on the command line; the exit code is clap's: 0 or 2.
pub fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be told any more when standard error is closed.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// One message on standard error.
pub fn tell(message: &(impl Display + ?Sized)) {
    let _ = writeln!(io::stderr(), "highwater: {message}");
}

/// Writes to standard output. A reader that has gone away (`| head`) is not a failure.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Columns of the terminal, within reason.
pub fn width() -> u16 {
    let columns = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| width.0);
    columns.clamp(40, 160)
}

/// "2 critical, 1 moderate, 0 low".
pub fn summary(report: &Report) -> String {
    let count = |severity: Severity| format!("{} {}", report.count(severity), severity.word());
    [Severity::Critical, Severity::Moderate, Severity::Low].map(count).join(", ")
}
