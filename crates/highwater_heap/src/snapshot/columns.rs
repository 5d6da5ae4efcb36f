//! The columns that records of nodes and edges become.
//!
//! Pieces of text are turned into numbers side by side; then each piece knows where its first record goes, and writes
//! its own part of the columns. The result is the same whatever the number of threads.

use super::meta::{EdgeLayout, Meta, NodeLayout};
use super::numbers::Numbers;
use crate::column::Column;
use crate::ids::NodeId;
use crate::kinds::EdgeKind;
use rayon::prelude::*;

/// Nodes by columns. Row = [`NodeId`], in the order of the file.
#[derive(Default, Debug)]
pub(crate) struct Nodes {
    /// Position in `NodeKind::ALL`.
    pub(crate) kind: Column<u8>,
    /// Position in the string section.
    pub(crate) name: Column<u32>,
    /// V8's number of the object. Odd for objects of the heap, even for those of the embedder.
    pub(crate) id: Column<u32>,
    /// Bytes; [`WIDE`] when `wide_sizes` has them.
    pub(crate) self_size: Column<u32>,
    /// While decoding: how many edges the node has. After: position of its first edge; one row more than nodes.
    pub(crate) first_edge: Column<u32>,
    /// Node, bytes: those of 4 GiB and more, by node.
    pub(crate) wide_sizes: Vec<(u32, u64)>,
    /// Node, V8's number: those that do not fit in 32 bits, by node.
    pub(crate) wide_ids: Vec<(u32, u64)>,
    /// Node, 1 attached or 2 detached: those where it is known, by node.
    pub(crate) detached: Vec<(u32, u8)>,
    /// Node, node of the allocation trace: those that have one, by node.
    pub(crate) traces: Vec<(u32, u32)>,
}

/// An edge in eight bytes. From the top: its kind in 3 bits, its name or index in 29, where it leads in 32.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedEdge(pub(crate) u64);

const NAME_BITS: u32 = 29;
const KIND_SHIFT: u32 = 32 + NAME_BITS;
/// Names from here on are in [`Edges::wide_names`].
pub(crate) const NAME_MAX: u32 = (1 << NAME_BITS) - 1;

impl PackedEdge {
    #[inline]
    pub(crate) fn kind(self) -> EdgeKind {
        EdgeKind::ALL[(self.0 >> KIND_SHIFT) as usize]
    }

    #[inline]
    pub(crate) fn is(self, kind: EdgeKind) -> bool {
        self.0 >> KIND_SHIFT == kind as u64
    }

    #[inline]
    pub(crate) fn name(self) -> u32 {
        (self.0 >> 32) as u32 & NAME_MAX
    }

    #[inline]
    pub(crate) fn target(self) -> NodeId {
        NodeId::new(self.to())
    }

    #[inline]
    pub(crate) fn to(self) -> u32 {
        self.0 as u32
    }
}

/// Edges by columns, grouped by the node they leave.
#[derive(Default, Debug)]
pub(crate) struct Edges {
    /// Each a [`PackedEdge`].
    pub(crate) packed: Column<u64>,
    /// Edge, name: those whose name is [`NAME_MAX`] or above, by edge.
    pub(crate) wide_names: Vec<(u32, u32)>,
}

/// A record that cannot be: number of its record, number of the field, why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadRecord {
    pub(super) record: usize,
    pub(super) field: usize,
    pub(super) why: String,
}

/// Pieces cut so that each holds whole records; what is left over at the end is in the last.
fn records(pieces: &[Numbers], fields: usize) -> Vec<usize> {
    pieces.iter().map(|piece| piece.len() / fields).collect()
}

/// The part of the node columns that one piece writes.
struct NodePart<'a> {
    first: usize,
    kind: &'a mut [u8],
    name: &'a mut [u32],
    id: &'a mut [u32],
    self_size: &'a mut [u32],
    edge_count: &'a mut [u32],
}

/// What a piece has beside its columns.
#[derive(Default)]
struct NodeExtra {
    wide_sizes: Vec<(u32, u64)>,
    wide_ids: Vec<(u32, u64)>,
    detached: Vec<(u32, u8)>,
    traces: Vec<(u32, u32)>,
}

impl Nodes {
    pub(crate) fn len(&self) -> usize {
        self.kind.len()
    }

