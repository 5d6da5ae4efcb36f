//! What takes a listener away again, and whether every way out of the work comes past it.

use highwater_program::graph::entry::callee_name;
use highwater_program::graph::index::Up;
use highwater_program::graph::{ExprRef, FunRef};
use highwater_program::ir::*;

use super::find::{Found, Undo, event_text};
use super::{Context, Family, Fate, Registration, Why, unit};
use crate::judge::reach::is_teardown_event;

/// When a removal runs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// On every path: `finally`.
    Always,
    /// When the shorter-lived side ends.
    Teardown,
    /// When a timer fires.
    Timeout,
    /// Given away: returned, stored, passed on; somebody else calls it.
    Given,
    /// In the listener itself.
    Own,
    /// When an error is reported.
    Error,
    /// When some other thing happens.
    Event(String),
    /// In the same body, after the registration.
    After,
    /// In another function.
    Elsewhere,
}

/// The handler belongs to whoever called: `on(event, fn) { this.bus.on(event, fn) }`; or the result is given away.
pub fn handed_over(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let unit = unit::of(cx, reg.func);
    let is_param = |e: ExprId| {
        matches!(f.expr(f.plain(e)), Expr::Ref(b)
        if f[b].kind == BindingKind::Param && f[b].func == unit.id && cx.l.ix(reg.call.file).param_of.contains_key(&b))
    };
    if is_param(reg.handler)
        && (reg.event == ExprId::NONE || is_param(reg.event) || cx.l.passed_to(unit).is_none())
    {
        return true;
    }
    if is_fluent(cx, reg, unit) {
        return true;
    }
    // Only a passing-through of whatever was given: `emitter.on(...args)`.
    matches!(f.expr(reg.handler), Expr::Spread(_))
}

/// `done(fn) { this.on('done', () => fn()); return this }`: adding the caller's listener is what the method is for.
fn is_fluent(cx: &Context<'_>, reg: &Registration, unit: FunRef) -> bool {
    let f = cx.l.file(reg.call.file);
    let is_self = |e: ExprId| match f.expr(f.plain(e)) {
        Expr::This => true,
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        _ => false,
    };
    if !reg.receiver.is_some_and(|r| is_self(r.id)) || !cx.l.returns_of(unit).iter().any(|r| is_self(*r)) {
        return false;
    }
    let Expr::Fn(handler) = f.expr(f.plain(reg.handler)) else { return false };
    let span = f[handler].span;
    let ix = cx.l.ix(reg.call.file);
    f.params(unit.id).any(|b| {
        ix.refs(b).iter().any(|&r| {
            span.contains(f.span(r))
                && match ix.up(r) {
                    Up::Expr(p) => match f.expr(p) {
                        Expr::Call { callee, .. } => callee == r,
                        Expr::Member { property, .. } => matches!(f.str(property), "call" | "apply"),
                        _ => false,
                    },
                    _ => false,
                }
        })
    })
}

/// The work listens for the end of a thing and ends it: `stream.on('close', done); stream.end()`.
pub fn ends_it(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let of_end = matches!(f.expr(reg.event), Expr::Str(s)
        if matches!(f.str(s), "close" | "end" | "exit" | "finish" | "disconnect" | "error" | "closed"));
    let Some(r) = reg.receiver else { return false };
    of_end
        && cx.l.ix(reg.call.file).calls.iter().any(|&c| {
            let Expr::Call { callee, .. } = f.expr(c) else { return false };
            let Expr::Member { object, property } = f.expr(callee) else { return false };
            matches!(f.str(property), "end" | "destroy" | "close" | "kill" | "terminate" | "disconnect")
                && cx.l.fn_of(reg.call.with(c)) == reg.func
                && f.span(c).start > f.span(reg.call.id).start
                && cx.l.text(r.with(object)) == cx.l.text(r)
        })
}

/// The removals of a registration.
pub fn of<'f>(cx: &Context<'_>, reg: &Registration, found: &'f Found) -> Vec<&'f Undo> {
    found
        .undos
        .iter()
        .filter(|u| reg.undo.contains(&u.verb) && same_target(cx, reg, u) && same_function(cx, reg, u))
        .collect()
}

