//! The piece of work that a registration belongs to, how often it happens, and how it can end.

use highwater_finding::Platform;
use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{ExprRef, FunRef, Life, Rate};
use highwater_program::ir::*;

use super::{Context, Registration};

/// The function around an expression that is called for a piece of work: out of promise executors, `then` callbacks,
/// array methods, timers and functions called where they stand.
pub fn of(cx: &Context<'_>, func: FunRef) -> FunRef {
    let mut at = func;
    for _ in 0..12 {
        if at.id == FnId::MODULE || !is_part(cx, at) {
            return at;
        }
        at = at.with(cx.l.function(at).parent);
    }
    at
}

/// True for a function that runs as a part of the one around it.
fn is_part(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    if !cx.l.function(func).parent.is_some() {
        return false;
    }
    let created = cx.l.ix(func.file).fn_expr.get(func.id.ix()).copied().unwrap_or(ExprId::NONE);
    if created.is_some()
        && let Some(p) = cx.l.parent(func.with(created))
        && let Expr::Call { callee, .. } = f.expr(p.id)
        && f.plain(callee) == created
    {
        return true;
    }
    let Some((call, name)) = cx.l.passed_to(func) else { return is_local_helper(cx, func) };
    if let Expr::New { callee, .. } = f.expr(call.id) {
        return matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "Promise")
            || callee_name(f, callee).is_some_and(|n| n.ends_with("Promise"));
    }
    matches!(
        name,
        "then"
            | "catch"
            | "finally"
            | "map"
            | "forEach"
            | "filter"
            | "reduce"
            | "some"
            | "every"
            | "flatMap"
            | "spread"
            | "setTimeout"
            | "setImmediate"
            | "nextTick"
            | "queueMicrotask"
            | "startActiveSpan"
            | "runInContext"
            | "asCallback"
            | "fromCallback"
            | "tryCatch"
            | "try"
    )
}

/// A function with a name that the one around it calls, and that goes nowhere else.
fn is_local_helper(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let parent = cx.l.function(func).parent;
    if parent == FnId::MODULE {
        return false;
    }
    let Some(name) = cx.l.ix(func.file).name_of_fn(func.id) else { return false };
    let refs = cx.l.ix(func.file).refs(name);
    !refs.is_empty()
        && refs.iter().all(|&r| {
            let at = func.with(r);
            cx.l.fn_of(at).id == parent
                && cx
                    .l
                    .parent(at)
                    .is_some_and(|p| matches!(f.expr(p.id), Expr::Call { callee, .. } if callee == r))
        })
}

/// The promise executor that a function is, or is within the same piece of work as.
pub fn executor(cx: &Context<'_>, func: FunRef) -> Option<FunRef> {
    let unit = of(cx, func);
    let mut at = func;
    while at != unit && at.id != FnId::MODULE {
        let f = cx.l.file(at.file);
        if let Some((call, name)) = cx.l.passed_to(at)
            && matches!(f.expr(call.id), Expr::New { .. })
            && name.ends_with("Promise")
        {
            return Some(at);
        }
        at = at.with(cx.l.function(at).parent);
    }
    None
}

/// True when the work of a registration happens again and again.
pub fn recurs(cx: &Context<'_>, reg: &Registration) -> bool {
    work_recurs(cx, reg.func) && !ends_the_process(cx, reg)
}

/// True when the work of a function happens again and again, and is not the setting up of something.
pub fn work_recurs(cx: &Context<'_>, func: FunRef) -> bool {
    let rate = cx.rate(func);
    rate.recurs() && (rate > Rate::External || !only_put_together(cx, of(cx, func), 0))
}

/// The handler ends something that the same call made: `process.on('exit', () => child.kill())`.
fn holds_made(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let Expr::Fn(func) = f.expr(f.plain(reg.handler)) else { return false };
    let span = f[func].span;
    let unit = of(cx, reg.func);
    unit.id != FnId::MODULE
        && !puts_together(cx, unit)
        && f.bindings.iter().enumerate().any(|(i, slot)| {
            slot.kind != BindingKind::Param
                && slot.func != FnId::MODULE
                && cx.l.is_within(reg.call.with(slot.func), unit)
                && !span.contains(slot.span)
                && matches!(f.expr(f.awaited(slot.init)), Expr::New { .. } | Expr::Call { .. })
                && is_process(f, f.awaited(slot.init))
                && cx.l.ix(reg.call.file).refs(BindingId(i as u32)).iter().any(|&r| span.contains(f.span(r)))
        })
}

