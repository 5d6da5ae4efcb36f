//! Finds the calls that add listeners, and the calls that remove them.

use highwater_program::FileRole;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{At, ExprRef, FileId, FunRef, PlaceId, Ty};
use highwater_program::ir::*;
use highwater_program::model::SubscriptionModel;

use super::{Context, Family, Registration};
use crate::judge::handles;

/// A call that removes listeners.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The call.
    pub call: ExprRef,
    /// The function that it runs in.
    pub func: FunRef,
    /// The method.
    pub verb: String,
    /// On what.
    pub receiver: ExprRef,
    /// Its place, when it has one.
    pub place: Option<PlaceId>,
    /// The event; empty for all.
    pub event: String,
    /// The function; none for all.
    pub handler: ExprId,
}

/// Registrations and removals of the program, in file order.
#[derive(Default)]
pub struct Found {
    /// Added.
    pub registrations: Vec<Registration>,
    /// Removed.
    pub undos: Vec<Undo>,
}

const ADD: &[&str] = &[
    "on",
    "once",
    "addListener",
    "prependListener",
    "prependOnceListener",
    "addEventListener",
    "addEventListeners",
];
const REMOVE: &[&str] = &["off", "removeListener", "removeEventListener", "removeAllListeners"];

/// Every registration of production code that stays up, and every removal.
pub fn all(cx: &Context<'_>) -> Found {
    let mut out = Found::default();
    let models: Vec<(&[String], &SubscriptionModel)> =
        cx.l.models
            .iter()
            .flat_map(|m| m.subscription.iter().map(move |s| (m.packages.as_slice(), s)))
            .collect();
    let verbs: Vec<&str> = models.iter().flat_map(|(_, s)| s.undo.iter().map(String::as_str)).collect();
    for (file, f) in cx.l.iter() {
        if matches!(f.role, FileRole::Test | FileRole::Generated) {
            continue;
        }
        let is_interface = handles::is_interface(f);
        for &c in &cx.l.ix(file).calls {
            let Expr::Call { callee, args } = f.expr(c) else { continue };
            let call = At { file, id: c };
            let Some(name) = callee_name(f, callee) else { continue };
            if let Some(u) = removal(cx, call, callee, args, name, &verbs) {
                out.undos.push(u);
            } else if f.role != FileRole::Script && cx.stays_up(file) && !is_interface {
                out.registrations.extend(registration(cx, file, call, callee, args, name, &models));
            }
        }
    }
    out
}

fn removal(
    cx: &Context<'_>,
    call: ExprRef,
    callee: ExprId,
    args: List,
    name: &str,
    verbs: &[&str],
) -> Option<Undo> {
    if !REMOVE.contains(&name) && !verbs.contains(&name) {
        return None;
    }
    let f = cx.l.file(call.file);
    let receiver = match f.expr(f.plain(callee)) {
        Expr::Member { object, .. } => call.with(chain_root(f, object)),
        // `unwatchFile(path, f)`: a function that a module exports.
        Expr::Ref(_) if verbs.contains(&name) && cx.l.external(call.with(callee)).is_some() => {
            call.with(callee)
        }
        _ => return None,
    };
    let event = f.nth(args, 0);
    let all = name == "removeAllListeners" || tells_when_done(f, f.nth(args, 1));
    Some(Undo {
        call,
        func: cx.l.fn_of(call),
        verb: name.to_string(),
        receiver,
        place: cx.l.place(receiver),
        event: if event.is_some() { event_text(cx, call.with(event)) } else { String::new() },
        handler: if all { ExprId::NONE } else { f.nth(args, 1) },
    })
}

/// `unsubscribe(channel, (err) => ...)`: told of the outcome, and not what is taken off.
fn tells_when_done(f: &FileFacts, handler: ExprId) -> bool {
    let Expr::Fn(func) = f.expr(f.plain(handler)) else { return false };
    f.params(func).next().is_some_and(|b| f.name_of(b).to_ascii_lowercase().contains("err"))
}

/// `a.on(x, f).on(y, g)`: the `a`.
fn chain_root(f: &FileFacts, mut e: ExprId) -> ExprId {
    for _ in 0..16 {
        let Expr::Call { callee, .. } = f.expr(f.plain(e)) else { return e };
        let Expr::Member { object, property } = f.expr(callee) else { return e };
        let n = f.str(property);
        if !ADD.contains(&n) && !REMOVE.contains(&n) && n != "setMaxListeners" {
            return e;
        }
        e = object;
    }
    e
}

