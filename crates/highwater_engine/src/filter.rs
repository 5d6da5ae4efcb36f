//! From what the rules found to what is shown: severities and confidence, suppressions, baseline, `--since`.

use crate::config::Config;
use crate::since::Changes;
use crate::suppress;
use highwater_finding::{Finding, Problem};
use highwater_program::FileFacts;
use rustc_hash::FxHashSet;

/// What decides about showing, beside the comments in the code.
pub struct Filter<'f> {
    /// Severities of the configuration.
    pub config: &'f Config,
    /// Least confidence in per cent.
    pub min_confidence: u8,
    /// Fingerprints that were accepted before.
    pub baseline: Option<FxHashSet<String>>,
    /// What changed, when only that is of interest.
    pub changes: Option<Changes>,
}

/// What remains.
pub struct Filtered {
    /// Findings to show.
    pub shown: Vec<Finding>,
    /// Findings that would be shown without suppression, baseline or `--since`.
    pub hidden: u64,
    /// Fingerprints and subjects for a new baseline: everything but what is suppressed, off or too unsure.
    pub acceptable: Vec<Finding>,
    /// Comments that are wrong.
    pub problems: Vec<Problem>,
}

impl Filter<'_> {
    /// Applies everything in order. `findings` have fingerprints; `known` are the ids of the rules.
    pub fn apply(
        &self,
        files: &[FileFacts],
        findings: Vec<Finding>,
        known: &[&str],
        keep_all: bool,
    ) -> Filtered {
        // Suppressions look at all findings: a comment on an unsure one is not a useless comment.
        let suppressed = suppress::apply(files, &findings, known);
        let mut filtered =
            Filtered { shown: Vec::new(), hidden: 0, acceptable: Vec::new(), problems: suppressed.problems };
        for (mut finding, hidden) in findings.into_iter().zip(suppressed.hidden) {
            if !self.wanted(&mut finding) {
                continue;
            }
            if hidden {
                filtered.hidden += 1;
                continue;
            }
            if keep_all {
                filtered.acceptable.push(finding.clone());
            }
            let accepted = self.baseline.as_ref().is_some_and(|known| known.contains(&finding.fingerprint));
            let untouched = self.changes.as_ref().is_some_and(|changes| !changes.touch(&finding));
            if accepted || untouched {
                filtered.hidden += 1;
            } else {
                filtered.shown.push(finding);
            }
        }
        filtered
    }

    /// Gives the finding the severity that the configuration wants; false when it is off or too unsure.
    fn wanted(&self, finding: &mut Finding) -> bool {
        match self.config.severity.get(finding.kind) {
            Some(None) => return false,
            Some(Some(severity)) => finding.severity = *severity,
            None => {}
        }
        finding.confidence.as_percent() >= self.min_confidence
    }
}
