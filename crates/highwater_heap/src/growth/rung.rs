//! What a comparison needs of one snapshot: figures by class, and the entries of chosen collections. No dominators, no
//! reverse edges.

use crate::graph::HeapGraph;
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use crate::names::{Collection, Shapes, Word, Words};
use crate::snapshot::Location;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A place as the file has it: script, line, column, from 0.
pub(super) type RawPlace = (u32, u32, u32);

/// What counts as one class. Two classes of one name in different places are two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ClassKey {
    pub(super) kind: NodeKind,
    pub(super) name: String,
    pub(super) place: Option<RawPlace>,
}

/// How many, and how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// The figures of one snapshot.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) total: Tally,
    pub(super) classes: BTreeMap<ClassKey, Tally>,
    /// What waits to call a function, by what it is and the place of the function.
    pub(super) waiting: BTreeMap<(Waiting, RawPlace), Tally>,
    /// The highest number of an object of the heap.
    pub(super) last_id: u64,
}

pub(super) fn raw(location: Location) -> RawPlace {
    (location.script, location.line, location.column)
}

/// Kinds whose nodes are told apart by name.
fn is_named(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Object | NodeKind::Closure | NodeKind::Native | NodeKind::RegExp)
}

impl Figures {
    /// One pass over the nodes.
    pub(super) fn of(graph: &HeapGraph, words: &Words) -> Figures {
        let shapes = Shapes { graph, words, word_bytes: 8 };
        let mut figures = Figures::default();
        let mut by_place: FxHashMap<(NodeKind, u32, RawPlace), Tally> = FxHashMap::default();
        let mut by_name: FxHashMap<(NodeKind, u32), Tally> = FxHashMap::default();
        let mut by_kind = [Tally::default(); NodeKind::ALL.len()];
        let mut locations = graph.locations().peekable();
        for node in graph.nodes() {
            let mut place = None;
            while let Some((_, location)) = locations.next_if(|(at, _)| *at <= node) {
                place = (location.node == node.get()).then(|| raw(location)).or(place);
            }
            let bytes = graph.shallow_size(node);
            figures.total.add(bytes);
            let id = graph.object_id(node);
            if id % 2 == 1 {
                figures.last_id = figures.last_id.max(id);
            }
            let kind = graph.kind(node);
            if !is_named(kind) {
                by_kind[kind as usize].add(bytes);
                continue;
            }
            let name = graph.name_id(node);
            match place {
                Some(place) => by_place.entry((kind, name.get(), place)).or_default().add(bytes),
                None => by_name.entry((kind, name.get())).or_default().add(bytes),
            }
            if kind == NodeKind::Object
                && let Some(waiting) = waiting(&shapes, node)
            {
                figures.waiting.entry(waiting).or_default().add(bytes);
            }
        }
        figures.collect(graph, by_place, by_name, &by_kind);
        figures
    }

    fn collect(
        &mut self,
        graph: &HeapGraph,
        by_place: FxHashMap<(NodeKind, u32, RawPlace), Tally>,
        by_name: FxHashMap<(NodeKind, u32), Tally>,
        by_kind: &[Tally],
    ) {
        let name = |id| graph.string(crate::ids::StringId::new(id)).into_owned();
        let mut classes: Vec<(ClassKey, Tally)> = by_place
            .into_iter()
            .map(|((kind, id, place), tally)| (ClassKey { kind, name: name(id), place: Some(place) }, tally))
            .collect();
        classes.extend(
            by_name
                .into_iter()
                .map(|((kind, id), tally)| (ClassKey { kind, name: name(id), place: None }, tally)),
        );
        for (kind, tally) in NodeKind::ALL.into_iter().zip(by_kind) {
            if tally.count > 0 {
                classes.push((ClassKey { kind, name: format!("({})", kind.word()), place: None }, *tally));
            }
        }
        for (key, tally) in classes {
            let known = self.classes.entry(key).or_default();
            known.count += tally.count;
            known.bytes += tally.bytes;
        }
    }
}

/// What waits to call a function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Waiting {
    /// `setTimeout` or `setInterval`.
    Timeout,
    /// `setImmediate`.
    Immediate,
    /// A listener of an `EventTarget`: Node keeps them as chains.
    Listener,
}

/// What a node waits for, and the place of the function that it will call. Nothing for anything else, and for a timer
/// that has been cleared.
pub(crate) fn waiting(shapes: &Shapes<'_>, node: NodeId) -> Option<(Waiting, RawPlace)> {
    let (waiting, words): (_, &[Word]) = match shapes.words.word(shapes.graph.name_id(node)) {
        Some(Word::Timeout) => (Waiting::Timeout, &[Word::OnTimeout]),
        Some(Word::Immediate) => (Waiting::Immediate, &[Word::OnImmediate]),
        Some(Word::ListenerClass) => (Waiting::Listener, &[Word::Listener, Word::Callback]),
        _ => return None,
    };
    words.iter().find_map(|word| {
        let mut function = shapes.get(node, *word)?;
        // `once` and `bind` wrap the function.
        for _ in 0..4 {
            if let Some(place) =
                shapes.graph.location(function).filter(|_| shapes.graph.kind(function) == NodeKind::Closure)
            {
                return Some((waiting, raw(place)));
            }
            function = shapes.get(function, Word::BoundFunction)?;
        }
        None
    })
}

/// Entries that a collection has; the room it has where they cannot be seen.
pub(super) fn size(of: &Collection) -> u64 {
    if of.exact { of.entries } else { of.capacity }
}

/// Size and own bytes of collections by V8's number, in one snapshot.
pub(super) fn collections_of(
    graph: &HeapGraph,
    words: &Words,
    wanted: &FxHashMap<u64, usize>,
) -> Vec<Option<(u64, u64)>> {
    let shapes = Shapes::new(graph, words);
    let mut found = vec![None; wanted.len()];
    for node in graph.nodes().filter(|node| graph.kind(*node) == NodeKind::Object) {
        if let Some(at) = wanted.get(&graph.object_id(node)) {
            let measured = shapes.collection_from(node, 0);
            found[*at] =
                Some(measured.map_or((0, graph.shallow_size(node)), |found| (size(&found), found.own_bytes)));
        }
    }
    found
}
