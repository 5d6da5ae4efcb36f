//! The binary from outside: exit codes, help, messages, files it writes. Nothing here depends on what the rules
//! of the day find.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tests run the binary on real files"
)]

mod support;

use std::fs;
use std::process::{Command, Stdio};
use support::{run, stderr, stdout};
use tempfile::TempDir;

/// A service without anything to find.
fn service() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("package.json"), r#"{"name":"shop"}"#).expect("a file");
    fs::write(folder.path().join("index.ts"), "export const answer = 42;\n").expect("a file");
    folder
}

#[test]
fn help_lists_every_command_and_the_exit_codes() {
    let output = run(".".as_ref(), &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    for word in ["scan", "explain", "rules", "completions", "config", "2 could not run"] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    let help = stdout(&run(".".as_ref(), &["scan", "--help"]));
    for option in [
        "--format",
        "--output",
        "--no-cache",
        "--verbose",
        "--baseline",
        "--write-baseline",
        "--since",
        "--config",
        "--platform",
        "--fail-on",
        "--min-confidence",
        "--threads",
        "--watch",
        "--quiet",
        "--no-progress",
        "--color",
    ] {
        assert!(help.contains(option), "{option} is missing in\n{help}");
    }
}

#[test]
fn a_clean_service_exits_with_0_in_every_format() {
    let folder = service();
    for format in ["terminal", "markdown", "html", "json", "sarif", "github", "gitlab", "junit"] {
        let output = run(folder.path(), &["scan", ".", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{format}");
    }
}

#[test]
fn a_second_run_says_the_same_from_what_the_first_has_kept() {
    let folder = service();
    let leak = "const seen = new Map();\nrequire('express')().get('/', (q) => seen.set(q.url, 1));\n";
    fs::write(folder.path().join("leak.js"), leak).expect("a file");
    fs::write(folder.path().join("highwater.toml"), "[cache]\nfolder = \".kept\"\n").expect("a file");
    let all = ["scan", ".", "--format", "json", "--platform", "server"];
    let plain = run(folder.path(), &[&all[..], &["--no-cache"]].concat());
    assert!(!folder.path().join(".kept").exists(), "--no-cache keeps nothing");
    assert_eq!(plain.status.code(), Some(1), "{}", stdout(&plain));
    for run in [run(folder.path(), &all), run(folder.path(), &all)] {
        assert_eq!((run.status.code(), stdout(&run)), (Some(1), stdout(&plain)), "{}", stderr(&run));
    }
    assert!(folder.path().join(".kept").exists());
    let off = run(folder.path(), &[&all[..], &["--fail-on", "off"]].concat());
    assert_eq!((off.status.code(), stdout(&off)), (Some(0), stdout(&plain)));
}

#[test]
fn what_cannot_run_exits_with_2_and_says_why() {
    let folder = service();
    let cases: &[(&[&str], &str)] = &[
        (&["scan", "nowhere"], "there is no folder at `nowhere`"),
        (&["scan", "index.ts"], "`index.ts` is not a folder"),
        (&["scan", ".", "--format", "sarf"], "did you mean `sarif`?"),
        (&["scan", ".", "--platform", "servr"], "did you mean `server`?"),
        (&["scan", ".", "--fail-on", "hgih"], "there is no severity `hgih`"),
        (&["scan", ".", "--baseline", "none.json"], "cannot read `none.json`"),
        (&["scan", ".", "--config", "none.toml"], "cannot read `none.toml`"),
        (&["scan", ".", "--since", "HEAD"], "git could not say what changed"),
        (&["scan", ".", "--output", "no/such/report.html"], "cannot write `no/such/report.html`"),
        (&["scan", ".", "--min-confidence", "101"], "101"),
        (&["scan"], "<PATH>"),
        (&["explain", "no-such-rule-anywhere"], "there is no rule `no-such-rule-anywhere`"),
        (&["config"], "--schema"),
        (&["frobnicate"], "frobnicate"),
    ];
    for (arguments, words) in cases {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_mistake_in_the_configuration_is_placed() {
    let folder = service();
    fs::write(folder.path().join("highwater.toml"), "platfrom = \"server\"\n").expect("a file");
    let output = run(folder.path(), &["scan", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output)
            .contains("highwater.toml:1:1: unknown key `platfrom`\n  help: did you mean `platform`?")
    );
}

#[test]
fn every_rule_explains_itself_and_a_misspelt_one_is_suggested() {
    for card in highwater_engine::cards() {
        let output = run(".".as_ref(), &["explain", card.id]);
        assert_eq!(output.status.code(), Some(0), "{}", card.id);
        let misspelt = format!("{}x", card.id);
        let told = stderr(&run(".".as_ref(), &["explain", &misspelt]));
        assert!(told.contains("did you mean `"), "{told}");
    }
    assert_eq!(run(".".as_ref(), &["rules"]).status.code(), Some(0));
}

#[test]
fn output_goes_to_a_file_whole_and_leaves_nothing_beside_it() {
    let folder = service();
    fs::write(folder.path().join("report.sarif"), "old").expect("a file");
    let output = run(folder.path(), &["scan", ".", "--format", "sarif", "--output", "report.sarif"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("wrote report.sarif: 0 critical"));
    let text = fs::read(folder.path().join("report.sarif")).expect("a report");
    let sarif: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["index.ts", "package.json", "report.sarif"]);
    let quiet =
        run(folder.path(), &["scan", ".", "--quiet", "--format", "sarif", "--output", "report.sarif"]);
    assert_eq!((stdout(&quiet), stderr(&quiet)), (String::new(), String::new()));
}

#[test]
fn output_to_a_link_or_a_pipe_does_not_replace_it() {
    let folder = service();
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink("real.json", &link).expect("a link");
    fs::write(folder.path().join("real.json"), "old").expect("a file");
    let output = run(folder.path(), &["scan", ".", "--format", "json", "--output", "link.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(link.symlink_metadata().expect("a link").is_symlink());
    assert!(fs::read_to_string(folder.path().join("real.json")).expect("a report").starts_with('{'));
    let output = run(folder.path(), &["scan", ".", "--format", "json", "--output", "/dev/null"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn the_report_does_not_depend_on_threads_or_on_the_folder_it_runs_in() {
    let folder = service();
    let root = folder.path().to_str().expect("a path");
    let one = run(folder.path(), &["scan", ".", "--format", "json", "--threads", "1"]);
    let eight = run("/".as_ref(), &["scan", root, "--format", "json", "--threads", "8"]);
    assert_eq!(stdout(&one), stdout(&eight));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = service();
    let mut child = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["scan", ".", "--format", "html"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn completions_and_configuration_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&run(".".as_ref(), &["completions", shell])).contains("highwater"), "{shell}");
    }
    let schema = stdout(&run(".".as_ref(), &["config", "--schema"]));
    serde_json::from_str::<serde_json::Value>(&schema).expect("JSON");
    let folder = service();
    assert_eq!(run(folder.path(), &["config", "--init"]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["scan", "."]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["config", "--init"]).status.code(), Some(2), "never overwritten");
}

#[test]
fn a_baseline_is_written_and_read() {
    let folder = service();
    let written = run(folder.path(), &["scan", ".", "--write-baseline", "known.json", "--quiet"]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    let text = fs::read_to_string(folder.path().join("known.json")).expect("a baseline");
    assert!(text.contains("highwater-baseline/1"));
    assert_eq!(run(folder.path(), &["scan", ".", "--baseline", "known.json"]).status.code(), Some(0));
}

#[test]
fn watching_runs_again_after_a_change_and_survives_a_mistake() {
    let folder = service();
    let mut child = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["scan", ".", "--watch", "--format", "json", "--output", "report.json", "--quiet"])
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let files = |expected: u64| {
        (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            let text = fs::read(folder.path().join("report.json")).unwrap_or_default();
            let report: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            report["code"]["files"] == expected
        })
    };
    let first = files(1);
    fs::write(folder.path().join("highwater.toml"), "nonsense").expect("a file");
    std::thread::sleep(std::time::Duration::from_millis(800));
    fs::remove_file(folder.path().join("highwater.toml")).expect("removed");
    fs::write(folder.path().join("other.ts"), "export {};\n").expect("a file");
    let second = files(2);
    let alive = child.try_wait().expect("a state").is_none();
    child.kill().expect("an end");
    child.wait().expect("an end");
    assert!(first && second && alive, "{first} {second} {alive}");
}
