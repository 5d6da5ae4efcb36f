//! Which functions run whatever becomes of a promise.

use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{ExprRef, FunRef, Op};
use highwater_program::ir::*;

use super::Context;

/// A callback of `.finally()` or of both ways of `.then(a, b)`, or called from such a one or from a `finally`.
/// `ops` are the operations on the place: two callbacks may each take the entry away.
pub fn settles(cx: &Context<'_>, ops: &[Op], func: FunRef, depth: u8) -> bool {
    if let Some((call, name)) = cx.l.passed_to(func)
        && is_both_ways(cx, ops, func, call, name)
    {
        return true;
    }
    named_both_ways(cx, func)
        || cx.program.calls.callers(func).any(|e| {
            let from = cx.program.calls.function(e.from);
            e.via == Via::Call
                && (cx.l.in_finally(e.site) || depth < 1 && from != func && settles(cx, &[], from, depth + 1))
        })
}

fn is_both_ways(cx: &Context<'_>, ops: &[Op], func: FunRef, call: ExprRef, name: &str) -> bool {
    let f = cx.l.file(call.file);
    let Expr::Call { callee, args } = f.expr(call.id) else { return false };
    match name {
        "finally" => true,
        "then" => {
            let Expr::Member { object, .. } = f.expr(callee) else { return false };
            let other =
                if f.expr(f.nth(args, 0)) == Expr::Fn(func.id) { f.nth(args, 1) } else { f.nth(args, 0) };
            let other_removes = matches!(f.expr(other), Expr::Fn(x)
                if ops.iter().any(|o| o.kind.shrinks() && cx.l.is_within(o.func, call.with(x))));
            other_removes || never_rejects(cx, call.with(object), 0)
        }
        _ => false,
    }
}

/// `p.then(done, done)`, `p.finally(done)`, `p.then(done).catch(done)` with a function that has a name.
fn named_both_ways(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let ix = cx.l.ix(func.file);
    let named = f.bindings.iter().enumerate().filter(|(_, b)| {
        b.function == func.id
            || matches!(f.expr(f.plain(b.init)), Expr::Fn(x) if x == func.id && b.init.is_some())
    });
    let parent = f[func.id].parent;
    named.filter(|(_, b)| b.func == parent).any(|(i, _)| {
        let (mut well, mut badly) = (false, false);
        for &r in ix.refs(BindingId(i as u32)) {
            let highwater_program::graph::index::Up::Expr(p) = ix.up(r) else { continue };
            let Expr::Call { callee, args } = f.expr(p) else { continue };
            match callee_name(f, callee) {
                Some("finally") => return true,
                Some("then") => {
                    well |= f.nth(args, 0) == r;
                    badly |= f.nth(args, 1) == r;
                }
                Some("catch") => badly = true,
                _ => {}
            }
        }
        well && badly
    })
}

/// `p.then(a, b)`, `p.catch(a)`, `new Promise(resolve => ...)`: it always ends well.
fn never_rejects(cx: &Context<'_>, promise: ExprRef, depth: u8) -> bool {
    let f = cx.l.file(promise.file);
    if depth > 3 {
        return false;
    }
    match f.expr(f.plain(promise.id)) {
        Expr::Call { callee, args } => {
            let name = callee_name(f, callee);
            name == Some("catch") || name == Some("then") && args.len >= 2
        }
        Expr::New { callee, args } => {
            let promise = matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "Promise");
            promise && matches!(f.expr(f.nth(args, 0)), Expr::Fn(x) if f.params(x).count() == 1)
        }
        Expr::Ref(b) if f[b].kind == BindingKind::Const => {
            never_rejects(cx, promise.with(f[b].init), depth + 1)
        }
        _ => false,
    }
}
