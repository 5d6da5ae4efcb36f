//! What the file system says about a file without opening it.
//!
//! A stamp stands for the content as long as nobody could have written the file in the same tick of the clock
//! after it was read. So a stamp is only believed when it was old enough at that time.

use bitcode::{Decode, Encode};
use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Clocks of file systems tick as slowly as every two seconds.
const SLOWEST_TICK: Duration = Duration::from_secs(2);

/// Size and times of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Stamp {
    size: u64,
    modified: u64,
    /// When anything about the file last changed, also its times or its rights; 0 where there is no such time.
    changed: u64,
    /// Its number in the file system; 0 where there is none.
    node: u64,
}

impl Stamp {
    /// The stamp of a regular file.
    pub fn of(meta: &Metadata) -> Option<Stamp> {
        let (changed, node) = status(meta);
        meta.is_file().then(|| Stamp {
            size: meta.len(),
            modified: meta.modified().map_or(0, nanos),
            changed,
            node,
        })
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When it was written last, in nanoseconds since 1970.
    pub fn modified(&self) -> u64 {
        self.modified
    }

    /// Whether the file had been left alone for a while at this time.
    pub fn is_settled(&self, now: u64) -> bool {
        self.modified != 0 && self.modified.max(self.changed) + (SLOWEST_TICK.as_nanos() as u64) < now
    }
}

/// Nanoseconds since 1970; enough until 2554.
pub fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
}

#[cfg(unix)]
fn status(meta: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let seconds = u64::try_from(meta.ctime()).unwrap_or(0);
    (seconds * 1_000_000_000 + u64::try_from(meta.ctime_nsec()).unwrap_or(0), meta.ino())
}

#[cfg(not(unix))]
fn status(_meta: &Metadata) -> (u64, u64) {
    (0, 0)
}
