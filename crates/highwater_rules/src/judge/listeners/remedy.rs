//! Code that takes a listener away again, in the form that the thing it was added to understands.

use highwater_finding::{Effort, Remedy};
use highwater_program::graph::paths::{self, Holder};
use highwater_program::graph::{ExprRef, FunRef, Ty};
use highwater_program::ir::*;

use super::find::event_text;
use super::tell::thing;
use super::{Context, Family, Left, Registration, Why, ends_of, unit};
use crate::judge::code::of_expr;
use crate::judge::release_remedies::{self, Move, try_finally};
use crate::judge::scene;

const BEFORE: &str = "one more with each call, for as long as the thing it listens to lives";
const AFTER: &str = "as many as there is work under way";

/// A registration with a name for its way back.
struct Way {
    /// What was said of the code so far, then the registration itself.
    add: String,
    /// The statement that takes it back, without its semicolon.
    undo: String,
    /// What `undo` needs to be kept by, when the object outlives the function.
    keep: Option<String>,
}

/// What to do about a listener that is left behind, the best first.
pub(super) fn remedies(cx: &Context<'_>, x: &Left) -> Vec<Remedy> {
    let moves = match way(cx, &x.reg) {
        Some(w) => moves(cx, x, &w),
        None => waiting(cx, &x.reg).into_iter().collect(),
    };
    release_remedies::remedies(cx, x.reg.call.file, BEFORE, moves)
}

fn moves(cx: &Context<'_>, x: &Left, w: &Way) -> Vec<Move> {
    let what = thing(x.reg.family);
    if let Why::WrongFunction(at, _) = x.why {
        return vec![same_function(cx, at, w, what)];
    }
    let target = x.reg.receiver.and_then(|r| of_expr(cx, r, 0)).unwrap_or_default();
    let func = x.reg.func;
    let unit = unit::of(cx, func);
    let class = cx.l.this_class(unit);
    let mut out = Vec::new();
    if unit::executor(cx, func).is_some() {
        out.push(on_settle(cx, &x.reg, w, what));
    } else if let Some(peer) = scene::peer(cx, func, &target).filter(|p| !target.starts_with(&p.name)) {
        let code = format!("{}\n{}", w.add, peer.when_gone(&format!("() => {}", w.undo)));
        out.push(make(
            format!("Take the {what} away when `{}` closes", peer.name),
            "It goes when its client goes, and when the work is done.",
            code,
        ));
    } else if let Some(class) = class.filter(|_| !cx.l.function(unit).is_async) {
        out.push(in_end(cx, &x.reg, ends_of(cx, class).into_iter().find(|e| *e != unit), w, what));
    } else if cx.l.function(func).is_async {
        out.push(in_finally(w, what));
    } else {
        out.push(way_back(w, what));
    }
    if x.reg.verb == "on" && !x.reg.handle && x.reg.family == Family::Listener {
        out.push(make(
            "Or add it with `once`, if a single event is all that it waits for".into(),
            "It goes with the event; where the event may never come, take it away as well.",
            w.add.replacen(&format!("{target}.on("), &format!("{target}.once("), 1),
        ));
    }
    out.extend(by_signal(cx, &x.reg, &target));
    out
}

fn make(title: String, benefit: &'static str, code: String) -> Move {
    Move { title, benefit, code, after: AFTER, effort: Effort::Minutes }
}

/// The caller knows when the work is over.
fn way_back(w: &Way, what: &str) -> Move {
    make(
        format!("Give the caller the way back, and call it when the {what} has served"),
        "This function returns at once; only its caller knows when the work is over.",
        format!("{}\nreturn () => {};", w.add, w.undo),
    )
}

fn on_settle(cx: &Context<'_>, reg: &Registration, w: &Way, what: &str) -> Move {
    let typed = release_remedies::language(&cx.l.file(reg.call.file).path) == "ts";
    let done = if typed { "(done: () => void)" } else { "(done)" };
    let settle = scene::fresh(cx.l.file(reg.call.file), "settle");
    make(
        format!("Take the {what} away where the promise settles, whichever way it settles"),
        "One function that success, failure and time-out all go through.",
        format!(
            "{}\nconst {settle} = {done} => {{\n  {};\n  done();\n}};\n// {settle}(() => resolve(...)), {settle}(() => reject(...)): everywhere that the promise is settled now",
            w.add, w.undo
        ),
    )
}

