//! What each mention of a handle does: releases it, hands it on, looks at it; and what hears of its end.

use rustc_hash::FxHashMap;

use super::{Ask, Endings, Handler};
use crate::graph::entry::callee_name;
use crate::graph::index::Up;
use crate::graph::linked::FunRef;
use crate::ir::*;

/// Something that happens to the handle when an expression has been evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is acquired.
    Acquire,
    /// It is released.
    Release,
    /// It has an owner from here on.
    Move,
    /// Handlers that release it are registered.
    Cover(Endings),
}

/// What a mention does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Release(ExprId),
    Move,
    Look,
}

/// Every use of one handle.
#[derive(Default)]
pub(super) struct Uses {
    /// By expression.
    pub(super) events: FxHashMap<ExprId, Vec<Event>>,
    /// Handlers that hold from the moment of acquisition on.
    pub(super) base: Endings,
    /// Mentions of the handle.
    pub(super) refs: Vec<ExprId>,
    /// Release sites.
    pub(super) releases: Vec<ExprId>,
    /// Handlers.
    pub(super) handlers: Vec<Handler>,
    /// Some path hands it on.
    pub(super) moves: bool,
}

/// A function that releases the handle; `failing`: only in a `catch`.
#[derive(Clone, Copy)]
struct Releaser {
    func: FnId,
    failing: bool,
}

pub(super) fn collect(ask: &Ask<'_>, binding: BindingId, outer: ExprId, func: FunRef) -> Uses {
    let mut uses = Uses::default();
    uses.add(outer, Event::Acquire);
    let ix = ask.l.ix(ask.site.file);
    let mut releasers: Vec<Releaser> = Vec::new();
    for call in closed_with(ask, binding) {
        if inline_within(ask, ix.fn_of(call), func.id) {
            uses.releases.push(call);
            uses.add(call, Event::Release);
        }
    }
    for &r in ix.refs(binding) {
        uses.refs.push(r);
        let within = ix.fn_of(r);
        let here = inline_within(ask, within, func.id);
        match classify(ask, r, 0) {
            Use::Look => {}
            Use::Move => {
                uses.moves = true;
                uses.add(r, Event::Move);
                if !here {
                    uses.base = Endings::ALL;
                }
            }
            Use::Release(call) => {
                uses.releases.push(call);
                uses.add(call, Event::Release);
                if is_around(ask, within, func.id) {
                    // The declaring function itself releases it later.
                    uses.base = Endings::ALL;
                } else if !here {
                    let failing = ask.l.in_catch(ask.site.with(call));
                    add_releaser(&mut releasers, within, failing);
                }
            }
        }
    }
    let mut i = 0;
    while i < releasers.len() && i < 32 {
        let r = releasers[i];
        employ(ask, r, func, &mut uses, &mut releasers);
        i += 1;
    }
    uses
}

/// `h.connect(t)` and then `t.close()`: what ends `t` ends `h`.
fn closed_with(ask: &Ask<'_>, binding: BindingId) -> Vec<ExprId> {
    let f = ask.l.file(ask.site.file);
    let ix = ask.l.ix(ask.site.file);
    let call_of = |r: ExprId| {
        let Up::Expr(m) = ix.up(r) else { return None };
        let Expr::Member { object, property } = f.expr(m) else { return None };
        let Up::Expr(c) = ix.up(m) else { return None };
        match f.expr(c) {
            Expr::Call { callee, args } if object == r && callee == m => Some((c, f.str(property), args)),
            _ => None,
        }
    };
    let mut out = Vec::new();
    for (_, name, args) in ix.refs(binding).iter().filter_map(|&r| call_of(r)) {
        if !ask.protocol.closed_with.iter().any(|n| n == name) {
            continue;
        }
        for part in f.exprs_of(args) {
            let Expr::Ref(part) = f.expr(f.plain(part)) else { continue };
            let ends = ix.refs(part).iter().filter_map(|&r| call_of(r));
            out.extend(ends.filter(|(_, n, _)| ask.protocol.ended_by(n)).map(|(c, ..)| c));
        }
    }
    out
}

