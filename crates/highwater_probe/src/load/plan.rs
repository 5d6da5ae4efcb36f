//! Requests as bytes: a scenario's texts put together once, so that sending one only fills in numbers.

use super::http2::Parts;
use super::{LoadError, websocket};
use crate::scenario::{Fill, Mode, Request, Scenario, Template, Texts, write_number};
use std::time::Duration;

/// What is announced beyond what is sent, where an upload is cut.
const CUT_BYTES: usize = 1_000_000;

/// Header fields that the loader writes itself.
const OWN_FIELDS: [&str; 5] =
    ["content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection"];

/// What is sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub routes: Vec<Route>,
    /// Numbers of `routes`, each as often as its weight, spread out.
    turns: Vec<u32>,
    /// How many requests are under way at a time.
    pub concurrency: usize,
    pub timeout: Duration,
    /// Time between the beginnings of two requests, where their rate is given.
    pub apart: Option<Duration>,
    pub think: Duration,
    /// Whether the time of day is in any request.
    pub needs_time: bool,
}

/// One kind of request.
#[derive(Debug)]
pub(super) struct Route {
    /// "GET /items/{n}".
    pub name: String,
    pub mode: Mode,
    /// Whether its answer has no body whatever it says.
    pub is_head: bool,
    /// Whether its connection serves another request.
    pub keep_alive: bool,
    /// How long the client stays where its mode lets it leave.
    pub hold: Duration,
    /// Rest between messages or bites.
    pub interval: Duration,
    /// Events to read before leaving.
    pub events: u32,
    /// Messages to send.
    pub messages: u32,
    /// Bytes to read at a time, where that is slow.
    pub bite_bytes: usize,
    needs_time: bool,
    /// The same for HTTP/2, where that is wanted.
    pub http2: Option<Parts>,
    /// From the method to the last field, or to the end where nothing of the body changes.
    head: Template,
    rest: Rest,
}

/// What comes behind the head of a route.
#[derive(Debug)]
enum Rest {
    /// Nothing: it is all there.
    Nothing,
    /// A body whose length is known when it is made; so many bytes more are announced than sent.
    Body { body: Template, beyond: usize },
    /// The key of a WebSocket; the message goes behind the upgrade.
    Key { message: Option<Template> },
}

impl Plan {
    /// Puts together what is sent to a service that is called `host`.
    pub fn new(scenario: &Scenario, host: &str) -> Result<Plan, LoadError> {
        if scenario.requests.is_empty() {
            return Err(LoadError::NoRequests);
        }
        if host.is_empty() || host.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(LoadError::Host(host.to_owned()));
        }
        let routes = scenario
            .requests
            .iter()
            .map(|request| Route::new(request, scenario, host))
            .collect::<Result<Vec<_>, _>>()?;
        let apart = scenario.rate.filter(|rate| *rate > 0.0).map(|rate| Duration::from_secs_f64(1.0 / rate));
        let weights: Vec<u32> = scenario.requests.iter().map(|r| r.weight).collect();
        Ok(Plan {
            needs_time: routes.iter().any(|route| route.needs_time),
            apart,
            think: scenario.think,
            routes,
            turns: turns(&weights),
            concurrency: scenario.concurrency.max(1) as usize,
            timeout: scenario.timeout,
        })
    }

    /// Which route the request with this index takes.
    pub fn route(&self, index: u64) -> usize {
        self.turns[(index % self.turns.len() as u64) as usize] as usize
    }
}

/// Each number as often as its weight, spread out: after each turn every number has had its share, to within one.
fn turns(weights: &[u32]) -> Vec<u32> {
    let total: i64 = weights.iter().map(|w| i64::from((*w).max(1))).sum();
    let mut credit = vec![0_i64; weights.len()];
    let mut out = Vec::new();
    for _ in 0..total {
        let mut best = 0;
        for (i, weight) in weights.iter().enumerate() {
            credit[i] += i64::from((*weight).max(1));
            if credit[i] > credit[best] {
                best = i;
            }
        }
        credit[best] -= total;
        out.push(best as u32);
    }
    out
}

