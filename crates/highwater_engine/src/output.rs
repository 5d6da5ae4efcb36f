//! Writing a file whole or not at all.

use crate::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` so that a reader sees the old file or the new one, never half of it.
///
/// The text goes to a temporary file in the same folder, which then takes the place of `path`. A symbolic link
/// is followed: what it points to is replaced, not the link.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(&target).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        // A pipe or a device such as /dev/stdout cannot be replaced; write straight into it.
        let mut sink = std::fs::OpenOptions::new().write(true).open(&target).map_err(wrong)?;
        return sink.write_all(bytes).map_err(wrong);
    }
    let temporary = beside(&target).ok_or_else(|| wrong(io::Error::other("the path names no file")))?;
    let written = fill(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &target));
    if written.is_err() {
        // Best effort: the first error is the one worth telling.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(wrong)
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

/// A hidden sibling, so that the rename stays on one file system.
fn beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    Some(path.with_file_name(format!(".{name}.{}.tmp", std::process::id())))
}
