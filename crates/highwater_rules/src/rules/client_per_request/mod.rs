//! Database, queue and HTTP clients that are built once a request instead of once a process.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod remedy;

/// The card.
pub const CARD: Card = Card {
    id: "client-per-request",
    title: "A client with connections of its own, built for each request",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Critical,
    fix_safety: FixSafety::None,
    advice: false,
};
