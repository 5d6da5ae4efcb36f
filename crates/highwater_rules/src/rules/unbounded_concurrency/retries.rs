//! Retries with a delay: they end, but nothing limits how many wait at once.

use highwater_finding::{Assurance, Evidence, Finding, HeldBy, Platform, Subject};
use highwater_program::graph::calls::Via;
use highwater_program::graph::{At, ExprRef, FunRef, Rate};
use highwater_program::ir::*;

use crate::judge::{release_remedies, scene, spot, tell};
use crate::{Context, Sink};

/// A retry helper.
struct Retry {
    func: FunRef,
    /// The call of the operation that is tried.
    operation: ExprRef,
    /// The wait between two tries.
    delay: ExprRef,
}

/// Reports each retry helper that anything may wait in, and says of each whether it ends.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (file, _) in cx.l.iter() {
        if !spot::ships(cx, file)
            || !matches!(cx.l.platform(file), Platform::Server | Platform::Function | Platform::Isolate)
        {
            continue;
        }
        for (i, calls) in spot::calls_by_function(cx.l, file).iter().enumerate().skip(1) {
            let Some(retry) = retry(cx, At { file, id: FnId(i as u32) }, calls) else { continue };
            if let Some(limit) = attempts(cx, retry.func) {
                out.assurances.push(ends(cx, &retry, limit));
            }
            if cx.rate(retry.func) >= Rate::Connection && !is_limited(cx, retry.func) {
                out.findings.push(tell(cx, &retry));
            }
        }
    }
}

/// A function with a loop that awaits an operation handed to it, and a delay.
fn retry(cx: &Context<'_>, func: FunRef, calls: &[ExprId]) -> Option<Retry> {
    let l = cx.l;
    let f = l.file(func.file);
    if !f[func.id].is_async {
        return None;
    }
    let in_loop: Vec<ExprId> = calls.iter().copied().filter(|&c| l.in_loop(func.with(c))).collect();
    let operation = in_loop.iter().copied().find(|&c| match f.expr(c) {
        Expr::Call { callee, .. } => match f.expr(f.plain(callee)) {
            Expr::Ref(b) => {
                f[b].kind == BindingKind::Param
                    && l.ix(func.file).param_of.get(&b).is_some_and(|p| p.0 == func.id)
            }
            _ => false,
        },
        _ => false,
    })?;
    let delay = in_loop.iter().copied().find(|&c| is_delay(cx, func.with(c)))?;
    let name = l.fn_name(func).to_ascii_lowercase();
    if !["retr", "attempt", "backoff"].iter().any(|w| name.contains(w)) && attempts(cx, func).is_none() {
        return None;
    }
    Some(Retry { func, operation: func.with(operation), delay: func.with(delay) })
}

/// `await sleep(ms)`, `await new Promise((resolve) => setTimeout(resolve, ms))`.
fn is_delay(cx: &Context<'_>, call: ExprRef) -> bool {
    let f = cx.l.file(call.file);
    let awaited = cx.l.parent(call).is_some_and(|p| matches!(f.expr(p.id), Expr::Await(_)));
    if !awaited {
        return false;
    }
    if let Expr::New { callee, args } = f.expr(call.id) {
        let promise = matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "Promise");
        let Expr::Fn(executor) = f.expr(f.nth(args, 0)) else { return false };
        return promise
            && spot::calls_in(cx.l, call.with(executor))
                .any(|c| spot::called(f, c).is_some_and(|(n, _)| n == "setTimeout"));
    }
    spot::called(f, call.id).is_some_and(|(name, _)| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "sleep" | "delay" | "wait" | "pause" | "settimeout" | "timeout" | "backoff"
        )
    })
}

/// The test that ends the retries: a count that is compared before a throw or return, or in the head of the loop.
fn attempts(cx: &Context<'_>, func: FunRef) -> Option<ExprRef> {
    let l = cx.l;
    let f = l.file(func.file);
    let counts = |e: ExprRef| {
        let Expr::Binary { op, left, right } = f.expr(e.id) else { return false };
        let compared =
            matches!(op, BinOp::Less | BinOp::LessEq | BinOp::Greater | BinOp::GreaterEq | BinOp::Eq);
        compared && [left, right].iter().any(|&x| names_attempts(f, x))
    };
    let span = f[func.id].span;
    f.exprs.iter().enumerate().find_map(|(i, e)| {
        let id = ExprId(i as u32);
        let inside = matches!(e, Expr::Binary { .. })
            && span.contains(f.span(id))
            && l.ix(func.file).fn_of(id) == func.id;
        (inside && counts(func.with(id))).then_some(func.with(id))
    })
}

fn names_attempts(f: &FileFacts, e: ExprId) -> bool {
    let name = match f.expr(f.plain(e)) {
        Expr::Ref(b) => f.name_of(b),
        Expr::Member { property, .. } => f.str(property),
        Expr::Binary { left, .. } => return names_attempts(f, left),
        _ => return false,
    };
    let n = name.to_ascii_lowercase();
    ["attempt", "retr", "tries"].iter().any(|w| n.contains(w))
}

