//! `highwater scan PATH`.

use crate::console::{self, Color, Failure, Outcome};
use crate::progress::Bar;
use crate::told::{self, Plan, Told};
use crate::watch;
use highwater_engine::{DEFAULT_MIN_CONFIDENCE, Options, Progress, Session, Silent};
use highwater_finding::{Platform, Severity};
use highwater_render::{Format, Options as Look};
use std::path::PathBuf;

/// Arguments of `scan`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of a service or of a whole repository.
    path: PathBuf,
    /// Form of the report: terminal, markdown, html, json, sarif, github, gitlab or junit.
    #[arg(long, short, value_parser = parse_format, default_value = "terminal")]
    format: Format,
    /// Write the report to this file, whole or not at all, instead of printing it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also show what is handled well, and every detail.
    #[arg(long, short)]
    verbose: bool,
    /// Show only findings that this baseline does not have.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept everything found now into a baseline; the exit code is then 0.
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Show only findings that touch changes since this git revision; the whole program is judged all the same.
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Configuration file [default: highwater.toml in PATH, or above it in the same repository].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the code runs: server, isolate, function, browser, cli or library [default: judged by package.json].
    #[arg(long, value_parser = highwater_engine::parse_platform)]
    platform: Option<Platform>,
    /// Least severity that makes the exit code 1: low, moderate, critical or off [default: moderate].
    #[arg(long, value_name = "SEVERITY", value_parser = parse_threshold)]
    fail_on: Option<Threshold>,
    /// Leave out findings that are less sure than this.
    #[arg(long, value_name = "PERCENT", default_value_t = DEFAULT_MIN_CONFIDENCE, value_parser = clap::value_parser!(u8).range(0..=100))]
    min_confidence: u8,
    /// Worker threads; 0 means one for each core. The report does not depend on it.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    threads: u16,
    /// Neither use what earlier runs have kept nor keep anything. The report is the same.
    #[arg(long)]
    no_cache: bool,
    /// Stay, and scan again whenever a file changes.
    #[arg(long, conflicts_with = "write_baseline")]
    watch: bool,
    /// Print nothing on success; the exit code tells. `--output` is still written.
    #[arg(long, short)]
    quiet: bool,
    /// No progress bar.
    #[arg(long)]
    no_progress: bool,
}

/// A severity, or none for "never fail".
#[derive(Clone, Copy)]
struct Threshold(Option<Severity>);

fn parse_threshold(word: &str) -> Result<Threshold, highwater_engine::Error> {
    highwater_engine::parse_severity(word).map(Threshold)
}

pub(super) fn parse_format(word: &str) -> Result<Format, String> {
    word.parse().map_err(|_| {
        let all: Vec<&str> = Format::ALL.iter().map(|f| f.name()).collect();
        let near = highwater_engine::closest(word, all.iter().copied());
        let help = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        format!("{help}formats are {}", all.join(", "))
    })
}

/// Scans once, or again and again.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    if arguments.watch {
        return watch::run(&arguments.path, &arguments.options(), || arguments.scan(color));
    }
    arguments.scan(color)
}

impl Arguments {
    fn options(&self) -> Options {
        Options {
            config: self.config.clone(),
            platform: self.platform,
            threads: usize::from(self.threads),
            min_confidence: self.min_confidence,
            baseline: self.baseline.clone(),
            write_baseline: self.write_baseline.clone(),
            since: self.since.clone(),
            cache: !self.no_cache,
        }
    }

    fn scan(&self, color: Color) -> Result<Outcome, Failure> {
        let session = Session::open(&self.path, self.options())?;
        let bar = Bar::new(self.quiet || self.no_progress);
        let progress: &dyn Progress = bar.as_ref().map_or(&Silent, |bar| bar);
        let plan = self.plan(color);
        let told =
            session.answer(progress, &format!("{plan:?}"), &|report| told::write(report, plan.as_ref()));
        if let Some(bar) = &bar {
            bar.clear();
        }
        let told = Told::read(told?)?;
        self.show(&told)?;
        let fail_on = self.fail_on.map_or_else(|| session.fail_on(), |threshold| threshold.0);
        Ok(if self.write_baseline.is_some() { Outcome::Clean } else { judge(told.worst, fail_on) })
    }

    /// What is to be written. Nothing when nobody wants to see it.
    fn plan(&self, color: Color) -> Option<Plan> {
        let (color, width) = match self.output {
            Some(_) => (color == Color::Always, console::DEFAULT_WIDTH),
            None if self.quiet => return None,
            None => (color.on_stdout(), console::width()),
        };
        Some(Plan { format: self.format, options: Look { color, width, verbose: self.verbose } })
    }

    fn show(&self, told: &Told) -> Result<(), Failure> {
        if let Some(path) = &self.output {
            highwater_engine::write_whole(path, told.report())?;
            if !self.quiet {
                console::tell(&format!("wrote {}: {}", path.display(), told.summary()));
            }
        } else if !self.quiet {
            console::print(|out| out.write_all(told.report()))?;
        }
        Ok(())
    }
}

/// Findings at or above the threshold fail; without a threshold nothing does.
fn judge(worst: Option<Severity>, least: Option<Severity>) -> Outcome {
    match least {
        Some(least) if worst.is_some_and(|worst| worst >= least) => Outcome::Findings,
        _ => Outcome::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Critical, Low, Moderate};

    #[test]
    fn the_threshold_decides() {
        assert_eq!(judge(Some(Moderate), Some(Moderate)), Outcome::Findings);
        assert_eq!(judge(Some(Moderate), Some(Critical)), Outcome::Clean);
        assert_eq!(judge(Some(Low), Some(Moderate)), Outcome::Clean);
        assert_eq!(judge(Some(Critical), None), Outcome::Clean);
        assert_eq!(judge(None, Some(Low)), Outcome::Clean);
    }
}
