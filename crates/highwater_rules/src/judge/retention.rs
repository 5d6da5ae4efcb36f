//! The verdict on each growing place: leak (of which kind, how sure) or held (by what).

use highwater_finding::{HeldBy, Platform};
use highwater_program::graph::index;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::{
    Base, ClassRef, FunRef, Kind, Life, Op, OpKind, PlaceId, Rate, Seg, Ty, effects,
};
use highwater_program::ir::*;

use super::Context;
use super::confidence::confidence;
use super::releases::{self, Driver, Release};
use super::{growth, mirrors, names, siblings, stores};

/// Why a place leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Nothing takes anything away.
    NoRelease,
    /// The sweep exists and nothing calls it.
    SweepNeverCalled,
    /// Expired entries go only when the same key is read again.
    ExpiryOnRead,
    /// A removal exists, on some paths only.
    Partial,
    /// The size is looked at, and nothing happens.
    CapNotEnforced,
    /// Removed only if the other side comes back.
    PeerMustReturn,
    /// What could not be sent goes back into the queue, and nothing limits it.
    Requeued,
    /// Callers wait in it without a limit.
    WaitersUnlimited,
    /// Emptied only when sending went well.
    DrainedOnSuccess,
}

/// The verdict.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It leaks.
    Leak(Cause),
    /// It is held.
    Held(HeldBy, String, Option<Op>),
}

/// A growing place with its verdict.
#[derive(Clone, Debug)]
pub struct Retained {
    /// The place.
    pub place: PlaceId,
    /// What it is.
    pub kind: Kind,
    /// How long it lives.
    pub life: Life,
    /// Growth that recurs, most frequent first, with its rate.
    pub grows: Vec<(Op, Rate)>,
    /// Removals with their drivers.
    pub releases: Vec<Release>,
    /// Largest key domain over the growth.
    pub keys: Domain,
    /// The verdict.
    pub verdict: Verdict,
    /// How sure, in per cent.
    pub confidence: u8,
}

/// Judges every growing place of the program, in the order of places.
pub fn all(cx: &Context<'_>) -> Vec<Retained> {
    let mut out = Vec::new();
    for (place, ops) in &cx.program.effects.places {
        if let Some(r) = judge(cx, place, ops) {
            out.push(r);
        }
    }
    inner_places(&mut out);
    siblings::settle(cx, &mut out);
    out
}

/// What is below a held entry goes with the entry; what is the entry of a leaking collection is part of that leak.
fn inner_places(all: &mut [Retained]) {
    let outer: Vec<(PlaceId, bool)> = all
        .iter()
        .filter(|r| match &r.verdict {
            Verdict::Leak(_) => true,
            Verdict::Held(h, ..) => !matches!(h, HeldBy::StartUp | HeldBy::FiniteKeys),
        })
        .map(|r| (r.place.clone(), matches!(r.verdict, Verdict::Leak(_))))
        .collect();
    for r in all.iter_mut() {
        if !matches!(r.verdict, Verdict::Leak(_)) {
            continue;
        }
        let Some(elem) = r.place.path.iter().rposition(|s| *s == Seg::Elem) else { continue };
        let holder = PlaceId { base: r.place.base.clone(), path: r.place.path[..elem].to_vec() };
        let Some((_, leaks)) = outer.iter().find(|(p, _)| *p == holder) else { continue };
        let plain_entry = elem + 1 == r.place.path.len();
        if !leaks {
            let why = "it goes with the entry that holds it".to_string();
            r.verdict = Verdict::Held(HeldBy::Lifetime, why, None);
        } else if plain_entry {
            r.confidence = 0;
            r.verdict =
                Verdict::Held(HeldBy::Lifetime, "it is part of the collection around it".into(), None);
        }
    }
}

