//! Nodes and edges as a graph: who refers to whom, who keeps whom alive, and how many bytes would go with whom.

mod bits;
mod distances;
mod dominators;
mod ephemerons;
mod flow;
mod retainers;
mod sizes;

pub use dominators::{Dominated, Sizes};
pub(crate) use retainers::RETAINERS_KEPT;

use crate::ids::{EdgeId, NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::snapshot::{Decoded, Location, Meta, NAME_MAX, PackedEdge, Sample, TraceNode};
use ephemerons::Ephemerons;
use retainers::Retainers;
use std::borrow::Cow;
use std::sync::OnceLock;

/// The graph of a snapshot.
#[derive(Debug)]
pub struct HeapGraph {
    pub(crate) decoded: Decoded,
    pub(crate) ephemerons: Ephemerons,
    retainers: OnceLock<Retainers>,
    /// Nodes by V8's number.
    by_id: OnceLock<Vec<u32>>,
}

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Which.
    pub id: EdgeId,
    /// What it is.
    pub kind: EdgeKind,
    /// What it is called.
    pub name: EdgeName,
    /// Where it leads.
    pub to: NodeId,
}

/// What a reference is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeName {
    /// By a string.
    Named(StringId),
    /// By a number: an element, or a slot.
    Index(u32),
}

impl HeapGraph {
    /// The graph of what was decoded.
    pub fn build(decoded: Decoded) -> HeapGraph {
        let ephemerons = Ephemerons::find(&decoded.strings);
        HeapGraph { decoded, ephemerons, retainers: OnceLock::new(), by_id: OnceLock::new() }
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.decoded.nodes.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.decoded.edges.len()
    }

    /// All nodes, in the order of the file.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + Clone + use<> {
        (0..self.node_count() as u32).map(NodeId::new)
    }

    /// The root, from which everything that lives can be reached.
    pub fn root(&self) -> NodeId {
        NodeId::new(self.decoded.root)
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        NodeKind::ALL[usize::from(self.decoded.nodes.kind[node.index()])]
    }

    /// Its name: the constructor of an object, the text of a string, the name of a function.
    pub fn name_id(&self, node: NodeId) -> StringId {
        StringId::new(self.decoded.nodes.name[node.index()])
    }

    /// Its name, as text.
    pub fn name(&self, node: NodeId) -> Cow<'_, str> {
        self.string(self.name_id(node))
    }

    /// A string of the file. V8 cuts strings at 1,024 characters; a lone surrogate becomes U+FFFD.
    pub fn string(&self, id: StringId) -> Cow<'_, str> {
        self.decoded.strings.get(id)
    }

    /// A string as the file has it, escapes and all.
    pub fn raw_string(&self, id: StringId) -> &[u8] {
        self.decoded.strings.raw(id)
    }

    /// How many strings there are.
    pub fn string_count(&self) -> usize {
        self.decoded.strings.len()
    }

    /// The string that is exactly this text.
    pub fn find_string(&self, text: &str) -> Option<StringId> {
        self.decoded.strings.find(text)
    }

    /// V8's number of the object, as DevTools shows it: `@123`. Stable between snapshots of one process (not in Bun).
    pub fn object_id(&self, node: NodeId) -> u64 {
        let nodes = &self.decoded.nodes;
        match nodes.id[node.index()] {
            u32::MAX => wide(&nodes.wide_ids, node.get()).unwrap_or(u64::from(u32::MAX)),
            id => u64::from(id),
        }
    }

    /// The node with this number.
    pub fn by_object_id(&self, id: u64) -> Option<NodeId> {
        let order = self.by_id.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.node_count() as u32).collect();
            order.sort_by_key(|node| self.object_id(NodeId::new(*node)));
            order
        });
        let found = order.binary_search_by_key(&id, |node| self.object_id(NodeId::new(*node))).ok()?;
        Some(NodeId::new(order[found]))
    }

    /// Bytes of the object alone, as the file says.
    pub fn shallow_size(&self, node: NodeId) -> u64 {
        let nodes = &self.decoded.nodes;
        match nodes.self_size[node.index()] {
            u32::MAX => wide(&nodes.wide_sizes, node.get()).unwrap_or(u64::from(u32::MAX)),
            size => u64::from(size),
        }
    }

    /// 0 unknown, 1 attached to a document, 2 detached from it.
    pub fn detachedness(&self, node: NodeId) -> u8 {
        wide(&self.decoded.nodes.detached, node.get()).unwrap_or(0)
    }

    /// Whether it is an element of a page that no document has. Node marks the natives behind its own objects in the
    /// same way; those are no elements.
    pub fn is_detached_element(&self, node: NodeId) -> bool {
        self.detachedness(node) == 2 && !self.raw_string(self.name_id(node)).starts_with(b"Node / ")
    }

    /// Number of its allocation stack in the trace tree; 0 when there is none.
    pub fn trace_node(&self, node: NodeId) -> u32 {
        wide(&self.decoded.nodes.traces, node.get()).unwrap_or(0)
    }

    /// Where the function or the constructor of the object stands.
    pub fn location(&self, node: NodeId) -> Option<Location> {
        self.decoded.locations.get(node.get())
    }

    /// All places, by node.
    pub fn locations(&self) -> impl ExactSizeIterator<Item = (NodeId, Location)> + '_ {
        self.decoded.locations.all().map(|location| (NodeId::new(location.node), location))
    }

    /// Beats of the allocation timeline; empty without tracking.
    pub fn samples(&self) -> &[Sample] {
        &self.decoded.samples
    }

    /// The allocation stacks; empty without tracking.
    pub fn trace_tree(&self) -> &[TraceNode] {
        &self.decoded.trace_tree
    }

    /// Numbers of the functions of the allocation stacks, in records of `Meta::trace_function_fields`.
    pub fn trace_functions(&self) -> &[u32] {
        &self.decoded.trace_functions
    }

    /// What the header says.
    pub fn meta(&self) -> &Meta {
        &self.decoded.meta
    }

    /// What is missing or odd, as sentences.
    pub fn problems(&self) -> &[String] {
        &self.decoded.problems
    }

    /// Bytes of the (uncompressed) snapshot.
    pub fn bytes(&self) -> u64 {
        self.decoded.bytes
    }

    /// What a node refers to, in the order of the file.
    pub fn edges(&self, node: NodeId) -> impl ExactSizeIterator<Item = Edge> + '_ {
        let range = self.edge_range(node);
        let first = range.start;
        self.decoded.edges.packed[range]
            .iter()
            .enumerate()
            .map(move |(at, edge)| self.unpack(EdgeId::at(first + at), PackedEdge(*edge)))
    }

    /// One edge.
    pub fn edge(&self, id: EdgeId) -> Edge {
        self.unpack(id, PackedEdge(self.decoded.edges.packed[id.index()]))
    }

    /// The node that an edge leaves.
    pub fn edge_from(&self, id: EdgeId) -> NodeId {
        let after = self.decoded.nodes.first_edge.partition_point(|first| *first <= id.get());
        NodeId::at(after - 1)
    }

    /// Who refers to a node, by the order of the referring nodes, as far as the first 256. The index of this is made at
    /// the first call and takes 4 bytes for each edge that it keeps.
    pub fn retainers(&self, node: NodeId) -> impl ExactSizeIterator<Item = (NodeId, Edge)> + '_ {
        let retainers = self.retainers.get_or_init(|| Retainers::of(self));
        retainers.edges(node).iter().map(|id| {
            let id = EdgeId::new(*id);
            (self.edge_from(id), self.edge(id))
        })
    }

    /// Everyone who refers to a node, by the order of the referring nodes: one pass over all edges.
    pub fn all_retainers(&self, node: NodeId) -> impl Iterator<Item = (NodeId, Edge)> {
        let edges = self.adjacency().all().enumerate().filter(move |(_, edge)| edge.target() == node);
        edges.map(|(at, edge)| (self.edge_from(EdgeId::at(at)), self.unpack(EdgeId::at(at), edge)))
    }

    #[inline]
    pub(crate) fn edge_range(&self, node: NodeId) -> std::ops::Range<usize> {
        let first = &self.decoded.nodes.first_edge;
        first[node.index()] as usize..first[node.index() + 1] as usize
    }

    /// The edges as plain lists, for passes over all of them.
    pub(crate) fn adjacency(&self) -> Adjacency<'_> {
        Adjacency { first: &self.decoded.nodes.first_edge, edges: &self.decoded.edges.packed }
    }

    fn unpack(&self, id: EdgeId, edge: PackedEdge) -> Edge {
        let name = match edge.name() {
            NAME_MAX => wide(&self.decoded.edges.wide_names, id.get()).unwrap_or(NAME_MAX),
            name => name,
        };
        let kind = edge.kind();
        let name =
            if kind.is_numbered() { EdgeName::Index(name) } else { EdgeName::Named(StringId::new(name)) };
        Edge { id, kind, name, to: edge.target() }
    }
}

