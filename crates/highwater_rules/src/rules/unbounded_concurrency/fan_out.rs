//! `Promise.all(body.items.map(async ...))`: a request decides how much happens at once.
//! `stream.on('data', async ...)`: the stream does.

use highwater_finding::{Evidence, Finding, Platform, Role, Subject};
use highwater_program::graph::{ExprRef, FunRef, Rate};
use highwater_program::ir::*;

use crate::judge::{code, release_remedies, scene, spot, tell};
use crate::{Context, Sink};

/// Reports each of both forms.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file)
            || !matches!(cx.l.platform(file), Platform::Server | Platform::Function | Platform::Isolate)
            || !cx.l.ix(file).may_call(&["all", "allSettled", "on"])
        {
            continue;
        }
        for &id in &cx.l.ix(file).calls {
            let call = ExprRef { file, id };
            let Some((_, name, args)) = spot::method_call(f, id) else { continue };
            match name {
                "all" | "allSettled" => out.findings.extend(over_body(cx, call, args)),
                "on" => out.findings.extend(per_chunk(cx, call, args)),
                _ => {}
            }
        }
    }
}

fn over_body(cx: &Context<'_>, call: ExprRef, args: List) -> Option<Finding> {
    let l = cx.l;
    let f = l.file(call.file);
    let func = l.fn_of(call);
    if cx.rate(func) != Rate::Request {
        return None;
    }
    let (items, "map", inner) = spot::method_call(f, f.nth(args, 0))? else { return None };
    let Expr::Fn(each) = f.expr(f.plain(f.nth(inner, 0))) else { return None };
    if !awaits_or_calls(cx, f, call.with(each))
        || !from_body(cx, call.with(items), 0)
        || checks_length(cx, func, call.with(items))
    {
        return None;
    }
    let text = l.text(call.with(items));
    let evidence = vec![
        Evidence {
            claim: format!("`{text}` comes from the request, as long as its sender likes"),
            place: Some(l.place_of_expr(call.with(items))),
        },
        Evidence {
            claim: "an operation is started for each element before the first has ended".into(),
            place: Some(l.place_of_expr(call)),
        },
        tell::way(cx, func),
    ];
    Some(draft(
        cx,
        call,
        &text,
        format!(
            "A request starts as many operations at once as `{text}` is long ({})",
            tell::driver(cx, func)
        ),
        evidence,
        in_batches(cx, call, items),
    ))
}

/// The callback does more than work in memory.
fn awaits_or_calls(cx: &Context<'_>, f: &FileFacts, each: FunRef) -> bool {
    f[each.id].is_async
        || cx.l.returns_of(each).into_iter().any(|r| matches!(f.expr(f.plain(r)), Expr::Call { .. }))
}

/// `req.body.items`, `body.items` with `body = await c.req.json()`, and names for them.
fn from_body(cx: &Context<'_>, e: ExprRef, depth: u8) -> bool {
    if depth > 5 {
        return false;
    }
    let l = cx.l;
    let f = l.file(e.file);
    match f.expr(f.awaited(e.id)) {
        Expr::Member { object, property } => {
            f.str(property) == "body" && spot::is_request(l, e.with(object))
                || from_body(cx, e.with(object), depth + 1)
        }
        Expr::Ref(b) => {
            let slot = f[b];
            slot.kind != BindingKind::Param
                && slot.writes == 0
                && slot.init.is_some()
                && from_body(cx, e.with(slot.init), depth + 1)
        }
        Expr::Call { .. } => spot::method_call(f, f.awaited(e.id))
            .is_some_and(|(object, name, _)| name == "json" && spot::is_request(l, e.with(object))),
        _ => false,
    }
}

/// Some comparison in the function looks at the length.
fn checks_length(cx: &Context<'_>, func: FunRef, items: ExprRef) -> bool {
    let f = cx.l.file(func.file);
    let span = f[func.id].span;
    let name = cx.l.text(items);
    f.exprs.iter().enumerate().any(|(i, e)| {
        let Expr::Member { object, property } = e else { return false };
        f.str(*property) == "length"
            && span.contains(f.span(ExprId(i as u32)))
            && cx.l.text(func.with(*object)) == name
            && cx.l.parent(func.with(ExprId(i as u32))).is_some_and(|p| {
                matches!(f.expr(p.id), Expr::Binary { op: BinOp::Greater | BinOp::GreaterEq | BinOp::Less | BinOp::LessEq, right, .. }
                    if spot::number(cx.l, p.with(right)).is_none_or(|n| n > 1.0))
            })
    })
}