fn judge(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> Option<Retained> {
    if !ops.iter().any(|o| o.kind.grows() && o.kind != OpKind::Chain) {
        return None;
    }
    let file = highwater_program::graph::places::file_of(place)?;
    if matches!(&place.base, Base::Field(c, _) if cx.l.container(*c).is_some() && !is_handed_out(cx, *c)) {
        return None; // whoever holds the container is judged
    }
    if cx.l.file(file).role != highwater_program::FileRole::Source {
        return None;
    }
    let kind = kind_of(cx, place, ops)?;
    let life = cx.lifetimes.of(place);
    if life == Life::Call {
        return None;
    }
    let mut grows = growth::recurring(cx, place, kind, ops);
    if matches!(&place.base, Base::Binding(b) if cx.l.binding(*b).func != FnId::MODULE) {
        // A variable of a function that runs once: only what events and requests add stays.
        if life == Life::Process && !cx.lifetimes.is_handed_out(&place.base) {
            grows.retain(|g| g.1 > Rate::External);
        }
        grows.retain(|g| !collects_a_stream(cx, &g.0));
        if grows.is_empty() || kind == Kind::Str {
            return None;
        }
    }
    let mut r = Retained {
        place: place.clone(),
        kind,
        life,
        grows,
        releases: vec![],
        keys: Domain::Const,
        verdict: Verdict::Held(HeldBy::StartUp, String::new(), None),
        confidence: 0,
    };
    if kind == Kind::Weak {
        r.verdict =
            Verdict::Held(HeldBy::Weak, "a weak collection does not keep its keys alive".into(), None);
        return Some(r);
    }
    if life == Life::NotInProduction {
        r.verdict = Verdict::Held(HeldBy::NotInProduction, "only tests and scripts make it".into(), None);
        return Some(r);
    }
    if r.grows.is_empty() {
        r.verdict =
            Verdict::Held(HeldBy::StartUp, "it grows while the process starts, and not after".into(), None);
        return any_init_growth(cx, ops).then_some(r);
    }
    r.keys = keys(cx, place, kind, &r.grows);
    if r.keys.is_finite() {
        let why = match &r.keys {
            Domain::Finite(why) => format!("its keys are a fixed set: {why}"),
            _ => "its keys are literals in the code".into(),
        };
        r.verdict = Verdict::Held(HeldBy::FiniteKeys, why, None);
        return Some(r);
    }
    r.releases = ops
        .iter()
        .filter(|o| o.kind.shrinks() && !is_initial(cx, place, o))
        .map(|o| Release { op: *o, driver: releases::classify(cx, place, ops, o) })
        .collect();
    decide(cx, ops, &mut r);
    Some(r)
}

/// A container that nobody in the tree holds, and that says how long its entries live: it has to keep its word.
fn is_handed_out(cx: &Context<'_>, c: ClassRef) -> bool {
    let f = cx.l.file(c.file);
    cx.l.platform(c.file) == Platform::Library
        && !cx.l.news.get(&c).is_some_and(|all| {
            all.iter().any(|n| cx.l.file(n.file).role == highwater_program::FileRole::Source)
        })
        && cx.l.class(c).fields.iter().any(|x| {
            let name = f.str(x.name).to_ascii_lowercase();
            name.contains("ttl") || name.contains("maxage") || name.contains("expir")
        })
}

/// `stream.on('data', chunk => chunks.push(chunk))`: as large as what is read, and gone with it.
fn collects_a_stream(cx: &Context<'_>, op: &Op) -> bool {
    cx.l.passed_to(op.func).is_some_and(|(call, n)| {
        let f = cx.l.file(call.file);
        matches!(n, "on" | "once" | "addListener")
            && matches!(f.expr(call.id), Expr::Call { args, .. }
                if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if matches!(f.str(s), "data" | "line" | "readable" | "entry" | "row" | "chunk")))
    })
}

fn any_init_growth(cx: &Context<'_>, ops: &[Op]) -> bool {
    ops.iter().any(|o| o.kind.grows() && cx.rate(o.func) == Rate::Init)
}

