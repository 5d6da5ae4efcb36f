//! What counts as a leak: pure judgement over the program graph.
//!
//! `judge/` answers the questions that several rules share (what holds this place? is this handle released?);
//! `rules/` has one folder a leak, which asks and tells.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod advice;
mod heap;
mod judge;
mod rules;

use std::panic::{AssertUnwindSafe, catch_unwind};

use highwater_finding::{Assurance, Card, Finding, Limit, LoadStep, MonitorItem, Profile, Route};
use highwater_program::Program;

pub use heap::{HeapContext, Sort, Suspect, Work, judge_heap};
pub use judge::Context;
pub use judge::estimate::measured as measured_growth;

/// What the judgement needs to know beside the program.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Traffic assumed.
    pub profile: Profile,
    /// Memory limit assumed.
    pub limit: Limit,
}

/// What the rules say.
#[derive(Default)]
pub struct Judgement {
    /// Leaks.
    pub findings: Vec<Finding>,
    /// What is held.
    pub assurances: Vec<Assurance>,
    /// Suggested load test.
    pub test_plan: Vec<LoadStep>,
    /// What the service can be asked.
    pub routes: Vec<Route>,
    /// Suggested monitoring.
    pub monitoring: Vec<MonitorItem>,
    /// Platform advice: do.
    pub dos: Vec<String>,
    /// Platform advice: do not.
    pub donts: Vec<String>,
    /// Rules that broke down; what they had said is left out, the others stand.
    pub broken: Vec<&'static str>,
}

/// What a rule has to say.
#[derive(Default)]
pub struct Sink {
    /// Leaks.
    pub findings: Vec<Finding>,
    /// What is held.
    pub assurances: Vec<Assurance>,
}

/// A rule: its card and its search.
pub struct Rule {
    /// Name, title, page.
    pub card: Card,
    /// Looks through the program.
    pub find: fn(&Context<'_>, &mut Sink),
}

/// What a rule is in heaps: they show figures and no code, so the sort of what grows decides.
pub struct HeapRule {
    /// Name, title, page: the same as in the table of rules.
    pub card: Card,
    /// What is told under its name.
    pub of: Sort,
}

/// Cards of every rule, in the order of the table.
pub fn cards() -> Vec<Card> {
    rules::RULES.iter().map(|r| r.card).collect()
}

/// Judges the whole program. Places carry byte columns and no excerpts; the engine fills both in from the text.
pub fn judge(program: &Program, settings: &Settings) -> Judgement {
    let cx = Context::new(program, settings);
    let mut sink = Sink::default();
    let mut broken = Vec::new();
    for rule in rules::RULES {
        let said = (sink.findings.len(), sink.assurances.len());
        let outcome = catch_unwind(AssertUnwindSafe(|| (rule.find)(&cx, &mut sink)));
        if outcome.is_err() {
            sink.findings.truncate(said.0);
            sink.assurances.truncate(said.1);
            broken.push(rule.card.id);
        }
    }
    let test_plan = advice::test_plan(&cx, &sink.findings);
    let monitoring = advice::monitoring(&cx, &sink.findings);
    let (dos, donts) = advice::platform(program);
    Judgement {
        findings: sink.findings,
        assurances: sink.assurances,
        test_plan,
        routes: advice::routes(&cx),
        monitoring,
        dos,
        donts,
        broken,
    }
}
