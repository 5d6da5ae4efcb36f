//! Stores that a single caller can fill by asking again and again.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod query_limit;

/// The card.
pub const CARD: Card = Card {
    id: "growth-without-quota",
    title: "One caller may create as much as it likes",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: true,
};
