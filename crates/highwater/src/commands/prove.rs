//! `highwater prove -- COMMAND`.

use super::scan::parse_format;
use crate::console::{self, Color, Failure, Outcome};
use crate::curve::Curve;
use crate::progress::Bar;
use highwater_engine::{
    DEFAULT_MIN_CONFIDENCE, Launch, Options, Progress, Proof, Ready, Requests, Silent, Watcher, Whom,
};
use highwater_finding::{Decision, Report};
use highwater_render::{Format, Options as Look};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `prove`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The command that starts the service, behind `--`: `highwater prove -- node dist/index.js`.
    #[arg(last = true, required_unless_present = "attach", value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Instead of a command: a process that runs, by its number or by the address of its inspector (`ws://...`). It is
    /// left running.
    #[arg(long, value_name = "PID|URL", conflicts_with = "command")]
    attach: Option<String>,
    /// Folder of the service: where it is started, and whose code is scanned.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    root: PathBuf,
    /// Port on which the service listens; the service hears of it in `PORT` [default: found out].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// It is ready when this path answers [default: when it listens].
    #[arg(long, value_name = "PATH")]
    ready_path: Option<String>,
    /// It is ready when it writes a line with this text.
    #[arg(long, value_name = "TEXT")]
    ready_line: Option<String>,
    /// How long it may take to be ready.
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "60s")]
    ready_within: Duration,
    /// A route to drive, as often as there are: `--route 'POST /projects'` [default: the routes that the code has].
    #[arg(long, value_name = "METHOD PATH")]
    route: Vec<String>,
    /// A scenario file: requests, bodies, clients that hang up.
    #[arg(long, value_name = "FILE", conflicts_with = "route")]
    scenario: Option<PathBuf>,
    /// An OpenAPI description (JSON): every operation is driven.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["route", "scenario"])]
    openapi: Option<PathBuf>,
    /// A recording of a browser (HAR): its requests are driven.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["route", "scenario", "openapi"])]
    har: Option<PathBuf>,
    /// Time for everything, start and stop of the service included.
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "90s")]
    budget: Duration,
    /// No more requests than these.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..))]
    requests: Option<u64>,
    /// Take no heap snapshots: the figures alone decide, and holders are not named.
    #[arg(long)]
    no_snapshots: bool,
    /// One more folder with source maps; those in and beside the files are found without.
    #[arg(long, value_name = "FOLDER")]
    source_maps: Option<PathBuf>,
    /// Form of the report: terminal, markdown, html, json, sarif, github, gitlab or junit.
    #[arg(long, short, value_parser = parse_format, default_value = "terminal")]
    format: Format,
    /// Write the report to this file, whole or not at all, instead of printing it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Every detail.
    #[arg(long, short)]
    verbose: bool,
    /// No progress.
    #[arg(long)]
    no_progress: bool,
}

/// `90s`, `5m`, `1500ms`; a number alone is seconds.
pub fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("times are written 90s, 5m or 1500ms".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "times are written 90s, 5m or 1500ms".to_owned())?;
    let time = Duration::try_from_secs_f64(number * seconds).map_err(|e| e.to_string())?;
    let day = Duration::from_hours(24);
    if time.is_zero() || time > day {
        Err("give more than nothing and no more than a day".to_owned())
    } else {
        Ok(time)
    }
}

/// Makes the experiment and tells what came of it.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    let bar = Bar::new(arguments.no_progress);
    let progress: &dyn Progress = bar.as_ref().map_or(&Silent, |bar| bar);
    let mut curve = Curve::new(bar.as_ref());
    let proof = arguments.proof()?;
    let report = highwater_engine::prove(&proof, progress, &mut curve as &mut dyn Watcher);
    if let Some(bar) = &bar {
        bar.clear();
    }
    let report = report?;
    arguments.show(&report, color)?;
    Ok(match report.experiment.as_ref().map(|made| made.decision) {
        Some(Decision::Leak) => Outcome::Findings,
        Some(Decision::Clean) => Outcome::Clean,
        Some(Decision::Undecided) | None => Outcome::Undecided,
    })
}

impl Arguments {
    fn proof(&self) -> Result<Proof, Failure> {
        let own = std::env::current_exe().map_err(Failure::from)?;
        let guard = vec![own.into_os_string(), "guard".into()];
        let whom = match &self.attach {
            Some(attach) => match attach.parse() {
                Ok(pid) => Whom::Pid { pid, guard },
                Err(_) => Whom::Url(attach.clone()),
            },
            None => Whom::Launch(self.launch(guard)),
        };
        let scan = Options { min_confidence: DEFAULT_MIN_CONFIDENCE, cache: true, ..Options::default() };
        Ok(Proof {
            folder: self.root.clone(),
            scan,
            whom,
            address: self.port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            requests: Requests {
                scenario: self.scenario.clone(),
                openapi: self.openapi.clone(),
                har: self.har.clone(),
                routes: self.route.clone(),
            },
            budget: self.budget,
            requests_max: self.requests,
            snapshots: !self.no_snapshots,
            source_maps: self.source_maps.clone(),
        })
    }

    fn launch(&self, guard: Vec<OsString>) -> Launch {
        let env = self.port.map(|port| ("PORT".into(), port.to_string().into()));
        Launch {
            command: self.command.clone(),
            folder: self.root.clone(),
            env: env.into_iter().collect(),
            guard,
            ready: Ready {
                port: self.port,
                path: self.ready_path.clone(),
                log_line: self.ready_line.clone(),
                timeout: self.ready_within,
            },
        }
    }

    fn show(&self, report: &Report, color: Color) -> Result<(), Failure> {
        let (color, width) = match self.output {
            Some(_) => (color == Color::Always, console::DEFAULT_WIDTH),
            None => (color.on_stdout(), console::width()),
        };
        let look = Look { color, width, verbose: self.verbose };
        let mut text = Vec::new();
        highwater_render::render(report, self.format, &look, &mut text)?;
        if let Some(path) = &self.output {
            highwater_engine::write_whole(path, &text)?;
            console::tell(&format!("wrote {}", path.display()));
        } else {
            console::print(|out| out.write_all(&text))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(parse_time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_time("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_time("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_time("1500ms"), Ok(Duration::from_millis(1500)));
        for wrong in ["", "s", "0s", "-1s", "9 s", "90x", "1e99s", "2000h"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