fn add_releaser(list: &mut Vec<Releaser>, func: FnId, failing: bool) {
    match list.iter_mut().find(|r| r.func == func) {
        Some(r) => r.failing &= failing,
        None => list.push(Releaser { func, failing }),
    }
}

impl Uses {
    fn add(&mut self, e: ExprId, event: Event) {
        self.events.entry(e).or_default().push(event);
    }

    fn handler(&mut self, site: ExprId, event: &str, hears: Endings, of: ExprId, here: bool) {
        if self.handlers.iter().any(|h| h.site == site) {
            return;
        }
        self.handlers.push(Handler { site, event: event.into(), hears, of });
        if here {
            self.add(site, Event::Cover(hears));
        } else {
            self.base = self.base.with(hears);
        }
    }
}

/// True when `inner` is `outer` or runs as a part of it: called on the spot, or by `map`, `forEach`, `new Promise`.
pub(super) fn inline_within(ask: &Ask<'_>, inner: FnId, outer: FnId) -> bool {
    let mut at = inner;
    for _ in 0..16 {
        if at == outer {
            return true;
        }
        if at == FnId::MODULE || !runs_in_place(ask, at) {
            return false;
        }
        at = ask.l.file(ask.site.file)[at].parent;
        if !at.is_some() {
            return false;
        }
    }
    false
}

/// True when the function is called where it stands.
pub(super) fn runs_in_place(ask: &Ask<'_>, func: FnId) -> bool {
    let f = ask.l.file(ask.site.file);
    let ix = ask.l.ix(ask.site.file);
    let Some(e) = ix.fn_expr.get(func.ix()).copied().filter(|e| e.is_some()) else { return false };
    let Up::Expr(p) = ix.up(e) else { return false };
    match f.expr(p) {
        Expr::Call { callee, .. } if callee == e => true,
        Expr::Call { callee, .. } => matches!(
            callee_name(f, callee),
            Some(
                "map"
                    | "forEach"
                    | "filter"
                    | "reduce"
                    | "some"
                    | "every"
                    | "find"
                    | "flatMap"
                    | "sort"
                    | "from"
            )
        ),
        Expr::New { callee, .. } if callee != e => {
            callee_name(f, callee).is_some_and(|n| n.contains("Promise"))
        }
        _ => false,
    }
}

fn is_around(ask: &Ask<'_>, outer: FnId, inner: FnId) -> bool {
    let at = |id| ask.site.with(id);
    outer != inner && ask.l.is_within(at(inner), at(outer))
}

/// What a mention of the handle does.
fn classify(ask: &Ask<'_>, r: ExprId, depth: u8) -> Use {
    let f = ask.l.file(ask.site.file);
    classify_in(ask, f, ask.site.file, r, depth)
}

fn classify_in(ask: &Ask<'_>, f: &FileFacts, file: crate::graph::FileId, r: ExprId, depth: u8) -> Use {
    let ix = ask.l.ix(file);
    let mut at = r;
    for _ in 0..32 {
        let p = match ix.up(at) {
            Up::Expr(p) => p,
            Up::Stmt(s) => {
                return match f.stmts[s.ix()] {
                    Stmt::Return(_) | Stmt::Let { .. } => Use::Move,
                    _ => Use::Look,
                };
            }
            Up::None => return Use::Move,
        };
        match f.expr(p) {
            Expr::Cast { .. } | Expr::Await(_) | Expr::Spread(_) => at = p,
            Expr::Member { property, .. } => return member(ask, f, file, p, property),
            Expr::Call { callee, .. } if callee == at => return Use::Look,
            Expr::Call { callee, args } => return argument(ask, f, file, (p, callee, args), at, depth),
            Expr::Assign { target, .. } if target == at => return Use::Look,
            Expr::Logical { left, op, .. } if left == at && op == LogicalOp::And => return Use::Look,
            Expr::Logical { .. } => at = p,
            Expr::Cond { test, .. } if test == at => return Use::Look,
            Expr::Cond { .. } => at = p,
            Expr::Unary { .. }
            | Expr::Binary { .. }
            | Expr::Template(_)
            | Expr::Index { .. }
            | Expr::Update { .. } => {
                return Use::Look;
            }
            _ => return Use::Move,
        }
    }
    Use::Move
}