/// The assignment that gives a place its first value.
fn is_initial(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    op.kind == OpKind::Reset
        && (releases::is_constructor(cx, op.func)
            || place.path.last() == Some(&Seg::Elem)
            || cx.l.function(op.func).kind == FnKind::Module && !cx.l.in_loop(op.site)
            || is_lazy_init(cx, place, op)
            || is_made_beside(cx, place, op))
}

/// `const self = {}; self.items = {}`: a property gets its first value where its object is made.
fn is_made_beside(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let Base::Binding(b) = &place.base else { return false };
    !place.path.is_empty()
        && b.file == op.func.file
        && cx.l.binding(*b).func == op.func.id
        && cx.l.binding(*b).kind != BindingKind::Param
        && !cx.l.in_loop(op.site)
}

/// `if (!x) x = new Map()`.
fn is_lazy_init(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    cx.l.guards(op.site).iter().any(|(t, positive)| match f.expr(*t) {
        Expr::Unary { op: UnOp::Not, value } => {
            *positive && cx.l.place(op.site.with(value)).as_ref() == Some(place)
        }
        Expr::Binary { op: BinOp::Eq, left, .. } => {
            *positive && cx.l.place(op.site.with(left)).as_ref() == Some(place)
        }
        _ => false,
    })
}

fn kind_of(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> Option<Kind> {
    let ty = cx.l.ty_of_place(place);
    let kind = match ty {
        Ty::Coll(k, _) => Some(k),
        Ty::Literal(_) => Some(Kind::Object),
        Ty::Unknown | Ty::Shape(_) => {
            let init = cx.l.init_of(place).map(|e| cx.l.expr(e));
            match init {
                Some(Expr::Str(_) | Expr::Template(_)) => Some(Kind::Str),
                _ if !place.path.is_empty()
                    && ops.iter().any(|o| o.kind == OpKind::GrowEnd && !hands_over(cx, o)) =>
                {
                    Some(Kind::Array)
                }
                _ => None,
            }
        }
        Ty::Primitive => Some(Kind::Str),
        Ty::Instance(c) => cx.l.container(c),
        _ => cx.l.init_of(place).and_then(|e| cx.l.store_of(e)).map(|_| Kind::Map),
    }?;
    let fits = ops.iter().any(|o| o.kind.grows() && effects::fits(o.kind, kind));
    (fits || kind == Kind::Weak).then_some(kind)
}

/// `jobs.enqueue(x)` on something unknown: a queue kept elsewhere, as likely as an array here.
fn hands_over(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    matches!(f.expr(op.site.id), Expr::Call { callee, .. }
        if highwater_program::graph::entry::callee_name(f, callee) == Some("enqueue"))
}

fn keys(cx: &Context<'_>, place: &PlaceId, kind: Kind, grows: &[(Op, Rate)]) -> Domain {
    if kind == Kind::Array
        && let Some(domain) = each_once(cx, grows)
    {
        return domain;
    }
    if matches!(kind, Kind::Array | Kind::Str) {
        return Domain::Open("appended".into());
    }
    grows
        .iter()
        .map(|(o, _)| match o.kind {
            OpKind::GrowKey if in_range(cx, o) => Domain::Finite("only numbers of a small range".into()),
            OpKind::GrowKey => {
                let key = o.site.with(o.key);
                match cx.l.key_domain(&cx.program.calls, key) {
                    Domain::Open(_) if growth::only_for_code(cx, o) => Domain::Few("a function".into()),
                    Domain::Open(text) => mirrors::domain(cx, place, o).unwrap_or(Domain::Open(text)),
                    d => d,
                }
            }
            OpKind::Merge => super::merge::domain(cx, place, o),
            _ => Domain::Open("merged".into()),
        })
        .max()
        .unwrap_or(Domain::Const)
}

/// `if (-128 <= n && n < 128) cache[n] = x`.
fn in_range(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Expr::Ref(key) = f.expr(f.plain(op.key)) else { return false };
    let literal = |e: ExprId| match f.expr(f.plain(e)) {
        Expr::Num(_) => true,
        Expr::Unary { op: UnOp::Minus, value } => matches!(f.expr(value), Expr::Num(_)),
        _ => false,
    };
    let (mut below, mut above) = (false, false);
    for (test, positive) in cx.l.conditions(op.site) {
        cx.l.walk(op.site.with(test), &mut |x| {
            let Expr::Binary { op, left, right } = f.expr(x.id) else { return };
            let less = match op {
                BinOp::Less | BinOp::LessEq => true,
                BinOp::Greater | BinOp::GreaterEq => false,
                _ => return,
            };
            if f.expr(left) == Expr::Ref(key) && literal(right) {
                below |= less && positive;
                above |= !less && positive;
            } else if f.expr(right) == Expr::Ref(key) && literal(left) {
                above |= less && positive;
                below |= !less && positive;
            }
        });
    }
    below && above
}

/// What a library store or a container class of the tree does about its size.
fn held_inside(cx: &Context<'_>, r: &Retained) -> Option<(HeldBy, String)> {
    if let Some(init) = cx.l.init_of(&r.place)
        && let Some(store) = cx.l.store_of(init)
    {
        return stores::held(cx, init, store, &r.grows);
    }
    let Ty::Instance(c) = cx.l.ty_of_place(&r.place) else { return None };
    cx.l.container(c)?;
    let f = cx.l.file(c.file);
    let name = f.str(cx.l.class(c).name);
    let by_name = [
        "LRU", "Lru", "Bounded", "Ttl", "TTL", "Expir", "Ring", "Circular", "Rolling", "Limit", "Weak",
        "Fixed",
    ]
    .iter()
    .any(|w| name.contains(w));
    let checked = cx.l.class(c).fields.iter().any(|field| {
        let place = PlaceId { base: Base::Field(c, f.str(field.name).to_string()), path: vec![] };
        let ops = cx.program.effects.of(&place);
        ops.iter().any(|o| matches!(o.kind, OpKind::Ring))
            || ops.iter().any(|o| o.kind == OpKind::SizeCheck) && ops.iter().any(|o| o.kind.shrinks())
            // What its own methods call takes away by itself.
            || ops.iter().any(|o| {
                o.kind.shrinks()
                    && !releases::is_constructor(cx, o.func)
                    && cx.program.calls.callers(o.func).any(|e| cx.l.this_class(cx.program.calls.function(e.from)) == Some(c))
            })
    });
    (by_name || checked).then(|| (HeldBy::SizeLimit, format!("`{name}` limits itself")))
}

/// `if (!list.includes(x)) list.push(x)`: as many entries as there are values.
fn each_once(cx: &Context<'_>, grows: &[(Op, Rate)]) -> Option<Domain> {
    let mut worst = Domain::Const;
    for (g, _) in grows {
        let f = cx.l.file(g.site.file);
        let place = match f.expr(g.site.id) {
            Expr::Call { callee, .. } => match f.expr(callee) {
                Expr::Member { object, .. } => cx.l.place(g.site.with(object)),
                _ => None,
            },
            _ => None,
        }?;
        let once = cx.l.conditions(g.site).iter().any(|(t, _)| {
            cx.l.any_in(g.site.with(*t), &|x| match f.expr(x.id) {
                Expr::Call { callee, .. } => match f.expr(callee) {
                    Expr::Member { object, property } => {
                        matches!(
                            f.str(property),
                            "includes"
                                | "indexOf"
                                | "lastIndexOf"
                                | "some"
                                | "find"
                                | "findIndex"
                                | "findLast"
                        ) && cx.l.place(x.with(object)).as_ref() == Some(&place)
                    }
                    _ => false,
                },
                _ => false,
            })
        });
        if !once {
            return None;
        }
        worst = worst.max(cx.l.key_domain(&cx.program.calls, g.site.with(g.value)));
    }
    Some(worst)
}

fn decide(cx: &Context<'_>, ops: &[Op], r: &mut Retained) {
    if let Some((held, why)) = held_inside(cx, r) {
        r.verdict = Verdict::Held(held, why, None);
        return;
    }
    if let Some(op) = bound(cx, ops, r) {
        let limit = cx.l.text(op.site.with(op.key));
        r.verdict = Verdict::Held(
            HeldBy::SizeLimit,
            format!("its size is checked against `{limit}` and enforced"),
            Some(op),
        );
        return;
    }
    if let Some(op) = ops.iter().find(|o| o.kind == OpKind::Ring) {
        r.verdict = Verdict::Held(HeldBy::SizeLimit, "it is written as a ring".into(), Some(*op));
        return;
    }
    if let Some((cause, base)) = queue_without_limit(cx, r) {
        r.confidence = confidence(cx, ops, r, cause, base);
        r.verdict = Verdict::Leak(cause);
        return;
    }
    if let Some(rel) = r.releases.iter().filter(|x| x.driver.covers()).min_by_key(|x| x.driver) {
        let (held, reason) = held_reason(cx, rel);
        r.verdict = Verdict::Held(held, reason, Some(rel.op));
        return;
    }
    if let Some(op) = handed_to_bounding(cx, ops) {
        r.verdict =
            Verdict::Held(HeldBy::SizeLimit, "it is handed to a function that trims it".into(), Some(op));
        return;
    }
    let (cause, base) = leak_cause(cx, ops, r);
    r.confidence = confidence(cx, ops, r, cause, base);
    if let Some((held, reason, op)) = paired(cx, r, cause) {
        r.verdict = Verdict::Held(held, reason, op);
        return;
    }
    r.verdict = Verdict::Leak(cause);
}

/// A queue that is drained, but that a failed send fills again, or that callers wait in without a limit.
fn queue_without_limit(cx: &Context<'_>, r: &Retained) -> Option<(Cause, u8)> {
    if r.kind != Kind::Array
        || r.releases.iter().any(|x| matches!(x.op.kind, OpKind::Truncate | OpKind::Filter))
    {
        return None;
    }
    for (g, _) in &r.grows {
        let f = cx.l.file(g.site.file);
        let Expr::Call { callee, args } = f.expr(g.site.id) else { continue };
        let name = highwater_program::graph::entry::callee_name(f, callee).unwrap_or("");
        let spreads = f.exprs_of(args).any(|a| matches!(f.expr(a), Expr::Spread(_)));
        let requeues = spreads && (name == "unshift" || cx.l.in_catch(g.site) || in_failure(cx, g));
        if requeues && r.grows.len() > 1 {
            return Some((Cause::Requeued, 78));
        }
        // `await new Promise(resolve => this.queue.push(resolve))`
        let waits = cx.l.passed_to(g.func).is_some_and(|(_, n)| n == "Promise");
        if waits && args.len == 1 && r.releases.iter().any(|x| x.op.kind == OpKind::RemoveEnd) {
            return Some((Cause::WaitersUnlimited, 56));
        }
    }
    let drained: Vec<&Release> = r.releases.iter().filter(|x| x.driver != Driver::Shutdown).collect();
    let only_success = !drained.is_empty()
        && drained.iter().all(|x| {
            matches!(x.op.kind, OpKind::RemoveEnd | OpKind::Clear | OpKind::Reset)
                && x.driver != Driver::Finally
                && !r.grows.iter().any(|(g, _)| g.func == x.op.func)
                && after_success(cx, &x.op)
        });
    (only_success && r.life == Life::Process).then_some((Cause::DrainedOnSuccess, 62))
}

/// The removal happens only once something asynchronous went well.
fn after_success(cx: &Context<'_>, op: &Op) -> bool {
    if cx.l.passed_to(op.func).is_some_and(|(call, n)| {
        n == "then" || (matches!(n, "on" | "once") && {
            let f = cx.l.file(call.file);
            matches!(f.expr(call.id), Expr::Call { args, .. }
                if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if matches!(f.str(s), "end" | "response" | "finish" | "data")))
        })
    }) {
        return true;
    }
    // After an await in the same try block.
    let f = cx.l.file(op.site.file);
    let ix = cx.l.ix(op.site.file);
    let start = f.span(op.site.id).start;
    ix.enclosing(op.site.id).iter().any(|(s, role)| {
        *role == index::Role::Try
            && matches!(f.stmts[s.ix()], Stmt::Try(t) if {
                let block = f.tries[t as usize].block;
                f.stmts_of(block).any(|x| f.stmt_spans[x.ix()].end <= start && awaits(cx, op, x))
            })
    })
}