/// What becomes of a registration.
pub fn fate(cx: &Context<'_>, reg: &Registration, found: &Found) -> Fate {
    if has_signal_option(cx, reg) {
        return Fate::Held("it is added with a `signal` that removes it".into(), None);
    }
    if reg.once && !reg.handler.is_some() {
        return match raced_call(cx, reg.call) {
            Some((at, how)) => Fate::Leak(Why::Partial(Some(at), how)),
            None => Fate::Quiet,
        };
    }
    if let Some(fate) = by_result(cx, reg) {
        return fate;
    }
    let unit = unit::of(cx, reg.func);
    let (matching, other): (Vec<&Undo>, Vec<&Undo>) = found
        .undos
        .iter()
        .filter(|u| reg.undo.contains(&u.verb) && same_target(cx, reg, u))
        .partition(|u| same_function(cx, reg, u));
    if matching.is_empty() {
        return without_removal(cx, reg, &other, found);
    }
    with_removals(cx, reg, unit, &matching)
}

fn has_signal_option(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let Expr::Call { args, .. } = f.expr(reg.call.id) else { return false };
    f.exprs_of(args).skip(1).any(|a| f.prop(a, "signal").is_some())
}

/// The registration's result decides: dropped, kept, called.
fn by_result(cx: &Context<'_>, reg: &Registration) -> Option<Fate> {
    let l = cx.l;
    let f = l.file(reg.call.file);
    let ix = l.ix(reg.call.file);
    let mut e = reg.call.id;
    // `await bus.subscribe()`, `(x as Y)`, links of a chain.
    loop {
        match ix.up(e) {
            Up::Expr(p) => match f.expr(p) {
                Expr::Await(_) | Expr::Cast { .. } => e = p,
                Expr::Member { .. } if !reg.handle => {
                    let Up::Expr(call) = ix.up(p) else { return Some(Fate::Quiet) };
                    if !matches!(f.expr(call), Expr::Call { callee, .. } if callee == p) {
                        return Some(Fate::Quiet);
                    }
                    e = call;
                }
                Expr::Assign { target, value, .. } if value == e && reg.handle => {
                    return Some(handle_kept(cx, reg, target));
                }
                Expr::Unary { op: UnOp::Void, .. } => e = p,
                _ if !reg.handle && matches!(f.expr(p), Expr::Cond { .. } | Expr::Logical { .. }) => e = p,
                _ => return Some(Fate::Quiet),
            },
            Up::Stmt(s) => {
                return match f.stmts[s.ix()] {
                    Stmt::Expr(_) if reg.handle && reg.undo.is_empty() => {
                        Some(Fate::Leak(Why::HandleDropped))
                    }
                    Stmt::Expr(_) => None,
                    Stmt::Let { binding, .. } if reg.handle => Some(handle_bound(cx, reg, binding)),
                    Stmt::Return(_) if !reg.handle && ix.fn_of(e) != unit::of(cx, reg.func).id => None,
                    // An arrow that only registers: `ids.forEach(id => bus.on(id, f))`.
                    Stmt::Return(_) if !reg.handle && is_short_arrow(cx, reg.func) => None,
                    _ => Some(Fate::Quiet),
                };
            }
            Up::None => return Some(Fate::Quiet),
        }
    }
}

fn is_short_arrow(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    cx.l.function(func).kind == FnKind::Arrow && f.ids(cx.l.function(func).body).len() == 1
}

/// `const off = bus.subscribe(...)`: used at all?
fn handle_bound(cx: &Context<'_>, reg: &Registration, b: BindingId) -> Fate {
    if reg.family == Family::Abort {
        return cleared(cx, reg, b);
    }
    let uses = cx.l.ix(reg.call.file).refs(b);
    if uses.is_empty() { Fate::Leak(Why::HandleDropped) } else { Fate::Quiet }
}

