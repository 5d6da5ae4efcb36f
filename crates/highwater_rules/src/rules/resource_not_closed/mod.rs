//! Streams, sockets, watchers, pool clients and the like that some way out leaves open.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod remedy;

/// The card.
pub const CARD: Card = Card {
    id: "resource-not-closed",
    title: "A stream, socket, pool client or the like that is not closed on every way out",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
