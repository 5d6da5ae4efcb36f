//! Is what an effect started stopped somewhere?

use highwater_program::graph::{FunRef, Linked};
use highwater_program::ir::*;

use super::registration::{Kind, Registration};
use crate::judge::spot;

/// The effect returns something that a framework will call.
pub fn returns_one(l: &Linked, func: FunRef) -> bool {
    let f = l.file(func.file);
    l.returns_of(func).into_iter().any(|r| match f.expr(f.plain(r)) {
        Expr::Null | Expr::Missing | Expr::Bool(_) => false,
        Expr::Unary { op: UnOp::Void, .. } => false,
        Expr::Global(g) => f.str(g) != "undefined",
        Expr::Call { .. } => spot::called(f, r).is_none_or(|(name, _)| name != "addEventListener"),
        _ => true,
    })
}

/// A parameter that takes the cleanup (`watch(x, (a, b, onCleanup) => ...)`) is used, or its global form is called.
pub fn registers_one(l: &Linked, func: FunRef) -> bool {
    let f = l.file(func.file);
    spot::calls_below(l, func).any(|c| {
        spot::called(f, c).is_some_and(|(name, _)| {
            let lower = name.to_ascii_lowercase();
            matches!(
                lower.as_str(),
                "oncleanup" | "oninvalidate" | "onwatchercleanup" | "onscopedispose" | "ondestroy"
            ) || matches!(lower.as_str(), "onunmounted" | "onbeforeunmount" | "ondeactivated")
        })
    })
}

/// Some call in `scope` undoes what was started. Which path reaches it is not asked: a component that has the
/// undoing at all has thought of it.
pub fn undone(l: &Linked, r: &Registration, scope: FunRef) -> bool {
    let f = l.file(scope.file);
    let event_of = |args: List| match f.expr(f.nth(args, 0)) {
        Expr::Str(s) => Some(f.str(s)),
        _ => None,
    };
    spot::calls_below(l, scope).any(|c| {
        let Some((name, args)) = spot::called(f, c) else { return false };
        let same_event = event_of(args).is_none_or(|e| e == r.event || r.event.is_empty());
        match r.kind {
            Kind::Interval => matches!(name, "clearInterval" | "clearTimeout"),
            Kind::Listener => {
                (name == "removeEventListener" && same_event) || name == "abort" || name == "remove"
            }
            Kind::On => {
                matches!(name, "off" | "removeListener" | "removeAllListeners" | "un" | "$off") && same_event
                    || matches!(name, "disconnect" | "close" | "destroy")
            }
            Kind::Subscription => matches!(name, "unsubscribe" | "dispose" | "remove" | "complete"),
            Kind::Observer => matches!(name, "disconnect" | "unobserve"),
            Kind::Socket => matches!(name, "close" | "disconnect" | "terminate"),
        }
    })
}

/// The undoing function is handed to somebody by name: `onUnmounted(observer.disconnect)`.
pub fn undo_is_mentioned(l: &Linked, r: &Registration, scope: FunRef) -> bool {
    let f = l.file(scope.file);
    let span = f[scope.id].span;
    let word = match r.kind {
        Kind::Interval => "clearInterval",
        Kind::Listener => "removeEventListener",
        Kind::On => "off",
        Kind::Subscription => "unsubscribe",
        Kind::Observer => "disconnect",
        Kind::Socket => "close",
    };
    f.exprs.iter().zip(&f.spans).any(|(e, s)| {
        (scope.id == FnId::MODULE || span.contains(*s))
            && match e {
                Expr::Member { property, .. } => f.str(*property) == word,
                Expr::Global(g) => f.str(*g) == word,
                _ => false,
            }
    })
}
