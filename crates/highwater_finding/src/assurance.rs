//! The opposite of a finding: something that looks like a leak and is held.

use crate::{Evidence, Place, Subject};

/// What holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeldBy {
    /// A size limit that is enforced.
    SizeLimit,
    /// A finite set of keys.
    FiniteKeys,
    /// Entries are removed when their work ends, on every path.
    PairedRelease,
    /// A sweep that runs on a schedule or on each write.
    Sweep,
    /// A library that evicts.
    Library,
    /// A weak collection.
    Weak,
    /// Its owner dies with the request, connection or call.
    Lifetime,
    /// Filled at start-up only.
    StartUp,
    /// Replaced or emptied on a regular beat.
    Reset,
    /// Only tests, scripts or tools build it.
    NotInProduction,
    /// The platform: isolates restart, processes exit.
    Platform,
    /// LIMIT in the query, or a page size.
    QueryLimit,
}

impl HeldBy {
    /// Kebab-case word for machine formats.
    pub fn word(self) -> &'static str {
        match self {
            HeldBy::SizeLimit => "size-limit",
            HeldBy::FiniteKeys => "finite-keys",
            HeldBy::PairedRelease => "paired-release",
            HeldBy::Sweep => "sweep",
            HeldBy::Library => "library",
            HeldBy::Weak => "weak",
            HeldBy::Lifetime => "lifetime",
            HeldBy::StartUp => "start-up",
            HeldBy::Reset => "reset",
            HeldBy::NotInProduction => "not-in-production",
            HeldBy::Platform => "platform",
            HeldBy::QueryLimit => "query-limit",
        }
    }
}

/// Something that looks like a leak and is held, with the reason that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assurance {
    /// The rule that would have fired.
    pub kind: &'static str,
    /// The thing.
    pub subject: Subject,
    /// Where it is declared.
    pub place: Place,
    /// What holds it.
    pub held_by: HeldBy,
    /// One sentence: "40 messages at most: `splice` at line 88 runs after each push".
    pub reason: String,
    /// Places to check the reason.
    pub evidence: Vec<Evidence>,
}
