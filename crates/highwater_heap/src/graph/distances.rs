//! Steps from the roots to each node, as DevTools counts them, and the shortest way.
//!
//! Source: `calculateDistances` and `bfs` in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use super::HeapGraph;
use super::flow::NONE;
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::snapshot::PackedEdge;
use rustc_hash::FxHashSet;

/// What only V8's own roots reach is at this distance from the root, and further.
const SYSTEM: u32 = 100_000_000;

/// By node.
pub(super) struct Distances {
    /// Steps; [`NONE`] for what is not reached.
    pub(super) distance: Vec<u32>,
    /// The edge by which it was reached; [`NONE`] for starts and what is not reached.
    pub(super) parent_edge: Vec<u32>,
}

/// The edges that a walk does not follow, and what it must remember for that.
struct Filter<'a> {
    graph: &'a HeapGraph,
    native_context: Option<StringId>,
    function_map: Option<StringId>,
    descriptors: Option<StringId>,
    /// Entries of weak maps of which one half was met.
    half_met: FxHashSet<u32>,
}

pub(super) fn of(graph: &HeapGraph) -> Distances {
    let count = graph.node_count();
    let mut found = Distances { distance: vec![NONE; count], parent_edge: vec![NONE; count] };
    let mut filter = Filter {
        graph,
        native_context: graph.find_string("system / NativeContext"),
        function_map: graph.find_string("sloppy_function_map"),
        descriptors: graph.find_string("(map descriptors)"),
        half_met: FxHashSet::default(),
    };
    let root = graph.root();
    let mut queue = Vec::with_capacity(count);
    for edge in graph.packed(root) {
        let to = edge.target();
        let user = graph.kind(to) != NodeKind::Synthetic || graph.name(to) == "(Document DOM trees)";
        if user {
            found.distance[to.index()] = 1;
            queue.push(to.get());
        }
    }
    let any = !queue.is_empty();
    filter.walk(&mut queue, &mut found);
    found.distance[root.index()] = if any { SYSTEM } else { 0 };
    queue.clear();
    queue.push(root.get());
    filter.walk(&mut queue, &mut found);
    found
}

impl Filter<'_> {
    /// Walks in breadth from what is in the queue.
    fn walk(&mut self, queue: &mut Vec<u32>, found: &mut Distances) {
        let graph = self.graph;
        let mut at = 0;
        while let Some(node) = queue.get(at).map(|node| NodeId::new(*node)) {
            at += 1;
            let distance = found.distance[node.index()] + 1;
            let range = graph.edge_range(node);
            let first = range.start;
            let special = self.is_special(node);
            for (place, edge) in graph.packed(node).iter().enumerate() {
                if edge.is(EdgeKind::Weak) || found.distance[edge.to as usize] != NONE {
                    continue;
                }
                if !self.follows(node, special, *edge) {
                    continue;
                }
                found.distance[edge.to as usize] = distance;
                found.parent_edge[edge.to as usize] = (first + place) as u32;
                queue.push(edge.to);
            }
        }
    }

    /// Whether the node's own name matters.
    fn is_special(&self, node: NodeId) -> bool {
        let name = Some(self.graph.name_id(node));
        match self.graph.kind(node) {
            NodeKind::Hidden => name == self.native_context,
            NodeKind::Array => name == self.descriptors,
            _ => false,
        }
    }

    fn follows(&mut self, node: NodeId, special: bool, edge: PackedEdge) -> bool {
        if special {
            if self.graph.kind(node) == NodeKind::Array {
                return self.is_listed(edge);
            }
            if !edge.kind().is_numbered() && Some(StringId::new(edge.name())) == self.function_map {
                return false;
            }
        }
        if edge.is(EdgeKind::Internal)
            && let Some(pair) = self.graph.ephemerons.pair(edge)
            && !self.half_met.remove(&pair.entry)
        {
            // The second half is the farther one, and the value lives no longer than that.
            self.half_met.insert(pair.entry);
            return false;
        }
        true
    }

    /// Hidden classes share lists of descriptors; of those only some slots belong to each.
    fn is_listed(&self, edge: PackedEdge) -> bool {
        let index = if edge.kind().is_numbered() {
            Some(edge.name())
        } else {
            let name = self.graph.string(StringId::new(edge.name()));
            let digits = name.trim_start();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..end].parse().ok()
        };
        index.is_none_or(|index| index < 2 || index % 3 != 1)
    }
}
