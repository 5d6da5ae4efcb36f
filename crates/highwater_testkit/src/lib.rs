//! Test cases in Markdown, and small heap snapshots ([`Snapshot`]).
//!
//! Cases: code with expectations in its comments, run through the function under test.
//!
//! In: the Markdown and a closure that judges a handful of files. Out: counts, or one readable text with every
//! expectation that failed. This crate knows only the shared words of `highwater_finding`; it never imports
//! what it tests, so no crate's tests lead back to the crate itself.
//!
//! # A case file
//!
//! A `# title`, prose, fenced blocks, and `## ` headings between cases. A block belongs to the case when its
//! info string names a file:
//!
//! ````markdown
//! # Maps per project
//!
//! ## Never emptied
//!
//! ```toml file=highwater.toml
//! platform = "server"
//! ```
//!
//! ```ts file=src/app.ts
//! // leak: unbounded-map projects
//! const projects = new Map<string, Project>();
//! ```
//! ````
//!
//! # Marks
//!
//! | mark | says |
//! | --- | --- |
//! | `// leak: rule symbol` | a finding of that rule and symbol starts on this line (comment after code) or on the next line of code |
//! | `// held: rule symbol` | an assurance does, and no finding of that rule and symbol at moderate or above is in the file |
//! | `// clean` | no finding at moderate or above has its main place in this file |
//! | `// unsure` | no such finding is 50 % sure or more |
//! | `// todo leak: ...` | a known gap (also `todo held:` and `todo clean`): counted, printed, and a failure once it passes |
//!
//! The symbol may be left out. A remark may follow ` -- `: `// todo leak: unbounded-map seen -- alias through a tuple`.
//! `/* ... */` works where `//` cannot be written.

mod check;
mod folder;
mod mark;
mod markdown;
mod snapshot;

pub use check::{Counts, Outcome, check, check_page};
pub use folder::check_rules;
pub use markdown::CaseFile;
pub use snapshot::{EDGE_KINDS, EdgeLabel, NODE_KINDS, Snapshot};
