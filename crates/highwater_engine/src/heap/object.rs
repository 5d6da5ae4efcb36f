//! `heap object`: everything about one object.

use super::words::{file_name, label_text, owner, place, share};
use super::{HeapOptions, warn};
use crate::Error;
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Next, Sheet, Table, Unit};
use highwater_heap::{Dominated, Edge, EdgeName, HeapGraph, Named, NodeId, Sources, StringId};
use std::cmp::Reverse;
use std::path::Path;

/// The object with a number, written `@123` or `123`.
pub(super) fn by_id(path: &Path, heap: &Dominated, id: &str) -> Result<NodeId, Error> {
    let number = id.trim_start_matches('@').parse::<u64>().map_err(|_| Error::Usage {
        message: format!("`{id}` is not the number of an object"),
        help: "numbers are written `@123`; `highwater heap find` and `heap summary` show them".into(),
    })?;
    heap.graph().by_object_id(number).ok_or_else(|| Error::Usage {
        message: format!("`{}` has no object @{number}", file_name(path)),
        help: "numbers hold for one process only, and an object may be gone; look with `highwater heap find`"
            .into(),
    })
}

pub(super) fn sheet(path: &Path, heap: &Dominated, node: NodeId, options: &HeapOptions) -> Sheet {
    let names = Named::of(heap);
    let graph = heap.graph();
    let id = graph.object_id(node);
    let mut sheet = Sheet::new("heap object", format!("Object @{id} in `{}`", file_name(path)));
    sheet.figures = vec![
        Fact::new("shallow_bytes", "Alone", Cell::Bytes(heap.shallow_size(node))),
        Fact::new("retained_bytes", "Would go with it", Cell::Bytes(heap.retained_size(node))),
        Fact::new("retained_objects", "Objects with it", Cell::Count(u64::from(heap.retained_count(node)))),
    ];
    sheet.push(Block::new("facts", "What it is", Body::Facts(facts(&names, node, &options.sources()))));
    let mut outgoing: Vec<Edge> = graph.edges(node).collect();
    outgoing.sort_by_key(|edge| (Reverse(heap.retained_size(edge.to)), edge.id));
    let all = outgoing.len();
    let rows = outgoing.into_iter().take(options.limit).map(|edge| (edge, edge.to));
    let held = references(&names, rows, all, options.limit);
    sheet.push(Block::new("references", "What it refers to", Body::Table(held)));
    let rows: Vec<(Edge, NodeId)> = graph.all_retainers(node).map(|(from, edge)| (edge, from)).collect();
    let count = rows.len();
    let rows = rows.into_iter().take(options.limit);
    let holders = references(&names, rows, count, options.limit);
    sheet.push(Block::new("retainers", "What refers to it", Body::Table(holders)));
    sheet.blocks.extend(allocation(graph, node));
    sheet.next = vec![Next {
        command: format!("highwater heap retainers {} @{id}", path.display()),
        why: "the ways from a root to it".into(),
    }];
    warn(&mut sheet, graph);
    sheet
}

fn facts(names: &Named<'_>, node: NodeId, sources: &dyn Sources) -> Vec<Fact> {
    let (heap, graph) = (names.heap(), names.heap().graph());
    let dominator = heap.immediate_dominator(node);
    let mut facts = vec![
        Fact::new("name", "Name", Cell::name(label_text(graph, node))),
        Fact::new("kind", "Kind", Cell::text(graph.kind(node).word())),
        Fact::new("held_as", "Held as", owner(names, node)),
        Fact::new("place", "Declared", place(names, node, sources)),
        Fact::new("share", "Share of the heap", share(heap, heap.retained_size(node))),
        Fact::new(
            "distance",
            "Distance",
            Cell::or_absent(heap.distance(node), |d| Cell::Count(u64::from(d))),
        ),
        Fact::new("dominator_id", "Kept by", Cell::or_absent(dominator, |d| Cell::Id(graph.object_id(d))))
            .note(dominator.map(|d| label_text(graph, d)).unwrap_or_default()),
    ];
    if let Some(collection) = names.collection(node) {
        let about = if collection.exact { "" } else { "at least: plain numbers cannot be seen" };
        facts.push(Fact::new("collection", "Collection", Cell::text(collection.kind.word())));
        facts.push(Fact::new("entries", "Entries", Cell::Count(collection.entries)).note(about));
        facts.push(Fact::new("unused_bytes", "Room without entries", Cell::Bytes(collection.unused_bytes)));
    }
    if graph.is_detached_element(node) {
        facts.push(Fact::new("detached", "Detached", Cell::text("yes: no document has it")));
    }
    facts
}

fn references(
    names: &Named<'_>,
    rows: impl Iterator<Item = (Edge, NodeId)>,
    all: usize,
    limit: usize,
) -> Table {
    let (heap, graph) = (names.heap(), names.heap().graph());
    let mut table = Table::new(vec![
        Column::new("by", "By", Unit::Name),
        Column::new("how", "How", Unit::Text),
        Column::new("object", "Object", Unit::Name),
        Column::new("id", "Id", Unit::Id),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
    ]);
    for (edge, other) in rows {
        table.push(vec![
            Cell::name(edge_name(graph, edge)),
            Cell::text(edge.kind.word()),
            Cell::name(label_text(graph, other)),
            Cell::Id(graph.object_id(other)),
            Cell::Bytes(heap.retained_size(other)),
        ]);
    }
    table.more = all.saturating_sub(limit) as u64;
    table
}

fn edge_name(graph: &HeapGraph, edge: Edge) -> String {
    match edge.name {
        EdgeName::Named(name) => graph.string(name).into_owned(),
        EdgeName::Index(index) => format!("[{index}]"),
    }
}

/// Calls of an allocation stack that are shown.
const CALLS_MAX: usize = 64;

/// Where the object was allocated, if allocations were tracked: the innermost call first.
fn allocation(graph: &HeapGraph, node: NodeId) -> Option<Block> {
    let wanted = graph.trace_node(node);
    let tree = graph.trace_tree();
    let mut at = tree.iter().position(|call| wanted != 0 && call.id == wanted);
    let fields = &graph.meta().trace_function_fields;
    let field = |name: &str| fields.iter().position(|field| field == name);
    let (name, script) = (field("name")?, field("script_name")?);
    let (line, column) = (field("line"), field("column"));
    let mut table = Table::new(vec![
        Column::new("function", "Function", Unit::Name),
        Column::new("place", "Place", Unit::Place),
    ]);
    while let Some(call) = at.and_then(|at| tree.get(at)).filter(|_| table.rows.len() < CALLS_MAX) {
        let first = call.function as usize * fields.len();
        if let Some(record) = graph.trace_functions().get(first..first + fields.len()) {
            let text = |at: usize| graph.string(StringId::new(record[at])).into_owned();
            let number = |at: Option<usize>| at.map_or(0, |at| record[at]);
            let called =
                Some(text(name)).filter(|name| !name.is_empty()).unwrap_or_else(|| "(anonymous)".into());
            table.push(vec![Cell::name(called), Cell::at(text(script), number(line), number(column))]);
        }
        at = call.parent.map(|parent| parent as usize);
    }
    let about = "The innermost call first; from the allocation tracking of the snapshot.";
    (!table.rows.is_empty())
        .then(|| Block::new("allocated", "Where it was allocated", Body::Table(table)).about(about))
}
