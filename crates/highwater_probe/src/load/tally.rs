//! Counts of a batch: exact, by route, by status, by kind of failure.

use super::connection::Failure;
use super::plan::Plan;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Latencies above are counted as this: ten minutes.
const LATENCY_MAX_US: u64 = 600_000_000;

/// What came of a batch.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Requests that were begun; the sum of `answered` and `failed`.
    pub sent: u64,
    /// Requests that ended as their mode wants it: with a whole answer of any status, or by leaving when it was time.
    pub answered: u64,
    /// The others by what went wrong.
    pub failed: BTreeMap<String, u64>,
    /// Answers by status, also of refused upgrades. Cut uploads have none.
    pub statuses: BTreeMap<u16, u64>,
    /// The same for each request of the scenario, in its order.
    pub by_route: Vec<RouteOutcome>,
    /// From the first byte sent (with connecting, where that was needed) to the end of each answered request, in µs.
    pub latency: Histogram<u64>,
    /// From the first request to the end of the last.
    pub elapsed: Duration,
    /// Bytes that came, heads included.
    pub bytes_in: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// Why the batch ended before all was sent, if it did.
    pub ended_early: Option<EndedEarly>,
}

/// What came of one request of a scenario.
#[derive(Clone, Debug)]
pub struct RouteOutcome {
    /// "GET /items/{n}".
    pub route: String,
    /// Requests that were begun.
    pub sent: u64,
    /// Those that ended as their mode wants it.
    pub answered: u64,
    /// The others.
    pub failed: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Latencies of answered requests, in µs, to two digits.
    pub latency: Histogram<u64>,
}

/// Why a batch ended before all was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedEarly {
    /// Nothing listens at the address any more: the service has ended.
    Refused,
    /// As many requests in a row as are under way at a time ran out of time: the service hangs.
    Silent,
    /// The time of the batch was over.
    Time,
    /// Somebody asked for it.
    Stopped,
}

/// Counts while a batch runs.
#[derive(Debug)]
pub(super) struct Tally {
    routes: Vec<RouteOutcome>,
    failed: BTreeMap<Failure, u64>,
    latency: Histogram<u64>,
    pub bytes_in: u64,
    pub connections: u64,
    /// Requests that ran out of time since the last one that did not.
    pub silent_in_a_row: usize,
}

impl Tally {
    pub fn new(plan: &Plan) -> Tally {
        let routes = plan
            .routes
            .iter()
            .map(|route| RouteOutcome {
                route: route.name.clone(),
                sent: 0,
                answered: 0,
                failed: 0,
                statuses: BTreeMap::new(),
                latency: histogram(2),
            })
            .collect();
        Tally {
            routes,
            failed: BTreeMap::new(),
            latency: histogram(3),
            bytes_in: 0,
            connections: 0,
            silent_in_a_row: 0,
        }
    }

    /// A request has ended: with a status, if there is one.
    pub fn answered(&mut self, route: usize, status: Option<u16>, took: Duration, bytes_in: u64) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let route = &mut self.routes[route];
        route.sent += 1;
        route.answered += 1;
        if let Some(status) = status {
            *route.statuses.entry(status).or_default() += 1;
        }
        route.latency.saturating_record(micros);
        self.latency.saturating_record(micros);
        self.bytes_in += bytes_in;
        self.silent_in_a_row = 0;
    }

    /// A request has failed.
    pub fn failed(&mut self, route: usize, failure: Failure, status: Option<u16>, bytes_in: u64) {
        let route = &mut self.routes[route];
        route.sent += 1;
        route.failed += 1;
        if let Some(status) = status {
            *route.statuses.entry(status).or_default() += 1;
        }
        *self.failed.entry(failure).or_default() += 1;
        self.bytes_in += bytes_in;
        self.silent_in_a_row = if failure.is_silence() { self.silent_in_a_row + 1 } else { 0 };
    }

    /// What came of it all.
    pub fn outcome(self, elapsed: Duration, ended_early: Option<EndedEarly>) -> Outcome {
        let mut statuses = BTreeMap::new();
        for route in &self.routes {
            for (status, count) in &route.statuses {
                *statuses.entry(*status).or_default() += count;
            }
        }
        Outcome {
            sent: self.routes.iter().map(|r| r.sent).sum(),
            answered: self.routes.iter().map(|r| r.answered).sum(),
            failed: self.failed.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
            statuses,
            by_route: self.routes,
            latency: self.latency,
            elapsed,
            bytes_in: self.bytes_in,
            connections: self.connections,
            ended_early,
        }
    }
}

/// An empty histogram of microseconds.
fn histogram(digits: u8) -> Histogram<u64> {
    // Bounds and digits are constants that the constructor takes.
    Histogram::new_with_bounds(1, LATENCY_MAX_US, digits)
        .unwrap_or_else(|_| unreachable!("1 to {LATENCY_MAX_US} with {digits} digits"))
}
