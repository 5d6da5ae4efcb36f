//! Collections as a person counts them: entries, not internal tables.
//!
//! A `Map` is an object with one edge `table` to a hash table, whose edges are named by slot. The slots say which entry
//! a key or value belongs to, and the size of the table says how many entries fit. Numbers leave no edge (unless the
//! snapshot was taken with numeric values), so a collection of numbers alone shows only its room.
//!
//! Layouts: V8's `src/objects/ordered-hash-table.h` (three words, buckets, then entries of key, value and chain),
//! `src/objects/dictionary.h` (key, value, details) and `src/objects/fixed-array.h`.

use super::words::{System, Word, Words, slot};
use crate::graph::HeapGraph;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};

/// What a collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CollectionKind {
    /// A `Map` or a class derived from it.
    Map,
    /// A `Set` or a class derived from it.
    Set,
    /// A `WeakMap`.
    WeakMap,
    /// A `WeakSet`.
    WeakSet,
    /// An array.
    Array,
    /// A plain object that is used as a table.
    Object,
    /// The callbacks that wait for a promise.
    Reactions,
}

impl CollectionKind {
    /// What code calls it.
    pub fn word(self) -> &'static str {
        match self {
            CollectionKind::Map => "Map",
            CollectionKind::Set => "Set",
            CollectionKind::WeakMap => "WeakMap",
            CollectionKind::WeakSet => "WeakSet",
            CollectionKind::Array => "Array",
            CollectionKind::Object => "Object",
            CollectionKind::Reactions => "Promise",
        }
    }

    /// Whether entries stay only as long as something else holds them.
    pub fn is_weak(self) -> bool {
        matches!(self, CollectionKind::WeakMap | CollectionKind::WeakSet)
    }
}

/// A collection and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The object.
    pub node: NodeId,
    /// What it is.
    pub kind: CollectionKind,
    /// Entries that can be seen. Removed ones are not among them.
    pub entries: u64,
    /// False when there may be more than can be seen: numbers without an edge.
    pub exact: bool,
    /// Entries that fit into the room it has; 0 where that makes no sense.
    pub capacity: u64,
    /// Bytes of the object and its tables, without the entries' own.
    pub own_bytes: u64,
    /// Bytes of the room that no entry fills.
    pub unused_bytes: u64,
    /// The hash table, elements or properties; none when the object itself holds the entries.
    pub store: Option<NodeId>,
}

/// Keys or elements from which on a plain object counts as a table.
const OBJECT_KEYS_MIN: u64 = 24;

/// A graph, and the words to read it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shapes<'a> {
    pub(crate) graph: &'a HeapGraph,
    pub(crate) words: &'a Words,
    /// Bytes of one reference: 8, or 4 with pointer compression (Chrome, Electron).
    pub(crate) word_bytes: u64,
}

/// What the edges of an object say at first sight.
#[derive(Default)]
struct Sight {
    table: Option<NodeId>,
    elements: Option<NodeId>,
    properties: Option<NodeId>,
    reactions: Option<NodeId>,
    element_edges: u64,
    /// Highest element seen, plus one.
    span: u64,
    property_edges: u64,
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(graph: &'a HeapGraph, words: &'a Words) -> Self {
        let closure = graph
            .nodes()
            .filter(|node| graph.kind(*node) == NodeKind::Closure)
            .map(|node| graph.shallow_size(node))
            .find(|size| *size > 0);
        let word_bytes = if closure.is_some_and(|size| size < 48) { 4 } else { 8 };
        Shapes { graph, words, word_bytes }
    }

    /// Where the edge of this name leads.
    pub(crate) fn get(&self, node: NodeId, word: Word) -> Option<NodeId> {
        let found =
            self.graph.edges(node).find(|e| e.kind != EdgeKind::Weak && self.words.is(e.name, word))?;
        Some(found.to)
    }