fn awaits(cx: &Context<'_>, op: &Op, s: StmtId) -> bool {
    let f = cx.l.file(op.site.file);
    let mut found = false;
    index::stmt_exprs(f, f.stmts[s.ix()], &mut |e| {
        found = found || cx.l.any_in(op.site.with(e), &|x| matches!(f.expr(x.id), Expr::Await(_)));
    });
    found
}

/// In a function or branch that is about failure.
fn in_failure(cx: &Context<'_>, g: &Op) -> bool {
    let name = cx.l.fn_name(g.func).to_ascii_lowercase();
    let by_name = ["requeue", "fail", "retry", "onerror", "restore"].iter().any(|w| name.contains(w));
    by_name
        || cx.l.passed_to(g.func).is_some_and(|(call, n)| {
            n == "catch"
                || (matches!(n, "on" | "once") && {
                    let f = cx.l.file(call.file);
                    matches!(f.expr(call.id), Expr::Call { args, .. }
                    if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if f.str(s) == "error"))
                })
        })
}

fn held_reason(cx: &Context<'_>, rel: &Release) -> (HeldBy, String) {
    let line = cx.l.place_of_expr(rel.op.site).line;
    let name = cx.l.fn_name(rel.op.func);
    match rel.driver {
        Driver::Finally => {
            (HeldBy::PairedRelease, format!("removed on every path: `finally` at line {line}"))
        }
        Driver::Teardown => {
            (HeldBy::PairedRelease, format!("removed when its owner ends: `{name}` at line {line}"))
        }
        Driver::Timeout => (HeldBy::PairedRelease, format!("removed by a time-out at line {line}")),
        Driver::Sweep => (HeldBy::Sweep, format!("swept by `{name}` at line {line}")),
        _ => (HeldBy::Reset, format!("emptied or replaced again and again by `{name}` at line {line}")),
    }
}

