//! One leak, suspected or proven.

use crate::{Confidence, Evidence, Growth, Place, Related, Remedy, Severity, Subject, Verdict};

/// When to act on it: the three parts of an action plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// Before the next deploy.
    Now,
    /// In the next sprint.
    Next,
    /// When the service is next reworked.
    Later,
}

/// One leak. The same type goes through `scan`, `heap`, `prove`, `fix` and `watch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule: `unbounded-map`.
    pub kind: &'static str,
    /// First line of the message; stands alone: "`projects` grows by one entry per `POST /projects` and nothing removes one".
    pub title: String,
    /// Two or three sentences: what happens, to whom, when. No code.
    pub impact: String,
    /// What leaks: the join key.
    pub subject: Subject,
    /// Declaration or registering call.
    pub place: Place,
    /// Every growth site, release, bound and entry point.
    pub related: Vec<Related>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// How known.
    pub verdict: Verdict,
    /// The argument, in order.
    pub evidence: Vec<Evidence>,
    /// How fast, where that makes sense.
    pub growth: Option<Growth>,
    /// Options; exactly one recommended when not empty.
    pub remedies: Vec<Remedy>,
    /// 16 hex digits, stable over line moves. Set by the engine.
    pub fingerprint: String,
}

impl Finding {
    /// When to act, from severity and confidence.
    pub fn when(&self) -> When {
        match self.severity {
            Severity::Critical => When::Now,
            Severity::Moderate if self.confidence.as_percent() >= 50 => When::Next,
            _ => When::Later,
        }
    }
}
