//! Looks for loops by recursion that pass the promise of the next round on: `return loop()`, `then(() => loop())`.

use highwater_finding::{Evidence, Finding, Role, Subject};
use highwater_program::graph::linked::Def;
use highwater_program::graph::{At, ExprRef, FunRef, Rate, Ty};
use highwater_program::ir::*;

use crate::judge::{release_remedies, spot, tell};
use crate::{Context, Sink};

/// Reports each such loop once, and each promise of an end that collects reactions.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    super::long_lived::find(cx, out);
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file) || !cx.stays_up(file) {
            continue;
        }
        let by_function = spot::calls_by_function(cx.l, file);
        for (i, calls) in by_function.iter().enumerate().skip(1) {
            let func = At { file, id: FnId(i as u32) };
            // A method that nothing seems to call may be handed out by a name that is not followed.
            let unreached =
                cx.rate(func) == Rate::Never && f[func.id].kind != FnKind::Method && !is_member(cx, func);
            if unreached || f.is_component {
                continue;
            }
            if let Some((site, how)) = next_round(cx, func, calls) {
                out.findings.push(tell(cx, func, site, how));
            }
        }
    }
}

/// Assigned to a property: a method of the old style.
fn is_member(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let made = cx.l.ix(func.file).fn_expr.get(func.id.ix()).copied().unwrap_or(ExprId::NONE);
    made.is_some()
        && cx.l.parent(func.with(made)).is_some_and(|p| match f.expr(p.id) {
            Expr::Assign { target, .. } => matches!(f.expr(target), Expr::Member { .. }),
            Expr::Object(_) => true,
            _ => false,
        })
}

/// How the next round is tied to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// `return loop()` or `await loop()` at the end of an async function.
    Awaited,
    /// `.then(() => loop())` whose promise is returned.
    Then,
    /// `.then(loop)` of a promise library that keeps where a promise came from.
    Kept,
}

fn next_round(cx: &Context<'_>, func: FunRef, calls: &[ExprId]) -> Option<(ExprRef, How)> {
    let l = cx.l;
    let f = l.file(func.file);
    let slot = f[func.id];
    if slot.is_async && !slot.is_generator {
        let site = calls
            .iter()
            .copied()
            .map(|c| func.with(c))
            .find(|c| calls_itself(cx, *c, func) && is_handed_on(cx, *c))?;
        return (is_endless(cx, site) && !has_other_ends(cx, func)).then_some((site, How::Awaited));
    }
    calls.iter().copied().map(|c| func.with(c)).find_map(|c| {
        let (_, name, args) = spot::method_call(f, c.id)?;
        if name != "then" || !is_endless(cx, c) {
            return None;
        }
        let next = func.with(f.nth(args, 0));
        if keeps_origins(cx, f) && names_itself(cx, next, func) && !sleeps_between(cx, c) {
            return Some((c, How::Kept));
        }
        let Expr::Fn(callback) = f.expr(f.plain(next.id)) else { return None };
        let inner = spot::calls_in(l, func.with(callback))
            .map(|x| func.with(x))
            .find(|x| calls_itself(cx, *x, func))?;
        let passed = is_handed_on(cx, inner) && is_returned(cx, c) && is_endless(cx, inner);
        (passed && !has_other_ends(cx, func) && !has_other_ends(cx, func.with(callback)))
            .then_some((inner, How::Then))
    })
}

/// A call of the function by its name or as `this.name`, with its own parameters or none.
fn calls_itself(cx: &Context<'_>, call: ExprRef, func: FunRef) -> bool {
    let f = cx.l.file(call.file);
    let Expr::Call { callee, args } = f.expr(call.id) else { return false };
    let own: Vec<BindingId> = f.params(func.id).collect();
    let same = f
        .exprs_of(args)
        .all(|a| matches!(f.expr(f.plain(a)), Expr::Ref(b) if own.contains(&b) && f[b].writes == 0));
    same && names_itself(cx, call.with(callee), func)
}

