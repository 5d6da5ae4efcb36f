//! All the places that an expression may denote, where [`Linked::place`] picks one: `x ? a : b`, `pick(kind)`,
//! `for (const m of [a, b])`. A removal through such an expression serves each of them.

use super::linked::{At, Def, ExprRef, Linked};
use super::places::PlaceId;
use super::types::Ty;
use crate::ir::*;

const DEPTH: u8 = 5;
const MAX: usize = 8;

impl Linked {
    /// The places that an expression may denote; empty when it is no choice.
    pub fn alternatives(&self, e: ExprRef) -> Vec<PlaceId> {
        let mut out = Vec::new();
        self.choose(e, false, 0, &mut out);
        out
    }

    fn choose(&self, e: ExprRef, chosen: bool, depth: u8, out: &mut Vec<PlaceId>) {
        if depth > DEPTH || !e.id.is_some() || out.len() >= MAX {
            return;
        }
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Cond { then, other, .. } => {
                self.choose(e.with(then), true, depth + 1, out);
                self.choose(e.with(other), true, depth + 1, out);
            }
            Expr::Call { callee, .. } => {
                let Ty::Fn(func) = self.type_of(e.with(callee)) else { return };
                let returned = self.returns_of(func);
                let several = chosen || returned.len() > 1;
                for r in returned {
                    self.choose(func.with(r), several, depth + 1, out);
                }
            }
            Expr::Ref(b) => {
                let Def::Binding(b) = self.import_or_binding(e.with(b), 0) else { return };
                if !self.choose_of_name(b, depth, out) && chosen {
                    self.keep(e, out);
                }
            }
            Expr::Member { .. } | Expr::Index { .. } if chosen => self.keep(e, out),
            _ => {}
        }
    }

    /// A name that stands for a choice; false when it does not.
    fn choose_of_name(&self, b: At<BindingId>, depth: u8, out: &mut Vec<PlaceId>) -> bool {
        let slot = self.binding(b);
        let f = self.file(b.file);
        if let Some(&s) = self.ix(b.file).loop_of.get(&b.id) {
            if let Stmt::Loop { kind: LoopKind::ForOf, head, .. } = f.stmts[s.ix()]
                && let Expr::Array(list) = f.expr(f.plain(head))
            {
                for x in f.exprs_of(list) {
                    self.choose(b.with(x), true, depth + 1, out);
                }
                return true;
            }
            return false;
        }
        let fixed = slot.kind == BindingKind::Const && slot.init.is_some();
        if fixed && matches!(f.expr(f.awaited(slot.init)), Expr::Cond { .. } | Expr::Call { .. }) {
            let before = out.len();
            self.choose(b.with(slot.init), false, depth + 1, out);
            return out.len() > before;
        }
        false
    }

    fn keep(&self, e: ExprRef, out: &mut Vec<PlaceId>) {
        if let Some(p) = self.place(e)
            && !out.contains(&p)
        {
            out.push(p);
        }
    }
}
