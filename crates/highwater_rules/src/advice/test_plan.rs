//! The load test: one step for each route or event that drives a finding.

use highwater_finding::{Finding, LoadStep, Platform, Route};
use highwater_program::FileRole;
use highwater_program::ir::*;

use crate::Context;
use crate::judge::wording::is_route;

const REQUESTS: u64 = 10_000;
const CONNECTIONS: u64 = 1_000;
const CONCURRENCY: u64 = 100;
/// A test plan that nobody runs is none.
const STEPS_MAX: usize = 12;
/// Fields of a body worth writing out.
const FIELDS_MAX: usize = 6;

/// The steps, in the order of the findings, one for each driver.
pub fn steps(cx: &Context<'_>, findings: &[Finding]) -> Vec<LoadStep> {
    let mut out: Vec<(String, Vec<&Finding>)> = Vec::new();
    let mut ranked: Vec<&Finding> = super::worth(findings).collect();
    ranked.sort_by_key(|f| (std::cmp::Reverse(f.severity), std::cmp::Reverse(f.confidence)));
    for f in ranked {
        let Some(driver) = driver(f) else { continue };
        if let Some((_, list)) = out.iter_mut().find(|(d, _)| *d == driver) {
            list.push(f);
        } else if out.len() < STEPS_MAX {
            out.push((driver, vec![f]));
        }
    }
    let port = port(cx);
    out.into_iter()
        .map(|(driver, list)| {
            let body = body(cx, &driver);
            step(driver, &list, port, &body)
        })
        .collect()
}

/// Every route of the program's own code, once, in the order of its files, with what its handler reads of the body.
pub fn routes(cx: &Context<'_>) -> Vec<Route> {
    let mut out: Vec<Route> = Vec::new();
    for entry in &cx.program.calls.entries.list {
        let is_test = cx.l.file(entry.func.file).role == FileRole::Test;
        if is_test || !is_route(&entry.label) || out.iter().any(|route| route.label == entry.label) {
            continue;
        }
        out.push(Route { label: entry.label.clone(), body: fields(cx, &entry.label) });
    }
    out
}

/// What makes a finding's memory grow: a route where there is one, else what the growth says.
fn driver(f: &Finding) -> Option<String> {
    let texts = f
        .growth
        .iter()
        .map(|g| g.event.as_str())
        .chain([f.title.as_str()])
        .chain(f.related.iter().map(|r| r.note.as_str()))
        .chain(f.evidence.iter().map(|e| e.claim.as_str()));
    let route = texts.flat_map(quoted).find(|q| is_route(q)).map(str::to_string);
    route.or_else(|| f.growth.as_ref().map(|g| g.event.clone()))
}

/// The parts of a text in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn step(route: String, findings: &[&Finding], port: u16, body: &[String]) -> LoadStep {
    let connection = !is_route(&route)
        && ["connection", "connect", "session", "upgrade"].iter().any(|w| route.contains(w));
    LoadStep {
        requests: if connection { CONNECTIONS } else { REQUESTS },
        concurrency: CONCURRENCY,
        expect: expectation(findings),
        command: command(&route, port, body),
        route,
    }
}

/// "`projects` (src/engine/orchestrator.ts:14) must stop growing".
fn expectation(findings: &[&Finding]) -> String {
    let mut things: Vec<String> =
        findings.iter().map(|f| format!("`{}` ({})", f.subject.path, f.place.short())).collect();
    things.dedup();
    let more = things.len().saturating_sub(3);
    things.truncate(3);
    let list = things.join(", ");
    if more > 0 {
        format!("{list} and {more} more must stop growing")
    } else {
        format!("{list} must stop growing")
    }
}

/// A load generator that needs no installation; the reader adds headers and a body that fits.
fn command(route: &str, port: u16, body: &[String]) -> String {
    let Some((method, path)) = route.split_once(' ').filter(|_| is_route(route)) else {
        return String::new();
    };
    let path: Vec<&str> =
        path.split('/')
            .map(|part| {
                if part.starts_with(':') || part.starts_with('{') || part.contains('*') { "1" } else { part }
            })
            .collect();
    let url = format!("http://localhost:{port}{}", path.join("/"));
    let load = format!("npx autocannon -a {REQUESTS} -c {CONCURRENCY}");
    match method {
        "GET" | "ALL" | "USE" => format!("{load} '{url}'"),
        // `[<id>]` is a fresh id in each request.
        _ => {
            let fields: Vec<String> = body.iter().map(|name| format!("\"{name}\":\"[<id>]\"")).collect();
            let body = format!("-H 'content-type: application/json' -I -b '{{{}}}'", fields.join(","));
            format!("{load} -m {method} {body} '{url}'")
        }
    }
}

/// The fields of a body to send to a route; `id` when its handler reads none itself.
fn body(cx: &Context<'_>, route: &str) -> Vec<String> {
    let names = fields(cx, route);
    if names.is_empty() { vec!["id".into()] } else { names }
}

/// The fields that a route's handler reads from the request's body, as far as it does so itself.
fn fields(cx: &Context<'_>, route: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for e in cx.program.calls.entries.list.iter().filter(|e| e.label == route) {
        let f = cx.l.file(e.func.file);
        let span = f[e.func.id].span;
        for (i, x) in
            f.exprs.iter().enumerate().filter(|(i, _)| f.spans.get(*i).is_some_and(|s| span.contains(*s)))
        {
            let name = match *x {
                Expr::Member { object, property } if is_body(f, object) => f.str(property),
                // `textField(req, 'title')`: a reader of the body by name.
                Expr::Call { args, .. } if args.len >= 2 => field_read(f, args).unwrap_or(""),
                _ => continue,
            };
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if i > 0 && plain && names.len() < FIELDS_MAX && !names.iter().any(|n| n == name) {
                names.push(name.to_string());
            }
        }
    }
    names
}

/// `req.body`, `ctx.request.body`.
fn is_body(f: &FileFacts, e: ExprId) -> bool {
    matches!(f.expr(f.plain(e)), Expr::Member { property, .. } if f.str(property) == "body")
}

fn field_read(f: &FileFacts, args: List) -> Option<&str> {
    let Expr::Ref(b) = f.expr(f.nth(args, 0)) else { return None };
    let Expr::Str(name) = f.expr(f.nth(args, 1)) else { return None };
    matches!(f.name_of(b), "req" | "request").then(|| f.str(name))
}

/// Where a service of this kind listens when it is started by hand.
fn port(cx: &Context<'_>) -> u16 {
    let isolate = cx.l.packages.iter().any(|p| p.info.platform == Platform::Isolate);
    let server = cx.l.packages.iter().any(|p| p.info.platform == Platform::Server);
    if isolate && !server { 8787 } else { 3000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(
            command("GET /a/:id", 3000, &[]),
            "npx autocannon -a 10000 -c 100 'http://localhost:3000/a/1'"
        );
        assert!(command("POST /a", 8787, &["id".into()]).contains("-m POST"));
        assert_eq!(command("WebSocket message", 3000, &[]), "");
    }
}