fn member(ask: &Ask<'_>, f: &FileFacts, file: crate::graph::FileId, p: ExprId, property: Atom) -> Use {
    let ix = ask.l.ix(file);
    let ends = ask.protocol.ended_by(f.str(property));
    let Up::Expr(c) = ix.up(p) else {
        return if ends { Use::Move } else { Use::Look };
    };
    match f.expr(c) {
        Expr::Call { callee, .. } if callee == p => {
            if ends {
                return Use::Release(c);
            }
            // `return h.session()`: what is returned lives on the handle.
            match ix.up(c) {
                Up::Stmt(s) if matches!(f.stmts[s.ix()], Stmt::Return(_)) => Use::Move,
                _ => Use::Look,
            }
        }
        // `h.close` handed on as a value.
        _ if ends => Use::Move,
        _ => Use::Look,
    }
}

fn argument(
    ask: &Ask<'_>,
    f: &FileFacts,
    file: crate::graph::FileId,
    (call, callee, args): (ExprId, ExprId, List),
    at: ExprId,
    depth: u8,
) -> Use {
    let name = callee_name(f, callee).unwrap_or("");
    if ask.protocol.taken_by(name) {
        return Use::Release(call);
    }
    if matches!(
        name,
        "log" | "info" | "warn" | "error" | "debug" | "trace" | "isArray" | "String" | "Boolean" | "once"
    ) {
        return Use::Look;
    }
    let site = crate::graph::linked::At { file, id: call };
    let targets = ask.calls.targets(site);
    if targets.is_empty() {
        return Use::Move;
    }
    if depth >= 2 {
        return Use::Move;
    }
    let Some(n) = f.exprs_of(args).position(|a| a == at) else { return Use::Move };
    let mut all = Use::Look;
    for t in targets.iter().take(4) {
        match parameter(ask, *t, n, depth + 1) {
            Use::Release(_) => return Use::Release(call),
            Use::Move => all = Use::Move,
            Use::Look => {}
        }
    }
    all
}

/// What a function does with its nth parameter.
fn parameter(ask: &Ask<'_>, func: FunRef, n: usize, depth: u8) -> Use {
    let f = ask.l.file(func.file);
    let Some(b) = f.params(func.id).nth(n) else { return Use::Move };
    if !f[b].name.is_some() || f.name_of(b).is_empty() {
        return Use::Move;
    }
    let mut all = Use::Look;
    for &r in ask.l.ix(func.file).refs(b) {
        match classify_in(ask, f, func.file, r, depth) {
            u @ Use::Release(_) => return u,
            Use::Move => all = Use::Move,
            Use::Look => {}
        }
    }
    all
}

/// Follows a releasing function to where it is called, registered or kept.
fn employ(ask: &Ask<'_>, r: Releaser, func: FunRef, uses: &mut Uses, more: &mut Vec<Releaser>) {
    let ix = ask.l.ix(ask.site.file);
    let f = ask.l.file(ask.site.file);
    let mut work: Vec<ExprId> = Vec::new();
    if let Some(e) = ix.fn_expr.get(r.func.ix()).copied().filter(|e| e.is_some()) {
        work.push(e);
    }
    let named =
        f.bindings.iter().enumerate().filter(|(_, b)| b.function == r.func && b.kind == BindingKind::Fn);
    for (i, _) in named {
        work.extend_from_slice(ix.refs(BindingId(i as u32)));
    }
    if work.is_empty() && f[r.func].class.is_some() {
        // A method of a class declared inside: somebody holds the instance.
        uses.base = Endings::ALL;
    }
    let mut seen = 0;
    while let Some(e) = work.pop() {
        seen += 1;
        if seen > 64 {
            uses.base = Endings::ALL;
            return;
        }
        one_use(ask, (e, r), func, uses, more, &mut work);
    }
}

