//! Findings and assurances about intervals, in full words.

use highwater_finding::{Assurance, Evidence, HeldBy, Related, Role, Subject};
use highwater_program::graph::ExprRef;
use highwater_program::graph::paths::{Endings, Exit, Paths};
use highwater_program::ir::Span;

use super::find_in_code::{Loose, Why};
use super::remedy;
use crate::judge::{handles, tell};
use crate::{Context, Sink};

const KIND: &str = "timer-not-cleared";
/// What `paths` calls the interval's own callback.
pub(super) const OWN: &str = "own callback";

/// Tells of an interval that goes on.
pub(super) fn tell(cx: &Context<'_>, t: &Loose, out: &mut Sink) {
    let func = cx.l.fn_of(t.site);
    let file = cx.l.file(t.site.file);
    let mut evidence = vec![Evidence {
        claim: format!(
            "{} is set here, {}",
            if matches!(t.why, Why::Long(_)) { "a timer" } else { "an interval" },
            t.rate.phrase()
        ),
        place: Some(cx.l.place_of_expr(t.site)),
    }];
    evidence.push(tell::way(cx, func));
    evidence.extend(ways_out(cx, t));
    if t.peer {
        evidence.push(Evidence {
            claim: "its callback holds the request, response or socket, and all that hangs on it".into(),
            place: None,
        });
    }
    let draft = tell::Draft {
        kind: KIND,
        title: title(cx, t),
        impact: impact(cx, t),
        subject: subject(cx, t.site, &t.name),
        at: (t.site.file, file.span(t.site.id)),
        rate: t.rate,
        confidence: confidence(t),
        evidence,
        related: related(cx, t),
    };
    let mut finding = tell::finding(cx, draft);
    finding.remedies = remedy::remedies(cx, t);
    out.findings.push(finding);
}

fn subject(cx: &Context<'_>, site: ExprRef, name: &str) -> Subject {
    Subject {
        file: cx.l.file(site.file).path.clone(),
        path: name.to_string(),
        symbol: name.to_string(),
        within: handles::within(cx, site),
    }
}

fn title(cx: &Context<'_>, t: &Loose) -> String {
    let driver = handles::driver(cx, cx.l.fn_of(t.site), t.rate);
    let name = &t.name;
    match t.why {
        Why::Dropped => {
            format!("each {driver} starts an interval that nothing can clear: its handle is dropped")
        }
        Why::Never => format!("`{name}` ticks for ever: each {driver} sets one and nothing clears it"),
        Why::Gone => format!("`{name}` keeps ticking after the client is gone: only a normal end clears it"),
        Why::Late => format!("`{name}` ticks for ever when the client leaves before anything listens for it"),
        Why::Long(minutes) => {
            format!(
                "each {driver} holds its connection for {minutes} minutes: a timer that nothing clears refers to it"
            )
        }
        Why::Replaced => {
            format!("`{name}` is set again while it may still tick: the interval before it goes on for ever")
        }
        Why::OwnerEnds(end) => {
            format!(
                "an interval of each `{}` goes on after `{}`: nothing clears it",
                owner(cx, t),
                cx.l.fn_name(end)
            )
        }
        Why::OwnerDropped(_) => {
            format!(
                "`{name}` goes on when its `{}` is let go: it is cleared only before it is set again",
                owner(cx, t)
            )
        }
        Why::OnFailure => {
            format!("`{name}` keeps ticking until it fails: nothing clears it when its work is over")
        }
        Why::SomePaths if t.peer => format!(
            "`{name}` keeps ticking when the client disconnects or a write throws: only normal ends clear it"
        ),
        Why::SomePaths => {
            format!("`{name}` is not cleared on every way out: it keeps ticking after a failure")
        }
        Why::DeadHook(of) => {
            let f = cx.l.file(t.site.file);
            let owner = highwater_program::graph::entry::callee_name(f, of).unwrap_or("its owner");
            format!("`{name}` keeps every `{owner}` alive: it is cleared in a close hook that nothing fires")
        }
    }
}

/// The class whose object holds the interval.
fn owner(cx: &Context<'_>, t: &Loose) -> String {
    cx.l.this_class(cx.l.fn_of(t.site))
        .map(|c| cx.l.file(c.file).str(cx.l.class(c).name).to_string())
        .filter(|n| !n.is_empty())
        .unwrap_or_else(|| "object".into())
}

fn impact(cx: &Context<'_>, t: &Loose) -> String {
    let driver = handles::driver(cx, cx.l.fn_of(t.site), t.rate);
    let held = if t.peer {
        "with the request, response or socket that its callback uses"
    } else {
        "with everything that its callback refers to"
    };
    let when = match t.why {
        Why::Dropped | Why::Never | Why::DeadHook(_) | Why::Long(_) => format!("Every {driver} leaves one interval behind"),
        Why::Gone => "Every client that goes away early leaves one interval behind".to_string(),
        Why::Replaced => "Each time it is set again leaves one interval behind".to_string(),
        Why::OwnerEnds(_) | Why::OwnerDropped(_) => {
            format!("Every `{}` that is done leaves one interval behind, and the interval keeps the object", owner(cx, t))
        }
        Why::Late => "A client that leaves in the time before, and a failure in it, leave one interval behind".to_string(),
        Why::OnFailure => format!("Every {driver} whose interval never fails leaves one behind"),
        Why::SomePaths if t.peer => {
            "Every client that goes away at the wrong moment, and every failure on the way, leaves one interval behind".to_string()
        }
        Why::SomePaths => "Every failure on the way leaves one interval behind".to_string(),
    };
    format!(
        "{when}, {held}. Each one also burns processor time at every tick, for as long as the process lives."
    )
}

