//! What runs when something ends: functions reached from teardown events, timers, time-outs and shutdown.

use highwater_program::Program;
use highwater_program::graph::calls::Via;
use highwater_program::graph::{At, FunRef, Rate};
use highwater_program::ir::*;

use super::by_hand;

/// Sets of functions, by dense number.
pub struct Reach {
    teardown: Vec<bool>,
    tick: Vec<bool>,
    timeout: Vec<bool>,
}

/// Events that say that something ended, whatever the library.
pub fn is_teardown_event(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    matches!(
        n.as_str(),
        "close"
            | "closed"
            | "end"
            | "ended"
            | "finish"
            | "finished"
            | "exit"
            | "disconnect"
            | "disconnected"
            | "disconnecting"
            | "error"
            | "abort"
            | "aborted"
            | "timeout"
            | "destroy"
            | "destroyed"
            | "leave"
            | "left"
            | "expired"
            | "expire"
            | "terminate"
            | "terminated"
            | "complete"
            | "completed"
            | "done"
            | "settled"
            | "dispose"
            | "disposed"
            | "unpipe"
            | "goaway"
            | "stop"
            | "stopped"
            | "unsubscribe"
            | "logout"
            | "reset"
            | "connection_closed"
            | "session_end"
            | "sessionend"
            | "sessionclosed"
            | "guilddelete"
            | "channeldelete"
            | "cancel"
            | "cancelled"
            | "messageerror"
            | "failed"
            | "removed"
            | "delete"
            | "deleted"
            | "detach"
    ) || [
        "closed",
        "disconnected",
        "disconnect",
        "ended",
        "expired",
        "removed",
        "deleted",
        "exited",
        "-close",
        ":close",
        "_close",
    ]
    .iter()
    .any(|s| n.ends_with(s))
}

impl Reach {
    /// Follows the calls from each kind of ending.
    pub fn build(p: &Program) -> Reach {
        let n = p.calls.len();
        let mut r = Reach { teardown: vec![false; n], tick: vec![false; n], timeout: vec![false; n] };
        let (mut teardown, mut tick, mut timeout) = (vec![], vec![], vec![]);
        for e in &p.calls.entries.list {
            let num = p.calls.number(e.func);
            if e.rate == Rate::Tick {
                tick.push(num);
            } else if event_of(&e.label).is_some_and(is_teardown_event) {
                teardown.push(num);
            }
        }
        let l = &p.linked;
        let by_hand = by_hand::handlers(l);
        teardown.retain(|&n| !by_hand.contains(&p.calls.function(n)));
        for (file, f) in l.iter() {
            for i in 0..f.functions.len() {
                let func = At { file, id: FnId(i as u32) };
                if let Some((call, name)) = l.passed_to(func) {
                    match name {
                        "setTimeout" | "setImmediate" => timeout.push(p.calls.number(func)),
                        "FinalizationRegistry"
                        | "onAbort"
                        | "onClose"
                        | "onDisconnect"
                        | "onDestroy"
                        | "onUnmounted"
                        | "onDispose"
                        | "onExit" => {
                            teardown.push(p.calls.number(func));
                        }
                        "on" | "once" | "addListener" | "addEventListener" | "prependListener"
                        | "finished"
                            if (first_text(f, call.id).is_some_and(is_teardown_event)
                                || name == "finished") =>
                        {
                            teardown.push(p.calls.number(func));
                        }
                        // `wrap(transport, "onclose", original => function () {})`
                        _ if names_handler(f, call.id) => {
                            let inner = l.nested_functions(func);
                            teardown.extend(inner.into_iter().map(|x| p.calls.number(func.with(x))));
                        }
                        _ => {}
                    }
                }
            }
            named_handlers(p, file, &mut teardown, &mut timeout);
            teardown.retain(|&n| !by_hand.contains(&p.calls.function(n)));
            methods_of_endings(p, file, &mut teardown);
        }
        spread(p, teardown, 4, &mut r.teardown);
        spread(p, tick, 6, &mut r.tick);
        spread(p, timeout, 2, &mut r.timeout);
        r
    }

    /// Runs when a connection, stream, request or process of one entry ends.
    pub fn is_teardown(&self, p: &Program, f: FunRef) -> bool {
        self.teardown[p.calls.number(f) as usize]
    }