    /// Whether a node is called exactly so.
    pub(crate) fn is_called(&self, node: NodeId, word: Word) -> bool {
        self.words.word(self.graph.name_id(node)) == Some(word)
    }

    /// Whether a slot is empty: entries that were removed leave a mark in old tables.
    fn is_hole(&self, node: NodeId) -> bool {
        self.words.system(self.graph, node) == Some(System::Hole)
    }

    fn sight(&self, node: NodeId) -> Sight {
        let mut sight = Sight::default();
        for edge in self.graph.edges(node) {
            match edge.kind {
                EdgeKind::Element if self.is_hole(edge.to) => {}
                EdgeKind::Element => {
                    sight.element_edges += 1;
                    sight.span = sight.span.max(slot(self.graph, edge.name).map_or(0, |at| at + 1));
                }
                EdgeKind::Property if self.words.is(edge.name, Word::Proto) => {}
                EdgeKind::Property => sight.property_edges += 1,
                EdgeKind::Internal => match self.words.of_edge(edge.name) {
                    Some(Word::Table) => sight.table = Some(edge.to),
                    Some(Word::Elements) => sight.elements = Some(edge.to),
                    Some(Word::Properties) => sight.properties = Some(edge.to),
                    Some(Word::Reactions) => sight.reactions = Some(edge.to),
                    _ => {}
                },
                _ => {}
            }
        }
        sight
    }

    /// The collection that a node is; nothing when it is none.
    pub(crate) fn collection(&self, node: NodeId) -> Option<Collection> {
        self.collection_from(node, OBJECT_KEYS_MIN)
    }

    /// The same, where a plain object with at least so many keys counts as a table.
    pub(crate) fn collection_from(&self, node: NodeId, keys_min: u64) -> Option<Collection> {
        if self.graph.kind(node) != NodeKind::Object {
            return None;
        }
        let sight = self.sight(node);
        if let Some(table) = sight.table {
            return self.hashed(node, table);
        }
        if let Some(first) = sight.reactions {
            return self.reactions(node, first);
        }
        let is_array = self.is_called(node, Word::Array)
            || sight.element_edges > 0 && sight.properties.is_none() && self.inherits(node, Word::Array);
        if is_array {
            return Some(self.array(node, &sight));
        }
        self.table_object(node, &sight, keys_min)
    }

    fn words_in(&self, store: NodeId) -> u64 {
        (self.graph.shallow_size(store) / self.word_bytes).saturating_sub(2)
    }

    /// Which of the hashed collections: by the name of the object or of what it inherits from.
    fn hashed_kind(&self, node: NodeId) -> Option<CollectionKind> {
        let mut at = node;
        for _ in 0..6 {
            match self.words.word(self.graph.name_id(at)) {
                Some(Word::Map) => return Some(CollectionKind::Map),
                Some(Word::Set) => return Some(CollectionKind::Set),
                Some(Word::WeakMap) => return Some(CollectionKind::WeakMap),
                Some(Word::WeakSet) => return Some(CollectionKind::WeakSet),
                _ => at = self.get(at, Word::Proto)?,
            }
        }
        None
    }