impl Route {
    fn new(request: &Request, scenario: &Scenario, host: &str) -> Result<Route, LoadError> {
        let texts = Texts::of(request, &scenario.generators)
            .map_err(|(place, _)| LoadError::Template { request: request.name(), place })?;
        let needs_time = texts.needs_time();
        let http2 = if scenario.http2 && !request.mode.is_websocket() {
            let beyond = if request.mode == Mode::CutUpload { CUT_BYTES } else { 0 };
            let parts = Parts::new(method(request), texts.clone(), host, beyond);
            Some(parts.ok_or_else(|| LoadError::Host(host.to_owned()))?)
        } else {
            None
        };
        let keep_alive = scenario.keep_alive && !request.mode.ends_connection();
        let is_socket = request.mode.is_websocket();
        let mut head = Template::default();
        head.push_text(method(request));
        head.push_text(" ");
        head.push(texts.path);
        head.push_text(" HTTP/1.1\r\n");
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_text(&format!("Host: {host}\r\n"));
        }
        for (name, value) in texts.headers.into_iter().filter(|(name, _)| !is_own_field(name)) {
            head.push_text(&format!("{name}: "));
            head.push(value);
            head.push_text("\r\n");
        }
        if is_socket {
            head.push_text("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
        } else if !keep_alive && matches!(request.mode, Mode::Plain | Mode::Slow) {
            head.push_text("Connection: close\r\n");
        }
        let rest =
            if is_socket { Rest::Key { message: texts.body } } else { rest(&mut head, texts.body, request) };
        Ok(Route {
            name: request.name(),
            mode: request.mode,
            is_head: request.method == "HEAD",
            keep_alive,
            hold: request.hold.unwrap_or(usual_hold(request.mode)),
            interval: request.interval.unwrap_or(usual_interval(request.mode)),
            events: request.events.max(1),
            messages: request.messages,
            bite_bytes: request.bite_bytes.max(1) as usize,
            needs_time,
            http2,
            head,
            rest,
        })
    }

    /// Writes all that is sent at once for the request with this number. `index` is new for every request, also where
    /// numbers come again.
    pub fn write(&self, fill: Fill, index: u64, out: &mut Vec<u8>) {
        self.head.write(fill, out);
        match &self.rest {
            Rest::Nothing => {}
            Rest::Body { body, beyond } => {
                out.extend_from_slice(b"Content-Length: ");
                write_number((body.length(fill) + beyond) as u64, out);
                out.extend_from_slice(b"\r\n\r\n");
                body.write(fill, out);
            }
            Rest::Key { .. } => {
                out.extend_from_slice(b"Sec-WebSocket-Key: ");
                out.extend_from_slice(&websocket::key(index));
                out.extend_from_slice(b"\r\n\r\n");
            }
        }
    }

    /// The message of a WebSocket request, if it has one.
    pub fn message(&self, fill: Fill) -> Option<Vec<u8>> {
        let Rest::Key { message: Some(message) } = &self.rest else { return None };
        let mut out = Vec::with_capacity(message.length(fill));
        message.write(fill, &mut out);
        Some(out)
    }
}

/// A cut upload by a method that uploads nothing is a `POST`; a WebSocket begins with a `GET`.
fn method(request: &Request) -> &str {
    match request.mode {
        Mode::WebSocket | Mode::WebSocketDrop => "GET",
        Mode::CutUpload if request.method == "GET" => "POST",
        _ => &request.method,
    }
}