    /// Adds the records of pieces that each hold whole ones.
    pub(super) fn append(&mut self, pieces: &[Numbers], meta: &Meta) -> Result<(), BadRecord> {
        let counts = records(pieces, meta.node.fields);
        let mut first = self.len();
        let total = first + counts.iter().sum::<usize>();
        if total >= u32::MAX as usize {
            return Err(BadRecord { record: first, field: 0, why: "more than 4 billion nodes".into() });
        }
        self.kind.grow(total - first);
        for column in [&mut self.name, &mut self.id, &mut self.self_size, &mut self.first_edge] {
            column.grow(total - first);
        }
        let mut rest = (
            &mut self.kind[first..],
            &mut self.name[first..],
            &mut self.id[first..],
            &mut self.self_size[first..],
            &mut self.first_edge[first..],
        );
        let mut parts = Vec::with_capacity(pieces.len());
        for (piece, count) in pieces.iter().zip(counts) {
            let (kind, kinds) = rest.0.split_at_mut(count);
            let (name, names) = rest.1.split_at_mut(count);
            let (id, ids) = rest.2.split_at_mut(count);
            let (self_size, sizes) = rest.3.split_at_mut(count);
            let (edge_count, edges) = rest.4.split_at_mut(count);
            parts.push((piece, NodePart { first, kind, name, id, self_size, edge_count }));
            rest = (kinds, names, ids, sizes, edges);
            first += count;
        }
        let extras: Vec<_> =
            parts.into_par_iter().map(|(piece, mut part)| write_nodes(piece, &mut part, meta)).collect();
        for extra in extras {
            let extra = extra?;
            self.wide_sizes.extend(extra.wide_sizes);
            self.wide_ids.extend(extra.wide_ids);
            self.detached.extend(extra.detached);
            self.traces.extend(extra.traces);
        }
        Ok(())
    }

    /// Whether the sizes of all nodes have a sum.
    pub(super) fn sizes_add_up(&self) -> bool {
        let narrow = (self.len() as u64) << 32;
        let wide = self.wide_sizes.iter().try_fold(narrow, |sum, (_, bytes)| sum.checked_add(*bytes));
        wide.is_some()
    }

    /// Turns counts of edges into positions; says how many edges there must be.
    pub(super) fn place_edges(&mut self) -> u64 {
        let mut sum = 0_u64;
        for count in self.first_edge.iter_mut() {
            let next = sum + u64::from(*count);
            *count = u32::try_from(sum).unwrap_or(u32::MAX);
            sum = next;
        }
        let nodes = self.first_edge.len();
        self.first_edge.grow(1);
        self.first_edge[nodes] = u32::try_from(sum).unwrap_or(u32::MAX);
        sum
    }

    pub(super) fn shrink(&mut self) {
        self.kind.shrink();
        for column in [&mut self.name, &mut self.id, &mut self.self_size, &mut self.first_edge] {
            column.shrink();
        }
    }

    /// Makes room for so many.
    pub(super) fn reserve(&mut self, count: usize) {
        self.kind.reserve(count);
        for column in [&mut self.name, &mut self.id, &mut self.self_size] {
            column.reserve(count);
        }
        self.first_edge.reserve(count + 1);
    }
}

fn write_nodes(piece: &Numbers, part: &mut NodePart<'_>, meta: &Meta) -> Result<NodeExtra, BadRecord> {
    match meta.node.fields {
        6 => write_nodes_of::<6>(piece, part, meta),
        7 => write_nodes_of::<7>(piece, part, meta),
        _ => write_nodes_of::<0>(piece, part, meta),
    }
}

/// `FIELDS` is known while compiling for the usual layouts; 0 stands for any other.
fn write_nodes_of<const FIELDS: usize>(
    piece: &Numbers,
    part: &mut NodePart<'_>,
    meta: &Meta,
) -> Result<NodeExtra, BadRecord> {
    let layout = NodeLayout { fields: if FIELDS == 0 { meta.node.fields } else { FIELDS }, ..meta.node };
    let mut extra = NodeExtra::default();
    for (row, record) in piece.values().chunks_exact(layout.fields).enumerate() {
        let Some(kind) = meta.node_kinds.get(record[layout.kind] as usize) else {
            return Err(unknown_kind(part.first + row, layout.kind, record[layout.kind], "node_types"));
        };
        part.kind[row] = *kind as u8;
        part.name[row] = record[layout.name];
        part.id[row] = record[layout.id];
        part.self_size[row] = record[layout.self_size];
        part.edge_count[row] = record[layout.edge_count];
        let node = (part.first + row) as u32;
        if let Some(detachedness) = layout.detachedness.map(|at| record[at])
            && detachedness != 0
        {
            extra.detached.push((node, detachedness.min(3) as u8));
        }
        if let Some(trace) = layout.trace_node.map(|at| record[at])
            && trace != 0
        {
            extra.traces.push((node, trace));
        }
    }
    for (at, value) in piece.wide() {
        let (row, field) = (at / layout.fields, at % layout.fields);
        let record = part.first + row;
        if field == layout.self_size {
            extra.wide_sizes.push((record as u32, value));
        } else if field == layout.id {
            extra.wide_ids.push((record as u32, value));
        } else if layout.knows(field) {
            let what = &meta.node_fields[field];
            return Err(BadRecord {
                record,
                field,
                why: format!("{value} as `{what}` of a node is out of range"),
            });
        }
    }
    Ok(extra)
}

