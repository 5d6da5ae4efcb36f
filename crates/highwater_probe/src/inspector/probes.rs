//! Probes: see a named collection of a running program, without pausing it.
//!
//! A probe is a breakpoint whose condition is never true. As V8 evaluates the condition in the frame, it sees the
//! variables there, and hands a weak reference to one of them to a small table in the target. From then on its size
//! costs next to nothing to read, and the breakpoint can go.
//!
//! The table is one property of `globalThis` with a symbol for a name, which nothing enumerates. It has a bound: 32
//! different objects for each probe.

use super::{Inspector, InspectorError, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where a probe is placed. Lines and columns begin with 0, as in the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The script's id or its url.
    pub script: SiteScript,
    /// Line, from 0.
    pub line: u32,
    /// Column in UTF-16 units, from 0. V8 takes the next place behind it where it can stop.
    pub column: u32,
}

/// Which script a probe is placed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteScript {
    /// This one, by its id on this connection.
    Id(String),
    /// All with this address, also those that are loaded later.
    Url(String),
}

/// A probe that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The protocol's name for the breakpoint.
    pub breakpoint: String,
    /// Its row in the table.
    pub slot: u32,
    /// Line and column where V8 really placed it, from 0; empty when the script is not loaded yet.
    pub placed: Vec<(u32, u32)>,
}

/// What a probe has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The probe's row.
    pub slot: u32,
    /// How often its place was reached while it was set.
    pub hits: u64,
    /// Why its expression gave no object, as the target said it the last time.
    pub failed: Option<String>,
    /// The objects it saw that are still alive, in the order they were seen.
    pub alive: Vec<Held>,
    /// Whether there were more objects than the table holds.
    pub more: bool,
}

/// An object that a probe saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Held {
    /// Name of its constructor.
    pub kind: String,
    /// Entries of a Map, Set or array, bytes of a buffer, listeners of an emitter, keys of any other object.
    pub size: u64,
}

const TABLE: &str = "(() => {
  const name = Symbol.for('highwater.probes');
  if (globalThis[name]) return;
  const slots = new Map();
  const see = (slot, get) => {
    const row = slots.get(slot);
    if (!row) return false;
    row.hits += 1;
    try {
      const value = get();
      if (value === null || typeof value !== 'object' && typeof value !== 'function') {
        row.failed = 'it is ' + (value === null ? 'null' : typeof value);
        return false;
      }
      if (row.seen.some((reference) => reference.deref() === value)) return false;
      row.seen = row.seen.filter((reference) => reference.deref() !== undefined);
      if (row.seen.length < 32) row.seen.push(new WeakRef(value)); else row.more = true;
    } catch (error) {
      row.failed = String(error).slice(0, 200);
    }
    return false;
  };
  const size = (value) => {
    if (value instanceof Map || value instanceof Set) return value.size;
    if (Array.isArray(value) || typeof value === 'function') return value.length;
    if (typeof value.byteLength === 'number') return value.byteLength;
    const events = typeof value.listenerCount === 'function' && value._events;
    if (events) return Object.values(events).reduce((sum, l) => sum + (Array.isArray(l) ? l.length : 1), 0);
    let keys = 0;
    for (const key in value) if (Object.hasOwn(value, key)) keys += 1;
    return keys;
  };
  const held = (value) => {
    let kind = '';
    try { kind = String(value.constructor?.name ?? ''); } catch {}
    let count = 0;
    try { count = size(value); } catch {}
    return { kind, size: Number.isSafeInteger(count) && count > 0 ? count : 0 };
  };
  const read = () => [...slots].map(([slot, row]) => ({
    slot, hits: row.hits, failed: row.failed, more: row.more,
    alive: row.seen.map((reference) => reference.deref()).filter((value) => value !== undefined).map(held),
  }));
  const open = (slot) => { slots.set(slot, { hits: 0, failed: null, more: false, seen: [] }); };
  Object.defineProperty(globalThis, name, { value: { see, read, open }, configurable: true });
})()";

