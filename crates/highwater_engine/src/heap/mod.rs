//! Questions about heap snapshots: one function for each command, each in its own file. Opens the files, asks
//! `highwater_heap`, and puts the answer into words as a `Sheet`.

mod convert;
mod copies;
mod diff;
mod dominators;
mod find;
mod index;
mod leaks;
mod nodes;
mod object;
mod open;
mod place;
mod retainers;
mod sources;
mod strings;
mod summary;
#[cfg(test)]
mod tests;
mod words;

pub use convert::Converted;
pub use highwater_heap::{Keys, Redacted};
pub use nodes::{NodeFormat, NodeList};

use crate::{Error, Phase, Progress};
use highwater_finding::sheet::{Sheet, Tone};
use highwater_heap::{Dominated, HeapGraph, Rung, Sizes};
use sources::DiskSources;
use std::path::{Path, PathBuf};

/// How a question about a heap is to be answered.
#[derive(Clone, Debug)]
pub struct HeapOptions {
    /// Worker threads; 0 means one for each core. The answer does not depend on it.
    pub threads: usize,
    /// Rows of each list at most.
    pub limit: usize,
    /// Whether what nothing but reachability says is wanted, and not DevTools' figures.
    pub reachability: bool,
    /// Whether bytes of backing stores count as those of the object that alone holds them, as in DevTools.
    pub size_transfer: bool,
    /// Whether answers are kept beside the snapshot, and taken from there.
    pub index: bool,
    /// A folder with source maps.
    pub source_maps: Option<PathBuf>,
    /// The folder in which the sources of the service lie.
    pub root: Option<PathBuf>,
}

impl Default for HeapOptions {
    fn default() -> Self {
        HeapOptions {
            threads: 0,
            limit: 20,
            reachability: false,
            size_transfer: true,
            index: false,
            source_maps: None,
            root: None,
        }
    }
}

/// A heap with its figures.
pub struct OpenHeap(Dominated);

/// Answers questions about heap snapshots.
pub struct Heaps<'a> {
    options: HeapOptions,
    progress: &'a dyn Progress,
    pool: rayon::ThreadPool,
}

impl<'a> Heaps<'a> {
    /// Starts the threads.
    pub fn new(options: HeapOptions, progress: &'a dyn Progress) -> Result<Self, Error> {
        let threads = options.threads;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| Error::Threads { threads, message: e.to_string() })?;
        Ok(Heaps { options, progress, pool })
    }

    /// What is in a heap.
    pub fn summary(&self, path: &Path) -> Result<Sheet, Error> {
        self.answer(path, "summary", |heap| Ok(summary::sheet(path, heap, &self.options)))
    }

    /// Who alone keeps what alive, so many levels deep.
    pub fn dominators(&self, path: &Path, depth: u32) -> Result<Sheet, Error> {
        self.answer(path, &format!("dominators {depth}"), |heap| {
            Ok(dominators::sheet(path, heap, depth, &self.options))
        })
    }

    /// Everything about one object, given as `@123`.
    pub fn object(&self, path: &Path, id: &str) -> Result<Sheet, Error> {
        self.answer(path, &format!("object {id}"), |heap| {
            let node = object::by_id(path, heap, id)?;
            Ok(object::sheet(path, heap, node, &self.options))
        })
    }

    /// Strings: duplicates and large ones.
    pub fn strings(&self, path: &Path) -> Result<Sheet, Error> {
        self.answer(path, "strings", |heap| Ok(strings::sheet(path, heap, &self.options)))
    }

    /// Objects by a question: `class:Session retained>=1mb`.
    pub fn find(&self, path: &Path, question: &str) -> Result<Sheet, Error> {
        let query = find::parse(question)?;
        self.answer(path, &format!("find {question}"), |heap| {
            Ok(find::sheet(path, heap, question, &query, &self.options))
        })
    }

    /// What grew between snapshots of one process, the oldest first. `rounds` is how many units of work (requests, say)
    /// lay between two of them, when that is known.
    pub fn diff(&self, paths: &[PathBuf], rounds: Option<u64>) -> Result<Sheet, Error> {
        let Some((newest, earlier)) = paths.split_last().filter(|(_, earlier)| !earlier.is_empty()) else {
            return Err(Error::NothingToCompare);
        };
        let mut rungs = Vec::new();
        for path in earlier {
            let graph = self.graph(path)?;
            rungs.push(self.pool.install(|| Rung::of(graph)));
        }
        let heap = self.dominated(newest)?;
        self.progress.begin(Phase::Names, 0);
        Ok(self.pool.install(|| diff::sheet(paths, &rungs, &heap, rounds, &self.options)))
    }

    /// Why the objects of this number (`@123`) or name are still there.
    pub fn retainers(&self, path: &Path, wanted: &str) -> Result<Sheet, Error> {
        let heap = self.dominated(path)?;
        self.progress.begin(Phase::Names, 0);
        self.pool.install(|| retainers::sheet(path, &heap, wanted, &self.options))
    }

    /// What in one heap looks like a leak.
    pub fn leaks(&self, path: &Path) -> Result<Sheet, Error> {
        let heap = self.dominated(path)?;
        self.progress.begin(Phase::Names, 0);
        Ok(self.pool.install(|| leaks::sheet(path, &heap, &self.options)))
    }

    /// A heap that is ready to be written node by node.
    pub fn open(&self, path: &Path) -> Result<OpenHeap, Error> {
        self.dominated(path).map(OpenHeap)
    }

    /// The graph of a snapshot.
    fn graph(&self, path: &Path) -> Result<HeapGraph, Error> {
        self.pool.install(|| Ok(HeapGraph::build(open::open(path, self.progress)?)))
    }

    /// The graph of a snapshot, with dominators and sizes.
    fn dominated(&self, path: &Path) -> Result<Dominated, Error> {
        let graph = self.graph(path)?;
        self.progress.begin(Phase::Dominators, 0);
        Ok(self.pool.install(|| Dominated::compute(graph, self.options.sizes())))
    }
}

impl HeapOptions {
    pub(crate) fn sources(&self) -> DiskSources {
        DiskSources::new(self.root.clone(), self.source_maps.clone())
    }

    fn sizes(&self) -> Sizes {
        if self.reachability { Sizes::Reachability } else { Sizes::DevTools { transfer: self.size_transfer } }
    }
}

/// Says what is missing or odd in the snapshot, first of all.
fn warn(sheet: &mut Sheet, graph: &HeapGraph) {
    for problem in graph.problems() {
        sheet.warn(Tone::Partial, problem.clone());
    }
}
