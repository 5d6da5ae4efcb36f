//! The work folder: npm packages, runtimes, DevTools' engine as one file.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::pins;
use crate::args::Args;
use crate::commands::corpus::target;
use crate::tree::root;

/// Where everything is that was fetched or made.
pub(crate) struct Work {
    folder: PathBuf,
}

impl Work {
    /// The folder that `--work` names, or one beside the other build products.
    pub(crate) fn open(args: &Args) -> Result<Work, String> {
        let folder = args.one("work")?.map_or_else(|| target().join("heap-work"), PathBuf::from);
        std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        let folder = folder.canonicalize().map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(Work { folder })
    }

    /// A folder in it, made if it is not there.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let at = self.folder.join(name);
        std::fs::create_dir_all(&at).map_err(|why| format!("{}: {why}", at.display()))?;
        Ok(at)
    }

    /// The `node_modules` of a folder with these packages, installed unless they are there. Scripts of packages run
    /// only where `scripts` says so: npm's `node` and `bun` fetch their binary in one.
    pub(crate) fn npm(&self, name: &str, packages: &[String], scripts: bool) -> Result<PathBuf, String> {
        let at = self.folder(name)?;
        let done = at.join(".done");
        let wanted = packages.join("\n");
        if std::fs::read_to_string(&done).is_ok_and(|text| text == wanted) {
            return Ok(at.join("node_modules"));
        }
        eprintln!("npm: {}", packages.join(" "));
        write(&at.join("package.json"), "{ \"private\": true }\n")?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&at);
        if !scripts {
            npm.arg("--ignore-scripts");
        }
        run(npm.args(packages))?;
        write(&done, &wanted)?;
        Ok(at.join("node_modules"))
    }

    /// The binary of a Node release.
    pub(super) fn node(&self, version: &str) -> Result<PathBuf, String> {
        let modules = self.npm(&format!("node-{version}"), &[format!("node@{version}")], true)?;
        Ok(modules.join("node/bin/node"))
    }

    /// Deno's binary.
    pub(super) fn deno(&self) -> Result<PathBuf, String> {
        Ok(self.npm("deno", &[format!("deno@{}", pins::DENO)], true)?.join(".bin/deno"))
    }

    /// Bun's binary.
    pub(crate) fn bun(&self) -> Result<PathBuf, String> {
        Ok(self.npm("bun", &[format!("bun@{}", pins::BUN)], true)?.join(".bin/bun"))
    }

    /// The sources of DevTools.
    pub(super) fn devtools_sources(&self) -> Result<PathBuf, String> {
        let packages =
            [format!("chrome-devtools-frontend@{}", pins::DEVTOOLS), format!("esbuild@{}", pins::ESBUILD)];
        Ok(self.npm("devtools", &packages, true)?.join("chrome-devtools-frontend/front_end"))
    }

    /// A folder with our harness and DevTools' engine as one file beside it.
    pub(super) fn devtools(&self) -> Result<PathBuf, String> {
        self.devtools_sources()?;
        let from = root().join("crates/highwater_heap/tests/devtools");
        let at = self.folder("devtools/harness")?;
        for name in ["entry.mjs", "load.mjs", "locales.js", "nodes.mjs", "time.mjs"] {
            let copied = std::fs::copy(from.join(name), at.join(name));
            copied.map_err(|why| format!("{}: {why}", from.join(name).display()))?;
        }
        let esbuild = at.join("../node_modules/.bin/esbuild");
        let words =
            "entry.mjs --bundle --format=esm --platform=node --external:./locales.js --log-level=error";
        let words = words.split(' ').chain(["--outfile=engine.mjs"]);
        run(Command::new(esbuild).args(words).current_dir(&at))?;
        Ok(at)
    }

    /// A place for what cargo builds of others.
    pub(crate) fn cargo_target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|why| format!("{}: {why}", path.display()))
}

/// Runs a command to its end. An error says what it wrote to its error stream.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{command:?} does not start: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let tail: Vec<&str> = told.lines().rev().take(12).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    Err(format!("{command:?}: {}\n{}", output.status, tail.join("\n")))
}
