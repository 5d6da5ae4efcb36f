//! `cargo xtask corpus`: the release binary against real leaks and look-alikes.
//!
//! The scoring itself is `score.py`, given from outside, so that nobody marks their own work. Beside its table
//! stands a second one, made from the same SARIF: what each confidence promised and what came true.

mod reliability;
mod sarif;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::args::Args;
use crate::commands::corpus::reliability::Case;
use crate::tree::root;

pub(crate) const FLAGS: &[&str] = &["cases", "trees", "score", "binary", "jobs", "out"];

const TABLE: &str = "corpus/RELIABILITY.md";

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let case_files = args.all("cases");
    if case_files.is_empty() {
        return Err("`--cases FILE...` is missing: which cases?".into());
    }
    let trees = args.one("trees")?.ok_or("`--trees DIR` is missing: where checkout.py wrote the trees")?;
    let binary = binary(args)?;
    let score = args.one("score")?.map_or_else(|| root().join("corpus/score.py"), PathBuf::from);
    if !score.is_file() {
        return Err(format!("{}: no such script; name it with `--score`", score.display()));
    }
    let kept = args.one("out")?.map(PathBuf::from);
    let out = kept.clone().unwrap_or_else(scratch);
    let scan = format!("'{}' scan {{tree}} --format sarif", binary.display());
    let status = Command::new("python3")
        .arg(&score)
        .arg("--cases")
        .args(&case_files)
        .args(["--trees", trees, "--run", &scan, "--jobs", &args.number("jobs", 1)?.to_string(), "--out"])
        .arg(&out)
        .args(&args.rest)
        .status()
        .map_err(|why| format!("python3 runs the scoring script, and does not start: {why}"))?;
    let written = write_reliability(&case_files, trees, &out);
    if kept.is_none() {
        // The folder is ours and in the way of nobody; failing to remove it is no failure of the run.
        let _ = fs::remove_dir_all(&out);
    }
    written?;
    if status.success() { Ok(()) } else { Err(format!("score.py ended with {status}")) }
}

/// The binary named with `--binary`, or the release build.
pub(crate) fn binary(args: &Args) -> Result<PathBuf, String> {
    let built = || target().join("release/highwater");
    let path = args.one("binary")?.map_or_else(built, PathBuf::from);
    // The scoring script and the bench start it from wherever they like.
    path.canonicalize()
        .map_err(|why| format!("{}: {why}; `cargo build --release -p highwater` makes it", path.display()))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("highwater-corpus-{}", std::process::id()))
}

fn write_reliability(case_files: &[&str], trees: &str, out: &Path) -> Result<(), String> {
    let mut cases = Vec::new();
    for file in case_files {
        let text = fs::read_to_string(file).map_err(|why| format!("{file}: {why}"))?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let row: Value = serde_json::from_str(line).map_err(|why| format!("{file}: {why}"))?;
            cases.extend(Case::read(&row));
        }
    }
    let mut judged = Vec::new();
    for tree in reliability::trees(trees, &cases) {
        let path = out.join(sarif::file_name(&tree));
        // A tree that was not checked out or a run that failed has no SARIF; score.py tells of it.
        let Some(log) = fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok())
        else {
            continue;
        };
        let here: Vec<&Case> = cases.iter().filter(|case| case.tree(trees) == tree).collect();
        judged.extend(reliability::judge(&sarif::findings(&log, &tree), &here));
    }
    let text = reliability::table(&judged);
    println!("\n{text}");
    let path = root().join(TABLE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    fs::write(&path, text).map_err(|why| format!("{TABLE}: {why}"))
}
