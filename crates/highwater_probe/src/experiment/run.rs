//! One run of the experiment, part by part.

use super::looks::{LookError, Looks};
use super::plan::{Pace, Schedule};
use super::{ExperimentError, Measured, Plan, Step, Watcher, need, refusal};
use crate::inspector::{Inspector, InspectorError, Memory, SourceMap};
use crate::load::{Batch, Keys, Loader, Outcome};
use crate::scenario::Request;
use crate::target::Target;
use highwater_finding::{Measure, Reading, Tried};
use highwater_heap::{Point, Trend, rise};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Quiet before a collection when the scenario does not say: answers reach their clients, streams close.
const QUIET: Duration = Duration::from_millis(150);
/// Between two collections, so that finalizers and callbacks of closed handles run.
const BETWEEN: Duration = Duration::from_millis(40);
/// The warm-up ends when the heap has grown by so much.
const WARM_BYTES_MAX: u64 = 24 << 20;
/// Requests of the warm-up at least, when they take no longer than its time.
const WARM_REQUESTS: u64 = 2_000;
/// Two readings that differ by less have settled.
const SETTLED_BYTES: u64 = 128 << 10;
/// The long load ends after so many requests.
const LOAD_REQUESTS_MAX: u64 = 40_000;
/// A batch of it takes about so long.
const BATCH_TIME: Duration = Duration::from_millis(700);
/// And has so many requests at least.
const BATCH_LEAST: u64 = 200;
/// The heap may grow to this part of its limit, in per cent, before the load ends.
const HEAP_PERCENT_MAX: u64 = 40;
/// And by so much: the last snapshot must still be possible.
const GROWN_MAX: u64 = 160 << 20;
/// Handles and descriptors may grow by so many: a service that runs out of them answers only errors, and stands still.
const THINGS_MAX: u64 = 2_000;
/// A rest lasts so long at least, and at most.
const REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(12));
/// Scenarios that settle longer are not made to settle between the batches of the long load.
const SETTLE_LONG: Duration = Duration::from_secs(1);
/// Requests after the rest, so that what is swept only on use is swept.
const KICK: u64 = 20;
/// A rise below this, in bytes a request, does not end the load early.
const FLOOR_BYTES: f64 = 16.0;
/// Readings of the long load before it may end early.
const CLEAN_READINGS: usize = 14;
/// Requests before it may.
const CLEAN_REQUESTS: u64 = 12_000;

/// Texts of scripts that are kept.
const SCRIPT_BYTES_MAX: usize = 64 << 20;

pub(super) struct Run<'r> {
    target: &'r mut Target,
    inspector: &'r Inspector,
    loader: Loader,
    plan: &'r Plan,
    watcher: &'r mut dyn Watcher,
    started: Instant,
    schedule: Schedule,
    looks: Looks,
    pub(super) measured: Measured,
    statuses: BTreeMap<String, u64>,
    answered_well: u64,
    no_more_looks: bool,
}

/// Why a part ended before its time.
enum Cut {
    /// The service ended by itself.
    Ended,
    /// Someone wants it to end.
    Stopped,
    /// It could not go on.
    Failed(ExperimentError),
}

impl<E: Into<ExperimentError>> From<E> for Cut {
    fn from(error: E) -> Cut {
        Cut::Failed(error.into())
    }
}

