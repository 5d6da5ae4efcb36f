//! How bad, and how sure.

use std::fmt;

/// How bad it is. Decided from lifetime, rate, size and platform, never from the rule alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Acceptable today; worth knowing. Advice lives here.
    Low,
    /// May exhaust memory under high load or over weeks.
    Moderate,
    /// Will exhaust memory in production.
    Critical,
}

impl Severity {
    /// Lower-case word: `low`, `moderate`, `critical`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Moderate => "moderate",
            Severity::Critical => "critical",
        }
    }

    /// What the word promises, in one clause.
    pub fn meaning(self) -> &'static str {
        match self {
            Severity::Low => "acceptable today, worth knowing",
            Severity::Moderate => "may exhaust memory under high load or over a long run",
            Severity::Critical => "will exhaust memory in production",
        }
    }
}

/// A probability in whole per cent: of the findings marked 90, nine in ten must be real.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// From per cent; values above 100 are taken as 100.
    pub fn percent(value: u8) -> Self {
        Confidence(value.min(100))
    }

    /// As whole per cent, 0 to 100.
    pub fn as_percent(self) -> u8 {
        self.0
    }

    /// As a fraction, 0.0 to 1.0.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confidence({})", self.0)
    }
}
