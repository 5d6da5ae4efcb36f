//! `string-accumulation`: a string that only gets longer.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: "string-accumulation",
    title: "A string that only gets longer",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