fn is_process(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(e) {
        Expr::Call { callee, .. } | Expr::New { callee, .. } => callee_name(f, callee)
            .is_some_and(|n| matches!(n, "spawn" | "fork" | "exec" | "execa" | "execFile" | "Worker")),
        _ => false,
    }
}

/// Set-up code by its name, or called by nothing but set-up code.
pub fn only_put_together(cx: &Context<'_>, func: FunRef, depth: u8) -> bool {
    if of_passing_object(cx, func) {
        return false;
    }
    if puts_together(cx, func) || crate::judge::releases::is_ending(&cx.l.fn_name(func)) {
        return true;
    }
    let mut callers = cx.program.calls.callers(func).filter(|e| e.via == Via::Call).take(9).peekable();
    depth < 3
        && callers.peek().is_some()
        && callers.all(|e| {
            let from = of(cx, cx.program.calls.function(e.from));
            from != func && from.id != FnId::MODULE && only_put_together(cx, from, depth + 1)
        })
}

/// A method of an object that is itself made for each call, request or session: its start is one of many.
pub fn of_passing_object(cx: &Context<'_>, func: FunRef) -> bool {
    cx.l.this_class(func).is_some_and(|c| matches!(cx.lifetimes.of_class(c, 0), Life::Call | Life::Entry))
}

/// Signals and exits of the process are handled by code that starts it.
fn ends_the_process(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let Some(r) = reg.receiver else { return false };
    if cx.l.text(r).starts_with("process.std") {
        return true;
    }
    matches!(f.expr(r.id), Expr::Global(g) if f.str(g) == "process")
        && cx.rate(reg.func) <= Rate::External
        && !holds_made(cx, reg)
}

/// Functions by which a program is put together, by their names.
pub fn puts_together(cx: &Context<'_>, func: FunRef) -> bool {
    let name = cx.l.fn_name(func);
    let n = name.rsplit('.').next().unwrap_or("").trim_start_matches(['_', '#']).to_ascii_lowercase();
    const PREFIX: &[&str] = &[
        "start",
        "init",
        "setup",
        "connect",
        "reconnect",
        "open",
        "listen",
        "attach",
        "install",
        "register",
        "bind",
        "configure",
        "mount",
        "boot",
        "load",
        "enable",
        "launch",
        "main",
        "serve",
        "hook",
        "patch",
        "wrap",
        "instrument",
        "onmodule",
        "onapplication",
        "onready",
        "prepare",
        "ensure",
        "use",
        "extend",
        "plugin",
        "apply",
        "wire",
        "monitor",
    ];
    PREFIX.iter().any(|p| n.starts_with(p)) && !n.starts_with("user") && !n.starts_with("used")
        || n.contains("setup")
        || n.ends_with("loop")
        || n.ends_with("listeners")
        || n.ends_with("handlers")
}

/// True when the code of this file is a library that others call.
pub fn is_library(cx: &Context<'_>, func: FunRef) -> bool {
    cx.l.platform(func.file) == Platform::Library
}

/// Every function within the work, itself included.
pub fn parts(cx: &Context<'_>, unit: FunRef) -> Vec<FunRef> {
    cx.l.nested_functions(unit).into_iter().map(|id| unit.with(id)).collect()
}

/// A way the work can end: where it settles, for people.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The call or mention that settles.
    pub at: ExprRef,
    /// The function that runs then.
    pub func: FunRef,
    /// The callback was handed over as it is (`setTimeout(resolve)`): nothing else runs then.
    pub bare: bool,
    /// "the time-out fires".
    pub when: String,
}

