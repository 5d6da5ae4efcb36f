//! A pack: what one run has learnt, in one file.
//!
//! ```text
//! blob blob blob ... index | where the index starts, its length, its checksum, a mark
//! ```
//!
//! A pack is written to a temporary file, takes its name when it is complete, and never changes after that. So
//! concurrent runs cannot harm each other, and a pack without its end is no pack.

use super::stamp::Stamp;
use bitcode::{Decode, Encode};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Names a content: a hash of the path, the bytes and everything else that decides what is read from them.
pub type Key = (u64, u64);

/// Ending of packs.
pub const ENDING: &str = "pack";
/// Ending of what is still being written.
pub const UNFINISHED: &str = "part";
const MARK: [u8; 8] = *b"hw-pack1";
const FOOTER: u64 = 32;
/// No index is larger than this.
const INDEX_MAX: u64 = 1 << 30;

/// Where a blob lies in its pack.
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub struct Blob {
    /// What it belongs to.
    pub key: Key,
    at: u64,
    /// Its bytes.
    pub len: u32,
    sum: u64,
}

/// The content that a file had.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Seen {
    /// Path below the root.
    pub path: String,
    /// What it looked like from outside.
    pub stamp: Stamp,
    /// Whether the stamp may stand for the content.
    pub settled: bool,
    /// The content.
    pub key: Key,
}

/// What a pack holds.
#[derive(Default, Encode, Decode)]
pub struct Index {
    /// The build that wrote it.
    pub build: u64,
    /// Facts.
    pub blobs: Vec<Blob>,
    /// Files.
    pub seen: Vec<Seen>,
}

/// An open pack.
pub struct Pack {
    /// Where it is.
    pub path: PathBuf,
    /// Bytes of its blobs.
    pub bytes: u64,
    file: File,
}

impl Pack {
    /// Opens a pack; `None` when it is broken.
    pub fn open(path: &Path) -> Option<(Pack, Index)> {
        let file = File::open(path).ok()?;
        let size = file.metadata().ok()?.len();
        let mut footer = [0; FOOTER as usize];
        read_at(&file, &mut footer, size.checked_sub(FOOTER)?).ok()?;
        let number = |n: usize| footer[n * 8..n * 8 + 8].try_into().map_or(0, u64::from_le_bytes);
        let (at, len, sum) = (number(0), number(1), number(2));
        if footer[24..] != MARK || len > INDEX_MAX || at.checked_add(len)?.checked_add(FOOTER)? != size {
            return None;
        }
        let mut index = vec![0; usize::try_from(len).ok()?];
        read_at(&file, &mut index, at).ok()?;
        if xxh3_64(&index) != sum {
            return None;
        }
        let index = bitcode::decode(&index).ok()?;
        Some((Pack { path: path.to_owned(), bytes: at, file }, index))
    }

    /// The bytes of a blob, into `buffer`; `None` when they are not what was written.
    pub fn read<'b>(&self, blob: &Blob, buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        if blob.at.checked_add(u64::from(blob.len))? > self.bytes {
            return None;
        }
        buffer.clear();
        buffer.resize(blob.len as usize, 0);
        read_at(&self.file, buffer, blob.at).ok()?;
        (xxh3_64(buffer) == blob.sum).then_some(buffer)
    }
}

/// A pack that is being written. Dropped before it is finished, it leaves nothing behind.
pub struct Writer {
    out: BufWriter<File>,
    unfinished: PathBuf,
    at: u64,
    index: Index,
}

impl Writer {
    /// Starts a pack in a folder that is there.
    pub fn create(folder: &Path, name: &str, build: u64) -> io::Result<Writer> {
        let unfinished = folder.join(format!("{name}.{UNFINISHED}"));
        let file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
        let index = Index { build, ..Index::default() };
        Ok(Writer { out: BufWriter::with_capacity(1 << 16, file), unfinished, at: 0, index })
    }

    /// Adds a blob.
    pub fn add(&mut self, key: Key, bytes: &[u8]) -> io::Result<()> {
        let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.out.write_all(bytes)?;
        self.index.blobs.push(Blob { key, at: self.at, len, sum: xxh3_64(bytes) });
        self.at += u64::from(len);
        Ok(())
    }

    /// Bytes of the blobs so far.
    pub fn bytes(&self) -> u64 {
        self.at
    }

    /// Completes the pack and gives it its name.
    pub fn finish(mut self, seen: Vec<Seen>) -> io::Result<()> {
        self.index.seen = seen;
        let index = bitcode::encode(&self.index);
        self.out.write_all(&index)?;
        for number in [self.at, index.len() as u64, xxh3_64(&index)] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(&MARK)?;
        self.out.flush()?;
        std::fs::rename(&self.unfinished, self.unfinished.with_extension(ENDING))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // After `finish` there is nothing of this name any more.
        let _ = std::fs::remove_file(&self.unfinished);
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                buffer = &mut buffer[n..];
                at += n as u64;
            }
        }
    }
    Ok(())
}
