//! Which functions run whatever becomes of a promise.

use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{ExprRef, FunRef, Op};
use highwater_program::ir::*;

use super::Context;

/// A removal in a `finally`, in a callback of `.finally()` or of both ways of `.then(a, b)`, or in what such a one
/// calls, when the growth belongs to the same piece of work: the function around it adds, or calls what adds.
pub fn settles(cx: &Context<'_>, ops: &[Op], op: &Op) -> bool {
    let grows: Vec<FunRef> = ops.iter().filter(|o| o.kind.grows()).map(|o| o.func).collect();
    let mut seen = vec![op.func];
    if cx.l.in_finally(op.site) {
        return works_around(cx, op.func, &grows);
    }
    settled(cx, ops, op.func, &grows, &mut seen, 0)
}

fn settled(
    cx: &Context<'_>,
    ops: &[Op],
    func: FunRef,
    grows: &[FunRef],
    seen: &mut Vec<FunRef>,
    depth: u8,
) -> bool {
    let both = cx.l.passed_to(func).is_some_and(|(call, name)| is_both_ways(cx, ops, func, call, name));
    if both || named_both_ways(cx, func) {
        return works_around(cx, func, grows);
    }
    cx.program.calls.callers(func).filter(|e| e.via == Via::Call).any(|e| {
        let from = cx.program.calls.function(e.from);
        if cx.l.in_finally(e.site) {
            return works_around(cx, from, grows);
        }
        depth < 2 && seen.len() < 16 && !seen.contains(&from) && {
            seen.push(from);
            settled(cx, &[], from, grows, seen, depth + 1)
        }
    })
}

/// The function that does the work, with everything in it, adds to the place or calls what does.
fn works_around(cx: &Context<'_>, func: FunRef, grows: &[FunRef]) -> bool {
    let f = cx.l.file(func.file);
    let mut outer = func.id;
    while f[outer].kind == FnKind::Arrow
        || cx.l.passed_to(func.with(outer)).is_some()
        || begins_a_stream(cx, func.with(outer))
    {
        let parent = f[outer].parent;
        if !parent.is_some() || parent == FnId::MODULE {
            break;
        }
        outer = parent;
    }
    let outer = func.with(outer);
    let mut reached = vec![outer];
    let mut at = 0;
    while at < reached.len() && reached.len() < 200 {
        let here = reached[at];
        if grows.iter().any(|&g| cx.l.is_within(g, here)) {
            return true;
        }
        let depth_left = at < 60;
        for x in cx.l.nested_functions(here) {
            for e in cx.program.calls.callees(here.with(x)).filter(|_| depth_left) {
                let to = cx.program.calls.function(e.to);
                if e.via != Via::Escape && !reached.contains(&to) {
                    reached.push(to);
                }
            }
        }
        at += 1;
    }
    // Whoever called the work may have added before it.
    cx.program.calls.callers(outer).filter(|e| e.via == Via::Call).take(8).any(|e| {
        let from = cx.program.calls.function(e.from);
        grows.iter().any(|&g| cx.l.is_within(g, from))
            || cx.program.calls.callees(from).any(|e| grows.contains(&cx.program.calls.function(e.to)))
    })
}

/// `new ReadableStream({ async start(controller) { ... } })`: it runs at once, as a part of the work around it.
fn begins_a_stream(cx: &Context<'_>, func: FunRef) -> bool {
    use highwater_program::graph::index::Up;
    let f = cx.l.file(func.file);
    let ix = cx.l.ix(func.file);
    let Some(e) = ix.fn_expr.get(func.id.ix()).copied().filter(|e| e.is_some()) else { return false };
    let Up::Expr(object) = ix.up(e) else { return false };
    let Up::Expr(call) = ix.up(object) else { return false };
    f.prop(object, "start") == Some(e)
        && matches!(f.expr(call), Expr::New { callee, .. }
            if callee_name(f, callee).is_some_and(|n| n.ends_with("Stream")))
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
