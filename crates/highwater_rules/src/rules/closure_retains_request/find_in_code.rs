//! Looks for readers of request bodies that go on at `end` only.

use highwater_finding::{Evidence, Finding, Role, Subject};
use highwater_program::graph::{At, ExprRef, FunRef, Rate};
use highwater_program::ir::*;

use crate::judge::{code, release_remedies, spot, tell};
use crate::{Context, Sink};

/// Reports each reader once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file) || !cx.stays_up(file) {
            continue;
        }
        for i in 1..f.functions.len() {
            if let Some(reader) = reader(cx, At { file, id: FnId(i as u32) }) {
                out.findings.push(tell(cx, &reader));
            }
        }
    }
}

/// A function that waits for the body of a request.
struct Reader {
    func: FunRef,
    /// The `end` registration.
    end: ExprRef,
    /// The continuation that is called at the end.
    next: String,
}

fn reader(cx: &Context<'_>, func: FunRef) -> Option<Reader> {
    let l = cx.l;
    let f = l.file(func.file);
    // `(req, res, next)`.
    let params: Vec<BindingId> = f.params(func.id).collect();
    let (Some(&req), Some(&next)) = (params.first(), params.get(2)) else { return None };
    if params.len() != 3 || !matches!(f.name_of(next), "next" | "done" | "cb" | "callback") {
        return None;
    }
    if !matches!(f.name_of(req), "req" | "request" | "_req") {
        return None;
    }
    let events: Vec<(ExprId, &str)> = spot::calls_in(l, func)
        .filter_map(|c| {
            let (object, name, args) = spot::method_call(f, c)?;
            let on_request = matches!(f.expr(f.plain(object)), Expr::Ref(b) if b == req);
            let Expr::Str(event) = f.expr(f.nth(args, 0)) else { return None };
            (on_request && matches!(name, "on" | "once" | "addListener")).then_some((c, f.str(event)))
        })
        .collect();
    let has = |event: &str| events.iter().any(|(_, e)| *e == event);
    let end = events.iter().find(|(_, e)| *e == "end")?.0;
    let settles_otherwise = has("close")
        || has("aborted")
        || spot::calls_below(l, func).any(|c| {
            spot::called(f, c).is_some_and(|(n, _)| {
                matches!(n, "finished" | "pipeline" | "eos" | "onFinished" | "setTimeout")
            })
        });
    // Newer servers emit `error` when the client hangs up; older ones do not.
    let by_error = has("error") && !is_old_style(f);
    if !has("data") || settles_otherwise || by_error || cx.rate(func) == Rate::Never {
        return None;
    }
    Some(Reader { func, end: func.with(end), next: f.name_of(next).to_string() })
}

/// Code of the time when an aborted request emitted no `error`: it declares with `var` throughout.
fn is_old_style(f: &FileFacts) -> bool {
    let count = |kind: BindingKind| f.bindings.iter().filter(|b| b.kind == kind).count();
    count(BindingKind::Var) > 3 && count(BindingKind::Const) + count(BindingKind::Let) == 0
}

fn tell(cx: &Context<'_>, r: &Reader) -> Finding {
    let name = cx.l.fn_name(r.func);
    let f = cx.l.file(r.func.file);
    let evidence = vec![
        Evidence { claim: format!("`{}` goes on when the body has ended", r.next), place: Some(cx.l.place_of_expr(r.end)) },
        Evidence {
            claim: "a client that hangs up in the middle of the body causes `close` and `aborted`, not `end`; neither is listened to".into(),
            place: None,
        },
    ];
    let finding = spot::moderate(
        cx,
        tell::Draft {
            kind: "closure-retains-request",
            title: format!("`{name}` never calls `{}` when the client hangs up in the middle of the body", r.next),
            impact: "Whatever waits for the request to be done waits for ever: counters of requests in flight, \
                     per-request domains and contexts, timers and locks of earlier handlers keep the request and \
                     its closures."
                .into(),
            subject: Subject { file: f.path.clone(), path: format!("{name} {}", r.next), symbol: r.next.clone(), within: name.clone() },
            at: (r.end.file, f.span(r.end.id)),
            rate: Rate::Request,
            confidence: 60,
            evidence,
            related: vec![tell::related(cx, Role::Release, r.end, "the only way on".into())],
        },
    );
    let remedy = on_close(cx, r);
    release_remedies::with(cx, finding, r.end.file, "one request more with each client that hangs up", remedy)
}

/// `close` comes whichever way the request ends.
fn on_close(cx: &Context<'_>, r: &Reader) -> release_remedies::Move {
    let f = cx.l.file(r.end.file);
    let request = spot::method_call(f, r.end.id).and_then(|(o, ..)| code::of_expr(cx, r.end.with(o), 0));
    let code = request.map(|q| {
        let next = &r.next;
        format!(
            "{q}.once('close', () => {{\n  if (!{q}.complete) {next}(new Error('the client hung up'));\n}});"
        )
    });
    release_remedies::quick(
        format!("Call `{}` with an error when the request closes before its body is complete", r.next),
        "What waits for the request learns that it is over.",
        code.unwrap_or_default(),
        "as many requests as are under way",
    )
}
