//! Where the weight lies: the largest subtrees of the dominator tree, and the places where they spread out.

use crate::graph::Dominated;
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use std::cmp::Reverse;

/// A subtree below this part of the heap is not a weight.
const SHARE_MIN: u64 = 200;
/// A node passes its weight on when its large parts have this much of it, in per cent.
const PASSED_ON: u64 = 60;
/// A part is large from this fraction of the whole on.
const PART_MIN: u64 = 16;

/// The points at which memory accumulates, the heaviest first: the walk goes down from the root as long as a few heavy
/// nodes make up most of what a node retains, and stops where that falls apart into many light ones. Several variables
/// of one module are several points, although one context retains them all.
///
/// After the accumulation points in Eclipse Memory Analyzer's leak suspects, which follow a single heavy node.
pub fn accumulations(heap: &Dominated, limit: usize) -> Vec<NodeId> {
    let root = heap.graph().root();
    let least = (heap.retained_size(root) / SHARE_MIN).max(1);
    let mut open = vec![root];
    let mut points = Vec::new();
    // Nodes at least as heavy are few: each level has at most `SHARE_MIN`.
    while let Some(node) = open.pop() {
        let retained = heap.retained_size(node);
        let heavy: Vec<NodeId> = heap.dominated(node).filter(|n| heap.retained_size(*n) >= least).collect();
        let large =
            heavy.iter().map(|n| heap.retained_size(*n)).filter(|bytes| *bytes >= retained / PART_MIN);
        if !is_shown(heap, node) || large.sum::<u64>() >= retained / 100 * PASSED_ON {
            open.extend(heavy);
        } else {
            points.push(holder(heap, node));
        }
    }
    points.sort_unstable_by_key(|node| (Reverse(heap.retained_size(*node)), *node));
    points.dedup();
    points.truncate(limit);
    points
}

/// The map or array that a table belongs to: a table has no name that a person knows.
fn holder(heap: &Dominated, node: NodeId) -> NodeId {
    let graph = heap.graph();
    let is_thing = |node: NodeId| matches!(graph.kind(node), NodeKind::Object | NodeKind::Closure);
    let above = heap.immediate_dominator(node).filter(|above| {
        graph.kind(node) == NodeKind::Array
            && is_thing(*above)
            && heap.retained_size(*above) / 2 <= heap.retained_size(node)
    });
    above.unwrap_or(node)
}

/// Roots and groups of roots are no holders.
fn is_shown(heap: &Dominated, node: NodeId) -> bool {
    heap.graph().kind(node) != NodeKind::Synthetic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Built;
    use crate::kinds::EdgeKind;
    use crate::views::called;

    #[test]
    fn memory_accumulates_in_collections_and_not_in_what_leads_to_them() {
        let mut built = Built::new();
        let context = built.module("file:///srv/app.mjs", 9, 4);
        let leaked = built.child((context, EdgeKind::Context, "leaked"), NodeKind::Object, "Array", 32);
        for at in 0..500 {
            built.child((leaked, EdgeKind::Element, &at.to_string()), NodeKind::Object, "Request", 100);
        }
        let cache = built.child((context, EdgeKind::Context, "cache"), NodeKind::Object, "Cache", 32);
        built.child((cache, EdgeKind::Property, "page"), NodeKind::String, "text", 20_000);
        built.map((context, EdgeKind::Context, "sessions"), 200);
        let heap = built.heap();
        let told: Vec<(String, u64)> = accumulations(&heap, 9)
            .into_iter()
            .map(|node| (called(heap.graph(), node), heap.retained_size(node)))
            .collect();
        assert_eq!(
            told,
            [("Array".to_owned(), 50_032), ("Map".to_owned(), 21_640), ("(string)".to_owned(), 20_000)]
        );
    }
}
