//! What drives each removal from a place, and whether that covers its growth.

use highwater_program::graph::{Base, ExprRef, FunRef, Op, OpKind, PlaceId, Rate};
use highwater_program::ir::*;

use super::Context;
use super::settle::settles;

/// What makes a removal happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    /// In `finally`, or when the promise settles.
    Finally,
    /// When a connection, stream or process ends.
    Teardown,
    /// When a time-out set at growth fires.
    Timeout,
    /// On an interval, or on each use over the whole collection.
    Sweep,
    /// The whole is emptied or replaced again and again.
    Reset,
    /// In the growing function, after it, but not on every path.
    SuccessOnly,
    /// Only when something fails.
    ErrorOnly,
    /// Somebody else's later event, request or message.
    Driven,
    /// Code outside the tree calls it.
    Api,
    /// Only when the same key is read again after its time.
    ReadExpiry,
    /// Before the same key is set again.
    Replace,
    /// When the process or the whole service goes down, or in tests.
    Shutdown,
    /// A sweep or clear that nothing calls.
    Dead,
}

/// A removal and its driver.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// The operation.
    pub op: Op,
    /// What drives it.
    pub driver: Driver,
}

impl Driver {
    /// True when it holds the place whatever its callers do.
    pub fn covers(self) -> bool {
        matches!(self, Driver::Finally | Driver::Teardown | Driver::Timeout | Driver::Sweep | Driver::Reset)
    }
}

/// Names of functions that end the whole: their removals do not hold a place while the service runs.
pub fn is_ending(name: &str) -> bool {
    let own = name.rsplit('.').next().unwrap_or(name).trim_start_matches(['_', '#']);
    // `[kClose]() {}`
    let own = own.strip_prefix('k').filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(own);
    let first = own.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
    if !matches!(first, b'c' | b'd' | b'q' | b'r' | b's' | b't' | b'u') {
        return is_for_tests(own);
    }
    let n = own.to_ascii_lowercase();
    [
        "close",
        "destroy",
        "dispose",
        "stop",
        "shutdown",
        "teardown",
        "terminate",
        "unload",
        "uninstall",
        "quit",
    ]
    .iter()
    .any(|p| n.starts_with(p))
        || matches!(
            n.as_str(),
            "cleanup" | "cleanupsync" | "cleanupall" | "clearall" | "resetall" | "removeall" | "deleteall"
        )
        || is_for_tests(&n)
}

/// `resetForTests`, `_testOnlyClear`: a hook of tests.
pub fn is_for_tests(name: &str) -> bool {
    if !name.bytes().any(|b| b.eq_ignore_ascii_case(&b't')) {
        return false;
    }
    let n = name.rsplit('.').next().unwrap_or(name).trim_start_matches(['_', '#']).to_ascii_lowercase();
    ["fortest", "fortests", "fortesting", "intests", "testonly"].iter().any(|s| n.contains(s))
}

/// `clearCache`, `resetAll`, `invalidate`: somebody has to ask.
pub fn is_on_request(name: &str) -> bool {
    let n = name.rsplit('.').next().unwrap_or(name).trim_start_matches(['_', '#']).to_ascii_lowercase();
    ["clear", "reset", "invalidate", "purge", "bust", "forget", "wipe"].iter().any(|p| n.starts_with(p))
}

