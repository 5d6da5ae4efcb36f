//! Flags that are set where they are looked at: `if (this.ready) return; ...; this.ready = true`.

use super::linked::{At, ExprRef, Linked};
use super::places::{Base, PlaceId};
use crate::ir::*;

impl Linked {
    /// True when what owns a place lets an expression run once: a flag beside the place is tested before, is set by
    /// the same function, and is given up nowhere.
    pub fn once_per_owner(&self, e: ExprRef, place: &PlaceId) -> bool {
        let here = |e: ExprRef| {
            self.is_latched(e, &|x| match (self.file(e.file).expr(x), &place.base) {
                (Expr::Member { object, .. }, Base::Field(c, _)) => {
                    self.file(e.file).expr(object) == Expr::This && self.this_class(self.fn_of(e)) == Some(*c)
                }
                (Expr::Ref(flag), Base::Binding(b)) => {
                    let (flag, b) = (self.binding(e.with(flag)), self.binding(*b));
                    e.file == place_file(place)
                        && flag.func == b.func
                        && flag.kind != BindingKind::Param
                        && flag.func != self.fn_of(e).id
                }
                (Expr::Ref(flag), Base::Field(..)) => self.binding(e.with(flag)).func == FnId::MODULE,
                _ => false,
            })
        };
        here(e) || self.callback_of(e).is_some_and(|(call, n)| super::calls::is_sync(n) && here(call))
    }

    fn is_latched(&self, e: ExprRef, is_flag: &dyn Fn(ExprId) -> bool) -> bool {
        let f = self.file(e.file);
        let ix = self.ix(e.file);
        let nothing = |x: ExprId| {
            let x = f.expr(f.plain(x));
            matches!(x, Expr::Null | Expr::Bool(false))
                || matches!(x, Expr::Global(g) if f.str(g) == "undefined")
        };
        let guards = self.guards(e);
        self.conditions(e).iter().any(|&(test, holds)| {
            let flag = match f.expr(test) {
                Expr::Ref(_) | Expr::Member { .. } if !holds => test,
                Expr::Binary { op: BinOp::Eq, left, right } if holds && nothing(right) => left,
                Expr::Binary { op: BinOp::NotEq, left, right } if !holds && nothing(right) => left,
                _ => return false,
            };
            if !is_flag(flag) {
                return false;
            }
            let mut set = false;
            for &w in &ix.writes {
                let Expr::Assign { target, value, .. } = f.expr(w) else { continue };
                if !self.same_flag(e, flag, w, target) {
                    continue;
                }
                let func = ix.fn_of(w);
                if nothing(value) {
                    if !matches!(f[func].kind, FnKind::Constructor | FnKind::ClassInit | FnKind::Module) {
                        return false;
                    }
                } else if !is_something(f, value) {
                    return false;
                } else if func == ix.fn_of(e.id) {
                    // Set on every way on which the flag lets it run.
                    set |= self.guards(e.with(w)).iter().all(|g| guards.contains(g));
                }
            }
            set
        })
    }

    fn same_flag(&self, e: ExprRef, flag: ExprId, write: ExprId, target: ExprId) -> bool {
        let f = self.file(e.file);
        match (f.expr(flag), f.expr(target)) {
            (Expr::Ref(a), Expr::Ref(b)) => a == b,
            (Expr::Member { object: x, property: a }, Expr::Member { object: y, property: b }) => {
                let class = |at: ExprId| self.this_class(self.fn_of(e.with(at)));
                a == b && f.expr(x) == Expr::This && f.expr(y) == Expr::This && class(e.id) == class(write)
            }
            _ => false,
        }
    }
}

/// A value that holds as a test.
fn is_something(f: &FileFacts, e: ExprId) -> bool {
    matches!(
        f.expr(f.awaited(e)),
        Expr::Bool(true)
            | Expr::New { .. }
            | Expr::Call { .. }
            | Expr::Object(_)
            | Expr::Array(_)
            | Expr::Fn(_)
            | Expr::Num(_)
            | Expr::Str(_)
    )
}

fn place_file(place: &PlaceId) -> super::FileId {
    match &place.base {
        Base::Binding(At { file, .. }) => *file,
        Base::Field(c, _) => c.file,
        _ => super::FileId(u32::MAX),
    }
}
