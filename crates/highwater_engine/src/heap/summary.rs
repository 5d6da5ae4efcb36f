//! `heap summary`: what is in a heap.

use super::words::{file_name, label_text, object_columns, object_row, owner, place};
use super::{HeapOptions, dominators, strings, warn};
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Next, Picture, Sheet, Table, Unit};
use highwater_heap::{
    Class, Dominated, Named, Sources, Totals, accumulations, classes, large_collections,
    strings as look_at_strings, totals,
};
use std::path::Path;

pub(super) fn sheet(path: &Path, heap: &Dominated, options: &HeapOptions) -> Sheet {
    // Totals make the index of retainers; what the others needed is given back by then.
    let ((names, strings_found), classes) =
        rayon::join(|| (Named::of(heap), look_at_strings(heap, 0)), || classes(heap));
    let totals = totals(heap);
    let graph = heap.graph();
    let mut sheet = Sheet::new("heap summary", format!("What is in `{}`", file_name(path)));
    sheet.figures = vec![
        Fact::new("total_bytes", "In all", Cell::Bytes(totals.total_bytes)),
        Fact::new("nodes", "Objects", Cell::Count(graph.node_count() as u64)),
        Fact::new("edges", "References", Cell::Count(graph.edge_count() as u64)),
        Fact::new("file_bytes", "File", Cell::Bytes(graph.bytes())),
    ];
    let sources = options.sources();
    sheet.push(kinds(&totals));
    sheet.push(owners(&names, options.limit, &sources));
    sheet.push(constructors(&classes, &names, options.limit, &sources));
    sheet.push(collections(&names, options.limit));
    sheet.push(strings::duplicates(&names, &strings_found, options.limit.min(10)));
    let picture = Picture::Icicle(dominators::icicle(heap));
    sheet.push(Block::new("picture", "The heap as a picture", Body::Picture(picture)));
    sheet.next = next(path, heap);
    warn(&mut sheet, graph);
    sheet
}

fn kinds(totals: &Totals) -> Block {
    let whole = totals.total_bytes;
    let rows = [
        ("Strings", totals.string_bytes),
        ("Arrays", totals.array_bytes),
        ("Typed arrays and buffers", totals.typed_array_bytes),
        ("Other native memory", totals.native_bytes - totals.typed_array_bytes),
        ("Compiled code", totals.code_bytes),
        ("V8's own", totals.system_bytes),
    ];
    let other = whole.saturating_sub(rows.iter().map(|(_, bytes)| bytes).sum());
    let mut table = Table::new(vec![
        Column::new("kind", "Kind", Unit::Text),
        Column::new("bytes", "Bytes", Unit::Bytes).bar(),
        Column::new("share", "Share", Unit::Share),
    ]);
    for (name, bytes) in rows.into_iter().chain([("Objects, closures and the rest", other)]) {
        table.push(vec![Cell::text(name), Cell::Bytes(bytes), Cell::Share { part: bytes, whole }]);
    }
    Block::new("kinds", "By kind", Body::Table(table)).about("Grouped as in DevTools' statistics.")
}

fn constructors(classes: &[Class], names: &Named<'_>, limit: usize, sources: &dyn Sources) -> Block {
    let mut table = Table::new(vec![
        Column::new("constructor", "Constructor", Unit::Name),
        Column::new("place", "Declared", Unit::Place),
        Column::new("count", "Count", Unit::Count),
        Column::new("shallow_bytes", "Shallow", Unit::Bytes),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
        Column::new("distance", "Distance", Unit::Count),
        Column::new("largest_id", "Largest", Unit::Id),
    ]);
    for class in classes.iter().take(limit) {
        let declared = class.location.map(|_| place(names, class.largest, sources));
        table.push(vec![
            Cell::name(class.name.clone()),
            declared.unwrap_or_default(),
            Cell::Count(class.count),
            Cell::Bytes(class.shallow_bytes),
            Cell::Bytes(class.retained_bytes),
            Cell::or_absent(class.distance, |distance| Cell::Count(u64::from(distance))),
            Cell::Id(names.graph().object_id(class.largest)),
        ]);
    }
    table.more = classes.len().saturating_sub(limit) as u64;
    Block::new("constructors", "Constructors", Body::Table(table)).about(
        "Retained: what would go with all objects of a class, nothing counted twice. Two classes of one name in \
         different places are two rows.",
    )
}

/// Where memory accumulates.
fn owners(names: &Named<'_>, limit: usize, sources: &dyn Sources) -> Block {
    let mut table = Table::new(object_columns());
    for node in accumulations(names.heap(), limit) {
        table.push(object_row(names, node, sources));
    }
    Block::new("owners", "Who holds most", Body::Table(table)).about(
        "Objects at which memory gathers: everything under them would go with them, and no single one below has most \
         of it.",
    )
}

/// Collections with many entries or much room that no entry fills.
fn collections(names: &Named<'_>, limit: usize) -> Block {
    let all = large_collections(names, COLLECTION_ENTRIES_MIN);
    let mut table = Table::new(vec![
        Column::new("collection", "Collection", Unit::Name),
        Column::new("id", "Id", Unit::Id),
        Column::new("held_as", "Held as", Unit::Name),
        Column::new("entries", "Entries", Unit::Count),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
        Column::new("unused_bytes", "Unused room", Unit::Bytes),
    ]);
    for collection in all.iter().take(limit) {
        let class = label_text(names.graph(), collection.node);
        let what = if class.is_empty() { collection.kind.word().to_owned() } else { class };
        table.push(vec![
            Cell::name(what),
            Cell::Id(names.graph().object_id(collection.node)),
            owner(names, collection.node),
            Cell::Count(collection.entries),
            Cell::Bytes(names.heap().retained_size(collection.node)),
            Cell::Bytes(collection.unused_bytes),
        ]);
    }
    table.more = all.len().saturating_sub(limit) as u64;
    Block::new("collections", "Collections", Body::Table(table)).about(
        "Entries are those of the program, not of V8's tables. Plain numbers leave no trace in a snapshot and are not \
         counted.",
    )
}

/// Smaller collections are not listed.
const COLLECTION_ENTRIES_MIN: u64 = 16;

fn next(path: &Path, heap: &Dominated) -> Vec<Next> {
    let file = path.display();
    let holder = accumulations(heap, 1).first().map(|node| heap.graph().object_id(*node));
    let mut next: Vec<Next> = holder
        .map(|id| Next {
            command: format!("highwater heap retainers {file} @{id}"),
            why: "why the largest holder is still there".into(),
        })
        .into_iter()
        .collect();
    next.push(Next {
        command: format!("highwater heap diff {file} LATER.heapsnapshot"),
        why: "what grows, which one snapshot cannot tell".into(),
    });
    next
}
