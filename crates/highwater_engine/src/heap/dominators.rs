//! `heap dominators`: who alone keeps what alive, as a tree and as a picture. Objects of one name under one holder are
//! one row: 9,000 entries of an array say nothing one by one.

use super::words::{file_name, place, share};
use super::{HeapOptions, warn};
use highwater_finding::sheet::{Block, Body, Cell, Column, Icicle, Next, Picture, Piece, Sheet, Tree, Unit};
use highwater_heap::{Branch, Depth, Dominated, Named, Sources, branches};
use std::path::Path;

/// How much of the heap the picture shows: levels, pieces under a piece, and the least that is drawn of the whole.
const PICTURE_LEVELS: u32 = 14;
const PICTURE_ROWS: usize = 64;
const PICTURE_SHARE: u64 = 600;
/// Rows that have less of the whole are left out of the tree, unless they stand at its top.
const TREE_SHARE: u64 = 1000;
/// Objects that have at least so much of the whole are rows of their own.
const ALONE_SHARE: u64 = 200;

pub(super) fn sheet(path: &Path, heap: &Dominated, depth: u32, options: &HeapOptions) -> Sheet {
    let names = Named::of(heap);
    let graph = heap.graph();
    let mut sheet = Sheet::new("heap dominators", format!("Who keeps what alive in `{}`", file_name(path)));
    "Each row would go, with everything under it, if the row above let go of it.".clone_into(&mut sheet.lead);
    let picture = Picture::Icicle(icicle(heap));
    sheet.push(
        Block::new("picture", "The heap as a picture", Body::Picture(picture))
            .about("Each piece lies under what keeps it alive and is as wide as it has bytes."),
    );
    let rows = branches(heap, graph.root(), tree_depth(heap, depth, options));
    let mut tree = Tree::new(vec![
        Column::new("object", "Object", Unit::Name),
        Column::new("count", "Count", Unit::Count),
        Column::new("id", "Largest", Unit::Id),
        Column::new("place", "Declared", Unit::Place),
        Column::new("shallow_bytes", "Shallow", Unit::Bytes),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
        Column::new("share", "Share", Unit::Share),
    ]);
    let sources = options.sources();
    // The root itself says nothing; what it leaves out is left out at the top.
    tree.more = rows.first().map_or(0, |root| root.more);
    for row in rows.iter().skip(1) {
        tree.push(row.depth - 1, cells(&names, row, &sources), row.more);
    }
    sheet.push(
        Block::new("tree", "Dominator tree", Body::Tree(tree))
            .about("Objects of one name under one holder are one row; its number is that of the largest."),
    );
    let largest = rows.iter().skip(1).max_by_key(|row| (row.retained_bytes, row.depth));
    sheet.next = vec![Next {
        command: format!(
            "highwater heap retainers {} {}",
            path.display(),
            largest.map_or("@ID".to_owned(), |row| format!("@{}", graph.object_id(row.node)))
        ),
        why: "why an object is still there".into(),
    }];
    warn(&mut sheet, graph);
    sheet
}

fn tree_depth(heap: &Dominated, levels: u32, options: &HeapOptions) -> Depth {
    let whole = heap.retained_size(heap.graph().root());
    Depth { levels, rows: options.limit, bytes_min: whole / TREE_SHARE, alone_min: whole / ALONE_SHARE }
}

fn cells(names: &Named<'_>, row: &Branch, sources: &dyn Sources) -> Vec<Cell> {
    let heap = names.heap();
    let is_one = row.count == 1;
    vec![
        Cell::name(title(row)),
        Cell::Count(row.count),
        Cell::Id(heap.graph().object_id(row.node)),
        if is_one { place(names, row.node, sources) } else { Cell::Absent },
        Cell::Bytes(row.shallow_bytes),
        Cell::Bytes(row.retained_bytes),
        share(heap, row.retained_bytes),
    ]
}

/// `leaked: Array`, or `Request ×9000`: how it is referred to, what it is, and of how many.
fn title(row: &Branch) -> String {
    match (row.reference.as_str(), row.count) {
        ("", 1) => row.name.clone(),
        ("", count) => format!("{} ×{count}", row.name),
        (reference, _) => format!("{}: {}", reference.trim_start_matches('.'), row.name),
    }
}

/// The heavy part of the tree.
pub(super) fn icicle(heap: &Dominated) -> Icicle {
    let graph = heap.graph();
    let root = graph.root();
    let whole = heap.retained_size(root);
    let bytes_min = (whole / PICTURE_SHARE).max(1);
    let depth =
        Depth { levels: PICTURE_LEVELS, rows: PICTURE_ROWS, bytes_min, alone_min: whole / ALONE_SHARE };
    let piece = |row: Branch| Piece {
        depth: row.depth,
        name: if row.depth == 0 { "heap".to_owned() } else { title(&row) },
        id: (row.count == 1).then(|| graph.object_id(row.node)),
        bytes: row.retained_bytes,
        count: row.count,
        note: String::new(),
    };
    Icicle { pieces: branches(heap, root, depth).into_iter().map(piece).collect() }
}
