//! What code beside a place can name: the other side of its work, free names, the lines around it.

use highwater_program::graph::{ExprRef, FunRef, Rate, Ty};
use highwater_program::ir::*;

use super::Context;
use super::code::of_expr;
use super::kinds::words;

/// The other side of some work, in scope where the work is done, and how its going is heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What to register on: `res`, `reply.raw`.
    pub name: String,
    hears: Hears,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hears {
    /// `x.once('close', f)`, with the event's name.
    Once(&'static str),
    /// `x.addEventListener('abort', f, { once: true })`, with the event's name.
    Target(&'static str),
    /// `x.onAbort(f)`.
    OnAbort,
}

impl Peer {
    /// The statement that runs a function once the other side has gone.
    pub fn when_gone(&self, function: &str) -> String {
        let name = &self.name;
        match self.hears {
            Hears::Once(event) => format!("{name}.once('{event}', {function});"),
            Hears::Target(event) => {
                format!("{name}.addEventListener('{event}', {function}, {{ once: true }});")
            }
            Hears::OnAbort => format!("{name}.onAbort({function});"),
        }
    }

    /// True when the work's normal end is heard of as well.
    pub fn hears_the_end(&self) -> bool {
        matches!(self.hears, Hears::Once(_) | Hears::Target("close"))
    }
}

/// The peer that a function, or one around it, was given; `not` is what may not be taken.
pub fn peer(cx: &Context<'_>, func: FunRef, not: &str) -> Option<Peer> {
    let f = cx.l.file(func.file);
    let mut at = func;
    for _ in 0..12 {
        if at.id == FnId::MODULE {
            return None;
        }
        let params: Vec<BindingId> = f.params(at.id).collect();
        let mut found: Vec<Peer> = params.iter().filter_map(|&b| of_param(cx, at, b, &params)).collect();
        found.retain(|p| p.name != not);
        found.sort_by_key(|p| !p.hears_the_end());
        if let Some(p) = found.into_iter().next() {
            return Some(p);
        }
        at = at.with(cx.l.function(at).parent);
    }
    None
}

fn of_param(cx: &Context<'_>, func: FunRef, b: BindingId, all: &[BindingId]) -> Option<Peer> {
    let f = cx.l.file(func.file);
    let name = f.name_of(b);
    if name.is_empty() {
        return None;
    }
    let peer = |name: String, hears| Some(Peer { name, hears });
    match cx.l.ty_of_binding(func.with(b), 0) {
        Ty::Lib(t) => match &*t {
            "http.ServerResponse"
            | "express.Response"
            | "next.NextApiResponse"
            | "vercel.Response"
            | "http2.Stream"
            | "ws.WebSocket"
            | "net.Socket"
            | "sockjs.Connection" => peer(name.into(), Hears::Once("close")),
            "socketio.Socket" => peer(name.into(), Hears::Once("disconnect")),
            "fastify.Reply" => peer(format!("{name}.raw"), Hears::Once("close")),
            "koa.Context" => peer(format!("{name}.res"), Hears::Once("close")),
            "WebSocket" => peer(name.into(), Hears::Target("close")),
            "hono.Stream" => peer(name.into(), Hears::OnAbort),
            "hono.Context" => peer(format!("{name}.req.raw.signal"), Hears::Target("abort")),
            "Request" | "next.NextRequest" => peer(format!("{name}.signal"), Hears::Target("abort")),
            "AbortSignal" => peer(name.into(), Hears::Target("abort")),
            _ => None,
        },
        Ty::Unknown if cx.rate(func) >= Rate::Connection => {
            let handler = all.iter().any(|&p| matches!(f.name_of(p), "req" | "request" | "_req"));
            let answers = matches!(name, "res" | "response") && handler && f[b].kind == BindingKind::Param;
            answers.then(|| Peer { name: name.into(), hears: Hears::Once("close") })
        }
        _ => None,
    }
}

/// A name that the file does not use yet: the wanted one, or the wanted one with a number.
pub fn fresh(f: &FileFacts, wanted: &str) -> String {
    let taken = |n: &str| f.bindings.iter().any(|b| f.str(b.name) == n);
    if !taken(wanted) {
        return wanted.to_string();
    }
    (2..20).map(|i| format!("{wanted}{i}")).find(|n| !taken(n)).unwrap_or_else(|| wanted.to_string())
}

/// `message_received`, `"user:left"` as part of a name: `MessageReceived`, `UserLeft`.
pub fn pascal(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    words(&clean).iter().map(|w| super::wording::capital(w)).collect()
}

/// True when every name in an expression can be seen from a function, and means the same there.
pub fn visible(cx: &Context<'_>, e: ExprRef, from: FunRef) -> bool {
    if e.file != from.file {
        return false;
    }
    let f = cx.l.file(e.file);
    let home = cx.l.fn_of(e);
    !cx.l.any_in(e, &|x| match f.expr(x.id) {
        Expr::Ref(b) => !cx.l.is_within(from, from.with(f[b].func)),
        Expr::This | Expr::Super => this_owner(cx, from) != this_owner(cx, home),
        _ => false,
    })
}

/// The function whose `this` a function sees.
pub fn this_owner(cx: &Context<'_>, func: FunRef) -> FnId {
    let f = cx.l.file(func.file);
    let mut at = func.id;
    while at != FnId::MODULE && f[at].kind == FnKind::Arrow && f[at].parent.is_some() {
        at = f[at].parent;
    }
    at
}

/// The function around is `async`.
pub fn is_async(cx: &Context<'_>, e: ExprRef) -> bool {
    cx.l.function(cx.l.fn_of(e)).is_async
}

/// Where the work of a name goes on: from the line after its statement to the last line that mentions it.
pub fn lines_after(cx: &Context<'_>, site: ExprRef, b: BindingId) -> Option<(u32, u32)> {
    let f = cx.l.file(site.file);
    let ix = cx.l.ix(site.file);
    let first = f.line_col(f.span(site.id).end).0 + 1;
    let last = ix.refs(b).iter().map(|r| f.line_col(f.span(*r).end).0).max()?;
    (last >= first).then_some((first, last))
}

/// "line 31 as it is", "lines 31 to 40 as they are".
pub fn as_they_are((first, last): (u32, u32)) -> String {
    if first == last {
        format!("// line {first}, as it is")
    } else {
        format!("// lines {first} to {last}, as they are")
    }
}

/// A function as code: its name, or its head with a stand-in for its body.
pub fn function_text(cx: &Context<'_>, e: ExprRef) -> Option<String> {
    let f = cx.l.file(e.file);
    let Expr::Fn(id) = f.expr(f.plain(e.id)) else { return of_expr(cx, e, 0) };
    let function = f[id];
    let names: Vec<String> = f
        .params(id)
        .map(|b| if f.name_of(b).is_empty() { "{ /* as now */ }".to_string() } else { f.name_of(b).into() })
        .collect();
    let mut params = names.join(", ");
    if function.rest {
        let at = params.rfind(", ").map_or(0, |i| i + 2);
        params.insert_str(at, "...");
    }
    let star = if function.is_async { "async " } else { "" };
    Some(if function.kind == FnKind::Arrow {
        format!("{star}({params}) => {{ /* as now */ }}")
    } else {
        format!("{star}function ({params}) {{ /* as now */ }}")
    })
}

/// A call or `new` as code, with functions, long objects and what cannot be written shortened.
pub fn call_text(cx: &Context<'_>, call: ExprRef) -> Option<String> {
    let f = cx.l.file(call.file);
    let (new, callee, args) = match f.expr(call.id) {
        Expr::Call { callee, args } => ("", callee, args),
        Expr::New { callee, args } => ("new ", callee, args),
        _ => return None,
    };
    let args: Vec<String> = f
        .exprs_of(args)
        .map(|a| function_text(cx, call.with(a)).unwrap_or_else(|| "/* as now */".into()))
        .collect();
    let all_hidden = args.iter().all(|a| a == "/* as now */");
    let args = if all_hidden && !args.is_empty() { "/* as now */".to_string() } else { args.join(", ") };
    Some(format!("{new}{}({args})", of_expr(cx, call.with(callee), 0)?))
}
