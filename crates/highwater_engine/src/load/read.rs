//! One file: open, check, decode, parse, drop. Whatever goes wrong is a `Problem` of that file.

use crate::cache::pack::Key;
use crate::cache::stamp::Stamp;
use crate::cache::{Cache, Looked, Outcome, key_of};
use crate::guard::guarded;
use crate::load::budget::Budget;
use crate::load::stack::with_room;
use crate::load::walk::Candidate;
use crate::load::{role, text};
use highwater_finding::{Place, Problem, ProblemKind};
use highwater_program::FileRole;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What reading needs beside the file.
pub struct Reader<'r> {
    /// Facts of earlier runs.
    pub cache: Option<&'r Cache>,
    /// Text that may be in memory at once.
    pub budget: &'r Budget,
    /// Files above this are not read.
    pub max_bytes: u64,
}

impl Reader<'_> {
    /// Facts of one file. `looked` is what the cache knows of it.
    pub fn read(&self, file: &Candidate, looked: Looked) -> Outcome {
        let known = looked.key.and_then(|key| self.cache?.facts(file, key));
        if let (Some(known), Some(stamp)) = (known, looked.stamp)
            && stamp.size() <= self.max_bytes
        {
            return known;
        }
        let (handle, size) = match open(&file.absolute) {
            Ok((_, size)) if size > self.max_bytes => return too_large(file, size, self.max_bytes),
            Ok(opened) => opened,
            Err(error) => return failed(unreadable(file, &error)),
        };
        let _share = self.budget.take(size);
        let stamp = self.cache.and_then(|_| Stamp::of(&handle.metadata().ok()?));
        let bytes = match read_bytes(handle, size, self.max_bytes) {
            Ok(bytes) => bytes,
            Err(error) => return failed(unreadable(file, &error)),
        };
        let Some(cache) = self.cache else { return parse(file, &bytes) };
        let key = key_of(&file.path, &bytes);
        cache.note(&file.path, stamp, key);
        if let Some(known) = cache.facts(file, key) {
            return known;
        }
        let outcome = parse(file, &bytes);
        cache.keep(key, &outcome);
        Outcome { key: Some(key), ..outcome }
    }

    /// What a file holds, also when its stamp does not say: then it is read, but not parsed.
    pub fn settle(&self, file: &Candidate, looked: Looked) -> Option<Key> {
        let known = looked.stamp.is_some_and(|stamp| stamp.size() <= self.max_bytes).then_some(looked.key);
        if let Some(Some(key)) = known {
            return Some(key);
        }
        let cache = self.cache?;
        let (handle, size) = open(&file.absolute).ok()?;
        if size > self.max_bytes {
            return too_large(file, size, self.max_bytes).key;
        }
        let _share = self.budget.take(size);
        let stamp = Stamp::of(&handle.metadata().ok()?);
        let bytes = read_bytes(handle, size, self.max_bytes).ok()?;
        let key = key_of(&file.path, &bytes);
        cache.note(&file.path, stamp, key);
        Some(key)
    }
}

fn failed(problem: Problem) -> Outcome {
    Outcome { facts: None, problem: Some(problem), key: None }
}

fn parse(file: &Candidate, bytes: &[u8]) -> Outcome {
    if text::is_foreign(bytes) {
        return Outcome::default();
    }
    let decoded = text::decode(bytes);
    if text::is_minified(&decoded.text) {
        return Outcome::default();
    }
    let mut part = role::by_path(&file.path);
    if part != FileRole::Test && role::says_generated(&decoded.text) {
        part = FileRole::Generated;
    }
    let work = || guarded(|| highwater_program::read_file(&file.path, &decoded.text, part));
    match with_room(decoded.text.len(), work) {
        Ok(facts) => {
            let problem = decoded.broken_at.map(|at| not_utf8(file, at));
            Outcome { facts: Some(Box::new(facts)), problem, key: None }
        }
        Err(said) => failed(broke(file, &said)),
    }
}

/// Opens a regular file and says how large it is. Never waits on a pipe: what is not a file is an error.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() { Ok((file, meta.len())) } else { Err(io::Error::other("not a regular file")) }
}

/// The bytes of an open file, at most `limit` of them even when it grows while it is read.
pub fn read_bytes(file: File, size: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0) + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn whole(file: &Candidate, kind: ProblemKind, message: String) -> Problem {
    Problem { kind, place: Place { file: file.path.clone(), ..Place::default() }, message }
}

fn unreadable(file: &Candidate, error: &io::Error) -> Problem {
    whole(file, ProblemKind::Unreadable, format!("cannot be read ({error}) and was not judged"))
}

fn too_large(file: &Candidate, size: u64, limit: u64) -> Outcome {
    let message = format!(
        "has {size} bytes, more than the limit of {limit}, and was not judged: ignore it, or raise `max_file_bytes` in `highwater.toml`"
    );
    // The message says all that was looked at, so it stands for the content.
    let key = Some(key_of(&file.path, message.as_bytes()));
    Outcome { key, ..failed(whole(file, ProblemKind::TooLarge, message)) }
}

fn not_utf8(file: &Candidate, at: usize) -> Problem {
    let message =
        format!("is not valid UTF-8 at byte {at}; the broken bytes were read as U+FFFD: save it as UTF-8");
    whole(file, ProblemKind::Other, message)
}

fn broke(file: &Candidate, said: &str) -> Problem {
    let message = format!("made Highwater break ({said}) and was not judged: please report it with the file");
    whole(file, ProblemKind::Other, message)
}
