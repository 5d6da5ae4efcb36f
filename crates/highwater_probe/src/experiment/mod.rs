//! The experiment: warm up, rounds with snapshots, a long load, rest, one more look.
//!
//! ```text
//! warm up until it settles | look, 499 requests, look, 997, look, 1999, look | load, read, load, read ... | rest, look
//! ```
//!
//! A reading is taken after quiet and forced collections. A look is a reading and a heap snapshot, when the process has
//! room for one. Rounds are of unequal prime size; the long load shows whether what grew in them goes on growing, and
//! the rest at the end whether it is let go in the end. What it all means is decided by who called.

mod error;
mod looks;
mod plan;
mod room;
mod run;

pub use error::ExperimentError;
pub use looks::Heaps;
pub use room::{Need, need, refusal};

use crate::inspector::{Inspector, Runtime};
use crate::load::Loader;
use crate::scenario::Scenario;
use crate::target::{Ended, Launch, Target};
use highwater_finding::{Reading, Tried};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

/// What is experimented on.
#[derive(Clone, Debug)]
pub enum Whom {
    /// A command to be started and stopped again.
    Launch(Launch),
    /// A process that runs; it is left running.
    Pid {
        /// Its number.
        pid: u32,
        /// Our own supervisor's command line: it closes the inspector again when we are killed.
        guard: Vec<OsString>,
    },
    /// The address of an inspector; its process is left running.
    Url(String),
}

/// How.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is sent.
    pub scenario: Scenario,
    /// For everything, from start to stop.
    pub budget: Duration,
    /// No more requests than these in all.
    pub requests_max: Option<u64>,
    /// Whether snapshots may be taken at all.
    pub snapshots: bool,
    /// Where the service answers, when that is not found out.
    pub address: Option<std::net::SocketAddr>,
    /// Whether to go on when every request fails: someone wants to know what failing ones leave behind.
    pub errors_count: bool,
    /// How long the service may take to end when it is told to.
    pub grace: Duration,
}

/// What the experiment is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The service starts.
    Start,
    /// First requests, until the heap settles.
    WarmUp,
    /// A snapshot is taken, the how-manieth.
    Snapshot(usize),
    /// A round of so many requests.
    Round(u64),
    /// The long load.
    Load,
    /// Nothing is sent; what is only held for a while goes.
    Rest,
    /// The service is stopped.
    Stop,
}

/// Hears how it goes.
pub trait Watcher {
    /// A step begins.
    fn step(&mut self, step: Step);
    /// A reading was taken.
    fn reading(&mut self, reading: &Reading);
    /// Whether to end early, with what was measured.
    fn stop(&self) -> bool;
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Measured {
    /// The command, or what was attached to.
    pub command: String,
    /// `Node v22.3.0`.
    pub runtime: String,
    /// Readings in order.
    pub readings: Vec<Reading>,
    /// For each reading, the handles by kind.
    pub handles: Vec<BTreeMap<String, u64>>,
    /// Requests between snapshots: one fewer than snapshots.
    pub rounds: Vec<u64>,
    /// Snapshots, read.
    pub heaps: Option<Heaps>,
    /// Requests in all.
    pub requests: u64,
    /// Those that were answered with an error or not at all.
    pub failed: u64,
    /// By route.
    pub tried: Vec<Tried>,
    /// From start to end.
    pub took: Duration,
    /// V8's limit, when it is known.
    pub heap_limit_bytes: Option<u64>,
    /// How the service ended, when it did so by itself.
    pub ended: Option<Ended>,
    /// Whether it was ended early from outside.
    pub interrupted: bool,
    /// Texts of scripts that were compiled in memory and carry their source map, by address: nothing on the disk has them.
    pub scripts: Vec<(String, String)>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// Makes an experiment and leaves nothing behind. Blocks; runs its own event loop.
pub fn experiment(whom: &Whom, plan: &Plan, watcher: &mut dyn Watcher) -> Result<Measured, ExperimentError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| ExperimentError::Runtime(source.to_string()))?;
    let made = runtime.block_on(with_target(whom, plan, watcher));
    // Whatever still waits is dropped, not waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    made
}

async fn with_target(
    whom: &Whom,
    plan: &Plan,
    watcher: &mut dyn Watcher,
) -> Result<Measured, ExperimentError> {
    let started = tokio::time::Instant::now();
    watcher.step(Step::Start);
    let (mut target, command) = match whom {
        Whom::Launch(launch) => (Target::start(launch).await?, words(launch)),
        Whom::Pid { pid, guard } => {
            let port = plan.address.map(|address| address.port());
            (Target::attach_pid(*pid, port, guard).await?, format!("process {pid}"))
        }
        Whom::Url(url) => (Target::attach_url(url, plan.address).await?, url.clone()),
    };
    let made = on(&mut target, plan, watcher, started).await;
    watcher.step(Step::Stop);
    target.stop(plan.grace).await;
    made.map(|measured| Measured { command, took: started.elapsed(), ..measured })
}

fn words(launch: &Launch) -> String {
    let words: Vec<_> = launch.command.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

async fn on(
    target: &mut Target,
    plan: &Plan,
    watcher: &mut dyn Watcher,
    started: tokio::time::Instant,
) -> Result<Measured, ExperimentError> {
    let address = plan.address.unwrap_or_else(|| target.address());
    let endpoint = target.inspectors().first().ok_or(ExperimentError::NoInspector)?;
    let mut inspector = Inspector::connect(&endpoint.url).await?;
    if inspector.runtime().await? == Runtime::Workerd {
        // It works only while it answers requests.
        inspector = inspector.kicked_by(address);
    }
    if let Some(worker) = inspector.serving_worker().await? {
        inspector = inspector.of_worker(&worker);
    }
    let loader = Loader::new(&plan.scenario, address, &address.to_string())?;
    let runtime = inspector.runtime().await?.to_string();
    let mut run = run::Run::new(target, &inspector, loader, plan, watcher, started);
    run.measured.runtime = runtime;
    run.all().await?;
    Ok(run.into_measured())
}

/// How a service ended, in a few words: "exit code 134", "signal 9".
pub fn how(ended: &Ended) -> String {
    match (ended.code, ended.signal) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "without an exit code".to_owned(),
    }
}
