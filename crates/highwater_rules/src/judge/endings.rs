//! Options that end an entry's life where its work ends: on close, in `finally`, on time-out, by a sweep.

use highwater_finding::{Effort, Platform};
use highwater_program::graph::{Kind, Ty};
use highwater_program::ir::*;

use super::Context;
use super::code::{Names, of_expr};
use super::kinds::words;
use super::options::{choice, lower_first};
use super::releases::{Driver, is_time_name};
use super::remedies::{Choice, is_cache, platform};
use super::retention::Retained;
use super::scene;
use super::wording::dead_sweep;

/// Removal in a handler that is there already, and hears of the end of what the entry stands for.
pub fn in_handler(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if is_cache(cx, r) || !matches!(r.kind, Kind::Map | Kind::Set | Kind::Object) {
        return None;
    }
    let (op, _) = r.grows.first()?;
    let f = cx.l.file(op.site.file);
    let object = super::growth::receiver(f, op)?;
    let within = cx.l.fn_of(op.site);
    let chain = std::iter::successors(Some(within.id), |at| f[*at].parent.get());
    let outermost = chain.take_while(|at| *at != FnId::MODULE).last()?;
    let (call, event) = cx.l.ix(op.site.file).calls_between(f, outermost).iter().find_map(|&c| {
        let Expr::Call { callee, args } = f.expr(c) else { return None };
        let Expr::Member { property, .. } = f.expr(callee) else { return None };
        let Expr::Str(event) = f.expr(f.nth(args, 0)) else { return None };
        let Expr::Fn(handler) = f.expr(f.plain(f.nth(args, 1))) else { return None };
        let ends =
            matches!(f.str(event), "close" | "disconnect" | "end" | "exit" | "disconnecting" | "aborted");
        let registers = matches!(f.str(property), "on" | "once" | "addEventListener");
        let at = op.site.with(handler);
        let near = cx.l.is_within(within, cx.l.fn_of(op.site.with(c))) && !cx.l.is_within(within, at);
        let sees = |e: ExprId| scene::visible(cx, op.site.with(e), at);
        (ends
            && registers
            && near
            && cx.l.fn_of(op.site.with(c)).id != FnId::MODULE
            && sees(object)
            && op.key.is_some()
            && sees(op.key))
        .then(|| (c, f.str(event).to_string()))
    })?;
    let line = cx.l.place_of_expr(op.site.with(call)).line;
    let remove = if r.kind == Kind::Object {
        format!("delete {}[{}];", n.receiver, n.key_code)
    } else {
        format!("{}.delete({});", n.receiver, n.key_code)
    };
    Some(choice(
        format!("Remove the entry of `{}` in the `{event}` handler at line {line}", n.symbol),
        "The handler is there already and hears of the end; memory then follows what is alive.",
        format!("// in the `{event}` handler at line {line}\n{remove}"),
        "as many entries as are alive".into(),
        Effort::Minutes,
    ))
}

/// Removal where the entry's life ends, for places that are no caches.
pub fn remove_at_end(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if is_cache(cx, r) || matches!(r.kind, Kind::Array | Kind::Str) {
        return None;
    }
    let field = n.receiver.starts_with("this.");
    if !field && n.receiver != n.symbol {
        return None;
    }
    let key_type = if n.typed { format!(": {}", n.key) } else { String::new() };
    let head = if field { "" } else { "export function " };
    let remove = if r.kind == Kind::Object {
        format!("delete {}[key];", n.receiver)
    } else {
        format!("{}.delete(key);", n.receiver)
    };
    Some(choice(
        format!("Remove the entry of `{}` when it is no longer needed", n.symbol),
        "Exact: memory follows what is alive. Each way out has to call it, errors and time-outs too.",
        format!("{head}forget{}(key{key_type}) {{\n  {remove}\n}}", n.pascal()),
        "as many entries as are alive".into(),
        Effort::Hours,
    ))
}

