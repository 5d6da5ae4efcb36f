//! Which route drives a function, and whether something on the way limits how often.

use highwater_program::graph::calls::Via;
use highwater_program::graph::{ExprRef, FileId, FunRef, Linked};
use highwater_program::ir::*;

use super::Context;

/// Functions looked at on the way back from one to its routes.
const FUNCTIONS_MAX: usize = 48;

/// The route that drives a function: method, label and the registering call.
pub struct Route {
    /// `POST /projects`.
    pub label: String,
    /// The call that registers it.
    pub site: Option<ExprRef>,
}

/// The route that reaches a function most directly; `None` when it is not a route with a method and a path.
pub fn route(cx: &Context<'_>, func: FunRef) -> Option<Route> {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, func);
    of_label(&chain.entry, chain.entry_site)
}

/// Every route that reaches a function through a few calls, nearest first.
pub fn routes_to(cx: &Context<'_>, func: FunRef) -> Vec<Route> {
    let calls = &cx.program.calls;
    let mut seen = vec![func];
    let mut at = 0;
    let mut out = Vec::new();
    while let Some(&f) = seen.get(at) {
        at += 1;
        out.extend(cx.entries_of(f).filter_map(|e| of_label(&e.label, e.site)));
        for edge in calls.callers(f) {
            let from = calls.function(edge.from);
            if seen.len() < FUNCTIONS_MAX && !seen.contains(&from) && edge.via != Via::Escape {
                seen.push(from);
            }
        }
    }
    out
}

fn of_label(label: &str, site: Option<ExprRef>) -> Option<Route> {
    let (method, path) = label.split_once(' ')?;
    let known = matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "ALL");
    (known && path.starts_with('/')).then(|| Route { label: label.to_string(), site })
}

impl Route {
    /// True for methods that change something.
    pub fn writes(&self) -> bool {
        ["POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|m| self.label.starts_with(m))
    }

    /// True for methods that create something.
    pub fn creates(&self) -> bool {
        ["POST ", "PUT ", "PATCH "].iter().any(|m| self.label.starts_with(m))
    }
}

/// A name that says that it keeps callers within limits.
pub fn limits_by_name(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    ["ratelimit", "rate-limit", "rate_limit", "limiter", "throttl", "quota", "slowdown", "slow-down", "limit"]
        .iter()
        .any(|w| n.contains(w))
}

/// The route, its router or its package has something that limits callers.
pub fn is_limited(cx: &Context<'_>, route: &Route, file: FileId) -> bool {
    let l = cx.l;
    if route.site.is_some_and(|site| mentions_limit(l, site)) {
        return true;
    }
    let by_package = l.package(file).is_some_and(|p| p.dependencies.iter().any(|d| limits_by_name(d)));
    by_package
        || l.iter().any(|(other, _)| {
            l.package_of[other.0 as usize] == l.package_of[file.0 as usize] && uses_limit(l, other)
        })
}

/// `app.use(rateLimit())`, or an import of something that limits.
fn uses_limit(l: &Linked, file: FileId) -> bool {
    let f = l.file(file);
    f.sources.iter().any(|&s| {
        ["rate-limit", "ratelimit", "throttl", "limiter"]
            .iter()
            .any(|w| f.str(s).to_ascii_lowercase().contains(w))
    }) || l.ix(file).calls.iter().any(|&c| {
        super::spot::called(f, c).is_some_and(|(name, _)| matches!(name, "use" | "register" | "UseGuards"))
            && mentions_limit(l, ExprRef { file, id: c })
    })
}

/// A middleware of the registration is named after a limit. Functions are not looked into.
fn mentions_limit(l: &Linked, site: ExprRef) -> bool {
    let f = l.file(site.file);
    l.any_in(site, &|x| match f.expr(x.id) {
        Expr::Ref(b) => limits_by_name(f.name_of(b)),
        Expr::Member { property, .. } => limits_by_name(f.str(property)) && f.str(property) != "limit",
        Expr::Global(g) => limits_by_name(f.str(g)),
        _ => false,
    })
}