/// A size check that leads to a removal or a refusal.
fn bound(cx: &Context<'_>, ops: &[Op], r: &Retained) -> Option<Op> {
    let checks = ops.iter().filter(|o| o.kind == OpKind::SizeCheck);
    for c in checks {
        let near =
            |f: FunRef| f == c.func || releases::calls(cx, f, c.func) || releases::calls(cx, c.func, f);
        if !r.grows.iter().any(|(g, _)| near(g.func) || g.via.is_some_and(|v| near(cx.l.fn_of(v)))) {
            // A check anywhere that removes is still a bound when it runs again and again.
            if !(cx.rate(c.func).recurs() && ops.iter().any(|o| o.kind.shrinks() && o.func == c.func)) {
                continue;
            }
        }
        if enforced(cx, ops, r, c) {
            return Some(*c);
        }
    }
    None
}

/// Who comes when it is full is sent away.
pub(super) fn refuses(cx: &Context<'_>, r: &Retained, check: &Op) -> bool {
    check.kind == OpKind::SizeCheck && (guards_growth(cx, r, check) || exits(cx, check))
}

fn guards_growth(cx: &Context<'_>, r: &Retained, check: &Op) -> bool {
    r.grows.iter().any(|(g, _)| {
        g.site.file == check.site.file
            && cx.l.guards(g.site).iter().any(|(t, _)| cx.l.any_in(g.site.with(*t), &|x| x == check.site))
    })
}

