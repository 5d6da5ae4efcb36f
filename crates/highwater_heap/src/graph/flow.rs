//! Which references keep something alive, and a walk over them.
//!
//! Two rules. DevTools' rule is the one that users compare figures with: edges that are weak, lead to where they
//! start, or are shortcuts (but from the root) do not count; of the two halves of a weak map's entry the key's counts;
//! and nothing outside of what the page owns keeps what it owns (`computeIsEssentialEdge` in DevTools'
//! `heap_snapshot_worker/HeapSnapshot.ts`). The other rule is reachability alone: every edge but the weak ones counts.

use super::bits::Bits;
use super::{Adjacency, HeapGraph, Sizes};
use crate::column::Column;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::snapshot::PackedEdge;

/// Stands for "none" among numbers of nodes.
pub(super) const NONE: u32 = u32::MAX;

/// Nodes in the order of a depth-first walk over the edges that count.
///
/// The walk starts at the root; what it does not reach hangs on the root as well: by DevTools' rule first the nodes that
/// no counting edge leads to, with what they reach; then, alone, all others.
pub(super) struct Walk {
    /// Nodes by their number in the walk.
    pub(super) order: Column<u32>,
    /// Number in the walk by node.
    pub(super) number: Column<u32>,
    /// Number of the node from which each was entered, by number; 0 for the root itself.
    pub(super) parent: Column<u32>,
    /// The smallest number from which an edge leads to each, by number.
    pub(super) earliest: Column<u32>,
    /// How many edges lead to each from nodes with a larger number, by number.
    pub(super) later: Column<u32>,
    /// How many were walked; the ones after hang on the root, alone.
    pub(super) walked: usize,
}

/// The edges that count, by one of the rules.
pub(super) struct Flow<'a> {
    pub(super) graph: &'a HeapGraph,
    pub(super) adjacency: Adjacency<'a>,
    devtools: bool,
    /// What the page owns: what can be reached from the global objects over anything but weak edges.
    owned: Bits,
    any_owned: bool,
}

impl<'a> Flow<'a> {
    /// By a rule; what the page owns is known after the walk.
    pub(super) fn new(graph: &'a HeapGraph, sizes: Sizes) -> Flow<'a> {
        let devtools = matches!(sizes, Sizes::DevTools { .. });
        let owned = Bits::new(if devtools { graph.node_count() } else { 0 });
        Flow { graph, adjacency: graph.adjacency(), devtools, owned, any_owned: false }
    }

    /// The global objects and documents: edges of the root.
    fn entries(&self) -> Vec<u32> {
        let graph = self.graph;
        let documents = |node: NodeId| {
            graph.kind(node) == NodeKind::Synthetic && graph.name(node) == "(Document DOM trees)"
        };
        let enters = |edge: &PackedEdge| {
            edge.is(EdgeKind::Shortcut) || edge.is(EdgeKind::Element) && documents(edge.target())
        };
        let entries = self.adjacency.of(graph.root().get()).filter(enters).map(PackedEdge::to);
        if self.devtools { entries.collect() } else { Vec::new() }
    }

    /// Whether a node is outside of what the page owns; then its edges to the inside do not count.
    #[inline]
    pub(super) fn guards(&self, from: u32) -> bool {
        self.any_owned && from != self.graph.decoded.root && !self.owned.has(from)
    }

    /// Whether an edge counts. `guarded` is [`Flow::guards`] of `from`.
    #[inline]
    pub(super) fn counts(&self, from: u32, guarded: bool, edge: PackedEdge) -> bool {
        if edge.is(EdgeKind::Weak) || edge.to() == from {
            return false;
        }
        if !self.devtools {
            return true;
        }
        if edge.is(EdgeKind::Internal) {
            if self.is_table_half(from, edge) {
                return false;
            }
        } else if edge.is(EdgeKind::Shortcut) && from != self.graph.decoded.root {
            return false;
        }
        !(guarded && self.owned.has(edge.to()))
    }

    /// Whether the edge is the half of a weak map's entry that the table has.
    #[inline]
    fn is_table_half(&self, from: u32, edge: PackedEdge) -> bool {
        let pair = self.graph.ephemerons.pair(edge);
        pair.is_some_and(|pair| pair.table == self.graph.object_id(NodeId::new(from)))
    }

    /// Walks everything. What the page owns is walked first, so that it is known when the rest is.
    pub(super) fn walk(&mut self) -> Walk {
        let count = self.graph.node_count();
        let mut walker = Walker::new(count);
        let root = self.graph.decoded.root;
        walker.number(root, 0);
        let entries = self.entries();
        if !entries.is_empty() {
            walker.beside = Some(Vec::new());
            for entry in &entries {
                walker.from(*entry, self);
            }
            self.own(&walker);
            walker.beside = None;
        }
        walker.stack.push(Frame { node: root, number: 0, edges: self.adjacency.range(root) });
        walker.run(self);
        // By reachability alone, what the root does not reach keeps nothing alive.
        if self.devtools && walker.len < count {
            for orphan in self.orphans(&walker.number) {
                walker.from(orphan, self);
            }
        }
        let walked = walker.len;
        for node in 0..count as u32 {
            if walker.number[node as usize] == NONE {
                walker.number(node, 0);
            }
        }
        let Walker { order, number, parent, earliest, later, .. } = walker;
        Walk { order, number, parent, earliest, later, walked }
    }

    /// Marks what the page owns: what was walked by now, and what lies beside its ways.
    fn own(&mut self, walker: &Walker) {
        for node in &walker.order[1..walker.len] {
            self.owned.add(*node);
        }
        self.any_owned = true;
        let mut stack: Vec<u32> = walker.beside.iter().flatten().copied().collect();
        stack.retain(|node| self.owned.add(*node));
        while let Some(node) = stack.pop() {
            for edge in self.adjacency.of(node) {
                if !edge.is(EdgeKind::Weak) && self.owned.add(edge.to()) {
                    stack.push(edge.to());
                }
            }
        }
    }

    /// Nodes without a number that no counting edge leads to. Such an edge could only come from another of them.
    fn orphans(&self, number: &[u32]) -> Vec<u32> {
        let left = || (0..number.len() as u32).filter(|node| number[*node as usize] == NONE);
        let mut held = Bits::new(number.len());
        for node in left() {
            let guarded = self.guards(node);
            for edge in self.adjacency.of(node).filter(|edge| self.counts(node, guarded, *edge)) {
                held.add(edge.to());
            }
        }
        left().filter(|node| !held.has(*node)).collect()
    }
}

/// A walk that is under way.
struct Walker {
    order: Column<u32>,
    number: Column<u32>,
    parent: Column<u32>,
    earliest: Column<u32>,
    later: Column<u32>,
    len: usize,
    stack: Vec<Frame>,
    /// Where edges lead that do not count and are not weak, if that is wanted.
    beside: Option<Vec<u32>>,
}

/// A node whose edges are being followed.
struct Frame {
    node: u32,
    number: u32,
    edges: std::ops::Range<u32>,
}

impl Walker {
    fn new(count: usize) -> Walker {
        Walker {
            order: Column::zeroed(count),
            number: Column::filled(count, NONE),
            parent: Column::zeroed(count),
            earliest: Column::zeroed(count),
            later: Column::zeroed(count),
            len: 0,
            stack: Vec::new(),
            beside: None,
        }
    }