/// Calls the sweep that nothing calls.
pub fn call_sweep(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    let name = dead_sweep(cx, r)?;
    let call = match name.split_once('.') {
        Some((class, method)) if !name.contains(' ') => format!("{}.{method}", lower_first(class)),
        _ => name.clone(),
    };
    if call.contains(' ') {
        return sweep(cx, r, n);
    }
    let after = "what has expired goes within a minute; O(n) once a minute".to_string();
    if matches!(platform(cx, n), Platform::Isolate | Platform::Function) {
        let code = format!(
            "let sweptAt = 0;\n\n// where `{}` grows: timers do not outlive a request here\n\
             if (Date.now() - sweptAt > 60_000) {{\n  sweptAt = Date.now();\n  {call}();\n}}",
            n.symbol
        );
        return Some(choice(
            format!("Call `{call}` from time to time where `{}` grows", n.symbol),
            "The sweep exists; it only has to run. Between two sweeps the size is still open: limit it as well.",
            code,
            after,
            Effort::Minutes,
        ));
    }
    Some(choice(
        format!("Call `{call}` on a timer"),
        "The sweep exists; it only has to run. Between two sweeps the size is still open: limit it as well.",
        format!("setInterval(() => {call}(), 60_000).unref();"),
        after,
        Effort::Minutes,
    ))
}

/// A sweep over entries that carry their time.
pub fn sweep(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Map {
        return None;
    }
    let field = time_field(cx, r)?;
    let late = field.to_lowercase().contains("expir") || field.to_lowercase().contains("until");
    let test =
        if late { format!("entry.{field} <= now") } else { format!("now - entry.{field} > 60 * 60 * 1000") };
    Some(choice(
        format!("Sweep `{}` on a timer", n.symbol),
        "Expired entries go whether somebody asks for them or not.",
        format!(
            "setInterval(() => {{\n  const now = Date.now();\n  for (const [key, entry] of {0}) {{\n    if ({test}) {0}.delete(key);\n  }}\n}}, 60_000).unref();",
            n.receiver
        ),
        "what has expired goes within a minute; O(n) once a minute".into(),
        Effort::Minutes,
    ))
}

/// The field of the stored values that says when.
fn time_field(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let (op, _) = r.grows.first()?;
    let f = cx.l.file(op.site.file);
    let mut value = f.plain(op.value);
    if let Expr::Ref(b) = f.expr(value) {
        value = f.plain(f[b].init);
    }
    let Expr::Object(list) = f.expr(value) else { return None };
    let names: Vec<&str> = f
        .props_of(list)
        .filter_map(|p| if let Key::Named(k) = p.key { Some(f.str(k)) } else { None })
        .filter(|k| is_time_name(k))
        .collect();
    names.iter().find(|k| k.to_lowercase().contains("expir")).or(names.first()).map(|k| (*k).to_string())
}

