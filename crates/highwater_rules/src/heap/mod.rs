//! Judging a heap instead of code: the things that may leak, and how they are told. The table `IN_HEAP` says under which
//! rule's name.

mod steady;
mod suspects;
mod tell;

pub use suspects::{Sort, Suspect};

use crate::rules::IN_HEAP;
use highwater_finding::Finding;
use highwater_heap::{Census, Diff, Named, Sources};

/// What was done between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Work {
    /// Nobody says.
    #[default]
    Unknown,
    /// Each time so many units of it.
    Rounds(u64),
    /// So many requests in each step; what does not grow in proportion to them is not told.
    Requests(Vec<u64>),
}

/// What a rule needs to look into a heap.
pub struct HeapContext<'h> {
    named: &'h Named<'h>,
    sources: &'h dyn Sources,
    work: Work,
    suspects: Vec<Suspect>,
}

impl<'h> HeapContext<'h> {
    /// For snapshots that were compared, and what was done between them.
    pub fn of_diff(named: &'h Named<'h>, diff: &Diff, work: Work, sources: &'h dyn Sources) -> Self {
        let mut suspects = suspects::of_diff(named, diff, &work, sources);
        if let Work::Requests(rounds) = &work {
            suspects.retain_mut(|suspect| {
                let told = steady::per_request(suspect, rounds);
                (suspect.per_request, suspect.even) =
                    told.map_or((None, false), |(rate, even)| (Some(rate), even));
                told.is_some()
            });
        }
        HeapContext { named, sources, work, suspects }
    }

    /// For a single snapshot: what is large and stays. Suspicions with a low confidence.
    pub fn of_census(named: &'h Named<'h>, census: &Census, sources: &'h dyn Sources) -> Self {
        let suspects = suspects::of_census(named, census, sources);
        HeapContext { named, sources, work: Work::Unknown, suspects }
    }
}

impl HeapContext<'_> {
    /// For each finding of [`judge_heap`], in the same order, whether all steps agree on its rate.
    pub fn is_even(&self) -> Vec<bool> {
        self.suspects.iter().map(|suspect| suspect.even).collect()
    }

    /// Bytes that each finding of [`judge_heap`] gained in all steps, in the same order.
    pub fn gained_bytes(&self) -> Vec<u64> {
        self.suspects.iter().map(|suspect| suspect.bytes.iter().sum()).collect()
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
