//! `heap strings`: duplicates and large ones.

use super::words::{file_name, owner, share};
use super::{HeapOptions, warn};
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Sheet, Table, Unit};
use highwater_heap::{Dominated, Named, Strings, strings};
use std::path::Path;

pub(super) fn sheet(path: &Path, heap: &Dominated, options: &HeapOptions) -> Sheet {
    let names = Named::of(heap);
    let graph = heap.graph();
    let found = strings(heap, options.limit);
    let mut sheet = Sheet::new("heap strings", format!("Strings in `{}`", file_name(path)));
    sheet.figures = vec![
        Fact::new("strings", "Strings", Cell::Count(found.count)),
        Fact::new("bytes", "Bytes", Cell::Bytes(found.bytes)),
        Fact::new("share", "Of the heap", share(heap, found.bytes)),
        Fact::new("wasted_bytes", "Wasted on duplicates", Cell::Bytes(found.wasted_bytes)),
    ];
    sheet.push(duplicates(&names, &found, options.limit));
    let mut table = Table::new(vec![
        Column::new("text", "Text", Unit::Quote),
        Column::new("id", "Id", Unit::Id),
        Column::new("held_as", "Held as", Unit::Name),
        Column::new("bytes", "Bytes", Unit::Bytes).bar(),
    ]);
    for node in &found.largest {
        table.push(vec![
            Cell::Quote(graph.name(*node).into_owned()),
            Cell::Id(graph.object_id(*node)),
            owner(&names, *node),
            Cell::Bytes(heap.shallow_size(*node)),
        ]);
    }
    sheet.push(Block::new("largest", "Largest", Body::Table(table)));
    warn(&mut sheet, graph);
    sheet
}

/// Texts that are there more than once.
pub(super) fn duplicates(names: &Named<'_>, found: &Strings, limit: usize) -> Block {
    let graph = names.heap().graph();
    let mut table = Table::new(vec![
        Column::new("text", "Text", Unit::Quote),
        Column::new("count", "Count", Unit::Count),
        Column::new("wasted_bytes", "Wasted", Unit::Bytes).bar(),
        Column::new("held_as", "One is held as", Unit::Name),
    ]);
    for duplicate in found.duplicates.iter().take(limit) {
        table.push(vec![
            Cell::Quote(graph.string(duplicate.text).into_owned()),
            Cell::Count(duplicate.count),
            Cell::Bytes(duplicate.wasted_bytes),
            owner(names, duplicate.example),
        ]);
    }
    table.more = found.duplicates.len().saturating_sub(limit) as u64;
    Block::new("duplicates", "Duplicated strings", Body::Table(table))
        .about("Wasted: what all but one of them take. Texts longer than 1,024 characters are cut by V8 and not compared.")
}
