//! Takes the leaking stores that a creating route fills and asks whether anything limits the caller.

use highwater_finding::{Evidence, Finding, Platform, Role};
use highwater_program::graph::{Base, Life, Op, Rate, places};

use super::query_limit;
use crate::judge::retention::{Retained, Verdict};
use crate::judge::routes::{self, Route};
use crate::judge::{code, release_remedies, scene, spot, tell};
use crate::{Context, Sink};

/// Reports each store once, whatever the number of places in it.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let mut told: Vec<&Base> = Vec::new();
    for r in &cx.retained {
        if !matches!(r.verdict, Verdict::Leak(_)) || r.life != Life::Process || told.contains(&&r.place.base)
        {
            continue;
        }
        if let Some(finding) = without_quota(cx, r) {
            told.push(&r.place.base);
            out.findings.push(finding);
        }
    }
    query_limit::find(cx, out);
}

fn without_quota(cx: &Context<'_>, r: &Retained) -> Option<Finding> {
    let file = places::file_of(&r.place)?;
    if !matches!(cx.l.platform(file), Platform::Server | Platform::Isolate | Platform::Function) {
        return None;
    }
    let (op, route) = r.grows.iter().filter(|g| g.1 == Rate::Request).find_map(|(op, _)| {
        let route = routes::route(cx, op.via.map_or(op.func, |v| cx.l.fn_of(v)))?;
        route.creates().then_some((op, route))
    })?;
    if routes::is_limited(cx, &route, file) {
        return None;
    }
    Some(tell(cx, r, op, &route))
}

fn tell(cx: &Context<'_>, r: &Retained, op: &Op, route: &Route) -> Finding {
    let name = cx.l.place_path(&r.place);
    let label = &route.label;
    let main = route.site.unwrap_or(op.site);
    let mut evidence = vec![];
    if let Some(site) = route.site {
        let claim = format!("`{label}` passes no rate limit, quota or count on its way");
        evidence.push(Evidence { claim, place: Some(cx.l.place_of_expr(site)) });
    }
    evidence.push(Evidence {
        claim: format!("each call adds to `{name}`, which lives as long as the process"),
        place: Some(cx.l.place_of_expr(op.site)),
    });
    evidence.push(tell::way(cx, op.via.map_or(op.func, |v| cx.l.fn_of(v))));
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "growth-without-quota",
            title: format!("One caller may fill `{name}` as fast as it can send `{label}`: nothing limits it"),
            impact: "Whoever wants to can use up the memory of the process with a loop of requests; no traffic of \
                     others is needed. Whatever is done about the growth itself, a limit for each caller keeps one \
                     of them from harming all."
                .into(),
            subject: tell::subject(cx, &r.place),
            at: (main.file, cx.l.file(main.file).span(main.id)),
            rate: Rate::Request,
            confidence: 70,
            evidence,
            related: vec![tell::related(cx, Role::Growth, op.site, "grows here".into())],
        },
    );
    let remedy = limited(cx, route);
    release_remedies::with(cx, finding, main.file, "as much as one caller can send", remedy)
}

/// A limit on the route, with the library that fits the framework.
fn limited(cx: &Context<'_>, route: &Route) -> release_remedies::Move {
    let code = route.site.and_then(|site| {
        let f = cx.l.file(site.file);
        let (object, verb, args) = spot::method_call(f, site.id)?;
        let highwater_program::ir::Expr::Str(path) = f.expr(f.nth(args, 0)) else { return None };
        let app = code::of_expr(cx, site.with(object), 0)?;
        let package = cx.l.package(site.file)?;
        if !package.dependencies.iter().any(|d| d == "express") {
            return None;
        }
        let limit = scene::fresh(f, "perCaller");
        let path = f.str(path);
        Some(format!(
            "import rateLimit from 'express-rate-limit';\n\nconst {limit} = rateLimit({{ windowMs: 60 * 60 * 1000, limit: 100 }});\n{app}.{verb}('{path}', {limit}, /* the handlers, as now */);"
        ))
    });
    release_remedies::quick(
        format!("Limit how often one caller may send `{}`", route.label),
        "One caller can no longer use up the memory of all; behind a proxy, count by user or by the address that it passes on.",
        code.unwrap_or_default(),
        "at most so many for each caller and hour",
    )
}
