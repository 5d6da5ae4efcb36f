//! Looks into the heap: snapshots that are read while they arrive.

use crate::inspector::{Inspector, InspectorError};
use highwater_heap::{DecodeError, Decoder, Dominated, HeapGraph, Rung, Sizes};
use std::ops::ControlFlow;

/// Snapshots of one process, oldest first: the earlier ones as far as a comparison needs them, the last one whole.
#[derive(Debug)]
pub struct Heaps {
    /// Earlier ones.
    pub earlier: Vec<Rung>,
    /// The last one.
    pub last: Dominated,
}

/// Looks that were taken so far.
#[derive(Debug, Default)]
pub(super) struct Looks {
    earlier: Vec<Rung>,
    last: Option<HeapGraph>,
    /// Requests sent when each was taken.
    pub at: Vec<u64>,
}

/// Why there is no look.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    #[error(transparent)]
    Inspector(#[from] InspectorError),
    #[error("the snapshot cannot be read: {0}")]
    Decode(#[from] DecodeError),
}

impl Looks {
    /// Takes a snapshot. Nothing of its text is kept.
    pub(super) async fn take(&mut self, inspector: &Inspector, requests: u64) -> Result<(), LookError> {
        let mut decoder = Decoder::new();
        let mut broken = None;
        let mut sink = |bytes: &[u8]| match decoder.push(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        };
        inspector.snapshot(&mut sink).await?;
        if let Some(error) = broken {
            return Err(error.into());
        }
        let graph = HeapGraph::build(decoder.finish()?);
        if let Some(before) = self.last.replace(graph) {
            self.earlier.push(Rung::of(before));
        }
        self.at.push(requests);
        Ok(())
    }

    /// Requests between them.
    pub(super) fn rounds(&self) -> Vec<u64> {
        self.at.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// The last one with dominators; nothing with fewer than two.
    pub(super) fn finish(self) -> Option<Heaps> {
        let last = self.last.filter(|_| !self.earlier.is_empty())?;
        Some(Heaps {
            earlier: self.earlier,
            last: Dominated::compute(last, Sizes::DevTools { transfer: true }),
        })
    }
}