impl<'r> Run<'r> {
    pub(super) fn new(
        target: &'r mut Target,
        inspector: &'r Inspector,
        loader: Loader,
        plan: &'r Plan,
        watcher: &'r mut dyn Watcher,
        started: Instant,
    ) -> Run<'r> {
        Run {
            target,
            inspector,
            loader,
            plan,
            watcher,
            started,
            schedule: Schedule::of(plan.budget),
            looks: Looks::default(),
            measured: Measured::default(),
            statuses: BTreeMap::new(),
            answered_well: 0,
            no_more_looks: !plan.snapshots,
        }
    }

    pub(super) fn into_measured(mut self) -> Measured {
        self.measured.rounds = self.looks.rounds();
        self.measured.heaps = self.looks.finish();
        self.measured
    }

    /// All parts. What was measured before the service ended, or before it was stopped, counts.
    pub(super) async fn all(&mut self) -> Result<(), ExperimentError> {
        match self.parts().await {
            Ok(()) => {}
            Err(Cut::Stopped) => self.measured.interrupted = true,
            Err(Cut::Ended) => self.ended().await?,
            Err(Cut::Failed(error)) => {
                // A target that dies takes its inspector and its port with it: then that is what happened.
                sleep(BETWEEN).await;
                if self.measured.readings.is_empty() || !self.has_ended() {
                    return Err(error);
                }
                self.ended().await?;
            }
        }
        Ok(())
    }

    async fn parts(&mut self) -> Result<(), Cut> {
        let pace = self.warm_up().await?;
        self.scripts().await?;
        self.rounds(pace).await?;
        self.load(pace).await?;
        self.rest().await
    }

    fn has_ended(&mut self) -> bool {
        self.target.ended().is_some()
    }

    async fn ended(&mut self) -> Result<(), ExperimentError> {
        sleep(BETWEEN).await;
        let ended = self.target.ended();
        if self.measured.readings.len() < 2
            && let Some(ended) = ended
        {
            let how = super::how(&ended);
            return Err(ExperimentError::EndedAtOnce { how, told: ended.told });
        }
        self.measured.ended = ended;
        Ok(())
    }

    /// Sends requests until two readings agree, at least so many, not longer than its time.
    async fn warm_up(&mut self) -> Result<Pace, Cut> {
        self.watcher.step(Step::WarmUp);
        let first = self.read(true).await?;
        let begun = Instant::now();
        let (mut batch, mut busy) = (50, Duration::ZERO);
        let mut before = first.heap_bytes;
        let share = self.plan.requests_max.map_or(WARM_REQUESTS, |max| WARM_REQUESTS.min(max / 4));
        loop {
            let outcome = self.send(batch.min(self.requests_left().max(1))).await?;
            busy += outcome.elapsed;
            let reading = self.read(true).await?;
            let settled = reading.heap_bytes.abs_diff(before) < SETTLED_BYTES;
            before = reading.heap_bytes;
            let late = self.started.elapsed() >= self.schedule.warm.max(begun - self.started);
            let heavy = reading.heap_bytes > first.heap_bytes + WARM_BYTES_MAX;
            let sent = self.measured.requests;
            let enough = sent >= share && settled || sent >= 2 * share.max(1);
            if late || heavy || enough || self.requests_left() < share {
                break;
            }
            let pace = Pace { per_second: per_second(&outcome), bytes_per_request: 0.0 };
            batch = pace.batch(BATCH_TIME, BATCH_LEAST.min(share / 2 + 1)).min(share);
        }
        self.answers_at_all()?;
        let per_second = self.measured.requests as f64 / busy.as_secs_f64().max(0.001);
        Ok(Pace { per_second, bytes_per_request: self.late_slope() })
    }

    /// Bytes a request of the last two readings.
    fn late_slope(&self) -> f64 {
        let [.., before, last] = self.measured.readings.as_slice() else { return 0.0 };
        let requests = last.requests.saturating_sub(before.requests).max(1);
        (last.heap_bytes as f64 - before.heap_bytes as f64) / requests as f64
    }

    fn answers_at_all(&self) -> Result<(), Cut> {
        if self.answered_well > 0 || self.plan.errors_count {
            return Ok(());
        }
        let mut what: Vec<_> = self.statuses.iter().collect();
        what.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let what: Vec<_> = what.into_iter().map(|(what, count)| format!("{what}: {count}")).collect();
        let routes: Vec<_> = self.plan.scenario.requests.iter().map(Request::name).collect();
        Err(Cut::Failed(ExperimentError::OnlyErrors { what: what.join(", "), routes: routes.join(", ") }))
    }

    /// Keeps what a runner has compiled in memory. What is loaded later is not named as well.
    async fn scripts(&mut self) -> Result<(), Cut> {
        if self.no_more_looks {
            return Ok(());
        }
        let mut room = SCRIPT_BYTES_MAX;
        for script in self.inspector.scripts().await? {
            let own = script.url.starts_with("file://") && !script.url.contains("/node_modules/");
            if !own || !matches!(script.source_map, SourceMap::Inline) || room == 0 {
                continue;
            }
            let text = self.inspector.source(&script.id).await?;
            room = room.saturating_sub(text.len());
            self.measured.scripts.push((script.url, text));
        }
        Ok(())
    }

    /// Rounds of unequal size with a look before, between and after them.
    async fn rounds(&mut self, pace: Pace) -> Result<(), Cut> {
        let left = self.schedule.rounds.saturating_sub(self.started.elapsed());
        let settles = 4 * self.plan.scenario.settle.unwrap_or(QUIET);
        let time = left.saturating_sub(settles) / 2;
        let rounds = pace.rounds(time, self.requests_left() * 6 / 10);
        self.look().await?;
        for round in rounds {
            self.watcher.step(Step::Round(round));
            self.send(round).await?;
            self.look().await?;
        }
        Ok(())
    }

    /// The long load: does what grew in the rounds go on growing?
    async fn load(&mut self, pace: Pace) -> Result<(), Cut> {
        self.watcher.step(Step::Load);
        let Some(start) = self.measured.readings.last().cloned() else { return Ok(()) };
        let from = self.measured.readings.len();
        let long = self.plan.scenario.settle.is_some_and(|settle| settle > SETTLE_LONG);
        let mut batch = pace.batch(BATCH_TIME, BATCH_LEAST);
        // Snapshots of a busy machine may have taken the time of this part.
        let end =
            self.schedule.load.max(self.started.elapsed() + self.plan.budget / 8).min(self.schedule.rest);
        while self.started.elapsed() < end && self.requests_left() > 0 {
            let outcome = self.send(batch.min(self.requests_left())).await?;
            batch = Pace { per_second: per_second(&outcome), ..pace }.batch(BATCH_TIME, BATCH_LEAST);
            if self.measured.requests - start.requests >= LOAD_REQUESTS_MAX {
                break;
            }
            if long {
                continue;
            }
            let reading = self.read(false).await?;
            let limit = self.measured.heap_limit_bytes.unwrap_or(u64::MAX);
            let things = |of: &Reading| of.descriptors.max(of.handles);
            if reading.heap_bytes / HEAP_PERCENT_MAX > limit / 100
                || things(&reading) > things(&start) + THINGS_MAX
                || reading.heap_bytes > start.heap_bytes + GROWN_MAX
                || self.is_flat(from)
            {
                break;
            }
        }
        Ok(())
    }

    /// Whether so much was seen of the long load that it is flat.
    fn is_flat(&self, from: usize) -> bool {
        let readings = &self.measured.readings[from..];
        let sent = readings.last().map_or(0, |reading| reading.requests)
            - readings.first().map_or(0, |reading| reading.requests);
        if readings.len() < CLEAN_READINGS || sent < CLEAN_REQUESTS {
            return false;
        }
        Measure::ALL.iter().all(|measure| {
            let points: Vec<Point> = readings
                .iter()
                .map(|reading| Point { requests: reading.requests, value: reading.of(*measure) as f64 })
                .collect();
            let floor = if measure.is_bytes() { FLOOR_BYTES } else { 0.001 };
            rise(&points, floor).is_some_and(|told| told.trend == Trend::NoGrowth)
        })
    }

    /// Nothing is sent until handles are back and the heap falls no more; then a few requests, and the last look.
    async fn rest(&mut self) -> Result<(), Cut> {
        self.watcher.step(Step::Rest);
        self.loader.close().await;
        let begun = Instant::now();
        let usual = self.measured.readings.iter().filter(|r| r.warm_up).map(|r| r.handles).max().unwrap_or(0);
        let settle = self.plan.scenario.settle.unwrap_or(REST.0).max(REST.0);
        let longest = REST.1.max(settle);
        let mut before = u64::MAX;
        sleep(settle).await;
        while begun.elapsed() < longest && self.started.elapsed() < self.schedule.rest {
            self.stopped()?;
            self.collect().await?;
            let memory = self.inspector.memory().await?;
            let handles: u64 = memory.resources.values().sum();
            let falls = memory.heap_used_bytes + SETTLED_BYTES / 4 < before;
            if handles <= usual && !falls {
                break;
            }
            before = memory.heap_used_bytes;
            sleep(Duration::from_millis(500)).await;
        }
        if self.requests_left() > 0 {
            self.send(KICK.min(self.requests_left())).await?;
        }
        self.loader.close().await;
        self.look().await
    }

    /// A reading and, when there is room, a snapshot.
    async fn look(&mut self) -> Result<(), Cut> {
        if let Some(settle) = self.plan.scenario.settle {
            sleep(settle).await;
        }
        let reading = self.read(false).await?;
        if self.no_more_looks {
            return Ok(());
        }
        let left = self.plan.budget.saturating_sub(self.started.elapsed());
        let why = refusal(need(reading.heap_bytes), self.target.usage().as_ref(), free_bytes(), left);
        if let Some(why) = why {
            self.measured.notes.push(format!("No snapshot after {} requests: {why}.", reading.requests));
            self.no_more_looks = true;
            return Ok(());
        }
        self.watcher.step(Step::Snapshot(self.looks.at.len() + 1));
        match self.looks.take(self.inspector, reading.requests).await {
            Ok(()) => Ok(()),
            Err(LookError::Inspector(error @ InspectorError::Unsupported { .. })) => {
                self.no_more_looks = true;
                self.measured.notes.push(format!("No snapshots: {error}."));
                Ok(())
            }
            Err(LookError::Inspector(error)) => Err(error.into()),
            Err(LookError::Decode(error)) => {
                self.no_more_looks = true;
                self.measured.notes.push(format!("A snapshot could not be read: {error}."));
                Ok(())
            }
        }
    }

    /// Sends a batch and counts what came of it.
    async fn send(&mut self, requests: u64) -> Result<Outcome, Cut> {
        self.stopped()?;
        let left = self.plan.budget.saturating_sub(self.started.elapsed());
        let batch = Batch { time: Some(left), ..Batch::new(requests, self.measured.requests, Keys::Fresh) };
        let outcome = self.loader.run(&batch).await?;
        self.count(&outcome);
        if outcome.ended_early.is_some() {
            sleep(BETWEEN).await;
            if self.has_ended() {
                return Err(Cut::Ended);
            }
        }
        Ok(outcome)
    }

    fn count(&mut self, outcome: &Outcome) {
        self.measured.requests += outcome.sent;
        for (status, count) in &outcome.statuses {
            *self.statuses.entry(format!("status {status}")).or_default() += count;
        }
        for (failure, count) in &outcome.failed {
            *self.statuses.entry(failure.clone()).or_default() += count;
        }
        for (at, route) in outcome.by_route.iter().enumerate() {
            let errors: u64 = route.statuses.iter().filter(|(s, _)| **s >= 400).map(|(_, count)| count).sum();
            let failed = route.failed + errors;
            self.answered_well += route.sent.saturating_sub(failed);
            self.measured.failed += failed;
            match self.measured.tried.get_mut(at) {
                Some(tried) => {
                    tried.requests += route.sent;
                    tried.failed += failed;
                }
                None => self.measured.tried.push(Tried {
                    route: route.route.clone(),
                    requests: route.sent,
                    failed,
                }),
            }
        }
    }

    fn requests_left(&self) -> u64 {
        self.plan.requests_max.map_or(u64::MAX / 8, |max| max.saturating_sub(self.measured.requests))
    }

    fn stopped(&mut self) -> Result<(), Cut> {
        if self.watcher.stop() { Err(Cut::Stopped) } else { Ok(()) }
    }

    async fn collect(&self) -> Result<(), Cut> {
        self.inspector.collect_garbage().await?;
        sleep(BETWEEN).await;
        self.inspector.collect_garbage().await?;
        Ok(())
    }

    /// Quiet, collections, figures.
    async fn read(&mut self, warm_up: bool) -> Result<Reading, Cut> {
        sleep(QUIET).await;
        self.collect().await?;
        let memory = self.inspector.memory().await?;
        if memory.heap_limit_bytes > 0 {
            self.measured.heap_limit_bytes = Some(memory.heap_limit_bytes);
        }
        let reading = self.reading(&memory, warm_up);
        self.watcher.reading(&reading);
        self.measured.readings.push(reading.clone());
        self.measured.handles.push(memory.resources);
        Ok(reading)
    }

    fn reading(&self, memory: &Memory, warm_up: bool) -> Reading {
        let usage = self.target.usage().unwrap_or_default();
        Reading {
            at_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            requests: self.measured.requests,
            warm_up,
            heap_bytes: memory.heap_used_bytes,
            heap_total_bytes: memory.heap_total_bytes,
            external_bytes: memory.external_bytes,
            rss_bytes: if usage.rss_bytes > 0 { usage.rss_bytes } else { memory.rss_bytes },
            handles: memory.resources.values().sum(),
            descriptors: usage.descriptors,
            contexts: memory.contexts,
            threads: usage.threads,
        }
    }
}

fn per_second(outcome: &Outcome) -> f64 {
    outcome.sent as f64 / outcome.elapsed.as_secs_f64().max(0.001)
}

/// What the machine has left, where it says so.
fn free_bytes() -> Option<u64> {
    use procfs::Current;
    procfs::Meminfo::current().ok()?.mem_available
}