impl Inspector {
    /// Sets a probe: whenever `site` is reached, the object that `expression` gives there is remembered weakly.
    /// The expression sees the variables of the place, `this` included; it must only read. One hit costs about
    /// 0.2 ms, so take the probe away when it has seen something.
    pub async fn set_probe(&self, site: &Site, expression: &str) -> Result<Probe, InspectorError> {
        self.enable_debugger().await?;
        self.evaluate(TABLE).await?;
        let slot = Self::new_slot();
        self.evaluate(&format!("globalThis[Symbol.for('highwater.probes')].open({slot})")).await?;
        let condition = format!(
            "globalThis[Symbol.for('highwater.probes')] !== undefined && \
             globalThis[Symbol.for('highwater.probes')].see({slot}, () => ({expression}))"
        );
        let bun = matches!(self.runtime().await?, Runtime::Bun { .. });
        let answer = self.place(site, &condition, bun).await?;
        let breakpoint = answer.get("breakpointId").and_then(Value::as_str).ok_or_else(|| {
            InspectorError::Unexpected { method: "Debugger.setBreakpoint".into(), missing: "breakpointId" }
        })?;
        let locations = match answer.get("locations").and_then(Value::as_array) {
            Some(locations) => locations.as_slice(),
            None => answer.get("actualLocation").map_or(&[][..], std::slice::from_ref),
        };
        let number = |location: &Value, key: &str| {
            location.get(key).and_then(Value::as_u64).unwrap_or_default() as u32
        };
        let placed = locations
            .iter()
            .map(|location| (number(location, "lineNumber"), number(location, "columnNumber")));
        Ok(Probe { breakpoint: breakpoint.to_owned(), slot, placed: placed.collect() })
    }

    async fn place(&self, site: &Site, condition: &str, bun: bool) -> Result<Value, InspectorError> {
        let (line, column) = (site.line, site.column);
        match &site.script {
            SiteScript::Id(id) => {
                let location = json!({ "scriptId": id, "lineNumber": line, "columnNumber": column });
                let mut params = json!({ "location": location });
                add_condition(&mut params, condition, bun);
                self.call("Debugger.setBreakpoint", params).await
            }
            SiteScript::Url(url) => {
                let mut params = json!({ "url": url, "lineNumber": line, "columnNumber": column });
                add_condition(&mut params, condition, bun);
                self.call("Debugger.setBreakpointByUrl", params).await
            }
        }
    }

    /// Takes a probe away. What it saw can still be read.
    pub async fn remove_probe(&self, probe: &Probe) -> Result<(), InspectorError> {
        let params = json!({ "breakpointId": probe.breakpoint });
        self.call("Debugger.removeBreakpoint", params).await.map(drop)
    }

    /// What all probes have seen until now, by row. Costs the target less than a millisecond for a thousand
    /// collections; only plain objects are counted key by key.
    pub async fn probed(&self) -> Result<Vec<Reading>, InspectorError> {
        let read = "globalThis[Symbol.for('highwater.probes')]?.read() ?? []";
        let value = self.evaluate(read).await?;
        serde_json::from_value(value).map_err(|_| InspectorError::Unexpected {
            method: "Runtime.evaluate".into(),
            missing: "readings of probes",
        })
    }

    /// Removes the table from the target. Probes that are still set see nothing any more.
    pub async fn forget_probes(&self) -> Result<(), InspectorError> {
        self.evaluate("delete globalThis[Symbol.for('highwater.probes')]").await.map(drop)
    }

    /// Rows are numbered over the whole process, so that two connections to one target do not share one.
    fn new_slot() -> u32 {
        static LAST: AtomicU32 = AtomicU32::new(0);
        LAST.fetch_add(1, Ordering::Relaxed)
    }
}

fn add_condition(params: &mut Value, condition: &str, bun: bool) {
    if bun {
        params["options"] = json!({ "condition": condition, "autoContinue": true });
    } else {
        params["condition"] = condition.into();
    }
}
