//! Requests of an OpenAPI description (3.0 and 3.1, in JSON): one for each operation, its parameters and body filled in
//! from examples, defaults and schemas.
//!
//! Identifiers in a path become `{n}`, so that a load can ask for new ones or go round a closed list.

mod values;

use super::error::ScenarioError;
use super::read::path_problem;
use super::template::Place;
use super::{Request, Scenario};
use serde_json::{Map, Value};
use values::{HOLES, Resolver, text_of};

/// Operations that a description can have, in the order in which they are sent.
const OPERATIONS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// Reads a description.
pub(super) fn scenario(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
    let problem = |message: String, help: &str| ScenarioError::Key {
        file: file.to_owned(),
        at: String::new(),
        message,
        help: help.to_owned(),
    };
    let tree: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
        let help = if text.trim_start().starts_with('{') {
            "the description must be whole"
        } else {
            "the description must be JSON; convert YAML first, e.g. `npx js-yaml openapi.yaml > openapi.json`"
        };
        ScenarioError::Syntax { file: file.to_owned(), language: "JSON", message: e.to_string(), help }
    })?;
    match tree.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.") => {}
        Some(version) => {
            return Err(problem(format!("OpenAPI {version} is not known"), "versions 3.0 and 3.1 are"));
        }
        None if tree.get("swagger").is_some() => {
            let help = "convert it first, e.g. `npx swagger2openapi swagger.json > openapi.json`";
            return Err(problem("this is Swagger 2.0".to_owned(), help));
        }
        None => {
            return Err(problem("there is no `openapi`".to_owned(), "this is not an OpenAPI description"));
        }
    }
    let resolver = Resolver::new(&tree);
    let base = base_path(&tree);
    let mut requests = Vec::new();
    for (path, item) in tree.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let Some(item) = resolver.resolve(item).as_object() else { continue };
        for method in OPERATIONS {
            if let Some(operation) = item.get(method).and_then(Value::as_object) {
                requests.extend(request(&resolver, &format!("{base}{path}"), method, item, operation));
            }
        }
    }
    if requests.is_empty() {
        return Err(problem("the description has no operation".to_owned(), "operations stand under `paths`"));
    }
    Ok(Scenario::of(requests))
}

/// The path of the first server: "/v1".
fn base_path(tree: &Value) -> String {
    let url = tree.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    if path.contains('{') { String::new() } else { path.trim_end_matches('/').to_owned() }
}

/// One operation; `None` where its path cannot be sent.
fn request(
    resolver: &Resolver<'_>,
    path: &str,
    method: &str,
    item: &Map<String, Value>,
    operation: &Map<String, Value>,
) -> Option<Request> {
    let parameters = parameters(resolver, item, operation);
    let mut path = path.to_owned();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    for parameter in &parameters {
        let name = parameter.name;
        match parameter.place {
            "path" => {
                path = path.replace(&format!("{{{name}}}"), &parameter.value(resolver, Place::Path, true));
            }
            "query" if parameter.is_needed => {
                query.push(format!(
                    "{}={}",
                    Place::Path.escaped(name),
                    parameter.value(resolver, Place::Path, false)
                ));
            }
            "header" if parameter.is_needed => {
                headers.push((name.to_owned(), parameter.value(resolver, Place::Header, false)));
            }
            _ => {}
        }
    }
    path = identified(&path);
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    if path_problem(&path).is_some() {
        return None;
    }
    let mut request = Request { method: method.to_uppercase(), headers, ..Request::get(&path) };
    if let Some((kind, body)) = body(resolver, operation) {
        request.headers.push(("content-type".to_owned(), kind));
        request.body = Some(body);
    }
    Some(request)
}

/// A path whose remaining parameters, which the description forgot to state, are identifiers like the others.
fn identified(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        let name = if name.starts_with('$') { name } else { "n" };
        out.push_str(&format!("{before}{{{name}}}"));
        rest = behind;
    }
    out + rest
}

/// A value as it stands in a path, a query or a form, with its holes left open.
fn escaped(text: &str) -> String {
    HOLES.iter().fold(Place::Path.escaped(text), |out, hole| out.replace(&Place::Path.escaped(hole), hole))
}

/// A parameter of an operation.
struct Parameter<'d> {
    name: &'d str,
    /// "path", "query", "header" or "cookie".
    place: &'d str,
    /// Whether the operation does not work without it.
    is_needed: bool,
    parameter: &'d Map<String, Value>,
}

impl Parameter<'_> {
    /// Its value, as it stands in a place.
    fn value(&self, resolver: &Resolver<'_>, place: Place, is_in_path: bool) -> String {
        let said = resolver.said(self.parameter);
        let schema = self.parameter.get("schema").map(|schema| resolver.resolve(schema));
        // An identifier is to be new for each request, unless the description says which ones there are.
        let is_open = schema.is_none_or(|schema| schema.get("enum").is_none());
        if is_in_path && is_open {
            return if schema.is_some_and(|s| s.get("format").and_then(Value::as_str) == Some("uuid")) {
                "{$uuid}".to_owned()
            } else {
                "{n}".to_owned()
            };
        }
        let value = said.cloned().or_else(|| Some(resolver.value(schema?, self.name)));
        let text = value.map_or_else(|| "{n}".to_owned(), |value| text_of(&value));
        if place == Place::Path { escaped(&text) } else { text }
    }
}

/// The parameters of an operation, with those of its path that it does not state itself.
fn parameters<'d>(
    resolver: &Resolver<'d>,
    item: &'d Map<String, Value>,
    operation: &'d Map<String, Value>,
) -> Vec<Parameter<'d>> {
    let mut out: Vec<Parameter<'d>> = Vec::new();
    for source in [operation, item] {
        for parameter in source.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let Some(parameter) = resolver.resolve(parameter).as_object() else { continue };
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let (name, place) = (text("name"), text("in"));
            if name.is_empty() || out.iter().any(|p| (p.name, p.place) == (name, place)) {
                continue;
            }
            let is_needed = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
            out.push(Parameter { name, place, is_needed, parameter });
        }
    }
    out
}

/// Kind and text of an operation's body, JSON before forms before anything else that is text.
fn body(resolver: &Resolver<'_>, operation: &Map<String, Value>) -> Option<(String, String)> {
    let content = resolver.resolve(operation.get("requestBody")?).get("content")?.as_object()?;
    let kinds = ["json", "x-www-form-urlencoded", "text/"];
    let (kind, media) =
        kinds.iter().find_map(|wanted| content.iter().find(|(kind, _)| kind.contains(wanted)))?;
    let media = media.as_object()?;
    let value = resolver
        .said(media)
        .cloned()
        .or_else(|| Some(resolver.value(resolver.resolve(media.get("schema")?), "body")))?;
    let text = if kind.contains("json") {
        value.to_string()
    } else if let Some(fields) = value.as_object() {
        let field = |(name, value): (&String, &Value)| {
            format!("{}={}", Place::Path.escaped(name), escaped(&text_of(value)))
        };
        fields.iter().map(field).collect::<Vec<_>>().join("&")
    } else {
        text_of(&value)
    };
    Some((kind.clone(), text))
}

#[cfg(test)]
mod tests;
