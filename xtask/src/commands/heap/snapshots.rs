//! Snapshots with known contents, made where they are needed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::pins;
use super::tools::{Work, run};
use crate::tree::root;

/// The kinds of snapshot that the recipe can ask a Node for.
const KINDS: &[&str] = &["plain", "internals", "numeric", "tracked"];

fn recipe() -> PathBuf {
    root().join("crates/highwater_heap/tests/recipe")
}

/// Files to measure with: the recipe's large service (about 60 MB) and two type-checked programs of about 280 MB and
/// 1.1 GB. `names` picks among `service`, `medium` and `large`.
pub(super) fn to_measure(work: &Work, names: &[&str]) -> Result<Vec<PathBuf>, String> {
    let folder = work.folder("snapshots")?;
    let node = work.node(pins::NODES[0])?;
    let mut out = Vec::new();
    for name in names {
        let (file, files_checked) = match *name {
            "service" => (folder.join("service.1.heapsnapshot"), None),
            "medium" => (folder.join("medium.heapsnapshot"), Some("240")),
            "large" => (folder.join("large.heapsnapshot"), Some("1150")),
            other => return Err(format!("`--files {other}`: service, medium and large are known")),
        };
        if !file.is_file() {
            eprintln!("makes {}", file.display());
            match files_checked {
                Some(count) => check_types(work, &node, count, &file)?,
                None => run(Command::new(&node)
                    .arg(recipe().join("recipe.cjs"))
                    .arg(&folder)
                    .args(["service", "--size", "large", "--rounds", "3"]))?,
            }
        }
        out.push(file);
    }
    Ok(out)
}

/// A file that is half written must not be taken for a whole one in the next run.
fn check_types(work: &Work, node: &Path, count: &str, out: &Path) -> Result<(), String> {
    let typescript = work.npm("typescript", &[format!("typescript@{}", pins::TYPESCRIPT)], false)?;
    let partial = out.with_extension("partial");
    let mut command = Command::new(node);
    command.arg("--max-old-space-size=12000").arg(recipe().join("large.cjs"));
    command.arg(typescript.join("typescript")).arg(work.devtools_sources()?).arg(count).arg(&partial);
    run(&mut command)?;
    std::fs::rename(&partial, out).map_err(|why| format!("{}: {why}", out.display()))
}

/// Small snapshots of every runtime and every kind, and DevTools' figures beside each. What a machine cannot run is
/// told and left out.
pub(super) fn to_verify(work: &Work) -> Result<PathBuf, String> {
    let folder = work.folder("verify")?;
    let harness = work.devtools()?;
    let node = work.node(pins::NODES[pins::NODES.len() - 2])?;
    let script = recipe().join("recipe.cjs");
    for version in pins::NODES {
        let binary = work.node(version)?;
        for kind in KINDS {
            let name = format!("node-{version}-{kind}");
            let words = [name.as_str(), "--rounds", "2", "--kind", kind];
            run(Command::new(&binary).arg(&script).arg(&folder).args(words))?;
        }
    }
    let others = [("deno", work.deno(), &["run", "-A"][..]), ("bun", work.bun(), &[][..])];
    for (name, binary, words) in others {
        let made = binary.and_then(|binary| {
            run(Command::new(binary).args(words).arg(&script).arg(&folder).args([name, "--rounds", "2"]))
        });
        if let Err(why) = made {
            eprintln!("left out, {name}: {why}");
        }
    }
    let entries = std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == "heapsnapshot") {
            run(Command::new(&node).arg(harness.join("nodes.mjs")).arg(&path).arg(path.with_extension("")))?;
        }
    }
    Ok(folder)
}
