//! Strings: how many bytes they take, which are there more than once, which are large.

use crate::graph::Dominated;
use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// V8 cuts what it writes of a string here: longer ones cannot be told apart.
const WRITTEN_MAX: usize = 1024;

/// A text that several strings have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The text.
    pub text: StringId,
    /// How many strings have it.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Bytes that one string less each would save: all but the smallest.
    pub wasted_bytes: u64,
    /// One of them.
    pub example: NodeId,
}

/// What the strings of a heap come to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Strings {
    /// How many, joined and sliced ones included.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Texts that are there more than once, those that waste most first.
    pub duplicates: Vec<Duplicate>,
    /// Bytes that the duplicates waste.
    pub wasted_bytes: u64,
    /// Strings by falling size, so many as were asked for.
    pub largest: Vec<NodeId>,
}

/// The strings that have one text.
#[derive(Clone, Copy, Default)]
struct Text {
    count: u32,
    /// The first of them.
    example: u32,
    bytes: u64,
    /// Bytes of the smallest.
    least: u64,
}

impl Text {
    fn add(&mut self, node: NodeId, bytes: u64) {
        if self.count == 0 {
            (self.example, self.least) = (node.get(), bytes);
        }
        self.count += 1;
        self.bytes += bytes;
        self.least = self.least.min(bytes);
    }
}

/// Looks at every string. Texts that V8 has cut are not compared.
pub fn strings(heap: &Dominated, largest: usize) -> Strings {
    let graph = heap.graph();
    let mut found = Strings::default();
    // Most texts are there once, so that a list by text is shorter than a map. Names that the file does not have are
    // the exception.
    let mut by_text = vec![Text::default(); graph.string_count()];
    let mut unknown: FxHashMap<u32, Text> = FxHashMap::default();
    let mut sizes = Vec::new();
    for node in graph.nodes().filter(|node| graph.kind(*node).is_string()) {
        let bytes = heap.shallow_size(node);
        found.count += 1;
        found.bytes += bytes;
        if graph.kind(node) != NodeKind::String {
            continue;
        }
        if bytes >= 64 {
            sizes.push(node);
        }
        let name = graph.name_id(node);
        let text = match by_text.get_mut(name.index()) {
            Some(text) => text,
            None => unknown.entry(name.get()).or_default(),
        };
        text.add(node, bytes);
    }
    let known = by_text.iter().enumerate().map(|(id, text)| (id as u32, text));
    let several =
        known.chain(unknown.iter().map(|(id, text)| (*id, text))).filter(|(_, text)| text.count > 1);
    let mut duplicates: Vec<Duplicate> = several
        .map(|(id, text)| Duplicate {
            text: StringId::new(id),
            count: u64::from(text.count),
            bytes: text.bytes,
            wasted_bytes: text.bytes - text.least,
            example: NodeId::new(text.example),
        })
        .collect();
    duplicates.sort_unstable_by_key(|d| (Reverse(d.wasted_bytes), Reverse(d.count), d.text));
    duplicates.retain(|d| graph.raw_string(d.text).len() < WRITTEN_MAX);
    found.wasted_bytes = duplicates.iter().map(|d| d.wasted_bytes).sum();
    found.duplicates = duplicates;
    sizes.sort_unstable_by_key(|node| (Reverse(heap.shallow_size(*node)), *node));
    sizes.truncate(largest);
    found.largest = sizes;
    found
}
