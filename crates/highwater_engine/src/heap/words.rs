//! Words and cells that several answers share.

use super::place::written;
use highwater_finding::sheet::{Cell, Column, Unit};
use highwater_heap::{Dominated, HeapGraph, Named, NodeId, NodeKind, Sources};
use std::path::Path;

/// Longer texts of strings are cut for lists.
const QUOTE_CHARS_MAX: usize = 80;

/// What a person calls a node.
pub(super) fn label(graph: &HeapGraph, node: NodeId) -> Cell {
    let name = graph.name(node);
    match graph.kind(node) {
        kind if kind.is_string() => {
            let cut = name.char_indices().nth(QUOTE_CHARS_MAX).map(|(at, _)| at);
            Cell::Quote(cut.map_or_else(|| name.to_string(), |at| format!("{}…", &name[..at])))
        }
        NodeKind::Closure if name.is_empty() => Cell::name("(anonymous function)"),
        NodeKind::Closure => Cell::name(format!("{name}()")),
        kind if name.is_empty() => Cell::name(format!("({})", kind.word())),
        _ => Cell::name(name.into_owned()),
    }
}

/// The same as plain text.
pub(super) fn label_text(graph: &HeapGraph, node: NodeId) -> String {
    match label(graph, node) {
        Cell::Quote(text) => format!("{text:?}"),
        Cell::Name(name) => name,
        _ => String::new(),
    }
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
