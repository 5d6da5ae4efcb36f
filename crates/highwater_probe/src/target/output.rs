//! What a service writes: read all the time so that it never waits for us, and kept at its end only.
//!
//! The same reading finds the addresses of inspectors and the line that says the service is ready.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of each stream that are kept.
const TAIL_BYTES: usize = 8 * 1024;
/// Longer lines are cut; nobody waits for their end.
const LINE_BYTES: usize = 4 * 1024;
/// Inspectors that are remembered; package managers start a few processes before the service.
const MAX_URLS: usize = 256;

#[derive(Default)]
struct Kept {
    out: VecDeque<String>,
    out_bytes: usize,
    err: VecDeque<String>,
    err_bytes: usize,
    urls: VecDeque<String>,
    wanted: Option<String>,
    wanted_seen: bool,
    /// Streams that have not come to their end.
    open: usize,
}

/// What was written until now.
#[derive(Clone, Default)]
pub(super) struct Output(Arc<Mutex<Kept>>);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

impl Output {
    /// Waits for a line with this text in it.
    pub(super) fn waiting_for(wanted: Option<&str>) -> Self {
        let kept = Kept { wanted: wanted.map(str::to_owned), ..Kept::default() };
        Self(Arc::new(Mutex::new(kept)))
    }

    /// Reads a stream to its end, on a thread of its own: the service must not stand still while we think.
    pub(super) fn read(&self, mut from: impl Read + Send + 'static, stream: Stream) {
        self.kept().open += 1;
        let output = self.clone();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            let mut buffer = [0; 8 * 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                for piece in buffer[..count].split_inclusive(|&byte| byte == b'\n') {
                    let room = LINE_BYTES.saturating_sub(line.len());
                    line.extend_from_slice(&piece[..piece.len().min(room)]);
                    if piece.ends_with(b"\n") {
                        output.take(&line, stream);
                        line.clear();
                    }
                }
            }
            if !line.is_empty() {
                output.take(&line, stream);
            }
            output.kept().open -= 1;
        });
    }

    fn take(&self, line: &[u8], stream: Stream) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let mut kept = self.kept();
        if stream == Stream::Err && is_inspectors(text) {
            if let Some(url) = address(text) {
                if kept.urls.len() == MAX_URLS {
                    kept.urls.pop_front();
                }
                kept.urls.push_back(url.to_owned());
            }
            return;
        }
        if kept.wanted.as_ref().is_some_and(|wanted| text.contains(wanted.as_str())) {
            kept.wanted_seen = true;
        }
        let kept = &mut *kept;
        let (lines, bytes) = match stream {
            Stream::Out => (&mut kept.out, &mut kept.out_bytes),
            Stream::Err => (&mut kept.err, &mut kept.err_bytes),
        };
        lines.push_back(text.to_owned());
        *bytes += text.len() + 1;
        while *bytes > TAIL_BYTES {
            let Some(first) = lines.pop_front() else { break };
            *bytes -= first.len() + 1;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of its standard error, at most 8 kB; of its standard output when there is none.
    pub(super) fn told(&self) -> String {
        let kept = self.kept();
        let join = |lines: &VecDeque<String>| lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let told = join(&kept.err);
        if told.trim().is_empty() { join(&kept.out) } else { told }
    }

    /// Waits until everything was read, when the writers have gone; not for long, as one may still be there.
    pub(super) async fn finished(&self) {
        for _ in 0..100 {
            if self.kept().open == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Addresses of inspectors, in the order they were told.
    pub(super) fn urls(&self) -> Vec<String> {
        self.kept().urls.iter().cloned().collect()
    }

    /// Whether the line that was waited for has come; true when none was.
    pub(super) fn wanted_seen(&self) -> bool {
        let kept = self.kept();
        kept.wanted.is_none() || kept.wanted_seen
    }
}

/// Lines that a runtime writes because we opened its inspector; they are not the service's words.
fn is_inspectors(line: &str) -> bool {
    const BEGINNINGS: [&str; 10] = [
        "Debugger listening on ",
        "Debugger ending on ",
        "For help, see: https://nodejs.org/",
        "Debugger attached.",
        "Waiting for the debugger to disconnect",
        "Visit chrome://inspect",
        "--------------------- Bun Inspector",
        "Listening:",
        "Inspect in browser:",
        "  https://debug.bun.sh/",
    ];
    BEGINNINGS.iter().any(|start| line.starts_with(start)) || line.starts_with("  ws://")
}

fn address(line: &str) -> Option<&str> {
    let line = line.trim();
    let url = line.strip_prefix("Debugger listening on ").unwrap_or(line);
    url.starts_with("ws://").then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8]) -> Output {
        let output = Output::waiting_for(Some("listening"));
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            output.take(line, Stream::Err);
        }
        output
    }

    #[test]
    fn inspectors_are_found_and_are_not_the_services_words() {
        let output = after(
            b"starting\nDebugger listening on ws://127.0.0.1:9/ab\nFor help, see: https://nodejs.org/en\nbad\xff\n",
        );
        assert_eq!(output.urls(), ["ws://127.0.0.1:9/ab"]);
        assert_eq!(output.told(), "starting\nbad\u{fffd}");
        assert!(!output.wanted_seen());
        assert!(after(b"now listening on 80\n").wanted_seen());
    }

    #[test]
    fn only_the_end_is_kept() {
        let text: String = (0..10_000).map(|line| format!("line {line}\n")).collect();
        let told = after(text.as_bytes()).told();
        assert!(told.len() <= TAIL_BYTES && told.ends_with("line 9999"), "{} bytes", told.len());
    }

    #[test]
    fn standard_output_speaks_where_standard_error_is_silent() {
        let output = Output::default();
        output.take(b"out\n", Stream::Out);
        assert_eq!(output.told(), "out");
        output.take(b"err\n", Stream::Err);
        assert_eq!(output.told(), "err");
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_memory() {
        let output = Output::default();
        output.read(std::io::repeat(b'x').take(1 << 20), Stream::Err);
        for _ in 0..1_000 {
            if !output.told().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(output.told().len(), LINE_BYTES);
    }
}
