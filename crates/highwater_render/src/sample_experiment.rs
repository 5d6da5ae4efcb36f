//! Reports of experiments for the snapshots: a leak, a clean service, one that was not decided. Not compiled outside
//! tests.

use highwater_finding::*;

use crate::sample::{self, place};

const MB: u64 = 1024 * 1024;

/// A report with nothing of a scan but its findings.
fn report(experiment: Experiment, findings: Vec<Finding>, assurances: Vec<Assurance>) -> Report {
    Report {
        code: CodeBase::default(),
        profile: sample::report().profile,
        cards: sample::report().cards,
        experiment: Some(experiment),
        findings,
        assurances,
        ..sample::empty()
    }
}

/// One finding of each verdict, growth of heap and handles.
pub(crate) fn leak() -> Report {
    let mut findings = sample::report().findings;
    for finding in &mut findings {
        finding.growth = None;
    }
    findings.insert(0, refuted());
    findings.push(observed());
    report(leaking(), findings, Vec::new())
}

/// Nothing grows; one suspicion is refuted, one thing is held.
pub(crate) fn clean() -> Report {
    let assurances = sample::report().assurances.into_iter().take(1).collect();
    let quiet = Experiment {
        decision: Decision::Clean,
        because: "No figure rises over the rounds after warm-up; the heap's interval holds zero.".into(),
        failed: 0,
        tried: vec![tried("POST /login", 6_017, 0), tried("GET /me", 6_017, 0)],
        seen_after: None,
        readings: readings(|requests, warm_up| {
            let heap =
                if warm_up { 8 * MB + requests * 310 } else { 8 * MB + 900_000 + requests % 7 * 9_000 };
            (heap, 2 * MB, 3)
        }),
        rates: vec![
            rate(Measure::Heap, 310, -1_900, 2_440, false),
            rate(Measure::External, 0, 0, 0, false),
            rate(Measure::Handles, 0, 0, 0, false),
        ],
        rounds: Vec::new(),
        requests_to_limit: None,
        hours_to_limit: None,
        notes: Vec::new(),
        ..leaking()
    };
    report(quiet, vec![refuted()], assurances)
}

/// Too few rounds, and a service that answers with errors.
pub(crate) fn undecided() -> Report {
    let mut findings = sample::report().findings;
    findings.retain(|finding| matches!(finding.verdict, Verdict::Undecided { .. }));
    let short = Experiment {
        decision: Decision::Undecided,
        because: "The budget of 20 s ended after two rounds; three are needed.".into(),
        requests: 5_508,
        failed: 707,
        seen_after: None,
        took_ms: 20_313,
        tried: vec![tried("GET /stream", 5_508, 707)],
        readings: readings(|requests, _| (8 * MB + requests * 31, 2 * MB, 3)).into_iter().take(6).collect(),
        rates: vec![rate(Measure::Heap, 17_400, -3_100, 41_000, false)],
        rounds: Vec::new(),
        requests_to_limit: None,
        hours_to_limit: None,
        notes: vec!["snapshots were refused: 3.1 GB of the container's 4 GB are taken".into()],
        ..leaking()
    };
    report(short, findings, Vec::new())
}

fn leaking() -> Experiment {
    Experiment {
        decision: Decision::Leak,
        because:
            "The heap rose in each of six rounds by 598 B a request, and `projects` by one entry a request; \
                  neither came back after 5 s of quiet."
                .into(),
        command: "node dist/index.js".into(),
        runtime: "Node v22.3.0".into(),
        requests: 12_034,
        failed: 3,
        seen_after: Some(4_519),
        took_ms: 41_280,
        tried: vec![
            tried("POST /projects", 6_017, 0),
            tried("GET /projects/:id", 4_011, 0),
            tried("GET /stream", 2_006, 3),
        ],
        readings: readings(|requests, _| {
            (8 * MB + requests * 598, 2 * MB + requests % 5 * 1_024, 3 + requests / 500)
        }),
        rounds: vec![997, 1_511, 2_503],
        rates: vec![
            rate(Measure::Heap, 598_000, 590_400, 606_210, true),
            rate(Measure::External, 120, -800, 1_130, false),
            rate(Measure::Native, 2_000, -12_000, 40_000, false),
            rate(Measure::Handles, 2, 2, 2, true),
            rate(Measure::Descriptors, 0, 0, 0, false),
        ],
        heap_limit_bytes: Some(4_144 * MB),
        requests_to_limit: Some(6_912_000),
        hours_to_limit: Some(691),
        notes: vec![
            "3 requests to `GET /stream` were cut by the service".into(),
            "the third snapshot was read from disk".into(),
        ],
    }
}

fn tried(route: &str, requests: u64, failed: u64) -> Tried {
    Tried { route: route.into(), requests, failed }
}

fn rate(measure: Measure, milli: i64, low_milli: i64, high_milli: i64, grows: bool) -> Rate {
    Rate { measure, milli, low_milli, high_milli, grows }
}

/// Readings of a warm-up and six rounds; `figures` gives heap, external and handles.
fn readings(figures: impl Fn(u64, bool) -> (u64, u64, u64)) -> Vec<Reading> {
    let sent = [0, 1_000, 2_000, 3_000, 3_997, 5_508, 7_011, 8_014, 10_517, 12_034];
    let reading = |(index, requests): (usize, u64)| {
        let warm_up = index < 4;
        let (heap_bytes, external_bytes, handles) = figures(requests, warm_up);
        Reading {
            at_ms: 2_000 + 4_000 * index as u64,
            requests,
            warm_up,
            heap_bytes,
            heap_total_bytes: heap_bytes + 6 * MB,
            external_bytes,
            rss_bytes: heap_bytes + external_bytes + 40 * MB + requests % 3 * 100_000,
            handles,
            descriptors: 21,
            contexts: 1,
            threads: 11,
        }
    };
    sent.into_iter().enumerate().map(reading).collect()
}

fn refuted() -> Finding {
    let file = "apps/api/src/sessions.ts";
    Finding {
        kind: "unbounded-map",
        title: "`sessions` grows by one entry per `POST /login` and nothing removes one".into(),
        subject: Subject {
            file: file.into(),
            path: "SessionPool.#sessions".into(),
            symbol: "sessions".into(),
            within: "SessionPool".into(),
        },
        place: place(file, 14, 3, 12, "  #sessions = new Map<string, Session>();"),
        severity: Severity::Critical,
        verdict: Verdict::Refuted,
        evidence: vec![
            Evidence { claim: "no delete is reachable".into(), place: None },
            Evidence { claim: "6,017 requests added 0 entries: 40 before, 40 after".into(), place: None },
        ],
        fingerprint: "aa5e1c0d9b7f4e21".into(),
        related: Vec::new(),
        remedies: Vec::new(),
        ..sample::report().findings.remove(2)
    }
}

fn observed() -> Finding {
    Finding {
        kind: "heap-growth",
        title: "`#waiting` of `Queue` grows by one `Job` for each request".into(),
        impact: "Jobs that were given up are never taken out.".into(),
        subject: Subject {
            file: "node_modules/jobs/lib/queue.js".into(),
            path: "Queue.#waiting".into(),
            symbol: "#waiting".into(),
            within: "Queue".into(),
        },
        place: place("node_modules/jobs/lib/queue.js", 88, 3, 24, "  #waiting = new Set();"),
        severity: Severity::Moderate,
        verdict: Verdict::Observed,
        evidence: vec![Evidence { claim: "997, 1,511 and 2,503 more after each round".into(), place: None }],
        fingerprint: "b1c0ffee12345678".into(),
        ..refuted()
    }
}
