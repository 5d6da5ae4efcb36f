//! Library stores: bounded or swept by their options, or by nature.

use highwater_finding::HeldBy;
use highwater_program::graph::{ExprRef, Op, Rate};
use highwater_program::ir::*;
use highwater_program::model::StoreModel;

use super::Context;

/// What holds a library store, from its options at `init`; `None` when nothing does.
pub fn held(
    cx: &Context<'_>,
    init: ExprRef,
    store: &StoreModel,
    grows: &[(Op, Rate)],
) -> Option<(HeldBy, String)> {
    let f = cx.l.file(init.file);
    let why = if store.why.is_empty() { "the library limits it".to_string() } else { store.why.clone() };
    if store.bounded {
        return Some((HeldBy::Library, why));
    }
    let (Expr::New { args, .. } | Expr::Call { args, .. }) = f.expr(f.plain(init.id)) else { return None };
    if store.bounded_by_number
        && matches!(f.expr(f.nth(args, 0)), Expr::Num(_) | Expr::Ref(_) | Expr::Member { .. })
    {
        return Some((HeldBy::Library, why));
    }
    for a in f.exprs_of(args) {
        let Some(options) = options(cx, init.with(a)) else {
            let function = matches!(cx.l.type_of(init.with(a)), highwater_program::graph::Ty::Fn(_));
            if function || matches!(f.expr(f.plain(a)), Expr::Str(_) | Expr::Fn(_) | Expr::Num(_)) {
                continue;
            }
            return Some((HeldBy::Library, "its options are made elsewhere".into()));
        };
        let set = |names: &[String]| {
            names.iter().any(|n| {
                cx.l.file(options.file).prop(options.id, n).is_some_and(|v| limits(cx, options.with(v)))
            })
        };
        if set(&store.bounded_by) {
            return Some((HeldBy::Library, why));
        }
        let off = |n: &String| {
            let given = cx.l.file(options.file).prop(options.id, n);
            given.is_some_and(|v| cx.l.expr(options.with(v)) == Expr::Bool(false))
        };
        if store.off_by.iter().any(off) {
            return Some((HeldBy::Library, "it is told to keep nothing".into()));
        }
        if set(&store.swept_by) {
            return Some((HeldBy::Sweep, why));
        }
    }
    // A time to live given with each entry, honoured by the library's sweep.
    let each = !store.swept_by.is_empty()
        && grows.iter().all(|(g, _)| {
            let f = cx.l.file(g.site.file);
            matches!(f.expr(g.site.id), Expr::Call { args, .. } if args.len > 2)
        });
    each.then(|| (HeldBy::Sweep, "each entry is given a time to live".into()))
}

/// An options literal, written in place or held in a constant.
fn options(cx: &Context<'_>, e: ExprRef) -> Option<ExprRef> {
    match cx.l.type_of(e) {
        highwater_program::graph::Ty::Literal(o) => Some(o),
        _ => None,
    }
}

/// False for values that switch a limit off: 0, false, Infinity, undefined.
fn limits(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Num(n) => f.numbers[n as usize] > 0.0,
        Expr::Bool(b) => b,
        Expr::Null => false,
        Expr::Global(g) => !matches!(f.str(g), "Infinity" | "undefined"),
        _ => true,
    }
}
