//! The leaking thing, named so that code and heap agree on it.

/// What leaks. The join key between the static and the dynamic path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Subject {
    /// File of the declaration or of the registering call, relative to the root.
    pub file: String,
    /// Holder and property path: `projects`, `memoryStore[*].facts`, `SessionPool.#sessions`,
    /// or the call that registers it: `setInterval`, `req.on("close")`.
    pub path: String,
    /// The one identifier a reader would search for: `projects`, `facts`, `sessions`, `heartbeat`.
    pub symbol: String,
    /// Enclosing function or class when that helps a reader; empty at module level.
    pub within: String,
}

impl Subject {
    /// `orchestrator.ts projects`: the base name of the file and the path.
    pub fn short(&self) -> String {
        let base = self.file.rsplit('/').next().unwrap_or(&self.file);
        format!("{base} {}", self.path)
    }
}
