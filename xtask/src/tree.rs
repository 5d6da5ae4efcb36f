//! The repository as text: what every check reads. Checks never touch the disk, so fixtures are plain values.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Text files by path from the root, `/` between parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Whether a path ends in `.ending`, as the house writes it: lower case.
pub(crate) fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == ending)
}

impl Tree {
    /// Every text file of the repository that git tracks or would track; all files where there is no git.
    pub(crate) fn load() -> Result<Self, String> {
        let root = root();
        let paths = match tracked(&root) {
            Some(paths) => paths,
            None => walk(&root)?,
        };
        // A path may be staged and already gone again, or hold bytes that are no text: neither is read.
        let read = |path: String| fs::read_to_string(root.join(&path)).ok().map(|text| (path, text));
        Ok(Tree { files: paths.into_iter().filter_map(read).collect() })
    }

    /// A fixture.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        Tree { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }

    /// Adds or replaces a file, for a fixture or a preview.
    #[cfg(test)]
    pub(crate) fn put(&mut self, path: &str, text: &str) {
        self.files.insert(path.into(), text.into());
    }

    /// Path and text of every file, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Path below `folder` and text of every file in it, at any depth. `folder` ends with `/`.
    pub(crate) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter_map(move |(path, text)| Some((path.strip_prefix(folder)?, text)))
    }

    /// Names of the folders directly in `folder`, which ends with `/`.
    pub(crate) fn folders_in<'a>(&'a self, folder: &'a str) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            self.below(folder).filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        names.dedup();
        names
    }
}

fn tracked(root: &Path) -> Option<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(list).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(text.split_terminator('\0').map(str::to_string).collect())
}

fn walk(root: &Path) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let skipped = ["target", "node_modules", "dist", ".git", ".highwater"].contains(&&*name);
            if path.is_dir() && !path.is_symlink() && !skipped {
                open.push(path);
            } else if path.is_file() {
                let path = path.strip_prefix(root).unwrap_or(&path);
                out.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_below_a_folder() {
        let tree = Tree::of([("a/b/c.rs", "1"), ("a/b/d/e.rs", "2"), ("a/f/g.rs", "3"), ("a/h.rs", "4")]);
        assert_eq!(tree.folders_in("a/"), ["b", "f"]);
        assert_eq!(tree.below("a/b/").map(|(path, _)| path).collect::<Vec<_>>(), ["c.rs", "d/e.rs"]);
    }

    #[test]
    fn a_walk_finds_what_git_tracks() {
        let found = walk(&root().join("xtask")).unwrap();
        assert!(found.contains(&"src/tree.rs".to_string()), "{found:?}");
    }
}
