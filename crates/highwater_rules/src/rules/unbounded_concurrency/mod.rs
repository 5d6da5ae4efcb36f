//! Work that is started as often as it is asked for, at once.

use highwater_finding::{Card, FixSafety, Severity};

mod fan_out;
pub mod find_in_code;
mod retries;

/// The card.
pub const CARD: Card = Card {
    id: "unbounded-concurrency",
    title: "Nothing limits how much of it happens at once",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: true,
};
