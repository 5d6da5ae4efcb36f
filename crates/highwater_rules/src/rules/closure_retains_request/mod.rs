//! Body readers that never settle when the client goes away.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card.
pub const CARD: Card = Card {
    id: "closure-retains-request",
    title: "A request that breaks off is waited for without end",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
