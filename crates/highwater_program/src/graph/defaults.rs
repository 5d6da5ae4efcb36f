//! Collections that are made when the caller gives none: `options.cache || new Map()`, `{ cache = new Map() }`,
//! `Object.assign({ cache: new Map() }, options)`. Most callers give none.

use super::linked::{At, ExprRef, Linked};
use crate::ir::*;

impl Linked {
    /// The collection that a name stands for when the caller gave none.
    pub fn default_of(&self, b: At<BindingId>) -> Option<ExprRef> {
        let f = self.file(b.file);
        let slot = &f[b.id];
        if !slot.init.is_some() || slot.func == FnId::MODULE {
            return None;
        }
        let init = f.plain(slot.init);
        match f.expr(init) {
            Expr::Logical { right, .. } if slot.kind == BindingKind::Param => {
                let right = f.plain(right);
                is_fresh(f, right).then_some(b.with(right))
            }
            _ if slot.kind == BindingKind::Param => is_fresh(f, init).then_some(b.with(init)),
            Expr::Logical { op: LogicalOp::Or | LogicalOp::Nullish, left, right } => {
                let asked = matches!(f.expr(f.plain(left)), Expr::Member { .. } | Expr::Ref(_));
                let right = f.plain(right);
                (asked && is_fresh(f, right) && of_parameter(f, left)).then_some(b.with(right))
            }
            // `options = Object.assign({ cache: new Map() }, options); const { cache } = options`
            Expr::Member { object, property } => {
                let Expr::Ref(options) = f.expr(f.plain(object)) else { return None };
                let Expr::Call { callee, args } = self.expr(self.merged(b.with(options))?) else {
                    return None;
                };
                let Expr::Member { property: called, .. } = f.expr(callee) else { return None };
                if f.str(called) != "assign" {
                    return None;
                }
                let value = f.exprs_of(args).find_map(|a| f.prop(a, f.str(property)))?;
                is_fresh(f, f.plain(value)).then_some(b.with(f.plain(value)))
            }
            _ => None,
        }
    }

    /// The call that gives options their defaults.
    fn merged(&self, options: At<BindingId>) -> Option<ExprRef> {
        let slot = self.binding(options);
        if slot.func == FnId::MODULE {
            return None;
        }
        if slot.writes > 0 { self.first_write(options) } else { slot.init.get().map(|x| options.with(x)) }
    }
}

impl Linked {
    /// True when the object that a name starts as has the property.
    pub(super) fn has_property(&self, b: At<BindingId>, name: &str) -> bool {
        let f = self.file(b.file);
        f.prop(f[b.id].init, name).is_some()
    }

    /// The value that a property of a named object or function gets after it was made: `lookup.cache = {}`.
    pub fn assigned_property(&self, b: At<BindingId>, name: &str) -> Option<ExprRef> {
        use super::index::Up;
        let f = self.file(b.file);
        let ix = self.ix(b.file);
        ix.refs(b.id).iter().take(200).find_map(|&r| {
            let Up::Expr(member) = ix.up(r) else { return None };
            let Expr::Member { object, property } = f.expr(member) else { return None };
            let Up::Expr(p) = ix.up(member) else { return None };
            match f.expr(p) {
                Expr::Assign { op: AssignOp::Set, target, value }
                    if object == r && target == member && f.str(property) == name =>
                {
                    let value = f.plain(value);
                    let made = is_fresh(f, value)
                        || matches!(f.expr(value), Expr::Object(_) | Expr::Array(_) | Expr::New { .. });
                    made.then_some(b.with(value))
                }
                _ => None,
            }
        })
    }
}

/// The first name of `options.store.cache` is a parameter.
fn of_parameter(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(f.plain(e)) {
        Expr::Member { object, .. } => of_parameter(f, object),
        Expr::Ref(b) => f[b].kind == BindingKind::Param,
        _ => false,
    }
}

/// `{}`, `[]`, `new Map()`, `Object.create(null)`: empty and nobody else's.
fn is_fresh(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(e) {
        Expr::New { callee, args } => {
            args.is_empty() && matches!(f.expr(callee), Expr::Global(g) if matches!(f.str(g), "Map" | "Set"))
        }
        Expr::Call { callee, args } => {
            args.len == 1
                && matches!(f.expr(callee), Expr::Member { object, property }
                if f.str(property) == "create" && matches!(f.expr(object), Expr::Global(g) if f.str(g) == "Object"))
        }
        _ => false,
    }
}
