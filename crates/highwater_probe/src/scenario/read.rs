//! From the text of a scenario file to a scenario.

use super::error::{ScenarioError, help};
use super::keys::{METHODS, REQUEST, SCENARIO};
use super::table::{Fields, Reader, below};
use super::texts::Texts;
use super::{CONCURRENCY, Generators, Mode, Request, Scenario, TIMEOUT, generators};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Reads a scenario; see [`Scenario::from_text`].
pub(super) fn scenario(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
    let value = tree(text, file)?;
    let reader = Reader { file };
    let fields = reader.fields("", &SCENARIO, &value)?;
    let generators = generators::read(&reader, &fields)?;
    let requests = fields
        .list("requests")
        .iter()
        .enumerate()
        .map(|(i, value)| request(&reader, &format!("requests[{i}]"), value, &generators))
        .collect::<Result<Vec<_>, _>>()?;
    let scenario = Scenario {
        requests,
        concurrency: fields.whole("concurrency").map_or(CONCURRENCY, |n| n as u32),
        keep_alive: fields.flag("keep_alive").unwrap_or(true),
        settle: millis(&fields, "settle_ms"),
        timeout: millis(&fields, "timeout_ms").unwrap_or(TIMEOUT),
        http2: fields.flag("http2").unwrap_or(false),
        rate: fields.whole("rate").map(|rate| rate as f64),
        think: millis(&fields, "think_ms").unwrap_or_default(),
        generators,
    };
    if let Some(i) = scenario.requests.iter().position(|r| scenario.http2 && r.mode.is_websocket()) {
        let at = format!("requests[{i}].mode");
        let help = "leave `http2` out, or the request to a scenario of its own".to_owned();
        return Err(reader.problem(&at, "WebSockets go over HTTP/1.1 here".to_owned(), help));
    }
    Ok(scenario)
}

fn millis(fields: &Fields<'_>, name: &str) -> Option<Duration> {
    fields.whole(name).map(Duration::from_millis)
}

fn tree(text: &str, file: &str) -> Result<Value, ScenarioError> {
    let text = text.trim_start_matches('\u{feff}');
    let ending = Path::new(file).extension().and_then(|ending| ending.to_str());
    let json = match ending.map(str::to_lowercase).as_deref() {
        Some("json") => true,
        Some("toml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    let syntax = |language, message: String| ScenarioError::Syntax {
        file: file.to_owned(),
        language,
        message,
        help: "a scenario is a table with `requests`, e.g. {\"requests\": [{\"path\": \"/items/{n}\"}]}",
    };
    if json {
        serde_json::from_str(text).map_err(|e| syntax("JSON", e.to_string()))
    } else {
        toml::from_str(text).map_err(|e| syntax("TOML", e.to_string().trim_end().to_owned()))
    }
}

fn request(
    reader: &Reader<'_>,
    at: &str,
    value: &Value,
    generators: &Generators,
) -> Result<Request, ScenarioError> {
    let fields = reader.fields(at, &REQUEST, value)?;
    let path = fields.text("path").unwrap_or_default().to_owned();
    if let Some((message, help)) = path_problem(&path) {
        return Err(reader.problem(&below(at, "path"), message, help.to_owned()));
    }
    let method = fields.text("method").unwrap_or("GET").to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let message = format!("`{method}` is no method");
        return Err(reader.problem(&below(at, "method"), message, help(&method, METHODS)));
    }
    let mut headers = headers(reader, &below(at, "headers"), &fields)?;
    let body = body(&fields, &mut headers);
    let usual = Request::get(&path);
    let mode = fields.text("mode").and_then(|w| Mode::ALL.into_iter().find(|m| m.word() == w));
    let request = Request {
        method,
        path,
        headers,
        body,
        mode: mode.unwrap_or(Mode::Plain),
        weight: fields.whole("weight").map_or(1, |n| n as u32),
        hold: millis(&fields, "hold_ms"),
        events: fields.whole("events").map_or(usual.events, |n| n as u32),
        messages: fields.whole("messages").map_or(usual.messages, |n| n as u32),
        interval: millis(&fields, "interval_ms"),
        bite_bytes: fields.whole("bite_bytes").map_or(usual.bite_bytes, |n| n as u32),
    };
    match Texts::of(&request, generators) {
        Ok(_) => Ok(request),
        Err((place, unknown)) => Err(reader.problem(&below(at, &place), unknown.message(), unknown.help())),
    }
}

/// Whether requests that were not read from a file can be sent.
pub(super) fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    for request in &scenario.requests {
        let problem =
            |(message, help): (String, String)| ScenarioError::Route { route: request.name(), message, help };
        let own = |(message, help): (String, &str)| problem((message, help.to_owned()));
        if let Some(wrong) = path_problem(&request.path) {
            return Err(own(wrong));
        }
        if !METHODS.contains(&request.method.as_str()) {
            let message = format!("`{}` is no method", request.method);
            return Err(problem((message, help(&request.method, METHODS))));
        }
        if let Some(wrong) = request.headers.iter().find_map(|(name, value)| header_problem(name, value)) {
            return Err(own(wrong));
        }
        if let Err((place, unknown)) = Texts::of(request, &scenario.generators) {
            return Err(problem((format!("{place}: {}", unknown.message()), unknown.help())));
        }
    }
    Ok(())
}

/// What keeps a text from being a request's path.
pub(super) fn path_problem(path: &str) -> Option<(String, &'static str)> {
    if !path.starts_with('/') {
        let help = "a path begins with `/`; host and port are given on the command line";
        return Some((format!("`{path}` is no path"), help));
    }
    let wrong = path.chars().find(|c| c.is_whitespace() || c.is_control() || !c.is_ascii() || *c == '#')?;
    Some((format!("{wrong:?} cannot stand in a path"), "write it percent-encoded, e.g. a blank as `%20`"))
}

fn headers(
    reader: &Reader<'_>,
    at: &str,
    fields: &Fields<'_>,
) -> Result<Vec<(String, String)>, ScenarioError> {
    let mut out = Vec::new();
    for (name, value) in fields.texts("headers") {
        if let Some((message, help)) = header_problem(name, value) {
            return Err(reader.problem(&below(at, name), message, help.to_owned()));
        }
        out.push((name.to_owned(), value.to_owned()));
    }
    Ok(out)
}

/// What keeps a name and a text from being a header field.
pub(super) fn header_problem(name: &str, value: &str) -> Option<(String, &'static str)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Some((
            format!("`{name}` is no name of a header field"),
            "letters, digits and `-`, without a colon",
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Some((
            "the value has a control character in it".to_owned(),
            "a header field is one line of text",
        ));
    }
    None
}

/// The body as text. An object goes as JSON, and says so.
fn body(fields: &Fields<'_>, headers: &mut Vec<(String, String)>) -> Option<String> {
    match fields.value("body")? {
        Value::String(text) => Some(text.clone()),
        json => {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Some(json.to_string())
        }
    }
}
