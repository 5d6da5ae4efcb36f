//! DevTools' moving of shallow sizes: a backing store that only one object holds counts as that object's own.
//!
//! Source: `calculateShallowSizes` in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use super::bits::{Bits, Sparse};
use super::{Adjacency, HeapGraph, Sizes};
use crate::column::Column;
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use std::ops::AddAssign;

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

/// Bytes by node: in 32 bits each where all of them together fit in that.
#[derive(Debug)]
pub(super) enum Bytes {
    Narrow(Column<u32>),
    Wide(Column<u64>),
}

impl Bytes {
    /// As the file has them.
    pub(super) fn in_file(graph: &HeapGraph) -> Bytes {
        let nodes = &graph.decoded.nodes;
        let narrow: u64 = nodes.self_size.iter().map(|bytes| u64::from(*bytes)).sum();
        if nodes.wide_sizes.is_empty() && narrow < u64::from(u32::MAX) {
            return Bytes::Narrow(nodes.self_size.clone());
        }
        let mut bytes = Column::zeroed(graph.node_count());
        for (bytes, narrow) in bytes.iter_mut().zip(nodes.self_size.iter()) {
            *bytes = u64::from(*narrow);
        }
        for (node, wide) in &nodes.wide_sizes {
            bytes[*node as usize] = *wide;
        }
        Bytes::Wide(bytes)
    }

    /// Moves them.
    pub(super) fn hand_over(&mut self, graph: &HeapGraph, moves: &[(u32, u32)]) {
        for (node, receiver) in moves {
            let moved = graph.shallow_size(NodeId::new(*node));
            let (node, receiver) = (*node as usize, *receiver as usize);
            match self {
                Bytes::Narrow(bytes) => {
                    bytes[node] -= moved as u32;
                    bytes[receiver] += moved as u32;
                }
                Bytes::Wide(bytes) => {
                    bytes[node] -= moved;
                    bytes[receiver] += moved;
                }
            }
        }
    }

    /// Adds up from the leaves of the dominator tree to its root. `order` has dominators first.
    pub(super) fn add_up(&mut self, dominator: &[u32], order: &[u32]) {
        match self {
            Bytes::Narrow(bytes) => add_up(bytes, dominator, order),
            Bytes::Wide(bytes) => add_up(bytes, dominator, order),
        }
    }

    #[inline]
    pub(super) fn of(&self, node: NodeId) -> u64 {
        match self {
            Bytes::Narrow(bytes) => u64::from(bytes[node.index()]),
            Bytes::Wide(bytes) => bytes[node.index()],
        }
    }
}

/// Bytes after the moves, of the nodes that are part of one: where all fit, in 32 bits.
#[derive(Debug)]
pub(super) enum Moved {
    Narrow(Sparse<u32>),
    Wide(Sparse<u64>),
}

impl Moved {
    /// From all bytes after the moves.
    pub(super) fn of(bytes: &Bytes, moves: &[(u32, u32)], nodes: usize) -> Moved {
        let mut part = Bits::new(nodes);
        for (node, receiver) in moves {
            part.add(*node);
            part.add(*receiver);
        }
        match bytes {
            Bytes::Narrow(bytes) => Moved::Narrow(Sparse::new(part, |node| bytes[node as usize])),
            Bytes::Wide(bytes) => Moved::Wide(Sparse::new(part, |node| bytes[node as usize])),
        }
    }

    #[inline]
    pub(super) fn get(&self, node: NodeId) -> Option<u64> {
        match self {
            Moved::Narrow(bytes) => bytes.get(node.get()).map(u64::from),
            Moved::Wide(bytes) => bytes.get(node.get()),
        }
    }
}

fn add_up<B: Copy + AddAssign>(bytes: &mut [B], dominator: &[u32], order: &[u32]) {
    for node in order.iter().skip(1).rev() {
        let below = bytes[*node as usize];
        bytes[dominator[*node as usize] as usize] += below;
    }
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
