//! How the budget is spent: sizes of rounds, and how long each part may take.

use std::time::Duration;

/// Rounds between snapshots. Of unequal prime size, so that what happens once a round, or once in a hundred requests,
/// does not look like what every request does.
const ROUNDS: &[[u64; 3]] = &[
    [499, 997, 1999],
    [199, 397, 797],
    [97, 199, 397],
    [47, 97, 197],
    [23, 47, 97],
    [11, 23, 47],
    [5, 11, 23],
];
/// All rounds together may add so much to the heap: more objects make snapshots slow.
const ROUNDS_BYTES_MAX: u64 = 48 << 20;

/// What the warm-up has shown of the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Requests it answers in a second.
    pub per_second: f64,
    /// Bytes that a request seems to leave, warm-up included.
    pub bytes_per_request: f64,
}

impl Pace {
    /// Sizes of the rounds: the largest that fit the time, the memory and the requests that are left.
    pub(super) fn rounds(self, time: Duration, requests_left: u64) -> [u64; 3] {
        let fits = |rounds: &&[u64; 3]| {
            let all: u64 = rounds.iter().sum();
            all as f64 <= self.per_second * time.as_secs_f64()
                && all as f64 * self.bytes_per_request.max(0.0) <= ROUNDS_BYTES_MAX as f64
                && all <= requests_left
        };
        ROUNDS.iter().find(fits).copied().unwrap_or(ROUNDS[ROUNDS.len() - 1])
    }

    /// Requests of a batch that takes about this long; at least `least`.
    pub(super) fn batch(self, time: Duration, least: u64) -> u64 {
        ((self.per_second * time.as_secs_f64()) as u64).max(least)
    }
}

/// When each part must have ended, from the start of the experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// The service has settled, or is taken as it is.
    pub warm: Duration,
    /// Rounds and snapshots.
    pub rounds: Duration,
    /// The long load.
    pub load: Duration,
    /// Rest, last reading, last snapshot.
    pub rest: Duration,
}

impl Schedule {
    pub(super) fn of(budget: Duration) -> Schedule {
        let part = |percent: u32| budget * percent / 100;
        Schedule { warm: part(18), rounds: part(45), load: part(68), rest: part(88) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_fit_time_memory_and_requests() {
        let fast = Pace { per_second: 5000.0, bytes_per_request: 300.0 };
        let time = Duration::from_secs(10);
        assert_eq!(fast.rounds(time, u64::MAX), [499, 997, 1999]);
        assert_eq!(fast.rounds(time, 1500), [199, 397, 797]);
        let heavy = Pace { bytes_per_request: 145_000.0, ..fast };
        assert_eq!(heavy.rounds(time, u64::MAX), [47, 97, 197]);
        let slow = Pace { per_second: 20.0, ..fast };
        assert_eq!(slow.rounds(time, u64::MAX), [23, 47, 97]);
        assert_eq!(Pace { per_second: 0.1, ..fast }.rounds(time, u64::MAX), [5, 11, 23]);
    }
}
