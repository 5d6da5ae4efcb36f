//! The walk over the statement tree: states in, states and exits out, `finally` composed exactly.

use super::uses::{self, Event, Uses};
use super::{Ask, Endings, Exit, Paths, Uncovered};
use crate::graph::entry::callee_name;
use crate::graph::index::{self, Up};
use crate::graph::linked::FunRef;
use crate::ir::*;

/// A set of states, one bit each: not yet, released, moved, live with each set of endings heard of, not yet with
/// handlers that wait for it, not yet with handlers that may have been called for nothing; and all of these again
/// for "the promise of this executor is settled".
type States = u64;

const NOT_YET: u32 = 0;
const RELEASED: u32 = 1;
const MOVED: u32 = 2;
const LIVE: u32 = 3;
/// Not yet, and what its handlers hear of.
const AWAITED: u32 = 11;
/// The same, after an await: the ending may have come before the handle.
const STALE: u32 = 19;
const HALF: u32 = 27;
const ONE_HALF: States = (1 << HALF) - 1;

fn live_bits() -> States {
    let one = 0xFF << LIVE;
    one | one << HALF
}

/// There is no handle so far.
fn is_not_yet(state: u32) -> bool {
    state == NOT_YET || state >= AWAITED
}

fn is_live(state: u32) -> bool {
    (LIVE..AWAITED).contains(&state)
}

fn each(s: States) -> impl Iterator<Item = (u32, bool)> {
    (0..2 * HALF).filter(move |i| s >> i & 1 == 1).map(|i| (i % HALF, i >= HALF))
}

fn bit(state: u32, settled: bool) -> States {
    1 << (state + if settled { HALF } else { 0 })
}

fn map(s: States, to: impl Fn(u32) -> u32) -> States {
    each(s).fold(0, |acc, (st, settled)| acc | bit(to(st), settled))
}

/// How a statement is left other than past its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Exit(Exit),
    Break,
    Continue,
}

#[derive(Clone, Copy)]
struct Pending {
    how: How,
    at: Span,
    states: States,
}

struct Walk<'a> {
    ask: &'a Ask<'a>,
    f: &'a FileFacts,
    uses: &'a Uses,
    settlers: Option<(BindingId, BindingId)>,
    /// Tests around the acquisition, with the branch taken.
    guards: Vec<(ExprId, bool)>,
    /// Names that are true from the acquisition on.
    flags: Vec<BindingId>,
    pending: Vec<Pending>,
    settled_at: Span,
    after_settled: bool,
    /// How many `finally` blocks are around.
    finals: u32,
    fuel: u32,
    depth: u32,
}

const FUEL: u32 = 60_000;
const DEPTH: u32 = 120;

/// Walks the acquiring function, and the functions in an executor that settle its promise.
pub(super) fn run(
    ask: &Ask<'_>,
    func: FunRef,
    uses: &Uses,
    settlers: Option<(BindingId, BindingId)>,
    out: &mut Paths,
) {
    let f = ask.l.file(ask.site.file);
    let mut w = Walk {
        ask,
        f,
        uses,
        settlers,
        guards: ask.l.guards(ask.site),
        flags: flags(ask),
        pending: Vec::new(),
        settled_at: Span::default(),
        after_settled: false,
        finals: 0,
        fuel: FUEL,
        depth: 0,
    };
    let fall = w.block(f[func.id].body, bit(NOT_YET, false));
    let end = Span { start: f[func.id].span.end.saturating_sub(1), end: f[func.id].span.end };
    w.leave(How::Exit(Exit::End), end, fall);
    if w.fuel == 0 {
        out.gave_up = true;
        return;
    }
    let pending = std::mem::take(&mut w.pending);
    for p in pending {
        let How::Exit(exit) = p.how else { continue };
        let ends = matches!(exit, Exit::End | Exit::Return);
        if settlers.is_some() && ends {
            // The executor returns at once; what counts is how the promise settles.
            continue;
        }
        report(out, exit, p.at, p.states);
    }
    if w.after_settled {
        out.uncovered.push(Uncovered { exit: Exit::AfterSettled, at: w.settled_at });
    }
    if settlers.is_some() && fall & live_bits() != 0 {
        settling(&mut w, func, out);
    }
    if w.fuel == 0 {
        out.gave_up = true;
        out.uncovered.clear();
    }
}

