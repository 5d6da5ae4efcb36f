//! What can go wrong between us and an inspector, in words for a person.

use std::time::Duration;

/// Why an inspector gave no answer. The first line of each message stands alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InspectorError {
    /// No connection: nobody listens, the path is unknown, or what answers is no inspector.
    #[error(
        "no inspector answers at {url}: {cause}; check that the process runs and that its inspector is open"
    )]
    Unreachable {
        /// Where we knocked.
        url: String,
        /// What came instead.
        cause: String,
    },
    /// The target answered with an error of the protocol.
    #[error("the target refused {method}: {message} (code {code})")]
    Refused {
        /// The method that was asked for.
        method: String,
        /// The protocol's number for it, or 0.
        code: i64,
        /// The target's words.
        message: String,
    },
    /// An expression threw.
    #[error("the expression threw in the target: {text}")]
    Thrown {
        /// The exception's first lines.
        text: String,
    },
    /// What came is no message of the protocol. The connection is given up, for what follows cannot be trusted.
    #[error("the target sent something that is no inspector message ({detail}); the connection was closed")]
    Garbled {
        /// What is wrong with it, with its beginning.
        detail: String,
    },
    /// No answer in time. The target may be blocked in native code, stopped, or starved of CPU.
    #[error(
        "no answer to {method} within {} s; the target may be stopped or blocked outside JavaScript",
        limit.as_secs_f32()
    )]
    Late {
        /// The method that was asked for.
        method: String,
        /// How long we waited.
        limit: Duration,
    },
    /// The connection ended before the answer came.
    #[error(
        "the connection to the target ended before it answered {method} ({cause}); the process probably died"
    )]
    Gone {
        /// The method that was asked for.
        method: String,
        /// What the socket said.
        cause: String,
    },
    /// The target has finished its work and waits for debuggers to leave; we left.
    #[error("the target came to its end before it answered {method}")]
    Ending {
        /// The method that was asked for.
        method: String,
    },
    /// The connection ended in the middle of a snapshot.
    #[error(
        "the target died in the middle of a snapshot, after {bytes} bytes ({cause}); what came is not complete"
    )]
    DiedMidSnapshot {
        /// Bytes received until then.
        bytes: u64,
        /// What the socket said.
        cause: String,
    },
    /// A snapshot is already on its way on this connection.
    #[error("a snapshot of this target is already being taken; wait until it is done")]
    Busy,
    /// The runtime cannot do this.
    #[error("{runtime} cannot {what} through its inspector")]
    Unsupported {
        /// Name of the runtime.
        runtime: String,
        /// What was wanted.
        what: &'static str,
    },
    /// An answer lacks what the protocol promises.
    #[error("the answer to {method} has no {missing}; this version of the runtime may not be supported")]
    Unexpected {
        /// The method that was asked for.
        method: String,
        /// What is not there.
        missing: &'static str,
    },
}
