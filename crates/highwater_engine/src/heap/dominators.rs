//! `heap dominators`: who alone keeps what alive, as a tree and as a picture.

use super::words::{file_name, label_text, place, share};
use super::{HeapOptions, warn};
use highwater_finding::sheet::{Block, Body, Cell, Column, Icicle, Next, Picture, Piece, Sheet, Tree, Unit};
use highwater_heap::{Dominated, Named, NodeId, heaviest};
use std::path::Path;

/// Levels of the picture.
const PICTURE_DEPTH: u32 = 8;
/// Pieces below one so-manieth of the whole are not drawn.
const PICTURE_SHARE: u64 = 400;
/// Rows under one row of the tree.
const BELOW_MAX: usize = 8;

pub(super) fn sheet(path: &Path, heap: &Dominated, depth: u32, options: &HeapOptions) -> Sheet {
    let names = Named::of(heap);
    let graph = heap.graph();
    let mut sheet = Sheet::new("heap dominators", format!("Who keeps what alive in `{}`", file_name(path)));
    "Each row would go, with everything under it, if the row above let go of it.".clone_into(&mut sheet.lead);
    let mut tree = Tree::new(vec![
        Column::new("object", "Object", Unit::Name),
        Column::new("id", "Id", Unit::Id),
        Column::new("place", "Declared", Unit::Place),
        Column::new("shallow_bytes", "Shallow", Unit::Bytes),
        Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
        Column::new("share", "Share", Unit::Share),
        Column::new("objects", "Objects", Unit::Count),
    ]);
    let (top, more) = heaviest(heap, graph.root(), options.limit);
    tree.more = more;
    for node in top {
        add_rows(&mut tree, &names, node, 0, depth);
    }
    sheet.push(Block::new("tree", "Dominator tree", Body::Tree(tree)));
    let picture = Picture::Icicle(icicle(heap));
    sheet.push(Block::new("picture", "The heap as a picture", Body::Picture(picture)));
    sheet.next = vec![Next {
        command: format!("highwater heap retainers {} @ID", path.display()),
        why: "why an object is still there".into(),
    }];
    warn(&mut sheet, graph);
    sheet
}

fn add_rows(tree: &mut Tree, names: &Named<'_>, node: NodeId, level: u32, depth: u32) {
    let (heap, graph) = (names.heap(), names.heap().graph());
    let (below, more) = if level + 1 < depth { heaviest(heap, node, BELOW_MAX) } else { (Vec::new(), 0) };
    let retained = heap.retained_size(node);
    let cells = vec![
        Cell::name(label_text(graph, node)),
        Cell::Id(graph.object_id(node)),
        place(names, node),
        Cell::Bytes(heap.shallow_size(node)),
        Cell::Bytes(retained),
        share(heap, retained),
        Cell::Count(u64::from(heap.retained_count(node))),
    ];
    tree.push(level, cells, more);
    for node in below {
        add_rows(tree, names, node, level + 1, depth);
    }
}

/// The heavy part of the tree.
pub(super) fn icicle(heap: &Dominated) -> Icicle {
    let graph = heap.graph();
    let root = graph.root();
    let least = (heap.retained_size(root) / PICTURE_SHARE).max(1);
    let mut pieces = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop() {
        pieces.push(Piece {
            depth,
            name: if node == root { "heap".to_owned() } else { label_text(graph, node) },
            id: Some(graph.object_id(node)),
            bytes: heap.retained_size(node),
            count: u64::from(heap.retained_count(node)),
            note: String::new(),
        });
        if depth < PICTURE_DEPTH {
            let (below, _) = heaviest(heap, node, 64);
            let heavy = below.into_iter().filter(|below| heap.retained_size(*below) >= least);
            let heavy: Vec<NodeId> = heavy.collect();
            open.extend(heavy.into_iter().rev().map(|below| (below, depth + 1)));
        }
    }
    Icicle { pieces }
}
