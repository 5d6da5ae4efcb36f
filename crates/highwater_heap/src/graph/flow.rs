//! Which references keep something alive, and a walk over them.
//!
//! Two rules. DevTools' rule is the one that users compare figures with: edges that are weak, lead to where they
//! start, or are shortcuts (but from the root) do not count; of the two halves of a weak map's entry the key's counts;
//! and nothing outside of what the page owns keeps what it owns (`computeIsEssentialEdge` in DevTools'
//! `heap_snapshot_worker/HeapSnapshot.ts`). The other rule is reachability alone: every edge but the weak ones counts.

use super::bits::Bits;
use super::{HeapGraph, Sizes};
use crate::kinds::EdgeKind;
use crate::snapshot::PackedEdge;

/// Stands for "none" among numbers of nodes.
pub(super) const NONE: u32 = u32::MAX;

/// Nodes in the order of a depth-first walk over the edges that count.
///
/// The walk starts at the root; what it does not reach hangs on the root as well: first the nodes that no counting edge
/// leads to, with what they reach, then, alone, those that only hold each other.
pub(super) struct Walk {
    /// Nodes by their number in the walk.
    pub(super) order: Vec<u32>,
    /// Number in the walk by node.
    pub(super) number: Vec<u32>,
    /// Number of the node from which each was entered; 0 for the root itself.
    pub(super) parent: Vec<u32>,
    /// How many were walked; the ones after hang on the root, alone.
    pub(super) walked: usize,
}

/// The edges that count, by one of the rules.
pub(super) struct Flow<'a> {
    pub(super) graph: &'a HeapGraph,
    devtools: bool,
    /// What the page owns.
    owned: Bits,
    any_owned: bool,
}

impl<'a> Flow<'a> {
    pub(super) fn new(graph: &'a HeapGraph, sizes: Sizes) -> Flow<'a> {
        let devtools = matches!(sizes, Sizes::DevTools { .. });
        let owned = Bits::new(if devtools { graph.node_count() } else { 0 });
        let mut flow = Flow { graph, devtools, owned, any_owned: false };
        if devtools {
            flow.mark_owned();
        }
        flow
    }

    /// Marks what can be reached from the global objects over anything but weak edges.
    fn mark_owned(&mut self) {
        let graph = self.graph;
        let mut stack = Vec::new();
        for edge in graph.packed(graph.root()) {
            let documents = || {
                let to = edge.target();
                graph.kind(to) == crate::NodeKind::Synthetic && graph.name(to) == "(Document DOM trees)"
            };
            let enters = edge.is(EdgeKind::Shortcut) || edge.is(EdgeKind::Element) && documents();
            if enters && self.owned.add(edge.to) {
                stack.push(edge.to);
            }
        }
        self.any_owned = !stack.is_empty();
        while let Some(node) = stack.pop() {
            for edge in graph.packed(crate::NodeId::new(node)) {
                if !edge.is(EdgeKind::Weak) && self.owned.add(edge.to) {
                    stack.push(edge.to);
                }
            }
        }
    }

    /// Whether nodes are owned by the page; then an edge from outside to inside does not count.
    #[inline]
    pub(super) fn guards(&self, from: u32) -> bool {
        self.any_owned && from != self.graph.decoded.root && !self.owned.has(from)
    }

    /// Whether an edge counts. `guarded` is [`Flow::guards`] of `from`.
    #[inline]
    pub(super) fn counts(&self, from: u32, guarded: bool, edge: PackedEdge) -> bool {
        if edge.is(EdgeKind::Weak) || edge.to == from {
            return false;
        }
        if !self.devtools {
            return true;
        }
        if edge.is(EdgeKind::Internal)
            && let Some(pair) = self.graph.ephemerons.pair(edge)
            && pair.table == self.graph.object_id(crate::NodeId::new(from))
        {
            return false;
        }
        if edge.is(EdgeKind::Shortcut) && from != self.graph.decoded.root {
            return false;
        }
        !(guarded && self.owned.has(edge.to))
    }

    /// Walks everything.
    pub(super) fn walk(&self) -> Walk {
        let count = self.graph.node_count();
        let mut walk = Walk {
            order: Vec::with_capacity(count),
            number: vec![NONE; count],
            parent: Vec::with_capacity(count),
            walked: 0,
        };
        let mut stack = Vec::new();
        let mut seen = Bits::new(count);
        self.walk_from(self.graph.decoded.root, &mut walk, &mut seen, &mut stack);
        if walk.order.len() < count {
            for orphan in self.orphans() {
                if !seen.has(orphan) {
                    self.walk_from(orphan, &mut walk, &mut seen, &mut stack);
                }
            }
        }
        walk.walked = walk.order.len();
        for node in 0..count as u32 {
            if walk.order.len() < count && seen.add(node) {
                walk.number[node as usize] = walk.order.len() as u32;
                walk.order.push(node);
                walk.parent.push(0);
            }
        }
        walk
    }

    /// Nodes that no counting edge leads to.
    fn orphans(&self) -> Vec<u32> {
        let count = self.graph.node_count() as u32;
        let mut held = Bits::new(count as usize);
        for node in 0..count {
            let guarded = self.guards(node);
            for edge in self.graph.packed(crate::NodeId::new(node)) {
                if self.counts(node, guarded, *edge) {
                    held.add(edge.to);
                }
            }
        }
        (0..count).filter(|node| !held.has(*node)).collect()
    }

    /// Walks what can be reached from here and was not seen before; the start hangs on the root.
    fn walk_from(&self, start: u32, walk: &mut Walk, seen: &mut Bits, stack: &mut Vec<(u32, u32, u32)>) {
        let first_edge = &self.graph.decoded.nodes.first_edge;
        let edges = &self.graph.decoded.edges.packed;
        let enter = |node: u32, parent: u32, walk: &mut Walk, stack: &mut Vec<(u32, u32, u32)>| {
            walk.number[node as usize] = walk.order.len() as u32;
            walk.order.push(node);
            walk.parent.push(parent);
            stack.push((node, first_edge[node as usize], first_edge[node as usize + 1]));
        };
        seen.add(start);
        enter(start, 0, walk, stack);
        while let Some((node, next, end)) = stack.last_mut() {
            let from = *node;
            let guarded = self.guards(from);
            let found = loop {
                if next == end {
                    break None;
                }
                let edge = edges[*next as usize];
                *next += 1;
                if !seen.has(edge.to) && self.counts(from, guarded, edge) {
                    break Some(edge.to);
                }
            };
            if let Some(to) = found {
                seen.add(to);
                let parent = walk.number[from as usize];
                enter(to, parent, walk, stack);
            } else {
                stack.pop();
            }
        }
    }
}