fn report(out: &mut Paths, exit: Exit, at: Span, states: States) {
    for (st, _) in each(states & live_bits()) {
        let hears = Endings((st - LIVE) as u8);
        let told = if hears.has(Endings::GONE) {
            continue;
        } else if matches!(exit, Exit::End | Exit::Return) && hears.has(Endings::NORMAL) {
            Exit::Gone
        } else {
            exit
        };
        let u = Uncovered { exit: told, at };
        if !out.uncovered.contains(&u) {
            out.uncovered.push(u);
        }
    }
}

/// Functions inside an executor that settle its promise: each must release or hand on the handle.
fn settling(w: &mut Walk<'_>, func: FunRef, out: &mut Paths) {
    let nested = w.ask.l.nested_functions(func);
    for g in nested.into_iter().filter(|g| *g != func.id) {
        let released = own_ending(w, g) || given_up_around(w, g, func.id) || released_after(w, g);
        if uses::inline_within(w.ask, g, func.id) || released {
            continue;
        }
        w.pending.clear();
        let body = w.f[g].body;
        let start = bit(LIVE, false);
        let fall = w.block(body, start);
        w.leave(How::Exit(Exit::End), w.f[g].span, fall);
        let left = w.pending.iter().any(|p| {
            matches!(p.how, How::Exit(Exit::End | Exit::Return)) && p.states & live_bits() & !ONE_HALF != 0
        });
        if left {
            let at = settle_site(w, g).map_or(w.f[g].span, |e| w.f.span(e));
            out.uncovered.push(Uncovered { exit: Exit::Settled, at });
        }
    }
}

/// A function between this one and the executor has released the handle or handed it on already.
fn given_up_around(w: &Walk<'_>, g: FnId, executor: FnId) -> bool {
    let ix = w.ask.l.ix(w.ask.site.file);
    let mut around = w.f[g].parent;
    for _ in 0..16 {
        if !around.is_some() || around == executor || around == FnId::MODULE {
            return false;
        }
        let gives = |e: &ExprId, v: &[Event]| {
            ix.fn_of(*e) == around && v.iter().any(|x| matches!(x, Event::Release | Event::Move))
        };
        if w.uses.events.iter().any(|(e, v)| gives(e, v)) {
            return true;
        }
        around = w.f[around].parent;
    }
    false
}

/// `work().catch(g).finally(() => h.close())`.
fn released_after(w: &Walk<'_>, g: FnId) -> bool {
    let ix = w.ask.l.ix(w.ask.site.file);
    let Some(mut at) = ix.fn_expr.get(g.ix()).copied().filter(|e| e.is_some()) else { return false };
    for _ in 0..8 {
        let Up::Expr(up) = ix.up(at) else { return false };
        match w.f.expr(up) {
            Expr::Call { callee, args } => {
                let releases =
                    |a: ExprId| matches!(w.f.expr(a), Expr::Fn(x) if w.releases_within(w.f[x].span));
                let last = callee_name(w.f, callee) == Some("finally");
                if at == callee && last && w.f.exprs_of(args).any(releases) {
                    return true;
                }
            }
            Expr::Member { object, property } if object == at => {
                if !matches!(w.f.str(property), "then" | "catch" | "finally") {
                    return false;
                }
            }
            _ => return false,
        }
        at = up;
    }
    false
}

fn settle_site(w: &Walk<'_>, g: FnId) -> Option<ExprId> {
    let (resolve, reject) = w.settlers?;
    let ix = w.ask.l.ix(w.ask.site.file);
    let mut refs: Vec<ExprId> = ix.refs(resolve).to_vec();
    if reject.is_some() {
        refs.extend_from_slice(ix.refs(reject));
    }
    refs.into_iter().filter(|&r| ix.fn_of(r) == g).find_map(|r| match ix.up(r) {
        Up::Expr(p) => Some(p),
        _ => None,
    })
}