fn unknown_kind(record: usize, field: usize, kind: u32, list: &str) -> BadRecord {
    BadRecord { record, field, why: format!("kind {kind} is not in `meta.{list}`") }
}

impl Edges {
    pub(crate) fn len(&self) -> usize {
        self.packed.len()
    }

    /// Adds the records of pieces that each hold whole ones. `nodes` is how many nodes there are.
    pub(super) fn append(&mut self, pieces: &[Numbers], meta: &Meta, nodes: usize) -> Result<(), BadRecord> {
        let counts = records(pieces, meta.edge.fields);
        let mut first = self.len();
        let total = first + counts.iter().sum::<usize>();
        if total >= u32::MAX as usize {
            return Err(BadRecord { record: first, field: 0, why: "more than 4 billion edges".into() });
        }
        self.packed.grow(total - first);
        let mut rest = &mut self.packed[first..];
        let mut parts = Vec::with_capacity(pieces.len());
        for (piece, count) in pieces.iter().zip(counts) {
            let (part, others) = rest.split_at_mut(count);
            parts.push((piece, first, part));
            rest = others;
            first += count;
        }
        let wide: Vec<_> = parts
            .into_par_iter()
            .map(|(piece, first, part)| match meta.node.fields {
                6 => write_edges::<6>(piece, first, part, meta, nodes),
                7 => write_edges::<7>(piece, first, part, meta, nodes),
                _ => write_edges::<0>(piece, first, part, meta, nodes),
            })
            .collect();
        for names in wide {
            self.wide_names.extend(names?);
        }
        Ok(())
    }
}

/// `NODE_FIELDS` is known while compiling for the usual layouts, which makes a division a multiplication.
fn write_edges<const NODE_FIELDS: usize>(
    piece: &Numbers,
    first: usize,
    part: &mut [u64],
    meta: &Meta,
    nodes: usize,
) -> Result<Vec<(u32, u32)>, BadRecord> {
    let node_fields = if NODE_FIELDS == 0 { meta.node.fields } else { NODE_FIELDS } as u32;
    let EdgeLayout { fields, kind, name, to } = meta.edge;
    let bits: Vec<u64> = meta.edge_kinds.iter().map(|kind| (*kind as u64) << KIND_SHIFT).collect();
    let mut wide = Vec::new();
    let mut wrong = false;
    let write = |edge: &mut u64, kind: u32, name: u32, to: u32| {
        let node = to / node_fields;
        let known = bits.get(kind as usize);
        *edge = known.unwrap_or(&0) | u64::from(name.min(NAME_MAX)) << 32 | u64::from(node);
        node * node_fields != to || node as usize >= nodes || known.is_none() || name >= NAME_MAX
    };
    if (fields, kind, name, to) == (3, 0, 1, 2) {
        for (edge, [kind, name, to]) in part.iter_mut().zip(piece.values().as_chunks::<3>().0) {
            wrong |= write(edge, *kind, *name, *to);
        }
    } else {
        for (edge, record) in part.iter_mut().zip(piece.values().chunks_exact(fields)) {
            wrong |= write(edge, record[kind], record[name], record[to]);
        }
    }
    if wrong {
        for (row, edge) in part.iter_mut().enumerate() {
            let record = first + row;
            let at = |field| piece.full(row * fields + field);
            let long = mend_edge(edge, [at(kind), at(name), at(to)], meta, nodes);
            let long =
                long.map_err(|(field, why)| BadRecord { record, field: [kind, name, to][field], why })?;
            wide.extend(long.map(|name| (record as u32, name)));
        }
    }
    Ok(wide)
}

/// Checks one edge slowly. Gives its name when that is too long for the packed form; the error is which of kind, name
/// and target is wrong, and why.
fn mend_edge(
    edge: &mut u64,
    [kind, name, to]: [u64; 3],
    meta: &Meta,
    nodes: usize,
) -> Result<Option<u32>, (usize, String)> {
    let fields = meta.node.fields as u64;
    if meta.edge_kinds.get(kind as usize).is_none() {
        return Err((0, unknown_kind(0, 0, kind as u32, "edge_types").why));
    }
    if !to.is_multiple_of(fields) {
        return Err((2, format!("`to_node` {to} is not the start of a node (nodes have {fields} fields)")));
    }
    if to / fields >= nodes as u64 {
        return Err((2, format!("`to_node` {to} is beyond the last of {nodes} nodes")));
    }
    *edge = (*edge & !u64::from(u32::MAX)) | (to / fields);
    let Ok(name) = u32::try_from(name) else {
        return Err((1, format!("{name} as name of an edge is out of range")));
    };
    Ok((name >= NAME_MAX).then_some(name))
}
