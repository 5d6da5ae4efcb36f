//! x
use highwater_finding::{Card, FixSafety, Severity};
pub mod find_in_code;
/// The card.
pub const CARD: Card = Card { id: "unbounded-collection", title: "t", page: "", since: "0.1.0", default_severity: Severity::Moderate, fix_safety: FixSafety::None, advice: false };
