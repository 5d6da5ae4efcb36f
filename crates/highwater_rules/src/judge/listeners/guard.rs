//! Registrations that happen once however often the code is run: behind a flag, a listener count, a memo.

use highwater_program::graph::{ExprRef, FunRef};
use highwater_program::ir::*;

use super::{Context, Registration, unit};

/// True when something makes sure that the listener is added only once.
pub fn only_once(cx: &Context<'_>, reg: &Registration) -> bool {
    let mut at = reg.call;
    let mut func = reg.func;
    for _ in 0..3 {
        if latched(cx, at, func) {
            return true;
        }
        // Every caller is latched.
        let unit = unit::of(cx, func);
        let callers: Vec<ExprRef> = cx.program.calls.callers(unit).map(|e| e.site).take(9).collect();
        let [only] = callers[..] else {
            return !callers.is_empty()
                && callers.len() < 9
                && callers.iter().all(|c| latched(cx, *c, cx.l.fn_of(*c)));
        };
        at = only;
        func = cx.l.fn_of(only);
    }
    false
}

/// The expression runs only while a flag is unset, and the same function sets it.
fn latched(cx: &Context<'_>, at: ExprRef, func: FunRef) -> bool {
    let l = cx.l;
    let unit = unit::of(cx, func);
    let mut tests: Vec<ExprRef> = Vec::new();
    let mut e = at;
    let mut f_at = func;
    for _ in 0..6 {
        tests.extend(l.guards(e).into_iter().map(|(t, _)| e.with(t)));
        tests.extend(early_exits(cx, e));
        if f_at == unit {
            break;
        }
        let created = l.ix(f_at.file).fn_expr.get(f_at.id.ix()).copied().unwrap_or(ExprId::NONE);
        if !created.is_some() {
            break;
        }
        e = f_at.with(created);
        f_at = l.fn_of(e);
    }
    tests.iter().any(|t| counts_listeners(cx, *t) || remembers(cx, *t, unit)) || memoised(cx, at)
}

/// `x ??= make()`, `x = x || make()`: the right side runs while there is none.
fn memoised(cx: &Context<'_>, at: ExprRef) -> bool {
    let f = cx.l.file(at.file);
    let mut e = at;
    while let Some(p) = cx.l.parent(e) {
        if matches!(f.expr(p.id), Expr::Assign { op: AssignOp::Logical, .. }) {
            return true;
        }
        e = p;
    }
    false
}

fn counts_listeners(cx: &Context<'_>, test: ExprRef) -> bool {
    let f = cx.l.file(test.file);
    cx.l.any_in(test, &|x| match f.expr(x.id) {
        Expr::Call { callee, .. } => {
            matches!(f.expr(callee), Expr::Member { property, .. }
                if matches!(f.str(property), "listenerCount" | "listeners" | "hasListeners" | "eventNames" | "rawListeners"))
        }
        // Where an emitter keeps them.
        Expr::Member { property, .. } => matches!(f.str(property), "_events" | "_eventsCount"),
        _ => false,
    })
}

/// The test looks at something that the same work then sets, or asks a collection that the work adds to.
fn remembers(cx: &Context<'_>, test: ExprRef, unit: FunRef) -> bool {
    let l = cx.l;
    let f = l.file(test.file);
    let mut looked = Vec::new();
    let mut texts = Vec::new();
    l.walk(test, &mut |x| {
        if matches!(f.expr(x.id), Expr::Ref(_) | Expr::Member { .. } | Expr::Index { .. }) {
            if makes_new(cx, unit) && is_own(f, x.id) {
                return; // a new object remembers nothing
            }
            if let Some(p) = l.place(x) {
                let local = matches!(&p.base, highwater_program::graph::Base::Binding(b)
                    if l.is_within(b.with(l.binding(*b).func), unit) && p.path.is_empty());
                if !local {
                    looked.push(p);
                }
            }
            if !matches!(f.expr(x.id), Expr::Ref(_)) {
                texts.push(l.text(x));
            }
        }
    });
    if unit.file != test.file || looked.is_empty() && texts.is_empty() {
        return false;
    }
    let asks = l.any_in(test, &|x| match f.expr(x.id) {
        Expr::Call { callee, .. } => matches!(f.expr(callee), Expr::Member { property, .. }
            if matches!(f.str(property), "has" | "get" | "includes" | "indexOf" | "some")),
        Expr::Index { .. } => true,
        _ => false,
    });
    let inside = |e: ExprRef| l.is_within(l.fn_of(e), unit);
    let ix = l.ix(unit.file);
    let set = ix.writes_between(f, unit.id).iter().any(|&w| {
        let w = test.with(w);
        let Expr::Assign { target, value, .. } = f.expr(w.id) else { return false };
        if !inside(w) || matches!(f.expr(value), Expr::Null) {
            return false;
        }
        let t = test.with(target);
        !matches!(f.expr(target), Expr::Ref(_)) && !texts.is_empty() && texts.contains(&l.text(t))
            || l.place(t).is_some_and(|p| looked.contains(&p))
    });
    set || asks
        && ix.calls_between(f, unit.id).iter().any(|&c| {
            let c = test.with(c);
            let Expr::Call { callee, .. } = f.expr(c.id) else { return false };
            let Expr::Member { object, property } = f.expr(callee) else { return false };
            matches!(f.str(property), "add" | "set" | "push")
                && inside(c)
                && l.place(test.with(object)).is_some_and(|p| looked.contains(&p))
        })
}

/// A constructor of either style.
fn makes_new(cx: &Context<'_>, unit: FunRef) -> bool {
    let f = cx.l.file(unit.file);
    f[unit.id].kind == FnKind::Constructor || f[unit.id].class.get().is_some_and(|c| f[c].from_fn == unit.id)
}

/// `this.a.b`, `self.a`.
fn is_own(f: &FileFacts, mut e: ExprId) -> bool {
    for _ in 0..6 {
        match f.expr(f.plain(e)) {
            Expr::Member { object, .. } => e = object,
            Expr::This => return true,
            Expr::Ref(b) => return f.expr(f[b].init) == Expr::This,
            _ => return false,
        }
    }
    false
}

/// Tests of `if (x) return` statements before an expression, in the same lists of statements.
pub fn early_exits(cx: &Context<'_>, at: ExprRef) -> Vec<ExprRef> {
    let f = cx.l.file(at.file);
    let ix = cx.l.ix(at.file);
    let Some(own) = ix.stmt_of(at.id) else { return vec![] };
    let func = ix.fn_of(at.id);
    let limit = f.stmt_spans[own.ix()].start;
    let mut out = Vec::new();
    let mut stack: Vec<StmtId> = f.stmts_of(f[func].body).collect();
    while let Some(s) = stack.pop() {
        if f.stmt_spans[s.ix()].start >= limit {
            continue;
        }
        if let Stmt::If { test, then, .. } = f.stmts[s.ix()]
            && f.stmts_of(then)
                .any(|x| matches!(f.stmts[x.ix()], Stmt::Return(_) | Stmt::Throw(_) | Stmt::Continue))
        {
            out.push(at.with(test));
        }
        highwater_program::graph::index::nested(f, f.stmts[s.ix()], &mut |list| {
            stack.extend(f.stmts_of(list));
        });
    }
    out
}
