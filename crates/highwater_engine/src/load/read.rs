//! One file: open, check, decode, parse, drop. Whatever goes wrong is a `Problem` of that file.

use crate::cache::{FactsCache, Outcome};
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
    pub cache: &'r dyn FactsCache,
    /// Text that may be in memory at once.
    pub budget: &'r Budget,
    /// Files above this are not read.
    pub max_bytes: u64,
}

impl Reader<'_> {
    /// Facts of one file.
    pub fn read(&self, file: &Candidate) -> Outcome {
        if let Some(known) = self.cache.by_stamp(file) {
            return known;
        }
        let opened = match open(&file.absolute) {
            Ok((_, size)) if size > self.max_bytes => return failed(too_large(file, size, self.max_bytes)),
            Ok(opened) => opened,
            Err(error) => return failed(unreadable(file, &error)),
        };
        let (handle, size) = opened;
        let _share = self.budget.take(size);
        let bytes = match read_bytes(handle, size, self.max_bytes) {
            Ok(bytes) => bytes,
            Err(error) => return failed(unreadable(file, &error)),
        };
        if let Some(known) = self.cache.by_content(file, &bytes) {
            return known;
        }
        let outcome = parse(file, &bytes);
        self.cache.keep(file, &bytes, &outcome);
        outcome
    }
}

fn failed(problem: Problem) -> Outcome {
    Outcome { facts: None, problem: Some(problem) }
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
            Outcome { facts: Some(Box::new(facts)), problem: decoded.broken_at.map(|at| not_utf8(file, at)) }
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

fn too_large(file: &Candidate, size: u64, limit: u64) -> Problem {
    let message = format!(
        "has {size} bytes, more than the limit of {limit}, and was not judged: ignore it, or raise `max_file_bytes` in `highwater.toml`"
    );
    whole(file, ProblemKind::TooLarge, message)
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