/// `this.off = bus.subscribe(...)`, `signal = anySignal([...])`: is it ever called or asked to clear?
fn handle_kept(cx: &Context<'_>, reg: &Registration, target: ExprId) -> Fate {
    let f = cx.l.file(reg.call.file);
    let Expr::Ref(b) = f.expr(target) else { return Fate::Quiet };
    if reg.family == Family::Abort { cleared(cx, reg, b) } else { Fate::Quiet }
}

/// A combined signal must be cleared, wherever else it goes.
fn cleared(cx: &Context<'_>, reg: &Registration, b: BindingId) -> Fate {
    let f = cx.l.file(reg.call.file);
    let ix = cx.l.ix(reg.call.file);
    let cleared = ix.refs(b).iter().any(|&r| match ix.up(r) {
        Up::Expr(p) => match f.expr(p) {
            Expr::Member { property, .. } => matches!(f.str(property), "clear" | "cleanup" | "dispose"),
            // Kept under another name too.
            Expr::Assign { value, .. } => value == r,
            _ => false,
        },
        _ => false,
    });
    if cleared { Fate::Held("its `clear` is called".into(), None) } else { Fate::Leak(Why::HandleDropped) }
}

/// The same thing and the same event.
fn same_target(cx: &Context<'_>, reg: &Registration, u: &Undo) -> bool {
    let event = if reg.event.is_some() { event_text(cx, reg.call.with(reg.event)) } else { String::new() };
    if !u.event.is_empty() && u.event != event {
        return false;
    }
    let Some(r) = reg.receiver else {
        // Both are functions of a module.
        let f = cx.l.file(u.call.file);
        return matches!(f.expr(u.call.id), Expr::Call { callee, .. } if callee == u.receiver.id);
    };
    if cx.l.place(r).is_some() && cx.l.place(r) == u.place {
        return true;
    }
    // The same named function is taken off something that is written alike: `a.signal`, `this.a.signal`.
    let (a, b) = (cx.l.text(r), cx.l.text(u.receiver));
    let last = |t: &str| t.rsplit('.').next().unwrap_or("").to_string();
    if r.file == u.receiver.file {
        return a == b && !a.contains("an expression") || last(&a) == last(&b) && u.handler.is_some();
    }
    false
}

/// The same function.
fn same_function(cx: &Context<'_>, reg: &Registration, u: &Undo) -> bool {
    if !u.handler.is_some() {
        return true;
    }
    same_value(cx, reg.call.with(reg.handler), u.call.with(u.handler), 0)
}

fn same_value(cx: &Context<'_>, added: ExprRef, removed: ExprRef, depth: u8) -> bool {
    let l = cx.l;
    let (fa, fb) = (l.file(added.file), l.file(removed.file));
    let (added, removed) = (added.with(fa.plain(added.id)), removed.with(fb.plain(removed.id)));
    if depth > 3 {
        return false;
    }
    match (fa.expr(added.id), fb.expr(removed.id)) {
        (Expr::Assign { target, .. }, _) => same_value(cx, added.with(target), removed, depth + 1),
        (Expr::Ref(x), Expr::Ref(y)) if x == y && added.file == removed.file => true,
        // `function f() { off(f) }`, added as a literal.
        (Expr::Fn(func), Expr::Ref(y)) => added.file == removed.file && fb[y].function == func,
        (Expr::Fn(_), _) | (_, Expr::Fn(_)) => false,
        (Expr::Call { .. }, Expr::Call { .. }) => {
            l.text(added) == l.text(removed) && !is_bind(fa, added.id) && !is_bind(fb, removed.id)
        }
        (Expr::Call { .. }, Expr::Ref(_) | Expr::Member { .. })
        | (Expr::Ref(_) | Expr::Member { .. }, Expr::Call { .. }) => {
            !is_bind(fa, added.id) && !is_bind(fb, removed.id)
        }
        // One keeps the other: `this.handler = handler`.
        (Expr::Ref(_), Expr::Member { .. }) | (Expr::Member { .. }, Expr::Ref(_)) => true,
        _ => {
            let (pa, pb) = (l.place(added), l.place(removed));
            pa.is_some() && pa == pb || l.text(added) == l.text(removed) || fa.expr(added.id) == Expr::Missing
        }
    }
}

