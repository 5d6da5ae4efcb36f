//! `highwater heap` from outside: every question in every form, mistakes, files it writes. The heap is a small one made
//! here; that figures are right is tested where they are computed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tests run the binary on real files"
)]

mod support;

use highwater_testkit::Snapshot;
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};
use support::{run, stderr, stdout};
use tempfile::TempDir;

/// A folder with a heap in it that has a constructor with a hostile name.
fn heap() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let mut snapshot = Snapshot::sample();
    let hostile = snapshot.node("object", "\u{1b}[31mRed\u{202e}</script><b>`", 900_000);
    snapshot.edge(1, "element", 99, hostile);
    fs::write(folder.path().join("api.heapsnapshot"), snapshot.text()).expect("a file");
    folder
}

/// Every question about one file.
const QUESTIONS: [&[&str]; 7] = [
    &["summary"],
    &["dominators"],
    &["leaks"],
    &["strings"],
    &["find", "class:Session* or size>100kb"],
    &["object", "@9"],
    &["retainers", "Session"],
];

fn asked<'a>(question: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["heap", question[0], "api.heapsnapshot"];
    arguments.extend_from_slice(&question[1..]);
    arguments.extend_from_slice(more);
    arguments
}

#[test]
fn every_question_is_answered_in_every_form() {
    let folder = heap();
    for question in QUESTIONS {
        for format in ["terminal", "markdown", "json", "html"] {
            let output = run(folder.path(), &asked(question, &["--format", format]));
            assert!(matches!(output.status.code(), Some(0 | 1)), "{question:?}: {}", stderr(&output));
            let text = stdout(&output);
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{question:?} {format}: {text}");
            match format {
                "json" => {
                    let value: Value = serde_json::from_str(&text).expect("JSON");
                    assert_eq!(value["command"], format!("heap {}", question[0]));
                    assert_eq!(value["schema_version"], 1);
                }
                "html" => assert!(text.matches("</script>").count() == 1 && !text.contains("<b>"), "{text}"),
                _ => assert!(text.contains("api.heapsnapshot"), "{text}"),
            }
        }
    }
}

#[test]
fn answers_do_not_depend_on_threads() {
    let folder = heap();
    for question in QUESTIONS {
        let one = run(folder.path(), &asked(question, &["-f", "json", "--threads", "1"]));
        let four = run(folder.path(), &asked(question, &["-f", "json", "--threads", "4"]));
        assert_eq!(stdout(&one), stdout(&four), "{question:?}");
    }
}

#[test]
fn a_question_finds_what_it_asks_for() {
    let folder = heap();
    let found = |question: &str| {
        let output = run(folder.path(), &["heap", "find", "api.heapsnapshot", question, "-f", "json"]);
        let value: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        value["figures"]["found"].as_u64().expect("a count")
    };
    assert_eq!(found("class:Session"), 2);
    assert_eq!(found("class:Session (not detached)"), 1);
    assert_eq!(found("kind:closure or class:Map"), 2);
    assert_eq!(found("size>800kb kind:object"), 1);
    assert_eq!(found("class:NoSuchClass"), 0);
}

#[test]
fn nodes_are_listed_one_a_line() {
    let folder = heap();
    let tsv = stdout(&run(folder.path(), &["heap", "nodes", "api.heapsnapshot"]));
    let rows: Vec<&str> = tsv.lines().collect();
    assert!(rows.iter().all(|row| row.matches('\t').count() == rows[0].matches('\t').count()), "{tsv}");
    let lines = stdout(&run(folder.path(), &["heap", "nodes", "api.heapsnapshot", "--format", "ndjson"]));
    assert_eq!(lines.lines().count() + 1, rows.len());
    for line in lines.lines() {
        let node: Value = serde_json::from_str(line).expect("JSON");
        assert!(node["id"].is_u64() && node["retained_bytes"].is_u64(), "{line}");
    }
}

#[test]
fn mistakes_exit_with_2_and_say_what_to_do() {
    let folder = heap();
    fs::write(folder.path().join("cut.heapsnapshot"), &Snapshot::sample().text()[..400]).expect("a file");
    fs::write(folder.path().join("other.json"), "{\"name\":\"shop\"}").expect("a file");
    let cases: &[(&[&str], &str)] = &[
        (&["summary", "nowhere.heapsnapshot"], "cannot read `nowhere.heapsnapshot`"),
        (&["summary", "."], "cannot read `.`"),
        (&["summary", "other.json"], "`other.json`"),
        (&["summary", "cut.heapsnapshot"], "`cut.heapsnapshot`"),
        (&["summary", "api.heapsnapshot", "--format", "jsn"], "did you mean `json`?"),
        (&["summary", "api.heapsnapshot", "--limit", "0"], "0"),
        (&["find", "api.heapsnapshot", "clas:Map"], "did you mean `class`?"),
        (&["find", "nowhere", "size>big"], "column 6"),
        (&["object", "api.heapsnapshot", "Map"], "`Map` is not the number of an object"),
        (&["object", "api.heapsnapshot", "@987654321"], "no object @987654321"),
        (&["retainers", "api.heapsnapshot", "NoSuchClass"], "NoSuchClass"),
        (&["summary", "api.heapsnapshot", "--output", "no/such/file"], "cannot write `no/such/file`"),
    ];
    for (question, words) in cases {
        let arguments: Vec<&str> = ["heap"].iter().chain(*question).copied().collect();
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{question:?}: {}", stdout(&output));
        assert!(stderr(&output).contains(words), "{question:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{question:?}");
    }
}

#[test]
fn answers_go_to_a_file_and_snapshots_come_from_standard_input() {
    let folder = heap();
    let output =
        run(folder.path(), &["heap", "summary", "api.heapsnapshot", "-f", "html", "-o", "heap.html"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), String::new()), "{}", stderr(&output));
    let page = fs::read_to_string(folder.path().join("heap.html")).expect("a page");
    assert!(page.contains("class=\"icicle\""));
    let input = fs::File::open(folder.path().join("api.heapsnapshot")).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["heap", "summary", "-", "-f", "json"])
        .stdin(Stdio::from(input))
        .output()
        .expect("the binary runs");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["partial"], false, "{}", stderr(&output));
}

#[test]
fn a_diff_of_snapshots_tells_what_grew() {
    let folder = TempDir::new().expect("a temporary folder");
    for (rung, entries) in [(1, 10), (2, 40), (3, 70)] {
        let mut snapshot = Snapshot::sample();
        for _ in 0..entries {
            let entry = snapshot.node("object", "Request", 400);
            snapshot.edge(3, "property", format!("r{entry}").as_str(), entry);
        }
        fs::write(folder.path().join(format!("{rung}.heapsnapshot")), snapshot.text()).expect("a file");
    }
    let files = ["heap", "diff", "1.heapsnapshot", "2.heapsnapshot", "3.heapsnapshot", "-f", "json"];
    let output = run(folder.path(), &files);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", stderr(&output));
    let value: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(value["command"], "heap diff");
    assert!(stdout(&output).contains("Request"));
}
