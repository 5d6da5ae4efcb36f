//! A cached result that outlives its age.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card.
pub const CARD: Card = Card {
    id: "stale-cached-result",
    title: "A cached result whose age is looked at only by some of its readers",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: true,
};
