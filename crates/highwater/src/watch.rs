//! `--watch`: look at times of change now and then, and run again when one differs.
//!
//! Polling needs no further crate, works on every file system and holds no handles. What it costs is bounded: a
//! look is followed by a pause of at least ten times its length.

use crate::console::{self, Failure, Outcome};
use highwater_engine::{Options, Session};
use std::path::Path;
use std::time::{Duration, Instant};

const LEAST_PAUSE: Duration = Duration::from_millis(500);

/// Runs `scan`, then again after every change, until the process is ended. A configuration with a mistake does
/// not end it: the mistake is told, and the next change is waited for.
pub fn run(
    root: &Path,
    options: &Options,
    mut scan: impl FnMut() -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    // A folder that cannot be opened at all ends the command, as it does without `--watch`.
    let mut session = Session::open(root, options.clone())?;
    loop {
        let before = session.stamp();
        if let Err(failure) = scan() {
            let _ = console::fail(&failure);
        }
        console::tell("watching for changes; end with Ctrl-C");
        wait(&session, before);
        if let Ok(fresh) = Session::open(root, options.clone()) {
            session = fresh;
        }
    }
}

fn wait(session: &Session, before: u64) {
    loop {
        let started = Instant::now();
        if session.stamp() != before {
            return;
        }
        std::thread::sleep(LEAST_PAUSE.max(started.elapsed() * 10));
    }
}
