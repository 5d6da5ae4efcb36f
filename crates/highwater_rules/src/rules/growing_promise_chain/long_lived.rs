//! Looks for promises that stay pending for longer than the work that waits for them: each `race` and each `then`
//! leaves a reaction on such a promise, with what it holds, until the promise settles.

use highwater_finding::{Evidence, Finding, Role, Subject};
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::index::{Role as Part, Up};
use highwater_program::graph::{At, Base, ClassRef, ExprRef, FunRef, Life, PlaceId, Rate};
use highwater_program::ir::*;

use crate::judge::listeners::{self, Reach};
use crate::judge::{release_remedies, spot, tell};
use crate::{Context, Sink};

/// A place that adds reactions to a promise that outlives them.
struct Waiting {
    /// The `race` or `then`.
    site: ExprRef,
    /// The promise.
    promise: ExprRef,
    /// Why it outlives the work.
    why: String,
    /// How often, for people.
    often: String,
    /// Per cent.
    confidence: u8,
}

/// Tells each promise of a function once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file) || !cx.stays_up(file) || f.is_component {
            continue;
        }
        let mut told = Vec::new();
        for &c in &cx.l.ix(file).calls {
            let Some(w) = waiting(cx, At { file, id: c }) else { continue };
            let key = (cx.l.fn_of(w.site), cx.l.text(w.promise));
            if !told.contains(&key) {
                out.findings.push(finding(cx, &w));
                told.push(key);
            }
        }
    }
}

fn waiting(cx: &Context<'_>, site: ExprRef) -> Option<Waiting> {
    let f = cx.l.file(site.file);
    let (object, name, args) = spot::method_call(f, site.id)?;
    match name {
        "race" | "any" if matches!(f.expr(f.plain(object)), Expr::Global(g) if f.str(g) == "Promise") => {
            let Expr::Array(sides) = f.expr(f.plain(f.nth(args, 0))) else { return None };
            f.exprs_of(sides).find_map(|s| outlives(cx, site, site.with(f.plain(s)), true))
        }
        "then" | "finally" if !args.is_empty() && is_let_go(cx, site) => {
            outlives(cx, site, site.with(f.plain(object)), false)
        }
        _ => None,
    }
}

/// Nobody waits for what the call gives back.
fn is_let_go(cx: &Context<'_>, call: ExprRef) -> bool {
    let f = cx.l.file(call.file);
    let ix = cx.l.ix(call.file);
    let mut at = call.id;
    loop {
        match ix.up(at) {
            Up::Stmt(s) => return matches!(f.stmts[s.ix()], Stmt::Expr(_)),
            Up::Expr(p) => match f.expr(p) {
                Expr::Member { .. } | Expr::Cast { .. } | Expr::Unary { op: UnOp::Void, .. } => at = p,
                Expr::Call { callee, .. } if callee == at => at = p,
                _ => return false,
            },
            Up::None => return false,
        }
    }
}

fn outlives(cx: &Context<'_>, site: ExprRef, promise: ExprRef, race: bool) -> Option<Waiting> {
    let f = cx.l.file(site.file);
    let name = name_of(f, promise.id).filter(|n| says_end(n))?;
    let func = cx.l.fn_of(site);
    if race && let Some(why) = around_loop(cx, site, promise, name) {
        let often = "in each round of the loop".to_string();
        let confidence = match own_field(cx, promise) {
            Some(_) => 76,
            None if reads_answer(cx, site) => 42,
            None => 62,
        };
        return Some(Waiting { site, promise, why, often, confidence });
    }
    let rate = cx.rate(func);
    if !listeners::work_recurs(cx, func) || waits_for_it(&cx.l.fn_name(listeners::work_of(cx, func))) {
        return None;
    }
    let often = match rate {
        Rate::External => {
            format!("on each call of `{}`", cx.l.fn_name(listeners::work_of(cx, func)))
        }
        r => r.phrase().to_string(),
    };
    let (sure, why) = match own_field(cx, promise) {
        Some(place) => of_instance(cx, func, &place, name)?,
        None => of_others(cx, func, promise, race)?,
    };
    let base = if race { 84.0 } else { 80.0 };
    let confidence = (base * f64::from(sure) / 100.0).round() as u8;
    Some(Waiting { site, promise, why, often, confidence })
}

