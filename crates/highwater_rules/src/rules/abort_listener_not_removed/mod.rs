//! An abort listener that stays on the signal when the work is done.

pub mod find_in_code;

use highwater_finding::{Card, FixSafety, Severity};

/// The card.
pub const CARD: Card = Card {
    id: "abort-listener-not-removed",
    title: "An abort listener that stays on the signal when the work is done",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
