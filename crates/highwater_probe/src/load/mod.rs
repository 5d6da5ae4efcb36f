//! Sends a scenario's requests to a service: exact counts, known keys, clients that behave and clients that do not.
//!
//! HTTP/1.1 by hand, because the generator's own time must stay small beside the service's: requests are put together
//! once, each connection waits without holding memory, and answers are read without being kept.

mod answer;
mod blocking;
mod connection;
mod http2;
mod plan;
mod tally;
mod websocket;
mod worker;

#[cfg(test)]
mod tests;

pub use blocking::{Step, run_blocking};
pub use tally::{EndedEarly, Outcome, RouteOutcome};

use crate::scenario::Scenario;
use connection::Connection;
use http2::Sessions;
use plan::Plan;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tally::Tally;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::Instant;
use worker::{Shared, Worker};

/// How much is sent at one go, and with which keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Exactly so many, unless the service goes away or the time ends.
    pub requests: u64,
    /// The index of the first request. Give each batch the first index behind the last one's, so that fresh keys are
    /// fresh for the whole run.
    pub first: u64,
    /// What `{n}` stands for.
    pub keys: Keys,
    /// No request begins after so long.
    pub time: Option<Duration>,
}

/// Which numbers `{n}` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The index of the request: new for each.
    Fresh,
    /// The index modulo this size, at least 1: a closed list, gone through in order again and again.
    Closed(u64),
}

impl Batch {
    /// So many requests, from this index, without a limit of time.
    pub const fn new(requests: u64, first: u64, keys: Keys) -> Batch {
        Batch { requests, first, keys, time: None }
    }
}

/// Why nothing could be sent.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The scenario has no requests.
    #[error(
        "there is no request to send\n  help: give a route (`--route 'GET /items/:id'`) or a scenario file"
    )]
    NoRequests,
    /// The name of the service cannot stand in a request.
    #[error(
        "`{0}` is no name of a host\n  help: give a name or an address, with a port if needed: 127.0.0.1:3000"
    )]
    Host(String),
    /// A text of a request has a hole that stands for nothing.
    #[error(
        "the {place} of `{request}` has a name in braces that stands for nothing\n  help: `{{n}}` is the number of the request"
    )]
    Template {
        /// The request's name.
        request: String,
        /// "path", "headers.accept" or "body".
        place: String,
    },
    /// Somebody did not want to wait for the requests under way.
    #[error("interrupted before the requests under way had ended")]
    Interrupted,
    /// A client broke: our mistake.
    #[error("the load generator broke: {0}\n  help: this is our mistake; please report it with this text")]
    Broken(String),
}

/// Sends batches of one scenario to one address. Connections are kept from batch to batch.
#[derive(Debug)]
pub struct Loader {
    plan: Arc<Plan>,
    address: SocketAddr,
    idle: Vec<Connection>,
    sessions: Arc<Sessions>,
    done: Arc<AtomicU64>,
    is_stopped: Arc<AtomicBool>,
}

impl Loader {
    /// Puts the requests together; opens nothing. `host` is what the service is called in requests, usually the
    /// address itself.
    pub fn new(scenario: &Scenario, address: SocketAddr, host: &str) -> Result<Loader, LoadError> {
        let plan = Arc::new(Plan::new(scenario, host)?);
        let sessions = Arc::new(Sessions::new(plan.concurrency));
        let (done, is_stopped) = (Arc::default(), Arc::default());
        Ok(Loader { plan, address, idle: Vec::new(), sessions, done, is_stopped })
    }

    /// How many requests of the batch that is running, or ran last, have ended. For progress.
    pub fn done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }

    /// Set it to have no more requests begin; those under way end as they do. Later batches then send nothing.
    pub fn stopper(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_stopped)
    }

    /// Sends a batch, and returns when each of its requests has ended. What the service does wrong is counted, not an
    /// error. Dropping the future ends all clients at once.
    pub async fn run(&mut self, batch: &Batch) -> Result<Outcome, LoadError> {
        self.done.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let shared = Arc::new(Shared {
            plan: Arc::clone(&self.plan),
            address: self.address,
            batch: batch.clone(),
            begun,
            end: batch.time.map(|time| begun + time),
            sessions: Arc::clone(&self.sessions),
            taken: AtomicU64::new(0),
            done: Arc::clone(&self.done),
            tally: Mutex::new(Tally::new(&self.plan)),
            ended_early: Mutex::new(None),
            is_over: AtomicBool::new(false),
            is_stopped: Arc::clone(&self.is_stopped),
        });
        let clients = batch.requests.min(self.plan.concurrency as u64);
        let mut running = JoinSet::new();
        for _ in 0..clients {
            running.spawn(Worker::new(Arc::clone(&shared), self.idle.pop()).work());
        }
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok(connection) => self.idle.extend(connection),
                Err(e) => return Err(LoadError::Broken(e.to_string())),
            }
        }
        let elapsed = begun.elapsed();
        let ended_early = *shared.ended_early.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let tally = std::mem::replace(&mut *shared.tally(), Tally::new(&self.plan));
        Ok(tally.outcome(elapsed, ended_early))
    }

    /// Closes all connections that are kept.
    pub async fn close(&mut self) {
        for mut connection in self.idle.drain(..) {
            // A connection that the service has closed already cannot be closed again.
            let _ = connection.stream.shutdown().await;
        }
        self.sessions.close().await;
    }
}
