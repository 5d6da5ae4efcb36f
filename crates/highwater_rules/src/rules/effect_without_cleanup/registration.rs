//! What an effect starts that goes on after the component: intervals, listeners, subscriptions, observers, sockets.

use highwater_program::graph::{At, ExprRef, FunRef, Linked, index::Up};
use highwater_program::ir::*;

use crate::judge::spot;

/// What was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `setInterval`.
    Interval,
    /// `addEventListener`.
    Listener,
    /// `on`, `addListener`.
    On,
    /// `subscribe`.
    Subscription,
    /// `new ResizeObserver` and its like.
    Observer,
    /// `new WebSocket`, `new EventSource`, `new BroadcastChannel`.
    Socket,
}

/// One start.
#[derive(Clone, Debug)]
pub struct Registration {
    /// What.
    pub kind: Kind,
    /// The call.
    pub site: ExprRef,
    /// The receiver as written: `window`, `socket`; empty where there is none.
    pub receiver: String,
    /// The event, when it is a literal.
    pub event: String,
    /// Name of the handler or of the handle, for the subject.
    pub name: String,
    /// The receiver is the page itself or the timer queue: it surely outlives the component.
    pub global: bool,
}

const OBSERVERS: &[&str] =
    &["ResizeObserver", "MutationObserver", "IntersectionObserver", "PerformanceObserver"];
const SOCKETS: &[&str] = &["WebSocket", "EventSource", "BroadcastChannel"];

/// Starts in the body of a function itself.
pub fn all(l: &Linked, func: FunRef) -> Vec<Registration> {
    spot::calls_in(l, func)
        .filter_map(|c| of(l, func.with(c)))
        .filter(|r| !is_guarded_once(l, r.site))
        .collect()
}

fn of(l: &Linked, call: ExprRef) -> Option<Registration> {
    let f = l.file(call.file);
    let make = |kind, receiver: String, event: String, name: String, global| {
        Some(Registration { kind, site: call, receiver, event, name, global })
    };
    let (callee, args) = match f.expr(call.id) {
        Expr::New { callee, .. } => {
            let Expr::Global(g) = f.expr(callee) else { return None };
            let name = f.str(g);
            let handle = handle_name(l, call)?;
            return match name {
                n if OBSERVERS.contains(&n) => make(Kind::Observer, n.into(), String::new(), handle, false),
                n if SOCKETS.contains(&n) => make(Kind::Socket, n.into(), String::new(), handle, true),
                _ => None,
            };
        }
        Expr::Call { callee, args } => (f.plain(callee), args),
        _ => return None,
    };
    let (receiver, name) = match f.expr(callee) {
        Expr::Global(g) => (ExprId::NONE, f.str(g)),
        Expr::Member { object, property } => (object, f.str(property)),
        _ => return None,
    };
    let event = match f.expr(f.nth(args, 0)) {
        Expr::Str(s) => f.str(s).to_string(),
        _ => String::new(),
    };
    let handler = match f.expr(f.nth(args, 1)) {
        Expr::Ref(b) => f.name_of(b).to_string(),
        _ => event.clone(),
    };
    let page = is_page(l, call.with(receiver));
    match name {
        "setInterval" if page || !receiver.is_some() => {
            make(Kind::Interval, String::new(), String::new(), handle_name(l, call)?, true)
        }
        "addEventListener"
            if args.len >= 2 && (page || !receiver.is_some() || outlives(l, call.with(receiver))) =>
        {
            if ends_itself(f, f.nth(args, 2)) || used(l, call) {
                return None;
            }
            let text = if receiver.is_some() { l.text(call.with(receiver)) } else { "window".into() };
            make(Kind::Listener, text, event, handler, page || !receiver.is_some())
        }
        "on" | "addListener" if args.len == 2 && !event.is_empty() && outlives(l, call.with(receiver)) => {
            if used(l, call) {
                return None;
            }
            make(Kind::On, l.text(call.with(receiver)), event, handler, false)
        }
        "subscribe" if args.len >= 1 && outlives(l, call.with(receiver)) && !used(l, call) => {
            make(Kind::Subscription, l.text(call.with(receiver)), event, l.text(call.with(receiver)), false)
        }
        _ => None,
    }
}

