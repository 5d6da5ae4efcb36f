//! Delayed writes that a shutdown does not wait for.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card.
pub const CARD: Card = Card {
    id: "pending-writes-lost",
    title: "Changes that wait for a timer are lost when the process is told to stop",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: true,
};
