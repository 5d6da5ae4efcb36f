//! `session-not-removed`: sessions or connections that stay when the peer is gone.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "session-not-removed",
    title: "Sessions or connections that stay when the peer is gone",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
