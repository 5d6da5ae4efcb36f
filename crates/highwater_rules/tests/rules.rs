//! Every rule's page and cases: read, linked and judged as a scan would, then compared with their marks.
//!
//! `RULE=some-rule cargo test --profile quick -p highwater_rules --test rules` runs one folder only.
#![expect(clippy::disallowed_methods, reason = "a test may look at its environment")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use highwater_finding::{Limit, PackageInfo, Platform, Profile};
use highwater_program::{FileLookup, FileRole, Package, link, read_file};
use highwater_rules::{Settings, judge};
use highwater_testkit::{CaseFile, Outcome, check, check_page, check_rules};

/// Where the case's files seem to be.
const ROOT: &str = "/case";

/// The files of a case, as import resolution sees them.
struct CaseLookup {
    files: BTreeMap<PathBuf, String>,
}

impl FileLookup for CaseLookup {
    fn read(&self, path: &Path) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn is_dir(&self, path: &Path) -> Option<bool> {
        if self.files.contains_key(path) {
            return Some(false);
        }
        self.files.keys().any(|file| file.starts_with(path)).then_some(true)
    }

    fn canonical(&self, path: &Path) -> Option<PathBuf> {
        self.is_dir(path).map(|_| path.to_owned())
    }
}

/// The folder that a manifest describes.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `platform = "server"` of a case's `highwater.toml`; a server where nothing is said.
fn platform(files: &[CaseFile]) -> Platform {
    let stated = files.iter().filter(|file| file.path == "highwater.toml").find_map(|file| {
        let line = file.text.lines().find(|line| line.trim_start().starts_with("platform"))?;
        line.split('"').nth(1).map(str::to_owned)
    });
    let all = [
        Platform::Server,
        Platform::Isolate,
        Platform::Function,
        Platform::Desktop,
        Platform::Browser,
        Platform::Cli,
        Platform::Library,
    ];
    match stated {
        None => Platform::Server,
        Some(word) => all.into_iter().find(|p| p.word() == word).expect("a platform that exists"),
    }
}

/// The case's manifests as packages; without one, a package that depends on nothing.
fn packages(files: &[CaseFile], platform: Platform) -> Vec<Package> {
    let mut found: BTreeMap<String, Package> = BTreeMap::new();
    let named = |name: &str, folder: &str, dependencies: Vec<String>, main: &str| Package {
        info: PackageInfo { name: name.into(), folder: folder.into(), platform, because: "the case".into() },
        dependencies,
        mentions: vec![main.into()],
        is_private: platform != Platform::Library,
        has_api: platform == Platform::Library,
    };
    found.insert(String::new(), named("case", "", vec![], ""));
    for file in
        files.iter().filter(|file| Path::new(&file.path).file_name().is_some_and(|n| n == "package.json"))
    {
        let json: serde_json::Value = serde_json::from_str(&file.text).expect("a readable package.json");
        let names = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
            .into_iter()
            .filter_map(|part| json.get(part)?.as_object())
            .flat_map(|part| part.keys().cloned())
            .collect();
        let name = json.get("name").and_then(|n| n.as_str()).unwrap_or("case");
        let main = json.get("main").and_then(|m| m.as_str()).unwrap_or("");
        found.insert(folder(&file.path).to_owned(), named(name, folder(&file.path), names, main));
    }
    found.into_values().collect()
}

/// A path tells a file's role in a case; enough of what the engine does.
fn role(path: &str) -> FileRole {
    let is = |parts: &[&str]| path.split('/').any(|p| parts.contains(&p));
    if is(&["test", "tests", "__tests__"]) || path.contains(".test.") || path.contains(".spec.") {
        FileRole::Test
    } else if is(&["scripts", "migrations", "tools"]) {
        FileRole::Script
    } else if is(&["generated", "vendor"]) {
        FileRole::Generated
    } else {
        FileRole::Source
    }
}

fn is_code(path: &str) -> bool {
    let ends = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "astro"];
    path.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
}

fn run(files: &[CaseFile]) -> Outcome {
    let root = Path::new(ROOT);
    let lookup = CaseLookup { files: files.iter().map(|f| (root.join(&f.path), f.text.clone())).collect() };
    let facts: Vec<_> = files
        .iter()
        .filter(|f| is_code(&f.path))
        .map(|f| read_file(&f.path, &f.text, role(&f.path)))
        .collect();
    for file in &facts {
        assert!(file.problems.is_empty(), "{}: {:?}", file.path, file.problems);
    }
    let program = link(facts, packages(files, platform(files)), root, Arc::new(lookup));
    let judged = judge(&program, &Settings { profile: profile(), limit: limit() });
    Outcome { findings: judged.findings, assurances: judged.assurances }
}

fn profile() -> Profile {
    Profile {
        name: "case".into(),
        requests_per_hour: 10_000,
        connections_per_hour: 1_000,
        users_per_hour: 500,
    }
}

fn limit() -> Limit {
    Limit { bytes: 512 << 20, source: "case".into() }
}

/// One rule's folder, for work on that rule.
fn check_one(folder: &Path) -> Result<String, String> {
    let mut said = String::new();
    let mut failed = String::new();
    let mut paths = vec![folder.join("doc.md")];
    if let Ok(cases) = std::fs::read_dir(folder.join("cases")) {
        paths.extend(cases.filter_map(|entry| Some(entry.ok()?.path())));
    }
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let name = path.display().to_string();
        let page = path.file_name().is_some_and(|n| n == "doc.md");
        match if page { check_page(&text, &name, &run) } else { check(&text, &name, &run) } {
            Ok(counts) => said.push_str(&format!("{name}: {counts}\n")),
            Err(why) => failed.push_str(&why),
        }
    }
    if failed.is_empty() { Ok(said) } else { Err(failed) }
}

#[test]
#[expect(clippy::print_stderr, reason = "counts and known gaps are shown by `cargo test -- --nocapture`")]
fn pages_and_cases_hold() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let result = match std::env::var("RULE") {
        Ok(rule) => check_one(&rules.join(rule.replace('-', "_"))),
        Err(_) => check_rules(&rules, &run).map(|counts| counts.to_string()),
    };
    match result {
        Ok(counts) => eprintln!("{counts}"),
        Err(failures) => panic!("{failures}"),
    }
}
