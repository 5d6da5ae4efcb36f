//! What surrounds an expression: guards, loops, try parts, callbacks.

use super::index::{Role, Up};
use super::linked::{At, ExprRef, Linked};
use crate::ir::*;

/// Methods that call back once for each entry.
pub(super) const OVER_ENTRIES: [&str; 2] = ["forEach", "map"];

impl Linked {
    /// True inside a `finally` block of the same function, or in a callback of `.finally(...)`.
    pub fn in_finally(&self, e: ExprRef) -> bool {
        self.ix(e.file).enclosing(e.id).iter().any(|(_, r)| *r == Role::Finally)
            || self.callback_of(e).is_some_and(|(_, n)| n == "finally")
    }

    /// True inside a `catch` block of the same function, or in a callback of `.catch(...)`.
    pub fn in_catch(&self, e: ExprRef) -> bool {
        self.ix(e.file).enclosing(e.id).iter().any(|(_, r)| *r == Role::Catch)
            || self.callback_of(e).is_some_and(|(_, n)| n == "catch")
    }

    /// True inside a loop of the same function.
    pub fn in_loop(&self, e: ExprRef) -> bool {
        self.ix(e.file).enclosing(e.id).iter().any(|(_, r)| *r == Role::Loop)
    }

    /// When the function around an expression is handed straight to a call: that call, and its last name.
    pub fn callback_of(&self, e: ExprRef) -> Option<(ExprRef, &str)> {
        self.passed_to(e.with(self.ix(e.file).fn_of(e.id)))
    }

    /// The call that a function literal is an argument of, and that call's last name.
    pub fn passed_to(&self, func: At<FnId>) -> Option<(ExprRef, &str)> {
        let f = self.file(func.file);
        let ix = self.ix(func.file);
        let mut created = ix.fn_expr.get(func.id.ix()).copied().filter(|x| x.is_some())?;
        // `cb.bind(this)` is still the callback.
        for _ in 0..2 {
            let Up::Expr(p) = ix.up(created) else { return None };
            match f.expr(p) {
                Expr::Call { callee, .. } | Expr::New { callee, .. } if callee != created => {
                    return Some((func.with(p), super::entry::callee_name(f, callee).unwrap_or("")));
                }
                Expr::Member { .. } | Expr::Call { .. } => created = p,
                _ => return None,
            }
        }
        None
    }

