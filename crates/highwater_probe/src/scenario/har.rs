//! Requests of a HAR recording (HTTP Archive 1.2, what a browser's network panel saves), to be sent again.
//!
//! What belongs to the recording browser or its connection is left out: cookies, credentials of its session, fields of
//! the connection, and requests to other services.

use super::error::ScenarioError;
use super::keys::METHODS;
use super::read::{header_problem, path_problem};
use super::{Request, Scenario};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that are of the browser's connection or session, or that the loader writes itself.
const DROPPED: [&str; 18] = [
    "host",
    "cookie",
    "authorization",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "content-length",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "origin",
    "referer",
    "user-agent",
];

/// Reads a recording. Without `host` the service is the one that most requests went to.
pub(super) fn scenario(text: &str, file: &str, host: Option<&str>) -> Result<Scenario, ScenarioError> {
    let tree: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
        let help = "save the recording from the network panel of a browser as HAR";
        ScenarioError::Syntax { file: file.to_owned(), language: "JSON", message: e.to_string(), help }
    })?;
    let problem = |message: String, help: &str| ScenarioError::Key {
        file: file.to_owned(),
        at: String::new(),
        message,
        help: help.to_owned(),
    };
    let Some(entries) = tree.pointer("/log/entries").and_then(Value::as_array) else {
        return Err(problem("there is no `log.entries`".to_owned(), "this is not a HAR recording"));
    };
    let recorded: Vec<(String, Request)> = entries.iter().filter_map(recorded).collect();
    let service = match host {
        Some(host) => Some(host.to_owned()),
        None => most_frequent(recorded.iter().map(|(service, _)| service.as_str())),
    };
    let mut requests: Vec<Request> = Vec::new();
    let mut places = BTreeMap::new();
    for (_, request) in recorded.into_iter().filter(|(of, _)| Some(of) == service.as_ref()) {
        let what = |r: &Request| (r.path.clone(), r.method.clone(), r.body.clone(), r.headers.clone());
        let known = places.get(&what(&request)).and_then(|at: &usize| requests.get_mut(*at));
        if let Some(known) = known {
            known.weight = (known.weight + 1).min(1000);
        } else {
            places.insert(what(&request), requests.len());
            requests.push(request);
        }
    }
    if requests.is_empty() {
        let help = "record requests to the service itself, over http or https";
        return Err(problem("the recording has no request that can be sent again".to_owned(), help));
    }
    Ok(Scenario::of(requests))
}

/// The service of an entry and its request; `None` for what is not HTTP or cannot be sent.
fn recorded(entry: &Value) -> Option<(String, Request)> {
    let request = entry.get("request")?;
    let (_, rest) = request.get("url")?.as_str()?.split_once("://").filter(|(s, _)| s.starts_with("http"))?;
    let split = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (service, path) = rest.split_at(split);
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let path = literal(&path);
    let method = request.get("method")?.as_str()?.to_uppercase();
    if !METHODS.contains(&method.as_str()) || path_problem(&path).is_some() {
        return None;
    }
    let headers = request.get("headers").and_then(Value::as_array).into_iter().flatten();
    let headers = headers.filter_map(|field| {
        let (name, value) = (field.get("name")?.as_str()?, field.get("value")?.as_str()?);
        let lower = name.to_ascii_lowercase();
        let is_dropped = name.starts_with(':')
            || lower.starts_with("sec-")
            || DROPPED.contains(&lower.as_str())
            || header_problem(name, value).is_some()
            || value.contains('{');
        (!is_dropped).then(|| (name.to_owned(), value.to_owned()))
    });
    let body = request.pointer("/postData/text").and_then(Value::as_str).filter(|text| !text.is_empty());
    let request =
        Request { method, headers: headers.collect(), body: body.map(str::to_owned), ..Request::get(&path) };
    Some((service.to_owned(), request))
}

/// A path as it was sent: braces, which a browser does not always encode, are no holes here.
fn literal(path: &str) -> String {
    path.replace('{', "%7B").replace('}', "%7D")
}

/// The most frequent; of several the first.
fn most_frequent<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, text) in texts.enumerate() {
        let (count, _) = counts.entry(text).or_insert((0, usize::MAX - at));
        *count += 1;
    }
    counts.into_iter().max_by_key(|(_, rank)| *rank).map(|(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDING: &str = r#"{"log": {"entries": [
        {"request": {"method": "GET", "url": "https://cdn.example/app.js", "headers": []}},
        {"request": {"method": "GET", "url": "https://shop.example/items?q=a%20b#top", "headers": [
            {"name": ":authority", "value": "shop.example"}, {"name": "Cookie", "value": "sid=secret"},
            {"name": "Authorization", "value": "Bearer secret"}, {"name": "Accept", "value": "text/html"},
            {"name": "sec-ch-ua", "value": "x"}, {"name": "Connection", "value": "keep-alive"}]}},
        {"request": {"method": "POST", "url": "https://shop.example/cart", "headers": [
            {"name": "Content-Type", "value": "application/json"}, {"name": "Content-Length", "value": "8"}],
            "postData": {"mimeType": "application/json", "text": "{\"id\":1}"}}},
        {"request": {"method": "GET", "url": "https://shop.example/items?q=a%20b", "headers": [
            {"name": "Accept", "value": "text/html"}]}},
        {"request": {"method": "GET", "url": "wss://shop.example/live", "headers": []}},
        {"request": {"method": "GET", "url": "https://shop.example?x={n}", "headers": []}}
    ]}}"#;

    #[test]
    fn requests_are_sent_again_without_what_belonged_to_the_browser() {
        let scenario = scenario(RECORDING, "shop.har", None).unwrap();
        let [items, cart, odd] = scenario.requests.as_slice() else { panic!("{:?}", scenario.requests) };
        assert_eq!((items.path.as_str(), items.weight), ("/items?q=a%20b", 2));
        assert_eq!(items.headers, [("Accept".to_owned(), "text/html".to_owned())]);
        assert_eq!((cart.method.as_str(), cart.body.as_deref()), ("POST", Some("{\"id\":1}")));
        assert_eq!(cart.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
        assert_eq!(odd.path, "/?x=%7Bn%7D");
    }

    #[test]
    fn another_service_can_be_asked_for() {
        let scenario = scenario(RECORDING, "shop.har", Some("cdn.example")).unwrap();
        assert_eq!(scenario.requests, [Request::get("/app.js")]);
    }

    #[test]
    fn what_is_no_recording_is_told() {
        let told = |text| scenario(text, "a.har", None).unwrap_err().to_string();
        assert!(told("{}").starts_with("a.har: there is no `log.entries`"));
        assert!(told("x").starts_with("`a.har` is not JSON: expected value"));
        assert!(told(r#"{"log": {"entries": []}}"#).contains("no request that can be sent again"));
    }
}
