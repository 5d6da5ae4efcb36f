//! Clients that recurring code builds: not closed is a leak, closed is slow.

use highwater_finding::{Evidence, Finding, Platform, Severity};
use highwater_program::graph::Rate;
use highwater_program::graph::paths::Exit;

use super::remedy;
use crate::judge::acquired::{self, Acquired, Kept};
use crate::judge::{handles, tell};
use crate::{Context, Sink};

const KIND: &str = "client-per-request";

/// What becomes of a client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing closes it.
    Left,
    /// Some ways out do not.
    SomePaths,
    /// Closed on every way out: slow, no leak.
    Closed,
}

/// Looks at every client that recurring code builds.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for a in acquired::all(cx, true) {
        // An isolate may not share sockets between requests: there a client per request is right.
        if a.once || a.rate <= Rate::External || cx.l.platform(a.site.file) == Platform::Isolate {
            continue;
        }
        if let Some((fate, confidence)) = fate(&a) {
            // What is closed again only costs time, and a client that cannot be shared has to be made each time.
            if fate == Fate::Closed && !remedy::can_be_shared(cx, &a) {
                continue;
            }
            out.findings.push(finding(cx, &a, fate, confidence));
        }
    }
}

fn fate(a: &Acquired<'_>) -> Option<(Fate, u8)> {
    let less = if a.rate <= Rate::Connection { 10 } else { 0 };
    let (fate, confidence) = match a.kept {
        Kept::Dropped => return None,
        // Only an agent is made to be handed straight on; what else takes a client may own it.
        Kept::Given if a.model.collected => (Fate::Left, 75),
        Kept::Given => return None,
        Kept::Named if a.model.collected && a.paths.releases.is_empty() => (Fate::Left, 75),
        Kept::Named if a.paths.uncovered.is_empty() && a.paths.releases.is_empty() => return None,
        Kept::Named if a.paths.uncovered.is_empty() => (Fate::Closed, 60),
        Kept::Named if a.paths.releases.is_empty() && a.paths.handlers.is_empty() => {
            let leaves = a.paths.has(Exit::End) || a.paths.has(Exit::Return);
            if !leaves || a.paths.moves {
                return None;
            }
            (Fate::Left, if a.listens { 60 } else { 80 })
        }
        Kept::Named => (Fate::SomePaths, 70),
    };
    Some((fate, confidence - less))
}

fn finding(cx: &Context<'_>, a: &Acquired<'_>, fate: Fate, confidence: u8) -> Finding {
    let what = acquired::with_article(&a.model.what);
    let driver = handles::driver(cx, cx.l.fn_of(a.site), a.rate);
    let name = &a.name;
    let (title, impact) = match fate {
        Fate::Left => (
            format!("each {driver} builds {what}, `{name}`, and nothing closes it"),
            format!(
                "Every {driver} leaves one behind, with its connections, buffers and timers. The server on the other \
                 side runs out of connections, usually before this process runs out of memory."
            ),
        ),
        Fate::SomePaths => (
            format!("each {driver} builds {what}, `{name}`, and a failure on the way leaves it open"),
            format!(
                "Every {driver} that fails leaves one behind, with its connections, buffers and timers. And every one \
                 that does not pays for a fresh connection."
            ),
        ),
        Fate::Closed => (
            format!("each {driver} builds {what}, `{name}`, and closes it again"),
            format!(
                "Nothing is left behind, but every {driver} pays for a fresh connection and its garbage."
            ),
        ),
    };
    let mut evidence = vec![
        Evidence {
            claim: format!("{what} is built here, {}", a.rate.phrase()),
            place: Some(cx.l.place_of_expr(a.site)),
        },
        tell::way(cx, cx.l.fn_of(a.site)),
    ];
    if fate != Fate::Closed {
        evidence.extend(acquired::ways_out(cx, a));
    }
    let mut finding = tell::finding(
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
    finding.remedies = remedy::remedies(cx, a, fate == Fate::Closed);
    if fate == Fate::Closed {
        finding.severity = Severity::Low;
    }
    finding
}
