//! Where the weight lies: the largest subtrees of the dominator tree, and the places where they spread out.

use crate::graph::Dominated;
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use std::cmp::Reverse;

/// A subtree below this part of the heap is not a weight.
const SHARE_MIN: u64 = 200;
/// A node hands its weight on when one that it dominates has this part of it, in per cent.
const HANDED_ON: u64 = 80;

/// What a node dominates immediately, by falling retained size.
pub fn heaviest(heap: &Dominated, node: NodeId, limit: usize) -> (Vec<NodeId>, u64) {
    let mut all: Vec<NodeId> = heap.dominated(node).collect();
    let order = |node: &NodeId| (Reverse(heap.retained_size(*node)), *node);
    let more = all.len().saturating_sub(limit);
    if more > 0 {
        all.select_nth_unstable_by_key(limit, order);
        all.truncate(limit);
    }
    all.sort_unstable_by_key(order);
    (all, more as u64)
}

/// The points at which memory accumulates: going down from the root along what is heavy, the nodes below which no
/// single one has most of the weight. As in Eclipse Memory Analyzer's leak suspects. The heaviest first.
pub fn accumulations(heap: &Dominated, limit: usize) -> Vec<NodeId> {
    let root = heap.graph().root();
    let least = (heap.retained_size(root) / SHARE_MIN).max(1);
    let mut open = vec![root];
    let mut points = Vec::new();
    // Each step goes down one level or ends; heavy nodes on a level are few.
    while let Some(node) = open.pop() {
        let (below, _) = heaviest(heap, node, 64);
        let heavy: Vec<NodeId> = below.into_iter().filter(|n| heap.retained_size(*n) >= least).collect();
        let first = heavy.first().map_or(0, |n| heap.retained_size(*n));
        let through = first * 100 >= heap.retained_size(node) * HANDED_ON;
        if !through && node != root && is_shown(heap, node) {
            points.push(node);
        } else {
            open.extend(heavy);
        }
        if points.len() > 4096 {
            break;
        }
    }
    points.sort_unstable_by_key(|node| (Reverse(heap.retained_size(*node)), *node));
    points.truncate(limit);
    points
}

/// Roots and groups of roots are no holders.
fn is_shown(heap: &Dominated, node: NodeId) -> bool {
    heap.graph().kind(node) != NodeKind::Synthetic
}
