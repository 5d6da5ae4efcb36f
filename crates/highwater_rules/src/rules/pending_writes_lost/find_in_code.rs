//! Looks for saves that wait for a timer and that no way down of the process reaches.

use highwater_finding::{Assurance, Evidence, Finding, HeldBy, Platform, Role, Subject};
use highwater_program::graph::calls::Via;
use highwater_program::graph::{At, ExprRef, FunRef, Op, OpKind, PlaceId, Rate, entry};
use highwater_program::ir::*;

use crate::judge::releases::is_ending;
use crate::judge::{release_remedies, spot, tell};
use crate::{Context, Sink};

/// Reports each delayed save once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let ends = Ends::of(cx);
    let mut told: Vec<FunRef> = Vec::new();
    for (file, _) in cx.l.iter() {
        let delays = cx.l.ix(file).may_call(&["setInterval", "setTimeout"]);
        if !spot::ships(cx, file) || !delays && cx.l.platform(file) != Platform::Isolate {
            continue;
        }
        for &id in &cx.l.ix(file).calls {
            let call = ExprRef { file, id };
            if cx.l.platform(file) == Platform::Isolate {
                waits_until(cx, call, out);
            } else if cx.l.platform(file) == Platform::Server
                && let Some((handle, save)) = delayed_save(cx, call).or_else(|| buffered_save(cx, call))
                && !ends.reaches(cx, save)
                && !told.contains(&save)
            {
                told.push(save);
                out.findings.push(tell(cx, &ends, call, &handle, save));
            }
        }
    }
}

/// What runs while the process goes down.
struct Ends {
    reached: Vec<bool>,
    /// A handler of SIGTERM or the like, to name it.
    handler: Option<(FunRef, ExprRef)>,
}

impl Ends {
    fn of(cx: &Context<'_>) -> Ends {
        let calls = &cx.program.calls;
        let mut reached = vec![false; calls.len()];
        let mut work: Vec<(u32, u8)> = Vec::new();
        let mut handler = None;
        for e in &calls.entries.list {
            if e.rate == Rate::Shutdown {
                work.push((calls.number(e.func), 0));
                if let (None, Some(site)) = (handler, e.site.filter(|s| handles_signal(cx, *s))) {
                    handler = Some((e.func, site));
                }
            }
        }
        for (file, f) in cx.l.iter() {
            for i in 0..f.functions.len() {
                let func = At { file, id: FnId(i as u32) };
                let name = f.str(f[func.id].name);
                if is_ending(name) || is_hook(name) || cx.l.passed_to(func).is_some_and(|(_, n)| is_hook(n)) {
                    work.push((calls.number(func), 0));
                }
            }
        }
        while let Some((n, depth)) = work.pop() {
            let Some(slot) = reached.get_mut(n as usize) else { continue };
            if std::mem::replace(slot, true) || depth > 8 {
                continue;
            }
            work.extend(
                calls.callees(calls.function(n)).filter(|e| e.via != Via::Escape).map(|e| (e.to, depth + 1)),
            );
        }
        Ends { reached, handler }
    }

    fn reaches(&self, cx: &Context<'_>, func: FunRef) -> bool {
        self.reached.get(cx.program.calls.number(func) as usize).copied().unwrap_or(false)
    }
}

/// `process.on('SIGTERM', ...)` and its like.
fn handles_signal(cx: &Context<'_>, site: ExprRef) -> bool {
    let f = cx.l.file(site.file);
    spot::called(f, site.id).is_some_and(|(_, args)| {
        matches!(f.expr(f.nth(args, 0)), Expr::Str(s) if matches!(f.str(s), "SIGTERM" | "SIGINT" | "beforeExit"))
    })
}

/// Hooks of frameworks that run at the end.
fn is_hook(name: &str) -> bool {
    let name = name.as_bytes();
    let here = |at: usize| {
        HOOKS.iter().any(|w| name.get(at..at + w.len()).is_some_and(|s| s.eq_ignore_ascii_case(w.as_bytes())))
    };
    (0..name.len())
        .any(|at| matches!(name[at].to_ascii_lowercase(), b'a' | b'b' | b'c' | b'g' | b'o') && here(at))
}

const HOOKS: &[&str] = &[
    "onmoduledestroy",
    "onapplicationshutdown",
    "beforeapplicationshutdown",
    "onshutdown",
    "gracefulshutdown",
    "onexit",
    "onclose",
    "addhook",
    "beforeexit",
    "createterminus",
];

