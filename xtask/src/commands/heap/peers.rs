//! The programs that are measured beside Highwater, each built or installed in the work folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::pins;
use super::tools::{Work, run, write};
use crate::args::Args;
use crate::commands::corpus::{binary, target};
use crate::tree::root;

/// Megabytes that a JavaScript heap may have: they hold the whole file.
const OLD_SPACE: &str = "--max-old-space-size=14000";

/// A program under measurement; `{file}` in its words stands for the snapshot.
pub(super) struct Peer {
    pub(super) name: &'static str,
    words: Vec<String>,
}

impl Peer {
    /// Without words: for tests.
    #[cfg(test)]
    pub(super) fn named(name: &'static str) -> Peer {
        Peer { name, words: Vec::new() }
    }

    /// Exit codes that mean that the work was done; Highwater's 1 says that there are findings.
    pub(super) fn codes(&self) -> &'static [&'static str] {
        if self.name == "highwater" { &["0", "1"] } else { &["0"] }
    }

    pub(super) fn words(&self, file: &Path) -> Vec<String> {
        self.words.iter().map(|word| word.replace("{file}", &file.display().to_string())).collect()
    }
}

/// Names that `--only` takes. `highwater-1` is parse, dominators, sizes and distances on one thread, and no more.
pub(super) const NAMES: &[&str] =
    &["floor", "highwater", "highwater-1", "heap-snapshot", "v8-heap-parser", "memlab", "devtools"];

/// Those that were asked for and can be had, the floor first. One that cannot be had is told and left out.
pub(super) fn all(work: &Work, args: &Args) -> Result<Vec<Peer>, String> {
    let only = args.all("only");
    if let Some(unknown) = only.iter().find(|name| !NAMES.contains(name)) {
        return Err(format!("`--only {unknown}`: known are {}", NAMES.join(", ")));
    }
    let mut out = Vec::new();
    for name in NAMES {
        let needed = ["floor", "highwater"].contains(name);
        if !needed && !only.is_empty() && !only.contains(name) {
            continue;
        }
        match peer(name, work, args) {
            Ok(words) => out.push(Peer { name, words }),
            Err(why) if needed => return Err(why),
            Err(why) => eprintln!("left out, {name}: {why}"),
        }
    }
    Ok(out)
}

fn peer(name: &str, work: &Work, args: &Args) -> Result<Vec<String>, String> {
    let text = |path: PathBuf| path.display().to_string();
    let line = |words: &str| words.split(' ').map(str::to_string).collect::<Vec<_>>();
    let mut words = match name {
        "floor" => vec![example("heap_floor")?, "{file}".into()],
        "highwater" => {
            let flags = args.one("command")?.unwrap_or("heap summary {file} --format json --no-progress");
            [vec![text(binary(args)?)], line(flags)].concat()
        }
        "highwater-1" => {
            let flags = "heap nodes {file} --format tsv --limit 1 --threads 1 --no-progress";
            [vec![text(binary(args)?)], line(flags)].concat()
        }
        "heap-snapshot" => {
            let folder = args.one("heap-snapshot")?.ok_or("`--heap-snapshot DIR` is not given")?;
            let built = cargo(work, Path::new(folder), "heap-snapshot")?;
            vec![built, "statistics".into(), "{file}".into()]
        }
        "v8-heap-parser" => vec![v8_heap_parser(work)?, "{file}".into()],
        "memlab" => {
            let modules = work.npm("memlab", &[format!("memlab@{}", pins::MEMLAB)], false)?;
            let script = modules.join("../memlab.cjs");
            write(&script, include_str!("../../../peers/memlab.cjs"))?;
            vec![text(script), "{file}".into()]
        }
        _ => vec![text(work.devtools()?.join("time.mjs")), "{file}".into()],
    };
    if ["memlab", "devtools"].contains(&name) {
        let node = work.node(pins::NODES[pins::NODES.len() - 2])?;
        words.splice(0..0, [text(node), OLD_SPACE.into()]);
    }
    Ok(words)
}

/// Builds one of our own measuring programs as the release is built, and says where it is.
fn example(name: &str) -> Result<String, String> {
    let words = ["build", "--quiet", "--release", "-p", "highwater_heap", "--example", name];
    run(Command::new("cargo").args(words).current_dir(root()))?;
    Ok(target().join("release/examples").join(name).display().to_string())
}

/// Builds a binary of another folder; what it makes lies in the work folder.
fn cargo(work: &Work, folder: &Path, name: &str) -> Result<String, String> {
    let out = work.cargo_target();
    eprintln!("cargo: {name}");
    let words = ["build", "--quiet", "--release", "--bin", name];
    run(Command::new("cargo").args(words).current_dir(folder).env("CARGO_TARGET_DIR", &out))?;
    Ok(out.join("release").join(name).display().to_string())
}

fn v8_heap_parser(work: &Work) -> Result<String, String> {
    let folder = work.folder("v8-heap-parser/src")?;
    write(&folder.join("main.rs"), include_str!("../../../peers/v8_heap_parser.rs"))?;
    let manifest = format!(
        "[package]\nname = \"v8-heap-parser-peer\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n\
         v8-heap-parser = \"={}\"\n\n[profile.release]\nopt-level = 3\nlto = true\n\n[workspace]\n",
        pins::V8_HEAP_PARSER
    );
    write(&folder.join("../Cargo.toml"), &manifest)?;
    cargo(work, &folder.join(".."), "v8-heap-parser-peer")
}
