//! Bounds how much text is being parsed at once, so that memory does not grow with the number of threads.

use std::sync::{Condvar, Mutex, PoisonError};

/// A number of bytes that concurrent work shares.
///
/// Work that holds a share must not wait for other work of the same thread pool: `read_file` is sequential,
/// so a share is always given back.
pub struct Budget {
    total: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

/// A part of the budget; given back when dropped.
pub struct Share<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of `total` bytes.
    pub fn new(total: u64) -> Self {
        Budget { total, taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until `bytes` fit. More than the whole budget waits until it is alone.
    pub fn take(&self, bytes: u64) -> Share<'_> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = self
            .freed
            .wait_while(taken, |taken| *taken > 0 && *taken + bytes > self.total)
            .unwrap_or_else(PoisonError::into_inner);
        *taken += bytes;
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    #[test]
    fn concurrent_work_stays_within_the_budget() {
        let (budget, now, most) = (Budget::new(100), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for size in [40, 60, 30, 90, 500, 10, 70, 20] {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    let _share = budget.take(size);
                    let sum = now.fetch_add(size, SeqCst) + size;
                    most.fetch_max(if size > 100 { sum - size } else { sum }, SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(2));
                    now.fetch_sub(size, SeqCst);
                });
            }
        });
        assert!(most.load(SeqCst) <= 100, "and what exceeds the budget ran alone");
    }
}
