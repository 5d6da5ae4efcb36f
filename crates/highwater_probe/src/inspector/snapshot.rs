//! Heap snapshots, piece by piece.

use super::{Inspector, InspectorError, Runtime, kick};
use serde_json::json;
use std::ops::ControlFlow;
use std::pin::pin;

const METHOD: &str = "HeapProfiler.takeHeapSnapshot";

impl Inspector {
    /// Lets the target take a snapshot and hands it over in pieces, in order, as they come (about 100 kB each); gives
    /// the number of bytes. No piece is kept. The target stands still meanwhile, and needs up to 400 bytes for each
    /// object: ask whether it has them before.
    ///
    /// When `sink` says `Break`, nothing more is handed over and the bytes until then are told. The target does not
    /// stop for that: what it still sends is thrown away, and later calls are answered after it.
    pub async fn snapshot(
        &self,
        sink: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
    ) -> Result<u64, InspectorError> {
        if let Runtime::Bun { .. } = self.runtime().await? {
            return self.bun_snapshot(sink).await;
        }
        // Without the debugger, V8 leaves out where functions and objects come from.
        self.enable_debugger().await?;
        let mut chunks = self.wire().take_chunks(self.session_name()).ok_or(InspectorError::Busy)?;
        let params = json!({ "reportProgress": false, "captureNumericValue": false });
        let mut call = self.wire().send(self.session_name(), METHOD, &params).await?;
        let mut answer = pin!(async {
            match self.kick {
                Some(address) => kick::until(address, call.answer(METHOD)).await,
                None => call.answer(METHOD).await,
            }
        });
        let mut bytes = 0;
        let silence = self.limits.snapshot_silence;
        let reply = loop {
            tokio::select! {
                // Pieces first: they were all sent before the reply.
                biased;
                Some(chunk) = chunks.recv() => {
                    bytes += chunk.len() as u64;
                    if sink(chunk.as_bytes()).is_break() {
                        return Ok(bytes);
                    }
                }
                reply = &mut answer => break reply,
                () = tokio::time::sleep(silence) => {
                    break Err(InspectorError::Late { method: METHOD.into(), limit: silence });
                }
            }
        };
        while let Ok(chunk) = chunks.try_recv() {
            bytes += chunk.len() as u64;
            if sink(chunk.as_bytes()).is_break() {
                return Ok(bytes);
            }
        }
        match reply {
            Ok(_) => Ok(bytes),
            Err(InspectorError::Gone { cause, .. }) => Err(InspectorError::DiedMidSnapshot { bytes, cause }),
            Err(InspectorError::Ending { .. }) => {
                Err(InspectorError::DiedMidSnapshot { bytes, cause: "it came to its end".into() })
            }
            Err(error) => Err(error),
        }
    }
}