/// True for a place that only saves work: whoever invalidates an entry does not hold the rest.
pub fn is_cache(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> bool {
    let name = cx.l.place_symbol(place).to_ascii_lowercase();
    let memo = name.contains("memo") && !name.contains("memor");
    if name.contains("cache") || memo || name.starts_with("recent") {
        return true;
    }
    if matches!(&place.base, Base::Field(c, _) if cx.l.container(*c).is_some()) {
        return true;
    }
    ops.iter().any(|o| {
        o.kind == OpKind::GrowKey && {
            let f = cx.l.file(o.site.file);
            match f.expr(f.plain(o.value)) {
                Expr::Object(list) => {
                    f.props_of(list).any(|p| matches!(p.key, Key::Named(k) if is_time_name(f.str(k))))
                }
                _ => false,
            }
        }
    })
}

/// Classifies one removal.
pub fn classify(cx: &Context<'_>, place: &PlaceId, ops: &[Op], op: &Op) -> Driver {
    let l = cx.l;
    let p = cx.program;
    // A removal through a parameter happens where the place was handed over.
    let func = op.via.map_or(op.func, |v| l.fn_of(v));
    // What loses its ends is an array: `a[0] = rest` replaces an element of it.
    let by_end = op.kind == OpKind::RemoveEnd;
    let grows: Vec<&Op> =
        ops.iter().filter(|o| o.kind.grows() && !(by_end && o.kind == OpKind::GrowKey)).collect();
    let whole = matches!(op.kind, OpKind::Clear | OpKind::Reset);
    let sweeping = !whole && sweeps(cx, ops, op);
    let cache = is_cache(cx, place, ops);
    if never_equal(cx, place, ops, op) || takes_another(cx, ops, op) {
        return Driver::Dead;
    }
    if settles(cx, ops, op) {
        return Driver::Finally;
    }
    if !whole && (!cache || direct_handler(cx, op.func)) && cx.reach.is_teardown(p, func) {
        return if only_errors(cx, op.func) { Driver::ErrorOnly } else { Driver::Teardown };
    }
    if (cx.reach.is_tick(p, func) || cx.reach.is_tick(p, op.func))
        && (whole || expired(cx, op) || sized(ops, op) || !cache && repeats(cx, op))
    {
        return Driver::Sweep;
    }
    let timer = l.passed_to(op.func).is_some_and(|(_, n)| n == "setTimeout");
    if timer || (!cache && cx.reach.is_timeout(p, func)) {
        return Driver::Timeout;
    }
    let rate = cx.rate(func).max(cx.rate(op.func));
    let name = l.fn_name(func);
    if rate == Rate::Shutdown || is_for_tests(&name) {
        return Driver::Shutdown;
    }
    if rate == Rate::Never {
        return Driver::Dead;
    }
    if sweeping && (expired(cx, op) || sized(ops, op) || !cache) {
        return match rate {
            Rate::Init => Driver::Shutdown,
            Rate::External if only_exported(cx, func) && !is_method_of_holder(cx, place, func) => {
                Driver::Dead
            }
            _ => Driver::Sweep,
        };
    }
    if let Some(g) = grows.iter().find(|g| l.is_within(op.func, g.func) && !exclusive(cx, op, g)) {
        return beside_growth(cx, op, g);
    }
    if whole {
        let by_growth = grows.iter().any(|g| rate.recurs() && g.func != func && calls(cx, g.func, func))
            || begins_each_turn(cx, op, &grows);
        return if by_growth { Driver::Reset } else { whole_driver(cx, func, rate, &name) };
    }
    if matches!(op.kind, OpKind::Filter | OpKind::Truncate) && rate.recurs() {
        return Driver::Sweep;
    }
    if matches!(op.kind, OpKind::RemoveEnd) && rate.recurs() {
        return Driver::Reset;
    }
    if expired(cx, op) && reads(ops, op.func) {
        return Driver::ReadExpiry;
    }
    if l.in_catch(op.site) && grows.iter().any(|g| g.func == op.func) {
        return Driver::ErrorOnly;
    }
    match rate {
        Rate::External => Driver::Api,
        Rate::Init => Driver::Shutdown,
        _ => Driver::Driven,
    }
}

/// The removal compares the entry with a value that was never stored under the key, so it never happens.
fn never_equal(cx: &Context<'_>, place: &PlaceId, ops: &[Op], op: &Op) -> bool {
    let l = cx.l;
    let f = l.file(op.site.file);
    let stored: Vec<&Op> = ops
        .iter()
        .filter(|o| o.kind == OpKind::GrowKey && o.via.is_none() && o.site.file == op.site.file)
        .collect();
    if stored.is_empty() {
        return false;
    }
    l.guards(op.site).iter().any(|(t, positive)| {
        let Expr::Binary { op: BinOp::Eq, left, right } = f.expr(*t) else { return false };
        let reads_entry = |e: ExprId| {
            matches!(f.expr(f.plain(e)), Expr::Call { .. } | Expr::Index { .. })
                && l.place(op.site.with(e)).is_some_and(|p| p.below(place) && p != *place)
        };
        let other = if reads_entry(left) {
            right
        } else if reads_entry(right) {
            left
        } else {
            return false;
        };
        let Expr::Ref(compared) = f.expr(f.plain(other)) else { return false };
        let compared_is_param = f[compared].kind == BindingKind::Param;
        *positive
            && !compared_is_param
            && stored.iter().all(|g| match f.expr(f.plain(g.value)) {
                Expr::Ref(b) => b != compared && !aliases(f, b, compared) && !aliases(f, compared, b),
                Expr::Call { .. } => true,
                _ => false,
            })
    })
}

/// `init(id) { m.set(id, x) }`, `destroy(id) { m.delete(current) }`: the removal is told which entry has ended, and
/// takes the one that a variable of the module happens to name.
fn takes_another(cx: &Context<'_>, ops: &[Op], op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Expr::Ref(taken) = f.expr(f.plain(op.key)) else { return false };
    let changes = f[taken].func == FnId::MODULE && f[taken].writes > 0;
    if op.kind != OpKind::Remove || op.via.is_some() || !changes {
        return false;
    }
    let mut grows = ops.iter().filter(|o| o.kind == OpKind::GrowKey).peekable();
    grows.peek().is_some()
        && grows.all(|g| {
            let gf = cx.l.file(g.site.file);
            let Expr::Ref(set) = gf.expr(gf.plain(g.key)) else { return false };
            g.func != op.func
                && gf[set].kind == BindingKind::Param
                && f.params(op.func.id).any(|p| f.name_of(p) == gf.name_of(set))
        })
}

/// `const a = b`.
fn aliases(f: &FileFacts, a: BindingId, b: BindingId) -> bool {
    f.expr(f.plain(f[a].init)) == Expr::Ref(b) || f[a].writes > 0
}

/// Taken away in a loop, or one after the other: by a callback of a walk, by a function that a loop calls.
fn repeats(cx: &Context<'_>, op: &Op) -> bool {
    matches!(op.kind, OpKind::RemoveEnd | OpKind::Filter | OpKind::Truncate)
        || cx.l.in_loop(op.site) && !leaves_after(cx, op)
        || cx.l.passed_to(op.func).is_some_and(|(_, n)| n != "then" && n != "catch")
        || cx.program.calls.callers(op.func).any(|e| {
            cx.l.in_loop(e.site)
                || cx.l.callback_of(e.site).is_some_and(|(_, n)| matches!(n, "forEach" | "map"))
        })
}

/// `while (true) { ...; m.delete(k); return; }`: once, whatever is around it.
fn leaves_after(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let ix = cx.l.ix(op.site.file);
    let Some(own) = ix.stmt_of(op.site.id) else { return false };
    let end = f.stmt_spans[own.ix()].end;
    let Some(&(around, _)) = ix.enclosing(op.site.id).first() else { return false };
    let span = f.stmt_spans[around.ix()];
    f.stmts.iter().zip(&f.stmt_spans).any(|(s, x)| {
        matches!(s, Stmt::Return(_) | Stmt::Throw(_) | Stmt::Break)
            && x.start >= end
            && x.end <= span.end
            && x.start - end < 40
    })
}

/// The function itself is the handler of the event, not something three calls away.
fn direct_handler(cx: &Context<'_>, func: FunRef) -> bool {
    cx.l.passed_to(func).is_some_and(|(_, n)| {
        matches!(n, "on" | "once" | "addEventListener" | "addListener" | "FinalizationRegistry")
    })
}

/// The sweep looks at the size.
fn sized(ops: &[Op], op: &Op) -> bool {
    ops.iter().any(|o| o.kind == OpKind::SizeCheck && o.func == op.func)
}

/// `for await (const message of messages) { list = []; run(() => list.push(x)); }` in the body of a module: emptied
/// at each turn of the loop that the growth is in.
fn begins_each_turn(cx: &Context<'_>, op: &Op, grows: &[&Op]) -> bool {
    let f = cx.l.file(op.site.file);
    op.func.id == FnId::MODULE
        && cx.l.ix(op.site.file).enclosing(op.site.id).iter().any(|(s, _)| {
            let span = f.stmt_spans[s.ix()];
            matches!(f.stmts[s.ix()], Stmt::Loop { .. })
                && !grows.is_empty()
                && grows.iter().all(|g| g.site.file == op.site.file && span.contains(f.span(g.site.id)))
        })
}

/// A constructor, of either style.
pub fn is_constructor(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let x = f[func.id];
    matches!(x.kind, FnKind::Constructor | FnKind::ClassInit)
        || x.class.get().is_some_and(|c| f[c].from_fn == func.id)
}

/// Every way to the function is an `error` event or a catch.
fn only_errors(cx: &Context<'_>, func: FunRef) -> bool {
    cx.l.passed_to(func).is_some_and(|(call, n)| {
        let f = cx.l.file(call.file);
        matches!(n, "on" | "once")
            && matches!(f.expr(call.id), Expr::Call { args, .. }
                if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if f.str(s) == "error"))
    })
}

