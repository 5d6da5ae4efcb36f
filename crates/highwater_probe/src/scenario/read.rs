//! From the text of a scenario file to a scenario.

use super::error::{ScenarioError, help};
use super::keys::{METHODS, REQUEST, SCENARIO};
use super::table::{Fields, Reader, below};
use super::template::{Place, Template};
use super::{CONCURRENCY, Mode, Request, Scenario, TIMEOUT};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Reads a scenario; see [`Scenario::from_text`].
pub(super) fn scenario(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
    let value = tree(text, file)?;
    let reader = Reader { file };
    let fields = reader.fields("", &SCENARIO, &value)?;
    let requests = fields
        .list("requests")
        .iter()
        .enumerate()
        .map(|(i, value)| request(&reader, &format!("requests[{i}]"), value))
        .collect::<Result<Vec<_>, _>>()?;
    let scenario = Scenario {
        requests,
        concurrency: fields.whole("concurrency").map_or(CONCURRENCY, |n| n as u32),
        keep_alive: fields.flag("keep_alive").unwrap_or(true),
        settle: fields.whole("settle_ms").map(Duration::from_millis),
        timeout: fields.whole("timeout_ms").map_or(TIMEOUT, Duration::from_millis),
        http2: fields.flag("http2").unwrap_or(false),
    };
    Ok(scenario)
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

fn request(reader: &Reader<'_>, at: &str, value: &Value) -> Result<Request, ScenarioError> {
    let fields = reader.fields(at, &REQUEST, value)?;
    let path = fields.text("path").unwrap_or_default().to_owned();
    if let Some((message, help)) = path_problem(&path) {
        return Err(reader.problem(&below(at, "path"), message, help.to_owned()));
    }
    check(reader, &below(at, "path"), &path, Place::Path)?;
    let method = fields.text("method").unwrap_or("GET").to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let message = format!("`{method}` is no method");
        return Err(reader.problem(&below(at, "method"), message, help(&method, METHODS)));
    }
    let mut headers = headers(reader, &below(at, "headers"), &fields)?;
    let body = body(&fields, &mut headers);
    if let Some(body) = &body {
        check(reader, &below(at, "body"), body, Place::Body)?;
    }
    let mode = fields.text("mode").and_then(|w| Mode::ALL.into_iter().find(|m| m.word() == w));
    Ok(Request {
        method,
        path,
        headers,
        body,
        mode: mode.unwrap_or(Mode::Plain),
        weight: fields.whole("weight").map_or(1, |n| n as u32),
        hold: fields.whole("hold_ms").map(Duration::from_millis),
    })
}

/// Whether a text is a template; what is wrong with it, if it is none.
fn check(reader: &Reader<'_>, at: &str, text: &str, place: Place) -> Result<(), ScenarioError> {
    match Template::parse(text, place) {
        Ok(_) => Ok(()),
        Err(unknown) => Err(reader.problem(at, unknown.message(), unknown.help())),
    }
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
        check(reader, &below(at, name), value, Place::Header)?;
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
