//! JavaScript and TypeScript text to facts to program graph. The only crate that names oxc.
//!
//! In: a path and a text ([`read_file`]), then all facts together with a file lookup ([`link`]).
//! Out: owned, thread-independent values. No file is opened here, no clock is read, nothing is printed.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod graph;
pub mod ir;
pub mod model;
pub mod models;
mod names;
mod read;
mod store;

pub use graph::{EntryPoint, Program, link, link_with};
pub use ir::FileFacts;
pub use read::{done_reading, read_file};
pub use store::{from_bytes, to_bytes};

use bitcode::{Decode, Encode};
use highwater_finding::PackageInfo;

/// What part a file plays in the code base; decided by the engine from its path and head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum FileRole {
    /// Ships with the product.
    Source,
    /// Tests, fixtures, mocks, stories, benchmarks.
    Test,
    /// Build scripts, configuration, migrations, one-off tools, examples.
    Script,
    /// Written by a generator, minified or vendored.
    Generated,
}

/// A `// highwater-ignore rule[, rule]: reason` comment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Suppression {
    /// 1-based line of the comment.
    pub line: u32,
    /// 1-based line it applies to: its own when code stands before it, else the next line of code.
    pub applies_to: u32,
    /// Rules named; empty when none was named.
    pub rules: Vec<String>,
    /// The reason; empty when none was given.
    pub reason: String,
}

/// A package of the tree as the engine found it.
#[derive(Clone, Debug)]
pub struct Package {
    /// Name, folder, platform.
    pub info: PackageInfo,
    /// Names of its dependencies of every sort.
    pub dependencies: Vec<String>,
    /// Names of files in its manifest and in what starts it: `dist/main.js`, `src/orders.create`.
    pub mentions: Vec<String>,
    /// `private: true`.
    pub is_private: bool,
    /// Others import it: it has `exports`, `types`, `module`, or `main` among published files.
    pub has_api: bool,
}

/// Read-only look at files for import resolution. The engine implements it; paths are absolute.
pub trait FileLookup: Send + Sync {
    /// The whole file as text, or `None`.
    fn read(&self, path: &std::path::Path) -> Option<String>;
    /// `Some(true)` for a folder, `Some(false)` for a file, `None` when absent. Follows symlinks.
    fn is_dir(&self, path: &std::path::Path) -> Option<bool>;
    /// The real path.
    fn canonical(&self, path: &std::path::Path) -> Option<std::path::PathBuf>;
}
