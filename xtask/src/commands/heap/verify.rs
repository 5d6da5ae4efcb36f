//! `cargo xtask verify-heap`: every node's size and distance against Chrome DevTools' own engine, and what retained
//! sizes say against taking nodes away, on snapshots of all runtimes.
//!
//! The comparison itself is `crates/highwater_heap/tests/exactness.rs`, which is given the folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::snapshots;
use super::tools::Work;
use crate::args::Args;
use crate::commands::corpus::binary;
use crate::tree::root;

pub(crate) const FLAGS: &[&str] = &["work", "binary"];

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let highwater = binary(args)?;
    let folder = snapshots::to_verify(&Work::open(args)?)?;
    let status = Command::new("cargo")
        .args(["test", "--release", "-p", "highwater_heap", "--test", "exactness", "--", "--nocapture"])
        .env("HIGHWATER_SNAPSHOTS", &folder)
        .current_dir(root())
        .status()
        .map_err(|why| format!("cargo does not start: {why}"))?;
    if !status.success() {
        return Err(format!("figures differ; the files are in {}", folder.display()));
    }
    for file in files(&folder)? {
        for (flag, ending) in [(None, "transfer.tsv"), (Some("--no-size-transfer"), "plain.tsv")] {
            let nodes = compare(&highwater, &file, flag, &file.with_extension(ending))?;
            println!("{} {ending}: `heap nodes` writes the same of {nodes} nodes", file.display());
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut out: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    out.retain(|path| path.extension().is_some_and(|ending| ending == "heapsnapshot"));
    out.sort();
    Ok(out)
}

/// Compares what the command writes with DevTools' figures, line by line. How many nodes there were.
fn compare(highwater: &Path, file: &Path, flag: Option<&str>, figures: &Path) -> Result<usize, String> {
    let told = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let mut child = Command::new(highwater)
        .args(["heap", "nodes"])
        .arg(file)
        .args(["--format", "tsv", "--no-progress"])
        .args(flag)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| told(&why))?;
    let ours = BufReader::new(child.stdout.take().ok_or("no pipe")?).lines().skip(1);
    let theirs = std::fs::read_to_string(figures).map_err(|why| format!("{}: {why}", figures.display()))?;
    let mut theirs = theirs.lines().skip(1);
    let mut count = 0;
    for line in ours {
        let line = line.map_err(|why| told(&why))?;
        let row = figures_of(&line).ok_or_else(|| told(&format!("node {count}: `{line}` is no row")))?;
        let expected = theirs.next().unwrap_or("nothing");
        if row != expected {
            return Err(told(&format!("node {count}: {row} here, {expected} in {}", figures.display())));
        }
        count += 1;
    }
    let status = child.wait().map_err(|why| told(&why))?;
    match theirs.next() {
        None if status.success() => Ok(count),
        _ => Err(told(&format!("{count} nodes were written, which are not all; {status}"))),
    }
}

/// Id, shallow size, retained size and distance of a row of `heap nodes`, in DevTools' way: it calls the distance of
/// what nothing reaches -5.
fn figures_of(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split('\t').collect();
    let [id, _, _, shallow, retained, distance] = words[..] else { return None };
    let distance = if distance.is_empty() { "-5" } else { distance };
    Some([id, shallow, retained, distance].join("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_devtools_has_them() {
        assert_eq!(figures_of("7\tobject\tA\t16\t32\t4").as_deref(), Some("7\t16\t32\t4"));
        assert_eq!(figures_of("7\tobject\t\t16\t32\t").as_deref(), Some("7\t16\t32\t-5"));
        assert_eq!(figures_of("7\tobject"), None);
    }
}
