//! Questions that several rules share.

pub mod acquired;
mod by_hand;
mod cap;
pub mod code;
pub mod collections;
mod confidence;
pub mod endings;
pub mod estimate;
mod growth;
pub mod handles;
pub mod held;
pub mod kinds;
pub mod listeners;
pub mod merge;
mod mirrors;
pub mod names;
pub mod options;
pub mod reach;
pub mod release_remedies;
pub mod releases;
pub mod remedies;
pub mod retention;
pub mod routes;
pub mod scene;
mod settle;
pub mod shape;
mod siblings;
pub mod spot;
pub mod stores;
pub mod tell;
mod updates;
pub mod wording;

use std::sync::OnceLock;

use highwater_finding::Platform;
use highwater_program::graph::entry::Entry;
use highwater_program::graph::{ExprRef, FileId, FunRef, Linked, Rate, lifetimes::Lifetimes};
use highwater_program::ir::FnKind;
use highwater_program::{FileRole, Program};
use rustc_hash::FxHashMap;

use crate::Settings;
use reach::Reach;
use retention::Retained;

/// Files that tests import, and nothing else does.
fn only_tested(l: &Linked) -> Vec<bool> {
    let (mut tested, mut used) = (vec![false; l.files.len()], vec![false; l.files.len()]);
    for (file, f) in l.iter() {
        let by = if f.role == FileRole::Test { &mut tested } else { &mut used };
        l.each_import(file, &mut |to| by[to.0 as usize] = true);
    }
    tested.iter().zip(used).map(|(&tested, used)| tested && !used).collect()
}

/// Everything a rule may ask.
pub struct Context<'p> {
    /// The program.
    pub program: &'p Program,
    /// Files, names, types.
    pub l: &'p Linked,
    /// Traffic and limits.
    pub settings: &'p Settings,
    /// Lifetimes.
    pub lifetimes: Lifetimes<'p>,
    /// What teardown, timers and shutdown reach.
    pub reach: Reach,
    /// Files that tests import, and nothing else does.
    only_tested: Vec<bool>,
    /// Distinct routes of the program; counted when first asked for.
    routes: OnceLock<u64>,
    /// Positions of entry points by function; found when first asked for.
    entries: OnceLock<FxHashMap<FunRef, Vec<usize>>>,
    /// Every growing place with its verdict.
    pub retained: Vec<Retained>,
    /// Every listener and subscription that matters, with its verdict.
    pub listeners: listeners::Listeners,
    /// Calls that acquire a modelled resource, once a rule has asked.
    pub acquiring: OnceLock<Vec<ExprRef>>,
}

impl<'p> Context<'p> {
    /// Judges every growing place once, for all rules.
    pub fn new(program: &'p Program, settings: &'p Settings) -> Self {
        let reach = Reach::build(program);
        let mut cx = Context {
            program,
            l: &program.linked,
            only_tested: only_tested(&program.linked),
            settings,
            lifetimes: Lifetimes::new(&program.linked, &program.calls, &program.rates),
            reach,
            routes: OnceLock::new(),
            entries: OnceLock::new(),
            retained: vec![],
            listeners: listeners::Listeners::default(),
            acquiring: OnceLock::new(),
        };
        cx.retained = retention::all(&cx);
        cx.listeners = listeners::all(&cx);
        cx
    }

    /// The entry points that a function is.
    pub fn entries_of(&self, func: FunRef) -> impl Iterator<Item = &Entry> {
        let list = &self.program.calls.entries.list;
        let by_function = self.entries.get_or_init(|| {
            let mut by_function: FxHashMap<FunRef, Vec<usize>> = FxHashMap::default();
            for (at, entry) in list.iter().enumerate() {
                by_function.entry(entry.func).or_default().push(at);
            }
            by_function
        });
        by_function.get(&func).into_iter().flatten().map(|&at| &list[at])
    }

    /// How often a function runs.
    pub fn rate(&self, f: FunRef) -> Rate {
        self.program.rates.of(&self.program.calls, f)
    }

    /// False for code of an application that stands in a file which nothing, or nothing but tests, imports.
    pub fn is_used(&self, first: FunRef) -> bool {
        self.l.is_loaded(first.file)
            && (self.l.platform(first.file) == Platform::Library || !self.only_tested[first.file.0 as usize])
    }

    /// False when what drives a chain is code of an application that nothing loads, that nobody can call, or that
    /// runs once for a command.
    pub fn may_recur(&self, chain: &highwater_program::graph::rates::Chain) -> bool {
        let calls = &self.program.calls;
        let runs = |f: FunRef| self.l.is_loaded(f.file) && !self.program.rates.is_uncalled(calls, f);
        chain.entry != highwater_program::graph::entry::COMMAND
            && runs(chain.first)
            && chain.entry_site.is_none_or(|s| runs(self.l.fn_of(s)))
    }

    /// True for a method that nothing in the tree calls and no framework finds.
    pub fn is_uncalled_method(&self, first: FunRef) -> bool {
        let function = self.l.function(first);
        matches!(function.kind, FnKind::Method)
            && function.decorators.is_empty()
            && self.program.calls.callers(first).next().is_none()
    }

    /// True when leaks of this file matter: it runs in something that stays up.
    pub fn stays_up(&self, file: FileId) -> bool {
        !matches!(self.l.platform(file), Platform::Browser | Platform::Cli)
    }
}
