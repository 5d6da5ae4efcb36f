//! Writing a file whole or not at all.

use crate::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes that are written at a time.
const SINK_BYTES: usize = 1 << 18;

/// Writes `bytes` to `path` so that a reader sees the old file or the new one, never half of it.
///
/// The text goes to a temporary file in the same folder, which then takes the place of `path`. A symbolic link
/// is followed: what it points to is replaced, not the link.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |out| out.write_all(bytes))
}

/// As [`write_whole`], for what is too long to have in memory: `write` is given where to write to.
pub(crate) fn write_with<T>(path: &Path, write: impl FnOnce(&mut Sink) -> io::Result<T>) -> Result<T, Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(&target).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        // A pipe or a device such as /dev/stdout cannot be replaced; write straight into it.
        let sink = std::fs::OpenOptions::new().write(true).open(&target).map_err(wrong)?;
        return fill(sink, write).map_err(wrong);
    }
    let temporary = beside(&target).ok_or_else(|| wrong(io::Error::other("the path names no file")))?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary);
    let written = file.and_then(|file| fill(file, write));
    let written = written.and_then(|done| std::fs::rename(&temporary, &target).map(|()| done));
    if written.is_err() {
        // Best effort: the first error is the one worth telling.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(wrong)
}

/// Where a file's bytes go.
pub(crate) type Sink = BufWriter<File>;

fn fill<T>(file: File, write: impl FnOnce(&mut Sink) -> io::Result<T>) -> io::Result<T> {
    let mut sink = BufWriter::with_capacity(SINK_BYTES, file);
    let done = write(&mut sink)?;
    sink.flush()?;
    Ok(done)
}

/// Refuses a folder that is there and not empty.
pub(crate) fn free_folder(path: &Path) -> Result<(), Error> {
    let taken = std::fs::read_dir(path).map_or(path.exists(), |mut entries| entries.next().is_some());
    if taken {
        return Err(Error::Usage {
            message: format!("`{}` is there already", path.display()),
            help: "give the name of a new folder, or of an empty one".into(),
        });
    }
    Ok(())
}

/// Fills a folder so that it is there whole or not at all. It must not be there yet, or be empty.
pub(crate) fn folder_with<T>(path: &Path, fill: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
    let wrong = |source| Error::Write { path: path.to_owned(), source };
    free_folder(path)?;
    let temporary = beside(path).ok_or_else(|| wrong(io::Error::other("the path names no folder")))?;
    std::fs::create_dir(&temporary).map_err(wrong)?;
    let filled = fill(&temporary);
    let moved = filled.and_then(|done| std::fs::rename(&temporary, path).map(|()| done).map_err(wrong));
    if moved.is_err() {
        // Best effort, as above.
        let _ = std::fs::remove_dir_all(&temporary);
    }
    moved
}

/// Refuses to write over what is read.
pub(crate) fn other_than(input: &Path, output: &Path) -> Result<(), Error> {
    let same = std::fs::canonicalize(input)
        .ok()
        .is_some_and(|i| std::fs::canonicalize(output).is_ok_and(|o| i == o));
    if same {
        return Err(Error::Usage {
            message: format!("`{}` is the file that is read", output.display()),
            help: "give another name with `--output`".into(),
        });
    }
    Ok(())
}

/// A hidden sibling, so that the rename stays on one file system.
fn beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    Some(path.with_file_name(format!(".{name}.{}.tmp", std::process::id())))
}