/// The event as text: literals by value, everything else by how it is written.
pub fn event_text(cx: &Context<'_>, e: ExprRef) -> String {
    match cx.l.expr(e) {
        Expr::Str(s) => cx.l.file(e.file).str(s).to_string(),
        _ => cx.l.text(e),
    }
}

fn registration(
    cx: &Context<'_>,
    file: FileId,
    call: ExprRef,
    callee: ExprId,
    args: List,
    name: &str,
    models: &[(&[String], &SubscriptionModel)],
) -> Option<Registration> {
    let f = cx.l.file(file);
    let callee = f.plain(callee);
    let Expr::Member { object, .. } = f.expr(callee) else {
        return free_function(cx, call, callee, args, name, models);
    };
    let receiver = call.with(chain_root(f, object));
    if let Some(r) = modelled(cx, call, receiver, args, name, models) {
        return Some(r);
    }
    if ADD.contains(&name) {
        return listener(cx, call, receiver, args, name);
    }
    disposing(cx, call, receiver, args, name)
}

fn listener(
    cx: &Context<'_>,
    call: ExprRef,
    receiver: ExprRef,
    args: List,
    name: &str,
) -> Option<Registration> {
    let f = cx.l.file(call.file);
    let (event, handler) = (f.nth(args, 0), f.nth(args, 1));
    if args.len < 2 || !is_function(cx, call.with(handler)) || !is_emitter(cx, receiver) {
        return None;
    }
    let text = event_text(cx, call.with(event));
    let abort = text == "abort" && (name == "addEventListener" || is_signal(cx, receiver));
    let once = matches!(name, "once" | "prependOnceListener") || option_is(f, f.nth(args, 2), "once");
    Some(Registration {
        call,
        func: cx.l.fn_of(call),
        verb: name.to_string(),
        family: if abort { Family::Abort } else { Family::Listener },
        receiver: Some(receiver),
        event,
        handler,
        once,
        undo: REMOVE.iter().map(ToString::to_string).collect(),
        handle: false,
        handle_undo: vec![],
    })
}

/// True when the expression is an abort signal, by type.
pub fn is_signal(cx: &Context<'_>, e: ExprRef) -> bool {
    matches!(cx.l.type_of(e), Ty::Lib(t) if &*t == "AbortSignal")
}

fn option_is(f: &FileFacts, options: ExprId, name: &str) -> bool {
    f.prop(options, name).is_some_and(|v| f.expr(v) == Expr::Bool(true))
}

fn is_function(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    matches!(
        f.expr(f.plain(e.id)),
        Expr::Fn(_) | Expr::Ref(_) | Expr::Member { .. } | Expr::Call { .. } | Expr::Assign { .. }
    ) && !matches!(cx.l.type_of(e), Ty::Primitive | Ty::Coll(..) | Ty::Literal(_) | Ty::Finite)
}

/// Not one of the things that have an `on` and are no emitters.
fn is_emitter(cx: &Context<'_>, e: ExprRef) -> bool {
    match cx.l.type_of(e) {
        Ty::Lib(t) => cx.l.model_index.type_model(&cx.l.models, &t).is_none_or(|m| m.emitter),
        Ty::Coll(..) | Ty::Primitive | Ty::Timer | Ty::Finite => false,
        _ => true,
    }
}

/// A subscription that a model describes, on a receiver of one of its types.
fn modelled(
    cx: &Context<'_>,
    call: ExprRef,
    receiver: ExprRef,
    args: List,
    name: &str,
    models: &[(&[String], &SubscriptionModel)],
) -> Option<Registration> {
    let mut fitting = models.iter().filter(|(_, s)| s.calls.iter().any(|c| c == name)).peekable();
    fitting.peek()?;
    let ty = match cx.l.type_of(receiver) {
        Ty::Lib(t) => Some(t.to_string()),
        Ty::Instance(c) => highwater_program::graph::entry::base_lib(cx.l, c, 0),
        _ => None,
    };
    let ty = ty?;
    let (_, m) = fitting.find(|(_, s)| s.on.contains(&ty))?;
    if ends_by_itself(cx, receiver) || name == "pipe" || name == "finished" {
        return None;
    }
    if ADD.contains(&name) && !m.returns_undo && m.handle_undo.is_empty() {
        return None;
    }
    Some(subscription(cx, call, Some(receiver), args, name, m))
}