/// A removal within a loop over the place itself, or of an entry found by walking it.
fn sweeps(cx: &Context<'_>, ops: &[Op], op: &Op) -> bool {
    let l = cx.l;
    ops.iter().any(|o| {
        o.kind == OpKind::Iterate
            && o.site.file == op.site.file
            && (o.func == op.func && l.in_loop(op.site)
                || l.passed_to(op.func).is_some_and(|(c, _)| c == o.site))
    })
}

fn only_exported(cx: &Context<'_>, func: FunRef) -> bool {
    cx.program.calls.callers(func).next().is_none()
}

fn is_method_of_holder(cx: &Context<'_>, place: &PlaceId, func: FunRef) -> bool {
    match &place.base {
        Base::Field(c, _) => {
            cx.l.this_class(func) == Some(*c) && cx.l.platform(c.file) == highwater_finding::Platform::Library
        }
        _ => false,
    }
}

/// A removal in the growing function, or in a closure made there.
fn beside_growth(cx: &Context<'_>, op: &Op, grow: &Op) -> Driver {
    let l = cx.l;
    if op.func == grow.func {
        if l.in_catch(op.site) {
            return Driver::ErrorOnly;
        }
        let span = |e: ExprRef| l.file(e.file).span(e.id);
        let before = span(op.site).start < span(grow.site).start;
        if expired(cx, op) {
            return Driver::ReadExpiry;
        }
        if cuts(cx, op) {
            return Driver::Sweep;
        }
        // Before or after: each run starts with what one run adds at most.
        if op.kind == OpKind::Reset || op.kind == OpKind::Clear {
            return Driver::Reset;
        }
        if before {
            // Another key than the one that is set: the old goes when the new comes.
            return if other_key(cx, op, grow) { Driver::Reset } else { Driver::Replace };
        }
        return Driver::SuccessOnly;
    }
    // A closure made beside the growth: a disposer, a handler, a settle function.
    match l.passed_to(op.func) {
        Some((_, "catch")) => Driver::ErrorOnly,
        Some((_, "then")) => Driver::SuccessOnly,
        _ => match cx.rate(op.func) {
            Rate::Never => Driver::Dead,
            _ => Driver::Api,
        },
    }
}