fn in_end(cx: &Context<'_>, reg: &Registration, end: Option<FunRef>, w: &Way, what: &str) -> Move {
    let (add, undo) =
        if is_local(cx, reg) { by_closure(cx, reg, w) } else { (w.add.clone(), w.undo.clone()) };
    let benefit = "It goes with the object, and no longer keeps it.";
    match end {
        Some(e) => {
            let shown = cx.l.fn_name(e);
            let title = format!("Take the {what} away in `{shown}`, which ends the object");
            make(title, benefit, format!("{add}\n\n// in `{shown}`\n{undo};"))
        }
        None => make(
            format!(
                "Give the object an end that takes the {what} away, and call it where the object is let go"
            ),
            benefit,
            format!("{add}\n\ndispose() {{\n  {undo};\n}}"),
        ),
    }
}

/// True when the way back names something that other methods do not see.
fn is_local(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let ids = [reg.handler, reg.event, reg.receiver.map_or(ExprId::NONE, |r| r.id)];
    let inline = |e: ExprId| matches!(f.expr(f.plain(e)), Expr::Fn(_) | Expr::Call { .. });
    reg.handle
        || inline(reg.handler)
        || ids.into_iter().filter(|e| e.is_some()).any(|e| {
            cx.l.any_in(
                reg.call.with(e),
                &|x| matches!(f.expr(x.id), Expr::Ref(b) if f[b].func != FnId::MODULE),
            )
        })
}

/// The way back in a field of the object: what it names stays in scope.
fn by_closure(cx: &Context<'_>, reg: &Registration, w: &Way) -> (String, String) {
    if w.add.starts_with("this.") && reg.handle {
        return (w.add.clone(), w.undo.clone());
    }
    let wanted = if reg.handle { "unsubscribe" } else { "unlisten" };
    let name = scene::fresh(cx.l.file(reg.call.file), wanted);
    if w.undo == format!("{name}()") {
        return (w.add.replacen("const ", "this.", 1), format!("this.{}", w.undo));
    }
    (format!("{}\nthis.{name} = () => {};", w.add, w.undo), format!("this.{name}()"))
}

/// The same with the function in a field, so that the removal can name it.
fn kept_in_field(w: &Way) -> (String, String) {
    let Some(name) = &w.keep else { return (w.add.clone(), w.undo.clone()) };
    let (own, field) = (format!(", {name}"), format!(", this.{name}"));
    let add = w.add.replacen(&format!("const {name} = "), &format!("this.{name} = "), 1);
    let add = add
        .replace(&format!("{own})"), &format!("{field})"))
        .replace(&format!("{own},"), &format!("{field},"));
    (add, w.undo.replace(&format!("{own})"), &format!("{field})")))
}

fn in_finally(w: &Way, what: &str) -> Move {
    make(
        format!("Take the {what} away in `finally`"),
        "Success, failure and early return all come past it.",
        format!("{}\n{}", w.add, try_finally("// the work that listens, as it is", &format!("{};", w.undo))),
    )
}

fn same_function(cx: &Context<'_>, at: ExprRef, w: &Way, what: &str) -> Move {
    let line = cx.l.place_of_expr(at).line;
    let (add, undo) = kept_in_field(w);
    make(
        format!("Remove the {what} with the very function that was added"),
        "A removal compares functions by identity; one that was never added removes nothing.",
        format!("{add}\n\n// at line {line}\n{undo};"),
    )
}

/// The call as it would be with its function under a name, and its way back.
fn way(cx: &Context<'_>, reg: &Registration) -> Option<Way> {
    let f = cx.l.file(reg.call.file);
    if reg.family == Family::Abort && reg.receiver.is_none() || reg.handle {
        return by_handle(cx, reg);
    }
    let target = of_expr(cx, reg.receiver?, 0)?;
    let event = reg.event.get().map(|e| of_expr(cx, reg.call.with(e), 0));
    let event = match event {
        Some(text) => Some(text?),
        None => None,
    };
    let (head, handler, keep) = named_handler(cx, reg)?;
    let Expr::Call { args, .. } = f.expr(reg.call.id) else { return None };
    let options: Vec<String> =
        f.exprs_of(args).skip(2).filter_map(|a| of_expr(cx, reg.call.with(a), 0)).collect();
    let given: Vec<String> =
        event.iter().cloned().chain([handler.clone()]).chain(options).filter(|t| !t.is_empty()).collect();
    let back: Vec<String> = event.into_iter().chain([handler]).filter(|t| !t.is_empty()).collect();
    Some(Way {
        add: format!("{head}{target}.{}({});", reg.verb, given.join(", ")),
        undo: format!("{target}.{}({})", removal(cx, reg)?, back.join(", ")),
        keep,
    })
}

