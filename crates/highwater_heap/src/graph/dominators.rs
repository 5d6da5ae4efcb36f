//! Who alone keeps whom alive, and how many bytes would go with whom.
//!
//! Node A dominates node B when every way from the root to B leads through A. The immediate dominators form a tree; the
//! retained size of a node is the sum of the sizes in its subtree. Algorithm: semi-NCA, from L. Georgiadis, R. E.
//! Tarjan, R. F. Werneck, "Finding Dominators in Practice", 2006. All its arrays are in the order of the walk, and a
//! reference from a node with a smaller number needs no search, so only the others are stored.

use super::flow::{Flow, NONE, Walk};
use super::{HeapGraph, distances, sizes};
use crate::ids::{EdgeId, NodeId};
use crate::snapshot::PackedEdge;

/// Whose figures are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// Those of Chrome DevTools, to the byte.
    DevTools {
        /// Whether the size of a backing store that only one object holds counts as that object's own, as DevTools
        /// has it.
        transfer: bool,
    },
    /// Plain reachability: what would be unreachable if the object were not there. A value of a weak map counts as
    /// held by its table as well as by its key.
    Reachability,
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes::DevTools { transfer: true }
    }
}

/// A graph with dominators, retained sizes and distances.
#[derive(Debug)]
pub struct Dominated {
    graph: HeapGraph,
    sizes: Sizes,
    /// By node: the node that dominates it; itself for the root.
    dominator: Vec<u32>,
    /// By node: bytes.
    retained: Vec<u64>,
    /// By node: bytes after the transfer; empty where sizes stay as they are.
    shallow: Vec<u64>,
    /// By node: DevTools' distance.
    distance: Vec<u32>,
    /// By node: the edge by which the shortest way came; [`NONE`] for starts and what is not reached.
    parent_edge: Vec<u32>,
    /// By node: position in a depth-first order of the dominator tree.
    entered: Vec<u32>,
    /// Nodes in that order.
    tree_order: Vec<u32>,
    /// By node: how many nodes its subtree has, itself included.
    subtree: Vec<u32>,
}

impl Dominated {
    /// Computes everything. Dominators and distances are found side by side.
    pub fn compute(graph: HeapGraph, sizes: Sizes) -> Dominated {
        let ((dominator, order), (shallow, distances)) = rayon::join(
            || dominators(&graph, sizes),
            || rayon::join(|| sizes::transferred(&graph, sizes), || distances::of(&graph)),
        );
        let retained = retained(&graph, &dominator, &order, &shallow);
        let (entered, tree_order, subtree) = tree(&dominator, &order);
        let distances::Distances { distance, parent_edge } = distances;
        Dominated {
            graph,
            sizes,
            dominator,
            retained,
            shallow,
            distance,
            parent_edge,
            entered,
            tree_order,
            subtree,
        }
    }

    /// The graph.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    /// By which rule the figures were computed.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The node through which every way to this one leads; none for the root.
    pub fn immediate_dominator(&self, node: NodeId) -> Option<NodeId> {
        (node != self.graph.root()).then(|| NodeId::new(self.dominator[node.index()]))
    }

    /// Bytes that would go with the node.
    pub fn retained_size(&self, node: NodeId) -> u64 {
        self.retained[node.index()]
    }

    /// Bytes of the node alone, by the chosen rule.
    pub fn shallow_size(&self, node: NodeId) -> u64 {
        self.shallow.get(node.index()).copied().unwrap_or_else(|| self.graph.shallow_size(node))
    }

    /// Steps from the roots, as DevTools counts them: 100,000,000 and more for what only V8's own roots reach, none
    /// for what nothing reaches.
    pub fn distance(&self, node: NodeId) -> Option<u32> {
        Some(self.distance[node.index()]).filter(|distance| *distance != NONE)
    }

    /// The last step of the shortest way from the roots: who refers to the node, and by which edge.
    pub fn parent_edge(&self, node: NodeId) -> Option<(NodeId, EdgeId)> {
        let edge = self.parent_edge[node.index()];
        (edge != NONE).then(|| (self.graph.edge_from(EdgeId::new(edge)), EdgeId::new(edge)))
    }

    /// Whether every way from the root to `other` leads through `node` (a node dominates itself).
    pub fn dominates(&self, node: NodeId, other: NodeId) -> bool {
        let begin = self.entered[node.index()];
        let at = self.entered[other.index()];
        at >= begin && at - begin < self.subtree[node.index()]
    }

    /// How many nodes would go with the node, itself included.
    pub fn retained_count(&self, node: NodeId) -> u32 {
        self.subtree[node.index()]
    }

    /// Everything that would go with the node, itself first, each before what it dominates.
    pub fn subtree(&self, node: NodeId) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        let begin = self.entered[node.index()] as usize;
        let end = begin + self.subtree[node.index()] as usize;
        self.tree_order[begin..end].iter().map(|node| NodeId::new(*node))
    }

    /// The nodes that it dominates immediately.
    pub fn dominated(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let begin = self.entered[node.index()] + 1;
        let end = self.entered[node.index()] + self.subtree[node.index()];
        let mut at = begin;
        std::iter::from_fn(move || {
            let child = (at < end).then(|| self.tree_order[at as usize])?;
            at += self.subtree[child as usize];
            Some(NodeId::new(child))
        })
    }
}