fn is_bind(f: &FileFacts, e: ExprId) -> bool {
    matches!(f.expr(e), Expr::Call { callee, .. } if callee_name(f, callee) == Some("bind"))
}

fn without_removal(cx: &Context<'_>, reg: &Registration, other: &[&Undo], found: &Found) -> Fate {
    // A removal of something that can only be meant for this one.
    if let Some(u) =
        other.iter().find(|u| fresh(cx, u.call.with(u.handler)) || fresh(cx, reg.call.with(reg.handler)))
        && related(cx, reg, u)
        && alone(cx, reg, u, found)
    {
        let what = cx.l.text(u.call.with(u.handler));
        return Fate::Leak(Why::WrongFunction(u.call, what));
    }
    if handler_kept(cx, reg) {
        return Fate::Quiet;
    }
    if !reg.once || reg.family == Family::Abort {
        return Fate::Leak(Why::NoRemoval);
    }
    once_left_behind(cx, reg)
}

/// The function is also put somewhere else: whoever finds it there can remove it.
fn handler_kept(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let ix = cx.l.ix(reg.call.file);
    let b = match f.expr(f.plain(reg.handler)) {
        Expr::Ref(b) => b,
        Expr::Assign { target, .. } => {
            return matches!(f.expr(target), Expr::Member { .. } | Expr::Index { .. });
        }
        _ => return false,
    };
    if f[b].func == FnId::MODULE || f[b].kind == BindingKind::Param {
        return false;
    }
    ix.refs(b).iter().any(|&r| match ix.up(r) {
        Up::Expr(p) => match f.expr(p) {
            Expr::Object(_) | Expr::Array(_) => true,
            Expr::Assign { target, value, .. } => value == r && !matches!(f.expr(target), Expr::Ref(_)),
            Expr::Call { callee, .. } => {
                callee != r
                    && matches!(callee_name(f, callee), Some("push" | "set" | "add" | "defer" | "use"))
            }
            _ => false,
        },
        _ => false,
    })
}

/// The removal stands in the same class or function.
fn related(cx: &Context<'_>, reg: &Registration, u: &Undo) -> bool {
    let class = cx.l.this_class(reg.func);
    class.is_some() && class == cx.l.this_class(u.func) || cx.l.is_within(u.func, unit::of(cx, reg.func))
}

/// No other registration of the same event that the removal could be for.
fn alone(cx: &Context<'_>, reg: &Registration, u: &Undo, found: &Found) -> bool {
    !found
        .registrations
        .iter()
        .any(|r| r.call != reg.call && same_target(cx, r, u) && same_function(cx, r, u))
}

/// A function value that exists nowhere else: a literal, a `.bind()`.
fn fresh(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Fn(_) => true,
        Expr::Call { .. } => is_bind(f, f.plain(e.id)),
        _ => false,
    }
}

/// `once` goes with its event. It stays when something else ends the work first.
fn once_left_behind(cx: &Context<'_>, reg: &Registration) -> Fate {
    if connected_before(cx, reg) {
        return Fate::Leak(Why::NoRemoval);
    }
    let Some(ex) = unit::executor(cx, reg.func) else { return Fate::Quiet };
    let releasing = Releasing { inner: vec![] };
    if let Some((at, when)) = uncovered(cx, reg, ex, &releasing) {
        return Fate::Leak(Why::Partial(Some(at), format!("it stays when {when}")));
    }
    match raced(cx, ex) {
        Some((at, how)) => Fate::Leak(Why::Partial(Some(at), how)),
        None => Fate::Quiet,
    }
}

