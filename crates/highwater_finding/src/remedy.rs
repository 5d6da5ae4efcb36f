//! What to do about it.

use crate::Place;

/// How long a remedy takes an engineer who knows the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effort {
    /// Minutes.
    Minutes,
    /// An hour or two.
    Hours,
    /// A day or more.
    Days,
}

impl Effort {
    /// For people: "minutes", "an hour or two", "a day or more".
    pub fn word(self) -> &'static str {
        match self {
            Effort::Minutes => "minutes",
            Effort::Hours => "an hour or two",
            Effort::Days => "a day or more",
        }
    }
}

/// An exact replacement of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced (an empty span inserts).
    pub place: Place,
    /// The new text.
    pub text: String,
}

/// One option to stop the growth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Imperative, one line: "Cap `projects` with an LRU cache".
    pub title: String,
    /// What it buys and what it costs.
    pub benefit: String,
    /// Code for the place at hand, with its real names; empty when words are enough.
    pub code: String,
    /// Language tag of `code`: `ts`, `js`.
    pub language: String,
    /// Memory and time before and after: ("grows with every request, O(1)", "at most 1,000 entries, O(1)").
    pub before_after: Option<(String, String)>,
    /// Effort.
    pub effort: Effort,
    /// Exactly one remedy of a finding is recommended.
    pub recommended: bool,
    /// The exact edits where Highwater can make them.
    pub edits: Vec<Edit>,
}
