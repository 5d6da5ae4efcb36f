//! The file system as import resolution sees it.
//!
//! Most questions are about files that the walk has just seen; those are answered from memory. The others
//! (`node_modules`, `tsconfig.json`, files that are not there) go to the disk; the resolver remembers them.

use crate::load::read::{open, read_bytes};
use highwater_program::FileLookup;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};

/// No configuration file is larger than this.
const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// Paths that the walk has seen: files are `false`, folders `true`. None of them is or lies below a link.
#[derive(Default)]
pub struct Known {
    paths: FxHashMap<PathBuf, bool>,
}

impl Known {
    /// Remembers a regular file.
    pub fn add_file(&mut self, path: &Path) {
        self.paths.insert(path.to_owned(), false);
    }

    /// Remembers a folder.
    pub fn add_folder(&mut self, path: &Path) {
        self.paths.insert(path.to_owned(), true);
    }
}

/// The disk, with what the walk knows of it in front.
pub struct DiskLookup {
    known: Known,
}

impl DiskLookup {
    /// Looks at the disk; answers from `known` what it can.
    pub fn new(known: Known) -> Self {
        DiskLookup { known }
    }
}

impl FileLookup for DiskLookup {
    fn read(&self, path: &Path) -> Option<String> {
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

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if let Some(folder) = self.known.paths.get(path) {
            return Some(*folder);
        }
        let meta = std::fs::metadata(path).ok()?;
        if meta.is_dir() { Some(true) } else { meta.is_file().then_some(false) }
    }

    fn canonical(&self, path: &Path) -> Option<PathBuf> {
        if self.known.paths.contains_key(path) {
            return Some(path.to_owned());
        }
        std::fs::canonicalize(path).ok()
    }
}
