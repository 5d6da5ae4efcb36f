//! Answers that are kept beside a snapshot, so that the same question is answered at once (`--index`).
//!
//! The file `NAME.heapsnapshot.hwindex` holds sheets by question, with the options that decide them. It is believed
//! only for the snapshot that it was made from: same size, same times, same first and last bytes; and only when it is
//! whole and of this build. Otherwise it is made anew. Findings, which read sources, are not kept; places in kept answers
//! are those that the source maps of the day led to.

mod kept;

use super::{HeapOptions, Heaps, dominators, strings, summary};
use crate::cache::{BUILD, stamp::Stamp};
use crate::{Error, Phase, output};
use bitcode::{Decode, Encode};
use highwater_finding::sheet::{Sheet, Tone};
use highwater_heap::Dominated;
use kept::Kept;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Begins every index, with the version of its layout.
const MARK: [u8; 8] = *b"hwindex1";
const ENDING: &str = "hwindex";
/// Bytes at either end of the snapshot that must be the same.
const ENDS_BYTES: u64 = 64 << 10;
/// Larger indexes are not read, and not written: the oldest answers go.
const INDEX_BYTES_MAX: usize = 64 << 20;
/// Levels of the tree of dominators that are kept without having been asked for: those shown by default.
const DOMINATORS_DEPTH: u32 = 3;

/// What an index says.
#[derive(Default, Encode, Decode)]
struct Answers {
    build: String,
    snapshot: Vec<u64>,
    /// Question, answer; the oldest first.
    sheets: Vec<(String, Kept)>,
}

/// The answers kept for one snapshot.
struct Index {
    path: PathBuf,
    answers: Answers,
}

impl Index {
    /// The index of a snapshot; without answers if there is none that fits. None where there can be none.
    fn open(snapshot: &Path) -> Option<Index> {
        let mark = mark_of(snapshot).ok()?;
        let mut name = snapshot.file_name()?.to_owned();
        name.push(format!(".{ENDING}"));
        let path = snapshot.with_file_name(name);
        let known = read(&path).filter(|answers| answers.build == build() && answers.snapshot == mark);
        let answers = known.unwrap_or_else(|| Answers { build: build(), snapshot: mark, sheets: Vec::new() });
        Some(Index { path, answers })
    }

    fn find(&self, question: &str) -> Option<Sheet> {
        let kept = self.answers.sheets.iter().find(|(asked, _)| asked == question)?;
        kept.1.sheet()
    }

    fn has(&self, question: &str) -> bool {
        self.answers.sheets.iter().any(|(asked, _)| asked == question)
    }

    fn add(&mut self, question: String, sheet: &Sheet) {
        if let Some(kept) = Kept::of(sheet) {
            self.answers.sheets.push((question, kept));
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        let mut bytes = bitcode::encode(&self.answers);
        while bytes.len() > INDEX_BYTES_MAX && !self.answers.sheets.is_empty() {
            self.answers.sheets.drain(..self.answers.sheets.len().div_ceil(2));
            bytes = bitcode::encode(&self.answers);
        }
        output::write_with(&self.path, |out| {
            out.write_all(&MARK)?;
            out.write_all(&xxh3_64(&bytes).to_le_bytes())?;
            out.write_all(&bytes)
        })
    }
}

/// The answers in a file, if it is a whole index.
fn read(path: &Path) -> Option<Answers> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(INDEX_BYTES_MAX as u64 + 64).read_to_end(&mut bytes).ok()?;
    let (mark, rest) = bytes.split_first_chunk::<8>()?;
    let (sum, answers) = rest.split_first_chunk::<8>()?;
    let sound = *mark == MARK && u64::from_le_bytes(*sum) == xxh3_64(answers);
    sound.then(|| bitcode::decode(answers).ok()).flatten()
}

/// Sheets of another build may say other things.
fn build() -> String {
    BUILD.to_owned()
}

/// Size, times and a hash of both ends of a snapshot.
fn mark_of(snapshot: &Path) -> io::Result<Vec<u64>> {
    let mut file = File::open(snapshot)?;
    let stamp = Stamp::of(&file.metadata()?).ok_or_else(|| io::Error::other("not a regular file"))?;
    let mut ends = Vec::new();
    (&mut file).take(ENDS_BYTES).read_to_end(&mut ends)?;
    file.seek(SeekFrom::Start(stamp.size().saturating_sub(ENDS_BYTES)))?;
    file.take(ENDS_BYTES).read_to_end(&mut ends)?;
    Ok(vec![stamp.size(), stamp.modified(), xxh3_64(&ends)])
}

impl Heaps<'_> {
    /// Answers from the index, if one is wanted and has it; otherwise from the snapshot. Whoever opens it for the index
    /// has the usual questions answered as well.
    pub(super) fn answer(
        &self,
        path: &Path,
        question: &str,
        make: impl FnOnce(&Dominated) -> Result<Sheet, Error> + Send,
    ) -> Result<Sheet, Error> {
        let mut index = if self.options.index { Index::open(path) } else { None };
        let asked = self.options.key(question);
        if let Some(sheet) = index.as_ref().and_then(|index| index.find(&asked)) {
            return Ok(sheet);
        }
        let heap = self.dominated(path)?;
        self.progress.begin(Phase::Names, 0);
        let mut sheet = self.pool.install(|| make(&heap))?;
        if let Some(index) = &mut index {
            index.add(asked, &sheet);
            self.pool.install(|| self.add_usual(path, &heap, index));
            if let Err(error) = index.write() {
                sheet.warn(Tone::Info, format!("The index could not be kept: {error}"));
            }
        }
        Ok(sheet)
    }

    fn add_usual(&self, path: &Path, heap: &Dominated, index: &mut Index) {
        let options = &self.options;
        let usual: [(String, &dyn Fn() -> Sheet); 3] = [
            ("summary".into(), &|| summary::sheet(path, heap, options)),
            ("strings".into(), &|| strings::sheet(path, heap, options)),
            (format!("dominators {DOMINATORS_DEPTH}"), &|| {
                dominators::sheet(path, heap, DOMINATORS_DEPTH, options)
            }),
        ];
        for (question, make) in usual {
            let question = options.key(&question);
            if !index.has(&question) {
                index.add(question, &make());
            }
        }
    }
}

impl HeapOptions {
    /// A question with everything that decides its answer.
    fn key(&self, question: &str) -> String {
        // `.` is another folder for everyone who asks.
        let real = |folder: &PathBuf| folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let (root, maps) = (self.root.as_ref().map(real), self.source_maps.as_ref().map(real));
        format!("{question}\n{} {:?} {root:?} {maps:?}", self.limit, self.sizes())
    }
}
