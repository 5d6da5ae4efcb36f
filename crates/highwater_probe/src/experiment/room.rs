//! The head-room guard: may a snapshot be taken of this process without ending it?
//!
//! V8 builds the graph of all objects beside the heap: in the worst case, small objects only, a snapshot took 12.5 times
//! the heap in use and two seconds for each 20 MB. What is not objects but long strings and buffers costs hardly anything, but
//! nobody can tell before.

use crate::target::Usage;
use std::time::Duration;

/// Memory that a snapshot takes for each byte of the heap in use, at worst.
const BYTES_PER_HEAP_BYTE: f64 = 12.5;
/// Heap that is put into a snapshot in a second, at worst.
const HEAP_BYTES_PER_SECOND: f64 = 10e6;
/// Part of the free memory that may be asked for.
const USABLE: f64 = 0.8;

/// What a snapshot would take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Bytes beside what the process has, at worst.
    pub bytes: u64,
    /// Time in which the service stands still, at worst.
    pub time: Duration,
}

/// What a snapshot of a heap of this size takes at worst.
pub fn need(heap_bytes: u64) -> Need {
    Need {
        bytes: (heap_bytes as f64 * BYTES_PER_HEAP_BYTE) as u64,
        time: Duration::from_secs_f64(heap_bytes as f64 / HEAP_BYTES_PER_SECOND),
    }
}

/// Why a snapshot must not be taken, if so. `free_bytes` is what the machine has left.
pub fn refusal(
    need: Need,
    usage: Option<&Usage>,
    free_bytes: Option<u64>,
    time_left: Duration,
) -> Option<String> {
    let mb = |bytes: u64| bytes / 1_000_000;
    let limit = usage.and_then(|usage| Some(usage.limit_bytes?.saturating_sub(usage.rss_bytes)));
    let free = match (limit, free_bytes) {
        (Some(limit), Some(free)) => Some(limit.min(free)),
        (limit, free) => limit.or(free),
    };
    if let Some(free) = free
        && need.bytes as f64 > free as f64 * USABLE
    {
        return Some(format!(
            "a snapshot may take {} MB more and the process has {} MB left",
            mb(need.bytes),
            mb(free)
        ));
    }
    (need.time > time_left).then(|| {
        format!(
            "a snapshot may stop the service for {} s and {} s of the budget are left",
            need.time.as_secs(),
            time_left.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(rss_bytes: u64, limit_bytes: Option<u64>) -> Usage {
        Usage { rss_bytes, limit_bytes, ..Usage::default() }
    }

    #[test]
    fn snapshots_that_would_end_the_process_are_refused() {
        let long = Duration::from_hours(1);
        let small = need(10 << 20);
        assert_eq!(refusal(small, Some(&usage(60 << 20, None)), None, long), None);
        assert_eq!(refusal(small, Some(&usage(60 << 20, Some(512 << 20))), Some(8 << 30), long), None);
        let told = refusal(small, Some(&usage(450 << 20, Some(512 << 20))), Some(8 << 30), long);
        assert_eq!(told.as_deref(), Some("a snapshot may take 131 MB more and the process has 65 MB left"));
        assert!(refusal(need(1 << 30), Some(&usage(1 << 30, None)), Some(8 << 30), long).is_some());
        let slow = refusal(need(1 << 30), None, None, Duration::from_secs(20));
        assert_eq!(
            slow.as_deref(),
            Some("a snapshot may stop the service for 107 s and 20 s of the budget are left")
        );
    }
}
