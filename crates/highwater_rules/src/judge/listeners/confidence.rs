//! How sure a leaked registration is.

use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{ExprRef, FunRef, Life, Rate};
use highwater_program::ir::*;

use super::{Context, Emitter, Family, Registration, Why, unit};
use crate::judge::names;

/// Per cent.
pub fn of(cx: &Context<'_>, reg: &Registration, e: &Emitter, why: &Why) -> u8 {
    let mut c = match why {
        Why::NoRemoval => 92.0,
        Why::HandleDropped => 95.0,
        Why::WrongFunction(..) => 90.0,
        Why::Partial(..) => 85.0,
    };
    c *= f64::from(e.sure) / 100.0;
    let rate = cx.rate(reg.func);
    let unit = unit::of(cx, reg.func);
    c *= match rate {
        Rate::External if unit::is_library(cx, unit) => 0.92,
        // Called through an interface that cannot be resolved, on an object of the running service.
        Rate::External if of_service(cx, unit) => 0.88,
        Rate::External => 0.7,
        Rate::Tick => 0.95,
        _ => 1.0,
    };
    if one_time(cx, reg.func) {
        c *= 0.5;
    }
    // Each step from the entry point is one more that may be taken more rarely than it seems.
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, reg.func);
    if !cx.may_recur(&chain) {
        c *= 0.4;
    }
    let steps = chain.steps.len();
    c *= 0.98_f64.powi(i32::try_from(steps.min(12)).unwrap_or(12));
    let passing = unit::of_passing_object(cx, unit) && !wraps(cx, reg);
    if unit::puts_together(cx, unit) && !passing {
        c *= 0.5;
    }
    if far_on_process(cx, reg) || page_event(cx, reg) {
        c *= 0.5;
    }
    // A listener that holds nothing of the call is the mark of set-up code, unless the call is known to recur.
    if matches!(why, Why::NoRemoval) && rate == Rate::External && !holds_call(cx, reg, unit) {
        c *= 0.7;
    }
    if matches!(why, Why::NoRemoval)
        && rate == Rate::External
        && status(cx, reg)
        && unit::executor(cx, reg.func).is_none()
        && !makes(cx, unit)
        && !passing
    {
        c *= 0.72;
    }
    if on_passing_self(cx, reg) || consumes(cx, reg) || is_ended_here(cx, reg) {
        c *= 0.6;
    }
    if reg.family == Family::Abort && !settles(cx, unit) && !ends(cx, unit) {
        c *= 0.8;
    }
    c.round().clamp(1.0, 95.0) as u8
}

/// `this.on(..)` of what is put together by chained calls, or is made for one operation: it goes with its listeners.
fn on_passing_self(cx: &Context<'_>, reg: &Registration) -> bool {
    let Some(r) = reg.receiver else { return false };
    let f = cx.l.file(r.file);
    let on_self = match f.expr(f.plain(r.id)) {
        Expr::This => true,
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        _ => false,
    };
    on_self && {
        let unit = unit::of(cx, reg.func);
        let one = cx.l.this_class(unit).is_some_and(|c| {
            let words = crate::judge::kinds::words(cx.l.file(c.file).str(cx.l.class(c).name));
            words.last().is_some_and(|w| names::SHORT_LIVED.contains(&w.as_str()))
        });
        one || crate::judge::spot::returns_this(cx, unit)
    }
}

/// `this.file.on("finish", resolve); this.file.end()`: the same work ends what it listens to.
fn is_ended_here(cx: &Context<'_>, reg: &Registration) -> bool {
    let Some(r) = reg.receiver else { return false };
    let f = cx.l.file(r.file);
    let unit = unit::of(cx, reg.func);
    let own = cx.l.text(r);
    cx.l.ix(r.file).calls_between(f, unit.id).iter().any(|&c| {
        let Expr::Call { callee, .. } = f.expr(c) else { return false };
        let Expr::Member { object, property } = f.expr(callee) else { return false };
        matches!(f.str(property), "end" | "close" | "destroy" | "terminate" | "quit" | "kill" | "disconnect")
            && cx.l.is_within(cx.l.fn_of(r.with(c)), reg.func)
            && own != "this"
            && cx.l.text(r.with(object)) == own
    })
}

/// `source.on("data", ..); source.on("end", ..)` on what the work was given or made: a stream, read once to its end.
fn consumes(cx: &Context<'_>, reg: &Registration) -> bool {
    let Some(r) = reg.receiver else { return false };
    let f = cx.l.file(r.file);
    let Expr::Ref(stream) = f.expr(f.plain(r.id)) else { return false };
    let heard = |event: &str| {
        cx.l.ix(r.file).refs(stream).iter().any(|&x| {
            let member = cx.l.parent(r.with(x));
            let call = member.and_then(|m| cx.l.parent(m)).map(|c| f.expr(c.id));
            matches!(call, Some(Expr::Call { args, .. })
                if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if f.str(s) == event))
        })
    };
    f[stream].func != FnId::MODULE && heard("data") && heard("end")
}

/// A method of a class whose instances live as long as the process.
fn of_service(cx: &Context<'_>, unit: FunRef) -> bool {
    cx.l.this_class(unit).is_some_and(|c| cx.lifetimes.of_class(c, 0) == Life::Process)
}

/// An object that stands for the connection it was given listens to it for as long as both live.
fn wraps(cx: &Context<'_>, reg: &Registration) -> bool {
    let Some(r) = reg.receiver else { return false };
    let f = cx.l.file(r.file);
    let Expr::Member { object, property } = f.expr(f.plain(r.id)) else { return false };
    let own = match f.expr(f.plain(object)) {
        Expr::This => true,
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        _ => false,
    };
    let n = f.str(property).trim_start_matches(['_', '#']).to_ascii_lowercase();
    const PEERS: &[&str] =
        &["socket", "conn", "connection", "ws", "websocket", "stream", "transport", "channel", "port"];
    own && PEERS.iter().any(|p| n.ends_with(p))
}