/// Ends the head, and says what comes behind it. A body that is always the same becomes part of the head.
fn rest(head: &mut Template, body: Option<Template>, request: &Request) -> Rest {
    let beyond = if request.mode == Mode::CutUpload { CUT_BYTES } else { 0 };
    let body = match body {
        Some(body) => body,
        None if beyond > 0 || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") => {
            Template::default()
        }
        None => {
            head.push_text("\r\n");
            return Rest::Nothing;
        }
    };
    if !body.is_fixed() {
        return Rest::Body { body, beyond };
    }
    head.push_text(&format!("Content-Length: {}\r\n\r\n", body.length(Fill { key: 0, now_ms: 0 }) + beyond));
    head.push(body);
    Rest::Nothing
}

/// How long a client stays that leaves on its own.
const fn usual_hold(mode: Mode) -> Duration {
    match mode {
        Mode::Plain | Mode::Disconnect | Mode::Events | Mode::Slow => Duration::ZERO,
        Mode::CutUpload => Duration::from_millis(2),
        Mode::WebSocket | Mode::WebSocketDrop => Duration::from_millis(5),
    }
}

/// How long a client rests between messages or bites.
const fn usual_interval(mode: Mode) -> Duration {
    if matches!(mode, Mode::Slow) { Duration::from_millis(10) } else { Duration::ZERO }
}

/// Whether the loader writes a header field itself.
pub(super) fn is_own_field(name: &str) -> bool {
    OWN_FIELDS.iter().any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(request: Request, keep_alive: bool, key: u64) -> String {
        let scenario = Scenario { keep_alive, ..Scenario::of(vec![request]) };
        let plan = Plan::new(&scenario, "127.0.0.1:3000").unwrap();
        let mut out = Vec::new();
        plan.routes[0].write(Fill { key, now_ms: 0 }, 9, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_request_is_put_together_as_http_wants_it() {
        assert_eq!(
            sent(Request::get("/p/{n}"), true, 42),
            "GET /p/42 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n"
        );
        let mut post = Request { method: "POST".into(), ..Request::get("/") };
        assert!(sent(post.clone(), true, 1).ends_with("\r\nContent-Length: 0\r\n\r\n"));
        post.headers = vec![("X-Id".into(), "a-{n}".into()), ("Content-Length".into(), "9".into())];
        post.body = Some("id={n}".into());
        assert_eq!(
            sent(post, false, 100),
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nX-Id: a-100\r\nConnection: close\r\n\
             Content-Length: 6\r\n\r\nid=100"
        );
    }

    #[test]
    fn a_cut_upload_announces_more_than_it_sends() {
        let mut cut = Request { mode: Mode::CutUpload, body: Some("abc".into()), ..Request::get("/up") };
        assert!(sent(cut.clone(), true, 1).starts_with("POST /up "));
        assert!(sent(cut.clone(), true, 1).ends_with("Content-Length: 1000003\r\n\r\nabc"));
        cut.body = Some("{n}".into());
        assert!(sent(cut, true, 10).ends_with("Content-Length: 1000002\r\n\r\n10"));
    }

    #[test]
    fn a_host_of_the_scenario_wins() {
        let mut request = Request::get("/");
        request.headers.push(("host".into(), "shop.example".into()));
        assert_eq!(sent(request, true, 1), "GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n");
    }

    #[test]
    fn weights_are_spread_out() {
        assert_eq!(turns(&[3, 1]), [0, 0, 1, 0]);
        assert_eq!(turns(&[1, 1, 1]), [0, 1, 2]);
        let counts = turns(&[5, 3, 2]).into_iter().fold([0; 3], |mut counts, i| {
            counts[i as usize] += 1;
            counts
        });
        assert_eq!(counts, [5, 3, 2]);
    }

    #[test]
    fn nothing_to_send_and_a_host_that_is_none_are_errors() {
        assert!(matches!(Plan::new(&Scenario::of(vec![]), "h"), Err(LoadError::NoRequests)));
        let one = Scenario::of(vec![Request::get("/")]);
        assert!(matches!(Plan::new(&one, "a\r\nb: c"), Err(LoadError::Host(_))));
    }
}