/// `loop`, `this.loop`, `self.loop`, `this.loop.bind(this)`, or a name for one of these.
fn names_itself(cx: &Context<'_>, e: ExprRef, func: FunRef) -> bool {
    let l = cx.l;
    let f = l.file(e.file);
    if l.type_of(e) == Ty::Fn(func) {
        // `other.close()` is the method of another object.
        return match f.expr(f.plain(e.id)) {
            Expr::Member { object, .. } if f[func.id].class.is_some() => match f.expr(f.plain(object)) {
                Expr::Ref(b) => f.expr(f[b].init) == Expr::This || f[b].class.is_some(),
                x => x == Expr::This,
            },
            _ => true,
        };
    }
    match f.expr(f.plain(e.id)) {
        Expr::Call { .. } => spot::method_call(f, e.id)
            .is_some_and(|(object, name, _)| name == "bind" && names_itself(cx, e.with(object), func)),
        Expr::Ref(b) => match l.import_or_binding(e.with(b), 0) {
            Def::Binding(at) if l.binding(at).writes == 0 && at.file == func.file => {
                let init = l.binding(at).init;
                matches!(l.expr(at.with(init)), Expr::Call { .. }) && names_itself(cx, at.with(init), func)
            }
            _ => false,
        },
        // `Queue.prototype.run = function () { this.run() }`.
        Expr::Member { object, property } => {
            let own = f.str(f[func.id].name);
            let on_this = matches!(f.expr(f.plain(object)), Expr::This);
            on_this
                && f.str(property) == own
                && !own.is_empty()
                && l.this_class(func).is_none_or(|c| l.method(c, own, 0).is_none_or(|m| m == func))
        }
        _ => false,
    }
}

/// The promise of the call is returned or awaited where it stands.
fn is_handed_on(cx: &Context<'_>, call: ExprRef) -> bool {
    use highwater_program::graph::index::Up;
    let f = cx.l.file(call.file);
    let ix = cx.l.ix(call.file);
    let mut at = call.id;
    loop {
        match ix.up(at) {
            Up::Stmt(s) => {
                return match f.stmts[s.ix()] {
                    Stmt::Return(_) => true,
                    Stmt::Expr(e) => matches!(f.expr(e), Expr::Await(_)),
                    _ => false,
                };
            }
            Up::Expr(p) => match f.expr(p) {
                Expr::Await(_) | Expr::Cast { .. } => at = p,
                Expr::Cond { test, .. } if test != at => at = p,
                _ => return false,
            },
            Up::None => return false,
        }
    }
}

/// The chain that a `then` belongs to is returned.
fn is_returned(cx: &Context<'_>, call: ExprRef) -> bool {
    use highwater_program::graph::index::Up;
    let f = cx.l.file(call.file);
    let ix = cx.l.ix(call.file);
    let mut at = call.id;
    loop {
        match ix.up(at) {
            Up::Stmt(s) => return matches!(f.stmts[s.ix()], Stmt::Return(_)),
            Up::Expr(p) => match f.expr(p) {
                Expr::Member { .. } | Expr::Await(_) | Expr::Cast { .. } => at = p,
                Expr::Call { callee, .. } if callee == at => at = p,
                _ => return false,
            },
            Up::None => return false,
        }
    }
}

/// Nothing but a stop flag decides whether there is a next round.
fn is_endless(cx: &Context<'_>, e: ExprRef) -> bool {
    !cx.l.in_loop(e) && !cx.l.in_catch(e) && cx.l.guards(e).iter().all(|(t, _)| is_stop_flag(cx, e.with(*t)))
}

/// `closed`, `this.stopped`, `!running`, `signal.aborted`, `this.lastError`.
fn is_stop_flag(cx: &Context<'_>, test: ExprRef) -> bool {
    let f = cx.l.file(test.file);
    match f.expr(f.plain(test.id)) {
        Expr::Unary { op: UnOp::Not, value } => is_stop_flag(cx, test.with(value)),
        Expr::Logical { left, right, .. } => {
            is_stop_flag(cx, test.with(left)) && is_stop_flag(cx, test.with(right))
        }
        Expr::Member { property, .. } => says_stop(f.str(property)),
        Expr::Ref(b) => says_stop(f.name_of(b)),
        _ => false,
    }
}

fn says_stop(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    [
        "stop", "clos", "run", "abort", "shut", "alive", "destroy", "exit", "quit", "terminat", "dispos",
        "active", "enabled",
    ]
    .iter()
    .any(|w| n.contains(w))
        || n.ends_with("error")
}