/// The process itself, listened to far from any entry point: once, most likely, whatever leads there.
fn far_on_process(cx: &Context<'_>, reg: &Registration) -> bool {
    let on_process = reg.receiver.is_some_and(|r| cx.l.text(r).ends_with("process"));
    on_process && cx.program.rates.chain(cx.l, &cx.program.calls, reg.func).steps.len() > 1
}

/// Events that tell how the emitter itself is doing: mostly listened to once, by whoever sets it up.
fn status(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    reg.family == Family::Listener
        && matches!(f.expr(reg.event), Expr::Str(s) if matches!(
            f.str(s),
            "error" | "end" | "close" | "connect" | "ready" | "disconnect" | "reconnect" | "reconnecting" | "connected"
        ))
}

fn makes(cx: &Context<'_>, unit: FunRef) -> bool {
    cx.l.function(unit).kind == FnKind::Constructor
}

/// Events of a page, in code that is shared with browsers.
fn page_event(cx: &Context<'_>, reg: &Registration) -> bool {
    let text = reg.receiver.map(|r| cx.l.text(r).to_ascii_lowercase()).unwrap_or_default();
    let f = cx.l.file(reg.call.file);
    let of_socket = matches!(f.expr(reg.event), Expr::Str(s) if matches!(f.str(s), "message" | "open" | "close" | "error"));
    reg.family == Family::Listener
        && (reg.verb == "addEventListener" && !of_socket
            || text.contains("window")
            || text.contains("document")
            || text.starts_with("router"))
}

/// The work is driven by an event that comes once.
fn one_time(cx: &Context<'_>, func: FunRef) -> bool {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, func);
    if chain.entry_site.is_some_and(|s| registered_once(cx, s)) {
        return true;
    }
    let entry = chain.entry.to_ascii_lowercase();
    let event = entry.strip_prefix("event `").and_then(|e| e.strip_suffix('`')).unwrap_or("");
    matches!(
        event,
        "ready"
            | "open"
            | "listening"
            | "load"
            | "loaded"
            | "online"
            | "init"
            | "start"
            | "started"
            | "connect"
            | "connected"
            | "exit"
            | "close"
            | "end"
            | "finish"
            | "sigterm"
            | "sigint"
            | "mount"
            | "error"
            | "spawn"
            | "disconnect"
            | "disconnected"
            | "domcontentloaded"
            | "closed"
            | "stop"
            | "unhandledrejection"
    )
}

/// The entry is a `once` in code that itself runs once.
fn registered_once(cx: &Context<'_>, site: ExprRef) -> bool {
    let f = cx.l.file(site.file);
    let Expr::Call { callee, .. } = f.expr(site.id) else { return false };
    callee_name(f, callee) == Some("once") && !cx.rate(cx.l.fn_of(site)).recurs()
}

/// The handler mentions a parameter or variable of the work, or is one.
fn holds_call(cx: &Context<'_>, reg: &Registration, unit: FunRef) -> bool {
    let f = cx.l.file(reg.call.file);
    let own = |b: BindingId| {
        let slot = f[b];
        slot.func != FnId::MODULE && cx.l.is_within(reg.call.with(slot.func), unit)
    };
    match f.expr(f.plain(reg.handler)) {
        Expr::Ref(b) => own(b),
        Expr::Call { args, .. } => f.exprs_of(args).any(|a| matches!(f.expr(a), Expr::Ref(b) if own(b))),
        Expr::Fn(func) => {
            let span = f[func].span;
            let new_one = (cx.l.function(unit).kind == FnKind::Constructor
                || unit::of_passing_object(cx, unit))
                && mentions_this(f, span);
            new_one
                || f.bindings.iter().enumerate().any(|(i, slot)| {
                    slot.func != FnId::MODULE
                        && !span.contains(f[slot.func].span)
                        && own(BindingId(i as u32))
                        && cx
                            .l
                            .ix(reg.call.file)
                            .refs(BindingId(i as u32))
                            .iter()
                            .any(|&r| span.contains(f.span(r)))
                })
        }
        _ => false,
    }
}

fn mentions_this(f: &FileFacts, span: Span) -> bool {
    f.exprs.iter().zip(&f.spans).any(|(e, s)| *e == Expr::This && span.contains(*s))
}

/// The work makes an object that has an end: a method that closes or stops it.
fn ends(cx: &Context<'_>, unit: FunRef) -> bool {
    if cx.l.function(unit).kind != FnKind::Constructor {
        return false;
    }
    let Some(c) = cx.l.this_class(unit) else { return false };
    let f = cx.l.file(c.file);
    ["end", "close", "stop", "destroy", "dispose", "cancel", "abort", "finish", "release"]
        .iter()
        .any(|w| cx.l.class(c).methods.iter().any(|m| f.str(m.name).trim_start_matches('#').starts_with(w)))
}

/// The work ends: it waits for something or gives back a promise.
fn settles(cx: &Context<'_>, unit: FunRef) -> bool {
    let f = cx.l.file(unit.file);
    cx.l.function(unit).is_async
        || cx.l.returns_of(unit).into_iter().any(|r| {
            cx.l.any_in(unit.with(r), &|x: ExprRef| {
                matches!(f.expr(x.id), Expr::New { .. } | Expr::Call { .. })
            })
        })
}
