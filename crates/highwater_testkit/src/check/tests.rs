//! The harness itself under test, with a judge that reads its verdicts from the code.

use highwater_finding::{Assurance, Confidence, Finding, HeldBy, Place, Severity, Subject, Verdict};

use super::*;

/// Reports what words in the code ask for: `LEAKS(x)` critical, `ADVICE(x)` low, `HELD(x)` an assurance.
fn toy(files: &[CaseFile]) -> Outcome {
    let mut outcome = Outcome::default();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let place = Place { file: file.path.clone(), line: index as u32 + 1, ..Place::default() };
            let named = |word: &str| {
                let (_, rest) = line.split_once(word)?;
                let symbol = rest.split(')').next()?.to_string();
                Some(Subject { file: file.path.clone(), symbol, ..Subject::default() })
            };
            if let Some(subject) = named("LEAKS(") {
                outcome.findings.push(finding(subject, place.clone(), Severity::Critical));
            }
            if let Some(subject) = named("ADVICE(") {
                outcome.findings.push(finding(subject, place.clone(), Severity::Low));
            }
            if let Some(subject) = named("HELD(") {
                let reason = "40 at most".to_string();
                let held_by = HeldBy::SizeLimit;
                let kind = "unbounded-map";
                outcome.assurances.push(Assurance {
                    kind,
                    subject,
                    place,
                    held_by,
                    reason,
                    evidence: vec![],
                });
            }
        }
    }
    outcome
}

fn finding(subject: Subject, place: Place, severity: Severity) -> Finding {
    Finding {
        kind: "unbounded-map",
        title: String::new(),
        impact: String::new(),
        subject,
        place,
        related: vec![],
        severity,
        confidence: Confidence::percent(90),
        verdict: Verdict::Suspected,
        evidence: vec![],
        growth: None,
        remedies: vec![],
        fingerprint: String::new(),
    }
}

/// A case file of one TypeScript file.
fn one(code: &str) -> String {
    format!("# Maps\n\n```ts file=src/a.ts\n{code}\n```\n")
}

fn failure(markdown: &str) -> String {
    check(markdown, "a.md", &toy).unwrap_err()
}

#[test]
fn marks_that_hold_are_counted() {
    let code = "// leak: unbounded-map a\nLEAKS(a)\nLEAKS(#b) // leak: unbounded-map b\n// held: unbounded-map c\nHELD(c)";
    let more = "\n## Second\n\n```ts file=src/b.ts\n// clean\nADVICE(x)\n```\n```ts file=src/c.ts\n// leak: unbounded-map\nLEAKS(y)\n```\n";
    let counts = check(&(one(code) + more), "a.md", &toy).unwrap();
    assert_eq!(counts, Counts { cases: 2, leaks: 3, held: 1, clean: 1, gaps: vec![] });
}

#[test]
fn every_file_of_a_case_reaches_the_judge_with_its_text() {
    let markdown = "# T\n\n```toml file=highwater.toml\nplatform = \"server\"\n```\n\n```ts file=a.ts\n// clean\nx\n```\n";
    let seen = std::cell::RefCell::new(vec![]);
    let run = |files: &[CaseFile]| {
        seen.borrow_mut().extend(files.to_vec());
        Outcome::default()
    };
    check(markdown, "a.md", &run).unwrap();
    let file = |path: &str, text: &str| CaseFile { path: path.into(), text: text.into() };
    assert_eq!(
        *seen.borrow(),
        [file("highwater.toml", "platform = \"server\"\n"), file("a.ts", "// clean\nx\n")]
    );
}

#[test]
fn a_missing_leak_says_where_and_what_came_instead() {
    let text = failure(&one("// leak: unbounded-map a\nconst a = 1\nLEAKS(b)\nHELD(c)"));
    let wanted = "a.md: 1 of 1 expectations failed

case \"Maps\"
  a.md:5 (src/a.ts:2)
    expected  leak: unbounded-map a
    for line  const a = 1
    but found leak: unbounded-map b at src/a.ts:3 (critical, 90 %)
    but found held: unbounded-map c at src/a.ts:4 (size-limit: 40 at most)
";
    assert_eq!(text, wanted);
}

