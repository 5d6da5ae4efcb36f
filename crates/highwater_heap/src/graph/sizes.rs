//! DevTools' moving of shallow sizes: a backing store that only one object holds counts as that object's own.
//!
//! Source: `calculateShallowSizes` in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use super::{HeapGraph, Sizes};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};

const UNSEEN: u32 = u32::MAX;
const SHARED: u32 = u32::MAX - 1;

/// Bytes of each node after the transfer; empty where nothing moves.
pub(super) fn transferred(graph: &HeapGraph, sizes: Sizes) -> Vec<u64> {
    if sizes != (Sizes::DevTools { transfer: true }) || !has_user_roots(graph) {
        return Vec::new();
    }
    let owners = owners(graph);
    let mut bytes: Vec<u64> = graph.nodes().map(|node| graph.shallow_size(node)).collect();
    for (at, owner) in owners.iter().enumerate() {
        if *owner >= SHARED || *owner == at as u32 {
            continue;
        }
        let owner = NodeId::new(*owner);
        if owner == graph.root() || graph.kind(owner) == NodeKind::Synthetic {
            continue;
        }
        let moved = graph.shallow_size(NodeId::at(at));
        bytes[at] -= moved;
        bytes[owner.index()] += moved;
    }
    bytes
}

/// Without roots of its own the snapshot shows V8's internals as they are, and nothing moves.
fn has_user_roots(graph: &HeapGraph) -> bool {
    graph.edges(graph.root()).any(|edge| {
        let synthetic = graph.kind(edge.to) == NodeKind::Synthetic;
        !synthetic || graph.name(edge.to) == "(Document DOM trees)"
    })
}

/// Who alone holds each node: itself, another, [`SHARED`] or [`UNSEEN`].
fn owners(graph: &HeapGraph) -> Vec<u32> {
    let external = graph.find_string("system / ExternalStringData");
    let movable = |node: NodeId| match graph.kind(node) {
        NodeKind::Hidden | NodeKind::Array => true,
        NodeKind::Native => Some(graph.name_id(node)) == external,
        _ => false,
    };
    let mut owners: Vec<u32> =
        graph.nodes().map(|node| if movable(node) { UNSEEN } else { node.get() }).collect();
    // The result does not depend on the order; only nodes that can move need to be visited again.
    let mut list = Vec::new();
    for node in graph.nodes() {
        if owners[node.index()] == node.get() {
            spread(graph, node, node.get(), &mut owners, &mut list);
            while let Some(next) = list.pop() {
                let owner = owners[next as usize];
                spread(graph, NodeId::new(next), owner, &mut owners, &mut list);
            }
        }
    }
    owners
}

/// Hands the owner of a node on to what it refers to.
fn spread(graph: &HeapGraph, node: NodeId, owner: u32, owners: &mut [u32], list: &mut Vec<u32>) {
    for edge in graph.packed(node) {
        let known = owners[edge.to as usize];
        if known == edge.to || known == owner || known == SHARED || edge.is(EdgeKind::Weak) {
            continue;
        }
        owners[edge.to as usize] = if known == UNSEEN { owner } else { SHARED };
        list.push(edge.to);
    }
}