/// A handler of the handle's own end: nothing is left to release.
fn own_ending(w: &Walk<'_>, g: FnId) -> bool {
    let ix = w.ask.l.ix(w.ask.site.file);
    let mut places: Vec<ExprId> = Vec::new();
    let Some(e) = ix.fn_expr.get(g.ix()).copied().filter(|e| e.is_some()) else { return true };
    places.push(e);
    if let Up::Stmt(s) = ix.up(e)
        && let Stmt::Let { binding, .. } = w.f.stmts[s.ix()]
    {
        places.extend_from_slice(ix.refs(binding));
    }
    places.into_iter().any(|e| {
        let Up::Expr(p) = ix.up(e) else { return false };
        match w.f.expr(p) {
            // `finish(() => reject())` where `finish` releases.
            Expr::Call { .. } if w.uses.events.get(&p).is_some_and(|v| v.contains(&Event::Release)) => true,
            Expr::Call { callee, .. } => match w.f.expr(callee) {
                Expr::Member { object, .. } => w.chain_root(object),
                _ => false,
            },
            Expr::Assign { target, .. } => match w.f.expr(target) {
                Expr::Member { object, .. } => w.chain_root(object),
                _ => false,
            },
            _ => false,
        }
    })
}

impl Walk<'_> {
    /// True when an expression is the handle, or a chain of calls on it.
    fn chain_root(&self, mut e: ExprId) -> bool {
        for _ in 0..16 {
            if self.uses.refs.contains(&e) || e == self.ask.site.id {
                return true;
            }
            match self.f.expr(self.f.plain(e)) {
                Expr::Call { callee, .. } => match self.f.expr(callee) {
                    Expr::Member { object, .. } => e = object,
                    _ => return false,
                },
                _ => return false,
            }
        }
        false
    }

    fn leave(&mut self, how: How, at: Span, states: States) {
        if states == 0 {
            return;
        }
        match self.pending.iter_mut().find(|p| p.how == how && p.at == at) {
            Some(p) => p.states |= states,
            None => self.pending.push(Pending { how, at, states }),
        }
    }

    fn block(&mut self, list: List, mut s: States) -> States {
        for i in 0..list.len as usize {
            if s == 0 {
                return 0;
            }
            let Some(&id) = self.f.ids(list).get(i) else { return s };
            s = self.stmt(StmtId(id), s);
        }
        s
    }

    fn stmt(&mut self, id: StmtId, s: States) -> States {
        if self.fuel == 0 || self.depth > DEPTH {
            self.fuel = 0;
            return 0;
        }
        self.fuel -= 1;
        self.depth += 1;
        let out = self.stmt_in(id, s);
        self.depth -= 1;
        out
    }

    fn stmt_in(&mut self, id: StmtId, s: States) -> States {
        let at = self.f.stmt_spans[id.ix()];
        match self.f.stmts[id.ix()] {
            Stmt::Expr(e) | Stmt::Let { init: e, .. } => self.expr(e, s),
            Stmt::Return(e) => {
                let s = self.expr(e, s);
                self.leave(How::Exit(Exit::Return), at, s);
                0
            }
            Stmt::Throw(e) => {
                let s = self.expr(e, s);
                self.leave(How::Exit(Exit::Throw), at, s);
                0
            }
            Stmt::If { test, then, other } => {
                let s = self.expr(test, s);
                let (mut yes, mut no) = (self.narrow(test, s, true), self.narrow(test, s, false));
                if self.trusts(test) {
                    // What guards the release knows that there is nothing left to release.
                    if self.releases_in(then) {
                        no = released(no);
                    } else if self.releases_in(other) {
                        yes = released(yes);
                    }
                }
                self.block(then, yes) | self.block(other, no)
            }
            Stmt::Loop { kind, head, body, .. } => self.looped(kind, head, body, s),
            Stmt::Try(t) => match self.f.tries.get(t as usize).copied() {
                Some(t) => self.tried(t, s),
                None => s,
            },
            Stmt::Switch { value, cases } => self.switch(value, cases, s),
            Stmt::Block(list) => self.block(list, s),
            Stmt::Break => {
                self.leave(How::Break, Span::default(), s);
                0
            }
            Stmt::Continue => {
                self.leave(How::Continue, Span::default(), s);
                0
            }
            Stmt::Fn(_) | Stmt::Class(_) => s,
        }
    }

    /// A test of the handle's own state (`h.readyState`), or any test in a `finally`, decides rightly.
    fn trusts(&self, test: ExprId) -> bool {
        if self.finals > 0 {
            return true;
        }
        let span = self.f.span(test);
        let ix = self.ask.l.ix(self.ask.site.file);
        self.uses.refs.iter().any(|&r| {
            span.contains(self.f.span(r))
                && matches!(ix.up(r), Up::Expr(p) if matches!(self.f.expr(p), Expr::Member { .. }))
        })
    }

    fn releases_in(&self, list: List) -> bool {
        let mut ids = self.f.stmts_of(list);
        let (Some(first), last) = (ids.next(), ids.next_back()) else { return false };
        let start = self.f.stmt_spans[first.ix()].start;
        let end = self.f.stmt_spans[last.unwrap_or(first).ix()].end;
        self.releases_within(Span { start, end })
    }

    fn releases_within(&self, span: Span) -> bool {
        self.uses.releases.iter().any(|&e| span.contains(self.f.span(e)))
    }

    fn take(&mut self, how: How) -> States {
        let mut out = 0;
        self.pending.retain(|p| {
            if p.how == how {
                out |= p.states;
            }
            p.how != how
        });
        out
    }

    fn looped(&mut self, kind: LoopKind, head: ExprId, body: List, s: States) -> States {
        let outer = std::mem::take(&mut self.pending);
        let each_of = matches!(kind, LoopKind::ForOf | LoopKind::ForIn);
        let endless = !each_of && (!head.is_some() || self.f.expr(head) == Expr::Bool(true));
        let mut entry = if each_of { self.expr(head, s) } else { s };
        let mut exit = 0;
        for _ in 0..6 {
            let mut inner = entry;
            if kind == LoopKind::DoWhile {
                inner = self.block(body, entry) | self.take(How::Continue);
            }
            if !each_of && head.is_some() {
                inner = self.expr(head, inner);
            }
            if !endless {
                exit |= if each_of { inner } else { self.narrow(head, inner, false) };
            }
            let next = if kind == LoopKind::DoWhile {
                inner
            } else {
                let into = if each_of || endless { inner } else { self.narrow(head, inner, true) };
                self.block(body, into) | self.take(How::Continue)
            };
            if next | entry == entry {
                break;
            }
            entry |= next;
        }
        exit |= self.take(How::Break);
        self.merge(outer);
        exit
    }

    fn merge(&mut self, outer: Vec<Pending>) {
        let inner = std::mem::replace(&mut self.pending, outer);
        for p in inner {
            self.leave(p.how, p.at, p.states);
        }
    }

    fn tried(&mut self, t: Try, s: States) -> States {
        let outer = std::mem::take(&mut self.pending);
        let mut fall = self.block(t.block, s);
        if let Some(catch) = t.catch {
            let mut caught = 0;
            self.pending.retain(|p| {
                match p.how {
                    How::Exit(Exit::Throw | Exit::Await) => caught |= p.states,
                    // A call that merely may throw reaches the catch, but proves no live handle there.
                    How::Exit(Exit::Call) => caught |= released(p.states),
                    _ => return true,
                }
                false
            });
            fall |= self.block(catch, caught);
        }
        if let Some(finally) = t.finally {
            let before = std::mem::take(&mut self.pending);
            self.finals += 1;
            fall = self.block(finally, fall);
            for p in before {
                let after = self.block(finally, p.states);
                self.leave(p.how, p.at, after);
            }
            self.finals -= 1;
        }
        self.merge(outer);
        fall
    }

    fn switch(&mut self, value: ExprId, cases: List, s: States) -> States {
        let outer = std::mem::take(&mut self.pending);
        let s = self.expr(value, s);
        let range = cases.start as usize..(cases.start + cases.len) as usize;
        let cases: Vec<Case> = self.f.cases.get(range).unwrap_or_default().to_vec();
        let mut fall = 0;
        let mut has_default = false;
        for c in cases {
            has_default |= !c.test.is_some();
            fall = self.block(c.body, s | fall);
        }
        if !has_default {
            fall |= s;
        }
        fall |= self.take(How::Break);
        self.merge(outer);
        fall
    }

    fn expr(&mut self, e: ExprId, s: States) -> States {
        if !e.is_some() || s == 0 {
            return s;
        }
        if self.fuel == 0 || self.depth > DEPTH {
            self.fuel = 0;
            return s;
        }
        self.fuel -= 1;
        self.depth += 1;
        let s = self.expr_in(e, s);
        self.depth -= 1;
        self.apply(e, s)
    }

    fn expr_in(&mut self, e: ExprId, s: States) -> States {
        match self.f.expr(e) {
            Expr::Logical { op, left, right } => {
                let s = self.expr(left, s);
                let (yes, no) = (self.narrow(left, s, true), self.narrow(left, s, false));
                let (go, mut stay) = match op {
                    LogicalOp::And => (yes, no),
                    LogicalOp::Or => (no, yes),
                    LogicalOp::Nullish => (s, s),
                };
                if self.trusts(left) && self.releases_within(self.f.span(right)) {
                    stay = released(stay);
                }
                self.expr(right, go) | stay
            }
            Expr::Cond { test, then, other } => {
                let s = self.expr(test, s);
                let (yes, no) = (self.narrow(test, s, true), self.narrow(test, s, false));
                self.expr(then, yes) | self.expr(other, no)
            }
            Expr::Await(v) => {
                let s = self.expr(v, s);
                if !self.opens(v) && !self.ask.l.never_rejects(self.ask.site.with(v)) {
                    self.leave(How::Exit(Exit::Await), self.f.span(e), s);
                }
                map(s, |st| if (AWAITED..STALE).contains(&st) { st + (STALE - AWAITED) } else { st })
            }
            Expr::Call { callee, args } | Expr::New { callee, args } => self.call(e, callee, args, s),
            Expr::Fn(_) | Expr::Class(_) => s,
            x => {
                let mut parts = Vec::new();
                index::children(self.f, x, &mut |c| parts.push(c));
                parts.into_iter().fold(s, |s, c| self.expr(c, s))
            }
        }
    }

    fn call(&mut self, e: ExprId, callee: ExprId, args: List, s: States) -> States {
        let mut s = self.expr(callee, s);
        for a in self.f.exprs_of(args).collect::<Vec<_>>() {
            s = self.expr(a, s);
        }
        if is_exit(self.f, callee) {
            return 0;
        }
        for x in self.f.exprs_of(args).chain([callee]).collect::<Vec<_>>() {
            if let Expr::Fn(g) = self.f.expr(x)
                && uses::runs_in_place(self.ask, g)
            {
                let after = self.in_place(g, s);
                // An executor and a function called on the spot run once; `map` and the like not at all, or often.
                let once = x == callee || matches!(self.f.expr(e), Expr::New { .. });
                s = if once { after } else { s | after };
            }
        }
        if let Some((resolve, reject)) = self.settlers
            && matches!(self.f.expr(callee), Expr::Ref(b) if b == resolve || b == reject)
        {
            self.settled_at = self.f.span(e);
            return each(s).fold(0, |acc, (st, _)| acc | bit(st, true));
        }
        let releases = self.uses.events.get(&e).is_some_and(|v| v.contains(&Event::Release));
        if !releases {
            self.leave(How::Exit(Exit::Call), self.f.span(e), s);
        }
        s
    }

    /// `await h.connect()`: what fails to open leaves nothing open.
    fn opens(&self, awaited: ExprId) -> bool {
        let Expr::Call { callee, .. } = self.f.expr(self.f.plain(awaited)) else { return false };
        matches!(self.f.expr(callee), Expr::Member { object, property }
            if self.uses.refs.contains(&object)
                && matches!(self.f.str(property), "connect" | "start" | "open" | "init" | "initialize" | "login"))
    }

    /// A function that runs where it stands: its returns end only itself.
    fn in_place(&mut self, g: FnId, s: States) -> States {
        let outer = std::mem::take(&mut self.pending);
        let body = self.f[g].body;
        let mut fall = self.block(body, s);
        fall |= self.take_returns();
        if self.f[g].is_async {
            self.pending.clear();
        }
        self.merge(outer);
        fall
    }

    fn take_returns(&mut self) -> States {
        let mut out = 0;
        self.pending.retain(|p| {
            let back = matches!(p.how, How::Exit(Exit::Return) | How::Break | How::Continue);
            if back {
                out |= p.states;
            }
            !back
        });
        out
    }

    fn apply(&mut self, e: ExprId, s: States) -> States {
        let Some(events) = self.uses.events.get(&e) else { return s };
        let mut s = s;
        for event in events {
            s = match event {
                Event::Acquire => {
                    if s & !ONE_HALF != 0 {
                        self.after_settled = true;
                    }
                    let base = u32::from(self.uses.base.0);
                    map(s, |st| LIVE + (base | if (AWAITED..STALE).contains(&st) { st - AWAITED } else { 0 }))
                }
                Event::Release => map(s, |st| if is_not_yet(st) { st } else { RELEASED }),
                Event::Move => map(s, |st| if is_live(st) { MOVED } else { st }),
                Event::Cover(m) => map(s, |st| covered(st, u32::from(m.0))),
            };
        }
        s
    }

    /// `closed`, when a function that releases the handle sets it; `res.destroyed`.
    fn says_over(&self, test: ExprId) -> bool {
        let ix = self.ask.l.ix(self.ask.site.file);
        match self.f.expr(self.f.plain(test)) {
            Expr::Ref(flag) => self.uses.releases.iter().any(|&r| {
                let within = ix.fn_of(r);
                ix.writes.iter().any(|&w| {
                    ix.fn_of(w) == within
                        && matches!(self.f.expr(w), Expr::Assign { target, value, .. }
                            if self.f.expr(target) == Expr::Ref(flag) && self.f.expr(value) == Expr::Bool(true))
                })
            }),
            Expr::Member { property, .. } => matches!(
                self.f.str(property),
                "destroyed" | "closed" | "aborted" | "writableEnded" | "writableFinished" | "finished"
            ),
            _ => false,
        }
    }

    /// States that can be, once a test came out so.
    fn narrow(&self, test: ExprId, s: States, truth: bool) -> States {
        self.narrow_at(test, s, truth, 0)
    }

    fn narrow_at(&self, test: ExprId, s: States, truth: bool, depth: u8) -> States {
        if depth > 6 {
            return s;
        }
        if self.uses.refs.contains(&self.f.plain(test)) {
            return drop_if(s, truth);
        }
        if !truth && matches!(self.f.expr(self.f.plain(test)), Expr::Ref(b) if self.flags.contains(&b)) {
            return s & !live_bits();
        }
        if !truth && self.says_over(test) {
            // It has not ended so far: the handlers still wait for it.
            return map(s, |st| if st >= STALE { st - (STALE - AWAITED) } else { st });
        }
        if let Some((_, taken)) = self.guards.iter().find(|(g, _)| same(self.f, *g, test, 0)) {
            // A live handle means that the test around its acquisition came out as it did then.
            return if *taken == truth { s } else { s & !live_bits() };
        }
        match self.f.expr(self.f.plain(test)) {
            Expr::Unary { op: UnOp::Not, value } => self.narrow_at(value, s, !truth, depth + 1),
            Expr::Logical { op: LogicalOp::And, left, right } if truth => {
                let s = self.narrow_at(left, s, true, depth + 1);
                self.narrow_at(right, s, true, depth + 1)
            }
            Expr::Logical { op: LogicalOp::Or, left, right } if !truth => {
                let s = self.narrow_at(left, s, false, depth + 1);
                self.narrow_at(right, s, false, depth + 1)
            }
            Expr::Binary { op: op @ (BinOp::Eq | BinOp::NotEq), left, right } => {
                let none = |e: ExprId| match self.f.expr(e) {
                    Expr::Null => true,
                    Expr::Global(g) => self.f.str(g) == "undefined",
                    _ => false,
                };
                let handle = |e: ExprId| self.uses.refs.contains(&e);
                if (handle(left) && none(right)) || (handle(right) && none(left)) {
                    return drop_if(s, truth == (op == BinOp::NotEq));
                }
                s
            }
            _ => s,
        }
    }
}

