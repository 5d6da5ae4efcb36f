//! A listener that is added again and again to something that outlives it.

pub mod find_in_code;

use highwater_finding::{Card, FixSafety, Severity};

/// The card.
pub const CARD: Card = Card {
    id: "listener-not-removed",
    title: "A listener that is added again and again to something that outlives it",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
