//! `load`: requests sent to a service, and what came of them as a sheet. Nothing is measured inside the service.

mod address;
mod sheet;

use crate::{Error, Phase, Progress};
use address::Address;
use highwater_finding::sheet::Sheet;
use highwater_probe::load::{Batch, Keys, Step, run_blocking};
use highwater_probe::scenario::{Request, Scenario};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Requests at a time where nothing else is said.
const CONCURRENCY: u32 = 50;

/// Steps that a progress bar makes for a load that ends with its time.
const TIME_STEPS: u64 = 1000;

/// What to send, where and how.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// `http://host:port/path`; the path is sent, or stands before those of routes and descriptions.
    pub url: String,
    /// What is sent.
    pub source: LoadSource,
    /// Header fields for every request: "name: value".
    pub headers: Vec<String>,
    /// Exactly so many requests.
    pub requests: Option<u64>,
    /// No request begins after so long.
    pub time: Option<Duration>,
    /// Requests at a time.
    pub concurrency: Option<u32>,
    /// Requests that begin each second.
    pub rate: Option<u32>,
    /// How long a request may take.
    pub timeout: Option<Duration>,
    /// `{n}` goes round so many numbers.
    pub keys: Option<u64>,
    /// Each request on a connection of its own.
    pub no_keep_alive: bool,
    /// HTTP/2 in cleartext.
    pub http2: bool,
}

/// Where requests come from.
#[derive(Clone, Debug)]
pub enum LoadSource {
    /// The URL's own path.
    Url {
        /// The method; without one `GET`, or `POST` with a body.
        method: Option<String>,
        /// The body.
        body: Option<String>,
    },
    /// Routes as people write them.
    Routes(Vec<String>),
    /// A scenario file.
    Scenario(PathBuf),
    /// An OpenAPI description.
    OpenApi(PathBuf),
    /// A HAR recording.
    Har(PathBuf),
}

/// The JSON schema of scenario files.
pub fn scenario_schema() -> String {
    Scenario::schema()
}

/// Sends requests and says what came of them. An error means that nothing could be sent.
pub fn load(options: &LoadOptions, progress: &dyn Progress) -> Result<Sheet, Error> {
    let address = Address::parse(&options.url)?;
    let scenario = scenario(options, &address)?;
    let socket = address.find()?;
    let batch = Batch {
        requests: options.requests.unwrap_or(u64::MAX),
        first: 0,
        keys: options.keys.map_or(Keys::Fresh, Keys::Closed),
        time: options.time,
    };
    let steps = options.requests.unwrap_or(TIME_STEPS);
    progress.begin(Phase::Load, steps);
    let mut told = 0;
    let outcome = run_blocking(&scenario, socket, &address.host, &batch, |step| {
        let now = steps_of(step, options).min(steps);
        for _ in told..now {
            progress.step();
        }
        told = told.max(now);
    })?;
    Ok(sheet::sheet(options, &scenario, &address, &outcome))
}

/// How many steps of the progress a load has made.
fn steps_of(step: Step, options: &LoadOptions) -> u64 {
    match (options.requests, options.time) {
        (None, Some(time)) => (step.elapsed.as_secs_f64() / time.as_secs_f64() * TIME_STEPS as f64) as u64,
        _ => step.done,
    }
}

fn scenario(options: &LoadOptions, address: &Address) -> Result<Scenario, Error> {
    let mut scenario = match &options.source {
        LoadSource::Url { method, body } => one(&address.path, method.as_deref(), body.as_deref())?,
        LoadSource::Routes(routes) => Scenario::from_routes(routes.iter().map(String::as_str))?,
        LoadSource::Scenario(file) => Scenario::from_text(&text(file)?, &file.display().to_string())?,
        LoadSource::OpenApi(file) => Scenario::from_openapi(&text(file)?, &file.display().to_string())?,
        LoadSource::Har(file) => Scenario::from_har(&text(file)?, &file.display().to_string(), None)?,
    };
    if !matches!(options.source, LoadSource::Url { .. }) {
        let prefix = address.path.split('?').next().unwrap_or_default().trim_end_matches('/');
        for request in &mut scenario.requests {
            request.path.insert_str(0, prefix);
        }
    }
    for header in &options.headers {
        scenario.add_header(header)?;
    }
    let is_file = matches!(options.source, LoadSource::Scenario(_));
    scenario.concurrency =
        options.concurrency.unwrap_or(if is_file { scenario.concurrency } else { CONCURRENCY });
    scenario.rate = options.rate.map(f64::from).or(scenario.rate);
    scenario.timeout = options.timeout.unwrap_or(scenario.timeout);
    scenario.keep_alive &= !options.no_keep_alive;
    scenario.http2 |= options.http2;
    Ok(scenario)
}

/// The request of a URL, as it stands there: nothing in it is a parameter but what is in braces.
fn one(path: &str, method: Option<&str>, body: Option<&str>) -> Result<Scenario, Error> {
    let usual = if body.is_some() { "POST" } else { "GET" };
    let mut request = Request { method: method.unwrap_or(usual).to_uppercase(), ..Request::get(path) };
    request.body = body.map(str::to_owned);
    if body.is_some_and(|body| body.trim_start().starts_with(['{', '['])) {
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Ok(Scenario::from_request(request)?)
}

fn text(file: &Path) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|source| Error::Read {
        path: file.to_owned(),
        source,
        help: "check the path; the file must be text",
    })
}