/// `x.pipe(take(1))`, `x.pipe(takeUntil(closed))`: the pipe ends the subscription.
fn ends_by_itself(cx: &Context<'_>, receiver: ExprRef) -> bool {
    let f = cx.l.file(receiver.file);
    let mut found = false;
    cx.l.walk(receiver, &mut |x| {
        if let Expr::Call { callee, .. } = f.expr(x.id) {
            let n = callee_name(f, callee).unwrap_or("");
            found = found
                || n.starts_with("take")
                || matches!(n, "first" | "firstValueFrom" | "last" | "timeout" | "find" | "elementAt");
        }
    });
    found
}

/// `watchFile(...)`, `anySignal([...])`: an exported function of a modelled package.
fn free_function(
    cx: &Context<'_>,
    call: ExprRef,
    callee: ExprId,
    args: List,
    name: &str,
    models: &[(&[String], &SubscriptionModel)],
) -> Option<Registration> {
    let (package, exported) = cx.l.external(call.with(callee))?;
    if &*package == "events" && &*exported == "once" && args.len >= 2 {
        return Some(waiting(cx, call, args));
    }
    let exported = exported.strip_prefix("default.").unwrap_or(&exported);
    if exported == "finished" {
        return None; // goes with the stream, which is about to end
    }
    let (_, m) = models.iter().find(|(packages, s)| {
        s.on.is_empty()
            && s.calls.iter().any(|c| c == exported)
            && packages.iter().any(|p| p.strip_prefix("node:").unwrap_or(p) == &*package)
    })?;
    Some(subscription(cx, call, None, args, name, m))
}

/// `once(emitter, name)`: waits for one event, with a listener for it and one for `error`.
fn waiting(cx: &Context<'_>, call: ExprRef, args: List) -> Registration {
    let f = cx.l.file(call.file);
    Registration {
        call,
        func: cx.l.fn_of(call),
        verb: "once".into(),
        family: Family::Listener,
        receiver: Some(call.with(f.nth(args, 0))),
        event: f.nth(args, 1),
        handler: ExprId::NONE,
        once: true,
        undo: vec![],
        handle: true,
        handle_undo: vec![],
    }
}

fn subscription(
    cx: &Context<'_>,
    call: ExprRef,
    receiver: Option<ExprRef>,
    args: List,
    name: &str,
    m: &SubscriptionModel,
) -> Registration {
    let f = cx.l.file(call.file);
    let handler = f.exprs_of(args).rev().find(|a| is_function(cx, call.with(*a))).unwrap_or(ExprId::NONE);
    let first = f.nth(args, 0);
    Registration {
        call,
        func: cx.l.fn_of(call),
        verb: name.to_string(),
        family: if m.on_signals { Family::Abort } else { Family::Subscription },
        receiver,
        event: if first == handler { ExprId::NONE } else { first },
        handler,
        once: false,
        undo: m.undo.clone(),
        handle: m.returns_undo || !m.handle_undo.is_empty(),
        handle_undo: m.handle_undo.clone(),
    }
}

/// A method of the tree that takes a function and gives back the function that removes it.
fn disposing(
    cx: &Context<'_>,
    call: ExprRef,
    receiver: ExprRef,
    args: List,
    name: &str,
) -> Option<Registration> {
    let lower = name.to_ascii_lowercase();
    let telling =
        ["subscribe", "listen", "observe", "watch", "onchange", "onmessage", "onevent", "addhandler"]
            .iter()
            .any(|w| lower.starts_with(w))
            || lower.starts_with("on") && name.chars().nth(2).is_some_and(char::is_uppercase);
    if !telling {
        return None;
    }
    let f = cx.l.file(call.file);
    let handler = f.exprs_of(args).rev().find(|a| matches!(f.expr(f.plain(*a)), Expr::Fn(_)))?;
    let target = *cx.program.calls.targets(call).first()?;
    let t = cx.l.file(target.file);
    let gives_back = cx.l.returns_of(target).into_iter().any(|r| match t.expr(t.plain(r)) {
        Expr::Fn(_) => true,
        Expr::Ref(b) => t[b].function.is_some() && t[b].func == target.id,
        _ => false,
    });
    if !gives_back {
        return None;
    }
    let first = f.nth(args, 0);
    Some(Registration {
        call,
        func: cx.l.fn_of(call),
        verb: name.to_string(),
        family: Family::Subscription,
        receiver: Some(receiver),
        event: if first == handler { ExprId::NONE } else { first },
        handler,
        once: false,
        undo: vec!["off".into(), "unsubscribe".into(), "unlisten".into(), "removeListener".into()],
        handle: true,
        handle_undo: vec![],
    })
}
