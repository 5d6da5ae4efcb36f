//! An experiment in SARIF: properties of the run, and its verdict and notes as notifications, since they have no place
//! in the code.

use highwater_finding::{Decision, Experiment, Finding, Report};

use super::message;
use super::model::*;
use crate::experiment;

/// The descriptor of what an experiment has to say.
pub(super) const NOTIFICATION: &str = "experiment";

/// What was measured.
pub(super) fn properties(made: &Experiment) -> ExperimentProperties<'_> {
    let plain = |milli: i64| milli as f64 / 1000.0;
    let rates = made.rates.iter().map(|rate| RateProperties {
        measure: rate.measure.key(),
        unit: if rate.measure.is_bytes() { "bytes" } else { "count" },
        per_request: plain(rate.milli),
        low: plain(rate.low_milli),
        high: plain(rate.high_milli),
        grows: rate.grows,
    });
    ExperimentProperties {
        verdict: made.decision.word(),
        because: &made.because,
        command: &made.command,
        runtime: &made.runtime,
        requests: made.requests,
        failed: made.failed,
        rates: rates.collect(),
        heap_limit_bytes: made.heap_limit_bytes,
        requests_to_limit: made.requests_to_limit,
        hours_to_limit: made.hours_to_limit,
    }
}

/// The verdict, then each note.
pub(super) fn notifications<'a>(report: &Report, made: &'a Experiment) -> Vec<Notification<'a>> {
    let level = match made.decision {
        Decision::Leak => "error",
        Decision::Clean => "note",
        Decision::Undecided => "warning",
    };
    let verdict = format!("{}: {}", experiment::shout(made.decision), experiment::headline(report, made));
    let notification = |level, message| Notification {
        descriptor: Descriptor { id: NOTIFICATION },
        level,
        message,
        locations: Vec::new(),
    };
    let notes = made.notes.iter().map(|note| notification("note", message(note)));
    [notification(level, Message { text: verdict.into() })].into_iter().chain(notes).collect()
}

/// What holds the memory, where an experiment saw it grow.
pub(super) fn holder<'a>(report: &Report, finding: &'a Finding) -> Option<&'a str> {
    let seen = report.experiment.is_some() && experiment::is_grown(finding);
    seen.then(|| experiment::name(finding)).filter(|name| !name.is_empty())
}