/// A promise of the module, of the function around, or of the caller.
fn of_others(cx: &Context<'_>, func: FunRef, promise: ExprRef, race: bool) -> Option<(u8, String)> {
    let f = cx.l.file(promise.file);
    let root = promise.with(root_of(f, promise.id)?);
    let Expr::Ref(b) = f.expr(root.id) else { return None };
    let slot = f[b];
    let ours = slot.func != FnId::MODULE
        && listeners::work_of(cx, root.with(slot.func)) == listeners::work_of(cx, func);
    if is_renewed(cx, promise) || ours && slot.kind != BindingKind::Param {
        return None; // made by the work itself
    }
    let given = ours && slot.kind == BindingKind::Param;
    if given && !race && !is_token(&cx.l.text(promise)) {
        return None;
    }
    let e = listeners::life_of(cx, func, if given { promise } else { root }, true);
    (e.reach != Reach::Short && e.sure >= 60).then_some((e.sure, e.why))
}

/// Something by which a caller cancels, for many calls maybe; not the end of one peer.
fn is_token(text: &str) -> bool {
    let n = text.to_ascii_lowercase();
    ["cancel", "abort", "token", "shutdown", "stop"].iter().any(|w| n.contains(w))
}

/// `this.aborted`, `token.promise`: the name that says what it stands for.
fn name_of(f: &FileFacts, e: ExprId) -> Option<&str> {
    match f.expr(f.plain(e)) {
        Expr::Ref(b) => Some(f.name_of(b)),
        Expr::Member { object, property } if f.str(property) == "promise" => name_of(f, object),
        Expr::Member { property, .. } => Some(f.str(property)),
        _ => None,
    }
}

/// A promise of this name settles when something is over, which it mostly is not.
fn says_end(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    const ENDS: &[&str] = &[
        "abort",
        "cancel",
        "stop",
        "closed",
        "closing",
        "shutdown",
        "shuttingdown",
        "terminat",
        "destroyed",
        "disconnect",
        "exited",
        "kill",
        "dispos",
        "died",
    ];
    ENDS.iter().any(|w| n.contains(w))
}

/// A function whose work it is to wait for the end.
fn waits_for_it(name: &str) -> bool {
    let n = name.rsplit('.').next().unwrap_or(name).trim_start_matches(['_', '#']).to_ascii_lowercase();
    ["wait", "run", "start", "stop", "close", "join", "drain", "until"].iter().any(|w| n.starts_with(w))
}

/// The promise was there before a loop without a known end, and each round races against it.
fn around_loop(cx: &Context<'_>, site: ExprRef, promise: ExprRef, name: &str) -> Option<String> {
    let f = cx.l.file(site.file);
    let ix = cx.l.ix(site.file);
    let own = ix.stmt_of(site.id)?;
    let around = ix.enclosing(site.id).into_iter().filter(|(_, r)| *r == Part::Loop).map(|(s, _)| s);
    let outer = std::iter::once(own).chain(around).find(|s| is_open_loop(f, f.stmts[s.ix()]))?;
    let start = f.stmt_spans[outer.ix()].start;
    let root = root_of(f, promise.id)?;
    let before = match f.expr(root) {
        Expr::This => true,
        Expr::Ref(b) => f[b].span.start < start && !is_renewed(cx, promise) && !does_it(f, f[b].init),
        _ => false,
    };
    before.then(|| format!("`{name}` was made before the loop, and is pending for as long as the loop runs"))
}