/// `handle = setTimeout(() => save(), delay)` in a function that runs again and again: the handle and the save.
fn delayed_save(cx: &Context<'_>, call: ExprRef) -> Option<(PlaceId, FunRef)> {
    let l = cx.l;
    let f = l.file(call.file);
    let (name, args) = spot::called(f, call.id)?;
    if name != "setTimeout" || cx.rate(l.fn_of(call)) < Rate::External {
        return None;
    }
    let parent = l.parent(call)?;
    let Expr::Assign { target, .. } = f.expr(parent.id) else { return None };
    let handle = l.place(call.with(target))?;
    if !cx.lifetimes.of(&handle).is_long() || !handle.path.is_empty() {
        return None;
    }
    let callback = entry::callbacks(l, call.with(f.nth(args, 0)), &[], 0).into_iter().next()?;
    let saves: Vec<FunRef> = callees_near(cx, callback)
        .into_iter()
        .filter(|f| saves_by_name(cx, *f) && writes(cx, *f, depth_of(cx, *f)))
        .collect();
    // A function with a name says more than the callback that calls it.
    let named = saves.iter().find(|f| !cx.l.file(f.file).str(cx.l.function(**f).name).is_empty());
    Some((handle, *named.or(saves.first())?))
}

/// `setInterval(flush, delay)` where `flush` writes and empties what requests or events have gathered.
fn buffered_save(cx: &Context<'_>, call: ExprRef) -> Option<(PlaceId, FunRef)> {
    let l = cx.l;
    let f = l.file(call.file);
    let (name, args) = spot::called(f, call.id)?;
    if name != "setInterval" {
        return None;
    }
    let callback = entry::callbacks(l, call.with(f.nth(args, 0)), &[], 0).into_iter().next()?;
    let gathers = |o: &Op| o.kind.grows() && cx.rate(o.func) >= Rate::Message;
    let near = callees_near(cx, callback);
    near.into_iter().filter(|f| saves_by_name(cx, *f) && writes(cx, *f, 0)).find_map(|save| {
        let empties = |o: &Op| {
            matches!(o.kind, OpKind::Clear | OpKind::Reset | OpKind::RemoveEnd) && l.is_within(o.func, save)
        };
        let found = cx.program.effects.places.iter().find(|(place, ops)| {
            ops.iter().any(empties) && ops.iter().any(gathers) && cx.lifetimes.of(place).is_long()
        })?;
        Some((found.0.clone(), save))
    })
}

/// The function and what it calls at once.
fn callees_near(cx: &Context<'_>, func: FunRef) -> Vec<FunRef> {
    let calls = &cx.program.calls;
    let mut out = vec![func];
    out.extend(calls.callees(func).filter(|e| e.via == Via::Call).map(|e| calls.function(e.to)).take(8));
    out
}

/// A function without a name is a save only when it writes itself.
fn depth_of(cx: &Context<'_>, func: FunRef) -> u8 {
    if cx.l.fn_name(func).contains(' ') { 3 } else { 0 }
}

fn saves_by_name(cx: &Context<'_>, func: FunRef) -> bool {
    let name = cx.l.fn_name(func);
    let n = name.rsplit('.').next().unwrap_or(&name).trim_start_matches(['_', '#']).to_ascii_lowercase();
    n.starts_with("the function")
        || ["save", "persist", "flush", "write", "commit", "store", "sync", "dump"]
            .iter()
            .any(|w| n.contains(w))
}

/// The function, or what it calls, writes something that lasts.
fn writes(cx: &Context<'_>, func: FunRef, depth: u8) -> bool {
    let f = cx.l.file(func.file);
    let lasting = spot::calls_below(cx.l, func).any(|c| {
        spot::called(f, c).is_some_and(|(name, _)| {
            matches!(
                name,
                "writeFile"
                    | "writeFileSync"
                    | "appendFile"
                    | "appendFileSync"
                    | "rename"
                    | "renameSync"
                    | "outputFile"
                    | "outputJson"
                    | "writeJson"
                    | "insertMany"
                    | "bulkWrite"
                    | "createMany"
                    | "upsert"
                    | "bulkCreate"
                    | "updateMany"
                    | "setItem"
                    | "insert"
                    | "bulk"
                    | "batchWrite"
            )
        })
    });
    lasting
        || depth < 3
            && cx
                .program
                .calls
                .callees(func)
                .any(|e| e.via == Via::Call && writes(cx, cx.program.calls.function(e.to), depth + 1))
}

/// A function that would do, and that nothing calls.
fn unused_flush(cx: &Context<'_>, save: FunRef) -> Option<FunRef> {
    let calls = &cx.program.calls;
    let callers: Vec<FunRef> = calls.callers(save).map(|e| calls.function(e.from)).collect();
    callers.into_iter().find(|c| {
        let name = cx.l.fn_name(*c).to_ascii_lowercase();
        name.contains("flush") && calls.callers(*c).next().is_none()
    })
}