/// The connection that a request borrows may have been there before: it will not say `connect` again.
fn connected_before(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let opens = matches!(f.expr(reg.event), Expr::Str(s) if matches!(f.str(s), "connect" | "secureConnect" | "lookup"));
    if !opens || !super::emitter::is_borrowed_socket(cx, reg) {
        return false;
    }
    let span = f[unit::of(cx, reg.func).id].span;
    !f.exprs.iter().zip(&f.spans).any(|(e, s)| {
        span.contains(*s)
            && matches!(*e, Expr::Member { property, .. }
                if matches!(f.str(property), "connecting" | "_connecting" | "pending" | "readyState"))
    })
}

/// The promise around an executor is one side of a race, or is looked at on some paths only.
fn raced(cx: &Context<'_>, executor: FunRef) -> Option<(ExprRef, String)> {
    let (promise, _) = cx.l.passed_to(executor)?;
    raced_call(cx, promise)
}

/// As above, for the expression that gives the promise.
fn raced_call(cx: &Context<'_>, promise: ExprRef) -> Option<(ExprRef, String)> {
    let f = cx.l.file(promise.file);
    let ix = cx.l.ix(promise.file);
    let in_race = |e: ExprId| -> bool {
        let Up::Expr(list) = ix.up(e) else { return false };
        let Expr::Array(_) = f.expr(list) else { return false };
        matches!(ix.up(list), Up::Expr(c) if matches!(f.expr(c), Expr::Call { callee, .. } if matches!(callee_name(f, callee), Some("race" | "any"))))
    };
    if in_race(promise.id) {
        return Some((promise, "it stays when the other side of the race wins".into()));
    }
    let Up::Stmt(s) = ix.up(promise.id) else { return None };
    let Stmt::Let { binding, .. } = f.stmts[s.ix()] else { return None };
    let uses = ix.refs(binding);
    if let Some(&r) = uses.iter().find(|&&r| in_race(r)) {
        return Some((promise.with(r), "it stays when the other side of the race wins".into()));
    }
    if let Some(&r) = uses.iter().find(|&&r| {
        matches!(ix.up(r), Up::Expr(p) if matches!(f.expr(p), Expr::Member { property, .. } if f.str(property) == "timeout"))
    }) {
        return Some((promise.with(r), "it stays when the time-out comes first".into()));
    }
    let func = ix.fn_of(promise.id);
    let conditional = !uses.is_empty()
        && uses.iter().all(|&r| {
            let mut e = promise.with(r);
            for _ in 0..4 {
                if !cx.l.guards(e).is_empty() || left_between(cx, promise, e) {
                    return true;
                }
                let at = cx.l.fn_of(e);
                if at.id == func {
                    return false;
                }
                let made = ix.fn_expr.get(at.id.ix()).copied().unwrap_or(ExprId::NONE);
                if !made.is_some() {
                    return false;
                }
                e = promise.with(made);
            }
            false
        });
    conditional
        .then(|| (promise.with(uses[0]), "it stays on the paths that do not wait for the event".into()))
}

/// A `return` stands between the promise and its use.
fn left_between(cx: &Context<'_>, promise: ExprRef, used: ExprRef) -> bool {
    let f = cx.l.file(promise.file);
    let from = f.span(promise.id).end;
    super::guard::early_exits(cx, used).iter().any(|t| f.span(t.id).start >= from)
}

/// Functions of the work that take the listener away when they run.
struct Releasing {
    inner: Vec<FunRef>,
}

impl Releasing {
    fn build(cx: &Context<'_>, unit: FunRef, undos: &[&Undo]) -> Releasing {
        let mut inner: Vec<FunRef> =
            undos.iter().map(|u| u.func).filter(|x| cx.l.is_within(*x, unit)).collect();
        let parts = unit::parts(cx, unit);
        for _ in 0..3 {
            let mut more = Vec::new();
            for &p in &parts {
                if inner.contains(&p) || p == unit {
                    continue;
                }
                let calls = cx.program.calls.callees(p).any(|e| {
                    let to = cx.program.calls.function(e.to);
                    to != p && inner.contains(&to) && cx.l.fn_of(e.site) == p && is_call_of(cx, e.site, to)
                });
                if calls {
                    more.push(p);
                }
            }
            if more.is_empty() {
                break;
            }
            inner.extend(more);
        }
        Releasing { inner }
    }