fn per_chunk(cx: &Context<'_>, call: ExprRef, args: List) -> Option<Finding> {
    let l = cx.l;
    let f = l.file(call.file);
    let Expr::Str(event) = f.expr(f.nth(args, 0)) else { return None };
    let Expr::Fn(handler) = f.expr(f.plain(f.nth(args, 1))) else { return None };
    if f.str(event) != "data" || !f[handler].is_async || cx.rate(l.fn_of(call)) < Rate::External {
        return None;
    }
    let span = f[handler].span;
    let awaits = f.exprs.iter().zip(&f.spans).any(|(e, s)| matches!(e, Expr::Await(_)) && span.contains(*s));
    let (object, ..) = spot::method_call(f, call.id)?;
    let text = l.text(call.with(object));
    let paused = spot::calls_below(l, l.fn_of(call))
        .any(|c| spot::called(f, c).is_some_and(|(n, _)| matches!(n, "pause" | "cork")));
    if !awaits || paused {
        return None;
    }
    let evidence = vec![
        Evidence {
            claim: format!("`{text}` hands over each chunk and does not wait for the handler"),
            place: Some(l.place_of_expr(call)),
        },
        Evidence {
            claim: "the handler awaits, so chunks pile up while it does; nothing pauses the stream".into(),
            place: None,
        },
    ];
    let title =
        format!("Chunks of `{text}` pile up: each starts an async handler, and nothing pauses the stream");
    Some(draft(cx, call, &text, title, evidence, pulled(cx, call, object)))
}

fn draft(
    cx: &Context<'_>,
    call: ExprRef,
    text: &str,
    title: String,
    evidence: Vec<Evidence>,
    remedy: release_remedies::Move,
) -> Finding {
    let f = cx.l.file(call.file);
    let symbol = text.rsplit('.').next().unwrap_or(text).to_string();
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "unbounded-concurrency",
            title,
            impact: "Memory, sockets and connections for all of them are held at once. One large input is enough to \
                     reach the limit of the process or of what it calls."
                .into(),
            subject: Subject { file: f.path.clone(), path: text.into(), symbol, within: cx.l.fn_name(cx.l.fn_of(call)) },
            at: (call.file, f.span(call.id)),
            rate: cx.rate(cx.l.fn_of(call)),
            confidence: 60,
            evidence,
            related: vec![tell::related(cx, Role::Growth, call, "all are started here".into())],
        },
    );
    release_remedies::with(cx, finding, call.file, "as many at once as the sender likes", remedy)
}

/// A few at a time.
fn in_batches(cx: &Context<'_>, call: ExprRef, items: ExprId) -> release_remedies::Move {
    let items = code::of_expr(cx, call.with(items), 0);
    let depends = cx.l.package(call.file).is_some_and(|p| p.dependencies.iter().any(|d| d == "p-limit"));
    let code = items.map(|items| {
        if depends {
            let limit = scene::fresh(cx.l.file(call.file), "limit");
            return format!("import pLimit from 'p-limit';\n\nconst {limit} = pLimit(10);\nawait Promise.all({items}.map((item) => {limit}(() => /* as now */ item)));");
        }
        format!("for (let i = 0; i < {items}.length; i += 10) {{\n  await Promise.all({items}.slice(i, i + 10).map(/* as now */));\n}}")
    });
    release_remedies::quick(
        "Start a few at a time, and refuse lists that are too long".into(),
        "Memory and connections for ten, however long the list is.",
        code.unwrap_or_default(),
        "ten at once",
    )
}

/// A loop over the stream waits for its body.
fn pulled(cx: &Context<'_>, call: ExprRef, object: ExprId) -> release_remedies::Move {
    let stream = code::of_expr(cx, call.with(object), 0);
    release_remedies::quick(
        "Take the chunks in a loop that waits for each".into(),
        "The stream reads on when the work on the chunk is done; its errors are thrown where the loop is.",
        stream
            .map(|s| format!("for await (const chunk of {s}) {{\n  // the handler's body, as it is\n}}"))
            .unwrap_or_default(),
        "one chunk at a time",
    )
}
