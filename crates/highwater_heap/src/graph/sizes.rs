//! DevTools' moving of shallow sizes: a backing store that only one object holds counts as that object's own.
//!
//! Source: `calculateShallowSizes` in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use super::bits::Bits;
use super::{Adjacency, HeapGraph, Sizes};
use crate::column::Column;
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};

const UNSEEN: u32 = u32::MAX;
const SHARED: u32 = u32::MAX - 1;

/// Whose bytes go to whom by DevTools' rule: node and receiver, by node. Nothing where the rule is another.
pub(super) fn moves(graph: &HeapGraph, sizes: Sizes) -> Option<Vec<(u32, u32)>> {
    if sizes != (Sizes::DevTools { transfer: true }) || !has_user_roots(graph) {
        return None;
    }
    let owners = owners(graph);
    let received = |(at, owner): (usize, &u32)| {
        let moves = *owner < SHARED && *owner != at as u32 && {
            let node = NodeId::new(*owner);
            node != graph.root() && graph.kind(node) != NodeKind::Synthetic
        };
        moves.then_some((at as u32, *owner))
    };
    Some(owners.iter().enumerate().filter_map(received).collect())
}

/// Bytes of each node after the moves; empty where there are none.
pub(super) fn moved(graph: &HeapGraph, moves: Option<&[(u32, u32)]>) -> Column<u64> {
    let Some(moves) = moves else { return Column::default() };
    let mut column = in_file(graph);
    let bytes: &mut [u64] = &mut column;
    for (node, receiver) in moves {
        let moved = graph.shallow_size(NodeId::new(*node));
        bytes[*node as usize] -= moved;
        bytes[*receiver as usize] += moved;
    }
    column
}

/// Bytes of each node as the file has them.
pub(super) fn in_file(graph: &HeapGraph) -> Column<u64> {
    let mut bytes = Column::zeroed(graph.node_count());
    for (bytes, narrow) in bytes.iter_mut().zip(graph.decoded.nodes.self_size.iter()) {
        *bytes = u64::from(*narrow);
    }
    for (node, wide) in &graph.decoded.nodes.wide_sizes {
        bytes[*node as usize] = *wide;
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
fn owners(graph: &HeapGraph) -> Column<u32> {
    let external = graph.find_string("system / ExternalStringData").map(StringId::get);
    let mut column = Column::zeroed(graph.node_count());
    let owners: &mut [u32] = &mut column;
    let (kinds, names): (&[u8], &[u32]) = (&graph.decoded.nodes.kind, &graph.decoded.nodes.name);
    // Those whose owner can still change.
    let mut open = Bits::new(owners.len());
    for (node, owner) in owners.iter_mut().enumerate() {
        let movable = match NodeKind::ALL[usize::from(kinds[node])] {
            NodeKind::Hidden | NodeKind::Array => true,
            NodeKind::Native => Some(names[node]) == external,
            _ => false,
        };
        *owner = if movable { UNSEEN } else { node as u32 };
        if movable {
            open.add(node as u32);
        }
    }
    // The result does not depend on the order; only nodes that can move need to be visited again.
    let adjacency = graph.adjacency();
    let mut list = Vec::new();
    for node in 0..owners.len() as u32 {
        if owners[node as usize] == node {
            spread(adjacency, node, node, owners, &open, &mut list);
            while let Some(next) = list.pop() {
                let owner = owners[next as usize];
                spread(adjacency, next, owner, owners, &open, &mut list);
            }
        }
    }
    column
}

/// Hands the owner of a node on to what it refers to.
#[inline]
fn spread(
    adjacency: Adjacency<'_>,
    node: u32,
    owner: u32,
    owners: &mut [u32],
    open: &Bits,
    list: &mut Vec<u32>,
) {
    for edge in adjacency.of(node) {
        let to = edge.to();
        if !open.has(to) {
            continue;
        }
        let known = owners[to as usize];
        if known == owner || known == SHARED || edge.is(EdgeKind::Weak) {
            continue;
        }
        owners[to as usize] = if known == UNSEEN { owner } else { SHARED };
        list.push(to);
    }
}
