//! `highwater load URL`.

use super::heap::{parse_format, show};
use super::prove::parse_time;
use crate::console::{self, Color, Failure, Outcome};
use crate::progress::Bar;
use highwater_engine::{LoadOptions, LoadSource, Progress, Silent};
use highwater_render::SheetFormat;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `load`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where the service answers: `http://127.0.0.1:3000/items/{n}`. `{n}` is a number that is new for every request.
    #[arg(required_unless_present = "schema")]
    url: Option<String>,
    /// Send exactly so many requests.
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// Begin no request after this time [default: 10s, unless the number of requests is given].
    #[arg(long, short = 'd', value_name = "TIME", value_parser = parse_time)]
    duration: Option<Duration>,
    /// Requests under way at a time [default: the scenario's, or 50].
    #[arg(long, short = 'c', value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    concurrency: Option<u32>,
    /// Begin so many requests each second, however long answers take.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Let `{n}` go round so many numbers instead of being new each time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    keys: Option<u64>,
    /// How long a request may take [default: the scenario's, or 30s].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    timeout: Option<Duration>,
    /// Method of the request [default: GET, or POST with a body].
    #[arg(long, short = 'm', value_name = "METHOD", conflicts_with_all = SOURCES)]
    method: Option<String>,
    /// Body of the request.
    #[arg(long, value_name = "TEXT", conflicts_with_all = SOURCES)]
    body: Option<String>,
    /// Header field of every request, as often as there are: `-H 'accept: text/html'`.
    #[arg(long, short = 'H', value_name = "FIELD")]
    header: Vec<String>,
    /// Route to send, as often as there are: `--route 'POST /items/:id'`.
    #[arg(long, value_name = "ROUTE", conflicts_with_all = ["scenario", "openapi", "har"])]
    route: Vec<String>,
    /// Scenario file: requests, generators, clients that hang up.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["openapi", "har"])]
    scenario: Option<PathBuf>,
    /// OpenAPI 3 description in JSON: every operation is sent.
    #[arg(long, value_name = "FILE", conflicts_with = "har")]
    openapi: Option<PathBuf>,
    /// HAR recording: its requests to the service that most of them went to are sent.
    #[arg(long, value_name = "FILE")]
    har: Option<PathBuf>,
    /// Each request on a connection of its own.
    #[arg(long)]
    no_keep_alive: bool,
    /// HTTP/2 in cleartext.
    #[arg(long)]
    http2: bool,
    /// Print the JSON schema of scenario files instead.
    #[arg(long, exclusive = true)]
    schema: bool,
    /// Form of the answer: terminal, markdown, html or json.
    #[arg(long, short, value_parser = parse_format, default_value = "terminal")]
    format: SheetFormat,
    /// Write the answer to this file, whole or not at all, instead of printing it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// No progress bar.
    #[arg(long)]
    no_progress: bool,
}

/// What stands in place of the URL's own request.
const SOURCES: [&str; 4] = ["route", "scenario", "openapi", "har"];

/// How long a load goes on when nothing is said.
const USUAL_TIME: Duration = Duration::from_secs(10);

/// Sends the load and tells what came of it.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    if arguments.schema {
        console::print(|out| out.write_all(highwater_engine::scenario_schema().as_bytes()))?;
        return Ok(Outcome::Clean);
    }
    let bar = Bar::new(arguments.no_progress);
    let progress: &dyn Progress = bar.as_ref().map_or(&Silent, |bar| bar);
    let sheet = highwater_engine::load(&arguments.options(), progress);
    if let Some(bar) = &bar {
        bar.clear();
    }
    show(&sheet?, arguments.format, arguments.output.as_deref(), color)?;
    Ok(Outcome::Clean)
}

impl Arguments {
    fn options(&self) -> LoadOptions {
        let usual_time = self.requests.is_none().then_some(USUAL_TIME);
        LoadOptions {
            url: self.url.clone().unwrap_or_default(),
            source: self.source(),
            headers: self.header.clone(),
            requests: self.requests,
            time: self.duration.or(usual_time),
            concurrency: self.concurrency,
            rate: self.rate,
            timeout: self.timeout,
            keys: self.keys,
            no_keep_alive: self.no_keep_alive,
            http2: self.http2,
        }
    }

    fn source(&self) -> LoadSource {
        if let Some(file) = &self.scenario {
            LoadSource::Scenario(file.clone())
        } else if let Some(file) = &self.openapi {
            LoadSource::OpenApi(file.clone())
        } else if let Some(file) = &self.har {
            LoadSource::Har(file.clone())
        } else if self.route.is_empty() {
            LoadSource::Url { method: self.method.clone(), body: self.body.clone() }
        } else {
            LoadSource::Routes(self.route.clone())
        }
    }
}
