//! An experiment as JSON: every figure as a plain number with its unit. It must not judge.

use highwater_finding::{Experiment, Measure, Rate, Reading, Report, Tried};
use serde::Serialize;

use crate::experiment;

#[derive(Serialize)]
pub(super) struct JsonExperiment<'a> {
    verdict: &'static str,
    headline: String,
    because: &'a str,
    command: &'a str,
    runtime: &'a str,
    requests: u64,
    failed: u64,
    seen_after: Option<u64>,
    took_ms: u64,
    tried: Vec<JsonTried<'a>>,
    rates: Vec<JsonRate>,
    readings: Vec<JsonReading>,
    rounds: Vec<u64>,
    requests_between_snapshots: &'a [u64],
    heap_limit_bytes: Option<u64>,
    requests_to_limit: Option<u64>,
    hours_to_limit: Option<u64>,
    to_decide: Vec<String>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct JsonTried<'a> {
    route: &'a str,
    requests: u64,
    failed: u64,
}

#[derive(Serialize)]
struct JsonRate {
    measure: &'static str,
    unit: &'static str,
    per_request: f64,
    low: f64,
    high: f64,
    grows: bool,
}

#[derive(Serialize)]
struct JsonReading {
    at_ms: u64,
    requests: u64,
    warm_up: bool,
    heap_bytes: u64,
    heap_total_bytes: u64,
    external_bytes: u64,
    native_bytes: u64,
    rss_bytes: u64,
    handles: u64,
    descriptors: u64,
    contexts: u64,
    threads: u64,
}

/// The experiment of this report.
pub(super) fn json<'a>(report: &Report, made: &'a Experiment) -> JsonExperiment<'a> {
    JsonExperiment {
        verdict: made.decision.word(),
        headline: experiment::headline(report, made),
        because: &made.because,
        command: &made.command,
        runtime: &made.runtime,
        requests: made.requests,
        failed: made.failed,
        seen_after: made.seen_after,
        took_ms: made.took_ms,
        tried: made.tried.iter().map(tried).collect(),
        rates: made.rates.iter().map(rate).collect(),
        readings: made.readings.iter().map(reading).collect(),
        rounds: experiment::round_sizes(made),
        requests_between_snapshots: &made.rounds,
        heap_limit_bytes: made.heap_limit_bytes,
        requests_to_limit: made.requests_to_limit,
        hours_to_limit: made.hours_to_limit,
        to_decide: experiment::to_decide(report, made),
        notes: &made.notes,
    }
}

fn tried(tried: &Tried) -> JsonTried<'_> {
    JsonTried { route: &tried.route, requests: tried.requests, failed: tried.failed }
}

fn rate(rate: &Rate) -> JsonRate {
    let plain = |milli: i64| milli as f64 / 1000.0;
    JsonRate {
        measure: rate.measure.key(),
        unit: if rate.measure.is_bytes() { "bytes" } else { "count" },
        per_request: plain(rate.milli),
        low: plain(rate.low_milli),
        high: plain(rate.high_milli),
        grows: rate.grows,
    }
}

fn reading(reading: &Reading) -> JsonReading {
    JsonReading {
        at_ms: reading.at_ms,
        requests: reading.requests,
        warm_up: reading.warm_up,
        heap_bytes: reading.heap_bytes,
        heap_total_bytes: reading.heap_total_bytes,
        external_bytes: reading.external_bytes,
        native_bytes: reading.of(Measure::Native),
        rss_bytes: reading.rss_bytes,
        handles: reading.handles,
        descriptors: reading.descriptors,
        contexts: reading.contexts,
        threads: reading.threads,
    }
}