/// The name that holds the result, or what stands for it; `None` when the result is handed on.
fn handle_name(l: &Linked, call: ExprRef) -> Option<String> {
    let f = l.file(call.file);
    match l.ix(call.file).up(call.id) {
        Up::Stmt(s) => match f.stmts[s.ix()] {
            Stmt::Let { binding, .. } => Some(f.name_of(binding).to_string()),
            Stmt::Expr(_) => Some(match f.expr(call.id) {
                Expr::New { callee, .. } | Expr::Call { callee, .. } => l.text(call.with(callee)),
                _ => String::new(),
            }),
            _ => None,
        },
        Up::Expr(p) => match f.expr(p) {
            Expr::Assign { target, .. } => Some(l.text(call.with(target))),
            // `new ResizeObserver(f).observe(x)`.
            Expr::Member { .. } => Some(l.text(call)),
            _ => None,
        },
        Up::None => None,
    }
}

/// The result is kept or handed on: somebody may undo it with that.
fn used(l: &Linked, call: ExprRef) -> bool {
    let f = l.file(call.file);
    match l.ix(call.file).up(call.id) {
        Up::Stmt(s) => match f.stmts[s.ix()] {
            Stmt::Let { binding, .. } => !l.ix(call.file).refs(binding).is_empty(),
            Stmt::Expr(_) => false,
            _ => true,
        },
        Up::Expr(p) => !matches!(f.expr(p), Expr::Unary { op: UnOp::Void, .. } | Expr::Logical { .. }),
        Up::None => true,
    }
}

/// `window`, `document.body`, `navigator.serviceWorker`, `matchMedia(...)` held in a name.
fn is_page(l: &Linked, e: ExprRef) -> bool {
    let f = l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Global(g) => {
            matches!(
                f.str(g),
                "window" | "document" | "self" | "globalThis" | "visualViewport" | "screen" | "navigator"
            )
        }
        Expr::Member { object, .. } => is_page(l, e.with(object)),
        Expr::Ref(b) => {
            let slot = f[b];
            slot.writes == 0
                && slot.init.is_some()
                && slot.func != FnId::MODULE
                && spot::called(f, slot.init).is_some_and(|(name, _)| name == "matchMedia")
        }
        Expr::Call { .. } => spot::called(f, e.id).is_some_and(|(name, _)| name == "matchMedia"),
        _ => false,
    }
}

/// An imported or module-level value, or what a hook gave: not made by this component.
fn outlives(l: &Linked, e: ExprRef) -> bool {
    let f = l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Ref(b) => {
            let slot = f[b];
            if slot.func == FnId::MODULE {
                return slot.kind != BindingKind::Param;
            }
            slot.writes == 0
                && spot::called(f, slot.init).is_some_and(|(name, _)| {
                    matches!(
                        name,
                        "useRouter" | "useSocket" | "useContext" | "useStore" | "useEventBus" | "inject"
                    )
                })
        }
        Expr::Member { object, property } => f.str(property) != "current" && outlives(l, e.with(object)),
        _ => false,
    }
}

/// `{ once: true }`, `{ signal }`, or options that cannot be read.
fn ends_itself(f: &FileFacts, options: ExprId) -> bool {
    match f.expr(f.plain(options)) {
        Expr::Object(_) => f.prop(options, "signal").is_some() || f.prop(options, "once").is_some(),
        Expr::Missing | Expr::Bool(_) => false,
        _ => options.is_some(),
    }
}

/// `if (!started.current)`, or after `if (started) return`: it happens once whatever the component does.
fn is_guarded_once(l: &Linked, site: ExprRef) -> bool {
    let f = l.file(site.file);
    let flag = |test: ExprId| {
        l.any_in(At { file: site.file, id: test }, &|x| match f.expr(x.id) {
            Expr::Member { property, .. } => f.str(property) == "current",
            Expr::Ref(b) => f[b].func == FnId::MODULE && f[b].kind == BindingKind::Let && f[b].writes > 0,
            _ => false,
        })
    };
    if l.guards(site).iter().any(|(t, _)| flag(*t)) {
        return true;
    }
    let func = l.fn_of(site);
    let body = f[func.id].body;
    f.stmts_of(body).any(|s| match f.stmts[s.ix()] {
        Stmt::If { test, then, .. } => {
            flag(test) && f.stmts_of(then).any(|x| matches!(f.stmts[x.ix()], Stmt::Return(_)))
        }
        _ => false,
    })
}