/// `const reader = (await fetch(url)).body.getReader()`: the loop ends with the answer to one call of this very work.
fn reads_answer(cx: &Context<'_>, race: ExprRef) -> bool {
    let f = cx.l.file(race.file);
    let Expr::Call { args, .. } = f.expr(race.id) else { return false };
    let Expr::Array(sides) = f.expr(f.plain(f.nth(args, 0))) else { return false };
    f.exprs_of(sides).any(|side| {
        let mut at = f.plain(side);
        for _ in 0..12 {
            at = match f.expr(at) {
                Expr::Call { callee, .. } => callee,
                Expr::Member { object, .. } | Expr::Index { object, .. } => object,
                Expr::Cast { value, .. } => value,
                Expr::Await(x) => match f.expr(f.plain(x)) {
                    Expr::Call { .. } => return true,
                    _ => x,
                },
                Expr::Ref(b) if f[b].func != FnId::MODULE && f[b].init.is_some() => f[b].init,
                _ => return false,
            };
        }
        false
    })
}

/// `worker.terminate()`, `stopServer()`: the end is under way, and the promise settles with it.
fn does_it(f: &FileFacts, value: ExprId) -> bool {
    match f.expr(f.awaited(value)) {
        Expr::Call { callee, .. } => callee_name(f, callee).is_some_and(|n| {
            let n = n.trim_start_matches(['_', '#']).to_ascii_lowercase();
            [
                "terminate",
                "stop",
                "close",
                "cancel",
                "abort",
                "kill",
                "disconnect",
                "dispose",
                "shutdown",
                "destroy",
            ]
            .iter()
            .any(|w| n.starts_with(w))
        }),
        _ => false,
    }
}

/// `while (true)`, `while (!stopped)`, `do ... while`, `for (;;)`: not one that counts.
fn is_open_loop(f: &FileFacts, s: Stmt) -> bool {
    let Stmt::Loop { kind, head, .. } = s else { return false };
    let counts = matches!(
        f.expr(f.plain(head)),
        Expr::Binary { op: BinOp::Less | BinOp::LessEq | BinOp::Greater | BinOp::GreaterEq, .. }
    );
    match kind {
        LoopKind::While | LoopKind::DoWhile => !counts,
        LoopKind::For => !head.is_some() || matches!(f.expr(head), Expr::Missing),
        LoopKind::ForOf | LoopKind::ForIn => false,
    }
}

/// The name or `this` at the root of a member path.
fn root_of(f: &FileFacts, mut e: ExprId) -> Option<ExprId> {
    for _ in 0..6 {
        e = f.plain(e);
        match f.expr(e) {
            Expr::Member { object, .. } => e = object,
            Expr::This | Expr::Ref(_) => return Some(e),
            _ => return None,
        }
    }
    None
}

/// The name at the root is given another value now and then: the old promise goes with it.
fn is_renewed(cx: &Context<'_>, promise: ExprRef) -> bool {
    let f = cx.l.file(promise.file);
    root_of(f, promise.id).is_some_and(|r| matches!(f.expr(r), Expr::Ref(b) if f[b].writes > 0))
}

/// `this.closed`, and `this.closed.promise` for the deferred that holds it.
fn own_field(cx: &Context<'_>, promise: ExprRef) -> Option<PlaceId> {
    let f = cx.l.file(promise.file);
    let own = match f.expr(root_of(f, promise.id)?) {
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        e => e == Expr::This,
    };
    if !own {
        return None;
    }
    let mut e = promise.id;
    if let Expr::Member { object, property } = f.expr(e)
        && f.str(property) == "promise"
    {
        e = f.plain(object);
    }
    cx.l.place(promise.with(e)).filter(|p| matches!(p.base, Base::Field(..)) && p.path.is_empty())
}