/// The dominator of each node, and the nodes in an order in which dominators come first.
fn dominators(graph: &HeapGraph, sizes: Sizes) -> (Vec<u32>, Vec<u32>) {
    let flow = Flow::new(graph, sizes);
    let walk = flow.walk();
    let number = semi_nca(&flow, &walk);
    let Walk { order, number: mut dominator, .. } = walk;
    for (at, node) in order.iter().enumerate() {
        dominator[*node as usize] = order[number[at] as usize];
    }
    (dominator, order)
}

/// References from nodes with a larger number in the walk, by the node they lead to; and the smallest number among the
/// others, by node.
struct Later {
    first: Vec<u32>,
    from: Vec<u32>,
    semi: Vec<u32>,
}

impl Later {
    fn of(flow: &Flow<'_>, walk: &Walk) -> Later {
        let count = walk.walked;
        let mut first = vec![0_u32; count + 1];
        let mut semi = walk.parent.clone();
        each_edge(flow, walk, |from, to| {
            if from > to {
                first[to as usize] += 1;
            } else {
                let known = &mut semi[to as usize];
                *known = from.min(*known);
            }
        });
        // What hangs on the root cannot come nearer: its references need not be kept.
        let mut sum = 0;
        for (count, semi) in first.iter_mut().zip(&semi) {
            sum += if *semi == 0 { 0 } else { *count };
            *count = sum;
        }
        if let Some(last) = first.last_mut() {
            *last = sum;
        }
        let mut from = vec![0; sum as usize];
        each_edge(flow, walk, |source, to| {
            if source > to && semi[to as usize] != 0 {
                let place = &mut first[to as usize];
                *place -= 1;
                from[*place as usize] = source;
            }
        });
        Later { first, from, semi }
    }
}

/// Every counting edge between walked nodes, by their numbers in the walk.
fn each_edge(flow: &Flow<'_>, walk: &Walk, mut each: impl FnMut(u32, u32)) {
    for (at, node) in walk.order[..walk.walked].iter().enumerate() {
        let guarded = flow.guards(*node);
        for edge in flow.graph.packed(NodeId::new(*node)) {
            let edge: PackedEdge = *edge;
            if flow.counts(*node, guarded, edge) {
                each(at as u32, walk.number[edge.to as usize]);
            }
        }
    }
}

/// The dominator of each node, all by their numbers in the walk.
fn semi_nca(flow: &Flow<'_>, walk: &Walk) -> Vec<u32> {
    let Later { first, from, mut semi } = Later::of(flow, walk);
    let mut ancestor = walk.parent.clone();
    let mut label: Vec<u32> = (0..walk.walked as u32).collect();
    let mut path = Vec::new();
    for node in (1..walk.walked as u32).rev() {
        let mut least = semi[node as usize];
        for later in &from[first[node as usize] as usize..first[node as usize + 1] as usize] {
            let best = evaluate(*later, node, &mut ancestor, &mut label, &semi, &mut path);
            least = least.min(semi[best as usize]);
        }
        semi[node as usize] = least;
    }
    let mut dominator = walk.parent.clone();
    for node in 1..walk.walked {
        let mut above = dominator[node];
        while above > semi[node] {
            above = dominator[above as usize];
        }
        dominator[node] = above;
    }
    dominator
}

/// The node with the smallest semidominator on the way from `node` up to, and without, the first that is not linked
/// yet. Everything above `linked` is linked. Paths are made short on the way.
fn evaluate(
    node: u32,
    linked: u32,
    ancestor: &mut [u32],
    label: &mut [u32],
    semi: &[u32],
    path: &mut Vec<u32>,
) -> u32 {
    let mut at = node;
    while ancestor[at as usize] > linked {
        path.push(at);
        at = ancestor[at as usize];
    }
    let mut best = label[at as usize];
    let top = ancestor[at as usize];
    while let Some(below) = path.pop() {
        let own = label[below as usize];
        if semi[best as usize] < semi[own as usize] {
            label[below as usize] = best;
        } else {
            best = own;
        }
        ancestor[below as usize] = top;
    }
    best
}

/// Bytes by node, from the leaves of the tree to its root.
fn retained(graph: &HeapGraph, dominator: &[u32], order: &[u32], shallow: &[u64]) -> Vec<u64> {
    let mut retained = if shallow.is_empty() {
        graph.nodes().map(|node| graph.shallow_size(node)).collect()
    } else {
        shallow.to_vec()
    };
    for node in order.iter().skip(1).rev() {
        let bytes = retained[*node as usize];
        retained[dominator[*node as usize] as usize] += bytes;
    }
    retained
}

/// Positions in a depth-first order of the tree, the nodes in that order, and the sizes of subtrees. Children follow
/// their parent in the order of the walk.
fn tree(dominator: &[u32], order: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let count = order.len();
    let mut subtree = vec![1_u32; count];
    for node in order.iter().skip(1).rev() {
        let nodes = subtree[*node as usize];
        subtree[dominator[*node as usize] as usize] += nodes;
    }
    // Where the next child of each node goes.
    let mut next = vec![0_u32; count];
    let mut entered = vec![0_u32; count];
    for (at, node) in order.iter().enumerate() {
        let node = *node as usize;
        if at > 0 {
            let above = dominator[node] as usize;
            entered[node] = next[above];
            next[above] += subtree[node];
        }
        next[node] = entered[node] + 1;
    }
    let mut tree_order = next;
    for (node, position) in entered.iter().enumerate() {
        tree_order[*position as usize] = node as u32;
    }
    (entered, tree_order, subtree)
}
