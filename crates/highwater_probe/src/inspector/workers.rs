//! Worker threads: each has a heap and an inspector of its own, reached through the main thread's.
//!
//! Node's `NodeWorker` domain (`src/inspector/node_protocol.pdl`): the target tells of each worker by the name of a
//! session, and calls to it travel as text inside calls to the main thread.

use super::{Inspector, InspectorError, Runtime};
use serde_json::json;
use std::sync::Arc;

/// A worker thread that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    session: String,
    /// As Node calls it: `Worker 1`, or the name it was given.
    pub title: String,
    /// What it runs: a `file://` address or a path; empty for code given as text.
    pub url: String,
}

impl Inspector {
    /// The worker threads that are alive, in the order they appeared. Only the main thread knows them. Other runtimes
    /// than Node refuse.
    pub async fn workers(&self) -> Result<Vec<Worker>, InspectorError> {
        // The second call is harmless, so that the state need not be kept.
        self.call("NodeWorker.enable", json!({ "waitForDebuggerOnStart": false })).await?;
        let seen = self.wire().workers().into_iter();
        Ok(seen
            .map(|worker| Worker { session: worker.session, title: worker.title, url: worker.url })
            .collect())
    }

    /// The inspector of a worker. Shares the connection of the main thread's.
    #[must_use]
    pub fn of_worker(&self, worker: &Worker) -> Self {
        let (url, session) = (self.url.clone(), worker.session.clone());
        Self { url, wire: Arc::clone(&self.wire), session, limits: self.limits, kick: None }
    }

    /// The worker thread that serves, when the main thread has no listening socket and a worker has; else `None`.
    /// A service can run in a worker altogether, and then its heap is there.
    pub async fn serving_worker(&self) -> Result<Option<Worker>, InspectorError> {
        const SERVES: &str = "process.getActiveResourcesInfo?.().includes('TCPServerWrap') ?? false";
        if !matches!(self.runtime().await?, Runtime::Node { .. }) || self.evaluate(SERVES).await? == true {
            return Ok(None);
        }
        for worker in self.workers().await? {
            // One that ends meanwhile serves no more.
            if self.of_worker(&worker).evaluate(SERVES).await.is_ok_and(|serves| serves == true) {
                return Ok(Some(worker));
            }
        }
        Ok(None)
    }
}
