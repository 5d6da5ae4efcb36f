//! Routes as people and frameworks write them, made into requests.

use super::error::{ScenarioError, help};
use super::keys::METHODS;
use super::read::path_problem;
use super::{Mode, Request};

/// A request for "METHOD PATH" or a path alone.
pub(super) fn request(route: &str) -> Result<Request, ScenarioError> {
    let problem =
        |message: String, help: String| ScenarioError::Route { route: route.to_owned(), message, help };
    let (method, path) = match route.trim().split_once(char::is_whitespace) {
        Some((method, path)) => (method.to_uppercase(), path.trim()),
        None => ("GET".to_owned(), route.trim()),
    };
    if !METHODS.contains(&method.as_str()) {
        return Err(problem(format!("`{method}` is no method"), help(&method, METHODS)));
    }
    let path = filled(path);
    if let Some((message, help)) = path_problem(&path) {
        return Err(problem(message, help.to_owned()));
    }
    let has_body = matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "QUERY");
    let mut request = Request { method, mode: Mode::Plain, ..Request::get(&path) };
    if has_body {
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        request.body = Some(r#"{"id":"{n}"}"#.to_owned());
    }
    Ok(request)
}

/// A path whose parameters (`:id`, `:id(\d+)`, `:id?`, `{id}`, `[id]`, `<id>`, `*`) are numbers.
fn filled(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn segment(segment: &str) -> String {
    let mut out = String::new();
    let mut rest = segment;
    while let Some(at) = rest.find([':', '{', '[', '<', '*']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let close = match rest.as_bytes()[at] {
            b'{' => tail.find('}').map(|i| i + 1),
            b'[' => tail.rfind(']').map(|i| i + 1),
            b'<' => tail.find('>').map(|i| i + 1),
            b'*' => Some(name_length(tail)),
            _ => Some(name_length(tail))
                .filter(|length| *length > 0)
                .map(|length| length + pattern_length(&tail[length..])),
        };
        if let Some(close) = close {
            out.push_str("{n}");
            rest = tail[close..].trim_start_matches(['?', '+', '*']);
        } else {
            out.push_str(&rest[at..=at]);
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

/// How long the name at the start is.
fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// How long the pattern in brackets at the start is: `(\d+)`.
fn pattern_length(text: &str) -> usize {
    if !text.starts_with('(') {
        return 0;
    }
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_every_framework_become_numbers() {
        for (written, wanted) in [
            ("/items/:id", "/items/{n}"),
            ("/items/:id(\\d+)/:part?", "/items/{n}/{n}"),
            ("/items/{id}.json", "/items/{n}.json"),
            ("/blog/[slug]/[[...rest]]", "/blog/{n}/{n}"),
            ("/files/*", "/files/{n}"),
            ("/files/*splat", "/files/{n}"),
            ("/users/<int:id>", "/users/{n}"),
            ("/from-:a-to-:b", "/from-{n}-to-{n}"),
            ("/search?q=:text", "/search?q={n}"),
            ("/", "/"),
            ("/at/10:30", "/at/10:30"),
        ] {
            assert_eq!(request(written).unwrap().path, wanted, "{written}");
        }
    }

    #[test]
    fn a_route_says_its_method_and_what_needs_a_body_gets_one() {
        let post = request("post  /items").unwrap();
        assert_eq!((post.method.as_str(), post.path.as_str()), ("POST", "/items"));
        assert_eq!(post.body.as_deref(), Some(r#"{"id":"{n}"}"#));
        assert_eq!(request("/items").unwrap().method, "GET");
        assert_eq!(request("DELETE /items/:id").unwrap().body, None);
    }

    #[test]
    fn what_is_no_route_is_told() {
        assert_eq!(
            request("PSOT /items").unwrap_err().to_string(),
            "route `PSOT /items`: `PSOT` is no method\n  help: did you mean `POST`? Known are `GET`, `HEAD`, `POST`, \
             `PUT`, `PATCH`, `DELETE`, `OPTIONS`, `TRACE`, `QUERY`"
        );
        assert!(request("GET items").unwrap_err().to_string().contains("begins with `/`"));
    }
}
