//! A bar on the terminal for runs that take a while.

use highwater_engine::{Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Runs shorter than this show nothing.
const PATIENCE: Duration = Duration::from_millis(400);
/// The bar hears of steps in bundles, so that it costs nothing on many small files.
const BUNDLE: u64 = 32;

/// A progress bar on standard error.
pub struct Bar {
    bar: ProgressBar,
    started: Instant,
    steps: AtomicU64,
}

impl Bar {
    /// A bar, when standard error is a terminal and nobody asked for silence.
    pub fn new(silent: bool) -> Option<Self> {
        if silent || !stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        Some(Bar { bar, started: Instant::now(), steps: AtomicU64::new(0) })
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows a line of words.
    pub fn tell(&self, line: String) {
        self.show_when_late();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            self.bar.set_style(style);
        }
        self.bar.set_message(line);
        self.bar.tick();
    }

    fn show_when_late(&self) {
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn begin(&self, phase: Phase, steps: u64) {
        self.show_when_late();
        self.steps.store(0, Relaxed);
        let form = if steps > 0 { "{msg} {bar:30} {pos}/{len}" } else { "{msg} ..." };
        if let Ok(style) = ProgressStyle::with_template(form) {
            self.bar.set_style(style);
        }
        self.bar.set_length(steps);
        self.bar.set_position(0);
        self.bar.set_message(phase.words());
    }

    fn step(&self) {
        let done = self.steps.fetch_add(1, Relaxed) + 1;
        if done.is_multiple_of(BUNDLE) {
            self.show_when_late();
            self.bar.set_position(done);
        }
    }
}
