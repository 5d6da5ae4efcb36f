//! What a fresh value in the place of a holder does to all that was below it: `state = { items: [] }` empties
//! `state.items`, and `for (const w of workers) w.job = {}` what each job had.

use rustc_hash::FxHashMap;

use super::context::OVER_ENTRIES;
use super::effects::{Op, OpKind};
use super::linked::{ExprRef, Linked};
use super::places::{PlaceId, Seg};
use super::types::Ty;
use crate::ir::*;

/// How many steps a value is followed through names and calls.
const STEPS: u8 = 4;

/// Adds to each growing place the replacements of what holds it.
pub fn from_above(l: &Linked, map: &mut FxHashMap<PlaceId, Vec<Op>>) {
    let mut growing: Vec<PlaceId> = map
        .iter()
        .filter(|(p, ops)| !p.path.is_empty() && ops.iter().any(|o| o.kind.grows()))
        .map(|(p, _)| p.clone())
        .collect();
    growing.sort_unstable();
    for place in growing {
        let mut found = Vec::new();
        for n in 0..place.path.len() {
            let holder = PlaceId { base: place.base.clone(), path: place.path[..n].to_vec() };
            let below = &place.path[n..];
            for op in map.get(&holder).into_iter().flatten() {
                let (first, rest) = (&below[0], &below[1..]);
                let emptied = match op.kind {
                    OpKind::Reset => l.starts_anew(op.site.with(op.value), below, 0),
                    OpKind::Clear => *first == Seg::Elem,
                    OpKind::Remove => deletes(l, op, first),
                    OpKind::Merge => assigns_anew(l, op, below),
                    OpKind::GrowKey => {
                        *first == Seg::Elem
                            && l.starts_anew(op.site.with(op.value), rest, 0)
                            && rewrites_each(l, &holder, op)
                    }
                    _ => false,
                };
                // What is assigned at the very place is a first value there; an entry of it is gone for good.
                let whole = rest.is_empty() && *first == Seg::Elem;
                if emptied {
                    found.push(Op { kind: if whole { OpKind::Clear } else { OpKind::Reset }, ..*op });
                }
            }
        }
        if let Some(ops) = map.get_mut(&place) {
            ops.extend(found);
        }
    }
}

/// `delete state.stream`.
fn deletes(l: &Linked, op: &Op, first: &Seg) -> bool {
    let f = l.file(op.site.file);
    let Expr::Unary { op: UnOp::Delete, value } = f.expr(op.site.id) else { return false };
    matches!((f.expr(value), first), (Expr::Member { property, .. }, Seg::Prop(name)) if f.str(property) == name)
}

/// `Object.assign(state, { items: [] })`.
fn assigns_anew(l: &Linked, op: &Op, below: &[Seg]) -> bool {
    let f = l.file(op.site.file);
    let (Expr::Call { .. }, Some((Seg::Prop(name), rest))) = (f.expr(op.site.id), below.split_first()) else {
        return false;
    };
    f.prop(op.value, name).is_some_and(|v| l.starts_anew(op.site.with(v), rest, 0))
}

/// `list.forEach((_, i) => { list[i] = undefined; })`: one entry after the other.
fn rewrites_each(l: &Linked, holder: &PlaceId, op: &Op) -> bool {
    let f = l.file(op.site.file);
    let over = |e: ExprId| l.iterated(op.site.with(e), 0).as_ref() == Some(holder);
    l.ix(op.site.file).enclosing(op.site.id).iter().any(|(s, _)| match f.stmts[s.ix()] {
        Stmt::Loop { kind: LoopKind::ForOf | LoopKind::ForIn, head, .. } => over(head),
        _ => false,
    }) || l.callback_of(op.site).is_some_and(|(call, name)| {
        OVER_ENTRIES.contains(&name)
            && matches!(f.expr(call.id), Expr::Call { callee, .. }
                if matches!(f.expr(callee), Expr::Member { object, .. } if over(object)))
    })
}

impl Linked {
    /// True for a value made on the spot that has nothing at the path below it: no entries, no text.
    pub(super) fn starts_anew(&self, value: ExprRef, below: &[Seg], depth: u8) -> bool {
        if depth > STEPS || !value.id.is_some() {
            return false;
        }
        let f = self.file(value.file);
        let id = f.awaited(value.id);
        match f.expr(id) {
            Expr::Null | Expr::Num(_) | Expr::Bool(_) | Expr::Str(_) => true,
            Expr::Global(g) => f.str(g) == "undefined",
            Expr::Unary { op: UnOp::Void, .. } => true,
            Expr::Array(list) => f.exprs_of(list).all(|x| {
                !matches!(f.expr(x), Expr::Spread(_))
                    && below.get(1..).is_none_or(|rest| self.starts_anew(value.with(x), rest, depth + 1))
            }),
            Expr::Object(list) => self.object_anew(value, list, below, depth),
            Expr::New { args, .. } => args.is_empty(),
            Expr::Call { callee, .. } => {
                let Ty::Fn(func) = self.type_of(value.with(callee)) else { return false };
                let returns = self.returns_of(func);
                !returns.is_empty()
                    && returns.iter().all(|r| self.starts_anew(func.with(*r), below, depth + 1))
            }
            Expr::Cond { then, other, .. } => {
                self.starts_anew(value.with(then), below, depth + 1)
                    && self.starts_anew(value.with(other), below, depth + 1)
            }
            Expr::Ref(b) => {
                let local = f[b].writes == 0
                    && f[b].init.is_some()
                    && matches!(f[b].kind, BindingKind::Const | BindingKind::Let | BindingKind::Var)
                    && f[b].func == self.fn_of(value).id
                    && f[b].func != FnId::MODULE;
                local && self.starts_anew(value.with(f[b].init), below, depth + 1)
            }
            _ => false,
        }
    }

    fn object_anew(&self, value: ExprRef, list: List, below: &[Seg], depth: u8) -> bool {
        let f = self.file(value.file);
        match below.split_first() {
            // An object with entries is no fresh start, unless they are the parts of a record.
            None => f.props_of(list).all(|p| matches!(p.key, Key::Named(_))),
            Some((Seg::Prop(name), rest)) => {
                for p in f.props_of(list).collect::<Vec<_>>().iter().rev() {
                    match p.key {
                        Key::Named(k) if f.str(k) == name => {
                            return self.starts_anew(value.with(p.value), rest, depth + 1);
                        }
                        Key::Named(_) => {}
                        Key::Computed(_) | Key::Spread => return false,
                    }
                }
                true
            }
            Some((Seg::Elem, rest)) => f.props_of(list).all(|p| {
                matches!(p.key, Key::Named(_)) && self.starts_anew(value.with(p.value), rest, depth + 1)
            }),
        }
    }
}
