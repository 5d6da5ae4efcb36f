//! Writes under a key that is there already: `const x = m.get(k); if (!x) return; m.set(k, { ...x })`.

use highwater_program::graph::{ExprRef, Op, OpKind, PlaceId, Seg};
use highwater_program::ir::*;

use super::Context;

/// The entry was there before: the write replaces it.
pub(super) fn replaces(cx: &Context<'_>, op: &Op) -> bool {
    if op.kind != OpKind::GrowKey || !op.key.is_some() {
        return false;
    }
    let f = cx.l.file(op.site.file);
    let Some(here) = receiver(cx, op) else { return false };
    // `m.set(x.id, ...)` where `x` was read from `m`.
    if let Expr::Member { object, property } = f.expr(f.plain(op.key))
        && matches!(f.str(property), "id" | "_id" | "key" | "name")
        && let Expr::Ref(b) = f.expr(f.plain(object))
        && f[b].kind != BindingKind::Param
        && is_read(cx, op.site.with(object), &here)
    {
        return true;
    }
    cx.l.conditions(op.site).iter().any(|(test, holds)| known(cx, op, &here, *test, *holds))
}

fn receiver(cx: &Context<'_>, op: &Op) -> Option<PlaceId> {
    let f = cx.l.file(op.site.file);
    let object = match f.expr(op.site.id) {
        Expr::Call { callee, .. } => callee,
        Expr::Assign { target, .. } => target,
        _ => return None,
    };
    match f.expr(object) {
        Expr::Member { object, .. } | Expr::Index { object, .. } => cx.l.place(op.site.with(object)),
        _ => None,
    }
}

/// A name that holds an entry read from the place, or an element that a loop over it gives.
fn is_read(cx: &Context<'_>, e: ExprRef, here: &PlaceId) -> bool {
    let f = cx.l.file(e.file);
    let Expr::Ref(b) = f.expr(f.plain(e.id)) else { return false };
    let fresh = matches!(f.expr(f.plain(f[b].init)), Expr::Object(_) | Expr::Array(_) | Expr::New { .. });
    // `m.get(k) ?? make()` may be new.
    let either = matches!(f.expr(f.awaited(f[b].init)), Expr::Logical { .. } | Expr::Cond { .. });
    if f[b].init.is_some() && (fresh || either) || f[b].writes > 0 {
        return false;
    }
    let mut entry = here.clone();
    entry.path.push(Seg::Elem);
    cx.l.place(e) == Some(entry)
}

/// The test says that there is an entry under the same key.
fn known(cx: &Context<'_>, op: &Op, here: &PlaceId, test: ExprId, holds: bool) -> bool {
    let f = cx.l.file(op.site.file);
    let nothing = |e: ExprId| {
        matches!(f.expr(e), Expr::Null) || matches!(f.expr(e), Expr::Global(g) if f.str(g) == "undefined")
    };
    match f.expr(f.plain(test)) {
        Expr::Binary { op: eq @ (BinOp::Eq | BinOp::NotEq), left, right } if nothing(right) => {
            (eq == BinOp::NotEq) == holds && reads_key(cx, op, here, left)
        }
        Expr::Call { callee, args } if holds => {
            matches!(f.expr(callee), Expr::Member { object, property }
                if f.str(property) == "has"
                    && cx.l.place(op.site.with(object)).as_ref() == Some(here)
                    && same_key(cx, op, f.nth(args, 0)))
        }
        _ => holds && reads_key(cx, op, here, test),
    }
}

/// `m.get(k)`, `m[k]`, or a constant that was read so.
fn reads_key(cx: &Context<'_>, op: &Op, here: &PlaceId, e: ExprId) -> bool {
    let f = cx.l.file(op.site.file);
    let read = cx.l.const_value(op.site.with(e));
    let (object, key) = match f.expr(read.id) {
        Expr::Call { callee, args } => match f.expr(callee) {
            Expr::Member { object, property } if f.str(property) == "get" => (object, f.nth(args, 0)),
            _ => return false,
        },
        Expr::Index { object, key } => (object, key),
        _ => return false,
    };
    cx.l.place(op.site.with(object)).as_ref() == Some(here) && same_key(cx, op, key)
}

fn same_key(cx: &Context<'_>, op: &Op, key: ExprId) -> bool {
    let f = cx.l.file(op.site.file);
    match (f.expr(f.plain(op.key)), f.expr(f.plain(key))) {
        (Expr::Ref(a), Expr::Ref(b)) => a == b,
        (Expr::Member { .. }, Expr::Member { .. }) | (Expr::Template(_), Expr::Template(_)) => {
            cx.l.text(op.site.with(op.key)) == cx.l.text(op.site.with(key))
        }
        _ => false,
    }
}
