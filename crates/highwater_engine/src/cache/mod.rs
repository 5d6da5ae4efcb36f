//! The seam where facts of unchanged files will come from a cache instead of a parse.
//!
//! Not there yet: [`NoCache`] is the only implementation, so every run reads every file. What a cache has to
//! keep is an [`Outcome`], owned and free of references to the text. Entries belong to the content (text, path,
//! part in the code base, version of Highwater); a stamp (size and time of change) may stand in for the content
//! so that a warm run need not open the file at all.

use crate::load::walk::Candidate;
use highwater_finding::Problem;
use highwater_program::FileFacts;

/// What reading one file came to. Neither facts nor problem: nothing in it is for judging (minified, or a video or
/// a translation called `.ts`).
#[derive(Default)]
pub struct Outcome {
    /// Its facts.
    pub facts: Option<Box<FileFacts>>,
    /// Why it could not be read, or what people should know about it.
    pub problem: Option<Problem>,
}

/// Remembers what reading a file came to. Called from many threads at once.
pub trait FactsCache: Sync + Send {
    /// What is known of a file by its stamp alone, before it is opened.
    fn by_stamp(&self, file: &Candidate) -> Option<Outcome>;
    /// What is known of a file by its bytes, before they are parsed.
    fn by_content(&self, file: &Candidate, bytes: &[u8]) -> Option<Outcome>;
    /// Keeps an outcome for the next run.
    fn keep(&self, file: &Candidate, bytes: &[u8], outcome: &Outcome);
}

/// Remembers nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

impl FactsCache for NoCache {
    fn by_stamp(&self, _file: &Candidate) -> Option<Outcome> {
        None
    }
    fn by_content(&self, _file: &Candidate, _bytes: &[u8]) -> Option<Outcome> {
        None
    }
    fn keep(&self, _file: &Candidate, _bytes: &[u8], _outcome: &Outcome) {}
}