/// `if (n <= 0) m.delete(k); else m.set(k, n)`: one or the other, on different branches of one test.
fn exclusive(cx: &Context<'_>, op: &Op, grow: &Op) -> bool {
    use highwater_program::graph::index::Role;
    if op.func != grow.func {
        return false;
    }
    let ix = cx.l.ix(op.site.file);
    let f = cx.l.file(op.site.file);
    let (of_op, of_grow) = (ix.enclosing(op.site.id), ix.enclosing(grow.site.id));
    of_op.iter().any(|&(s, role)| {
        if let Stmt::Switch { cases, .. } = f.stmts[s.ix()] {
            return in_other_case(f, cases, f.span(op.site.id), f.span(grow.site.id));
        }
        let Stmt::If { then, .. } = f.stmts[s.ix()] else { return false };
        match of_grow.iter().find(|(other, _)| *other == s) {
            Some(&(_, other)) => {
                role != other && matches!((role, other), (Role::Then, Role::Else) | (Role::Else, Role::Then))
            }
            // `if (n <= 0) { m.delete(k); return; }`
            None => {
                role == Role::Then
                    && f.stmt_spans[s.ix()].end <= f.span(grow.site.id).start
                    && f.stmts_of(then).last().is_some_and(|x| {
                        matches!(f.stmts[x.ix()], Stmt::Return(_) | Stmt::Throw(_) | Stmt::Continue)
                    })
            }
        }
    })
}

/// `case 'add': s.add(k); break; case 'del': s.delete(k);`
fn in_other_case(f: &FileFacts, cases: List, op: Span, grow: Span) -> bool {
    let range = cases.start as usize..(cases.start + cases.len) as usize;
    let of = |at: Span| {
        f.cases
            .get(range.clone())
            .unwrap_or_default()
            .iter()
            .position(|c| f.stmts_of(c.body).any(|s| f.stmt_spans[s.ix()].contains(at)))
    };
    matches!((of(op), of(grow)), (Some(a), Some(b)) if a != b)
}

/// `from` calls `to`, or hands it to something that does.
pub fn calls(cx: &Context<'_>, from: FunRef, to: FunRef) -> bool {
    cx.program.calls.callees(from).any(|e| cx.program.calls.function(e.to) == to)
}

