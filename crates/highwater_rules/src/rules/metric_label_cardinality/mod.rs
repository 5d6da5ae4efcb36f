//! Metrics with label values that have no end.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod open_value;
mod own_store;

/// The card.
pub const CARD: Card = Card {
    id: "metric-label-cardinality",
    title: "A metric that keeps a series for every id, path or message",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
