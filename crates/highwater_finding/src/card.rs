//! What is known about a kind of leak before any code is read.

use crate::Severity;

/// How safe Highwater's own edit is for this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixSafety {
    /// Behaviour stays the same but for the leak.
    Safe,
    /// Needs a person to look at it.
    NeedsReview,
    /// Highwater does not edit.
    None,
}

/// The card of a rule: its name, title, page and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Kebab-case, named after the leak: `unbounded-map`. Reads well after "ignore".
    pub id: &'static str,
    /// One line: "A map that grows and is never emptied".
    pub title: &'static str,
    /// The rule's page in Markdown.
    pub page: &'static str,
    /// Version that introduced it.
    pub since: &'static str,
    /// Severity when nothing in the code says better or worse.
    pub default_severity: Severity,
    /// Safety of the edit.
    pub fix_safety: FixSafety,
    /// Advice-level rules say what could be better; they never exceed low unless the code proves worse.
    pub advice: bool,
}