/// The helper, or each way into it, passes something that limits how many run.
fn is_limited(cx: &Context<'_>, func: FunRef) -> bool {
    let l = cx.l;
    let f = l.file(func.file);
    if spot::calls_below(l, func).any(|c| spot::called(f, c).is_some_and(|(n, _)| is_limiter(n))) {
        return true;
    }
    let mut ways = cx.program.calls.callers(func).filter(|e| e.via == Via::Call).peekable();
    ways.peek().is_some()
        && ways.all(|e| {
            let around = cx.program.calls.function(e.from);
            l.passed_to(around).is_some_and(|(call, name)| {
                let g = l.file(call.file);
                let receiver = spot::method_call(g, call.id).map(|(object, ..)| l.text(call.with(object)));
                is_limiter(name)
                    || matches!(name, "run" | "add" | "schedule" | "enqueue" | "execute")
                        && receiver.is_some()
            })
        })
}

fn is_limiter(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    ["limit", "semaphore", "acquire", "throttle", "bottleneck", "mutex", "enqueue"]
        .iter()
        .any(|w| n.contains(w))
}

fn tell(cx: &Context<'_>, retry: &Retry) -> Finding {
    let name = cx.l.fn_name(retry.func);
    let driver = tell::driver(cx, retry.func);
    let symbol = name.rsplit('.').next().unwrap_or(&name).to_string();
    let f = cx.l.file(retry.func.file);
    let evidence = vec![
        Evidence {
            claim: format!("`{}` is tried again and again", cx.l.text(retry.operation)),
            place: Some(cx.l.place_of_expr(retry.operation)),
        },
        Evidence {
            claim: "it waits between two tries, with all that it holds".into(),
            place: Some(cx.l.place_of_expr(retry.delay)),
        },
        tell::way(cx, retry.func),
        Evidence { claim: "no limit, queue or semaphore says how many may wait at once".into(), place: None },
    ];
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "unbounded-concurrency",
            title: format!("Any number of operations may wait in `{name}` for their next try ({driver})"),
            impact: "While what is called is down, every request stays in memory for all of its tries, and the load \
                     on the other side is multiplied. The more traffic, the more of them wait."
                .into(),
            subject: Subject { file: f.path.clone(), path: name, symbol, within: String::new() },
            at: (retry.delay.file, f.span(retry.delay.id)),
            rate: cx.rate(retry.func),
            confidence: 60,
            evidence,
            related: vec![],
        },
    );
    let remedy = limited(cx, retry);
    release_remedies::with(cx, finding, retry.func.file, "any number may wait at once", remedy)
}

fn ends(cx: &Context<'_>, retry: &Retry, test: ExprRef) -> Assurance {
    let name = cx.l.fn_name(retry.func);
    let f = cx.l.file(test.file);
    let (left, right) = match f.expr(test.id) {
        Expr::Binary { left, right, .. } => (left, right),
        _ => (ExprId::NONE, ExprId::NONE),
    };
    let limit = [right, left].into_iter().find_map(|x| spot::number(cx.l, test.with(x)).map(|n| (x, n)));
    let times = match limit {
        Some((x, n)) if !matches!(f.expr(x), Expr::Num(_)) => {
            format!("{} tries at most (`{}`)", spot::grouped(n), cx.l.text(test.with(x)))
        }
        Some((_, n)) => format!("{} tries at most", spot::grouped(n)),
        None => format!("its tries are counted against `{}`", cx.l.text(test.with(right))),
    };
    let reason = format!("its promise always settles: {times}");
    let place = cx.l.locate(retry.func.file, cx.l.function(retry.func).span);
    let symbol = name.rsplit('.').next().unwrap_or(&name).to_string();
    Assurance {
        kind: "growing-promise-chain",
        subject: Subject { file: place.file.clone(), path: name, symbol, within: String::new() },
        place,
        held_by: HeldBy::SizeLimit,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(cx.l.place_of_expr(test)) }],
        reason,
    }
}

fn limited(cx: &Context<'_>, retry: &Retry) -> release_remedies::Move {
    let f = cx.l.file(retry.func.file);
    let (waiting, max) = (scene::fresh(f, "waiting"), "MAX_WAITING");
    let delay = scene::call_text(cx, retry.delay).unwrap_or_else(|| "/* the wait, as now */".into());
    release_remedies::quick(
        format!("Let no more than so many wait in `{}` at once", cx.l.fn_name(retry.func)),
        "While what is called is down, the rest fails at once and tells its caller, who may try later.",
        format!(
            "const {max} = 100;\nlet {waiting} = 0;\n\n// around the wait between two tries\nif ({waiting} >= {max}) throw new Error('too many are waiting for another try');\n{waiting}++;\ntry {{\n  await {delay};\n}} finally {{\n  {waiting}--;\n}}"
        ),
        "at most 100 at once",
    )
}
