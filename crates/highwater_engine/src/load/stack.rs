//! Room for recursion. Parsing goes as deep as code nests, and `a = a = a = ...` nests without a bracket to count.

use std::thread;

/// Text up to this size cannot nest deeply enough to use up a worker's stack.
const SHALLOW_BYTES: usize = 128 << 10;
/// Enough for hundreds of thousands of levels. The system hands out stack only as it is touched.
const DEEP_STACK_BYTES: usize = 1 << 30;

/// Runs `work` where it has stack enough for a text of this size: here, or on a thread of its own.
pub fn with_room<T: Send>(text_bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if text_bytes <= SHALLOW_BYTES {
        return work();
    }
    // The work waits in a slot, so that it can still run here when the system refuses a thread of this size.
    let mut slot = Some(work);
    let result = thread::scope(|scope| {
        let deep = thread::Builder::new().name("highwater-deep".to_owned()).stack_size(DEEP_STACK_BYTES);
        let handle = deep.spawn_scoped(scope, || slot.take().map(|work| work())).ok()?;
        match handle.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    match (result, slot) {
        (Some(result), _) => result,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("the work was taken and gave a result, or panicked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(levels: u64) -> u64 {
        if levels == 0 { 0 } else { 1 + std::hint::black_box(deep(levels - 1)) }
    }

    #[test]
    fn large_texts_have_room_and_small_ones_stay_here() {
        assert_eq!(with_room(SHALLOW_BYTES + 1, || deep(1_000_000)), 1_000_000);
        let here = thread::current().id();
        assert!(with_room(SHALLOW_BYTES, || thread::current().id() == here));
    }
}
