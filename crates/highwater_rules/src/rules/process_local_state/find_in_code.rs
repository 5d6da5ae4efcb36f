//! Looks for collections that one route writes and another reads.

use highwater_finding::{Evidence, Finding, Platform, Role};
use highwater_program::graph::{Base, ExprRef, FunRef, Kind, Life, Op, OpKind, PlaceId, Rate, places};
use highwater_program::ir::*;

use crate::judge::routes::{self, Route};
use crate::judge::{release_remedies, releases, spot, tell};
use crate::{Context, Sink};

/// What belongs to one process by its nature, or may be lost: no other instance misses it.
const OWN: &[&str] = &[
    "cache",
    "cached",
    "memo",
    "pending",
    "inflight",
    "flight",
    "lock",
    "locks",
    "mutex",
    "limit",
    "limits",
    "limiter",
    "rate",
    "rates",
    "conn",
    "conns",
    "connection",
    "connections",
    "socket",
    "sockets",
    "client",
    "clients",
    "queue",
    "queues",
    "listener",
    "listeners",
    "timer",
    "timers",
    "timeout",
    "timeouts",
    "interval",
    "intervals",
    "metric",
    "metrics",
    "stat",
    "stats",
    "count",
    "counts",
    "counter",
    "counters",
    "subscriber",
    "subscribers",
    "subscription",
    "subscriptions",
    "channel",
    "channels",
    "stream",
    "streams",
    "active",
    "registry",
    "handler",
    "handlers",
    "route",
    "routes",
    "plugin",
    "plugins",
    "hits",
    "attempt",
    "attempts",
    "session",
    "sessions",
    "transport",
    "transports",
    "buffer",
    "buffers",
    "worker",
    "workers",
    "job",
    "jobs",
    "process",
    "processes",
    "task",
    "tasks",
    "abort",
    "controller",
    "controllers",
    "seen",
    "nonce",
    "nonces",
    "dedup",
    "watchers",
    "observers",
    "window",
    "windows",
    "bucket",
    "buckets",
    "loaded",
    "instance",
    "instances",
    "pool",
    "peer",
    "peers",
    "tracker",
    "health",
    "provider",
    "providers",
    "mock",
    "temp",
    "tmp",
    "lru",
    "order",
    "busy",
    "handle",
    "handles",
    "port",
    "ports",
    "promises",
    "runs",
    "emitter",
    "emitters",
    "throttle",
    "cooldown",
    "cooldowns",
    "retries",
    "budget",
    "modules",
    "templates",
    "schemas",
];

/// Reports each store once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let all = &cx.program.effects.places;
    let mut i = 0;
    while let Some((place, _)) = all.get(i) {
        let mut j = i;
        while all.get(j).is_some_and(|(p, _)| p.base == place.base) {
            j += 1;
        }
        if let Some(group) = all.get(i..j) {
            out.findings.extend(store(cx, group));
        }
        i = j.max(i + 1);
    }
}

fn store(cx: &Context<'_>, group: &[(PlaceId, Vec<Op>)]) -> Option<Finding> {
    let base = &group.first()?.0.base;
    let whole = PlaceId { base: base.clone(), path: vec![] };
    let file = places::file_of(&whole)?;
    let local = matches!(base, Base::Binding(b) if cx.l.binding(*b).func == FnId::MODULE)
        || matches!(base, Base::Field(..));
    if !local || !spot::ships(cx, file) || cx.l.platform(file) != Platform::Server {
        return None;
    }
    if is_own(cx, &whole) || cx.lifetimes.of(&whole) != Life::Process {
        return None;
    }
    if !matches!(cx.l.kind_of_place(&whole), Some(Kind::Map | Kind::Object | Kind::Array)) {
        return None;
    }
    let ops = || group.iter().flat_map(|(_, ops)| ops);
    if ops().any(|o| releases::expired(cx, o)) {
        return None;
    }
    let (write, by) = ops().filter(|o| o.kind.grows()).find_map(|o| routed(cx, o, &Route::writes))?;
    let reads = || ops().filter(|o| matches!(o.kind, OpKind::Read | OpKind::Iterate));
    let (read, reader) = reads().find_map(|o| routed(cx, o, &|r| !r.writes())).or_else(|| {
        reads().filter(|o| o.func != write.func).find_map(|o| routed(cx, o, &|r| r.label != by.label))
    })?;
    Some(tell(cx, &whole, (write, &by), (read, &reader)))
}

