//! The example services: each row of the reports that they rebuild is found, their fixed twins are quiet, and the
//! whole report of both leaky ones is committed under `examples/expected/` and compared.
//!
//! `UPDATE=1 cargo test -p highwater --test examples` writes the reports anew.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tests run the binary on real files"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn scan(example: &str, format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["scan", example, "--no-cache", "--format", format])
        .current_dir(examples())
        .output()
        .expect("the binary runs");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a report is text")
}

/// One line for each result: kind, rule, level, subject.
fn results(example: &str) -> Vec<String> {
    let sarif: serde_json::Value = serde_json::from_str(&scan(example, "sarif")).expect("SARIF is JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    results
        .iter()
        .map(|r| {
            let name = &r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
            let word = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
            format!("{} {} {} {}", word(&r["kind"]), word(&r["ruleId"]), word(&r["level"]), word(name))
        })
        .collect()
}

fn assert_rows(example: &str, rows: &[(&str, &str)]) {
    let found = results(example);
    for (row, wanted) in rows {
        let told = found.iter().any(|line| {
            wanted.split(' ').all(|word| line.split([' ', '.', '[', ']', '*']).any(|w| w == word))
        });
        assert!(told, "{example}: row {row} ({wanted}) is missing in\n{}", found.join("\n"));
    }
}

fn assert_quiet(example: &str) {
    let loud: Vec<String> = results(example)
        .into_iter()
        .filter(|line| line.starts_with("fail") && !line.contains(" note "))
        .collect();
    assert!(loud.is_empty(), "{example} is mended, and yet:\n{}", loud.join("\n"));
}

fn assert_report(example: &str) {
    let path = examples().join("expected").join(format!("{example}.md"));
    let now = scan(example, "markdown");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, &now).expect("the report");
        return;
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    let line = before.lines().zip(now.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| before.lines().count().min(now.lines().count()));
    assert!(
        before == now,
        "{} differs from line {} on; when that is meant, run `UPDATE=1 cargo test -p highwater --test examples`\n\
         before: {}\nnow:    {}",
        path.display(),
        line + 1,
        before.lines().nth(line).unwrap_or("(end)"),
        now.lines().nth(line).unwrap_or("(end)"),
    );
}

#[test]
fn the_express_service_gives_its_rows() {
    assert_rows(
        "zero-to-one-api",
        &[
            ("F1", "fail unbounded-map error projects"),
            ("F2", "fail unbounded-object error memoryStore"),
            ("F3", "fail nested-collection error facts"),
            ("W1", "pass thread"),
            ("W4", "pass unbounded-map InMemoryProjectRepository"),
        ],
    );
}

#[test]
fn the_worker_gives_its_rows() {
    assert_rows(
        "moodmash",
        &[
            ("F11", "fail unbounded-map warning metrics"),
            ("F12 and F13", "fail sweep-never-called warning cache"),
        ],
    );
}

#[test]
fn the_mended_twins_are_quiet() {
    assert_quiet("zero-to-one-api-fixed");
    assert_quiet("moodmash-fixed");
}

#[test]
fn the_reports_are_as_committed() {
    assert_report("zero-to-one-api");
    assert_report("moodmash");
}