fn one_use(
    ask: &Ask<'_>,
    (e, releaser): (ExprId, Releaser),
    func: FunRef,
    uses: &mut Uses,
    more: &mut Vec<Releaser>,
    work: &mut Vec<ExprId>,
) {
    let f = ask.l.file(ask.site.file);
    let ix = ask.l.ix(ask.site.file);
    let here = inline_within(ask, ix.fn_of(e), func.id);
    let capped =
        |hears: Endings| if releaser.failing && hears == Endings::ALL { Endings::ERROR } else { hears };
    let p = match ix.up(e) {
        Up::Expr(p) => p,
        Up::Stmt(s) => match f.stmts[s.ix()] {
            Stmt::Let { binding, .. } => return work.extend_from_slice(ix.refs(binding)),
            Stmt::Return(_) => return uses.handler(e, "returned", Endings::ALL, ExprId::NONE, here),
            _ => return,
        },
        Up::None => return,
    };
    match f.expr(p) {
        Expr::Cast { .. } | Expr::Logical { .. } | Expr::Await(_) => work.push(p),
        Expr::Cond { test, .. } if test != e => work.push(p),
        Expr::Member { property, .. } if matches!(f.str(property), "bind" | "call" | "apply") => work.push(p),
        Expr::Call { callee, .. } if callee == e => {
            let bound = matches!(f.expr(e), Expr::Member { property, .. } if f.str(property) == "bind");
            if bound {
                work.push(p);
            } else {
                uses.add(p, Event::Release);
                called(ask, p, releaser, func, (uses, more), here);
            }
        }
        Expr::Call { callee, args } | Expr::New { callee, args } => {
            if p == ask.site.id {
                uses.handler(p, "own callback", capped(Endings::ALL), ExprId::NONE, true);
                return;
            }
            let (event, hears, of) = registered(ask, f, callee, args, e);
            uses.handler(p, &event, capped(hears), of, here);
        }
        Expr::Assign { target, value, .. } if value == e => match f.expr(f.plain(target)) {
            Expr::Ref(b) => work.extend(ix.refs(b).iter().filter(|&&x| x != target)),
            Expr::Member { object, property } => {
                let name = f.str(property);
                let hears =
                    name.strip_prefix("on").map_or(Endings::ALL, |n| hears_of(&n.to_ascii_lowercase(), true));
                uses.handler(p, name, capped(hears), object, here);
            }
            _ => uses.handler(p, "kept", capped(Endings::ALL), ExprId::NONE, here),
        },
        Expr::Object(list) => {
            let key = f.props_of(list).find(|x| x.value == e).map(|x| x.key);
            let name = if let Some(Key::Named(n)) = key { f.str(n) } else { "kept" };
            uses.handler(p, name, capped(Endings::ALL), ExprId::NONE, here);
        }
        Expr::Unary { .. } | Expr::Binary { .. } => {}
        _ => uses.handler(p, "kept", capped(Endings::ALL), ExprId::NONE, here),
    }
}

/// A call of a releasing function: here, around, or in a function that thereby releases too.
fn called(
    ask: &Ask<'_>,
    p: ExprId,
    r: Releaser,
    func: FunRef,
    (uses, more): (&mut Uses, &mut Vec<Releaser>),
    here: bool,
) {
    let within = ask.l.ix(ask.site.file).fn_of(p);
    if here {
        uses.releases.push(p);
    } else if is_around(ask, within, func.id) {
        uses.base = Endings::ALL;
    } else {
        let failing = r.failing || ask.l.in_catch(ask.site.with(p));
        add_releaser(more, within, failing);
    }
}

