//! What is in a heap, in a person's words: collections with their entries, owners as code writes them, places in the
//! source. Asks only for what is shown: nothing here walks the whole graph, except where it says so.

mod collections;
mod grows;
mod owners;
mod retention;
mod scopes;
mod scripts;
mod source;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

pub use collections::{Collection, CollectionKind};
pub use grows::registrations;
pub use owners::{Owner, OwnerKind};
pub use retention::{PathStep, Retention, Retentions, Target};
pub use scripts::{Origin, SourcePlace};
pub use source::{NoSources, Sources};

pub(crate) use collections::Shapes;
pub(crate) use source::SourceTexts;
pub(crate) use words::{System, Word, Words};

use crate::graph::{Dominated, HeapGraph};
use crate::ids::NodeId;
use crate::snapshot::Location;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use scripts::Scripts;
use std::ops::Deref;

/// A graph that can be asked for names.
#[derive(Debug)]
pub struct Names<'g> {
    graph: &'g HeapGraph,
    words: Words,
    scripts: Scripts,
    word_bytes: u64,
    globals: FxHashSet<NodeId>,
}

/// A heap that can be asked for names as well as for figures: everything of [`Names`], and the heap.
#[derive(Debug)]
pub struct Named<'h> {
    heap: &'h Dominated,
    names: Names<'h>,
}

impl<'h> Named<'h> {
    /// One pass over the strings and one over the locations.
    pub fn of(heap: &'h Dominated) -> Self {
        Named { heap, names: Names::of(heap.graph()) }
    }

    /// The heap.
    pub fn heap(&self) -> &'h Dominated {
        self.heap
    }
}

impl<'h> Deref for Named<'h> {
    type Target = Names<'h>;

    fn deref(&self) -> &Names<'h> {
        &self.names
    }
}

impl<'g> Names<'g> {
    /// One pass over the strings and one over the locations.
    pub fn of(graph: &'g HeapGraph) -> Self {
        let words = Words::find(graph);
        let scripts = Scripts::find(graph, &words);
        let word_bytes = Shapes::new(graph, &words).word_bytes;
        let globals = words::globals(graph, &words);
        Names { graph, words, scripts, word_bytes, globals }
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// The graph.
    pub fn graph(&self) -> &'g HeapGraph {
        self.graph
    }

    pub(crate) fn shapes(&self) -> Shapes<'_> {
        Shapes { graph: self.graph, words: &self.words, word_bytes: self.word_bytes }
    }

    /// Where a function, or the constructor of an instance, stands: lines and columns from 1. The URL is empty when no
    /// closure of the script lives.
    pub fn place(&self, node: NodeId) -> Option<SourcePlace> {
        self.graph().location(node).map(|location| self.scripts.place(location))
    }

    /// A place as the file has it, counted as people count.
    pub(crate) fn place_of(&self, (script, line, column): (u32, u32, u32)) -> SourcePlace {
        self.scripts.place(Location { node: 0, script, line, column })
    }

    /// Scripts of which a closure lives: V8's number and URL, by number.
    pub fn scripts(&self) -> impl ExactSizeIterator<Item = (u32, &str)> {
        self.scripts.all()
    }

    /// The collection that a node is; nothing when it is none.
    pub fn collection(&self, node: NodeId) -> Option<Collection> {
        self.shapes().collection(node)
    }

    /// All collections with at least so many entries (or room for so many, where entries are numbers), in the order
    /// of the file. One pass over nodes and edges, shared among threads.
    pub fn collections(&self, entries_min: u64) -> Vec<Collection> {
        let shapes = self.shapes();
        let wanted = |found: &Collection| {
            found.entries >= entries_min || !found.exact && found.capacity >= entries_min
        };
        let nodes: Vec<NodeId> = self.graph().nodes().collect();
        nodes.par_iter().filter_map(|node| shapes.collection(*node).filter(wanted)).collect()
    }

    /// The entries of a collection that can be seen: key (of a map) and value, as far as each is not a number.
    pub fn entries(&self, of: &Collection) -> Vec<(Option<NodeId>, Option<NodeId>)> {
        let mut entries = Vec::new();
        self.shapes().each_entry(of, |key, value| entries.push((key, value)));
        entries
    }
}
