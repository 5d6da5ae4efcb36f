//! What is sent to a service: requests, how many at a time, and how the client behaves.
//!
//! A scenario is read from a file (JSON or TOML), or made from routes. It holds texts and numbers only and sends
//! nothing; the only files it opens are those that a scenario names for its rows.

mod error;
mod generator;
mod generators;
mod har;
mod keys;
mod openapi;
mod read;
mod routes;
mod rows;
mod schema;
mod table;
mod template;
mod texts;

#[cfg(test)]
mod tests;

pub use error::ScenarioError;
pub use generator::Generators;
pub(crate) use generator::{Fill, mixed, write_number};
pub(crate) use template::Template;
pub(crate) use texts::Texts;

use std::time::Duration;

/// Requests at a time, unless the scenario says otherwise.
pub const CONCURRENCY: u32 = 20;

/// How long a request may take, unless the scenario says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// What is sent to a service, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// At least one; taken in turn, each as often as its weight says.
    pub requests: Vec<Request>,
    /// How many requests are under way at a time; also the number of connections.
    pub concurrency: u32,
    /// Whether a connection serves more than one request.
    pub keep_alive: bool,
    /// How long the service rests before a measurement, if the scenario says so.
    pub settle: Option<Duration>,
    /// How long a request may take from its first byte to the end of its answer.
    pub timeout: Duration,
    /// HTTP/2 over cleartext, without upgrade.
    pub http2: bool,
    /// Requests that begin each second, however long answers take; as fast as answers come without it.
    pub rate: Option<f64>,
    /// How long a client rests between an answer and its next request.
    pub think: Duration,
    /// What names in braces stand for.
    pub generators: Generators,
}

/// One kind of request. `{n}` in the path, in header values and in the body is a number that is new for every request,
/// or comes from a closed list when a batch says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// With its query; begins with `/`.
    pub path: String,
    /// Names and values in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one; its length is told to the service by the loader.
    pub body: Option<String>,
    /// How the client behaves.
    pub mode: Mode,
    /// How often it comes, relative to the others; at least 1.
    pub weight: u32,
    /// How long the client stays: after the first bytes (`disconnect`), after the last byte that is sent
    /// (`cut-upload`), after the message (`websocket`).
    pub hold: Option<Duration>,
    /// Events to read in mode `events`.
    pub events: u32,
    /// How often a WebSocket sends the body.
    pub messages: u32,
    /// Rest between two messages, or between two bites.
    pub interval: Option<Duration>,
    /// Bytes that mode `slow` reads at a time.
    pub bite_bytes: u32,
}

/// How the client of a request behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Reads the whole answer.
    Plain,
    /// Leaves at the first bytes of the answer's body.
    Disconnect,
    /// Reads some server-sent events, then leaves.
    Events,
    /// Reads the whole answer in small bites, with rests between.
    Slow,
    /// Announces a longer body than it sends, then leaves.
    CutUpload,
    /// Upgrades, sends the body as text frames, and closes as the protocol wants it.
    WebSocket,
    /// Upgrades, sends the body as text frames, and leaves without a word.
    WebSocketDrop,
}

impl Mode {
    /// All of them, in the order of the documentation.
    pub const ALL: [Mode; 7] = [
        Mode::Plain,
        Mode::Disconnect,
        Mode::Events,
        Mode::Slow,
        Mode::CutUpload,
        Mode::WebSocket,
        Mode::WebSocketDrop,
    ];

    /// As a scenario file says it.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Plain => "plain",
            Mode::Disconnect => "disconnect",
            Mode::Events => "events",
            Mode::Slow => "slow",
            Mode::CutUpload => "cut-upload",
            Mode::WebSocket => "websocket",
            Mode::WebSocketDrop => "websocket-drop",
        }
    }

    /// Whether it begins with an upgrade.
    pub(crate) const fn is_websocket(self) -> bool {
        matches!(self, Mode::WebSocket | Mode::WebSocketDrop)
    }

    /// Whether a connection of this mode ends with its request.
    pub(crate) const fn ends_connection(self) -> bool {
        !matches!(self, Mode::Plain)
    }
}

impl Request {
    /// A `GET` of a path that reads the whole answer.
    pub fn get(path: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            mode: Mode::Plain,
            weight: 1,
            hold: None,
            events: 1,
            messages: 1,
            interval: None,
            bite_bytes: 1024,
        }
    }

    /// "GET /items/{n}": what a report calls it.
    pub fn name(&self) -> String {
        match self.mode {
            Mode::Plain => format!("{} {}", self.method, self.path),
            mode => format!("{} {} ({})", self.method, self.path, mode.word()),
        }
    }
}

impl Scenario {
    /// These requests, with the usual figures.
    pub fn of(requests: Vec<Request>) -> Scenario {
        Scenario {
            requests,
            concurrency: CONCURRENCY,
            keep_alive: true,
            settle: None,
            timeout: TIMEOUT,
            http2: false,
            rate: None,
            think: Duration::ZERO,
            generators: Generators::default(),
        }
    }

    /// Reads a scenario file. `file` is its path: files that it names are looked for beside it, it is said in errors, and its ending decides between JSON and TOML;
    /// without a known ending, text that begins with `{` is JSON.
    pub fn from_text(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        read::scenario(text, file)
    }

    /// Requests for routes as people write them: "GET /items/:id", "/health". Parameters become `{n}`; a request that
    /// usually has a body gets a small JSON one.
    pub fn from_routes<'r>(routes: impl IntoIterator<Item = &'r str>) -> Result<Scenario, ScenarioError> {
        let requests = routes.into_iter().map(routes::request).collect::<Result<Vec<_>, _>>()?;
        if requests.is_empty() { Err(ScenarioError::NoRequests) } else { Ok(Scenario::of(requests)) }
    }

    /// One request of a caller's making; an error where it cannot be sent.
    pub fn from_request(request: Request) -> Result<Scenario, ScenarioError> {
        let scenario = Scenario::of(vec![request]);
        read::check(&scenario)?;
        Ok(scenario)
    }

    /// Sends a header field ("name: value") with every request, in place of those of the same name.
    pub fn add_header(&mut self, field: &str) -> Result<(), ScenarioError> {
        let (name, value) = field.split_once(':').unwrap_or((field, ""));
        let (name, value) = (name.trim(), value.trim());
        for request in &mut self.requests {
            request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            request.headers.push((name.to_owned(), value.to_owned()));
        }
        read::check(self)
    }

    /// Requests of an OpenAPI description (3.0 or 3.1, in JSON). `file` is its name, for errors.
    pub fn from_openapi(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        openapi::scenario(text, file)
    }

    /// Requests of a HAR recording, without cookies, credentials and what belonged to the browser's connection. Only
    /// those that went to `host` ("shop.example", "localhost:3000"), or without it to the host that most went to.
    pub fn from_har(text: &str, file: &str, host: Option<&str>) -> Result<Scenario, ScenarioError> {
        har::scenario(text, file, host)
    }

    /// The JSON schema of scenario files, as text.
    pub fn schema() -> String {
        schema::text()
    }
}
