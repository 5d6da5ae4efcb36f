//! Graphs of any shape: by every rule the dominators form a tree, and by the rule of reachability retained sizes are
//! what removing the node makes unreachable.
#![no_main]

use highwater_heap::{Decoder, Dominated, EdgeKind, HeapGraph, NodeId, Sizes};
use highwater_testkit::{EDGE_KINDS, NODE_KINDS, Snapshot};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = [
    "",
    "(GC roots)",
    "(Document DOM trees)",
    "system / NativeContext",
    "(map descriptors)",
    "sloppy_function_map",
    "system / ExternalStringData",
    "3 / part of key (K @3) -> value (V @5) pair in WeakMap (table @7)",
];
const RULES: [Sizes; 3] =
    [Sizes::DevTools { transfer: true }, Sizes::DevTools { transfer: false }, Sizes::Reachability];

fuzz_target!(|data: &[u8]| {
    // One byte says how many nodes there are; two make a node, three an edge.
    let Some((count, data)) = data.split_first() else { return };
    let mut snapshot = Snapshot::new();
    let (nodes, edges) = data.split_at(data.len().min(2 * usize::from(*count)));
    for node in nodes.as_chunks::<2>().0 {
        let kind = NODE_KINDS[usize::from(node[0]) % NODE_KINDS.len()];
        snapshot.node(kind, NAMES[usize::from(node[1]) % NAMES.len()], u64::from(node[1]));
    }
    for [from, to, kind] in edges.as_chunks::<3>().0 {
        let (from, to) = (usize::from(*from) % snapshot.node_count(), usize::from(*to) % snapshot.node_count());
        let name = usize::from(*kind) / EDGE_KINDS.len();
        match EDGE_KINDS[usize::from(*kind) % EDGE_KINDS.len()] {
            kind @ ("element" | "hidden") => snapshot.edge(from, kind, name as u64, to),
            kind => snapshot.edge(from, kind, NAMES[name % NAMES.len()], to),
        };
    }
    let text = snapshot.text();
    for sizes in RULES {
        let mut decoder = Decoder::new();
        decoder.push(text.as_bytes()).expect("a sound snapshot");
        let heap = Dominated::compute(HeapGraph::build(decoder.finish().expect("a whole one")), sizes);
        check(&heap);
        if sizes == Sizes::Reachability {
            remove_each(&heap);
        }
    }
});

fn check(heap: &Dominated) {
    let graph = heap.graph();
    for node in graph.nodes() {
        let Some(above) = heap.immediate_dominator(node) else { continue };
        assert!(heap.dominates(above, node) && !heap.dominates(node, above));
        assert!(heap.retained_size(above) >= heap.retained_size(node));
        assert!(heap.dominated(above).any(|child| child == node));
    }
    let children: u64 = heap.dominated(graph.root()).map(|child| heap.retained_size(child)).sum();
    assert_eq!(heap.retained_size(graph.root()), children + heap.shallow_size(graph.root()));
}

/// What the root reaches without one node.
fn reached(graph: &HeapGraph, without: Option<NodeId>) -> Vec<bool> {
    let mut seen = vec![false; graph.node_count()];
    let mut list = vec![graph.root()];
    seen[graph.root().index()] = true;
    while let Some(node) = list.pop() {
        for edge in graph.edges(node).filter(|edge| edge.kind != EdgeKind::Weak && Some(edge.to) != without) {
            if !std::mem::replace(&mut seen[edge.to.index()], true) {
                list.push(edge.to);
            }
        }
    }
    seen
}

fn remove_each(heap: &Dominated) {
    let graph = heap.graph();
    let all = reached(graph, None);
    for node in graph.nodes().filter(|node| *node != graph.root() && all[node.index()]) {
        let left = reached(graph, Some(node));
        let gone = graph.nodes().filter(|other| all[other.index()] && !left[other.index()]);
        let bytes: u64 = gone.map(|other| graph.shallow_size(other)).sum();
        assert_eq!(heap.retained_size(node), bytes, "{node:?}");
    }
}