/// The removed key is surely not the key that is set.
fn other_key(cx: &Context<'_>, op: &Op, grow: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let binding = |e: ExprId| if let Expr::Ref(b) = f.expr(f.plain(e)) { Some(b) } else { None };
    let (Some(removed), Some(set)) = (binding(op.key), binding(grow.key)) else { return false };
    let fresh = |b: BindingId| match f.expr(f.plain(f[b].init)) {
        // `list.shift()`, `map.keys().next().value`
        Expr::Call { callee, .. } => matches!(
            highwater_program::graph::entry::callee_name(f, callee),
            Some("shift" | "pop" | "next" | "at" | "find")
        ),
        Expr::Member { property, .. } => f.str(property) == "value",
        _ => false,
    };
    op.site.file == grow.site.file && removed != set && fresh(removed)
}

/// `a = a.slice(-n)`, `a.length = n`: what is too much goes, whichever it is.
fn cuts(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let sliced = || match f.expr(op.site.id) {
        Expr::Assign { value, .. } => match f.expr(f.plain(value)) {
            Expr::Call { callee, .. } => {
                highwater_program::graph::entry::callee_name(f, callee) == Some("slice")
            }
            _ => false,
        },
        _ => false,
    };
    op.kind == OpKind::Truncate || op.kind == OpKind::Filter && sliced()
}

fn whole_driver(cx: &Context<'_>, func: FunRef, rate: Rate, name: &str) -> Driver {
    if is_constructor(cx, func) || is_ending(name) {
        return Driver::Shutdown;
    }
    // A function within another is a step of its work, whatever it is called.
    let asked = is_on_request(name) && !is_step(cx, func);
    match rate {
        Rate::Init | Rate::Shutdown => Driver::Shutdown,
        _ if asked && only_exported(cx, func) => Driver::Shutdown,
        _ if asked => Driver::Api,
        Rate::External if only_exported(cx, func) => Driver::Api,
        _ => Driver::Reset,
    }
}

/// A named function within a function.
fn is_step(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let x = f[func.id];
    matches!(x.kind, FnKind::Plain | FnKind::Arrow)
        && x.parent.is_some()
        && x.parent != FnId::MODULE
        && !is_returned(cx, func)
}

/// `function make() { function clear() {} return { clear }; }`
fn is_returned(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let ix = cx.l.ix(func.file);
    let mut mentions: Vec<ExprId> =
        ix.fn_expr.get(func.id.ix()).copied().filter(|e| e.is_some()).into_iter().collect();
    for (i, b) in f.bindings.iter().enumerate() {
        if b.function == func.id {
            mentions.extend_from_slice(ix.refs(BindingId(i as u32)));
        }
    }
    mentions.iter().any(|&m| match ix.up(m) {
        highwater_program::graph::index::Up::Expr(p) => {
            matches!(f.expr(p), Expr::Object(_) | Expr::Assign { .. })
                && !matches!(f.expr(p), Expr::Assign { target, .. } if matches!(f.expr(target), Expr::Ref(_)))
        }
        highwater_program::graph::index::Up::Stmt(s) => matches!(f.stmts[s.ix()], Stmt::Return(_)),
        highwater_program::graph::index::Up::None => false,
    })
}

/// The removal happens only when a time has passed.
pub fn expired(cx: &Context<'_>, op: &Op) -> bool {
    cx.l.conditions(op.site).iter().any(|(t, _)| mentions_time(cx, op.site.with(*t)))
}

/// An expression that looks at the clock or at an age.
pub fn mentions_time(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    cx.l.any_in(e, &|x| {
        let name = match f.expr(x.id) {
            Expr::Member { property, .. } => f.str(property),
            Expr::Ref(b) => f.name_of(b),
            _ => return false,
        };
        is_time_name(name)
    })
}

/// `expiresAt`, `ttl`, `now`, `timestamp`, `age` ...
pub fn is_time_name(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    n == "now"
        || n == "age"
        || n == "ts"
        || n == "exp"
        || n == "at"
        || n == "time"
        || [
            "expir",
            "ttl",
            "timestamp",
            "fetchedat",
            "cachedat",
            "createdat",
            "updatedat",
            "lastaccess",
            "lastseen",
            "lastused",
            "stale",
            "maxage",
            "deadline",
            "validuntil",
        ]
        .iter()
        .any(|t| n.contains(t))
}

fn reads(ops: &[Op], func: FunRef) -> bool {
    ops.iter().any(|o| o.kind == OpKind::Read && o.func == func)
}