/// The method that takes listeners off this kind of thing.
fn removal(cx: &Context<'_>, reg: &Registration) -> Option<String> {
    if reg.family == Family::Subscription {
        return reg.undo.first().cloned();
    }
    if reg.verb.starts_with("addEventListener") {
        return Some("removeEventListener".into());
    }
    if let Ty::Instance(class) = cx.l.type_of(reg.receiver?)
        && cx.l.method(class, &reg.verb, 0).is_some()
    {
        let known = ["off", "removeListener", "removeEventListener", "unsubscribe", "remove"];
        return known.iter().find(|n| cx.l.method(class, n, 0).is_some()).map(ToString::to_string);
    }
    Some(if reg.verb == "addListener" { "removeListener".into() } else { "off".into() })
}

/// Code that gives the function a name, the name, and the name again where it is a new one.
fn named_handler(cx: &Context<'_>, reg: &Registration) -> Option<(String, String, Option<String>)> {
    let f = cx.l.file(reg.call.file);
    if !reg.handler.is_some() {
        return Some((String::new(), String::new(), None));
    }
    let handler = reg.call.with(f.plain(reg.handler));
    if let Expr::Ref(_) | Expr::Member { .. } = f.expr(handler.id) {
        return Some((String::new(), of_expr(cx, handler, 0)?, None));
    }
    let text = scene::function_text(cx, handler)?;
    let named = reg.event.get().filter(|e| !matches!(f.expr(f.plain(*e)), Expr::Call { .. }));
    let event = named.map(|e| event_text(cx, reg.call.with(e))).unwrap_or_default();
    let event = event.rsplit('.').next().unwrap_or("").to_string();
    let pascal = scene::pascal(&event.to_lowercase());
    let plain = if event.chars().any(char::is_lowercase) { scene::pascal(&event) } else { pascal };
    let wanted = if plain.is_empty() || plain.len() > 24 { "listener".into() } else { format!("on{plain}") };
    let name = scene::fresh(f, &wanted);
    Some((format!("const {name} = {text};\n"), name.clone(), Some(name)))
}

/// What the call returns takes it back.
fn by_handle(cx: &Context<'_>, reg: &Registration) -> Option<Way> {
    let f = cx.l.file(reg.call.file);
    if !reg.handler.is_some() && reg.verb == "once" {
        return None;
    }
    let call = scene::call_text(cx, reg.call)?;
    let (holder, at) = paths::holder(cx.l, reg.call);
    let method = reg.handle_undo.first();
    let (name, add, keep) = match holder {
        Holder::Name(b) => {
            let name = f.name_of(b).to_string();
            let declared = if matches!(f.expr(at), Expr::Assign { .. }) { "" } else { "const " };
            (name.clone(), format!("{declared}{name} = {call};"), None)
        }
        Holder::Place(_, target) => {
            let name = of_expr(cx, reg.call.with(target), 0)?;
            (name.clone(), format!("{name} = {call};"), None)
        }
        _ => {
            let wanted = if method.is_some() { "subscription" } else { "unsubscribe" };
            let name = scene::fresh(f, wanted);
            (name.clone(), format!("const {name} = {call};"), Some(name))
        }
    };
    let undo = method.map_or_else(|| format!("{name}()"), |m| format!("{name}.{m}()"));
    Some(Way { add, undo, keep })
}

/// `await once(emitter, 'x')` can be told to stop waiting.
fn waiting(cx: &Context<'_>, reg: &Registration) -> Option<Move> {
    if reg.verb != "once" || reg.handler.is_some() {
        return None;
    }
    let target = of_expr(cx, reg.receiver?, 0)?;
    let event = of_expr(cx, reg.call.with(reg.event), 0)?;
    Some(make(
        "Stop waiting after a time, or when the work is given up".into(),
        "An abort takes both of its listeners away; the wait then fails with an `AbortError`.",
        format!("await once({target}, {event}, {{ signal: AbortSignal.timeout(30_000) }});"),
    ))
}

/// `addEventListener` takes a signal that removes the listener.
fn by_signal(cx: &Context<'_>, reg: &Registration, target: &str) -> Option<Move> {
    if reg.verb != "addEventListener" || target.is_empty() || !cx.l.function(reg.func).is_async {
        return None;
    }
    let f = cx.l.file(reg.call.file);
    let event = of_expr(cx, reg.call.with(reg.event), 0)?;
    let handler = scene::function_text(cx, reg.call.with(f.plain(reg.handler)))?;
    let done = scene::fresh(f, "done");
    let once = if reg.once { ", once: true" } else { "" };
    let add = format!("{target}.addEventListener({event}, {handler}, {{ signal: {done}.signal{once} }});");
    Some(make(
        "Or hand it a signal of the work's own".into(),
        "The function needs no name, and one abort removes all listeners of the work.",
        format!(
            "const {done} = new AbortController();\n{add}\n{}",
            try_finally("// the work that listens, as it is", &format!("{done}.abort();"))
        ),
    ))
}
