//! Everything that a report depends on, as one number.

use crate::cache::pack::Key;
use crate::cache::{BUILD, Looked, halves, key_of};
use crate::load::read::{Reader, open, read_bytes};
use crate::load::walk::{Candidate, Walked};
use crate::packages::hints::HintFile;
use crate::packages::manifest;
use crate::{Config, Options};
use rayon::prelude::*;
use std::path::Path;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The way a report was asked for: every option, the configuration, and `form`, which is how it will be shown.
/// `None` when the answer depends on more than files, or does more than to answer.
pub fn request(root: &Path, options: &Options, config: &Config, form: &str) -> Option<u64> {
    let Options { config: _, platform, threads: _, min_confidence, baseline, write_baseline, since, cache } =
        options;
    if !cache || since.is_some() || write_baseline.is_some() {
        return None;
    }
    let baseline = match baseline {
        Some(path) => Some(xxh3_64(&std::fs::read(path).ok()?)),
        None => None,
    };
    let words = (BUILD, root.to_str()?, platform, min_confidence, baseline, config.identity(), form);
    Some(xxh3_64(format!("{words:?}").as_bytes()))
}

/// What the walk saw. `contents` are those of its files, in its order; `None` when one of them is unknown.
pub fn tree(root: &Path, walked: &Walked, contents: &[Option<Key>]) -> Option<Key> {
    let mut hasher = Xxh3::new();
    let mut add = |path: &str, content: Key| {
        hasher.update(path.as_bytes());
        hasher.update(&[0]);
        hasher.update(&content.0.to_le_bytes());
        hasher.update(&content.1.to_le_bytes());
    };
    for (file, content) in walked.files.iter().zip(contents) {
        // Names that are not Unicode are not told apart.
        let name = Some(&file.path).filter(|path| !path.contains('\u{FFFD}'))?;
        add(name, (*content)?);
    }
    for hint in &walked.hints {
        add(&hint.path, content_of(hint)?);
    }
    add("", (walked.known.sum(), walked.not_judged));
    add("", key_of(&format!("{:?}", walked.problems), b""));
    add("", key_of(&manifest::text_above(root).unwrap_or_default(), b""));
    Some(halves(hasher.digest128()))
}

/// The contents of all files, reading those that the cache does not know.
pub fn contents(reader: &Reader<'_>, files: &[Candidate], looked: &[Looked]) -> Vec<Option<Key>> {
    files.par_iter().zip(looked).map(|(file, looked)| reader.settle(file, *looked)).collect()
}

fn content_of(hint: &HintFile) -> Option<Key> {
    let (file, size) = open(&hint.absolute).ok()?;
    Some(key_of(&hint.path, &read_bytes(file, size, manifest::MAX_BYTES).ok()?))
}
