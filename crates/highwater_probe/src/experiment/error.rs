//! Why an experiment could not be made. Each message says what, where, and what to do.

use crate::inspector::InspectorError;
use crate::load::LoadError;
use crate::target::TargetError;

/// Why an experiment could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The service could not be started or attached to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Its inspector does not do what is asked.
    #[error(transparent)]
    Inspector(#[from] InspectorError),
    /// Nothing can be sent.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The event loop could not be made.
    #[error("cannot start the event loop: {0}\n  help: the system is out of descriptors or memory")]
    Runtime(String),
    /// The runtime has no inspector, or refused it.
    #[error(
        "the service has no inspector that could be reached\n  help: run it with Node, Deno, Bun or workerd, and without `--disable-inspector` or a policy that forbids one"
    )]
    NoInspector,
    /// The service ended before anything was measured.
    #[error(
        "the service ended during its first requests ({how})\n{told}\n  help: start it by itself, send it one request, and see why it ends"
    )]
    EndedAtOnce {
        /// Exit code or signal.
        how: String,
        /// The end of what it wrote.
        told: String,
    },
    /// Not one request was answered well.
    #[error(
        "the service answers only errors ({what}) to {routes}\n  help: give routes that it answers (`--route 'GET /path'`), or a scenario with the headers and bodies that it wants"
    )]
    OnlyErrors {
        /// Statuses and failures, the most frequent first.
        what: String,
        /// What was tried.
        routes: String,
    },
}
