//! From a registration that is left behind to a finding in full words.

use highwater_finding::{Assurance, Evidence, Finding, HeldBy, Role, Subject};
use highwater_program::graph::{ExprRef, Rate};
use highwater_program::ir::*;

use super::find::event_text;
use super::{Context, Family, Kept, Left, Registration, Why, remedy, unit};
use crate::Sink;
use crate::judge::tell::{self, Draft};

/// Tells every registration of one family.
pub fn tell(cx: &Context<'_>, family: Family, kind: &'static str, out: &mut Sink) {
    for x in cx.listeners.left.iter().filter(|x| x.reg.family == family) {
        out.findings.push(finding(cx, kind, x));
    }
    for k in cx.listeners.kept.iter().filter(|k| k.reg.family == family) {
        out.assurances.push(assurance(cx, kind, k));
    }
}

/// `bus.on("x")`: the registration as people say it.
fn call_text(cx: &Context<'_>, reg: &Registration) -> String {
    let owner = reg.receiver.map(|r| format!("{}.", cx.l.text(r))).unwrap_or_default();
    let event = match reg.event.get().map(|e| cx.l.expr(reg.call.with(e))) {
        Some(Expr::Str(_)) => format!("\"{}\"", event_text(cx, reg.call.with(reg.event))),
        Some(Expr::Ref(_) | Expr::Member { .. }) => event_text(cx, reg.call.with(reg.event)),
        _ => String::new(),
    };
    format!("{owner}{}({event})", reg.verb)
}

/// The name a reader would search for: the emitter's; of `this.on("x")` the event.
fn symbol(cx: &Context<'_>, reg: &Registration) -> String {
    let Some(r) = reg.receiver else { return reg.verb.clone() };
    let f = cx.l.file(r.file);
    let mut at = f.awaited(r.id);
    loop {
        match f.expr(at) {
            Expr::Ref(b) => {
                let name = f.name_of(b);
                // An alias of `this` names nothing.
                if matches!(name, "self" | "that" | "_this" | "me") && reg.event.is_some() {
                    return event_text(cx, reg.call.with(reg.event));
                }
                return name.to_string();
            }
            Expr::Member { property, .. } => return f.str(property).to_string(),
            Expr::Global(g) => return f.str(g).to_string(),
            Expr::Call { callee, .. } => at = callee,
            Expr::Cast { value, .. } => at = value,
            Expr::Index { object, .. } => at = object,
            Expr::This if reg.event.is_some() => return event_text(cx, reg.call.with(reg.event)),
            _ => return reg.verb.clone(),
        }
    }
}

fn subject(cx: &Context<'_>, reg: &Registration) -> Subject {
    Subject {
        file: cx.l.file(reg.call.file).path.clone(),
        path: call_text(cx, reg),
        symbol: symbol(cx, reg),
        within: cx.l.fn_name(unit::of(cx, reg.func)),
    }
}

pub(super) fn thing(family: Family) -> &'static str {
    match family {
        Family::Listener => "listener",
        Family::Abort => "abort listener",
        Family::Subscription => "subscription",
    }
}

/// With its article.
fn a_thing(family: Family) -> &'static str {
    match family {
        Family::Listener => "a listener",
        Family::Abort => "an abort listener",
        Family::Subscription => "a subscription",
    }
}

fn often(cx: &Context<'_>, x: &Left) -> String {
    match x.rate {
        Rate::External => format!("on each call of `{}`", cx.l.fn_name(unit::of(cx, x.reg.func))),
        r => r.phrase().to_string(),
    }
}

fn title(cx: &Context<'_>, x: &Left) -> String {
    let what = call_text(cx, &x.reg);
    let often = often(cx, x);
    match &x.why {
        Why::NoRemoval => format!("`{what}` adds {} {often}, and nothing removes it", a_thing(x.reg.family)),
        Why::HandleDropped => format!(
            "`{what}` subscribes {often}, and nothing undoes it: what the call returns is not used for that"
        ),
        Why::WrongFunction(_, f) => {
            format!(
                "`{what}` adds {} {often}, and its removal names another function ({f})",
                a_thing(x.reg.family)
            )
        }
        Why::Partial(_, how) => format!("`{what}` adds {} {often}: {how}", a_thing(x.reg.family)),
    }
}

