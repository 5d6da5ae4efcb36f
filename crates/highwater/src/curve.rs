//! An experiment on the terminal: the step, the time, the heap so far.

use crate::progress::Bar;
use highwater_engine::{Step, Watcher};
use highwater_finding::Reading;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Readings that fit beside the words.
const READINGS_MAX: usize = 40;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What the bar shows of an experiment.
pub struct Curve<'b> {
    bar: Option<&'b Bar>,
    words: String,
    heap: Vec<u64>,
    requests: u64,
    stop: Arc<AtomicBool>,
}

impl<'b> Curve<'b> {
    /// Shows on this bar, if there is one.
    pub fn new(bar: Option<&'b Bar>) -> Self {
        Curve { bar, words: String::new(), heap: Vec::new(), requests: 0, stop: Arc::default() }
    }

    fn show(&self) {
        let Some(bar) = self.bar else { return };
        let mut line = self.words.clone();
        if let Some(last) = self.heap.last() {
            let requests = self.requests;
            line.push_str(&format!(
                ", {requests} requests, heap {:.1} MB {}",
                *last as f64 / 1e6,
                blocks(&self.heap)
            ));
        }
        bar.tell(line);
    }
}

/// The last values as blocks between the lowest and the highest of them.
fn blocks(values: &[u64]) -> String {
    let values = &values[values.len().saturating_sub(READINGS_MAX)..];
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return String::new() };
    let room = (high - low).max(1);
    let block = |value: &u64| BLOCKS[((value - low) * (BLOCKS.len() as u64 - 1) / room) as usize];
    values.iter().map(block).collect()
}

impl Watcher for Curve<'_> {
    fn step(&mut self, step: Step) {
        self.words = match step {
            Step::Start => "starting the service".to_owned(),
            Step::WarmUp => "warming up".to_owned(),
            Step::Snapshot(at) => format!("taking snapshot {at}"),
            Step::Round(requests) => format!("a round of {requests} requests"),
            Step::Load => "the long load: does it go on growing?".to_owned(),
            Step::Rest => "resting: does it stay?".to_owned(),
            Step::Stop => "stopping the service".to_owned(),
        };
        self.show();
    }

    fn reading(&mut self, reading: &Reading) {
        self.heap.push(reading.heap_bytes);
        self.requests = reading.requests;
        self.show();
    }

    fn stop(&self) -> bool {
        self.stop.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_blocks_between_lowest_and_highest() {
        assert_eq!(blocks(&[1, 1, 8]), "▁▁█");
        assert_eq!(blocks(&[5]), "▁");
        assert_eq!(blocks(&[]), "");
        assert_eq!(blocks(&(0..100).collect::<Vec<_>>()).chars().count(), READINGS_MAX);
    }
}
