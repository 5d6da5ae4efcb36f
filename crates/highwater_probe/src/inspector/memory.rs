//! The figures of one target, read with one expression.

use super::{Inspector, InspectorError, Runtime};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a target says of its own memory. Bytes are bytes; what a runtime does not know is 0 or empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Live and not yet collected objects of the JavaScript heap; right after a collection, the live ones.
    pub heap_used_bytes: u64,
    /// The heap's pages.
    pub heap_total_bytes: u64,
    /// Memory outside the heap that objects in it own, buffers included.
    pub external_bytes: u64,
    /// Of it, `ArrayBuffer`s and Node's `Buffer`s.
    pub array_buffers_bytes: u64,
    /// Resident memory as the runtime says; the kernel's figure is that of its process.
    pub rss_bytes: u64,
    /// Where the runtime ends itself.
    pub heap_limit_bytes: u64,
    /// What keeps the event loop alive, by kind, as in `{"Timeout": 3, "TCPSocketWrap": 1}`.
    pub resources: BTreeMap<String, u64>,
    /// Global objects that are alive (`vm` contexts make more).
    pub contexts: u64,
    /// Of them, those that were let go and are still held by something.
    pub detached_contexts: u64,
    /// Memory that V8 itself has taken beside the heap.
    pub malloced_bytes: u64,
    /// Listeners on `process`.
    pub process_listeners: u64,
    /// How late the event loop came to an immediate that was set as the figures were read.
    pub event_loop_delay_ms: f64,
}

/// Nothing is installed in the target and nothing is kept: the modules are there already, and the promise is settled
/// in the next turn of the loop.
const V8: &str = "(() => {
  const p = globalThis.process;
  const get = (name) => {
    try { return p.getBuiltinModule ? p.getBuiltinModule(name) : require(name); } catch { return undefined; }
  };
  const attempt = (f, other) => { try { return f() ?? other; } catch { return other; } };
  const used = attempt(() => p.memoryUsage(), {});
  const heap = attempt(() => get('v8').getHeapStatistics(), {});
  const resources = {};
  for (const kind of attempt(() => p.getActiveResourcesInfo(), [])) resources[kind] = (resources[kind] ?? 0) + 1;
  const whole = (n) => Number.isFinite(n) && n > 0 ? Math.round(n) : 0;
  const out = {
    heap_used_bytes: whole(used.heapUsed), heap_total_bytes: whole(used.heapTotal),
    external_bytes: whole(used.external), array_buffers_bytes: whole(used.arrayBuffers), rss_bytes: whole(used.rss),
    heap_limit_bytes: whole(heap.heap_size_limit), resources,
    contexts: whole(heap.number_of_native_contexts), detached_contexts: whole(heap.number_of_detached_contexts),
    malloced_bytes: whole(heap.malloced_memory),
    process_listeners: attempt(() => p.eventNames().reduce((sum, name) => sum + p.listenerCount(name), 0), 0),
    event_loop_delay_ms: 0,
  };
  const clock = globalThis.performance, soon = globalThis.setImmediate;
  if (!clock || !soon) return out;
  const start = clock.now();
  return new Promise((done) => soon(() => { out.event_loop_delay_ms = clock.now() - start; done(out); }));
})()";

impl Inspector {
    /// The target's figures. Collects nothing: see [`Inspector::collect_garbage`].
    pub async fn memory(&self) -> Result<Memory, InspectorError> {
        let runtime = self.runtime().await?;
        if let Runtime::Bun { .. } = runtime {
            return self.bun_memory().await;
        }
        let value = self.evaluate(V8).await?;
        let mut memory: Memory = serde_json::from_value(value).map_err(|_| InspectorError::Unexpected {
            method: "Runtime.evaluate".into(),
            missing: "figures of memory",
        })?;
        if matches!(runtime, Runtime::Workerd | Runtime::Other) || memory.heap_used_bytes == 0 {
            self.heap_usage(&mut memory).await?;
        }
        Ok(memory)
    }

    /// Fills in what the protocol itself knows, for runtimes without `process.memoryUsage`.
    async fn heap_usage(&self, memory: &mut Memory) -> Result<(), InspectorError> {
        let usage = self.call("Runtime.getHeapUsage", serde_json::Value::Null).await?;
        let bytes = |key: &str| usage.get(key).and_then(serde_json::Value::as_f64).unwrap_or_default() as u64;
        memory.heap_used_bytes = bytes("usedSize");
        memory.heap_total_bytes = bytes("totalSize");
        memory.array_buffers_bytes = bytes("backingStorageSize");
        memory.external_bytes = bytes("embedderHeapUsedSize") + memory.array_buffers_bytes;
        Ok(())
    }
}