    /// Runs on an interval.
    pub fn is_tick(&self, p: &Program, f: FunRef) -> bool {
        self.tick[p.calls.number(f) as usize]
    }

    /// Runs when a time-out fires.
    pub fn is_timeout(&self, p: &Program, f: FunRef) -> bool {
        self.timeout[p.calls.number(f) as usize]
    }
}

/// Some argument is the name of a handler of an ending: `"onclose"`.
fn names_handler(f: &FileFacts, call: ExprId) -> bool {
    let Expr::Call { args, .. } = f.expr(call) else { return false };
    f.exprs_of(args).any(|a| match f.expr(a) {
        Expr::Str(s) => f.str(s).strip_prefix("on").is_some_and(is_teardown_event),
        _ => false,
    })
}

fn event_of(label: &str) -> Option<&str> {
    label.strip_prefix("event `")?.strip_suffix('`')
}

fn first_text(f: &FileFacts, call: ExprId) -> Option<&str> {
    let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(call) else { return None };
    match f.expr(f.nth(args, 0)) {
        Expr::Str(s) => Some(f.str(s)),
        _ => None,
    }
}

/// `socket.on('close', this.onClose)`, `setTimeout(this.expire, 10)`, `{ onclose: fn }`.
fn named_handlers(
    p: &Program,
    file: highwater_program::graph::FileId,
    teardown: &mut Vec<u32>,
    timeout: &mut Vec<u32>,
) {
    let l = &p.linked;
    let f = l.file(file);
    let adds = ["on", "once", "addListener", "addEventListener", "prependListener", "setTimeout"];
    let may = l.ix(file).may_call(&adds);
    for &c in l.ix(file).calls.iter().filter(|_| may) {
        let Expr::Call { callee, args } = f.expr(c) else { continue };
        let name = highwater_program::graph::entry::callee_name(f, callee).unwrap_or("");
        let list = match name {
            "on" | "once" | "addListener" | "addEventListener" | "prependListener" => {
                if first_text(f, c).is_some_and(is_teardown_event) { &mut *teardown } else { continue }
            }
            "setTimeout" => &mut *timeout,
            _ => continue,
        };
        for a in f.exprs_of(args) {
            if matches!(f.expr(a), Expr::Ref(_) | Expr::Member { .. } | Expr::Call { .. }) {
                for func in highwater_program::graph::entry::callbacks(l, At { file, id: a }, &[], 1) {
                    list.push(p.calls.number(func));
                }
            }
        }
    }
    for prop in &f.props {
        let (Key::Named(k), Expr::Fn(func)) = (prop.key, f.expr(prop.value)) else { continue };
        let name = f.str(k).to_ascii_lowercase();
        let Some(event) = name.strip_prefix("on").or(Some(name.as_str())) else { continue };
        let handler = name.starts_with("on") || matches!(name.as_str(), "close" | "cancel" | "dispose");
        if handler && is_teardown_event(event) {
            teardown.push(p.calls.number(At { file, id: func }));
        }
    }
}

/// `onDisconnect() {}`, `handleClose() {}`, `webSocketClose() {}`: methods that a framework or an owner calls when
/// something ends.
fn methods_of_endings(p: &Program, file: highwater_program::graph::FileId, teardown: &mut Vec<u32>) {
    let f = p.linked.file(file);
    for m in f.classes.iter().flat_map(|c| &c.methods) {
        let name = f.str(m.name).trim_start_matches(['_', '#']).to_ascii_lowercase();
        let event = ["on", "handle", "websocket"].iter().find_map(|s| name.strip_prefix(s));
        if event.is_some_and(is_teardown_event) {
            teardown.push(p.calls.number(At { file, id: m.func }));
        }
    }
}

fn spread(p: &Program, start: Vec<u32>, limit: u8, set: &mut [bool]) {
    let mut work: Vec<(u32, u8)> = start.into_iter().map(|n| (n, 0)).collect();
    for (n, _) in &work {
        set[*n as usize] = true;
    }
    while let Some((n, depth)) = work.pop() {
        if depth >= limit {
            continue;
        }
        for e in p.calls.callees(p.calls.function(n)) {
            if matches!(e.via, Via::Call | Via::Callback | Via::Later) && !set[e.to as usize] {
                set[e.to as usize] = true;
                work.push((e.to, depth + 1));
            }
        }
    }
}
