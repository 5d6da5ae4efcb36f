//! Promises that cannot be rejected: what stands after an `await` of one always runs.

use super::entry::callee_name;
use super::linked::{ExprRef, Linked};
use super::types::Ty;
use crate::ir::*;

/// How many functions a promise is followed through.
const STEPS: u8 = 3;

impl Linked {
    /// `new Promise(resolve => setTimeout(resolve, n))`, `Promise.allSettled(all)`, `work().catch(() => null)`, and
    /// functions that return nothing else.
    pub fn never_rejects(&self, promise: ExprRef) -> bool {
        self.never_rejects_at(promise, 0)
    }

    fn never_rejects_at(&self, promise: ExprRef, depth: u8) -> bool {
        if depth > STEPS || !promise.id.is_some() {
            return false;
        }
        let f = self.file(promise.file);
        match f.expr(f.plain(promise.id)) {
            Expr::New { callee, args } => {
                matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "Promise")
                    && matches!(f.expr(f.nth(args, 0)), Expr::Fn(x) if self.only_waits(promise.with(x)))
            }
            Expr::Call { callee, args } => {
                match callee_name(f, callee) {
                    Some("allSettled") => return true,
                    Some("catch") => {
                        let handler = f.nth(args, 0);
                        return matches!(f.expr(handler), Expr::Fn(x) if self.does_nothing(promise.with(x)));
                    }
                    // Its signal, the third argument, may end the wait.
                    Some("setTimeout") if args.len <= 2 => {
                        return self
                            .external(promise.with(callee))
                            .is_some_and(|(p, _)| p.ends_with("timers/promises"));
                    }
                    _ => {}
                }
                let Ty::Fn(func) = self.type_of(promise.with(callee)) else { return false };
                let g = self.file(func.file);
                // Parameters are declared first.
                let declares = |s: &Stmt| matches!(s, Stmt::Let { init, .. } if !init.is_some());
                let mut body = g.stmts_of(g[func.id].body).map(|s| g.stmts[s.ix()]).filter(|s| !declares(s));
                match (body.next(), body.next()) {
                    (Some(Stmt::Return(e)), None) => {
                        self.never_rejects_at(func.with(g.awaited(e)), depth + 1)
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// An executor that can only resolve, and that calls nothing but timers.
    fn only_waits(&self, executor: super::FunRef) -> bool {
        let f = self.file(executor.file);
        let mut params = f.params(executor.id);
        let (Some(resolve), None) = (params.next(), params.next()) else { return false };
        self.ix(executor.file).calls_between(f, executor.id).iter().all(|&c| match f.expr(c) {
            Expr::Call { callee, .. } => match f.expr(callee) {
                Expr::Global(g) => matches!(f.str(g), "setTimeout" | "setImmediate" | "queueMicrotask"),
                Expr::Ref(b) => b == resolve,
                Expr::Member { object, property } => {
                    f.str(property) == "unref"
                        || f.str(property) == "nextTick"
                        || f.str(property) == "setTimeout" && matches!(f.expr(object), Expr::Global(_))
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// A handler of failure that calls nothing and throws nothing.
    fn does_nothing(&self, handler: super::FunRef) -> bool {
        let f = self.file(handler.file);
        let span = f[handler.id].span;
        let throws = f
            .stmts
            .iter()
            .zip(&f.stmt_spans)
            .any(|(s, at)| matches!(s, Stmt::Throw(_)) && span.contains(*at));
        !throws
            && self.ix(handler.file).calls_between(f, handler.id).iter().all(|&c| match f.expr(c) {
                Expr::Call { callee, .. } => {
                    matches!(callee_name(f, callee), Some("log" | "warn" | "error" | "info" | "debug"))
                }
                _ => false,
            })
    }
}
