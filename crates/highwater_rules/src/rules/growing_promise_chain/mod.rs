//! Loops that return the promise of their own next round.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card.
pub const CARD: Card = Card {
    id: "growing-promise-chain",
    title: "A loop whose promise waits for the promise of the next round",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
