//! Words and cells that several answers share.

use super::place::written;
use highwater_finding::sheet::{Cell, Column, Unit};
use highwater_heap::{Dominated, HeapGraph, Named, NodeId, Sources, called};
use std::path::Path;

/// Longer texts of strings are cut for lists.
const QUOTE_CHARS_MAX: usize = 80;

/// What a person calls a node: strings by their text, all else by its name.
pub(super) fn label_text(graph: &HeapGraph, node: NodeId) -> String {
    if !graph.kind(node).is_string() {
        return called(graph, node);
    }
    let text = graph.name(node);
    let cut = text.char_indices().nth(QUOTE_CHARS_MAX).map(|(at, _)| at);
    cut.map_or_else(|| format!("{text:?}"), |at| format!("{:?}", format!("{}…", &text[..at])))
}

/// Where the function or constructor stands.
pub(super) fn place(names: &Named<'_>, node: NodeId, sources: &dyn Sources) -> Cell {
    Cell::or_absent(names.place(node), |place| written(&place, sources))
}

/// Who holds it, as code writes it.
pub(super) fn owner(names: &Named<'_>, node: NodeId) -> Cell {
    Cell::or_absent(names.owner(node), |owner| Cell::name(owner.path))
}

/// Columns of lists of objects.
pub(super) fn object_columns() -> Vec<Column> {
    vec![
        Column::new("object", "Object", Unit::Name),
        Column::new("id", "Id", Unit::Id),
        Column::new("held_as", "Held as", Unit::Name),
        Column::new("place", "Declared", Unit::Place),
        Column::new("shallow_bytes", "Shallow", Unit::Bytes),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
    ]
}

/// The cells of one object for [`object_columns`].
pub(super) fn object_row(names: &Named<'_>, node: NodeId, sources: &dyn Sources) -> Vec<Cell> {
    let (heap, graph) = (names.heap(), names.heap().graph());
    // A column has one unit; the text of a string stands in quotes.
    vec![
        Cell::name(label_text(graph, node)),
        Cell::Id(graph.object_id(node)),
        owner(names, node),
        place(names, node, sources),
        Cell::Bytes(heap.shallow_size(node)),
        Cell::Bytes(heap.retained_size(node)),
    ]
}

/// A part of the heap.
pub(super) fn share(heap: &Dominated, bytes: u64) -> Cell {
    Cell::Share { part: bytes, whole: heap.retained_size(heap.graph().root()) }
}

/// The name of a file, for titles.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
