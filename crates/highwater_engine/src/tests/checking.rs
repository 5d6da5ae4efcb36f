//! From findings to a report: order, fingerprints, suppressions, baseline, `--since`, excerpts.

use super::*;
use crate::{Error, baseline, fingerprint, since, suppress};
use highwater_program::{FileFacts, FileRole, Suppression, read_file};
use std::process::Command;

#[test]
fn a_report_is_complete_and_in_order() {
    let folder = folder(&[
        ("package.json", r#"{"name":"shop"}"#),
        ("src/b.ts", "const b = new Map()\nconst a = new Map()\n"),
        ("src/a.ts", "\nconst c = new Map()\n"),
        ("src/a.test.ts", ""),
    ]);
    let report = check(folder.path(), Options::default());
    assert_eq!(symbols(&report), ["c", "b", "a"]);
    assert_eq!(report.findings[0].place.excerpt, "const c = new Map()");
    assert_eq!(report.project, "shop");
    assert_eq!(report.tool_version, env!("CARGO_PKG_VERSION"));
    assert_eq!((report.code.files, report.code.not_judged, report.code.bytes), (2, 1, 61));
    assert_eq!(report.profile.name, "default");
    assert_eq!((report.hidden, report.cards.len()), (0, 1));
}

#[test]
fn severe_and_sure_findings_come_first() {
    let mut findings =
        vec![finding("a.ts", 1, "low"), finding("a.ts", 2, "unsure"), finding("a.ts", 3, "sure")];
    findings[0].severity = Severity::Low;
    findings[1].confidence = Confidence::percent(40);
    crate::assemble::sort_findings(&mut findings);
    let order: Vec<_> = findings.iter().map(|f| f.subject.symbol.as_str()).collect();
    assert_eq!(order, ["sure", "unsure", "low"]);
}

#[test]
fn the_same_report_for_any_number_of_threads() {
    let files: Vec<(String, String)> =
        (0..200).map(|n| (format!("src/f{n}.ts"), format!("export const a{n} = new Map();\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let folder = folder(&files);
    let report = |threads| {
        let options = Options { threads, ..Options::default() };
        Session::open(folder.path(), options).and_then(|s| s.check(&Silent)).expect("a report")
    };
    let one = report(1);
    assert_eq!(one.code.files, 200);
    assert_eq!(one, report(2));
    assert_eq!(one, report(8));
}

#[test]
fn fingerprints_outlive_line_moves() {
    let prints = |lines: [u32; 3]| {
        let mut findings = vec![
            finding("a.ts", lines[0], "x"),
            finding("a.ts", lines[1], "x"),
            finding("a.ts", lines[2], "y"),
        ];
        fingerprint::set_all(&mut findings);
        findings.into_iter().map(|f| f.fingerprint).collect::<Vec<_>>()
    };
    let before = prints([1, 5, 9]);
    assert_eq!(before, prints([101, 205, 309]));
    assert!(before.iter().all(|f| f.len() == 16 && f.chars().all(|c| c.is_ascii_hexdigit())));
    assert_ne!(before[0], before[1], "equal subjects are numbered");
    assert_ne!(before[0], before[2]);
    assert_eq!(before[0], prints([5, 1, 9])[1], "numbered by place, not by the order of the rules");
}

fn suppressing(role: FileRole, rules: &[&str], reason: &str, applies_to: u32) -> suppress::Suppressed {
    let mut file: FileFacts = read_file("a.ts", "", role);
    file.suppressions = vec![Suppression {
        line: 1,
        applies_to,
        rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        reason: reason.into(),
    }];
    let mut grows = finding("b.ts", 7, "y");
    grows.related =
        vec![Related { role: Role::Growth, place: finding("a.ts", 9, "").place, note: String::new() }];
    suppress::apply(&[file], &[finding("a.ts", 2, "x"), grows], &["unbounded-map"])
}

#[test]
fn suppressions_hide_what_they_name() {
    assert_eq!(suppressing(FileRole::Source, &["unbounded-map"], "ten keys", 2).hidden, [true, false]);
    assert_eq!(suppressing(FileRole::Source, &["unbounded-map"], "ten keys", 9).hidden, [false, true]);
}

#[test]
fn wrong_suppressions_are_told_and_hide_nothing() {
    let told = |rules: &[&str], reason, line| {
        let suppressed = suppressing(FileRole::Source, rules, reason, line);
        assert_eq!(suppressed.hidden, [false, false]);
        assert_eq!(suppressed.problems.len(), 1);
        assert_eq!(
            (suppressed.problems[0].kind, suppressed.problems[0].place.line),
            (ProblemKind::Suppression, 1)
        );
        suppressed.problems[0].message.clone()
    };
    assert!(told(&["unbounded-map"], " ", 2).starts_with("gives no reason"));
    assert!(told(&[], "because", 2).starts_with("names no rule"));
    assert!(told(&["unbounded-mop"], "because", 2).contains("did you mean `unbounded-map`?"));
    assert!(told(&["unbounded-map"], "because", 3).starts_with("hides nothing: there is no `unbounded-map`"));
    assert!(suppressing(FileRole::Test, &[], "", 2).problems.is_empty(), "tests are not judged");
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let folder = folder(&[("x.ts", "const a = new Map()\n")]);
    let file = folder.path().join("baseline.json");
    let report = check(folder.path(), Options { write_baseline: Some(file.clone()), ..Options::default() });
    assert_eq!(symbols(&report), ["a"]);
    let known = baseline::read(&file).expect("a baseline");
    assert!(known.contains(&report.findings[0].fingerprint));
    write(folder.path(), "x.ts", "\n\n// moved\nconst a = new Map()\nconst b = new Map()\n");
    let report = check(folder.path(), Options { baseline: Some(file.clone()), ..Options::default() });
    assert_eq!((symbols(&report), report.hidden), (vec!["b"], 1));
}

#[test]
fn a_file_that_is_no_baseline_is_told() {
    let folder = folder(&[("a.json", "{}"), ("b.json", r#"{"schema":"other/9","findings":[]}"#)]);
    let said = |name: &str| baseline::read(&folder.path().join(name)).expect_err("no baseline").to_string();
    assert!(said("a.json").contains("is not a Highwater baseline"));
    assert!(said("b.json").contains("its schema is `other/9`"));
    assert!(said("none.json").contains("--write-baseline"));
}

#[test]
fn severities_and_confidence_decide_what_is_shown() {
    let folder = folder(&[("x.ts", "const a = new Map()\n")]);
    write(folder.path(), "highwater.toml", "[severity]\nunbounded-map = \"critical\"\n");
    assert_eq!(check(folder.path(), Options::default()).findings[0].severity, Severity::Critical);
    assert_eq!(check(folder.path(), Options { min_confidence: 81, ..Options::default() }).findings, []);
    write(folder.path(), "highwater.toml", "[severity]\nunbounded-map = \"off\"\n");
    let report = check(folder.path(), Options::default());
    assert_eq!((report.findings.len(), report.hidden), (0, 0));
}

fn git(root: &Path, arguments: &[&str]) {
    let name = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").arg("-C").arg(root).args(name).args(arguments).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn since_shows_only_what_the_change_touches() {
    let old = "const a = new Map()\nlet x\nlet y\nconst b = new Map()\n";
    let folder = folder(&[("api/x.ts", old), ("api/same.ts", "const c = new Map()\n"), ("web/x.ts", old)]);
    let root = folder.path();
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
    write(root, "api/x.ts", "const a = new Map()\nlet x\nlet y\nconst b = new Map(null)\n");
    write(root, "api/new file.ts", "const d = new Map()\n");
    write(root, "web/x.ts", "const changed = new Map()\n");
    let since = |root: &Path| {
        let report = check(root, Options { since: Some("HEAD".into()), ..Options::default() });
        (symbols(&report).into_iter().map(str::to_owned).collect::<Vec<_>>(), report.hidden)
    };
    assert_eq!(since(&root.join("api")), (vec!["d".into(), "b".into()], 2));
    write(root, "api/x.ts", "const a = new Map()\nconst b = new Map()\n");
    assert_eq!(since(&root.join("api")).0, ["d", "a", "b"], "where lines went away, the whole file counts");
}

#[test]
fn since_needs_a_revision_of_a_repository() {
    let folder = folder(&[("x.ts", "")]);
    let said = |rev: &str| match since::changes(folder.path(), rev) {
        Err(Error::Git { message, .. }) => message,
        other => panic!("{other:?}"),
    };
    assert!(said("HEAD").contains("not a git repository"), "{}", said("HEAD"));
    assert_eq!(said("--output=/tmp/x"), "it is not a revision");
    git(folder.path(), &["init", "-q"]);
    assert_eq!(said("nope"), "there is no such revision");
}

#[test]
fn a_rule_that_breaks_is_our_mistake() {
    fn judge(_: &Program, _: &Settings) -> Judgement {
        panic!("index out of bounds")
    }
    let folder = folder(&[("x.ts", "")]);
    let rules = Rulebook { cards: vec![], judge };
    let session = Session::open_with(folder.path(), Options::default(), rules).expect("a session");
    let error = session.check(&Silent).expect_err("a break").to_string();
    assert!(error.contains("judging the program: index out of bounds"), "{error}");
}

#[test]
fn a_broken_rule_leaves_the_others_standing() {
    fn judge(_: &Program, _: &Settings) -> Judgement {
        Judgement {
            findings: vec![finding("x.ts", 1, "kept")],
            broken: vec!["unbounded-map"],
            ..Judgement::default()
        }
    }
    let folder = folder(&[("x.ts", "const kept = 1\n")]);
    let rules = Rulebook { cards: vec![], judge };
    let session = Session::open_with(folder.path(), Options::default(), rules).expect("a session");
    let report = session.check(&Silent).expect("a report");
    assert_eq!(symbols(&report), ["kept"]);
    assert!(
        report.problems.iter().any(|p| p.message.contains("`unbounded-map` broke down")),
        "{:?}",
        report.problems
    );
}

#[test]
fn a_stamp_changes_with_the_files() {
    let folder = folder(&[("x.ts", "")]);
    let session = Session::open(folder.path(), Options::default()).expect("a session");
    let before = session.stamp();
    assert_eq!(before, session.stamp());
    write(folder.path(), "y.ts", "");
    assert_ne!(before, session.stamp());
}

#[test]
fn a_path_that_is_no_folder_is_told() {
    let folder = folder(&[("x.ts", "")]);
    let said = |path: &str| match Session::open(&folder.path().join(path), Options::default()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("opened"),
    };
    assert!(said("nope").starts_with("there is no folder at"));
    assert!(said("x.ts").contains("is not a folder"));
}
