//! The words every part of Highwater shares.
//!
//! This crate only describes: no dependencies, no input or output, no clock. A value of these types
//! means the same to the rules that make it, the engine that joins it and the renderers that print it.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod assurance;
mod card;
mod evidence;
mod experiment;
mod finding;
mod growth;
mod place;
mod remedy;
mod report;
mod severity;
pub mod sheet;
mod subject;
mod verdict;

pub use assurance::{Assurance, HeldBy};
pub use card::{Card, FixSafety};
pub use evidence::Evidence;
pub use experiment::{Decision, Experiment, Measure, Rate, Reading, Tried};
pub use finding::{Finding, When};
pub use growth::{Growth, Projection};
pub use place::{Place, Related, Role};
pub use remedy::{Edit, Effort, Remedy};
pub use report::{
    CodeBase, Limit, LoadStep, MonitorItem, PackageInfo, Platform, Problem, ProblemKind, Profile, Report,
    Route,
};
pub use severity::{Confidence, Severity};
pub use subject::Subject;
pub use verdict::Verdict;
