//! `heap convert`: nodes and edges as tables for other tools, in a folder that is whole or not there.

mod parquet;

use crate::{Error, output};
use highwater_heap::{Dominated, EdgeName, Named};
use parquet::{Field, Kind, Table};
use std::io::{self, Write};
use std::path::Path;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Rows of `nodes.parquet`.
    pub nodes: u64,
    /// Rows of `edges.parquet`.
    pub edges: u64,
}

const NODES: &[Field] = &[
    ("node", Kind::U32, false),
    ("id", Kind::U64, false),
    ("kind", Kind::Text, false),
    ("name", Kind::Text, false),
    ("shallow_bytes", Kind::U64, false),
    ("retained_bytes", Kind::U64, false),
    ("retained_nodes", Kind::U32, false),
    ("distance", Kind::U32, true),
    ("dominator", Kind::U32, true),
    ("detachedness", Kind::U32, false),
    ("trace_node", Kind::U32, true),
    ("script", Kind::Text, true),
    ("line", Kind::U32, true),
    ("column", Kind::U32, true),
];

const EDGES: &[Field] = &[
    ("from", Kind::U32, false),
    ("to", Kind::U32, false),
    ("kind", Kind::Text, false),
    ("name", Kind::Text, true),
    ("index", Kind::U32, true),
];

pub(super) fn parquet(heap: &Dominated, folder: &Path) -> Result<Converted, Error> {
    output::folder_with(folder, |folder| {
        let nodes = output::write_with(&folder.join("nodes.parquet"), |out| nodes(heap, out))?;
        let edges = output::write_with(&folder.join("edges.parquet"), |out| edges(heap, out))?;
        Ok(Converted { nodes, edges })
    })
}

fn nodes(heap: &Dominated, out: &mut impl Write) -> io::Result<u64> {
    let graph = heap.graph();
    let names = Named::of(heap);
    let mut table = Table::new(NODES, out)?;
    for node in graph.nodes() {
        let (kind, name, location) = (graph.kind(node), graph.name_id(node), graph.location(node));
        let place = names.place(node);
        table.number(0, Some(u64::from(node.get())));
        table.number(1, Some(graph.object_id(node)));
        table.text(2, Some((kind as u64, || kind.word())));
        table.text(3, Some((u64::from(name.get()), || graph.string(name))));
        table.number(4, Some(heap.shallow_size(node)));
        table.number(5, Some(heap.retained_size(node)));
        table.number(6, Some(u64::from(heap.retained_count(node))));
        table.number(7, heap.distance(node).map(u64::from));
        table.number(8, heap.immediate_dominator(node).map(|above| u64::from(above.get())));
        table.number(9, Some(u64::from(graph.detachedness(node))));
        table.number(10, Some(graph.trace_node(node)).filter(|trace| *trace > 0).map(u64::from));
        let script = location.zip(place.as_ref());
        table.text(11, script.map(|(location, place)| (u64::from(location.script), || place.url.as_str())));
        table.number(12, place.as_ref().map(|place| u64::from(place.line)));
        table.number(13, place.as_ref().map(|place| u64::from(place.column)));
        table.end_row()?;
    }
    table.finish()
}

fn edges(heap: &Dominated, out: &mut impl Write) -> io::Result<u64> {
    let graph = heap.graph();
    let mut table = Table::new(EDGES, out)?;
    for node in graph.nodes() {
        for edge in graph.edges(node) {
            let (name, index) = match edge.name {
                EdgeName::Named(name) => (Some(name), None),
                EdgeName::Index(index) => (None, Some(index)),
            };
            table.number(0, Some(u64::from(node.get())));
            table.number(1, Some(u64::from(edge.to.get())));
            table.text(2, Some((edge.kind as u64, || edge.kind.word())));
            table.text(3, name.map(|name| (u64::from(name.get()), move || graph.string(name))));
            table.number(4, index.map(u64::from));
            table.end_row()?;
        }
    }
    table.finish()
}
