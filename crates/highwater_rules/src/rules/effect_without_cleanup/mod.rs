//! Effects and mounted hooks of components that start something and never stop it.

use highwater_finding::{Card, FixSafety, Severity};

mod cleanup;
pub mod find_in_code;
mod registration;

/// The card.
pub const CARD: Card = Card {
    id: "effect-without-cleanup",
    title: "A component starts something when it appears and leaves it running when it goes",
    page: include_str!("doc.md"),
    since: "0.1.0",
    default_severity: Severity::Low,
    fix_safety: FixSafety::None,
    advice: false,
};
