//! `cargo xtask fixtures`: scans parser fixtures and large npm packages, and tells what breaks or takes too long.
//!
//! Packages are fetched by name and version with `npm pack` and never installed, so no code of theirs runs.
//! Folders that a scan leaves out (`dist`, `build`, ...) are renamed, because in a package they are the code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::args::Args;
use crate::commands::corpus::binary;

pub(crate) const FLAGS: &[&str] = &["dir", "seconds", "binary"];

const PACKAGES: &[&str] = &[
    "test262-parser-tests@0.0.5",
    "typescript@5.9.3",
    "@babel/parser@7.28.5",
    "webpack@5.102.1",
    "next@15.5.6",
    "react-dom@19.2.0",
    "three@0.180.0",
    "lodash@4.17.21",
    "rxjs@7.8.2",
    "aws-sdk@2.1692.0",
    "date-fns@4.1.0",
    "core-js@3.46.0",
    "eslint@9.38.0",
    "prettier@3.6.2",
    "vite@7.1.12",
    "rollup@4.52.5",
    "jsdom@27.0.1",
    "@angular/core@20.3.7",
    "vue@3.5.22",
    "svelte@5.42.2",
    "typeorm@0.3.27",
    "mongodb@6.20.0",
    "undici@7.16.0",
    "mermaid@11.12.0",
    "monaco-editor@0.54.0",
    "googleapis@164.1.0",
];

const LEFT_OUT: &[&str] =
    &["dist", "node_modules", "vendor", "vendors", "build", "out", "output", "target", "coverage"];

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let given = args.one("dir")?.map(PathBuf::from);
    let dir = given.unwrap_or_else(|| std::env::temp_dir().join("highwater-fixtures"));
    let limit = Duration::from_secs(args.number("seconds", 60)? as u64);
    let binary = binary(args)?;
    let mut broken = 0;
    for package in PACKAGES {
        let folder = dir.join(package.replace(['/', '@'], "_"));
        let said = fetch(package, &folder).and_then(|()| scan(&binary, &folder, limit));
        broken += usize::from(said.is_err());
        println!("{package:28} {}", said.unwrap_or_else(|why| format!("BROKEN: {why}")));
    }
    if broken == 0 { Ok(()) } else { Err(format!("{broken} of {} packages", PACKAGES.len())) }
}

fn fetch(package: &str, folder: &Path) -> Result<(), String> {
    if folder.exists() {
        return Ok(());
    }
    let text = |why: std::io::Error| why.to_string();
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial).map_err(text)?;
    let pack = Command::new("npm").args(["pack", "--silent", package]).current_dir(&partial).output();
    let said = pack.map_err(text)?;
    let name = String::from_utf8_lossy(&said.stdout);
    let name = name.lines().last().ok_or("`npm pack` gave nothing")?;
    let tar = Command::new("tar").args(["xzf", name]).current_dir(&partial).status().map_err(text)?;
    if !tar.success() {
        return Err(format!("`tar` on {name}: {tar}"));
    }
    rename_left_out(&partial).map_err(text)?;
    fs::rename(&partial, folder).map_err(text)
}

fn rename_left_out(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        rename_left_out(&entry.path())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            fs::rename(entry.path(), folder.join(format!("{name}_")))?;
        }
    }
    Ok(())
}

fn scan(binary: &Path, folder: &Path, limit: Duration) -> Result<String, String> {
    let out = folder.with_extension("json");
    let file = fs::File::create(&out).map_err(|why| why.to_string())?;
    let mut command = Command::new(binary);
    command.arg("scan").arg(folder).args(["--format", "json", "--no-cache"]);
    let start = Instant::now();
    let mut child = command.stdout(file).stderr(Stdio::null()).spawn().map_err(|why| why.to_string())?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|why| why.to_string())? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).map_err(|why| why.to_string())?;
            return Err(format!("still at work after {} s", limit.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    // 1 means findings; anything else is a crash.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(status.to_string());
    }
    let text = fs::read_to_string(&out).map_err(|why| why.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    let panicked = report["problems"].as_array().into_iter().flatten().find_map(|p| {
        p["message"].as_str().filter(|m| m.contains("made Highwater break")).map(str::to_owned)
    });
    if let Some(said) = panicked {
        return Err(said);
    }
    let places = places(folder, &report)?;
    Ok(format!("{:.1} s, {} files, {places} places", start.elapsed().as_secs_f64(), report["code"]["files"]))
}

/// Counts the places of a report, each of which must lie in its file.
fn places(folder: &Path, value: &Value) -> Result<usize, String> {
    let mut count = 0;
    match value {
        Value::Array(all) => {
            for v in all {
                count += places(folder, v)?;
            }
        }
        Value::Object(all) => {
            if let (Some(file), Some(line), Some(end)) =
                (value["file"].as_str(), value["line"].as_u64(), value["end_line"].as_u64())
                && line > 0
            {
                let bytes = fs::read(folder.join(file)).map_err(|why| format!("{file}: {why}"))?;
                let lines = bytes.split(|b| *b == b'\n').count() as u64;
                if line > end || end > lines {
                    return Err(format!("{file}:{line}-{end} is beyond its {lines} lines"));
                }
                count += 1;
            }
            for v in all.values() {
                count += places(folder, v)?;
            }
        }
        _ => {}
    }
    Ok(count)
}
