//! Questions that several rules share.

pub mod acquired;
pub mod code;
pub mod collections;
pub mod endings;
pub mod estimate;
mod growth;
pub mod handles;
pub mod held;
pub mod kinds;
pub mod listeners;
pub mod merge;
pub mod names;
pub mod options;
pub mod reach;
pub mod release_remedies;
pub mod releases;
pub mod remedies;
pub mod retention;
pub mod routes;
mod settle;
pub mod shape;
pub mod spot;
pub mod stores;
pub mod tell;
pub mod wording;

use highwater_finding::Platform;
use highwater_program::Program;
use highwater_program::graph::{FileId, FunRef, Linked, Rate, lifetimes::Lifetimes};

use crate::Settings;
use reach::Reach;
use retention::Retained;

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
    /// Every growing place with its verdict.
    pub retained: Vec<Retained>,
    /// Every listener and subscription that matters, with its verdict.
    pub listeners: listeners::Listeners,
}

impl<'p> Context<'p> {
    /// Judges every growing place once, for all rules.
    pub fn new(program: &'p Program, settings: &'p Settings) -> Self {
        let reach = Reach::build(program);
        let mut cx = Context {
            program,
            l: &program.linked,
            settings,
            lifetimes: Lifetimes::new(&program.linked, &program.calls, &program.rates),
            reach,
            retained: vec![],
            listeners: listeners::Listeners::default(),
        };
        cx.retained = retention::all(&cx);
        cx.listeners = listeners::all(&cx);
        cx
    }

    /// How often a function runs.
    pub fn rate(&self, f: FunRef) -> Rate {
        self.program.rates.of(&self.program.calls, f)
    }

    /// True when leaks of this file matter: it runs in something that stays up.
    pub fn stays_up(&self, file: FileId) -> bool {
        !matches!(self.l.platform(file), Platform::Browser | Platform::Cli)
    }
}