/// The removal that exists, moved into `finally`.
pub fn finally(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind == Kind::Str {
        return None;
    }
    let removal = r
        .releases
        .iter()
        .find(|x| matches!(x.driver, Driver::SuccessOnly | Driver::ErrorOnly))
        .and_then(|x| removal_text(cx, x.op.site));
    let remove = removal.unwrap_or_else(|| match r.kind {
        Kind::Object => format!("delete {}[{}]", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    });
    Some(choice(
        format!("Remove from `{}` in `finally`", n.symbol),
        "Success, error and early return all come past it.",
        format!("try {{\n  // the work as it is\n}} finally {{\n  {remove};\n}}"),
        "as many entries as there is work under way".into(),
        Effort::Minutes,
    ))
}

fn removal_text(cx: &Context<'_>, site: highwater_program::graph::ExprRef) -> Option<String> {
    let f = cx.l.file(site.file);
    match f.expr(site.id) {
        Expr::Call { callee, args } => {
            let callee = of_expr(cx, site.with(callee), 0)?;
            let args: Option<Vec<String>> = f.exprs_of(args).map(|a| of_expr(cx, site.with(a), 0)).collect();
            Some(format!("{callee}({})", args?.join(", ")))
        }
        Expr::Unary { op: UnOp::Delete, value } => {
            Some(format!("delete {}", of_expr(cx, site.with(value), 0)?))
        }
        _ => None,
    }
}

/// Removal when the peer is gone.
pub fn on_close(cx: &Context<'_>, r: &Retained, n: &Names) -> Choice {
    let remove = match r.kind {
        Kind::Object => format!("delete {}[{}]", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    };
    let benefit =
        "Memory follows the peers that are there. Ping them as well: a dead network sends no `close`.";
    let after = "as many entries as there are live peers".to_string();
    match peer_name(cx, r) {
        Some((peer, by_property)) => choice(
            format!("Remove the entry of `{}` when its connection closes", n.symbol),
            benefit,
            if by_property {
                format!("{peer}.onclose = () => {{\n  {remove};\n}};")
            } else {
                format!("{peer}.on('close', () => {{\n  {remove};\n}});")
            },
            after,
            Effort::Minutes,
        ),
        None => choice(
            format!("Remove the entry of `{}` where its session ends, however it ends", n.symbol),
            benefit,
            format!("// where the peer leaves, fails or has been silent for too long\n{remove};"),
            after,
            Effort::Hours,
        ),
    }
}

/// The stored value, or the part of it, that is a connection.
/// True beside it for one that is no emitter and tells of its end through `onclose`.
fn peer_name(cx: &Context<'_>, r: &Retained) -> Option<(String, bool)> {
    let (op, _) = r.grows.first()?;
    let f = cx.l.file(op.site.file);
    let is_peer = |name: &str| {
        words(name).last().is_some_and(|w| {
            matches!(
                w.as_str(),
                "socket"
                    | "ws"
                    | "connection"
                    | "conn"
                    | "res"
                    | "response"
                    | "client"
                    | "transport"
                    | "peer"
                    | "stream"
            )
        })
    };
    let named = |e: ExprId| {
        let text = of_expr(cx, op.site.with(e), 0).filter(|t| is_peer(t.rsplit('.').next().unwrap_or(t)))?;
        let silent = match cx.l.type_of(op.site.with(e)) {
            Ty::Lib(t) => cx.l.model_index.type_model(&cx.l.models, &t).is_some_and(|m| !m.emitter),
            _ => text.to_lowercase().ends_with("transport"),
        };
        Some((text, silent))
    };
    for e in [op.value, op.key].into_iter().filter(|e| e.is_some()) {
        if let Some(name) = named(f.plain(e)) {
            return Some(name);
        }
        if let Expr::Object(list) = f.expr(f.plain(e))
            && let Some(name) = f.props_of(list).find_map(|p| named(p.value))
        {
            return Some(name);
        }
    }
    None
}

/// A time-out beside the growth.
pub fn time_out(r: &Retained, n: &Names) -> Choice {
    let remove = match r.kind {
        Kind::Object => format!("delete {}[{}]", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    };
    choice(
        format!("Give each entry of `{}` a time-out", n.symbol),
        "Nobody waits for ever, and nothing is kept for those who would. Clear the timer when the answer comes, and settle all entries when the connection closes.",
        format!(
            "const timer = setTimeout(() => {{\n  {remove};\n  reject(new Error('no answer within 30 s'));\n}}, 30_000);"
        ),
        "as many entries as requests of the last 30 seconds".into(),
        Effort::Minutes,
    )
}

/// The lock's entry goes when nobody waits for it.
pub fn unlock(r: &Retained, n: &Names) -> Choice {
    let (get, delete) = match r.kind {
        Kind::Object => {
            (format!("{}[{}]", n.receiver, n.key_code), format!("delete {}[{}]", n.receiver, n.key_code))
        }
        _ => {
            (format!("{}.get({})", n.receiver, n.key_code), format!("{}.delete({})", n.receiver, n.key_code))
        }
    };
    let mine = if n.value_code.starts_with("/*") { "mine" } else { &n.value_code };
    choice(
        format!("Take the entry out of `{}` when it is the last", n.symbol),
        "The next waiter has replaced the entry by then; only the last one removes it.",
        format!("try {{\n  await {mine};\n}} finally {{\n  if ({get} === {mine}) {delete};\n}}"),
        "as many entries as there are keys in use".into(),
        Effort::Minutes,
    )
}