    /// The function, or one around it up to (not including) `top`, takes the listener away.
    fn covers(&self, cx: &Context<'_>, func: FunRef, top: FunRef) -> bool {
        let mut at = func;
        while at != top && at.id != FnId::MODULE {
            if self.inner.contains(&at) {
                return true;
            }
            at = at.with(cx.l.function(at).parent);
        }
        false
    }
}

/// A plain call of the function, not a mention of it.
fn is_call_of(cx: &Context<'_>, site: ExprRef, to: FunRef) -> bool {
    let f = cx.l.file(site.file);
    match f.expr(site.id) {
        Expr::Call { .. } => cx.program.calls.targets(site).contains(&to),
        _ => false,
    }
}

/// A way out of the promise that leaves the listener.
fn uncovered(
    cx: &Context<'_>,
    reg: &Registration,
    executor: FunRef,
    releasing: &Releasing,
) -> Option<(ExprRef, String)> {
    let f = cx.l.file(reg.call.file);
    let own = match f.expr(f.plain(reg.handler)) {
        Expr::Fn(func) => Some(reg.call.with(func)),
        Expr::Ref(b) => match f.expr(f.plain(f[b].init)) {
            Expr::Fn(func) => Some(reg.call.with(func)),
            _ => f[b].function.get().map(|x| reg.call.with(x)),
        },
        _ => None,
    };
    for e in unit::endings(cx, executor, reg.call) {
        if own.is_some_and(|o| cx.l.is_within(e.func, o)) && !e.bare {
            continue;
        }
        if releasing.covers(cx, e.func, executor) {
            continue;
        }
        if ends_receiver(cx, reg, &e) || in_scope_of_helper(cx, reg, &e, executor, releasing) {
            continue;
        }
        return Some((e.at, e.when));
    }
    None
}

/// The work ends because the thing that is listened to ends.
fn ends_receiver(cx: &Context<'_>, reg: &Registration, e: &unit::Ending) -> bool {
    let call = if e.bare { cx.l.parent(e.at) } else { cx.l.passed_to(e.func).map(|x| x.0) };
    let Some(call) = call else { return false };
    let f = cx.l.file(call.file);
    let Expr::Call { callee, args } = f.expr(call.id) else { return false };
    let Expr::Member { object, property } = f.expr(callee) else { return false };
    let Expr::Str(event) = f.expr(f.nth(args, 0)) else { return false };
    let verb = f.str(property);
    if !matches!(verb, "on" | "once" | "addEventListener" | "addListener") {
        return false;
    }
    let same = reg.receiver.is_some_and(|r| cx.l.text(r) == cx.l.text(call.with(object)));
    same && matches!(f.str(event), "close" | "end" | "exit" | "disconnect" | "finish" | "closed" | "destroy")
}

/// A named helper that settles and that every caller pairs with the removal.
fn in_scope_of_helper(
    cx: &Context<'_>,
    reg: &Registration,
    e: &unit::Ending,
    executor: FunRef,
    releasing: &Releasing,
) -> bool {
    if e.bare {
        return false;
    }
    let start = |x: ExprRef| cx.l.file(x.file).span(x.id).start;
    let mut callers = cx
        .program
        .calls
        .callers(e.func)
        // What is called before the listener is added leaves none.
        .filter(|c| cx.l.fn_of(c.site) != reg.func || start(c.site) > start(reg.call))
        .filter(|c| is_call_of(cx, c.site, e.func))
        .peekable();
    callers.peek().is_some()
        && callers.all(|c| releasing.covers(cx, cx.program.calls.function(c.from), executor))
}