fn enforced(cx: &Context<'_>, ops: &[Op], r: &Retained, check: &Op) -> bool {
    let l = cx.l;
    if guards_growth(cx, r, check) {
        return true;
    }
    let removes = ops.iter().any(|o| {
        o.kind.shrinks()
            && o.kind != OpKind::Reset
            && (o.func == check.func
                || releases::calls(cx, check.func, o.func)
                || l.is_within(o.func, check.func))
    }) || ops.iter().any(|o| o.kind == OpKind::Reset && o.func == check.func);
    removes || exits(cx, check)
}

/// `if (full) return`, `if (full) throw`.
fn exits(cx: &Context<'_>, check: &Op) -> bool {
    let l = cx.l;
    let f = l.file(check.site.file);
    let Some(s) = l.ix(check.site.file).stmt_of(check.site.id) else { return false };
    let Stmt::If { test, then, .. } = f.stmts[s.ix()] else { return false };
    let inside = l.any_in(check.site.with(test), &|x| x == check.site);
    let f_expr = f.expr(check.site.id);
    let upper = match f_expr {
        Expr::Binary { op, right, .. } => {
            let limit_right = right == check.key;
            match op {
                BinOp::Greater | BinOp::GreaterEq => limit_right,
                BinOp::Less | BinOp::LessEq => !limit_right,
                BinOp::Eq => true,
                _ => false,
            }
        }
        _ => false,
    };
    inside
        && upper
        && f.stmts_of(then).any(|x| {
            matches!(f.stmts[x.ix()], Stmt::Return(_) | Stmt::Throw(_) | Stmt::Break | Stmt::Continue)
        })
}

