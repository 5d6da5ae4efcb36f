//! Judging a heap instead of code: the things that may leak, and how they are told. The table `IN_HEAP` says under which
//! rule's name.

mod suspects;
mod tell;

pub use suspects::{Sort, Suspect};

use crate::rules::IN_HEAP;
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
}

/// Judges a heap: every finding, the one with the most bytes first. Places are complete; there are no excerpts and no
/// fingerprints.
pub fn judge_heap(cx: &HeapContext<'_>) -> Vec<Finding> {
    let told = |suspect: &Suspect| {
        let rule = IN_HEAP.iter().find(|rule| rule.of == suspect.sort)?;
        Some(tell::finding(cx, rule.card.id, suspect))
    };
    cx.suspects.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_has_one_rule() {
        for sort in Sort::ALL {
            assert_eq!(IN_HEAP.iter().filter(|rule| rule.of == sort).count(), 1, "{sort:?}");
        }
    }
}