    /// `function () {}.bind(this)`, `this.on('x', function () {})`, `list.forEach(function () {}, this)`: its `this` is
    /// that of the function around it.
    pub(super) fn shares_this(&self, func: At<FnId>) -> bool {
        let f = self.file(func.file);
        let ix = self.ix(func.file);
        let Some(e) = ix.fn_expr.get(func.id.ix()).copied().filter(|e| e.is_some()) else { return false };
        let Up::Expr(p) = ix.up(e) else { return false };
        match f.expr(p) {
            Expr::Member { property, .. } if f.str(property) == "bind" => {
                matches!(ix.up(p), Up::Expr(c) if matches!(f.expr(c), Expr::Call { callee, args }
                    if callee == p && f.expr(f.nth(args, 0)) == Expr::This))
            }
            Expr::Call { callee, args } if callee != e => {
                let Expr::Member { object, property } = f.expr(callee) else { return false };
                match f.str(property) {
                    "on" | "once" | "addListener" | "prependListener" => f.expr(object) == Expr::This,
                    "forEach" | "map" | "filter" | "some" | "every" => f.expr(f.nth(args, 1)) == Expr::This,
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Tests that must hold for an expression to run, from the inside out, with the branch taken.
    pub fn guards(&self, e: ExprRef) -> Vec<(ExprId, bool)> {
        let f = self.file(e.file);
        let ix = self.ix(e.file);
        let mut out = Vec::new();
        let mut at = e.id;
        while let Up::Expr(p) = ix.up(at) {
            match f.expr(p) {
                Expr::Logical { op, left, right } if right == at => out.push((left, op == LogicalOp::And)),
                Expr::Cond { test, then, .. } if test != at => out.push((test, then == at)),
                _ => {}
            }
            at = p;
        }
        for (s, role) in ix.enclosing(e.id) {
            match (f.stmts[s.ix()], role) {
                (Stmt::If { test, .. }, Role::Then) => out.push((test, true)),
                (Stmt::If { test, .. }, Role::Else) => out.push((test, false)),
                (Stmt::Loop { kind: LoopKind::While | LoopKind::For, head, .. }, Role::Loop)
                    if head.is_some() =>
                {
                    out.push((head, true));
                }
                _ => {}
            }
        }
        out
    }

    /// What is known where an expression runs: its guards, and the tests before it that would have left, each taken
    /// apart: `if (!a || b) return;` leaves `a` true and `b` false.
    pub fn conditions(&self, e: ExprRef) -> Vec<(ExprId, bool)> {
        let f = self.file(e.file);
        let ix = self.ix(e.file);
        let mut tests = self.guards(e);
        let mut at = ix.stmt_of(e.id);
        while let Some(s) = at {
            tests.extend(ix.exits_before(f, s).iter().filter_map(|exit| match f.stmts[exit.ix()] {
                Stmt::If { test, .. } => Some((test, false)),
                _ => None,
            }));
            at = ix.stmt_up(s).map(|(up, _)| up);
        }
        let mut out = Vec::new();
        while let Some((test, holds)) = tests.pop() {
            match f.expr(test) {
                Expr::Unary { op: UnOp::Not, value } => tests.push((value, !holds)),
                Expr::Logical { op, left, right } if (op == LogicalOp::And) == holds => {
                    tests.extend([(left, holds), (right, holds)]);
                }
                _ => out.push((test, holds)),
            }
        }
        out
    }

    /// True below `if (!made) { made = ...; ... }` for a variable of the module: it runs once a process.
    pub fn only_first_time(&self, e: ExprRef) -> bool {
        self.is_first_time(e)
            || self
                .callback_of(e)
                .is_some_and(|(call, n)| super::calls::is_sync(n) && self.is_first_time(call))
    }

    fn is_first_time(&self, e: ExprRef) -> bool {
        let f = self.file(e.file);
        let ix = self.ix(e.file);
        let module_var = |x: ExprId| match f.expr(f.plain(x)) {
            Expr::Ref(b) if f[b].func == FnId::MODULE => Some(b),
            _ => None,
        };
        let nothing = |x: ExprId| {
            let x = f.expr(f.plain(x));
            matches!(x, Expr::Null | Expr::Bool(false))
                || matches!(x, Expr::Global(g) if f.str(g) == "undefined")
        };
        self.guards(e).iter().any(|(test, positive)| {
            let var = match f.expr(*test) {
                Expr::Unary { op: UnOp::Not, value } if *positive => module_var(value),
                Expr::Binary { op: BinOp::Eq, left, right } if *positive && nothing(right) => {
                    module_var(left)
                }
                _ => None,
            };
            let Some(var) = var else { return false };
            // Set beside it, and never given up again.
            let sets = |w: &ExprId| match f.expr(*w) {
                Expr::Assign { target, value, .. } if module_var(target) == Some(var) => {
                    Some(!nothing(value))
                }
                _ => None,
            };
            let all: Vec<(ExprId, bool)> =
                ix.writes.iter().filter_map(|w| sets(w).map(|made| (*w, made))).collect();
            let here = |w: ExprId| {
                ix.fn_of(w) == ix.fn_of(e.id) && self.guards(e.with(w)).iter().any(|(t, _)| t == test)
            };
            all.iter().all(|(_, made)| *made) && all.iter().any(|(w, _)| here(*w))
        })
    }

    /// The value of a local constant, or the expression itself.
    pub fn const_value(&self, e: ExprRef) -> ExprRef {
        let f = self.file(e.file);
        match f.expr(f.plain(e.id)) {
            Expr::Ref(b) if f[b].kind == BindingKind::Const && f[b].init.is_some() => {
                e.with(f.plain(f[b].init))
            }
            _ => e.with(f.plain(e.id)),
        }
    }

    /// Walks an expression and everything in it, but not into functions.
    pub fn walk(&self, e: ExprRef, each: &mut dyn FnMut(ExprRef)) {
        if !e.id.is_some() {
            return;
        }
        each(e);
        let f = self.file(e.file);
        super::index::children(f, f.expr(e.id), &mut |c| self.walk(e.with(c), each));
    }

    /// True when a part of the expression satisfies the test.
    pub fn any_in(&self, e: ExprRef, test: &dyn Fn(ExprRef) -> bool) -> bool {
        let mut found = false;
        self.walk(e, &mut |x| found = found || test(x));
        found
    }

    /// Every function nested in a function, itself included.
    pub fn nested_functions(&self, func: At<FnId>) -> Vec<FnId> {
        let f = self.file(func.file);
        let mut out = vec![func.id];
        let span = f[func.id].span;
        for (i, x) in f.functions.iter().enumerate().skip(1) {
            if i as u32 != func.id.0 && (func.id == FnId::MODULE || span.contains(x.span)) {
                out.push(FnId(i as u32));
            }
        }
        out
    }

    /// True when `inner` is `outer` or a function within it.
    pub fn is_within(&self, inner: At<FnId>, outer: At<FnId>) -> bool {
        if inner.file != outer.file {
            return false;
        }
        let f = self.file(inner.file);
        let mut at = inner.id;
        loop {
            if at == outer.id {
                return true;
            }
            let parent = f[at].parent;
            if !parent.is_some() || at == FnId::MODULE {
                return false;
            }
            at = parent;
        }
    }
}
