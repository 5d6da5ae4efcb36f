//! `expiry-only-on-read`: expired entries that go only when the same key is read again.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "expiry-only-on-read",
    title: "Expired entries that go only when the same key is read again",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
