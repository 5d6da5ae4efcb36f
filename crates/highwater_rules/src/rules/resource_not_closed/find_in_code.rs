//! Asks of each modelled resource which ways out leave it open.

use highwater_finding::{Assurance, Evidence, HeldBy};
use highwater_program::graph::Rate;
use highwater_program::graph::paths::{Exit, Holder};

use super::remedy;
use crate::judge::acquired::{self, Acquired, Kept};
use crate::judge::{handles, tell};
use crate::{Context, Sink};

const KIND: &str = "resource-not-closed";

/// Why a resource stays open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Nothing closes it.
    Never,
    /// Some ways out do not.
    SomePaths,
    /// The promise is settled elsewhere, and it stays.
    Unsettled,
    /// It is opened though the promise is settled.
    AfterSettled,
}

/// Looks at every resource that is no client.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for a in acquired::all(cx, false) {
        match verdict(cx, &a) {
            Some((why, confidence)) => out.findings.push(finding(cx, &a, why, confidence)),
            None => assure(cx, &a, out),
        }
    }
}

fn verdict(cx: &Context<'_>, a: &Acquired<'_>) -> Option<(Why, u8)> {
    let less: u8 = match a.rate {
        Rate::External if sets_up(cx, a) => 30,
        Rate::External => 10,
        _ => 0,
    };
    if a.paths.has(Exit::AfterSettled) {
        return Some((Why::AfterSettled, 60 - less / 2));
    }
    if a.paths.has(Exit::Settled) && !a.model.self_closing {
        return Some((Why::Unsettled, 75 - less));
    }
    if a.once || a.rate <= Rate::External || a.model.self_closing || a.model.closed_by_hand {
        return None;
    }
    if a.kept == Kept::Dropped && holds_itself(a) {
        return Some((Why::Never, 65));
    }
    if a.kept != Kept::Named || a.paths.uncovered.is_empty() {
        return None;
    }
    let leaves = a.paths.has(Exit::End) || a.paths.has(Exit::Return);
    if a.paths.releases.is_empty() && a.paths.handlers.is_empty() {
        return (leaves && !a.paths.moves && !a.listens).then_some((Why::Never, 80));
    }
    if a.listens {
        return None;
    }
    if leaves || a.paths.has(Exit::Throw) {
        return Some((Why::SomePaths, 75));
    }
    Some((Why::SomePaths, 65))
}

/// A server, or what a function opens that starts something: once, as far as anybody can see.
fn sets_up(cx: &Context<'_>, a: &Acquired<'_>) -> bool {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, cx.l.fn_of(a.site));
    let name = cx.l.fn_name(chain.first).rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    const STARTS: &[&str] = &["start", "listen", "init", "main", "boot", "setup", "launch", "serve"];
    a.model.what.contains("server") || STARTS.iter().any(|w| name.starts_with(w))
}

/// Things that live on though nobody has their handle.
fn holds_itself(a: &Acquired<'_>) -> bool {
    ["watcher", "cron", "scheduled job", "subscription"].iter().any(|w| a.model.what.contains(w))
}

fn finding(cx: &Context<'_>, a: &Acquired<'_>, why: Why, confidence: u8) -> highwater_finding::Finding {
    let what = &a.model.what;
    let name = &a.name;
    let driver = handles::driver(cx, cx.l.fn_of(a.site), a.rate);
    let title = match why {
        Why::Never => {
            format!("`{name}`, {}, is opened on each {driver} and never closed", acquired::with_article(what))
        }
        Why::SomePaths => {
            format!("`{name}`, {}, stays open when control leaves early", acquired::with_article(what))
        }
        Why::Unsettled => {
            format!("`{name}`, {}, stays open when its promise is rejected", acquired::with_article(what))
        }
        Why::AfterSettled => {
            format!(
                "`{name}`, {}, is opened though the promise is settled already",
                acquired::with_article(what)
            )
        }
    };
    let when = match why {
        Why::Never => format!("Every {driver} leaves one open"),
        Why::SomePaths => "Every failure or early return on the way leaves one open".into(),
        Why::Unsettled => "Every attempt that times out or fails leaves one open, with its listeners".into(),
        Why::AfterSettled => "On that way nobody waits for it any more, and nothing closes it".into(),
    };
    let impact = format!(
        "{when}. It keeps its buffers and its descriptor or connection, and what its handlers refer to; \
         a pool runs dry, and a process runs out of descriptors, before memory does."
    );
    let mut evidence = vec![Evidence {
        claim: format!("{} is opened here, {}", acquired::with_article(what), a.rate.phrase()),
        place: Some(cx.l.place_of_expr(a.site)),
    }];
    if a.rate > Rate::External {
        evidence.push(tell::way(cx, cx.l.fn_of(a.site)));
    }
    evidence.extend(acquired::ways_out(cx, a));
    let mut told = tell::finding(
        cx,
        tell::Draft {
            kind: KIND,
            title,
            impact,
            subject: acquired::subject(cx, a),
            at: (a.site.file, cx.l.file(a.site.file).span(a.site.id)),
            rate: a.rate,
            confidence,
            evidence,
            related: acquired::related(cx, a),
        },
    );
    told.remedies = remedy::remedies(cx, a, why);
    told
}

/// Given back in `finally`: worth a word.
fn assure(cx: &Context<'_>, a: &Acquired<'_>, out: &mut Sink) {
    let covered = a.kept == Kept::Named && a.paths.uncovered.is_empty() && a.rate > Rate::External;
    let Some(r) = a.paths.releases.iter().find(|r| cx.l.in_finally(a.site.with(**r))) else { return };
    if !covered || !matches!(highwater_program::graph::paths::holder(cx.l, a.site).0, Holder::Name(_)) {
        return;
    }
    let reason = "closed in `finally`, on every way out".to_string();
    out.assurances.push(Assurance {
        kind: KIND,
        subject: acquired::subject(cx, a),
        place: cx.l.place_of_expr(a.site),
        held_by: HeldBy::PairedRelease,
        evidence: vec![Evidence { claim: reason.clone(), place: Some(cx.l.place_of_expr(a.site.with(*r))) }],
        reason,
    });
}
