//! Intervals that go on ticking after what they were set for is over.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod owned;
mod remedy;
mod words;

/// The card.
pub const CARD: Card = Card {
    id: "timer-not-cleared",
    title: "An interval that goes on ticking after its work is over",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Critical,
    fix_safety: FixSafety::None,
    advice: false,
};
