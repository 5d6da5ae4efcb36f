//! Is a label's value one of a few, or an id, a path, a message?

use highwater_program::FileRole;
use highwater_program::graph::calls::Via;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::linked::Def;
use highwater_program::graph::{BindRef, ExprRef};
use highwater_program::ir::*;

use crate::Context;
use crate::judge::spot;

/// Property names whose values have no end, whatever they belong to.
const OPEN: &[&str] = &[
    "url",
    "originalurl",
    "pathname",
    "href",
    "rawpath",
    "remoteaddress",
    "ip",
    "ipaddress",
    "email",
    "userid",
    "user_id",
    "uid",
    "uuid",
    "guid",
    "sessionid",
    "session_id",
    "requestid",
    "request_id",
    "traceid",
    "trace_id",
    "spanid",
    "correlationid",
    "jobid",
    "job_id",
    "messageid",
    "message_id",
    "orderid",
    "order_id",
    "accountid",
    "account_id",
    "customerid",
    "customer_id",
    "transactionid",
    "chatid",
    "chat_id",
    "conversationid",
    "documentid",
    "socketid",
    "socket_id",
    "connectionid",
    "useragent",
    "user_agent",
    "stack",
    "token",
    "threadid",
    "taskid",
];

/// Holders whose `id` has no end.
const HOLDERS: &[&str] = &[
    "user",
    "session",
    "req",
    "request",
    "params",
    "job",
    "message",
    "msg",
    "order",
    "customer",
    "account",
    "socket",
    "ws",
    "connection",
    "client",
    "invoice",
    "payment",
    "document",
    "event",
];

/// The open part of a label's value as the code writes it, and where.
pub fn open_value(cx: &Context<'_>, e: ExprRef) -> Option<(ExprRef, String)> {
    value(cx, e, 0)
}

fn value(cx: &Context<'_>, e: ExprRef, depth: u8) -> Option<(ExprRef, String)> {
    if depth > 8 || !e.id.is_some() {
        return None;
    }
    let f = cx.l.file(e.file);
    let id = f.awaited(e.id);
    let at = e.with(id);
    let inner = |x: ExprId| value(cx, e.with(x), depth + 1);
    match f.expr(id) {
        Expr::Template(parts) => f.exprs_of(parts).find_map(inner),
        Expr::Binary { op: BinOp::Add, left, right } | Expr::Logical { left, right, .. } => {
            inner(left).or_else(|| inner(right))
        }
        Expr::Cond { then, other, .. } => inner(then).or_else(|| inner(other)),
        Expr::Index { object, key } => match spot::method_call(f, object) {
            // `req.url.split('?')[0]` is still the path.
            Some((whole, "split", args)) if matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if f.str(s) == "?") => {
                inner(whole)
            }
            _ => (is_bag(cx, e.with(object)) && matches!(f.expr(key), Expr::Str(_)))
                .then(|| (at, cx.l.text(at))),
        },
        Expr::Call { callee, args } => call(cx, at, callee, args, depth),
        Expr::Member { object, property } => {
            let open = is_open_member(cx, e, object, f.str(property))
                && matches!(cx.l.key_domain(&cx.program.calls, at), Domain::Open(_));
            open.then(|| (at, cx.l.text(at)))
        }
        Expr::Ref(b) => name(cx, at, e.with(b), depth),
        _ => None,
    }
}

fn call(cx: &Context<'_>, at: ExprRef, callee: ExprId, args: List, depth: u8) -> Option<(ExprRef, String)> {
    let f = cx.l.file(at.file);
    let said = || Some((at, cx.l.text(at)));
    let first = f.nth(args, 0);
    match f.expr(f.plain(callee)) {
        Expr::Member { object, property } => match f.str(property) {
            "toString" | "toLowerCase" | "toUpperCase" | "trim" if args.len <= 1 => {
                value(cx, at.with(object), depth + 1)
            }
            "param" | "query"
                if spot::is_request(cx.l, at.with(object)) && matches!(f.expr(first), Expr::Str(_)) =>
            {
                said()
            }
            "randomUUID" | "now" => said(),
            _ => None,
        },
        Expr::Global(g) if matches!(f.str(g), "String" | "encodeURIComponent" | "decodeURIComponent") => {
            value(cx, at.with(first), depth + 1)
        }
        Expr::Ref(b) if matches!(f.name_of(b), "uuid" | "uuidv4" | "nanoid" | "randomUUID") => said(),
        _ => None,
    }
}

/// `req.params`, `req.query`, `req.headers`.
fn is_bag(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    match f.expr(f.awaited(e.id)) {
        Expr::Member { object, property } => {
            matches!(f.str(property), "params" | "query" | "headers")
                && spot::is_request(cx.l, e.with(object))
        }
        _ => false,
    }
}

fn is_open_member(cx: &Context<'_>, e: ExprRef, object: ExprId, property: &str) -> bool {
    let f = cx.l.file(e.file);
    let lower = property.to_ascii_lowercase();
    let holder = match f.expr(f.awaited(object)) {
        Expr::Ref(b) => f.name_of(b),
        Expr::Member { property, .. } => f.str(property),
        _ => "",
    };
    match lower.as_str() {
        "path" => spot::is_request(cx.l, e.with(object)),
        // `routeOptions.url` and `route.path` are patterns.
        "url" => {
            !holder.to_ascii_lowercase().contains("route") && !holder.to_ascii_lowercase().contains("config")
        }
        "id" => HOLDERS.contains(&holder),
        "message" => matches!(holder, "err" | "error" | "e" | "ex" | "exception" | "cause" | "reason"),
        name if OPEN.contains(&name) => true,
        _ => is_bag(cx, e.with(object)),
    }
}

fn name(cx: &Context<'_>, at: ExprRef, b: BindRef, depth: u8) -> Option<(ExprRef, String)> {
    let l = cx.l;
    let Def::Binding(b) = l.import_or_binding(b, 0) else { return None };
    let slot = l.binding(b);
    let text = l.file(b.file).name_of(b.id).to_string();
    if slot.func == FnId::MODULE || l.ix(b.file).loop_of.contains_key(&b.id) {
        return None;
    }
    if slot.kind != BindingKind::Param {
        return if slot.init.is_some() && slot.writes == 0 {
            value(cx, b.with(slot.init), depth + 1)
        } else {
            None
        };
    }
    let &(func, n) = l.ix(b.file).param_of.get(&b.id)?;
    let mut called = false;
    for edge in cx.program.calls.callers(b.with(func)).take(64) {
        let f = l.file(edge.site.file);
        if edge.via != Via::Call || f.role == FileRole::Test {
            continue;
        }
        called = true;
        let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(edge.site.id) else { continue };
        if let Some(found) = value(cx, edge.site.with(f.nth(args, n as usize)), depth + 1) {
            return Some(found);
        }
    }
    let named = OPEN.contains(&text.to_ascii_lowercase().as_str());
    (named && !called && matches!(l.key_domain(&cx.program.calls, at), Domain::Open(_))).then_some((at, text))
}