/// What a call does with a releasing function among its arguments: its event, what that hears of, and whose it is.
fn registered(
    ask: &Ask<'_>,
    f: &FileFacts,
    callee: ExprId,
    args: List,
    e: ExprId,
) -> (String, Endings, ExprId) {
    let name = callee_name(f, callee).unwrap_or("");
    let nth = f.exprs_of(args).position(|a| a == e).unwrap_or(0);
    let object = match f.expr(callee) {
        Expr::Member { object, .. } => object,
        _ => ExprId::NONE,
    };
    match name {
        "on" | "once" | "addListener" | "prependListener" | "prependOnceListener" | "addEventListener" => {
            let Expr::Str(event) = f.expr(f.nth(args, 0)) else {
                return (name.into(), Endings::ALL, object);
            };
            let event = f.str(event).to_string();
            let hears = match event.as_str() {
                "end" if !is_request(ask, object) => Endings::ALL,
                _ => hears_of(&event.to_ascii_lowercase(), is_peer(ask, object)),
            };
            (event, hears, object)
        }
        "then" if nth == 0 => ("then".into(), Endings::NORMAL, object),
        "then" | "catch" => ("catch".into(), Endings::ERROR, object),
        _ => (name.into(), Endings::ALL, object),
    }
}

fn is_peer(ask: &Ask<'_>, object: ExprId) -> bool {
    is_peer_value(ask.l, ask.site.with(object))
}

/// True when an expression is a request, response, socket or the like, whose events are known.
pub(super) fn is_peer_value(l: &crate::graph::Linked, e: crate::graph::ExprRef) -> bool {
    let f = l.file(e.file);
    if let crate::graph::Ty::Lib(t) = l.type_of(e) {
        return is_peer_type(&t);
    }
    let name = match f.expr(f.plain(e.id)) {
        Expr::Ref(b) => f.name_of(b),
        Expr::Member { property, .. } => f.str(property),
        _ => return false,
    };
    is_peer_name(name)
}

/// `res`, `socket`, `ws` ...: what people call the other side of a connection.
fn is_peer_name(name: &str) -> bool {
    matches!(
        name,
        "req"
            | "res"
            | "request"
            | "response"
            | "reply"
            | "socket"
            | "sock"
            | "ws"
            | "conn"
            | "connection"
            | "raw"
    )
}

/// A request ends as soon as its body is read, long before the client leaves.
fn is_request(ask: &Ask<'_>, object: ExprId) -> bool {
    let f = ask.l.file(ask.site.file);
    match ask.l.type_of(ask.site.with(object)) {
        crate::graph::Ty::Lib(t) => t.ends_with("Request") || t.ends_with("IncomingMessage"),
        _ => matches!(f.expr(f.plain(object)), Expr::Ref(b) if matches!(f.name_of(b), "req" | "request")),
    }
}

fn is_peer_type(t: &str) -> bool {
    let last = t.rsplit('.').next().unwrap_or(t);
    ["Request", "Response", "Reply", "Socket", "WebSocket", "IncomingMessage", "Stream", "Context"]
        .iter()
        .any(|s| last.ends_with(s))
}

/// What a handler of an event hears of. An unknown event of an unknown emitter may be anything: all.
fn hears_of(event: &str, peer: bool) -> Endings {
    match event {
        "finish" | "end" | "complete" | "completed" | "done" | "success" | "prefinish" => {
            if peer || event == "finish" { Endings::NORMAL } else { Endings::ALL }
        }
        "error" => Endings::ERROR,
        "aborted" => Endings(Endings::GONE.0 | Endings::ERROR.0),
        "data" | "message" | "drain" | "pong" | "ping" | "open" | "connect" if peer => Endings::NONE,
        _ => Endings::ALL,
    }
}
