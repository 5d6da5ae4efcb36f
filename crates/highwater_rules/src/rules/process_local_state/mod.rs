//! State that keeps a service from running as more than one instance.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card.
pub const CARD: Card = Card {
    id: "process-local-state",
    title: "State of one process that requests write and later requests read",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: true,
};