fn with_removals(cx: &Context<'_>, reg: &Registration, unit: FunRef, undos: &[&Undo]) -> Fate {
    let releasing = Releasing::build(cx, unit, undos);
    let mut whens: Vec<(When, ExprRef)> = Vec::new();
    for u in undos {
        whens.extend(when(cx, reg, u, unit, &releasing).into_iter().map(|w| (w, u.call)));
    }
    let has = |test: &dyn Fn(&When) -> bool| whens.iter().find(|(w, _)| test(w)).map(|x| x.1);
    let line = |e: ExprRef| cx.l.place_of_expr(e).line;
    if let Some(at) = has(&|w| *w == When::Always) {
        return Fate::Held(format!("removed on every path at line {}", line(at)), Some(at));
    }
    if let Some(ex) = unit::executor(cx, reg.func)
        && undos.iter().any(|u| cx.l.is_within(u.func, unit))
        && has(&|w| matches!(w, When::Given | When::Elsewhere)).is_none()
    {
        return match uncovered(cx, reg, ex, &releasing) {
            Some((at, when)) => {
                Fate::Leak(Why::Partial(Some(at), format!("it is removed, but not when {when}")))
            }
            None => Fate::Held(
                format!("removed before the promise settles, line {}", line(undos[0].call)),
                Some(undos[0].call),
            ),
        };
    }
    if let Some(at) = has(&|w| matches!(w, When::Teardown | When::Given | When::Timeout | When::Elsewhere)) {
        return Fate::Held(format!("removed at line {}", line(at)), Some(at));
    }
    if let Some(at) = has(&|w| *w == When::Own)
        && reg.family != Family::Abort
    {
        return Fate::Held(format!("removes itself at line {}", line(at)), Some(at));
    }
    if let Some(at) = has(&|w| *w == When::After) {
        return after(cx, reg, at);
    }
    let events: Vec<String> = whens
        .iter()
        .filter_map(|(w, _)| match w {
            When::Error => Some("`error`".to_string()),
            When::Event(e) => Some(format!("`{e}`")),
            _ => None,
        })
        .collect();
    if events.is_empty() {
        return Fate::Quiet;
    }
    let at = whens.first().map(|x| x.1);
    Fate::Leak(Why::Partial(at, format!("it is removed only when {} comes", events.join(" or "))))
}

/// The removal stands after the registration in the same body: a throw between them goes past it.
fn after(cx: &Context<'_>, reg: &Registration, at: ExprRef) -> Fate {
    let f = cx.l.file(reg.call.file);
    let span = |e: ExprRef| f.span(e.id);
    let (from, to) = (span(reg.call).end, span(at).start);
    if to < from {
        return Fate::Held(
            format!("removed and added again at line {}", cx.l.place_of_expr(at).line),
            Some(at),
        );
    }
    let waits = (0..f.exprs.len()).map(|i| ExprId(i as u32)).find(|&i| {
        matches!(f.expr(i), Expr::Await(v) if !cx.l.never_rejects(at.with(v)))
            && f.span(i).start >= from
            && f.span(i).end <= to
            && cx.l.fn_of(at.with(i)) == reg.func
    });
    match waits {
        Some(w) if !caught(cx, at.with(w)) => Fate::Leak(Why::Partial(
            Some(at.with(w)),
            "it is removed, but not when the awaited work between fails".into(),
        )),
        _ => Fate::Held(format!("removed at line {}", cx.l.place_of_expr(at).line), Some(at)),
    }
}

/// Within a `try` that catches, or with a `.catch`.
fn caught(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    let handled = cx.l.any_in(e, &|x| match f.expr(x.id) {
        Expr::Call { callee, .. } => callee_name(f, callee) == Some("catch"),
        _ => false,
    });
    handled
        || cx.l.ix(e.file).enclosing(e.id).iter().any(|(s, role)| {
            *role == highwater_program::graph::index::Role::Try
                && matches!(f.stmts[s.ix()], Stmt::Try(t) if f.tries[t as usize].catch.is_some())
        })
}

