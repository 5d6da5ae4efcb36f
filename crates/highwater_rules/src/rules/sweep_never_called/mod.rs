//! `sweep-never-called`: a collection whose sweep exists and is never called.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "sweep-never-called",
    title: "A collection whose sweep exists and is never called",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