fn handed_to_bounding(cx: &Context<'_>, ops: &[Op]) -> Option<Op> {
    ops.iter()
        .find(|o| {
            if o.kind != OpKind::Escape || !cx.rate(o.func).recurs() {
                return false;
            }
            let f = cx.l.file(o.site.file);
            let Expr::Call { callee, .. } = f.expr(o.site.id) else { return false };
            highwater_program::graph::entry::callee_name(f, callee).is_some_and(effects::limits_by_name)
        })
        .copied()
}

fn leak_cause(cx: &Context<'_>, ops: &[Op], r: &Retained) -> (Cause, u8) {
    let has = |d: Driver| r.releases.iter().any(|x| x.driver == d);
    let asked = has(Driver::Driven) || has(Driver::Api);
    let cache = releases::is_cache(cx, &r.place, ops);
    if asked && cache {
        let timed = has(Driver::ReadExpiry) || reads_by_time(cx, ops);
        return if timed { (Cause::ExpiryOnRead, 85) } else { (Cause::NoRelease, 62) };
    }
    if asked {
        return (Cause::PeerMustReturn, 50);
    }
    if has(Driver::SuccessOnly) || has(Driver::ErrorOnly) {
        return (Cause::Partial, 58);
    }
    if has(Driver::ReadExpiry) || (cache && reads_by_time(cx, ops)) {
        return (Cause::ExpiryOnRead, 88);
    }
    if has(Driver::Dead) {
        return (Cause::SweepNeverCalled, 85);
    }
    if ops.iter().any(|o| o.kind == OpKind::SizeCheck && r.grows.iter().any(|(g, _)| g.func == o.func)) {
        return (Cause::CapNotEnforced, 60);
    }
    (Cause::NoRelease, 82)
}

/// Some reader compares the age of what it read.
fn reads_by_time(cx: &Context<'_>, ops: &[Op]) -> bool {
    ops.iter().filter(|o| o.kind == OpKind::Read).any(|o| {
        let f = cx.l.file(o.func.file);
        let mut waiting: Vec<StmtId> = f.stmts_of(f[o.func.id].body).collect();
        while let Some(s) = waiting.pop() {
            let timed = match f.stmts[s.ix()] {
                Stmt::If { test, .. } => releases::mentions_time(cx, o.func.with(test)),
                Stmt::Return(e) => e.is_some() && releases::mentions_time(cx, o.func.with(e)),
                _ => false,
            };
            if timed {
                return true;
            }
            index::nested(f, f.stmts[s.ix()], &mut |list| waiting.extend(f.stmts_of(list)));
        }
        false
    })
}