    fn inherits(&self, node: NodeId, from: Word) -> bool {
        let mut at = node;
        for _ in 0..6 {
            match self.get(at, Word::Proto) {
                Some(next) if self.is_called(next, from) => return true,
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    fn hashed(&self, node: NodeId, table: NodeId) -> Option<Collection> {
        let kind = self.hashed_kind(node)?;
        let own_bytes = self.graph.shallow_size(node) + self.graph.shallow_size(table);
        let mut found = Collection {
            node,
            kind,
            entries: 0,
            exact: true,
            capacity: 0,
            own_bytes,
            unused_bytes: 0,
            store: Some(table),
        };
        if kind.is_weak() {
            found.entries = self.graph.edges(table).filter(|e| e.kind == EdgeKind::Internal).count() as u64;
            found.entries =
                found.entries.saturating_sub(u64::from(self.get(table, Word::MapOfShape).is_some()));
            return Some(found);
        }
        let room = Room::of(kind, self.words_in(table));
        let mut last = None;
        for edge in self.graph.edges(table).filter(|e| e.kind == EdgeKind::Internal) {
            let Some(entry) = slot(self.graph, edge.name).and_then(|slot| room.entry(slot)) else { continue };
            if last != Some(entry) && !self.is_hole(edge.to) {
                found.entries += 1;
                last = Some(entry);
            }
        }
        found.capacity = room.capacity.max(found.entries);
        found.exact = found.entries > 0 || found.capacity <= 4;
        if found.exact {
            found.unused_bytes = (found.capacity - found.entries) * room.stride * self.word_bytes;
        }
        Some(found)
    }

    fn array(&self, node: NodeId, sight: &Sight) -> Collection {
        let capacity = sight.elements.map_or(0, |store| self.words_in(store)).max(sight.element_edges);
        let exact = sight.element_edges == sight.span && (sight.span > 0 || capacity == 0);
        let store = sight.elements;
        Collection {
            node,
            kind: CollectionKind::Array,
            entries: sight.element_edges,
            exact,
            capacity,
            own_bytes: self.graph.shallow_size(node)
                + store.map_or(0, |store| self.graph.shallow_size(store)),
            unused_bytes: if exact { (capacity - sight.element_edges) * self.word_bytes } else { 0 },
            store,
        }
    }

    /// A plain object with many keys. Objects with a fixed set of fields are none.
    fn table_object(&self, node: NodeId, sight: &Sight, keys_min: u64) -> Option<Collection> {
        let dictionary = sight
            .properties
            .filter(|store| self.is_called(*store, Word::PropertiesStore))
            .map(|store| (store, self.dictionary_keys(store)));
        let keys = dictionary.map_or(0, |(_, keys)| keys).max(sight.property_edges) + sight.element_edges;
        // Instances of classes have many fields and are no tables, unless V8 has given up on their shape.
        if keys < keys_min || dictionary.is_none() && self.graph.location(node).is_some() {
            return None;
        }
        let store = sight.properties;
        let capacity =
            dictionary.map_or(0, |(store, _)| self.words_in(store) / 3 + sight.element_edges).max(keys);
        let unused = if dictionary.is_some() { (capacity - keys) * 3 * self.word_bytes } else { 0 };
        Some(Collection {
            node,
            kind: CollectionKind::Object,
            entries: keys,
            exact: dictionary.is_some(),
            capacity,
            own_bytes: self.graph.shallow_size(node)
                + store.map_or(0, |store| self.graph.shallow_size(store)),
            unused_bytes: unused,
            store,
        })
    }

    /// Keys are strings or symbols and always have an edge; every third slot holds one.
    fn dictionary_keys(&self, store: NodeId) -> u64 {
        let mut first = None;
        let mut keys = 0;
        for edge in self.graph.edges(store) {
            let Some(at) = slot(self.graph, edge.name) else { continue };
            let first = *first.get_or_insert(at);
            let kind = self.graph.kind(edge.to);
            keys += u64::from(at % 3 == first % 3 && (kind.is_string() || kind == NodeKind::Symbol));
        }
        keys
    }

    /// The callbacks that wait for a promise, as a chain.
    fn reactions(&self, node: NodeId, first: NodeId) -> Option<Collection> {
        let is_reaction = |node: &NodeId| self.is_called(*node, Word::PromiseReaction);
        let mut at = Some(first).filter(is_reaction)?;
        let (mut entries, mut own_bytes) = (0, self.graph.shallow_size(node));
        loop {
            entries += 1;
            own_bytes += self.graph.shallow_size(at);
            let next = self.graph.edges(at).map(|edge| edge.to).find(|to| *to != at && is_reaction(to));
            match next {
                Some(next) if entries < self.graph.node_count() as u64 => at = next,
                _ => break,
            }
        }
        Some(Collection {
            node,
            kind: CollectionKind::Reactions,
            entries,
            exact: true,
            capacity: entries,
            own_bytes,
            unused_bytes: 0,
            store: Some(first),
        })
    }

    /// What is in a collection: for each entry that can be seen, the key (of a map or table) and the value.
    pub(crate) fn each_entry(&self, of: &Collection, mut tell: impl FnMut(Option<NodeId>, Option<NodeId>)) {
        match (of.kind, of.store) {
            (CollectionKind::Map | CollectionKind::Set, Some(table)) => {
                let room = Room::of(of.kind, self.words_in(table));
                let is_set = of.kind == CollectionKind::Set;
                let mut tell = |[key, value]: [Option<NodeId>; 2]| {
                    if is_set { tell(None, key) } else { tell(key, value) }
                };
                let mut held: Option<(u64, [Option<NodeId>; 2])> = None;
                for edge in self.graph.edges(table).filter(|e| e.kind == EdgeKind::Internal) {
                    let Some(slot) = slot(self.graph, edge.name).filter(|_| !self.is_hole(edge.to)) else {
                        continue;
                    };
                    let Some(entry) = room.entry(slot) else { continue };
                    if held.is_none_or(|(at, _)| at != entry)
                        && let Some((_, parts)) = held.replace((entry, [None; 2]))
                    {
                        tell(parts);
                    }
                    if let Some((_, parts)) = &mut held {
                        parts[room.part(slot).min(1)] = Some(edge.to);
                    }
                }
                if let Some((_, parts)) = held {
                    tell(parts);
                }
            }
            (CollectionKind::Array, _) => {
                for edge in self.graph.edges(of.node).filter(|e| e.kind == EdgeKind::Element) {
                    tell(None, Some(edge.to));
                }
            }
            (CollectionKind::Object, _) => {
                let own = |kind| matches!(kind, EdgeKind::Property | EdgeKind::Element);
                for edge in self.graph.edges(of.node).filter(|e| own(e.kind)) {
                    if !self.words.is(edge.name, Word::Proto) {
                        tell(None, Some(edge.to));
                    }
                }
            }
            (CollectionKind::WeakMap | CollectionKind::WeakSet, Some(table)) => {
                for edge in self.graph.edges(table).filter(|e| e.kind == EdgeKind::Internal) {
                    if !self.words.is(edge.name, Word::MapOfShape) {
                        tell(None, Some(edge.to));
                    }
                }
            }
            (CollectionKind::Reactions, Some(first)) => {
                let mut at = Some(first);
                let mut left = of.entries;
                while let Some(node) = at.filter(|_| left > 0) {
                    tell(None, Some(node));
                    left -= 1;
                    let is_next = |to: &NodeId| *to != node && self.is_called(*to, Word::PromiseReaction);
                    at = self.graph.edges(node).map(|edge| edge.to).find(is_next);
                }
            }
            (_, None) => {}
        }
    }
}

/// How a hash table of a map or set is laid out.
struct Room {
    /// The slot of the first key.
    first: u64,
    /// Slots of an entry.
    stride: u64,
    capacity: u64,
}

impl Room {
    /// From the number of words in the table: 3 + buckets + 2 * buckets * stride.
    fn of(kind: CollectionKind, words: u64) -> Room {
        let stride = if kind == CollectionKind::Map { 3 } else { 2 };
        let buckets = words.saturating_sub(3) / (1 + 2 * stride);
        Room { first: 3 + buckets, stride, capacity: 2 * buckets }
    }

    /// Which entry a slot belongs to.
    fn entry(&self, slot: u64) -> Option<u64> {
        Some(slot.checked_sub(self.first)? / self.stride)
    }

    /// 0 for the key, 1 for the value, 2 for the chain.
    fn part(&self, slot: u64) -> usize {
        (slot.saturating_sub(self.first) % self.stride) as usize
    }
}