/// Edges by the node they leave.
#[derive(Clone, Copy)]
pub(crate) struct Adjacency<'a> {
    first: &'a [u32],
    edges: &'a [u64],
}

impl<'a> Adjacency<'a> {
    /// Positions of the edges that leave a node.
    #[inline]
    pub(crate) fn range(self, node: u32) -> std::ops::Range<u32> {
        self.first[node as usize]..self.first[node as usize + 1]
    }

    #[inline]
    pub(crate) fn edge(self, at: u32) -> PackedEdge {
        PackedEdge(self.edges[at as usize])
    }

    /// The edges that leave a node.
    #[inline]
    pub(crate) fn of(self, node: u32) -> impl ExactSizeIterator<Item = PackedEdge> + 'a {
        let range = self.range(node);
        self.edges[range.start as usize..range.end as usize].iter().map(|edge| PackedEdge(*edge))
    }

    /// Brings the edges of some nodes near, all at once, since no look waits for another. What it gives says nothing.
    #[inline]
    pub(crate) fn look_at(self, nodes: &[u32]) -> u64 {
        let first = |node: &u32| self.edges.get(self.first[*node as usize] as usize).copied();
        nodes.iter().fold(0, |seen, node| seen ^ first(node).unwrap_or_default())
    }

    /// All edges.
    pub(crate) fn all(self) -> impl ExactSizeIterator<Item = PackedEdge> + DoubleEndedIterator + 'a {
        self.edges.iter().map(|edge| PackedEdge(*edge))
    }
}

/// A value from a list of pairs by ascending first part.
fn wide<V: Copy>(list: &[(u32, V)], key: u32) -> Option<V> {
    list.binary_search_by_key(&key, |(k, _)| *k).ok().map(|at| list[at].1)
}
