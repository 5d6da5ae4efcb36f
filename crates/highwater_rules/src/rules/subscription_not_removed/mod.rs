//! A subscription that nothing ends.

pub mod find_in_code;

use highwater_finding::{Card, FixSafety, Severity};

/// The card.
pub const CARD: Card = Card {
    id: "subscription-not-removed",
    title: "A subscription that nothing ends",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