/// `running = true; timer = setInterval(...)`: names set beside the acquisition that nothing sets back.
fn flags(ask: &Ask<'_>) -> Vec<BindingId> {
    let f = ask.l.file(ask.site.file);
    let ix = ask.l.ix(ask.site.file);
    let sets = |w: ExprId| match f.expr(w) {
        Expr::Assign { op: AssignOp::Set, target, value } => match f.expr(target) {
            Expr::Ref(b) => Some((b, f.expr(value) == Expr::Bool(true))),
            _ => None,
        },
        _ => None,
    };
    let Some(own) = ix.stmt_of(ask.site.id) else { return Vec::new() };
    let beside = ix.before(f, own).into_iter().filter_map(|s| match f.stmts[s.ix()] {
        Stmt::Expr(e) => sets(e),
        _ => None,
    });
    let set: Vec<BindingId> = beside.filter(|(_, on)| *on).map(|(b, _)| b).collect();
    let stays = |b: &BindingId| {
        f[*b].func == ix.fn_of(ask.site.id)
            && ix.writes.iter().filter_map(|&w| sets(w)).all(|(x, on)| x != *b || on)
    };
    set.into_iter().filter(stays).collect()
}

/// What a handler that hears of `endings` makes of a state.
fn covered(state: u32, endings: u32) -> u32 {
    match state {
        NOT_YET => AWAITED + endings,
        RELEASED | MOVED => state,
        LIVE..AWAITED => LIVE + ((state - LIVE) | endings),
        AWAITED..STALE => AWAITED + ((state - AWAITED) | endings),
        _ => AWAITED + endings,
    }
}