fn tell(cx: &Context<'_>, ends: &Ends, call: ExprRef, handle: &PlaceId, save: FunRef) -> Finding {
    let name = cx.l.fn_name(save);
    let handler = ends.handler.map(|(f, site)| (cx.l.fn_name(f), site));
    let title = match &handler {
        Some((h, _)) => {
            format!("Changes that wait for `{name}` are lost at shutdown: `{h}` does not reach it")
        }
        None => format!("Changes that wait for `{name}` are lost at shutdown: nothing handles SIGTERM"),
    };
    let span = cx.l.function(save).span;
    let mut evidence = vec![
        Evidence {
            claim: "a change is written later, when this timer fires".into(),
            place: Some(cx.l.place_of_expr(call)),
        },
        Evidence { claim: format!("`{name}` writes it"), place: Some(cx.l.locate(save.file, span)) },
    ];
    let mut related = vec![tell::related(cx, Role::Growth, call, "the write is put off here".into())];
    match &handler {
        Some((h, site)) => {
            evidence.push(Evidence {
                claim: format!(
                    "`{h}` runs when the process is told to stop, and calls nothing that leads to `{name}`"
                ),
                place: Some(cx.l.place_of_expr(*site)),
            });
            related.push(tell::related(cx, Role::Note, *site, "the way down".into()));
        }
        None => evidence.push(Evidence {
            claim: "no handler of SIGTERM, SIGINT or `beforeExit` is in the code".into(),
            place: None,
        }),
    }
    if let Some(flush) = unused_flush(cx, save) {
        let claim = format!("`{}` would write what is pending, and nothing calls it", cx.l.fn_name(flush));
        evidence.push(Evidence { claim, place: Some(cx.l.locate(flush.file, cx.l.function(flush).span)) });
    }
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "pending-writes-lost",
            title,
            impact:
                "Each deployment and each scaling down stops the process. What was changed since the last \
                     write is gone, though it was acknowledged."
                    .into(),
            subject: tell::subject(cx, handle),
            at: (call.file, cx.l.file(call.file).span(call.id)),
            rate: Rate::External,
            confidence: 72,
            evidence,
            related,
        },
    );
    let remedy = flushed(cx, handler.map(|h| h.0).as_deref(), save);
    release_remedies::with(cx, finding, call.file, "what waits for its write is lost at each stop", remedy)
}

/// Work that is handed to the platform goes on after the answer, and ends.
fn waits_until(cx: &Context<'_>, call: ExprRef, out: &mut Sink) {
    let f = cx.l.file(call.file);
    let Some((_, "waitUntil", args)) = spot::method_call(f, call.id) else { return };
    let func = cx.l.fn_of(call);
    if cx.rate(func) < Rate::Connection {
        return;
    }
    let what = cx.l.text(call.with(f.nth(args, 0)));
    let place = cx.l.place_of_expr(call);
    let reason =
        format!("`{what}` is handed to `waitUntil`, so the platform lets it finish after the answer");
    out.assurances.push(Assurance {
        kind: "pending-writes-lost",
        subject: Subject {
            file: place.file.clone(),
            path: what.clone(),
            symbol: what.trim_end_matches("()").rsplit('.').next().unwrap_or("").into(),
            within: String::new(),
        },
        place: place.clone(),
        held_by: HeldBy::Platform,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(place) }],
        reason,
    });
}

/// The write that is pending is done before the process goes.
fn flushed(cx: &Context<'_>, handler: Option<&str>, save: FunRef) -> release_remedies::Move {
    let flush = unused_flush(cx, save).unwrap_or(save);
    let name = cx.l.fn_name(flush);
    let method = cx.l.this_class(flush).is_some() && cx.l.function(flush).kind == FnKind::Method;
    let call = match name.split_once('.') {
        Some((class, rest)) if method && !name.contains(' ') => {
            let object = crate::judge::options::lower_first(class);
            // Only where some module has it under that name.
            let known = cx
                .l
                .iter()
                .any(|(_, f)| f.bindings.iter().any(|b| b.func == FnId::MODULE && f.str(b.name) == object));
            known.then(|| format!("{object}.{rest}()"))
        }
        _ if name.contains(' ') || method => None,
        _ => Some(format!("{}()", name.rsplit('.').next().unwrap_or(&name))),
    };
    let code = match (call, handler) {
        (None, _) => String::new(),
        (Some(call), Some(h)) => format!("// in `{h}`, before the process ends\nawait {call};"),
        (Some(call), None) => {
            format!("process.once('SIGTERM', async () => {{\n  await {call};\n  process.exit(0);\n}});")
        }
    };
    release_remedies::quick(
        format!("Write what is pending when the process is told to stop: call `{name}`"),
        "Deployments and scaling down no longer lose what was acknowledged.",
        code,
        "nothing is lost at an ordered stop",
    )
}
