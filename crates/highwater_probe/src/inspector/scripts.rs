//! Scripts that a target has loaded, and where their source maps are.

use super::{Inspector, InspectorError, Runtime};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Scripts that are kept at most; a program that makes code as it runs would otherwise fill our memory.
const MAX_SCRIPTS: usize = 50_000;
/// Longer source map addresses are the map itself; it is read from the script's text when it is wanted.
const MAX_MAP_URL_BYTES: usize = 8_192;

/// Where a script's source map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceMap {
    /// There is none.
    None,
    /// At this address, which may be relative to the script's.
    Url(String),
    /// In the script's own text, at its end, see [`Inspector::source`].
    Inline,
}

/// A script that the target has parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The protocol's name for it, valid for this connection.
    pub id: String,
    /// `file://` address, path, or name of a built-in module.
    pub url: String,
    /// Where its source map is.
    pub source_map: SourceMap,
    /// Whether it is an ES module.
    pub is_module: bool,
}

impl Script {
    /// From the parameters of `Debugger.scriptParsed`. Code without a name, such as our own expressions, is left out.
    pub(super) fn from_event(params: &Value) -> Option<Self> {
        let text = |key: &str| params.get(key).and_then(Value::as_str).unwrap_or_default();
        let url = if text("url").is_empty() { text("sourceURL") } else { text("url") };
        let map = text("sourceMapURL");
        if url.is_empty() {
            return None;
        }
        let source_map = match map {
            "" => SourceMap::None,
            map if map.starts_with("data:") || map.len() > MAX_MAP_URL_BYTES => SourceMap::Inline,
            map => SourceMap::Url(map.to_owned()),
        };
        Some(Self {
            id: text("scriptId").to_owned(),
            url: url.to_owned(),
            source_map,
            is_module: params
                .get("isModule")
                .or_else(|| params.get("module"))
                .and_then(Value::as_bool)
                .unwrap_or(false),
        })
    }
}

/// The scripts of one session, by number.
#[derive(Default)]
pub(super) struct Scripts(BTreeMap<u64, Script>);

impl Scripts {
    pub(super) fn add(&mut self, script: Script) {
        let key = script.id.parse().unwrap_or(u64::MAX - self.0.len() as u64);
        if self.0.len() < MAX_SCRIPTS {
            self.0.insert(key, script);
        }
    }
}

impl Inspector {
    /// Scripts with a name that the target has loaded so far, in the order they were parsed. At most 50,000.
    /// Enables the debugger, see [`Inspector::enable_debugger`].
    pub async fn scripts(&self) -> Result<Vec<Script>, InspectorError> {
        self.enable_debugger().await?;
        Ok(self.wire().session(self.session_name(), |session| session.scripts.0.values().cloned().collect()))
    }

    /// The text of a script, as the runtime sees it, with an inline source map at its end if it has one.
    pub async fn source(&self, script_id: &str) -> Result<String, InspectorError> {
        const METHOD: &str = "Debugger.getScriptSource";
        let mut answer = self.call(METHOD, json!({ "scriptId": script_id })).await?;
        match answer.get_mut("scriptSource").map(Value::take) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(InspectorError::Unexpected { method: METHOD.into(), missing: "scriptSource" }),
        }
    }

    /// Lets scripts be listed and probes be set; does nothing the second time. Nothing pauses from it: pauses are
    /// switched off first, and the one that V8 makes by itself near the heap's limit is ended at once and remembered,
    /// see [`Inspector::near_heap_limit`].
    ///
    /// From then on V8 lets the heap grow to four times its limit before it gives up, as for every debugger.
    pub async fn enable_debugger(&self) -> Result<(), InspectorError> {
        if self.wire().session(self.session_name(), |session| session.debugger) {
            return Ok(());
        }
        self.call("Debugger.enable", Value::Null).await?;
        // Conditions of breakpoints are still evaluated; only the pause is left out. JSC has a switch of its own.
        match self.runtime().await? {
            Runtime::Bun { .. } => {
                self.call("Debugger.setPauseOnDebuggerStatements", json!({ "enabled": false })).await?
            }
            _ => self.call("Debugger.setSkipAllPauses", json!({ "skip": true })).await?,
        };
        self.wire().session(self.session_name(), |session| session.debugger = true);
        Ok(())
    }

    /// Whether the heap came near its limit since the debugger was enabled. Without us the process would have ended
    /// with "out of memory" there.
    pub fn near_heap_limit(&self) -> bool {
        self.wire().session(self.session_name(), |session| session.near_heap_limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_maps_are_not_kept_and_nameless_code_is_left_out() {
        let parsed = |map: &str| {
            Script::from_event(
                &json!({ "scriptId": "7", "url": "file:///a.ts", "sourceMapURL": map, "isModule": true }),
            )
            .map(|script| script.source_map)
        };
        assert_eq!(parsed("data:application/json;base64,e30="), Some(SourceMap::Inline));
        assert_eq!(parsed("a.js.map"), Some(SourceMap::Url("a.js.map".into())));
        assert_eq!(parsed(""), Some(SourceMap::None));
        assert_eq!(Script::from_event(&json!({ "scriptId": "8", "url": "" })), None);
    }

    #[test]
    fn the_number_of_scripts_has_a_bound() {
        let mut scripts = Scripts::default();
        for id in 0..MAX_SCRIPTS + 10 {
            let event = json!({ "scriptId": id.to_string(), "url": "x" });
            scripts.add(Script::from_event(&event).unwrap());
        }
        assert_eq!(scripts.0.len(), MAX_SCRIPTS);
    }
}
