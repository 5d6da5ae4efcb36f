//! What Bun does in its own way: its engine is JavaScriptCore, whose inspector has no snapshot in V8's form and no
//! sampling of allocations. `bun:jsc` and `Bun.generateHeapSnapshot` (bun.com/docs) fill in.

use super::{Inspector, InspectorError, Memory, Runtime};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// `heapSize` counts cells of the heap, `extraMemorySize` what they own beside it.
const FIGURES: &str = "(() => {
  const jsc = process.getBuiltinModule('bun:jsc');
  const heap = jsc.heapStats(), used = process.memoryUsage();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo?.() ?? []) resources[kind] = (resources[kind] ?? 0) + 1;
  const whole = (n) => Number.isFinite(n) && n > 0 ? Math.round(n) : 0;
  const out = {
    heap_used_bytes: whole(heap.heapSize), heap_total_bytes: whole(heap.heapCapacity),
    external_bytes: whole(heap.extraMemorySize), array_buffers_bytes: whole(used.arrayBuffers),
    rss_bytes: whole(used.rss), contexts: whole(heap.globalObjectCount), resources,
    process_listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    event_loop_delay_ms: 0,
  };
  const start = performance.now();
  return new Promise((done) => setImmediate(() => { out.event_loop_delay_ms = performance.now() - start; done(out); }));
})()";

/// Characters of a snapshot that are asked for at once.
const SLICE_CHARS: u64 = 1 << 20;

impl Inspector {
    /// How many objects of each type are alive: the cheapest census there is. Only Bun knows; others refuse.
    pub async fn type_counts(&self) -> Result<BTreeMap<String, u64>, InspectorError> {
        let runtime = self.runtime().await?;
        if !matches!(runtime, Runtime::Bun { .. }) {
            let runtime = runtime.to_string();
            return Err(InspectorError::Unsupported { runtime, what: "count objects by type" });
        }
        let counts = "process.getBuiltinModule('bun:jsc').heapStats().objectTypeCounts";
        serde_json::from_value(self.evaluate(counts).await?).map_err(|_| InspectorError::Unexpected {
            method: "Runtime.evaluate".into(),
            missing: "counts of objects",
        })
    }

    pub(super) async fn bun_memory(&self) -> Result<Memory, InspectorError> {
        serde_json::from_value(self.evaluate(FIGURES).await?).map_err(|_| InspectorError::Unexpected {
            method: "Runtime.evaluate".into(),
            missing: "figures of memory",
        })
    }

    /// Bun makes a snapshot as one text, which the target holds while we fetch it slice by slice.
    pub(super) async fn bun_snapshot(
        &self,
        sink: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
    ) -> Result<u64, InspectorError> {
        const HELD: &str = "globalThis[Symbol.for('highwater.snapshot')]";
        let make = format!("({HELD} = Bun.generateHeapSnapshot('v8')).length");
        let params = serde_json::json!({ "expression": make, "returnByValue": true });
        let limit = self.limits.snapshot_silence;
        let answer = self.call_within("Runtime.evaluate", params, limit).await?;
        let missing =
            |missing| InspectorError::Unexpected { method: "Bun.generateHeapSnapshot".into(), missing };
        let chars = answer.pointer("/result/value").and_then(Value::as_u64).ok_or(missing("text"))?;
        let (mut at, mut bytes) = (0, 0);
        let mut fetched = Ok(());
        while at < chars && fetched.is_ok() {
            // A pair of surrogates must stay together.
            let slice = format!(
                "((text, at) => {{ let end = Math.min(at + {SLICE_CHARS}, text.length); \
                 const last = text.charCodeAt(end - 1); \
                 if (last >= 0xd800 && last < 0xdc00 && end < text.length) end -= 1; \
                 return text.slice(at, end); }})({HELD}, {at})"
            );
            match self.evaluate(&slice).await {
                Ok(Value::String(text)) => {
                    bytes += text.len() as u64;
                    at += (text.encode_utf16().count() as u64).max(1);
                    if sink(text.as_bytes()).is_break() {
                        break;
                    }
                }
                Ok(_) => fetched = Err(missing("slice")),
                Err(InspectorError::Gone { cause, .. }) => {
                    return Err(InspectorError::DiedMidSnapshot { bytes, cause });
                }
                Err(error) => fetched = Err(error),
            }
        }
        self.evaluate(&format!("delete {HELD}")).await?;
        fetched.map(|()| bytes)
    }
}