/// Removal by a later call of the same API is a pair, unless the thing is one whose peer may never come back.
fn paired(cx: &Context<'_>, r: &mut Retained, cause: Cause) -> Option<(HeldBy, String, Option<Op>)> {
    if cause != Cause::PeerMustReturn {
        return None;
    }
    let asked = |x: &&Release| matches!(x.driver, Driver::Driven | Driver::Api);
    let one = r.releases.iter().filter(asked).find(|x| !emptied_on_request(cx, x));
    let Some(&rel) = one else {
        // `reset()` by an operator's route does not hold what requests add.
        r.confidence = (u32::from(r.confidence) * 60 / 50) as u8;
        return None;
    };
    let scale =
        |r: &mut Retained, base: u8| r.confidence = (u32::from(r.confidence) * u32::from(base) / 50) as u8;
    if time_out_leaves_it(cx, r) {
        scale(r, 72);
        return None;
    }
    if let Some(base) = waits_for_peer(cx, r) {
        scale(r, base);
        if base == KEYED_BY_CONNECTION && r.life.is_long() {
            // Whatever is keyed by connections outlives them.
            r.confidence = r.confidence.max(54);
        }
        return None;
    }
    let name = cx.l.fn_name(rel.op.func);
    let line = cx.l.place_of_expr(rel.op.site).line;
    Some((HeldBy::PairedRelease, format!("removed by `{name}` at line {line}"), Some(rel.op)))
}

/// `clear()`, `reset()`: the whole goes when somebody asks for it.
fn emptied_on_request(cx: &Context<'_>, x: &Release) -> bool {
    matches!(x.op.kind, OpKind::Clear | OpKind::Reset) && releases::is_on_request(&cx.l.fn_name(x.op.func))
}

/// A time-out is set where the entry is made, and its callback does not remove the entry.
fn time_out_leaves_it(cx: &Context<'_>, r: &Retained) -> bool {
    r.grows.iter().any(|(g, _)| {
        let f = cx.l.file(g.func.file);
        cx.l.ix(g.func.file).calls.iter().any(|&c| {
            let Expr::Call { callee, args } = f.expr(c) else { return false };
            highwater_program::graph::entry::callee_name(f, callee) == Some("setTimeout")
                && runs_with(cx, cx.l.fn_of(g.site.with(c)), g.func)
                && matches!(f.expr(f.nth(args, 0)), Expr::Fn(_))
        })
    })
}

/// The function itself, or the executor of a promise that is made in it.
fn runs_with(cx: &Context<'_>, func: FunRef, work: FunRef) -> bool {
    func == work
        || cx.l.is_within(func, work) && cx.l.passed_to(func).is_some_and(|(_, n)| n.ends_with("Promise"))
}

/// Certainty that a collection keyed by connections keeps those that are gone, in per cent.
const KEYED_BY_CONNECTION: u8 = 70;

/// Sessions that end only when the client says so: how sure, in per cent.
fn waits_for_peer(cx: &Context<'_>, r: &Retained) -> Option<u8> {
    let held =
        r.releases.iter().any(|x| matches!(x.driver, Driver::Teardown | Driver::Sweep | Driver::Timeout));
    if held || r.kind == Kind::Array {
        return None;
    }
    let key = match &r.keys {
        Domain::Open(k) => k.to_ascii_lowercase(),
        _ => String::new(),
    };
    if names::PEER_IDS.iter().any(|w| key.ends_with(w)) {
        return Some(KEYED_BY_CONNECTION);
    }
    let name = cx.l.place_symbol(&r.place).to_ascii_lowercase();
    let session = names::SESSIONS.iter().any(|w| name.contains(w))
        || names::SESSION_IDS.iter().any(|w| key.ends_with(w));
    (session && r.life == Life::Process).then_some(56)
}
