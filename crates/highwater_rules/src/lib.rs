//! What counts as a leak: pure judgement over the program graph.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

use highwater_finding::{Assurance, Card, Finding, Limit, LoadStep, MonitorItem, Profile};
use highwater_program::Program;

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
    /// Suggested monitoring.
    pub monitoring: Vec<MonitorItem>,
    /// Platform advice: do.
    pub dos: Vec<String>,
    /// Platform advice: do not.
    pub donts: Vec<String>,
}

/// Cards of every rule, in the order of the table.
pub fn cards() -> Vec<Card> {
    vec![]
}

/// Judges the whole program. Places carry byte columns and no excerpts; the engine fills both in from the text.
pub fn judge(_program: &Program, _settings: &Settings) -> Judgement {
    Judgement::default()
}
