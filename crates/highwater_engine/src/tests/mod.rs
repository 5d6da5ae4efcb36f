//! Tests of the engine on folders that they write themselves. Judgements are made by hand, so that nothing here
//! depends on what the rules of the day find.

mod caching;
mod checking;
mod configuring;
mod copies;
mod entries;
mod indexing;
mod platforms;
mod roles;
mod walking;

use crate::session::Rulebook;
use crate::{Options, Session, Silent};
use highwater_finding::*;
use highwater_program::Program;
use highwater_rules::{Judgement, Settings};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

/// Writes one file and the folders above it.
pub fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, text).expect("a file");
}

/// The card of the only rule there is here.
pub fn card() -> Card {
    Card {
        id: "unbounded-map",
        title: "A map that grows and is never emptied",
        page: "",
        since: "0.1.0",
        default_severity: Severity::Moderate,
        fix_safety: FixSafety::None,
        advice: false,
    }
}

/// A finding at one line of a file.
pub fn finding(file: &str, line: u32, path: &str) -> Finding {
    let place =
        Place { file: file.into(), line, column: 1, end_line: line, end_column: 6, excerpt: String::new() };
    Finding {
        kind: "unbounded-map",
        title: format!("`{path}` grows"),
        impact: String::new(),
        subject: Subject { file: file.into(), path: path.into(), symbol: path.into(), within: String::new() },
        place,
        related: vec![],
        severity: Severity::Moderate,
        confidence: Confidence::percent(80),
        verdict: Verdict::Suspected,
        evidence: vec![],
        growth: None,
        remedies: vec![],
        fingerprint: String::new(),
    }
}

/// A rule that finds every line that declares a `new Map` by re-reading the files below the folder in `package`.
pub fn maps_of(root: &Path, program: &Program) -> Judgement {
    let mut judgement = Judgement::default();
    for file in &program.linked.files {
        let text = fs::read(root.join(&file.path)).expect("a file that was read before");
        for (at, line) in String::from_utf8_lossy(&text).lines().enumerate() {
            if let Some((name, _)) = line.strip_prefix("const ").and_then(|l| l.split_once(" = new Map")) {
                judgement.findings.push(finding(&file.path, at as u32 + 1, name));
            }
        }
    }
    judgement
}

thread_local! {
    static ROOT: std::cell::RefCell<std::path::PathBuf> = const { std::cell::RefCell::new(std::path::PathBuf::new()) };
}

/// Checks a folder with [`maps_of`] as the only rule, on one thread.
pub fn check(root: &Path, options: Options) -> Report {
    fn judge(program: &Program, _settings: &Settings) -> Judgement {
        ROOT.with_borrow(|root| maps_of(root, program))
    }
    let options = Options { threads: 1, ..options };
    let session =
        Session::open_with(root, options, Rulebook { cards: vec![card()], judge }).expect("a session");
    session.on_workers(|| ROOT.set(root.to_owned()));
    session.check(&Silent).expect("a report")
}

/// Symbols of the findings of a report, in its order.
pub fn symbols(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|f| f.subject.symbol.as_str()).collect()
}
