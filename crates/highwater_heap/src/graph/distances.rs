//! Steps from the roots to each node, as DevTools counts them, and the shortest way.
//!
//! Source: `calculateDistances` and `bfs` in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use super::HeapGraph;
use super::bits::Bits;
use super::flow::NONE;
use crate::column::Column;
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::snapshot::PackedEdge;
use rustc_hash::FxHashSet;

/// What only V8's own roots reach is at this distance from the root, and further.
const SYSTEM: u32 = 100_000_000;

/// Nodes of the queue whose edges are looked at ahead of their time.
const AHEAD: usize = 32;

/// By node.
pub(super) struct Distances {
    /// Steps; [`NONE`] for what is not reached.
    pub(super) distance: Column<u32>,
    /// The edge by which it was reached; [`NONE`] for starts and what is not reached.
    pub(super) parent_edge: Column<u32>,
}

/// Nodes to be visited. Each comes once at most.
struct Queue {
    nodes: Column<u32>,
    len: usize,
    seen: Bits,
}

impl Queue {
    fn push(&mut self, node: u32) {
        self.nodes[self.len] = node;
        self.len += 1;
    }
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
    let mut found =
        Distances { distance: Column::filled(count, NONE), parent_edge: Column::filled(count, NONE) };
    let mut filter = Filter {
        graph,
        native_context: graph.find_string("system / NativeContext"),
        function_map: graph.find_string("sloppy_function_map"),
        descriptors: graph.find_string("(map descriptors)"),
        half_met: FxHashSet::default(),
    };
    let root = graph.root();
    let mut queue = Queue { nodes: Column::zeroed(count), len: 0, seen: Bits::new(count) };
    for edge in graph.adjacency().of(root.get()) {
        let to = edge.target();
        let user = graph.kind(to) != NodeKind::Synthetic || graph.name(to) == "(Document DOM trees)";
        if user {
            if queue.seen.add(to.get()) {
                queue.push(to.get());
            }
            found.distance[to.index()] = 1;
        }
    }
    let any = queue.len > 0;
    filter.walk(&mut queue, &mut found);
    found.distance[root.index()] = if any { SYSTEM } else { 0 };
    queue.len = 0;
    queue.seen.add(root.get());
    queue.push(root.get());
    filter.walk(&mut queue, &mut found);
    found
}

impl Filter<'_> {
    /// Walks in breadth from what is in the queue.
    fn walk(&mut self, queue: &mut Queue, found: &mut Distances) {
        let adjacency = self.graph.adjacency();
        let distances: &mut [u32] = &mut found.distance;
        let parents: &mut [u32] = &mut found.parent_edge;
        let Queue { nodes, len, seen } = queue;
        let nodes: &mut [u32] = nodes;
        let mut at = 0;
        let mut looked_ahead = 0;
        while at < *len {
            // The nodes to come are known: their edges are asked for side by side, before each is waited for.
            if at >= looked_ahead {
                looked_ahead = (at + AHEAD).min(*len);
                std::hint::black_box(adjacency.look_at(&nodes[at..looked_ahead]));
            }
            let node = nodes[at];
            at += 1;
            let distance = distances[node as usize] + 1;
            let special = self.is_special(NodeId::new(node));
            for place in adjacency.range(node) {
                let edge = adjacency.edge(place);
                let to = edge.to();
                if seen.has(to) || edge.is(EdgeKind::Weak) || !self.follows(NodeId::new(node), special, edge)
                {
                    continue;
                }
                seen.add(to);
                distances[to as usize] = distance;
                parents[to as usize] = place;
                nodes[*len] = to;
                *len += 1;
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
