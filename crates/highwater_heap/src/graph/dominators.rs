//! Who alone keeps whom alive, and how many bytes would go with whom.
//!
//! Node A dominates node B when every way from the root to B leads through A. The immediate dominators form a tree; the
//! retained size of a node is the sum of the sizes in its subtree. Algorithm: semi-NCA, from L. Georgiadis, R. E.
//! Tarjan, R. F. Werneck, "Finding Dominators in Practice", 2006. All its arrays are in the order of the walk, and a
//! reference from a node with a smaller number needs no search, so only the others are stored.

use super::flow::{Flow, NONE, Walk};
use super::sizes::{Bytes, Moved};
use super::{HeapGraph, distances, sizes};
use crate::column::Column;
use crate::ids::{EdgeId, NodeId};

/// Steps upwards that a node may take on average before ways are made shorter.
const CLIMB_STEPS: usize = 32;

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
    dominator: Column<u32>,
    /// By node: bytes.
    retained: Bytes,
    /// By node: bytes after the transfer, where they are others than before.
    shallow: Option<Moved>,
    /// By node: DevTools' distance.
    distance: Column<u32>,
    /// By node: the edge by which the shortest way came; [`NONE`] for starts and what is not reached.
    parent_edge: Column<u32>,
    /// By node: position in a depth-first order of the dominator tree.
    entered: Column<u32>,
    /// Nodes in that order.
    tree_order: Column<u32>,
    /// By node: how many nodes its subtree has, itself included.
    subtree: Column<u32>,
}

impl Dominated {
    /// Computes everything. Dominators and distances are found side by side.
    pub fn compute(graph: HeapGraph, sizes: Sizes) -> Dominated {
        let ((dominator, order), (moves, distances)) = rayon::join(
            || dominators(&graph, sizes),
            || (sizes::moves(&graph, sizes), distances::of(&graph)),
        );
        let ((shallow, retained), (entered, tree_order, subtree)) = rayon::join(
            || {
                let mut retained = Bytes::in_file(&graph);
                let shallow = moves.map(|moves| {
                    retained.hand_over(&graph, &moves);
                    Moved::of(&retained, &moves, graph.node_count())
                });
                retained.add_up(&dominator, &order);
                (shallow, retained)
            },
            || tree(&dominator, &order),
        );
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
        self.retained.of(node)
    }

