//! Promises that never settle: loops that return the promise of their own next round, and promises of an end that
//! collect the reactions of all the work that races against them.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;
mod long_lived;

/// The card.
pub const CARD: Card = Card {
    id: "growing-promise-chain",
    title: "A promise that never settles, and keeps what waits for it",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