/// A promise of the instance itself, made with it, and waited for by a method again and again.
fn of_instance(cx: &Context<'_>, func: FunRef, place: &PlaceId, name: &str) -> Option<(u8, String)> {
    let Base::Field(class, _) = &place.base else { return None };
    let makes = |f| is_constructor(cx, listeners::work_of(cx, f), *class);
    if makes(func) || !made_once(cx, *class, place) {
        return None;
    }
    let shown = cx.l.file(class.file).str(cx.l.class(*class).name);
    let sure = match cx.lifetimes.of_class(*class, 0) {
        Life::Process => 88,
        Life::Unknown => 82,
        Life::Entry => 78,
        Life::Call | Life::NotInProduction => return None,
    };
    Some((sure, format!("`{name}` is made with its `{shown}`, and is pending for as long as that lives")))
}

fn is_constructor(cx: &Context<'_>, func: FunRef, class: ClassRef) -> bool {
    matches!(cx.l.function(func).kind, FnKind::Constructor | FnKind::ClassInit)
        || class.file == func.file && cx.l.class(class).from_fn == func.id
}

/// Every value of the field is given by the constructor or the field's initial value.
fn made_once(cx: &Context<'_>, class: ClassRef, place: &PlaceId) -> bool {
    let f = cx.l.file(class.file);
    let Base::Field(_, name) = &place.base else { return false };
    let initial = cx.l.class(class).fields.iter().any(|x| f.str(x.name) == name && x.init.is_some());
    let mut written = initial;
    for &w in &cx.l.ix(class.file).writes {
        let w = class.with(w);
        let Expr::Assign { target, .. } = f.expr(w.id) else { continue };
        if !matches!(f.expr(target), Expr::Member { .. })
            || cx.l.place(w.with(target)).as_ref() != Some(place)
        {
            continue;
        }
        if !is_constructor(cx, listeners::work_of(cx, cx.l.fn_of(w)), class) {
            return false;
        }
        written = true;
    }
    written
}

fn finding(cx: &Context<'_>, w: &Waiting) -> Finding {
    let f = cx.l.file(w.site.file);
    let func = cx.l.fn_of(w.site);
    let text = cx.l.text(w.promise);
    let symbol = name_of(f, w.promise.id).unwrap_or("promise").to_string();
    let evidence = vec![
        tell::way(cx, func),
        Evidence {
            claim: format!("a reaction is added to `{text}` here, {}", w.often),
            place: Some(cx.l.place_of_expr(w.site)),
        },
        Evidence { claim: w.why.clone(), place: Some(cx.l.place_of_expr(w.promise)) },
        Evidence {
            claim: "a promise keeps its reactions until it settles; there is no way to take one back".into(),
            place: None,
        },
    ];
    let finding = spot::moderate(
        cx,
        tell::Draft {
            kind: super::CARD.id,
            title: format!("`{text}` collects a reaction {}: it stays pending, and keeps them all", w.often),
            impact: "Each reaction holds its own promise, the value that the work gave, and what the callback sees. \
                     They stay until the promise settles, which may be never."
                .into(),
            subject: Subject {
                file: f.path.clone(),
                path: text.clone(),
                symbol,
                within: cx.l.fn_name(listeners::work_of(cx, func)),
            },
            at: (w.site.file, f.span(w.promise.id)),
            rate: cx.rate(func),
            confidence: w.confidence,
            evidence,
            related: vec![tell::related(cx, Role::Growth, w.site, format!("added here, {}", w.often))],
        },
    );
    let remedy = listen_instead(&text);
    release_remedies::with(cx, finding, w.site.file, "one reaction more each time", remedy)
}

/// Something that can be let go again.
fn listen_instead(text: &str) -> release_remedies::Move {
    release_remedies::Move {
        title: format!(
            "Wait for what ends `{text}` with a listener that is taken away when the work is done"
        ),
        benefit: "A reaction cannot be taken back from a promise; a listener on an emitter or an abort signal can.",
        code: String::new(),
        after: "one listener for each piece of work that is under way",
        effort: highwater_finding::Effort::Hours,
    }
}
