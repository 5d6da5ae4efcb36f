//! The client of a runtime's inspector: ask, collect, measure, take snapshots, place probes.
//!
//! The protocol is V8's (chromedevtools.github.io/devtools-protocol/v8) with Node's additions (`src/inspector/*.pdl` in
//! its repository); Bun's is WebKit's. Whoever attaches must not become the leak that is looked for, so:
//!
//! - `Runtime.enable` is never sent to Node, Deno or Bun: from then on V8 keeps everything that is logged.
//! - Console entries, which V8 keeps with their arguments when nobody is attached, too, are discarded before each
//!   collection.
//! - Every value comes back by value; no handle to an object of the target stays behind.
//! - Nothing pauses the target.
//! - Every call has a time limit, and every connection ends when its last handle is dropped.

mod bun;
mod error;
mod evaluate;
mod kick;
mod memory;
mod probes;
mod scripts;
mod snapshot;
mod wire;
mod workers;

pub use error::InspectorError;
pub use evaluate::Runtime;
pub use memory::Memory;
pub use probes::{Held, Probe, Reading, Site, SiteScript};
pub use scripts::{Script, SourceMap};
pub use workers::Worker;

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use wire::{MAIN, Wire};

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the answer to a call.
    pub call: Duration,
    /// For a forced collection, which takes about a second for each gigabyte.
    pub collection: Duration,
    /// For the next piece of a snapshot. V8 builds the whole graph before the first piece comes: minutes for gigabytes.
    pub snapshot_silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            collection: Duration::from_mins(2),
            snapshot_silence: Duration::from_mins(10),
        }
    }
}

/// A connection to the inspector of one thread of one process.
pub struct Inspector {
    url: String,
    wire: Arc<Wire>,
    session: String,
    limits: Limits,
    /// Whom to send a request when an answer does not come, see [`Inspector::kicked_by`].
    kick: Option<SocketAddr>,
}

impl Inspector {
    /// Connects to `ws://host:port/id`, with the usual limits.
    pub async fn connect(url: &str) -> Result<Self, InspectorError> {
        Self::connect_with(url, Limits::default()).await
    }

    /// Connects to `ws://host:port/id`.
    pub async fn connect_with(url: &str, limits: Limits) -> Result<Self, InspectorError> {
        let wire = Wire::connect(url).await?;
        let inspector =
            Self { url: url.to_owned(), wire: Arc::new(wire), session: MAIN.to_owned(), limits, kick: None };
        // A Node that has come to its end waits for debuggers to leave. It tells those who ask for it, so that we
        // can; others do not know the call, and nobody waits for the answer.
        let params = json!({ "enabled": true });
        inspector.wire.send(MAIN, "NodeRuntime.notifyWhenWaitingForDisconnect", &params).await?;
        Ok(inspector)
    }

    /// workerd answers some calls only when a request lets its isolate run. With an address here, `GET /` is sent
    /// there once a second while an answer does not come.
    #[must_use]
    pub fn kicked_by(mut self, address: SocketAddr) -> Self {
        self.kick = Some(address);
        self
    }

    /// Calls a method of the protocol and gives its result, within the usual limit for a call.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, InspectorError> {
        self.call_within(method, params, self.limits.call).await
    }

    /// Calls a method of the protocol and gives its result. An answer that comes after the limit is ignored.
    pub async fn call_within(
        &self,
        method: &str,
        params: Value,
        limit: Duration,
    ) -> Result<Value, InspectorError> {
        let answer = async {
            let mut call = self.wire.send(&self.session, method, &params).await?;
            match self.kick {
                Some(address) => kick::until(address, call.answer(method)).await,
                None => call.answer(method).await,
            }
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(InspectorError::Late { method: method.to_owned(), limit }),
        }
    }

    /// Connects again to the same target after the connection has ended, trying a few times for two seconds. Probes and
    /// the list of scripts went with the old connection. A worker's inspector is had anew from the main thread's.
    pub async fn reconnect(&mut self) -> Result<(), InspectorError> {
        const TRIES: u32 = 8;
        const PAUSE: Duration = Duration::from_millis(250);
        let mut tries = 1;
        let again = loop {
            match Self::connect_with(&self.url, self.limits).await {
                Ok(again) => break again,
                Err(error) if tries == TRIES => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
            tries += 1;
        };
        *self = Self { kick: self.kick, ..again };
        Ok(())
    }

    /// Whether the connection has ended: the target died, left, or sent what is no message.
    pub fn is_over(&self) -> bool {
        self.wire.is_over()
    }

    /// Collects all garbage once, as thoroughly as V8 can (it repeats until nothing more goes). What the console
    /// keeps is discarded first. Objects that only finalizers or timers let go need another turn of the target's loop
    /// and another call.
    pub async fn collect_garbage(&self) -> Result<(), InspectorError> {
        let method = if let Runtime::Bun { .. } = self.runtime().await? {
            // JSC's console keeps nothing unless its domain was enabled.
            "Heap.gc"
        } else {
            self.call("Runtime.discardConsoleEntries", Value::Null).await?;
            "HeapProfiler.collectGarbage"
        };
        self.call_within(method, Value::Null, self.limits.collection).await.map(drop)
    }

    fn wire(&self) -> &Wire {
        &self.wire
    }

    fn session_name(&self) -> &str {
        &self.session
    }
}