/// Every live handle taken for released.
fn released(s: States) -> States {
    map(s, |st| if is_live(st) { RELEASED } else { st })
}

/// A set handle is not "not yet"; an unset one is not live.
fn drop_if(s: States, set: bool) -> States {
    if !set {
        return s & !live_bits();
    }
    each(s).filter(|(st, _)| !is_not_yet(*st)).fold(0, |acc, (st, settled)| acc | bit(st, settled))
}

fn is_exit(f: &FileFacts, callee: ExprId) -> bool {
    matches!(f.expr(callee), Expr::Member { object, property }
        if matches!(f.str(property), "exit" | "abort") && matches!(f.expr(object), Expr::Global(g) if f.str(g) == "process"))
        || callee_name(f, callee) == Some("notFound")
}

/// True when two expressions of one file read alike.
fn same(f: &FileFacts, a: ExprId, b: ExprId, depth: u8) -> bool {
    if a == b {
        return true;
    }
    if depth > 5 {
        return false;
    }
    let next = depth + 1;
    match (f.expr(f.plain(a)), f.expr(f.plain(b))) {
        (
            Expr::Member { object: one, property: name },
            Expr::Member { object: other, property: other_name },
        ) => name == other_name && same(f, one, other, next),
        (Expr::Unary { op, value: one }, Expr::Unary { op: other_op, value: other }) => {
            op == other_op && same(f, one, other, next)
        }
        (
            Expr::Binary { op, left, right },
            Expr::Binary { op: other_op, left: other_left, right: other_right },
        ) => op == other_op && same(f, left, other_left, next) && same(f, right, other_right, next),
        (
            one @ (Expr::Ref(_) | Expr::Global(_) | Expr::Str(_) | Expr::This | Expr::Null | Expr::Num(_)),
            other,
        ) => one == other,
        _ => false,
    }
}