/// Ways by which the promise of an executor settles, after the executor itself has run.
pub fn endings(cx: &Context<'_>, executor: FunRef, own: ExprRef) -> Vec<Ending> {
    let f = cx.l.file(executor.file);
    let ix = cx.l.ix(executor.file);
    let mut out = Vec::new();
    for b in f.params(executor.id).take(2) {
        for &r in ix.refs(b) {
            let at = executor.with(r);
            let Some(p) = cx.l.parent(at) else { continue };
            let Expr::Call { callee, args } = f.expr(p.id) else { continue };
            if callee == r {
                let func = cx.l.fn_of(at);
                if func != executor {
                    out.push(Ending { at, func, bare: false, when: when(cx, func) });
                }
            } else if p != own && f.exprs_of(args).any(|a| a == r) && settles_later(f, callee) {
                out.push(Ending { at, func: cx.l.fn_of(at), bare: true, when: when_called(cx, p) });
            }
        }
    }
    out.sort_by_key(|e| e.at);
    out
}

/// The callee calls what it is given when something happens, and is no wrapper around it.
fn settles_later(f: &FileFacts, callee: ExprId) -> bool {
    matches!(
        callee_name(f, callee),
        Some(
            "setTimeout"
                | "setImmediate"
                | "on"
                | "once"
                | "addListener"
                | "addEventListener"
                | "prependListener"
                | "then"
                | "catch"
        )
    )
}

/// When a callback runs, for people.
pub fn when(cx: &Context<'_>, func: FunRef) -> String {
    let mut at = func;
    for _ in 0..4 {
        if let Some((call, _)) = cx.l.passed_to(at) {
            return when_called(cx, call);
        }
        let f = cx.l.file(at.file);
        let name = f.str(cx.l.function(at).name);
        if !name.is_empty() {
            // A named helper: say when it is used, if that is told at one place.
            if let Some(b) =
                f.bindings.iter().position(|b| b.function == at.id && b.kind != BindingKind::Param)
                && let Some(call) = cx.l.ix(at.file).refs(BindingId(b as u32)).iter().find_map(|&r| {
                    let p = cx.l.parent(at.with(r))?;
                    match f.expr(p.id) {
                        Expr::Call { callee, .. } if callee != r => Some(p),
                        _ => None,
                    }
                })
            {
                return when_called(cx, call);
            }
            return format!("`{name}` runs");
        }
        at = at.with(cx.l.function(at).parent);
        if !at.id.is_some() {
            break;
        }
    }
    "the other side answers first".into()
}

fn when_called(cx: &Context<'_>, call: ExprRef) -> String {
    let f = cx.l.file(call.file);
    let (Expr::Call { callee, args } | Expr::New { callee, args }) = f.expr(call.id) else {
        return "it ends".into();
    };
    let name = callee_name(f, callee).unwrap_or("");
    match (name, f.expr(f.nth(args, 0))) {
        ("setTimeout", _) => "the time-out fires".into(),
        ("on" | "once" | "addListener" | "addEventListener", Expr::Str(s)) => {
            format!("`{}` comes first", f.str(s))
        }
        ("catch", _) => "the work fails".into(),
        ("then", _) => "the work succeeds".into(),
        _ => format!("`{name}` calls back"),
    }
}

/// The event that a callback waits for, when it is one.
pub fn event_of<'a>(cx: &'a Context<'_>, func: FunRef) -> Option<(ExprRef, &'a str)> {
    let (call, name) = cx.l.passed_to(func)?;
    event_of_call(cx, call, name).map(|e| (call, e))
}

/// The event that a registering call names.
pub fn event_of_call<'a>(cx: &'a Context<'_>, call: ExprRef, name: &str) -> Option<&'a str> {
    if !matches!(
        name,
        "on" | "once" | "addListener" | "prependListener" | "addEventListener" | "prependOnceListener"
    ) {
        return None;
    }
    let f = cx.l.file(call.file);
    let Expr::Call { args, .. } = f.expr(call.id) else { return None };
    match f.expr(f.nth(args, 0)) {
        Expr::Str(s) => Some(f.str(s)),
        _ => None,
    }
}
