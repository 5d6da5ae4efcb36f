//! The opposite: reads of histories and lists that ask for so many rows and no more.

use highwater_finding::{Assurance, Evidence, HeldBy, Platform, Subject};
use highwater_program::graph::{ExprRef, FunRef, Rate};
use highwater_program::ir::*;

use crate::judge::spot;
use crate::{Context, Sink};

/// Reads larger than this are no assurance.
const ROWS_MAX: f64 = 10_000.0;

/// Says so once for each function that reads with a limit on a request's way.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let mut told: Vec<FunRef> = Vec::new();
    for (file, _) in cx.l.iter() {
        if !spot::ships(cx, file) || matches!(cx.l.platform(file), Platform::Browser | Platform::Cli) {
            continue;
        }
        for &id in &cx.l.ix(file).calls {
            let call = ExprRef { file, id };
            let Some((value, rows)) = limit(cx, call) else { continue };
            let func = named(cx, cx.l.fn_of(call));
            let name = cx.l.fn_name(func);
            if told.contains(&func) || !reads_many(&name) || cx.rate(func) < Rate::Connection {
                continue;
            }
            told.push(func);
            out.assurances.push(assurance(cx, func, name, call, value, rows));
        }
    }
}

/// The named function around an expression's own.
fn named(cx: &Context<'_>, func: FunRef) -> FunRef {
    let f = cx.l.file(func.file);
    let mut at = func.id;
    while f.str(f[at].name).is_empty() && f[at].parent.is_some() && at != FnId::MODULE {
        at = f[at].parent;
    }
    func.with(at)
}

/// Functions whose result would grow with the data.
fn reads_many(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    [
        "history", "recent", "messages", "list", "latest", "newest", "events", "entries", "feed", "timeline",
        "page", "logs",
    ]
    .iter()
    .any(|w| n.contains(w))
}

/// `{ limit: 10 }`, `.limit(10)`, `take: 10`: the expression and its value.
fn limit(cx: &Context<'_>, call: ExprRef) -> Option<(ExprRef, f64)> {
    let f = cx.l.file(call.file);
    let (_, name, args) = spot::method_call(f, call.id)?;
    let value = if matches!(name, "limit" | "take") && args.len == 1 {
        f.nth(args, 0)
    } else {
        f.exprs_of(args)
            .find_map(|a| ["limit", "take", "pageSize", "maxResults"].iter().find_map(|k| f.prop(a, k)))?
    };
    let rows = spot::number(cx.l, call.with(value))?;
    (rows > 0.0 && rows <= ROWS_MAX).then_some((call.with(value), rows))
}

fn assurance(
    cx: &Context<'_>,
    func: FunRef,
    name: String,
    call: ExprRef,
    value: ExprRef,
    rows: f64,
) -> Assurance {
    let f = cx.l.file(func.file);
    let text = match f.expr(f.plain(value.id)) {
        Expr::Num(_) => String::new(),
        _ => format!(" (`{}`)", cx.l.text(value)),
    };
    let by_default = match f.expr(value.id) {
        Expr::Ref(b) => f[b].kind == BindingKind::Param,
        _ => false,
    };
    let unless = if by_default { ", unless the caller asks for more" } else { "" };
    let reason = format!("the query asks for {} rows at most{text}{unless}", spot::grouped(rows));
    let place = cx.l.locate(func.file, cx.l.function(func).span);
    let symbol = name.rsplit('.').next().unwrap_or(&name).to_string();
    Assurance {
        kind: "growth-without-quota",
        subject: Subject { file: place.file.clone(), path: name, symbol, within: String::new() },
        place,
        held_by: HeldBy::QueryLimit,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(cx.l.place_of_expr(call)) }],
        reason,
    }
}
