//! Opening snapshots: plain, gzip or zstd, a file or standard input. Nothing is unpacked to disk.

use crate::{Error, Phase, Progress};
use flate2::read::MultiGzDecoder;
use highwater_heap::{DecodeError, Decoded, decode};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const MEGABYTE: u64 = 1 << 20;

/// Decodes a snapshot. `-` stands for standard input.
pub(super) fn open(path: &Path, progress: &dyn Progress) -> Result<Decoded, Error> {
    if path.as_os_str() == "-" {
        return read(path, Box::new(io::stdin()), None, progress);
    }
    let wrong = |source| Error::Read { path: path.to_owned(), source, help: "give a .heapsnapshot file" };
    let meta = std::fs::metadata(path).map_err(wrong)?;
    if meta.is_dir() {
        return Err(wrong(io::Error::other("it is a folder")));
    }
    let file = File::open(path).map_err(wrong)?;
    read(path, Box::new(file), meta.is_file().then_some(meta.len()), progress)
}

fn read(
    path: &Path,
    mut input: Box<dyn Read + Send>,
    size: Option<u64>,
    progress: &dyn Progress,
) -> Result<Decoded, Error> {
    let wrong = |source| Error::Snapshot { path: path.to_owned(), source };
    let mut head = Vec::with_capacity(ZSTD.len());
    let first = input.by_ref().take(ZSTD.len() as u64).read_to_end(&mut head);
    if let Err(error) = first {
        return Err(Error::Read { path: path.to_owned(), source: error, help: "check the file" });
    }
    progress.begin(Phase::Snapshot, size.unwrap_or(0) / MEGABYTE);
    let (packed, head) = (head.clone(), io::Cursor::new(head).chain(input));
    let told = AtomicU64::new(0);
    let report = |_: &'static str, bytes: u64| {
        while told.load(Relaxed) < bytes / MEGABYTE {
            told.fetch_add(1, Relaxed);
            progress.step();
        }
    };
    if packed.starts_with(GZIP) {
        decode(Unpacked(MultiGzDecoder::new(head)), None, &report).map_err(wrong)
    } else if packed == ZSTD {
        let frames = ruzstd::decoding::StreamingDecoder::new(head)
            .map_err(|e| wrong(DecodeError::unreadable(0, io::Error::other(e.to_string()))))?;
        decode(Unpacked(frames), None, &report).map_err(wrong)
    } else {
        decode(head, size, &report).map_err(wrong)
    }
}

/// Says of errors that they come from unpacking.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let kind = error.kind();
            io::Error::new(kind, format!("the compressed file is cut or damaged: {error}"))
        })
    }
}
