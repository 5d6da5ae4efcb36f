//! How a finding is known.

/// How a finding is known. Only the engine's correlation raises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The code says so.
    Suspected,
    /// A heap shows it.
    Observed,
    /// An experiment shows it, with figures.
    Proven,
    /// An experiment exercised it and it did not grow.
    Refuted,
    /// The experiment needs this many more rounds.
    Undecided {
        /// Rounds still missing.
        rounds_missing: u32,
    },
}

impl Verdict {
    /// One lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Suspected => "suspected",
            Verdict::Observed => "observed",
            Verdict::Proven => "proven",
            Verdict::Refuted => "refuted",
            Verdict::Undecided { .. } => "undecided",
        }
    }
}
