//! Which script a place is in: V8's number of a script to its URL, without a debugger.
//!
//! A closure carries a location with the number of its script, and leads over `shared` to a node whose name is the URL
//! of that script. One closure of each script is enough.

use super::words::{Word, Words};
use crate::graph::HeapGraph;
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use crate::snapshot::Location;
use std::collections::BTreeMap;

/// A place in a script as the runtime knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourcePlace {
    /// URL or path of the script: `file:///srv/app.mjs`, `/srv/app.js`, `node:internal/timers`.
    pub url: String,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
    /// Column, from 1, in UTF-16 units; 0 when unknown.
    pub column: u32,
}

/// Whose code a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The program's own.
    App,
    /// A package's.
    Dependency,
    /// The runtime's: Node's, Deno's, Electron's, or V8's own.
    Runtime,
}

impl Origin {
    /// By the URL or path of a script.
    pub fn of(url: &str) -> Origin {
        let runtime = ["node:", "internal/", "ext:", "electron/", "native ", "extensions::", "bun:"];
        if url.is_empty() || runtime.iter().any(|start| url.starts_with(start)) || url.contains("/node:") {
            Origin::Runtime
        } else if url.contains("/node_modules/") || url.contains("/npm/registry.npmjs.org/") {
            Origin::Dependency
        } else {
            Origin::App
        }
    }
}

/// The scripts of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    urls: BTreeMap<u32, String>,
}

impl Scripts {
    /// One pass over the locations.
    pub(crate) fn find(graph: &HeapGraph, words: &Words) -> Scripts {
        let mut urls: BTreeMap<u32, String> = BTreeMap::new();
        let mut last = None;
        for (node, location) in graph.locations() {
            if last == Some(location.script) || graph.kind(node) != NodeKind::Closure {
                continue;
            }
            last = Some(location.script);
            let known = urls.get(&location.script).is_some_and(|url| !url.is_empty());
            if !known && let Some(url) = script_of(graph, words, node) {
                urls.insert(location.script, url);
            }
        }
        Scripts { urls }
    }

    /// The URL of a script; nothing when no closure of it lives.
    pub(crate) fn url(&self, script: u32) -> Option<&str> {
        self.urls.get(&script).map(String::as_str)
    }

    /// Every script, by V8's number.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = (u32, &str)> {
        self.urls.iter().map(|(id, url)| (*id, url.as_str()))
    }

    /// A place of the file, counted as people count.
    pub(crate) fn place(&self, location: Location) -> SourcePlace {
        SourcePlace {
            url: self.url(location.script).unwrap_or_default().to_owned(),
            line: location.line.saturating_add(1),
            column: location.column.saturating_add(1),
        }
    }
}

/// The URL of the script that a closure was compiled from.
fn script_of(graph: &HeapGraph, words: &Words, closure: NodeId) -> Option<String> {
    let shared = graph.edges(closure).find(|edge| words.is(edge.name, Word::Shared))?.to;
    let script = graph.edges(shared).find(|edge| {
        matches!(words.of_edge(edge.name), Some(Word::Script | Word::ScriptOrDebugInfo))
            && matches!(graph.kind(edge.to), NodeKind::Code | NodeKind::Hidden | NodeKind::Native)
    })?;
    let name = graph.name(script.to);
    let url = name.strip_prefix("system / Script / ").unwrap_or(&name);
    (!url.starts_with("system / ")).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_belong_to_the_program_a_package_or_the_runtime() {
        for (url, origin) in [
            ("file:///srv/app/server.mjs", Origin::App),
            ("C:\\app\\server.js", Origin::App),
            ("/srv/app/node_modules/got/index.js", Origin::Dependency),
            ("node:internal/timers", Origin::Runtime),
            ("ext:runtime/10_permissions.js", Origin::Runtime),
            ("", Origin::Runtime),
        ] {
            assert_eq!(Origin::of(url), origin, "{url}");
        }
    }
}
