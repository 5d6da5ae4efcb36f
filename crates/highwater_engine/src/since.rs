//! `--since REV`: which lines of the tree changed, so that a pull request sees only what it touches.
//!
//! The whole program is judged all the same; this only decides what is shown.

use crate::Error;
use highwater_finding::{Finding, Place};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What changed in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    /// The whole file counts: it is new, or lines were taken away, which no longer have a place.
    Whole,
    /// First and last line of each changed piece, 1-based.
    Lines(Vec<(u32, u32)>),
}

/// What changed, by file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    files: BTreeMap<String, Change>,
}

impl Changes {
    /// Whether the finding's place or one of its related places lies on a changed line.
    pub fn touch(&self, finding: &Finding) -> bool {
        self.has(&finding.place) || finding.related.iter().any(|r| self.has(&r.place))
    }

    fn has(&self, place: &Place) -> bool {
        match self.files.get(&place.file) {
            None => false,
            Some(Change::Whole) => true,
            Some(Change::Lines(pieces)) => {
                let end = place.end_line.max(place.line);
                pieces.iter().any(|(first, last)| *first <= end && place.line <= *last)
            }
        }
    }
}

/// Asks git what changed between `rev` and the files on disk, untracked ones included.
///
/// When `rev` and the current commit have a common ancestor, that is what is compared with, so that what others
/// did on the main branch since then is not taken for this change.
pub fn changes(root: &Path, rev: &str) -> Result<Changes, Error> {
    if rev.is_empty() || rev.starts_with('-') {
        return Err(wrong(rev, "it is not a revision", "give a branch, a tag or a commit"));
    }
    let verify = format!("{rev}^{{commit}}");
    git(root, rev, &["rev-parse", "--verify", "--quiet", &verify]).map_err(|_| {
        wrong(
            rev,
            &whose_fault(root, rev),
            "give a branch, a tag or a commit of this repository; in CI, fetch it first",
        )
    })?;
    let base =
        git(root, rev, &["merge-base", rev, "HEAD"]).map_or_else(|_| rev.to_owned(), |b| b.trim().to_owned());
    let diff = git(
        root,
        rev,
        &[
            "-c",
            "core.quotePath=false",
            "diff",
            "--relative",
            "-U0",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "-M",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            &base,
            "--",
            ".",
        ],
    )?;
    let mut changes = parse(&diff);
    let untracked = git(root, rev, &["ls-files", "--others", "--exclude-standard", "-z", "--", "."])?;
    for path in untracked.split('\0').filter(|p| !p.is_empty()) {
        changes.files.insert(path.to_owned(), Change::Whole);
    }
    Ok(changes)
}

fn whose_fault(root: &Path, rev: &str) -> String {
    match git(root, rev, &["rev-parse", "--is-inside-work-tree"]) {
        Ok(_) => "there is no such revision".to_owned(),
        Err(Error::Git { message, .. }) => message,
        Err(other) => other.to_string(),
    }
}

fn git(root: &Path, rev: &str, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .map_err(|error| wrong(rev, &error.to_string(), "install git, or leave `--since` out"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("git failed without a word").trim();
    Err(wrong(rev, first, "run the command inside of a git repository"))
}

fn wrong(rev: &str, message: &str, help: &'static str) -> Error {
    Error::Git { rev: rev.to_owned(), message: message.to_owned(), help }
}

/// Reads a unified diff without context.
fn parse(diff: &str) -> Changes {
    let mut changes = Changes::default();
    let mut file: Option<String> = None;
    let mut left = (0_u32, 0_u32);
    for line in diff.lines() {
        // Lines of a piece are counted off, so that text which looks like a header is not taken for one.
        if left != (0, 0) {
            match line.as_bytes().first() {
                Some(b'-') => left.0 = left.0.saturating_sub(1),
                Some(b'+') => left.1 = left.1.saturating_sub(1),
                _ => {}
            }
        } else if let Some(path) = line.strip_prefix("+++ ") {
            file = name(path);
        } else if let Some((old, new)) = line.strip_prefix("@@ -").and_then(piece) {
            left = (old.1, new.1);
            if let Some(file) = &file {
                note(changes.files.entry(file.clone()).or_insert(Change::Lines(Vec::new())), old, new);
            }
        }
    }
    changes
}

fn note(change: &mut Change, old: (u32, u32), new: (u32, u32)) {
    if new.1 == 0 || old == (0, 0) {
        *change = Change::Whole;
    } else if let Change::Lines(pieces) = change {
        pieces.push((new.0, new.0 + new.1 - 1));
    }
}

/// `b/path`, `"b/path with \"quotes\""`, or `/dev/null`.
fn name(raw: &str) -> Option<String> {
    let raw = raw.trim_end_matches('\t');
    let plain = match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => raw.to_owned(),
    };
    plain.strip_prefix("b/").map(str::to_owned)
}

/// `12,0 +13,2 @@ ...` as start and length before and after.
fn piece(rest: &str) -> Option<((u32, u32), (u32, u32))> {
    let (old, rest) = rest.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    Some((range(old)?, range(new)?))
}

fn range(text: &str) -> Option<(u32, u32)> {
    match text.split_once(',') {
        Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_diff_without_context() {
        let diff = "diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1,2 @@\n-a\n+++ b/evil.ts\n+b\n@@ -9,0 +11 @@\n+c\ndiff --git a/y.ts b/y.ts\n--- a/y.ts\n+++ b/y.ts\n@@ -4,2 +3,0 @@\n-a\n-b\ndiff --git a/gone.ts b/gone.ts\n--- a/gone.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n";
        let changes = parse(diff);
        assert_eq!(changes.files.len(), 2, "{changes:?}");
        assert_eq!(changes.files["x.ts"], Change::Lines(vec![(1, 2), (11, 11)]));
        assert_eq!(changes.files["y.ts"], Change::Whole);
    }
}
