//! Which files there are. Walks as ripgrep does: ignore files count, hidden files and links are left alone.

use crate::lookup::Known;
use crate::packages::hints::{self, HintFile};
use highwater_finding::{Place, Problem, ProblemKind};
use ignore::{DirEntry, WalkBuilder};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Endings of files that hold code for us.
const SOURCE_ENDINGS: &[&str] =
    &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro"];
/// Folders that never hold what people wrote.
const FOREIGN_FOLDERS: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    "dist",
    "vendor",
    "vendors",
    "__pycache__",
    "Pods",
];
/// Folders that hold output when they stand at the root or beside a package.json, and source elsewhere.
const OUTPUT_FOLDERS: &[&str] = &["build", "out", "coverage", "output", "target", "storybook-static"];

/// A source file that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub absolute: PathBuf,
    /// Path below the root, `/` between parts; what facts and reports call it.
    pub path: String,
}

/// What a walk found, in the order of the paths.
#[derive(Default)]
pub struct Walked {
    /// Source files.
    pub files: Vec<Candidate>,
    /// Manifests and other files that say where a package runs.
    pub hints: Vec<HintFile>,
    /// Type declarations and minified files, which are not read.
    pub not_judged: u64,
    /// Folders that could not be read.
    pub problems: Vec<Problem>,
    /// Every regular file seen, for import resolution.
    pub known: Known,
}

/// Walks the folder. `ignored` says which paths below the root `highwater.toml` leaves out.
pub fn walk(root: &Path, ignored: &(dyn Fn(&Path, bool) -> bool + Sync)) -> Walked {
    let mut walked = Walked::default();
    walked.known.add_folder(root);
    // Ignore files above the root count only inside a git repository: a stray one in a home folder must not
    // make a whole service disappear.
    let in_git = root.ancestors().any(|folder| folder.join(".git").exists());
    let mut walker = WalkBuilder::new(root);
    let odd_above = root.ancestors().skip(1).any(has_odd_ignore_file);
    walker.require_git(false).git_global(false).parents(in_git && !odd_above).follow_links(false);
    let odd: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    if has_odd_ignore_file(root) {
        // The root itself is never filtered.
        walker.ignore(false).git_ignore(false).filter_entry(is_ours);
        walked.problems.push(odd_ignore_file(root, root, "no such file was heeded"));
    } else {
        let odd = Arc::clone(&odd);
        walker.filter_entry(move |entry| {
            let ours = is_ours(entry);
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if ours && is_folder && has_odd_ignore_file(entry.path()) {
                odd.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_owned());
                return false;
            }
            ours
        });
    }
    for entry in walker.build() {
        match entry {
            Ok(entry) => visit(root, &entry, ignored, &mut walked),
            Err(error) => walked.problems.extend(problem(root, &error)),
        }
    }
    for folder in odd.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        walked.problems.push(odd_ignore_file(root, folder, "nothing below was judged"));
    }
    walked.files.sort_by(|a, b| a.path.cmp(&b.path));
    walked.hints.sort_by(|a, b| a.path.cmp(&b.path));
    walked.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.message.cmp(&b.message)));
    walked
}

/// An ignore file that is a pipe, a device or a socket: reading it might never end.
fn has_odd_ignore_file(folder: &Path) -> bool {
    let odd = |name: &str| std::fs::metadata(folder.join(name)).is_ok_and(|m| !m.is_file() && !m.is_dir());
    odd(".gitignore") || odd(".ignore")
}

fn odd_ignore_file(root: &Path, folder: &Path, then: &str) -> Problem {
    let file = slashed(folder.strip_prefix(root).unwrap_or(folder));
    let message =
        format!("the `.gitignore` or `.ignore` of this folder is no regular file, so {then}: remove it");
    Problem { kind: ProblemKind::Unreadable, place: Place { file, ..Place::default() }, message }
}

fn visit(root: &Path, entry: &DirEntry, ignored: &(dyn Fn(&Path, bool) -> bool + Sync), walked: &mut Walked) {
    let Some(kind) = entry.file_type() else { return };
    if kind.is_dir() {
        walked.known.add_folder(entry.path());
        return;
    }
    // Links, pipes, sockets and devices are no files of ours; opening a pipe would wait for ever.
    if !kind.is_file() {
        return;
    }
    let name = entry.file_name().to_string_lossy();
    let hint = hints::kind_of(&name);
    let is_source = name.rsplit_once('.').is_some_and(|(_, ending)| SOURCE_ENDINGS.contains(&ending));
    if hint.is_none() && !is_source {
        return;
    }
    let relative = below(root, entry.path());
    if ignored(relative, false) {
        return;
    }
    if let Some(kind) = hint {
        walked.hints.push(HintFile { path: slashed(relative), absolute: entry.path().to_owned(), kind });
    }
    if !is_source {
        return;
    }
    walked.known.add_file(entry.path());
    if is_declaration(&name) || name.contains(".min.") {
        walked.not_judged += 1;
        return;
    }
    walked.files.push(Candidate { absolute: entry.path().to_owned(), path: slashed(relative) });
}

/// The part of a path below the root. Walked paths begin with it, word for word.
fn below<'p>(root: &Path, path: &'p Path) -> &'p Path {
    let rest = path.to_str().zip(root.to_str()).and_then(|(path, root)| path.strip_prefix(root));
    match rest.and_then(|rest| rest.strip_prefix(std::path::MAIN_SEPARATOR)) {
        Some(rest) => Path::new(rest),
        None => path.strip_prefix(root).unwrap_or(path),
    }
}

/// Whether a walk enters this folder or looks at this file.
fn is_ours(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let Some(name) = entry.file_name().to_str() else { return true };
    if FOREIGN_FOLDERS.contains(&name) {
        return false;
    }
    let beside_manifest = || entry.path().parent().is_some_and(|p| p.join("package.json").exists());
    !(OUTPUT_FOLDERS.contains(&name) && (entry.depth() == 1 || beside_manifest()))
}

/// `x.d.ts`, `x.d.mts`, `x.d.css.ts`: types only, nothing that runs.
fn is_declaration(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    matches!(parts.next(), Some("ts" | "mts" | "cts")) && parts.take(2).any(|part| part == "d")
}

/// The path as every report writes it.
pub fn slashed(relative: &Path) -> String {
    let text = relative.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

fn problem(root: &Path, error: &ignore::Error) -> Option<Problem> {
    let path = path_of(error);
    let relative = path.map(|p| slashed(p.strip_prefix(root).unwrap_or(p))).unwrap_or_default();
    let said = error.io_error().map_or_else(|| error.to_string(), |e| e.kind().to_string());
    // A file that vanished between listing and look was never there for us.
    if error.io_error().is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
        return None;
    }
    let message =
        format!("cannot be read ({said}); nothing below it was judged: allow reading it or ignore it");
    Some(Problem {
        kind: ProblemKind::Unreadable,
        place: Place { file: relative, ..Place::default() },
        message,
    })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// A number made of the paths, sizes and times of change of files.
pub fn stamp<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for path in paths {
        hasher.update(path.as_os_str().as_encoded_bytes());
        let Ok(meta) = std::fs::metadata(path) else { continue };
        let changed = meta.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        hasher.update(&changed.map_or(0, |t| t.as_nanos()).to_le_bytes());
        hasher.update(&meta.len().to_le_bytes());
    }
    hasher.digest()
}
