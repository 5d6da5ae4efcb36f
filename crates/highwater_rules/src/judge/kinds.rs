//! Which rule a growing place belongs to: decided once, by one function, so that each place is told exactly once.

use highwater_finding::HeldBy;
use highwater_program::graph::{Base, Kind, Op, OpKind, PlaceId, Rate, Seg, Ty};
use highwater_program::ir::*;

pub use highwater_program::graph::vocabulary::words;

use super::Context;
use super::releases::{Driver, Release};
use super::retention::{Cause, Retained, Verdict};
use super::shape;

/// What the entries of a place are, as far as names and values say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Sessions, connections, transports, sockets, subscribers.
    Peer,
    /// Callbacks and promises that wait for an answer.
    Pending,
    /// Locks and chains of promises, one a key.
    Lock,
    /// Work that waits for a consumer.
    Queue,
    /// Anything else.
    Plain,
}

/// The rule that a place belongs to, whether it leaks or is held.
pub fn kind_of(cx: &Context<'_>, r: &Retained) -> &'static str {
    if let Verdict::Leak(cause) = r.verdict {
        if crate::rules::labels_merged::find_in_code::owns(cx, r) {
            return "labels-merged";
        }
        match cause {
            Cause::SweepNeverCalled if uncalled_sweep(cx, r).is_some() => return "sweep-never-called",
            Cause::ExpiryOnRead if uncalled_sweep(cx, r).is_some() => return "sweep-never-called",
            Cause::ExpiryOnRead => return "expiry-only-on-read",
            Cause::CapNotEnforced => return "cap-never-enforced",
            Cause::Requeued | Cause::WaitersUnlimited | Cause::DrainedOnSuccess => return "unbounded-queue",
            Cause::SweepNeverCalled | Cause::NoRelease | Cause::Partial | Cause::PeerMustReturn => {}
        }
    }
    match content(cx, r) {
        Content::Peer => "session-not-removed",
        Content::Pending => "pending-request-not-removed",
        Content::Lock => "lock-not-released",
        Content::Queue => "unbounded-queue",
        Content::Plain if matches!(r.verdict, Verdict::Leak(Cause::Partial)) => "partial-cleanup",
        Content::Plain => by_shape(cx, r),
    }
}

fn by_shape(cx: &Context<'_>, r: &Retained) -> &'static str {
    if r.kind == Kind::Str {
        return "string-accumulation";
    }
    if r.place.path.contains(&Seg::Elem) || growing_values(cx, &r.place).is_some() {
        return "nested-collection";
    }
    match r.kind {
        Kind::Map => "unbounded-map",
        Kind::Set => "unbounded-set",
        Kind::Array => "unbounded-array",
        Kind::Object | Kind::Str | Kind::Weak => "unbounded-object",
    }
}

/// A removal in a function that nothing calls.
pub fn uncalled_sweep<'r>(cx: &Context<'_>, r: &'r Retained) -> Option<&'r Release> {
    r.releases
        .iter()
        .find(|x| x.driver == Driver::Dead && !cx.rate(x.op.func).recurs() || is_uncalled_export(cx, x))
}

/// Exported, and nobody in the tree imports it.
fn is_uncalled_export(cx: &Context<'_>, x: &Release) -> bool {
    x.driver == Driver::Dead
        && cx.rate(x.op.func) == Rate::External
        && cx.program.calls.callers(x.op.func).next().is_none()
}

/// A removal that runs and never removes: it compares the entry with a value that is never stored.
pub fn idle_removal<'r>(cx: &Context<'_>, r: &'r Retained) -> Option<&'r Release> {
    r.releases.iter().find(|x| is_idle(cx, x))
}

/// True for a removal that runs and never removes.
pub fn is_idle(cx: &Context<'_>, x: &Release) -> bool {
    x.driver == Driver::Dead && cx.rate(x.op.func).recurs() && !is_uncalled_export(cx, x)
}

/// True when some removal is driven so.
pub fn has(r: &Retained, driver: Driver) -> bool {
    r.releases.iter().any(|x| x.driver == driver)
}

/// The values of a leaking keyed collection, when they are collections that grow and are not held themselves.
pub fn growing_values<'c>(cx: &'c Context<'_>, p: &PlaceId) -> Option<&'c Retained> {
    let mut path = p.path.clone();
    path.push(Seg::Elem);
    let values = judged(cx, &PlaceId { base: p.base.clone(), path })?;
    is_part_of_leak(cx, values).then_some(values)
}

/// True for the values of a collection that leaks: one finding tells both.
pub fn is_part_of_leak(cx: &Context<'_>, r: &Retained) -> bool {
    let Some((Seg::Elem, rest)) = r.place.path.split_last() else { return false };
    let unheld = matches!(r.verdict, Verdict::Leak(_) | Verdict::Held(HeldBy::Lifetime, ..));
    let holder = PlaceId { base: r.place.base.clone(), path: rest.to_vec() };
    unheld && judged(cx, &holder).is_some_and(|h| matches!(h.verdict, Verdict::Leak(_)))
}

fn judged<'c>(cx: &'c Context<'_>, p: &PlaceId) -> Option<&'c Retained> {
    let i = cx.retained.binary_search_by(|r| r.place.cmp(p)).ok()?;
    cx.retained.get(i)
}

/// What the entries are.
pub fn content(cx: &Context<'_>, r: &Retained) -> Content {
    if matches!(r.kind, Kind::Str | Kind::Weak) {
        return Content::Plain;
    }
    let keyed = matches!(r.kind, Kind::Map | Kind::Set | Kind::Object);
    let chained = r.grows.iter().any(|(o, _)| o.kind == OpKind::Chain || is_promise_chain(cx, o));
    let names = words(&cx.l.place_symbol(&r.place));
    let holder = holder_words(cx, &r.place);
    let any = |list: &[&str]| names.iter().any(|w| list.contains(&w.as_str()));
    let owner = |list: &[&str]| generic(&names) && holder.iter().any(|w| list.contains(&w.as_str()));
    if chained && !keyed {
        return Content::Queue;
    }
    if keyed && (any(LOCKS) || owner(LOCKS) || chained) {
        return Content::Lock;
    }
    let settles = r.grows.iter().any(|(o, _)| adds_settler(cx, o));
    if settles || r.kind != Kind::Array && (any(PENDING) || is_in_flight(&names)) {
        return Content::Pending;
    }
    if r.kind == Kind::Array && (any(QUEUES) || any(PENDING)) && (!r.releases.is_empty() || is_held(r)) {
        return Content::Queue;
    }
    let peers = names.last().is_none_or(|w| w != "cache") && about_peers(&names);
    if peers || owner(PEERS) || r.grows.iter().any(|(o, _)| adds_peer(cx, o)) {
        return Content::Peer;
    }
    Content::Plain
}

fn is_held(r: &Retained) -> bool {
    matches!(r.verdict, Verdict::Held(..))
}

const LOCKS: &[&str] = &["lock", "locks", "mutex", "mutexes", "semaphore", "semaphores"];
const PENDING: &[&str] = &[
    "pending",
    "inflight",
    "ack",
    "acks",
    "waiting",
    "waiter",
    "waiters",
    "awaiting",
    "deferred",
    "deferreds",
    "resolver",
    "resolvers",
    "outstanding",
];
const QUEUES: &[&str] =
    &["queue", "queues", "queued", "buffer", "buffers", "buffered", "batch", "batches", "backlog", "outbox"];
const PEERS: &[&str] = &[
    "session",
    "sessions",
    "connection",
    "connections",
    "conn",
    "conns",
    "transport",
    "transports",
    "client",
    "clients",
    "socket",
    "sockets",
    "subscriber",
    "subscribers",
    "peer",
    "peers",
];

/// `sockets`, `socketsByUser`, `bufferBySession`, `sessionToFolder`, `clientIds`; not `peerQueues`.
pub fn about_peers(words: &[String]) -> bool {
    let is_peer = |w: Option<&String>| w.is_some_and(|w| PEERS.contains(&w.as_str()));
    let head = |part: &[String]| {
        is_peer(
            part.iter().rev().find(|w| !matches!(w.as_str(), "id" | "ids" | "key" | "map" | "set" | "list")),
        )
    };
    let mut parts = words.split(|w| matches!(w.as_str(), "by" | "to" | "per" | "for"));
    parts.any(head)
}

/// `inFlight`, `requestsInFlight`.
fn is_in_flight(words: &[String]) -> bool {
    words.windows(2).any(|w| w[0] == "in" && w[1] == "flight")
}

/// Names that say nothing about the entries: the class then does.
fn generic(names: &[String]) -> bool {
    const PLAIN: &[&str] = &[
        "map", "items", "entries", "store", "data", "cache", "registry", "values", "list", "all", "active",
        "by", "id",
    ];
    names.iter().all(|n| PLAIN.contains(&n.as_str()))
}

fn holder_words(cx: &Context<'_>, p: &PlaceId) -> Vec<String> {
    match &p.base {
        Base::Field(c, _) => words(cx.l.file(c.file).str(cx.l.class(*c).name)),
        _ => vec![],
    }
}

/// The values that an operation adds.
fn added(op: &Op) -> Vec<ExprId> {
    [op.value, if op.value.is_some() { ExprId::NONE } else { op.key }]
        .into_iter()
        .filter(|e| e.is_some())
        .collect()
}

/// `pending.set(id, { resolve, reject })`, `waiters.push(resolve)`.
fn adds_settler(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let settles = |name: &str| matches!(name, "resolve" | "reject" | "deferred");
    added(op).into_iter().any(|v| match f.expr(f.awaited(v)) {
        Expr::Ref(b) => {
            settles(f.name_of(b))
                || f.prop(f[b].init, "resolve").is_some()
                || f.prop(f[b].init, "reject").is_some()
        }
        Expr::Object(list) => f.props_of(list).any(|p| matches!(p.key, Key::Named(k) if settles(f.str(k)))),
        _ => false,
    })
}

/// The added value is a modelled connection, socket or session.
fn adds_peer(cx: &Context<'_>, op: &Op) -> bool {
    added(op).into_iter().any(|v| match cx.l.type_of(op.site.with(v)) {
        Ty::Lib(name) => {
            let last = name.rsplit('.').next().unwrap_or(&name);
            words(last)
                .iter()
                .any(|w| matches!(w.as_str(), "socket" | "connection" | "session" | "transport"))
        }
        ty @ (Ty::Instance(_) | Ty::Shape(_)) => {
            let name = shape::type_name(cx, &ty).unwrap_or_default();
            words(&name)
                .last()
                .is_some_and(|w| matches!(w.as_str(), "session" | "connection" | "transport" | "socket"))
        }
        _ => false,
    })
}

/// `locks.set(key, previous.then(run))`: the next link of a chain.
fn is_promise_chain(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let mut value = f.plain(op.value);
    if let Expr::Ref(b) = f.expr(value)
        && f[b].kind != BindingKind::Param
    {
        value = f.plain(f[b].init);
    }
    for _ in 0..4 {
        let Expr::Call { callee, .. } = f.expr(value) else { return false };
        let Expr::Member { object, property } = f.expr(callee) else { return false };
        if !matches!(f.str(property), "then" | "catch" | "finally") {
            return false;
        }
        value = f.plain(object);
        let mut start = value;
        if let Expr::Ref(b) = f.expr(start) {
            start = f.plain(f[b].init);
        }
        if reads_promise(cx, op, start) {
            return true;
        }
        value = start;
    }
    false
}

/// `locks.get(key) ?? Promise.resolve()`.
fn reads_promise(cx: &Context<'_>, op: &Op, e: ExprId) -> bool {
    let f = cx.l.file(op.site.file);
    let Expr::Logical { left, .. } = f.expr(e) else { return false };
    match f.expr(f.plain(left)) {
        Expr::Call { callee, .. } => highwater_program::graph::entry::callee_name(f, callee) == Some("get"),
        Expr::Index { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words("activeWsClients"), ["active", "ws", "clients"]);
        assert_eq!(words("#SESSION_map"), ["session", "map"]);
        assert_eq!(words("requestsInFlight"), ["requests", "in", "flight"]);
        assert!(is_in_flight(&words("requestsInFlight")));
        assert!(words("").is_empty());
        for (name, peers) in
            [("socketsByUser", true), ("bufferBySession", true), ("peerQueues", false), ("clientIds", true)]
        {
            assert_eq!(about_peers(&words(name)), peers, "{name}");
        }
    }
}
