//! The one API for every front end: open a project, check it, hand back a report.
//!
//! Everything that touches the world lives here: walking folders, reading files, asking git, writing baselines.
//! Parsing is `highwater_program`'s, judging is `highwater_rules`'; this crate feeds the one, runs the other and
//! turns what comes back into a [`highwater_finding::Report`].
//!
//! ```no_run
//! use highwater_engine::{Options, Session, Silent};
//! let session = Session::open("path/to/service".as_ref(), Options::default())?;
//! let report = session.check(&Silent)?;
//! # Ok::<(), highwater_engine::Error>(())
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate touches the world for the pure ones"
)]

mod assemble;
mod baseline;
mod cache;
mod config;
mod correlate;
mod error;
mod excerpt;
mod filter;
mod fingerprint;
mod guard;
mod heap;
mod inputs;
mod load;
mod lookup;
mod output;
mod packages;
mod progress;
mod prove;
mod session;
mod since;
mod suggest;
mod suppress;
mod traffic;

#[cfg(test)]
mod tests;

pub use config::{Config, DEFAULT_MAX_FILE_BYTES, parse_platform, parse_severity, schema, template};
pub use error::Error;
pub use guard::quiet_panics;
pub use heap::{Converted, HeapOptions, Heaps, Keys, NodeFormat, NodeList, OpenHeap, Redacted};
pub use highwater_probe::experiment::{Step, Watcher, Whom};
pub use highwater_probe::target::{Launch, Ready, guard::run as guard};
pub use output::write_whole;
pub use progress::{Phase, Progress, Silent};
pub use prove::{Proof, Requests, prove};
pub use session::{DEFAULT_MIN_CONFIDENCE, Options, Session};
pub use suggest::closest;
pub use traffic::{LoadOptions, LoadSource, load, scenario_schema};

use highwater_finding::Card;

/// Cards of every rule, in the order of the table.
pub fn cards() -> Vec<Card> {
    highwater_rules::cards()
}
