//! Where something is: a span of a source file that a person can open.

/// A span in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Path relative to the scanned root, `/` between parts.
    pub file: String,
    /// First line, 1-based.
    pub line: u32,
    /// First column, 1-based, in UTF-16 code units (what editors and SARIF count).
    pub column: u32,
    /// Last line, 1-based.
    pub end_line: u32,
    /// Column after the last character, 1-based.
    pub end_column: u32,
    /// The source lines of the span, without a trailing newline; at most a handful. Empty when unknown.
    pub excerpt: String,
}

impl Place {
    /// `file:line`, the form every terminal makes clickable.
    pub fn short(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// What a related place has to do with the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Where the subject is declared.
    Declaration,
    /// Where it grows.
    Growth,
    /// Where it shrinks or is released.
    Release,
    /// A limit that is checked.
    Bound,
    /// The entry point that drives the growth.
    Entry,
    /// Anything else worth opening.
    Note,
}

impl Role {
    /// One lower-case word for people and machine formats.
    pub fn word(self) -> &'static str {
        match self {
            Role::Declaration => "declaration",
            Role::Growth => "growth",
            Role::Release => "release",
            Role::Bound => "bound",
            Role::Entry => "entry",
            Role::Note => "note",
        }
    }
}

/// A further place of a finding, with its part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Its part.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// A short phrase: "grows here, once per `POST /projects`".
    pub note: String,
}