fn ways_out(cx: &Context<'_>, t: &Loose) -> Vec<Evidence> {
    let mut out = Vec::new();
    for r in &t.paths.releases {
        out.push(Evidence { claim: "cleared here".into(), place: Some(cx.l.place_of_expr(t.site.with(*r))) });
    }
    for h in &t.paths.handlers {
        let hears = match h.hears {
            _ if matches!(t.why, Why::DeadHook(of) if of == h.of) => {
                "fires only when its owner is closed, and no code closes it"
            }
            Endings::NORMAL => "heard only at a normal end",
            Endings::ERROR => "only when it fails",
            Endings::NONE => "no sign that the peer has gone",
            _ => "heard at the end",
        };
        out.push(Evidence {
            claim: format!("`{}` clears it: {hears}", h.event),
            place: Some(cx.l.place_of_expr(t.site.with(h.site))),
        });
    }
    for u in handles::told(&t.paths) {
        let claim = handles::exit_words(cx, t.site.file, &u, &t.name);
        out.push(Evidence { claim, place: Some(cx.l.locate(t.site.file, u.at)) });
    }
    if t.why == Why::SomePaths && t.peer {
        out.push(Evidence {
            claim: "when the client disconnects nothing clears it: no `close` handler is registered on the response or its socket".into(),
            place: Some(cx.l.place_of_expr(t.site)),
        });
    }
    match t.why {
        Why::OwnerEnds(end) => out.push(Evidence {
            claim: format!("`{}` ends the object, and does not clear it", cx.l.fn_name(end)),
            place: Some(cx.l.locate(end.file, head(cx.l.function(end).span))),
        }),
        Why::OwnerDropped(at) => out.push(Evidence {
            claim: "the object is let go here; nothing clears its interval on the way".into(),
            place: Some(cx.l.place_of_expr(at)),
        }),
        Why::Replaced => out.push(Evidence {
            claim: "nothing clears the interval that the field may hold before this one takes its place"
                .into(),
            place: Some(cx.l.place_of_expr(t.site)),
        }),
        _ => {}
    }
    if matches!(t.why, Why::Never | Why::Dropped) {
        out.push(Evidence {
            claim: "no `clearInterval` takes this handle anywhere in the package".into(),
            place: None,
        });
    }
    out
}

/// The first byte.
fn head(span: Span) -> Span {
    Span { start: span.start, end: span.end.min(span.start.saturating_add(1)) }
}

fn related(cx: &Context<'_>, t: &Loose) -> Vec<Related> {
    let mut out = vec![tell::related(cx, Role::Growth, t.site, "set here".into())];
    for r in &t.paths.releases {
        out.push(tell::related(cx, Role::Release, t.site.with(*r), "cleared here".into()));
    }
    for h in &t.paths.handlers {
        out.push(tell::related(cx, Role::Release, t.site.with(h.site), format!("cleared on `{}`", h.event)));
    }
    for u in handles::told(&t.paths) {
        let note = handles::exit_words(cx, t.site.file, &u, &t.name);
        out.push(Related { role: Role::Note, place: cx.l.locate(t.site.file, u.at), note });
    }
    if t.why == Why::SomePaths && t.peer {
        let note = "when the client disconnects nothing clears it: no `close` handler".to_string();
        out.push(tell::related(cx, Role::Note, t.site, note));
    }
    out
}

fn confidence(t: &Loose) -> u8 {
    use highwater_program::graph::Rate;
    let base: u8 = match t.why {
        Why::Dropped | Why::Never | Why::Gone => 85,
        Why::OnFailure => 80,
        Why::DeadHook(_) => 70,
        Why::OwnerDropped(_) => 75,
        Why::Replaced => 70,
        Why::Late => 65,
        Why::OwnerEnds(_) => 64,
        Why::Long(_) => 55,
        Why::SomePaths if t.peer => 85,
        Why::SomePaths if t.paths.has(Exit::End) || t.paths.has(Exit::Return) => 75,
        Why::SomePaths => 70,
    };
    if t.rate == Rate::Tick { base.saturating_sub(15) } else { base }
}

/// An interval of recurring code that is cleared on every way out.
pub(super) fn covered(cx: &Context<'_>, site: ExprRef, name: &str, paths: &Paths, out: &mut Sink) {
    let handler = paths.handlers.iter().find(|h| h.hears.has(Endings::GONE) && h.event != OWN);
    let (reason, at) = match (handler, paths.releases.first()) {
        (Some(h), _) => (format!("`{}` clears it when the peer goes away", h.event), h.site),
        (None, Some(r)) if cx.l.in_finally(site.with(*r)) => {
            ("cleared in `finally`, on every way out".to_string(), *r)
        }
        (None, Some(r)) => ("cleared on every way out".to_string(), *r),
        (None, None) => return,
    };
    out.assurances.push(Assurance {
        kind: KIND,
        subject: subject(cx, site, name),
        place: cx.l.place_of_expr(site),
        held_by: HeldBy::PairedRelease,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(cx.l.place_of_expr(site.with(at))) }],
        reason,
    });
}

/// A timer of which there is one at a time.
pub(super) fn held(
    cx: &Context<'_>,
    site: ExprRef,
    name: &str,
    by: HeldBy,
    release: ExprRef,
    out: &mut Sink,
) {
    let line = cx.l.place_of_expr(release).line;
    let reason = match by {
        HeldBy::PairedRelease => format!("one at a time: cleared at line {line} before it is set again"),
        _ => format!("one for the process, cleared in `{}`", cx.l.fn_name(cx.l.fn_of(release))),
    };
    out.assurances.push(Assurance {
        kind: KIND,
        subject: subject(cx, site, name),
        place: cx.l.place_of_expr(site),
        held_by: by,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(cx.l.place_of_expr(release)) }],
        reason,
    });
}
