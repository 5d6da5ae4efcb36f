//! Keys that are those of something else which does not grow: a copy has no more of them.

use highwater_program::graph::entry::callee_name;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::{Base, ExprRef, Kind, Op, OpKind, PlaceId};
use highwater_program::ir::*;

use super::{Context, growth};

/// The domain of the key of one growth, when every key of it is one of another place that stays as it is: the key
/// comes from a walk over that place, or the growth runs only if that place has it.
pub fn domain(cx: &Context<'_>, place: &PlaceId, op: &Op) -> Option<Domain> {
    let other = walked(cx, op.site.with(op.key), 0)
        .or_else(|| looked_up(cx, op))
        .filter(|other| !other.below(place) && !place.below(other) && stays(cx, other))?;
    Some(Domain::Finite(format!("the keys are those of `{}`", cx.l.place_symbol(&other))))
}

/// The place that a key was taken from by walking it.
fn walked(cx: &Context<'_>, key: ExprRef, depth: u8) -> Option<PlaceId> {
    let f = cx.l.file(key.file);
    if depth > 3 || !key.id.is_some() {
        return None;
    }
    match f.expr(f.plain(key.id)) {
        Expr::Member { object, .. } => walked(cx, key.with(object), depth + 1),
        Expr::Ref(b) => {
            let ix = cx.l.ix(key.file);
            if let Some(&s) = ix.loop_of.get(&b)
                && let Stmt::Loop { head, kind: LoopKind::ForOf | LoopKind::ForIn, .. } = f.stmts[s.ix()]
            {
                return cx.l.iterated(key.with(head), 0);
            }
            if let Some(&(func, 0)) = ix.param_of.get(&b) {
                let (call, name) = cx.l.passed_to(key.with(func))?;
                let Expr::Call { callee, .. } = f.expr(call.id) else { return None };
                let Expr::Member { object, .. } = f.expr(callee) else { return None };
                return matches!(name, "forEach" | "map")
                    .then(|| cx.l.iterated(call.with(object), 0))
                    .flatten();
            }
            (f[b].writes == 0).then(|| walked(cx, key.with(f[b].init), depth + 1)).flatten()
        }
        _ => None,
    }
}

/// `const x = other.get(k); if (!x) return; m.set(k, ..)`: the place that must have the key.
fn looked_up(cx: &Context<'_>, op: &Op) -> Option<PlaceId> {
    let f = cx.l.file(op.site.file);
    let Expr::Ref(key) = f.expr(f.plain(op.key)) else { return None };
    let is_key = |e: ExprId| f.expr(f.plain(e)) == Expr::Ref(key);
    let looks = |e: ExprId| match f.expr(f.awaited(e)) {
        Expr::Call { callee, args } => match f.expr(callee) {
            Expr::Member { object, .. }
                if matches!(callee_name(f, callee), Some("get" | "has")) && is_key(f.nth(args, 0)) =>
            {
                cx.l.place(op.site.with(object))
            }
            _ => None,
        },
        Expr::Index { object, key } if is_key(key) => cx.l.place(op.site.with(object)),
        _ => None,
    };
    cx.l.conditions(op.site).iter().filter(|(_, holds)| *holds).find_map(|(test, _)| {
        match f.expr(f.plain(*test)) {
            Expr::Ref(b) if f[b].writes == 0 && f[b].init.is_some() => looks(f[b].init),
            _ => looks(*test),
        }
    })
}

/// True for something that lives as long as the process and gets no other keys while it runs.
fn stays(cx: &Context<'_>, other: &PlaceId) -> bool {
    let known = match &other.base {
        Base::Binding(b) => {
            let slot = cx.l.binding(*b);
            slot.func == FnId::MODULE && slot.kind != BindingKind::Param
        }
        Base::Field(..) => !cx.program.effects.of(other).is_empty(),
        Base::Global(_) | Base::Value(_) => true,
    };
    if !known || other.path.contains(&highwater_program::graph::Seg::Elem) {
        return false;
    }
    let ops = cx.program.effects.of(other);
    let replaced = ops.iter().any(|o| o.kind == OpKind::Reset && cx.rate(o.func).recurs());
    let kind = cx.l.kind_of_place(other).unwrap_or(Kind::Map);
    !replaced && growth::recurring(cx, other, kind, ops).is_empty()
}
