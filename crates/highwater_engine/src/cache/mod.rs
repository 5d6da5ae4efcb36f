//! What earlier runs have learnt: facts of files that have not changed, and whole answers of trees that have not.
//!
//! Facts belong to the content: path, bytes, and the build of Highwater that read them. A stamp (size, times)
//! stands for the content where it may ([`stamp`]), so that a warm run does not even open most files. Each tree has
//! a folder of its own with some packs ([`pack`]); a run that learns something adds a pack, and now and then makes
//! one of many. The answers are in [`answers`].
//!
//! Nothing here is an error: a cache that is broken, full or not writable is no cache.

pub mod answers;
pub mod folder;
pub mod pack;
pub mod stamp;

use crate::load::walk::Candidate;
use folder::Folder;
use highwater_finding::Problem;
use highwater_program::FileFacts;
use pack::{Blob, Key, Pack, Seen, Writer};
use rustc_hash::{FxHashMap, FxHashSet};
use stamp::Stamp;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// This build of Highwater; see `build.rs`.
pub const BUILD: &str = env!("HIGHWATER_BUILD");
/// More packs than this become one.
const PACKS_MAX: usize = 8;
/// Packs with more waste than this become one, when it is also more than what is in use.
const WASTE_MAX: u64 = 4 << 20;

/// What reading one file came to. Neither facts nor problem: nothing in it is for judging (minified, or a video or
/// a translation called `.ts`).
#[derive(Default)]
pub struct Outcome {
    /// Its facts.
    pub facts: Option<Box<FileFacts>>,
    /// Why it could not be read, or what people should know about it.
    pub problem: Option<Problem>,
    /// Its content; `None` when that is not known.
    pub key: Option<Key>,
}

/// What is known of a file before it is opened.
#[derive(Clone, Copy, Default)]
pub struct Looked {
    /// What it looks like from outside.
    pub stamp: Option<Stamp>,
    /// Its content, when an earlier run has seen it.
    pub key: Option<Key>,
}

/// The cache of one tree during one run. Used by many threads at once.
pub struct Cache {
    folder: Folder,
    packs: Vec<Pack>,
    /// Packs that are broken, or that another build has written.
    useless: Vec<PathBuf>,
    blobs: FxHashMap<Key, (u32, Blob)>,
    seen: FxHashMap<String, (Stamp, bool, Key)>,
    started: u64,
    learnt: Mutex<Learnt>,
}

/// What this run adds.
#[derive(Default)]
struct Learnt {
    /// `None` before the first blob, and after the disk has failed.
    writer: Option<Writer>,
    failed: bool,
    seen: Vec<Seen>,
    /// Blobs of earlier runs that this run has used.
    used: FxHashSet<Key>,
}

impl Cache {
    /// Opens what earlier runs have left in a folder. `now` is in nanoseconds since 1970.
    pub fn open(folder: Folder, now: u64) -> Cache {
        let mut cache = Cache {
            folder,
            packs: Vec::new(),
            useless: Vec::new(),
            blobs: FxHashMap::default(),
            seen: FxHashMap::default(),
            started: now,
            learnt: Mutex::default(),
        };
        for path in cache.folder.packs() {
            let opened = Pack::open(&path).filter(|(_, index)| index.build == cache.folder.build());
            let Some((pack, index)) = opened else {
                cache.useless.push(path);
                continue;
            };
            let number = cache.packs.len() as u32;
            cache.blobs.extend(index.blobs.into_iter().map(|blob| (blob.key, (number, blob))));
            cache.seen.extend(index.seen.into_iter().map(|s| (s.path, (s.stamp, s.settled, s.key))));
            cache.packs.push(pack);
        }
        cache
    }

    /// The folder it keeps things in.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What is known of a file without opening it.
    pub fn look(&self, path: &str, absolute: &Path) -> Looked {
        let stamp = std::fs::symlink_metadata(absolute).ok().and_then(|meta| Stamp::of(&meta));
        let known = stamp.and_then(|stamp| {
            self.seen.get(path).filter(|(old, settled, _)| *settled && *old == stamp).map(|(.., key)| *key)
        });
        Looked { stamp, key: known }
    }

