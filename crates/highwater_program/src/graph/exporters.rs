//! Which files may export a name by themselves: few do, and barrels would otherwise ask all behind them.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::linked::FileId;
use crate::ir::{Export, FileFacts};

/// Files by the names that they export. Says of a file that it may export a name where it cannot be told.
#[derive(Default)]
pub(super) struct Exporters {
    /// Hashes of names, each with a file, in order.
    names: Vec<(u64, FileId)>,
    /// Files whose properties of `module.exports = { ... }` are names as well.
    open: Vec<bool>,
}

impl Exporters {
    /// `exports` are those of each file.
    pub(super) fn of(files: &[FileFacts], exports: &[FxHashMap<String, Export>]) -> Exporters {
        let mut names = Vec::new();
        for (i, f) in files.iter().enumerate() {
            for e in &f.exports {
                let (Export::Local { name, .. } | Export::Value { name, .. } | Export::From { name, .. }) = e;
                names.push((hash(f.str(*name)), FileId(i as u32)));
            }
        }
        names.sort_unstable();
        let open = exports.iter().map(|map| matches!(map.get("default"), Some(Export::Value { .. })));
        Exporters { names, open: open.collect() }
    }

    /// The files that may export a name, beside those that are open to any.
    pub(super) fn named(&self, name: &str) -> &[(u64, FileId)] {
        let hash = hash(name);
        let start = self.names.partition_point(|(h, _)| *h < hash);
        let len = self.names[start..].iter().take_while(|(h, _)| *h == hash).count();
        &self.names[start..start + len]
    }

    /// True for a file that may export anything.
    pub(super) fn is_open(&self, file: FileId) -> bool {
        self.open[file.0 as usize]
    }
}

fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(name)
}
