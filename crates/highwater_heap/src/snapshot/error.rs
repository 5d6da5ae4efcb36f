//! What can be wrong with a snapshot, and where.

use std::fmt;
use std::io;

/// Why a snapshot could not be read. It says what, at which byte, and what to do.
#[derive(Debug)]
pub struct DecodeError {
    /// Offset in bytes from the start of the (uncompressed) snapshot.
    pub offset: u64,
    /// What is wrong, in one clause without a full stop.
    pub what: String,
    /// What to do about it; empty when nothing sensible can be said.
    pub help: &'static str,
    /// The trouble of the reader, if that is the cause.
    pub io: Option<io::Error>,
}

/// Help for a file that ends too early.
pub(crate) const CUT: &str =
    "the file is cut: the disk was full or the process ended while it was written; take the snapshot again";
/// Help for a file that is something else.
pub(crate) const NOT_A_SNAPSHOT: &str = "a snapshot is a .heapsnapshot file as v8.writeHeapSnapshot(), Chrome DevTools or the inspector's HeapProfiler \
     write it; .heapprofile and .cpuprofile files are other things";
/// Help for a file that has to be unpacked first.
pub(crate) const PACKED: &str = "unpack it first (`gunzip`, `unzstd`) and give the result";
/// Help for a file that contradicts itself.
pub(crate) const BROKEN: &str = "the file is damaged or was changed by hand; take the snapshot again";

impl DecodeError {
    pub(crate) fn new(offset: u64, what: impl Into<String>, help: &'static str) -> DecodeError {
        DecodeError { offset, what: what.into(), help, io: None }
    }

    /// For bytes that cannot be had.
    pub fn unreadable(offset: u64, error: io::Error) -> DecodeError {
        DecodeError::io(offset, error)
    }

    pub(crate) fn io(offset: u64, error: io::Error) -> DecodeError {
        DecodeError { offset, what: format!("reading failed: {error}"), help: "", io: Some(error) }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io.as_ref().map(|e| e as _)
    }
}
