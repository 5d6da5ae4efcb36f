//! Snapshots of reports of experiments in every format, and what must hold for any experiment. The samples are in
//! `sample_experiment`.

use highwater_finding::*;

use super::{NASTY, hostile, json, plain, schema, text, without_ansi};
use crate::{Format, Options, sample, sample_experiment};

fn samples() -> [(&'static str, Report); 3] {
    [
        ("leak", sample_experiment::leak()),
        ("clean", sample_experiment::clean()),
        ("undecided", sample_experiment::undecided()),
    ]
}

#[test]
fn every_format_shows_the_experiment() {
    for (name, report) in samples() {
        for format in Format::ALL {
            insta::assert_snapshot!(format!("experiment_{name}_{format}"), plain(&report, format));
        }
    }
}

#[test]
fn json_of_an_experiment_follows_its_schema() {
    let schema = json(super::SCHEMA);
    for report in samples().map(|(_, report)| report).into_iter().chain([hostile_experiment()]) {
        let found = schema::violations(&schema, &schema, &json(&plain(&report, Format::Json)), "$");
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn the_verdict_is_there_only_after_an_experiment() {
    for (name, report) in samples() {
        let root = json(&plain(&report, Format::Json));
        assert_eq!((&root["verdict"], &root["experiment"]["verdict"]), (&name.into(), &name.into()));
    }
    let scan = json(&plain(&sample::report(), Format::Json));
    assert!(scan.get("verdict").is_none() && scan.get("experiment").is_none());
}

#[test]
fn what_was_proven_comes_first_and_what_was_refuted_counts_for_nothing() {
    let root = json(&plain(&sample_experiment::leak(), Format::Json));
    let verdicts: Vec<&str> =
        root["findings"].as_array().into_iter().flatten().filter_map(|f| f["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["proven", "observed", "undecided", "suspected", "refuted"]);
    let clean = json(&plain(&sample_experiment::clean(), Format::Json));
    assert_eq!((&clean["summary"]["critical"], &clean["summary"]["risk"]), (&0.into(), &"low".into()));
}

#[test]
fn what_was_refuted_fails_nowhere() {
    let report = sample_experiment::clean();
    let sarif = json(&plain(&report, Format::Sarif));
    let results = sarif.pointer("/runs/0/results").and_then(serde_json::Value::as_array).expect("results");
    assert!(results.iter().all(|result| result["kind"] == "pass" && result["level"] == "none"));
    assert!(!plain(&report, Format::Github).contains("::error"));
    assert_eq!(json(&plain(&report, Format::Gitlab)), serde_json::json!([]));
    let junit = plain(&report, Format::Junit);
    assert!(junit.contains("tests=\"3\" failures=\"0\"") && !junit.contains("<failure"), "{junit}");
}

#[test]
fn a_narrow_terminal_and_colour_change_no_word() {
    for (_, report) in samples() {
        let color = Options { color: true, ..Options::default() };
        assert_eq!(without_ansi(&text(&report, Format::Terminal, color)), plain(&report, Format::Terminal));
    }
    let narrow = Options { color: false, width: 60, verbose: true };
    insta::assert_snapshot!(
        "experiment_leak_terminal_narrow",
        text(&sample_experiment::leak(), Format::Terminal, narrow)
    );
}

/// Figures at their ends and text that tries to break out.
fn hostile_experiment() -> Report {
    let nasty = || NASTY.to_owned();
    let mut report = hostile();
    let mut made = sample_experiment::leak().experiment.expect("the sample has one");
    (made.because, made.command, made.runtime, made.notes) = (nasty(), nasty(), nasty(), vec![nasty(); 2]);
    (made.requests, made.failed, made.took_ms, made.seen_after) =
        (u64::MAX, u64::MAX, u64::MAX, Some(u64::MAX));
    made.tried = vec![Tried { route: nasty(), requests: u64::MAX, failed: u64::MAX }; 20];
    made.rounds = vec![u64::MAX; 20];
    (made.heap_limit_bytes, made.requests_to_limit) = (Some(u64::MAX), Some(u64::MAX));
    made.hours_to_limit = Some(u64::MAX);
    for rate in &mut made.rates {
        (rate.milli, rate.low_milli, rate.high_milli) = (i64::MIN, i64::MIN, i64::MAX);
    }
    for (index, reading) in made.readings.iter_mut().enumerate() {
        let value = if index % 2 == 0 { u64::MAX } else { 0 };
        *reading = Reading {
            at_ms: value,
            requests: value,
            warm_up: index % 3 == 0,
            heap_bytes: value,
            heap_total_bytes: u64::MAX,
            external_bytes: u64::MAX,
            rss_bytes: value,
            handles: value,
            descriptors: value,
            contexts: value,
            threads: value,
        };
    }
    report.experiment = Some(made);
    report
}

#[test]
fn nothing_of_an_experiment_breaks_out_of_its_format() {
    for decision in [Decision::Leak, Decision::Clean, Decision::Undecided] {
        let mut report = hostile_experiment();
        report.experiment.as_mut().expect("it has one").decision = decision;
        let terminal = plain(&report, Format::Terminal);
        assert!(!super::has_control(&terminal) && !terminal.contains('\u{202E}'));
        let html = plain(&report, Format::Html);
        assert!(!html.contains("<img") && html.matches("</script>").count() == 1);
        assert!(!html.contains("NaN") && !html.contains("inf"));
        let markdown = super::without_fences(&plain(&report, Format::Markdown));
        assert!(!markdown.contains("\n# h"));
        let prose: Vec<String> = markdown.lines().map(super::without_code).collect();
        assert!(!prose.concat().replace("\\<", "").contains("<img"), "{prose:#?}");
        let github = plain(&report, Format::Github);
        assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), 7, "{github}");
        for format in [Format::Json, Format::Sarif, Format::Gitlab] {
            json(&plain(&report, format));
        }
    }
}

#[test]
fn an_experiment_that_measured_nothing_is_told_too() {
    for (_, mut report) in samples() {
        let made = report.experiment.as_mut().expect("the samples have one");
        (made.requests, made.failed, made.requests_to_limit) = (0, 0, None);
        (made.tried, made.readings, made.rates) = (Vec::new(), Vec::new(), Vec::new());
        (made.rounds, made.notes) = (Vec::new(), Vec::new());
        report.findings.clear();
        for format in Format::ALL {
            assert!(!plain(&report, format).is_empty());
        }
    }
}