/// The words of its name, or of the class around it, say that it belongs to one process.
fn is_own(cx: &Context<'_>, place: &PlaceId) -> bool {
    let own = |text: &str| {
        words(text).iter().any(|w| OWN.contains(&w.as_str()) || w.len() > 4 && w.ends_with("ing"))
    };
    let holder = match &place.base {
        Base::Field(c, _) => cx.l.file(c.file).str(cx.l.class(*c).name).to_string(),
        _ => String::new(),
    };
    own(&cx.l.place_symbol(place)) || own(&holder)
}

/// `memoryStore` gives `memory` and `store`.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut fresh = true;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        match out.last_mut() {
            Some(word) if !fresh && !c.is_ascii_uppercase() => word.push(c),
            _ => out.push(c.to_ascii_lowercase().to_string()),
        }
        fresh = false;
    }
    out
}

/// An operation on a request's way, with a route of the kind that is asked for.
fn routed<'o>(cx: &Context<'_>, op: &'o Op, wanted: &dyn Fn(&Route) -> bool) -> Option<(&'o Op, Route)> {
    let func = op.via.map_or(op.func, |v| cx.l.fn_of(v));
    if cx.rate(func) != Rate::Request {
        return None;
    }
    let route = routes::routes_to(cx, func).into_iter().find(|r| wanted(r))?;
    Some((op, route))
}

/// The call that writes the whole store into a file.
fn saved(cx: &Context<'_>, place: &PlaceId) -> Option<ExprRef> {
    let file = places::file_of(place)?;
    let f = cx.l.file(file);
    let call = cx.l.ix(file).calls.iter().copied().find(|&c| {
        spot::called(f, c).is_some_and(|(name, args)| {
            matches!(
                name,
                "writeFile" | "writeFileSync" | "outputFile" | "outputJson" | "writeJson" | "writeJSON"
            ) && f
                .exprs_of(args)
                .any(|a| cx.l.any_in(ExprRef { file, id: a }, &|x| cx.l.place(x).as_ref() == Some(place)))
        })
    })?;
    Some(ExprRef { file, id: call })
}

fn enclosing(cx: &Context<'_>, e: ExprRef) -> FunRef {
    cx.l.fn_of(e)
}

fn tell(cx: &Context<'_>, place: &PlaceId, write: (&Op, &Route), read: (&Op, &Route)) -> Finding {
    let name = cx.l.place_path(place);
    let file = saved(cx, place);
    let kept = match file {
        Some(_) => "in this process, and in a file that each instance overwrites as a whole",
        None => "in this process only",
    };
    let mut evidence = vec![
        Evidence {
            claim: format!("`{}` writes it", write.1.label),
            place: Some(cx.l.place_of_expr(write.0.site)),
        },
        Evidence {
            claim: format!("`{}` reads it: another instance would answer differently", read.1.label),
            place: Some(cx.l.place_of_expr(read.0.site)),
        },
    ];
    if let Some(save) = file {
        let claim = format!("`{}` writes all of it to one file", cx.l.fn_name(enclosing(cx, save)));
        evidence.push(Evidence { claim, place: Some(cx.l.place_of_expr(save)) });
    }
    let related = vec![
        tell::related(cx, Role::Growth, write.0.site, format!("written by `{}`", write.1.label)),
        tell::related(cx, Role::Note, read.0.site, format!("read by `{}`", read.1.label)),
    ];
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "process-local-state",
            title: format!("`{name}` is kept {kept}: a second instance would not see it"),
            impact:
                "The service cannot be spread over several instances, and a restart loses or overwrites what \
                     users have stored. More load can only be met with a larger process, so the memory limit \
                     comes closer with each user."
                    .into(),
            subject: tell::subject(cx, place),
            at: cx.l.declaration(place),
            rate: Rate::Request,
            confidence: 70,
            evidence,
            related,
        },
    );
    let remedy = shared(&name);
    release_remedies::with(cx, finding, write.0.site.file, "in the memory of one process", remedy)
}

fn shared(name: &str) -> release_remedies::Move {
    release_remedies::Move {
        title: format!("Keep `{name}` where every instance sees it: the database, or Redis with an expiry"),
        benefit: "Instances can be added and restarted; the memory of one process no longer grows with the users.",
        code: String::new(),
        after: "nothing kept between requests; one query for each access",
        effort: highwater_finding::Effort::Days,
    }
}