    /// Gives a node the next number.
    fn number(&mut self, node: u32, parent: u32) -> u32 {
        let number = self.len as u32;
        self.number[node as usize] = number;
        self.order[self.len] = node;
        self.parent[self.len] = parent;
        self.earliest[self.len] = parent;
        self.len += 1;
        number
    }

    /// Walks what can be reached from a node, if it has no number yet; it hangs on the root.
    fn from(&mut self, node: u32, flow: &Flow<'_>) {
        if self.number[node as usize] == NONE {
            let number = self.number(node, 0);
            self.stack.push(Frame { node, number, edges: flow.adjacency.range(node) });
            self.run(flow);
        }
    }

    /// Goes on until nothing is left.
    fn run(&mut self, flow: &Flow<'_>) {
        let root = flow.graph.decoded.root;
        let (order, number): (&mut [u32], &mut [u32]) = (&mut self.order, &mut self.number);
        let (parent, earliest): (&mut [u32], &mut [u32]) = (&mut self.parent, &mut self.earliest);
        let later: &mut [u32] = &mut self.later;
        let Walker { len, stack, beside, .. } = self;
        'nodes: while let Some(Frame { node: from, number: at, edges }) = stack.last_mut() {
            let (from, at) = (*from, *at);
            let guarded = flow.guards(from);
            for place in edges.by_ref() {
                let edge = flow.adjacency.edge(place);
                let to = edge.to();
                if !flow.counts(from, guarded, edge) {
                    if let Some(beside) = beside
                        && !edge.is(EdgeKind::Weak)
                        && number[to as usize] == NONE
                    {
                        beside.push(to);
                    }
                    continue;
                }
                let known = number[to as usize];
                if known == NONE {
                    let next = *len as u32;
                    (number[to as usize], order[*len], parent[*len], earliest[*len]) = (next, to, at, at);
                    *len += 1;
                    stack.push(Frame { node: to, number: next, edges: flow.adjacency.range(to) });
                    continue 'nodes;
                }
                if known < at {
                    later[known as usize] += 1;
                    if to == root
                        && let Some(beside) = beside
                    {
                        beside.push(to);
                    }
                } else if earliest[known as usize] > at {
                    earliest[known as usize] = at;
                }
            }
            stack.pop();
        }
    }
}