/// When one removal runs, by every way to it.
fn when(cx: &Context<'_>, reg: &Registration, u: &Undo, unit: FunRef, releasing: &Releasing) -> Vec<When> {
    let l = cx.l;
    if !l.is_within(u.func, unit) {
        return vec![When::Elsewhere];
    }
    if l.in_finally(u.call) {
        return vec![When::Always];
    }
    let mut out = Vec::new();
    // The function with the removal, and every function of the work that calls it.
    for &func in &releasing.inner {
        if func == u.func || reaches(cx, func, u.func) {
            out.extend(when_runs(cx, reg, func, unit));
        }
    }
    if u.func == unit || unit::of(cx, u.func) == unit && l.passed_to(u.func).is_none() && out.is_empty() {
        out.push(if same_body(cx, reg, u) { When::After } else { When::Elsewhere });
    }
    // Helpers called in the body of the work itself.
    for e in cx.program.calls.callees(unit) {
        let to = cx.program.calls.function(e.to);
        if releasing.inner.contains(&to) && is_call_of(cx, e.site, to) && l.fn_of(e.site) == unit {
            out.push(if l.in_finally(e.site) { When::Always } else { When::After });
        }
    }
    out
}

fn same_body(cx: &Context<'_>, reg: &Registration, u: &Undo) -> bool {
    u.func == reg.func || cx.l.is_within(reg.func, u.func)
}

fn reaches(cx: &Context<'_>, from: FunRef, to: FunRef) -> bool {
    cx.program.calls.callees(from).any(|e| cx.program.calls.function(e.to) == to)
}

/// The ways in which a function inside the work is set off.
fn when_runs(cx: &Context<'_>, reg: &Registration, func: FunRef, unit: FunRef) -> Vec<When> {
    let l = cx.l;
    let f = l.file(func.file);
    let ix = l.ix(func.file);
    let mut out = Vec::new();
    if func == unit {
        return out;
    }
    let created = ix.fn_expr.get(func.id.ix()).copied().unwrap_or(ExprId::NONE);
    let mut mentions: Vec<ExprId> = created.get().into_iter().collect();
    for (i, b) in f.bindings.iter().enumerate() {
        if b.function == func.id && b.kind != BindingKind::Param {
            mentions.extend_from_slice(ix.refs(BindingId(i as u32)));
        }
    }
    for m in mentions {
        out.extend(mention(cx, reg, func.with(m)));
    }
    out
}

/// What one mention of a function means for when it runs.
fn mention(cx: &Context<'_>, reg: &Registration, m: ExprRef) -> Option<When> {
    let f = cx.l.file(m.file);
    let ix = cx.l.ix(m.file);
    match ix.up(m.id) {
        Up::Stmt(s) => match f.stmts[s.ix()] {
            Stmt::Return(_) => Some(When::Given),
            _ => None,
        },
        Up::Expr(p) => match f.expr(p) {
            Expr::Call { callee, .. } if callee == m.id => cx.l.in_finally(m.with(p)).then_some(When::Always),
            Expr::Call { callee, args } | Expr::New { callee, args } => {
                if m.with(p) == reg.call {
                    return Some(When::Own);
                }
                let name = callee_name(f, callee).unwrap_or("");
                if reg.undo.iter().any(|u| u == name) {
                    return None;
                }
                if let Some(event) = unit::event_of_call(cx, m.with(p), name) {
                    return Some(match event {
                        "error" => When::Error,
                        e if is_teardown_event(e) => When::Teardown,
                        e => When::Event(e.to_string()),
                    });
                }
                Some(match name {
                    "finally" => When::Always,
                    "setTimeout" => When::Timeout,
                    "then" if args.len > 1 => When::Always,
                    "then" => When::Event("success".into()),
                    "catch" => When::Error,
                    _ => When::Given,
                })
            }
            Expr::Assign { value, target, .. } if value == m.id => match f.expr(target) {
                Expr::Ref(_) => None,
                Expr::Member { property, .. } if f.str(property).starts_with("on") => {
                    let event = f.str(property).trim_start_matches("on").to_ascii_lowercase();
                    Some(if is_teardown_event(&event) && event != "error" {
                        When::Teardown
                    } else {
                        When::Event(event)
                    })
                }
                _ => Some(When::Given),
            },
            Expr::Object(_) | Expr::Array(_) => Some(When::Given),
            Expr::Member { .. } => Some(When::Given),
            _ => None,
        },
        Up::None => None,
    }
}