    /// Bytes of the node alone, by the chosen rule.
    pub fn shallow_size(&self, node: NodeId) -> u64 {
        let moved = self.shallow.as_ref().and_then(|moved| moved.get(node));
        moved.unwrap_or_else(|| self.graph.shallow_size(node))
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
fn dominators(graph: &HeapGraph, sizes: Sizes) -> (Column<u32>, Column<u32>) {
    let mut flow = Flow::new(graph, sizes);
    let mut walk = flow.walk();
    let later = Later::of(&flow, &mut walk);
    drop(flow);
    drop(std::mem::take(&mut walk.number));
    let number = semi_nca(&mut walk, later);
    let mut dominator = Column::zeroed(walk.order.len());
    {
        let (order, number, dominator): (&[u32], &[u32], &mut [u32]) = (&walk.order, &number, &mut dominator);
        for (node, above) in order.iter().zip(number) {
            dominator[*node as usize] = order[*above as usize];
        }
    }
    (dominator, walk.order)
}

/// References from nodes with a larger number in the walk, by the node they lead to.
struct Later {
    /// Where those of each node begin; they end with a 0. [`NONE`] where none were kept.
    first: Column<u32>,
    from: Column<u32>,
}

impl Later {
    /// Takes `walk.later`.
    ///
    /// A node that only its parent in the walk refers to brings nothing that its parent does not bring: where the
    /// parent's number is the larger one as well, the parent stands for it. So a million instances in one array are
    /// one reference to what they have in common.
    fn of(flow: &Flow<'_>, walk: &mut Walk) -> Later {
        let mut first = std::mem::take(&mut walk.later);
        let stand_ins = stand_ins(walk, &first);
        let (order, number): (&[u32], &[u32]) = (&walk.order, &walk.number);
        let mut sum = 0;
        for (count, earliest) in first.iter_mut().zip(walk.earliest.iter()) {
            // What hangs on the root cannot come nearer: its references need not be kept.
            if *earliest == 0 || *count == 0 {
                *count = NONE;
            } else {
                // One place more, which stays 0: what was written last can then be looked at from the beginning.
                sum += *count + 1;
                *count = sum - 1;
            }
        }
        let mut from = Column::zeroed(sum as usize);
        let (places, list): (&mut [u32], &mut [u32]) = (&mut first, &mut from);
        for (at, node) in order[..walk.walked].iter().enumerate() {
            let guarded = flow.guards(*node);
            let stand_in = stand_ins[at];
            for edge in flow.adjacency.of(*node) {
                let to = number[edge.to() as usize];
                if to >= at as u32 {
                    continue;
                }
                let place = &mut places[to as usize];
                if *place == NONE {
                    continue;
                }
                let source = if stand_in > to { stand_in } else { at as u32 };
                if list[*place as usize] != source && flow.counts(*node, guarded, edge) {
                    *place -= 1;
                    list[*place as usize] = source;
                }
            }
        }
        Later { first, from }
    }
}

/// By number: the nearest node upwards in the walk, itself included, that more than its parent refers to.
fn stand_ins(walk: &Walk, later: &[u32]) -> Column<u32> {
    let mut column = Column::zeroed(walk.walked);
    let stand_ins: &mut [u32] = &mut column;
    let (parent, earliest): (&[u32], &[u32]) = (&walk.parent, &walk.earliest);
    for at in 1..walk.walked {
        let alone = earliest[at] == parent[at] && later[at] == 0;
        stand_ins[at] = if alone { stand_ins[parent[at] as usize] } else { at as u32 };
    }
    column
}

/// The dominator of each node, all by their numbers in the walk.
fn semi_nca(walk: &mut Walk, later: Later) -> Column<u32> {
    let mut semi = std::mem::take(&mut walk.earliest);
    {
        let semi: &mut [u32] = &mut semi;
        let (first, from): (&[u32], &[u32]) = (&later.first, &later.from);
        let mut links = Column::zeroed(walk.walked);
        let links: &mut [u64] = &mut links;
        for (link, parent) in links.iter_mut().zip(walk.parent.iter()) {
            *link = Link { ancestor: *parent, least: NONE }.pack();
        }
        let mut path = Vec::new();
        for node in (1..walk.walked).rev() {
            let mut least = semi[node];
            if first[node] != NONE {
                for source in from[first[node] as usize..].iter().take_while(|source| **source != 0) {
                    least = least.min(evaluate(*source, node as u32, links, &mut path));
                }
            }
            semi[node] = least;
            links[node] = Link { least, ..Link::unpack(links[node]) }.pack();
        }
    }
    drop(later);
    let mut column = std::mem::take(&mut walk.parent);
    let dominator: &mut [u32] = &mut column;
    let mut steps_left = CLIMB_STEPS * walk.walked;
    for node in 1..walk.walked {
        let mut above = dominator[node];
        while above > semi[node] {
            above = dominator[above as usize];
            steps_left = steps_left.saturating_sub(1);
        }
        dominator[node] = above;
        if steps_left == 0 {
            climb_in_jumps(&mut dominator[..walk.walked], &semi, node + 1);
            break;
        }
    }
    column
}

/// The dominators of the nodes from `todo` on, where plain climbing takes too long: a list of a million links, each
/// with something that an index holds as well, would need a million steps a node. Each node has one jump to a node
/// further up, chosen so that the way to any node above takes a logarithmic number of steps. Source: E. W. Myers, "An
/// applicative random-access stack", 1983.
#[cold]
fn climb_in_jumps(dominator: &mut [u32], semi: &[u32], todo: usize) {
    let (mut jump, mut depth) = (vec![0_u32; dominator.len()], vec![0_u32; dominator.len()]);
    for node in 1..dominator.len() {
        let mut above = dominator[node] as usize;
        while node >= todo && above > semi[node] as usize {
            let far = jump[above];
            above = if far > semi[node] { far } else { dominator[above] } as usize;
        }
        dominator[node] = above as u32;
        depth[node] = depth[above] + 1;
        let far = jump[above] as usize;
        let further = jump[far] as usize;
        let even = depth[above] - depth[far] == depth[far] - depth[further];
        jump[node] = if even && far != 0 { further } else { above } as u32;
    }
}

/// A step of a way upwards.
#[derive(Clone, Copy)]
struct Link {
    /// Where it leads: to the parent at first, further up when the way was made short.
    ancestor: u32,
    /// The smallest semidominator among the nodes of the step, the upper end left out.
    least: u32,
}

impl Link {
    #[inline]
    fn pack(self) -> u64 {
        u64::from(self.ancestor) << 32 | u64::from(self.least)
    }

    #[inline]
    fn unpack(packed: u64) -> Link {
        Link { ancestor: (packed >> 32) as u32, least: packed as u32 }
    }
}

/// The smallest semidominator on the way from `node` up to, and without, the first node that is not linked yet.
/// Everything above `linked` is linked. Ways are made short in passing.
#[inline]
fn evaluate(node: u32, linked: u32, links: &mut [u64], path: &mut Vec<u32>) -> u32 {
    let mut at = node;
    let mut link = Link::unpack(links[at as usize]);
    while link.ancestor > linked {
        path.push(at);
        at = link.ancestor;
        link = Link::unpack(links[at as usize]);
    }
    while let Some(below) = path.pop() {
        link.least = link.least.min(Link::unpack(links[below as usize]).least);
        links[below as usize] = link.pack();
    }
    link.least
}

/// Positions in a depth-first order of the tree, the nodes in that order, and the sizes of subtrees. Children follow
/// their parent in the order of the walk.
fn tree(dominator: &[u32], order: &[u32]) -> (Column<u32>, Column<u32>, Column<u32>) {
    let count = order.len();
    let (mut subtree, mut next, mut entered) =
        (Column::filled(count, 1_u32), Column::zeroed(count), Column::zeroed(count));
    {
        // Where the next child of each node goes.
        let (subtree, next, entered): (&mut [u32], &mut [u32], &mut [u32]) =
            (&mut subtree, &mut next, &mut entered);
        for node in order.iter().skip(1).rev() {
            let nodes = subtree[*node as usize];
            subtree[dominator[*node as usize] as usize] += nodes;
        }
        for (at, node) in order.iter().enumerate() {
            let node = *node as usize;
            if at > 0 {
                let above = dominator[node] as usize;
                entered[node] = next[above];
                next[above] += subtree[node];
            }
            next[node] = entered[node] + 1;
        }
    }
    let mut tree_order = next;
    {
        let tree_order: &mut [u32] = &mut tree_order;
        for (node, position) in entered.iter().enumerate() {
            tree_order[*position as usize] = node as u32;
        }
    }
    (entered, tree_order, subtree)
}