fn impact(cx: &Context<'_>, x: &Left) -> String {
    let emitter = x.reg.receiver.map_or_else(|| "The source".to_string(), |r| format!("`{}`", cx.l.text(r)));
    let held = match x.reg.family {
        Family::Abort => "the closure and everything it sees",
        _ => "its closure and everything the closure sees",
    };
    format!(
        "{emitter} keeps each {} with {held} for as long as it lives itself. Memory grows with every call, and each event has to run through all of them.",
        thing(x.reg.family)
    )
}

fn finding(cx: &Context<'_>, kind: &'static str, x: &Left) -> Finding {
    let mut evidence = vec![tell::way(cx, x.reg.func)];
    evidence.push(Evidence {
        claim: format!("`{}` adds the {} here, {}", call_text(cx, &x.reg), thing(x.reg.family), often(cx, x)),
        place: Some(cx.l.place_of_expr(x.reg.call)),
    });
    if !x.emitter.why.is_empty() {
        evidence.push(Evidence {
            claim: x.emitter.why.clone(),
            place: x.reg.receiver.map(|r| cx.l.place_of_expr(r)),
        });
    }
    let (claim, at) = match &x.why {
        Why::NoRemoval if x.reg.once => {
            ("`once` removes it only when the event comes, which it may never do".to_string(), None)
        }
        Why::NoRemoval => ("no removal of it is found for this event".to_string(), None),
        Why::HandleDropped => ("what the call gives back is not kept or called".to_string(), None),
        Why::WrongFunction(at, f) => {
            (format!("the removal names {f}, which is not the function that was added"), Some(*at))
        }
        Why::Partial(at, how) => (how.clone(), *at),
    };
    evidence.push(Evidence { claim: claim.clone(), place: at.map(|a| cx.l.place_of_expr(a)) });
    let mut related =
        vec![tell::related(cx, Role::Growth, x.reg.call, format!("added here, {}", often(cx, x)))];
    related.extend(x.more.iter().map(|m| tell::related(cx, Role::Growth, *m, "so is this one".into())));
    related.extend(at.map(|a| tell::related(cx, Role::Release, a, claim)));
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, x.reg.func);
    related.extend(
        chain.entry_site.map(|s| tell::related(cx, Role::Entry, s, format!("driven by {}", chain.entry))),
    );
    let mut out = tell::finding(
        cx,
        Draft {
            kind,
            title: title(cx, x),
            impact: impact(cx, x),
            subject: subject(cx, &x.reg),
            at: (x.reg.call.file, head(cx, x.reg.call)),
            rate: x.rate,
            confidence: x.confidence,
            evidence,
            related,
        },
    );
    out.remedies = remedy::remedies(cx, x);
    out
}

/// The call from its method name to the end of the event: a handler may be pages long.
fn head(cx: &Context<'_>, call: ExprRef) -> Span {
    let f = cx.l.file(call.file);
    let whole = f.span(call.id);
    let Expr::Call { callee, args } = f.expr(call.id) else { return whole };
    let first = f.span(f.nth(args, 0));
    let callee = f.span(callee);
    let from = if f.line_col(callee.start).0 == f.line_col(callee.end).0 {
        whole.start
    } else {
        callee.end.saturating_sub(1)
    };
    Span { start: from, end: first.end.max(callee.end).min(whole.end).max(from) }
}

fn assurance(cx: &Context<'_>, kind: &'static str, k: &Kept) -> Assurance {
    Assurance {
        kind,
        subject: subject(cx, &k.reg),
        place: cx.l.locate(k.reg.call.file, head(cx, k.reg.call)),
        held_by: HeldBy::PairedRelease,
        reason: k.reason.clone(),
        evidence: k
            .place
            .map(|p| Evidence { claim: k.reason.clone(), place: Some(cx.l.place_of_expr(p)) })
            .into_iter()
            .collect(),
    }
}
