//! The file system as import resolution sees it.
//!
//! Most questions are about files that the walk has just seen; those are answered from memory. The others
//! (`node_modules`, `tsconfig.json`, files that are not there) go to the disk; the resolver remembers them.

use crate::load::read::{open, read_bytes};
use bitcode::{Decode, Encode};
use highwater_program::FileLookup;
use rustc_hash::FxHashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// No configuration file is larger than this.
const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// Paths that the walk has seen: files are `false`, folders `true`. None of them is or lies below a link.
#[derive(Default)]
pub struct Known {
    /// By the text of the path, which is quicker than by its parts.
    paths: FxHashMap<OsString, bool>,
    sum: u64,
}

impl Known {
    /// Remembers a regular file.
    pub fn add_file(&mut self, path: &Path) {
        self.add(path, false);
    }

    /// Remembers a folder.
    pub fn add_folder(&mut self, path: &Path) {
        self.add(path, true);
    }

    /// A number that stands for all of them.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    fn add(&mut self, path: &Path, is_folder: bool) {
        let hash = xxh3_64_with_seed(path.as_os_str().as_encoded_bytes(), u64::from(is_folder));
        // Order does not matter.
        self.sum = self.sum.wrapping_add(hash);
        self.paths.insert(path.as_os_str().to_owned(), is_folder);
    }
}

/// A look at the disk, beyond what the walk has seen, and what it showed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Asked {
    /// The text of a file, by its hash.
    Text(String, Option<u64>),
    /// Whether there is a folder, a file, or nothing.
    Folder(String, Option<bool>),
    /// The real path.
    Real(String, Option<String>),
}

impl Asked {
    /// Whether the disk still shows the same.
    pub fn holds(&self) -> bool {
        match self {
            Asked::Text(path, then) => text_of(path.as_ref()).map(|t| xxh3_64(t.as_bytes())) == *then,
            Asked::Folder(path, then) => folder_at(path.as_ref()) == *then,
            Asked::Real(path, then) => {
                let now = std::fs::canonicalize(path).ok();
                now.as_deref().map(Path::to_str) == then.as_deref().map(Some)
            }
        }
    }
}

/// The disk, with what the walk knows of it in front.
pub struct DiskLookup {
    known: Known,
    /// What was asked; `None` when nobody wants to know.
    asked: Option<Mutex<Vec<Asked>>>,
}

impl DiskLookup {
    /// Looks at the disk; answers from `known` what it can. Remembers what it was asked if it is to.
    pub fn new(known: Known, remember: bool) -> Self {
        DiskLookup { known, asked: remember.then(Mutex::default) }
    }

    /// Everything that was asked of the disk, in no order. `None` when a path is not Unicode.
    pub fn asked(&self) -> Option<Vec<Asked>> {
        let asked = self.asked.as_ref()?;
        let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
        (!asked.iter().any(|a| matches!(a, Asked::Folder(path, _) if path.is_empty()))).then_some(asked)
    }

    fn remember(&self, path: &Path, make: impl FnOnce(String) -> Asked) {
        let Some(asked) = &self.asked else { return };
        let question =
            path.to_str().map_or_else(|| Asked::Folder(String::new(), None), |p| make(p.to_owned()));
        asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    }
}

fn text_of(path: &Path) -> Option<String> {
    // Asked before opening, because opening a pipe would wait for ever.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let (file, size) = open(path).ok()?;
    if size > MAX_CONFIG_BYTES {
        return None;
    }
    let bytes = read_bytes(file, size, MAX_CONFIG_BYTES).ok()?;
    Some(crate::load::text::decode(&bytes).text.into_owned())
}

fn folder_at(path: &Path) -> Option<bool> {
    let meta = std::fs::metadata(path).ok()?;
    if meta.is_dir() { Some(true) } else { meta.is_file().then_some(false) }
}

impl FileLookup for DiskLookup {
    fn read(&self, path: &Path) -> Option<String> {
        let text = text_of(path);
        self.remember(path, |p| Asked::Text(p, text.as_ref().map(|t| xxh3_64(t.as_bytes()))));
        text
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if let Some(folder) = self.known.paths.get(path.as_os_str()) {
            return Some(*folder);
        }
        let folder = folder_at(path);
        self.remember(path, |p| Asked::Folder(p, folder));
        folder
    }

    fn canonical(&self, path: &Path) -> Option<PathBuf> {
        if self.known.paths.contains_key(path.as_os_str()) {
            return Some(path.to_owned());
        }
        let real = std::fs::canonicalize(path).ok();
        // A real path that is not Unicode never equals what is remembered of it, and so is asked again.
        self.remember(path, |p| Asked::Real(p, real.as_ref().map(|r| r.to_string_lossy().into_owned())));
        real
    }
}
