//! Bytes by what they are: code, strings, arrays, buffers, V8's own.
//!
//! The groups are those of DevTools' statistics view (`calculateStatistics` in its `HeapSnapshot.ts`).

use crate::graph::Dominated;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};

/// Nodes and bytes of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindTotal {
    /// V8's kind.
    pub kind: NodeKind,
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Bytes of a heap. The groups overlap with nothing but `typed_array_bytes`, which are part of `native_bytes`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Totals {
    /// All nodes, and what V8 knows of outside of them.
    pub total_bytes: u64,
    /// Held by the embedder, outside of V8's heap; with what no node shows.
    pub native_bytes: u64,
    /// Memory of array buffers and typed arrays.
    pub typed_array_bytes: u64,
    /// Known to V8, shown by no node.
    pub extra_native_bytes: u64,
    /// Compiled code.
    pub code_bytes: u64,
    /// Strings.
    pub string_bytes: u64,
    /// Arrays with the elements that are theirs alone.
    pub array_bytes: u64,
    /// V8's own.
    pub system_bytes: u64,
    /// By V8's kind, in the order of the kinds.
    pub kinds: Vec<KindTotal>,
}

/// Adds up.
pub fn totals(heap: &Dominated) -> Totals {
    let graph = heap.graph();
    let buffer = graph.find_string("system / JSArrayBufferData");
    let array = graph.find_string("Array");
    let elements = graph.find_string("elements");
    let extra = graph.meta().extra_native_bytes;
    let mut totals = Totals { native_bytes: extra, extra_native_bytes: extra, ..Totals::default() };
    let mut kinds: Vec<KindTotal> =
        NodeKind::ALL.into_iter().map(|kind| KindTotal { kind, count: 0, bytes: 0 }).collect();
    let mut stores = Vec::new();
    for node in graph.nodes() {
        let (kind, bytes) = (graph.kind(node), heap.shallow_size(node));
        let of_kind = &mut kinds[kind as usize];
        of_kind.count += 1;
        of_kind.bytes += bytes;
        totals.total_bytes += bytes;
        match kind {
            NodeKind::Hidden => totals.system_bytes += bytes,
            NodeKind::Native => {
                totals.native_bytes += bytes;
                if Some(graph.name_id(node)) == buffer {
                    totals.typed_array_bytes += bytes;
                }
            }
            NodeKind::Code => totals.code_bytes += bytes,
            kind if kind.is_string() => totals.string_bytes += bytes,
            _ if Some(graph.name_id(node)) == array => {
                totals.array_bytes += bytes;
                let store = graph.edges(node).find(|edge| {
                    edge.kind == EdgeKind::Internal
                        && elements.is_some_and(|name| edge.name == crate::EdgeName::Named(name))
                });
                stores.extend(store.map(|edge| edge.to));
            }
            _ => {}
        }
    }
    totals.array_bytes += alone(heap, stores);
    totals.total_bytes += extra;
    totals.kinds = kinds.into_iter().filter(|total| total.count > 0).collect();
    totals
}

/// Bytes of those elements that nothing else refers to.
fn alone(heap: &Dominated, stores: Vec<NodeId>) -> u64 {
    let graph = heap.graph();
    let alone = stores.into_iter().filter(|store| graph.retainers(*store).len() == 1);
    alone.map(|store| heap.shallow_size(store)).sum()
}
