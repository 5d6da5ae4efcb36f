//! `pending-request-not-removed`: a pending request that stays when no answer comes.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "pending-request-not-removed",
    title: "A pending request that stays when no answer comes",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
