//! What the rules share when they look into a heap instead of into code: the things that may leak, and how they are
//! told. A rule's own `find_in_heap.rs` says which of them are its.

mod suspects;
mod tell;

pub use suspects::{Sort, Suspect};

use crate::Sink;
use highwater_finding::Finding;
use highwater_heap::{Census, Diff, Named, Sources};

/// What a rule needs to look into a heap.
pub struct HeapContext<'h> {
    named: &'h Named<'h>,
    sources: &'h dyn Sources,
    /// Units of work (requests, say) between two snapshots, when they are known.
    rounds: Option<u64>,
    suspects: Vec<Suspect>,
}

impl<'h> HeapContext<'h> {
    /// For snapshots that were compared. `rounds` is how many units of work lay between two of them.
    pub fn of_diff(named: &'h Named<'h>, diff: &Diff, rounds: Option<u64>, sources: &'h dyn Sources) -> Self {
        let suspects = suspects::of_diff(named, diff, sources);
        HeapContext { named, sources, rounds, suspects }
    }

    /// For a single snapshot: what is large and stays. Suspicions with a low confidence.
    pub fn of_census(named: &'h Named<'h>, census: &Census, sources: &'h dyn Sources) -> Self {
        let suspects = suspects::of_census(named, census, sources);
        HeapContext { named, sources, rounds: None, suspects }
    }

    /// What may leak, of one sort, the worst first.
    pub(crate) fn suspects(&self, sort: Sort) -> impl Iterator<Item = &Suspect> {
        self.suspects.iter().filter(move |suspect| suspect.sort == sort)
    }

    /// Tells of a suspect under a rule's name.
    pub(crate) fn tell(&self, kind: &'static str, suspect: &Suspect, sink: &mut Sink) {
        sink.findings.push(tell::finding(self, kind, suspect));
    }
}

/// Judges a heap: every finding, the one with the most bytes first. Places are complete; there are no excerpts and no
/// fingerprints.
pub fn judge_heap(cx: &HeapContext<'_>) -> Vec<Finding> {
    let mut sink = Sink::default();
    for rule in crate::rules::IN_HEAP {
        (rule.find)(cx, &mut sink);
    }
    let weight = |finding: &Finding| {
        let of = |suspect: &&Suspect| suspect.owner.path == finding.subject.path;
        cx.suspects.iter().position(|suspect| of(&suspect))
    };
    sink.findings.sort_by_key(|finding| (weight(finding), finding.kind, finding.place.clone()));
    sink.findings
}
