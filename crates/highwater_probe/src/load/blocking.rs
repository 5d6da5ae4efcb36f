//! A load for callers without an async runtime: runs a batch to its end, tells how it goes, ends it when interrupted.

use super::{Batch, LoadError, Loader, Outcome};
use crate::scenario::Scenario;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// How often a caller hears how it goes.
const TICK: Duration = Duration::from_millis(100);

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Requests that have ended.
    pub done: u64,
    /// Time since the first began.
    pub elapsed: Duration,
}

/// Sends one batch and waits for its end; `tell` hears how it goes some times a second. An interrupt from the terminal
/// (Ctrl-C) lets requests under way end and begins no more; a second one waits for nothing.
pub fn run_blocking(
    scenario: &Scenario,
    address: SocketAddr,
    host: &str,
    batch: &Batch,
    mut tell: impl FnMut(Step),
) -> Result<Outcome, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| LoadError::Broken(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        let mut loader = Loader::new(scenario, address, host)?;
        let (done, stopper) = (loader.done(), loader.stopper());
        let begun = Instant::now();
        let mut ticks = tokio::time::interval(TICK);
        let mut interrupts = signal(SignalKind::interrupt())
            .map_err(|e| LoadError::Broken(format!("cannot listen for interrupts: {e}")))?;
        let outcome = {
            let mut running = std::pin::pin!(loader.run(batch));
            loop {
                tokio::select! {
                    outcome = &mut running => break outcome?,
                    _ = ticks.tick() => tell(Step { done: done.load(Ordering::Relaxed), elapsed: begun.elapsed() }),
                    _ = interrupts.recv() => {
                        if stopper.swap(true, Ordering::Relaxed) {
                            return Err(LoadError::Interrupted);
                        }
                    }
                }
            }
        };
        loader.close().await;
        Ok(outcome)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{EndedEarly, Keys};
    use super::*;
    use crate::scenario::Request;

    #[test]
    fn a_load_needs_no_runtime_of_its_caller() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let scenario = Scenario::of(vec![Request::get("/")]);
        let batch = Batch::new(5, 0, Keys::Fresh);
        let mut told = 0;
        let outcome = run_blocking(&scenario, address, "h", &batch, |_| told += 1).unwrap();
        assert_eq!(outcome.ended_early, Some(EndedEarly::Refused));
        assert!(told > 0);
    }
}