#[test]
fn silence_and_other_files_are_told() {
    assert!(failure(&one("// leak: unbounded-map a\nx")).contains("but nothing was reported at all"));
    let other = one("// leak: unbounded-map a\nx") + "```ts file=src/b.ts\nLEAKS(a)\n```\n";
    assert!(failure(&other).contains("    elsewhere leak: unbounded-map a at src/b.ts:1"));
}

#[test]
fn line_rule_and_symbol_all_count() {
    for code in [
        "// leak: unbounded-map a\nx\nLEAKS(a)",
        "// leak: unbounded-map a\nLEAKS(b)",
        "// leak: timer-never-cleared a\nLEAKS(a)",
        "// held: unbounded-map a\nHELD(b)",
        "// held: unbounded-map a\nHELD(a)\nLEAKS(a)",
        "// clean\nLEAKS(a)",
    ] {
        assert!(check(&one(code), "a.md", &toy).is_err(), "{code}");
    }
}

#[test]
fn known_gaps_are_counted_until_they_pass() {
    let counts = check(&one("// todo leak: unbounded-map a -- alias\nx\n// clean"), "a.md", &toy).unwrap();
    assert_eq!(counts.gaps, ["a.md:5 leak: unbounded-map a"]);
    assert!(counts.to_string().ends_with("1 known gaps\n  known gap a.md:5 leak: unbounded-map a"));
    let text = failure(&one("// todo leak: unbounded-map a\nLEAKS(a)"));
    assert!(text.contains("known gap passes now: drop the word `todo`"), "{text}");
    assert!(failure(&one("// todo clean\nx")).contains("known gap passes now"));
}

#[test]
fn badly_written_cases_are_refused() {
    for (markdown, words) in [
        ("# T\n", "no block names a file"),
        ("```ts file=a.ts\n// clean\n```\n", "`# title` must come first"),
        ("## T\n", "one `# title`, first"),
        ("# T\n# U\n", "one `# title`, first"),
        ("# T\n```ts file=a.ts\nx\n```\n", "expects nothing"),
        ("# T\n```ts\n// clean\n```\n", "no `file=`"),
        ("# T\n```ts file=a.ts\n// clean\n```\n```ts file=a.ts\nx\n```\n", "twice"),
        ("# T\n```ts file=a.ts\n// leak: A\nx\n```\n", "block on line 2: line 1: `A` is no rule id"),
    ] {
        let text = failure(markdown);
        assert!(text.starts_with("a.md: ") && text.contains(words), "{markdown}: {text}");
    }
}

#[test]
fn a_page_runs_its_example_leaky_then_fixed() {
    let page = "# Maps\n\n## What leaks\n\n```ts\n// leak: ignored-here x\ny\n```\n\n## Example\n\n\
        ```json file=package.json\n{}\n```\n\n```ts\n// leak: unbounded-map a\nLEAKS(a)\n```\n\n\
        ```ts\n// held: unbounded-map a\nHELD(a)\n```\n\n```sh\nnpm start\n```\n\n## How to fix it\n";
    let files = std::cell::RefCell::new(vec![]);
    let run = |case: &[CaseFile]| {
        files.borrow_mut().push(case.iter().map(|f| f.path.clone()).collect::<Vec<_>>());
        toy(case)
    };
    let counts = check_page(page, "doc.md", &run).unwrap();
    assert_eq!(counts, Counts { cases: 2, leaks: 1, held: 1, ..Counts::default() });
    assert_eq!(*files.borrow(), [["package.json", "src/example.ts"], ["package.json", "src/example.ts"]]);
}

#[test]
fn a_page_must_show_both_sides() {
    let leaky = "## Example\n\n```ts\n// leak: unbounded-map a\nLEAKS(a)\n```\n";
    assert!(check_page(leaky, "doc.md", &toy).unwrap_err().contains("a form that does not leak"));
    assert!(check_page("# T\n", "doc.md", &toy).unwrap_err().contains("no `## Example`"));
    let wrong = leaky.replace("LEAKS", "x") + "\n```ts\n// clean\nx\n```\n";
    assert!(check_page(&wrong, "doc.md", &toy).unwrap_err().contains("doc.md:5 (src/example.ts:2)"));
}