/// A return under a condition other than a stop flag, or a throw: the loop may end by its work.
fn has_other_ends(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let ix = cx.l.ix(func.file);
    f.stmts.iter().enumerate().any(|(i, s)| {
        let id = StmtId(i as u32);
        let value = match s {
            Stmt::Return(e) | Stmt::Throw(e) => *e,
            _ => return false,
        };
        if ix.fn_of_stmt(id) != func.id {
            return false;
        }
        if value.is_some()
            && matches!(s, Stmt::Return(_))
            && cx.l.any_in(func.with(value), &|x| calls_itself(cx, x, func))
        {
            return false;
        }
        let mut at = id;
        while let Some((up, _)) = ix.stmt_up(at) {
            if let Stmt::If { test, .. } = f.stmts[up.ix()]
                && !is_stop_flag(cx, func.with(test))
            {
                return true;
            }
            at = up;
        }
        matches!(s, Stmt::Throw(_))
    })
}

/// The file makes its promises with a library that keeps the origin of each for its long stack traces.
fn keeps_origins(cx: &Context<'_>, f: &FileFacts) -> bool {
    let mut packages = cx.l.models.iter().filter(|m| m.keeps_origins).flat_map(|m| &m.packages);
    packages.any(|p| f.sources.iter().any(|&s| f.str(s) == p))
}

/// The chain starts anew from the event loop.
fn sleeps_between(cx: &Context<'_>, call: ExprRef) -> bool {
    matches!(cx.l.callback_of(call), Some((_, "nextTick" | "setImmediate" | "setTimeout")))
}

fn tell(cx: &Context<'_>, func: FunRef, site: ExprRef, how: How) -> Finding {
    let name = cx.l.fn_name(func);
    let symbol = name.rsplit('.').next().unwrap_or(&name).to_string();
    let f = cx.l.file(func.file);
    let (tied, confidence) = match how {
        How::Awaited => ("each round waits for the promise of the next one before its own settles", 72),
        How::Then => {
            ("each round returns the promise of the next one from `then`, so its own never settles", 75)
        }
        How::Kept => (
            "each round continues the chain of the round before, and the promise library keeps where it came from",
            55,
        ),
    };
    let evidence = vec![
        Evidence {
            claim: format!("`{name}` calls itself for its next round"),
            place: Some(cx.l.place_of_expr(site)),
        },
        Evidence { claim: tied.into(), place: Some(cx.l.place_of_expr(site)) },
        Evidence { claim: "nothing but a stop flag ends it".into(), place: None },
    ];
    let finding = spot::moderate(
        cx,
        tell::Draft {
            kind: "growing-promise-chain",
            title: format!("`{name}` never ends its promise: every round adds one that waits for the next"),
            impact: "All rounds since the start stay in memory, each with its promise and what its closure holds. \
                     The loop runs for as long as the process, so the chain grows for as long."
                .into(),
            subject: Subject { file: f.path.clone(), path: name, symbol, within: String::new() },
            at: (func.file, declared(f, func)),
            rate: cx.rate(func).max(Rate::Tick),
            confidence,
            evidence,
            related: vec![tell::related(cx, Role::Growth, site, "the next round".into())],
        },
    );
    let remedy = as_loop(cx, func, site);
    release_remedies::with(cx, finding, func.file, "one promise more with each round", remedy)
}

/// The first line of a function.
fn declared(f: &FileFacts, func: FunRef) -> Span {
    let span = f[func.id].span;
    Span { start: span.start, end: span.end.min(span.start.saturating_add(1)) }
}

/// A loop in place of the call of itself.
fn as_loop(cx: &Context<'_>, func: FunRef, site: ExprRef) -> release_remedies::Move {
    let name = cx.l.fn_name(func);
    let line = cx.l.place_of_expr(site).line;
    let short = name.rsplit('.').next().unwrap_or(&name).to_string();
    let plain = !short.contains(' ');
    let word = if cx.l.function(func).kind == FnKind::Method { "" } else { "function " };
    let head = if plain { format!("async {word}{short}(/* as now */)") } else { "async () =>".into() };
    release_remedies::quick(
        format!("Make `{name}` a loop that awaits each round"),
        "A round's promise is done before the next one begins; the flag that stops it stays the condition.",
        format!(
            "{head} {{\n  for (;;) {{\n    // one round with `await`, and without the call at line {line}; the stop flag breaks\n  }}\n}}"
        ),
        "one promise",
    )
}