    /// The facts of a content, if an earlier run has kept them.
    pub fn facts(&self, file: &Candidate, key: Key) -> Option<Outcome> {
        thread_local! {
            static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let (pack, blob) = self.blobs.get(&key)?;
        let outcome = BYTES.with_borrow_mut(|buffer| {
            let bytes = self.packs.get(*pack as usize)?.read(blob, buffer)?;
            let outcome = unpack(&file.path, bytes, key);
            buffer.shrink_to(1 << 20);
            outcome
        })?;
        self.learnt().used.insert(key);
        Some(outcome)
    }

    /// Remembers which content a file had.
    pub fn note(&self, path: &str, stamp: Option<Stamp>, key: Key) {
        let Some(stamp) = stamp else { return };
        let settled = stamp.is_settled(self.started);
        if self.seen.get(path) != Some(&(stamp, settled, key)) {
            self.learnt().seen.push(Seen { path: path.to_owned(), stamp, settled, key });
        }
    }

    /// Keeps what reading a content came to. Problems with a file as a whole are found anew each time.
    pub fn keep(&self, key: Key, outcome: &Outcome) {
        if outcome.problem.is_some() {
            return;
        }
        let bytes = outcome.facts.as_deref().map_or_else(Vec::new, highwater_program::to_bytes);
        let mut learnt = self.learnt();
        let room = self.folder.limit().saturating_sub(learnt.writer.as_ref().map_or(0, Writer::bytes));
        if learnt.failed || bytes.len() as u64 > room {
            return;
        }
        if learnt.writer.is_none() {
            learnt.writer = self.folder.writer(self.started).ok();
        }
        if learnt.writer.as_mut().is_none_or(|writer| writer.add(key, &bytes).is_err()) {
            learnt.writer = None;
            learnt.failed = true;
        }
    }

    /// How many files have shown a content that the cache did not expect of their stamp.
    pub fn news(&self) -> usize {
        self.learnt().seen.len()
    }

    /// Writes down what this run has learnt.
    pub fn finish(&self) {
        let learnt = std::mem::take(&mut *self.learnt());
        if learnt.failed || learnt.writer.is_none() && learnt.seen.is_empty() {
            return;
        }
        // A disk that fails here has lost a cache, and nothing else.
        let _ = self.write(learnt);
    }

    fn write(&self, learnt: Learnt) -> std::io::Result<()> {
        let Learnt { writer, mut seen, used, .. } = learnt;
        let mut writer = match writer {
            Some(writer) => writer,
            None => self.folder.writer(self.started)?,
        };
        let all: u64 = self.packs.iter().map(|p| p.bytes).sum();
        let live: u64 = used.iter().filter_map(|k| self.blobs.get(k)).map(|(_, b)| u64::from(b.len)).sum();
        let waste = all - live.min(all);
        let merge = self.packs.len() >= PACKS_MAX || waste > WASTE_MAX && waste > live;
        if merge {
            self.copy_used(&used, &mut writer)?;
            self.copy_seen(&mut seen);
        }
        seen.sort_by(|a, b| a.path.cmp(&b.path));
        writer.finish(seen)?;
        let merged = self.packs.iter().filter(|_| merge).map(|pack| &pack.path);
        for path in merged.chain(&self.useless) {
            let _ = std::fs::remove_file(path);
        }
        self.folder.tidy();
        Ok(())
    }

    fn copy_used(&self, used: &FxHashSet<Key>, writer: &mut Writer) -> std::io::Result<()> {
        let mut blobs: Vec<&(u32, Blob)> = used.iter().filter_map(|key| self.blobs.get(key)).collect();
        blobs.sort_by_key(|(pack, blob)| (*pack, blob.key));
        let mut buffer = Vec::new();
        for (pack, blob) in blobs {
            if let Some(bytes) = self.packs.get(*pack as usize).and_then(|pack| pack.read(blob, &mut buffer))
            {
                writer.add(blob.key, bytes)?;
            }
        }
        Ok(())
    }

    /// What earlier runs know of files, but for what this run knows better.
    fn copy_seen(&self, seen: &mut Vec<Seen>) {
        let newer: FxHashSet<String> = seen.iter().map(|s| s.path.clone()).collect();
        let old = self.seen.iter().filter(|(path, _)| !newer.contains(*path));
        seen.extend(old.map(|(path, (stamp, settled, key))| Seen {
            path: path.clone(),
            stamp: *stamp,
            settled: *settled,
            key: *key,
        }));
    }

    fn learnt(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No bytes: the file has nothing for judging.
fn unpack(path: &str, bytes: &[u8], key: Key) -> Option<Outcome> {
    let facts = match bytes {
        [] => None,
        _ => Some(Box::new(highwater_program::from_bytes(path, bytes)?)),
    };
    Some(Outcome { facts, problem: None, key: Some(key) })
}

/// The content of a file.
pub fn key_of(path: &str, bytes: &[u8]) -> Key {
    let mut hasher = Xxh3::new();
    hasher.update(path.as_bytes());
    hasher.update(&[0]);
    hasher.update(bytes);
    halves(hasher.digest128())
}

/// A wide number as two.
pub fn halves(wide: u128) -> Key {
    ((wide >> 64) as u64, wide as u64)
}
