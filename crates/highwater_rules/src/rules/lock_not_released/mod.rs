//! `lock-not-released`: a lock per key that stays when the work is done.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "lock-not-released",
    title: "A lock per key that stays when the work is done",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
