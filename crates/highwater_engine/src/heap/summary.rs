//! `heap summary`: what is in a heap.

use super::{HeapOptions, file_name, warn};
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Sheet, Table, Unit};
use highwater_heap::{Class, Dominated, Named, Totals, classes, totals};
use std::path::Path;

pub(super) fn sheet(path: &Path, heap: &Dominated, options: &HeapOptions) -> Sheet {
    let (names, (totals, classes)) =
        rayon::join(|| Named::of(heap), || rayon::join(|| totals(heap), || classes(heap)));
    let graph = heap.graph();
    let mut sheet = Sheet::new("heap summary", format!("What is in `{}`", file_name(path)));
    sheet.figures = vec![
        Fact::new("total_bytes", "In all", Cell::Bytes(totals.total_bytes)),
        Fact::new("nodes", "Objects", Cell::Count(graph.node_count() as u64)),
        Fact::new("edges", "References", Cell::Count(graph.edge_count() as u64)),
        Fact::new("file_bytes", "File", Cell::Bytes(graph.bytes())),
    ];
    sheet.push(kinds(&totals));
    sheet.push(constructors(&classes, &names, options.limit));
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

fn constructors(classes: &[Class], names: &Named<'_>, limit: usize) -> Block {
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
        let place = class.location.and_then(|_| names.place(class.largest));
        table.push(vec![
            Cell::name(class.name.clone()),
            Cell::or_absent(place, |place| Cell::at(place.url, place.line, place.column)),
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
