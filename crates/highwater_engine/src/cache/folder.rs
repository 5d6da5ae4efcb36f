//! Where the cache lies, and how it is kept small.
//!
//! ```text
//! <cache>/highwater/<a hash of the root's path>/*.pack *.answer
//! ```

use super::BUILD;
use super::pack::{ENDING, UNFINISHED, Writer};
use etcetera::BaseStrategy;
use std::fs::{DirBuilder, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use xxhash_rust::xxh3::xxh3_64;

/// What the cache of all trees may take unless the configuration says otherwise.
pub const DEFAULT_LIMIT_BYTES: u64 = 1 << 30;
/// Ending of kept answers.
pub const ANSWER: &str = "answer";
/// Answers that one tree keeps: one for each way to call Highwater.
const ANSWERS_MAX: usize = 8;
/// What a run has not completed by now, it never will.
const ABANDONED: Duration = Duration::from_hours(1);

/// The folder of one tree.
pub struct Folder {
    all: PathBuf,
    own: PathBuf,
    limit: u64,
    build: u64,
}

/// Where caches lie on this system; `None` when nobody says where home is.
pub fn usual() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("highwater"))
}

impl Folder {
    /// The folder for the tree at `root` in the cache `all`. Nothing is made yet.
    pub fn new(all: PathBuf, root: &Path, limit: u64) -> Folder {
        let own = all.join(format!("{:016x}", xxh3_64(root.as_os_str().as_encoded_bytes())));
        Folder { all, own, limit, build: xxh3_64(BUILD.as_bytes()) }
    }

    /// The same folder as another build sees it.
    #[cfg(test)]
    pub fn of_build(self, build: u64) -> Folder {
        Folder { build, ..self }
    }

    /// Bytes that all trees together may take.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// This build of Highwater as a number.
    pub fn build(&self) -> u64 {
        self.build
    }

    /// Packs of earlier runs, the oldest first.
    pub fn packs(&self) -> Vec<PathBuf> {
        let mut packs: Vec<PathBuf> = entries(&self.own, ENDING).iter().map(DirEntry::path).collect();
        packs.sort();
        packs
    }

    /// The place of an answer.
    pub fn answer(&self, name: u64) -> PathBuf {
        self.own.join(format!("{name:016x}.{ANSWER}"))
    }

    /// Starts a pack. `now` makes its name later than those before.
    pub fn writer(&self, now: u64) -> io::Result<Writer> {
        self.make()?;
        Writer::create(&self.own, &format!("{now:016x}-{}", std::process::id()), self.build)
    }

    /// Makes the folder. What is in it says which files somebody has, so it is for its owner alone.
    pub fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.own)
    }

    /// Takes away what is of no use any more: what was left unfinished, answers beyond the newest few, and trees
    /// that nothing was learnt of for longest when all together are too large.
    pub fn tidy(&self) {
        for left in entries(&self.own, UNFINISHED) {
            let age = modified(&left).and_then(|t| t.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = std::fs::remove_file(left.path());
            }
        }
        let mut answers = entries(&self.own, ANSWER);
        answers.sort_by_key(|entry| std::cmp::Reverse(modified(entry)));
        for old in answers.iter().skip(ANSWERS_MAX) {
            let _ = std::fs::remove_file(old.path());
        }
        self.evict();
    }

    fn evict(&self) {
        let Ok(trees) = std::fs::read_dir(&self.all) else { return };
        let mut trees: Vec<(Option<SystemTime>, u64, PathBuf)> =
            trees.flatten().filter(is_tree).map(|entry| weigh(&entry.path())).collect();
        // The newest first; of equals the smaller name, so that every run decides the same.
        trees.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
        let mut sum = 0_u64;
        for (_, bytes, path) in trees {
            sum = sum.saturating_add(bytes);
            if sum > self.limit && path != self.own {
                remove_tree(&path);
            }
        }
    }
}

/// Files of ours in a folder.
fn entries(folder: &Path, ending: &str) -> Vec<DirEntry> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().filter(|entry| entry.path().extension().is_some_and(|e| e == ending)).collect()
}

fn modified(entry: &DirEntry) -> Option<SystemTime> {
    entry.metadata().ok()?.modified().ok()
}

/// Whether this is the folder of a tree. The cache may lie where somebody has other things too.
fn is_tree(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let Some(name) = name.to_str() else { return false };
    name.len() == 16
        && name.bytes().all(|b| b.is_ascii_hexdigit())
        && entry.file_type().is_ok_and(|kind| kind.is_dir())
}

/// When a tree was last written to, and how much it takes.
fn weigh(tree: &Path) -> (Option<SystemTime>, u64, PathBuf) {
    let files = [ENDING, ANSWER, UNFINISHED].iter().flat_map(|ending| entries(tree, ending));
    let (mut newest, mut bytes) = (None, 0);
    for file in files {
        bytes += file.metadata().map_or(0, |meta| meta.len());
        newest = newest.max(modified(&file));
    }
    (newest, bytes, tree.to_owned())
}

fn remove_tree(tree: &Path) {
    for ending in [ENDING, ANSWER, UNFINISHED] {
        for file in entries(tree, ending) {
            let _ = std::fs::remove_file(file.path());
        }
    }
    // Stays when there is something else in it.
    let _ = std::fs::remove_dir(tree);
}
