//! `prove`: an experiment with a living service, joined with what its code says.

mod decide;
mod holders;
mod scenario;

pub use scenario::Requests;

use crate::correlate::{self, Exercised};
use crate::{Error, Options, Progress, Session, assemble, excerpt, fingerprint};
use decide::{Decided, decide};
use highwater_finding::{Decision, Experiment, Finding, Measure, Report, Verdict};
use highwater_probe::experiment::{Measured, Plan, Watcher, Whom, experiment, how};
use highwater_rules::Settings;
use std::path::PathBuf;
use std::time::Duration;

/// What is to be proven, and how.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Folder of the service: its code is scanned for routes and suspicions.
    pub folder: PathBuf,
    /// How the code is scanned.
    pub scan: Options,
    /// What is started or attached to.
    pub whom: Whom,
    /// Where the service answers, when that is not found out.
    pub address: Option<std::net::SocketAddr>,
    /// What is sent.
    pub requests: Requests,
    /// For everything.
    pub budget: Duration,
    /// No more requests than these.
    pub requests_max: Option<u64>,
    /// Whether snapshots may be taken.
    pub snapshots: bool,
    /// One more folder with source maps.
    pub source_maps: Option<PathBuf>,
}

/// How long a service may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(5);

/// Scans the code, makes the experiment, joins both.
pub fn prove(proof: &Proof, progress: &dyn Progress, watcher: &mut dyn Watcher) -> Result<Report, Error> {
    let session = Session::open(&proof.folder, proof.scan.clone())?;
    let mut report = session.check(progress)?;
    let plan = Plan {
        scenario: proof.requests.scenario(&report.routes)?,
        budget: proof.budget,
        requests_max: proof.requests_max,
        snapshots: proof.snapshots,
        address: proof.address,
        grace: GRACE,
        errors_count: proof.requests.is_chosen(),
    };
    let measured = experiment(&proof.whom, &plan, watcher)?;
    let settings = Settings { profile: report.profile.clone(), limit: report.limit.clone() };
    let found = holders::find(&measured, proof, &settings);
    let Decided { decision, because, rates } = decide(&measured, &found);
    let mut holders = found.proven;
    let heap_grows = rates.iter().any(|rate| rate.measure == Measure::Heap && rate.grows);
    if decision == Decision::Leak && heap_grows {
        let alone = holders.is_empty();
        let verdict = if alone { Verdict::Proven } else { Verdict::Observed };
        holders.extend(found.likely.into_iter().map(|holder| Finding { verdict, ..holder }));
    }
    if decision == Decision::Leak && holders.is_empty() {
        holders = holders::without(&measured, &rates, proof);
    }
    fingerprint::set_all(&mut holders);
    let exercised = Exercised { tried: &measured.tried, decision, looked: measured.heaps.is_some() };
    report.findings = correlate::join(std::mem::take(&mut report.findings), holders, &exercised);
    excerpt::fill(
        &proof.folder,
        crate::DEFAULT_MAX_FILE_BYTES,
        &mut report.findings,
        &mut report.assurances,
        &mut report.problems,
    );
    assemble::sort_proven(&mut report.findings);
    clear_advice(&mut report);
    report.experiment = Some(told(measured, decision, because, rates, &report));
    Ok(report)
}

/// Advice that a scan gives for lack of an experiment.
fn clear_advice(report: &mut Report) {
    report.test_plan.clear();
    report.monitoring.clear();
    report.dos.clear();
    report.donts.clear();
}

fn told(
    measured: Measured,
    decision: Decision,
    because: String,
    rates: Vec<highwater_finding::Rate>,
    report: &Report,
) -> Experiment {
    let heap = rates.iter().find(|rate| rate.measure == Measure::Heap && rate.milli > 0);
    let last = measured.readings.last();
    let requests_to_limit = heap.filter(|_| decision == Decision::Leak).and_then(|rate| {
        let room = measured.heap_limit_bytes?.checked_sub(last?.heap_bytes)?;
        Some(room.saturating_mul(1000) / u64::try_from(rate.milli).ok()?)
    });
    let per_hour = report.profile.requests_per_hour;
    let seen_after = report.findings.iter().any(|finding| finding.verdict == Verdict::Proven);
    let long: u64 = measured.rounds.iter().skip(3).sum();
    let mut notes = measured.notes;
    if measured.interrupted {
        notes.push("It was stopped before its end; what was measured until then counts.".to_owned());
    }
    if let Some(ended) = &measured.ended {
        notes.push(format!("The service ended by itself ({}): {}", how(ended), ended.told.trim()));
    }
    Experiment {
        decision,
        because,
        command: measured.command,
        runtime: measured.runtime,
        requests: measured.requests,
        failed: measured.failed,
        seen_after: last.filter(|_| seen_after).map(|last| last.requests - long.min(last.requests)),
        took_ms: u64::try_from(measured.took.as_millis()).unwrap_or(u64::MAX),
        tried: measured.tried,
        readings: measured.readings,
        rounds: measured.rounds,
        rates,
        heap_limit_bytes: measured.heap_limit_bytes,
        requests_to_limit,
        hours_to_limit: requests_to_limit.filter(|_| per_hour > 0).map(|requests| requests / per_hour),
        notes,
    }
}
