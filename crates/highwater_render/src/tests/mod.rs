//! Snapshots of every format, and what must hold for any report. The sample is in `sample`.

mod experiments;
mod schema;
mod sheets;

use highwater_finding::*;
use serde_json::Value;

use crate::{Format, Options, explain, render, rules_table, sample};

fn text(report: &Report, format: Format, options: Options) -> String {
    let mut out = Vec::new();
    render(report, format, &options, &mut out).expect("writing to memory cannot fail");
    String::from_utf8(out).expect("output is UTF-8")
}

fn plain(report: &Report, format: Format) -> String {
    text(report, format, Options::default())
}

#[test]
fn every_format_shows_the_sample() {
    for format in Format::ALL {
        insta::assert_snapshot!(format!("sample_{format}"), plain(&sample::report(), format));
    }
}

#[test]
fn every_format_shows_an_empty_report() {
    for format in Format::ALL {
        insta::assert_snapshot!(format!("empty_{format}"), plain(&sample::empty(), format));
    }
}

#[test]
fn the_terminal_tells_more_when_asked() {
    let options = Options { color: false, width: 80, verbose: true };
    insta::assert_snapshot!("sample_terminal_verbose", text(&sample::report(), Format::Terminal, options));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let color = Options { color: true, ..Options::default() };
    let colored = text(&sample::report(), Format::Terminal, color);
    assert!(colored.contains("\u{1b}["));
    assert_eq!(without_ansi(&colored), plain(&sample::report(), Format::Terminal));
}

fn without_ansi(text: &str) -> String {
    let mut bare = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            bare.push(c);
        }
    }
    bare
}

#[test]
fn a_rule_has_a_page_and_a_line() {
    let cards = sample::report().cards;
    let mut out = Vec::new();
    for card in cards.iter().filter(|card| card.id == "unbounded-map") {
        explain(card, false, &mut out).expect("memory");
        explain(card, true, &mut out).expect("memory");
    }
    rules_table(&cards, false, &mut out).expect("memory");
    rules_table(&[], false, &mut out).expect("memory");
    insta::assert_snapshot!("rules", String::from_utf8_lossy(&out).replace('\u{1b}', "^["));
}

#[test]
fn names_round_trip() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert_eq!("MD".parse(), Ok(Format::Markdown));
    let error = "yaml".parse::<Format>().expect_err("no such format").to_string();
    assert!(error.contains("`yaml`") && error.contains("sarif"), "{error}");
}

const SCHEMA: &str = include_str!("../../schema/report-1.schema.json");

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("output is JSON")
}

#[test]
fn json_follows_its_schema() {
    let schema = json(SCHEMA);
    for report in [sample::report(), sample::empty(), hostile()] {
        let found = schema::violations(&schema, &schema, &json(&plain(&report, Format::Json)), "$");
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn the_schema_check_notices() {
    let schema = json(SCHEMA);
    let mut report = json(&plain(&sample::report(), Format::Json));
    report["findings"][0]["severity"] = "terrible".into();
    report["findings"][0]["confidence"] = 96.into();
    report["extra"] = true.into();
    assert_eq!(schema::violations(&schema, &schema, &report, "$").len(), 3);
}

#[test]
fn sarif_names_what_leaks_and_where() {
    let log = json(&plain(&sample::report(), Format::Sarif));
    let results = log.pointer("/runs/0/results").and_then(Value::as_array).expect("results");
    assert_eq!(results.len(), 6);
    let at = |pointer: &str| log.pointer(&format!("/runs/0/results{pointer}")).cloned().unwrap_or_default();
    assert_eq!(at("/0/kind"), "fail");
    assert_eq!(at("/0/partialFingerprints"), serde_json::json!({ "highwater/v1": "9f86d081884c7d65" }));
    assert_eq!(at("/0/locations/0/physicalLocation/region/startLine"), 26);
    assert_eq!(at("/1/locations/0/logicalLocations/0/name"), "heartbeatInterval");
    assert_eq!(at("/1/locations/0/logicalLocations/0/fullyQualifiedName"), "runModelStream.setInterval");
    assert_eq!(
        at("/1/relatedLocations/2/physicalLocation/region"),
        serde_json::json!({ "startLine": 574, "endLine": 574 })
    );
    let uri = "apps/api/src/services/m%C3%A9triques%20%231.ts";
    assert_eq!(at("/2/locations/0/physicalLocation/artifactLocation/uri"), uri);
    assert_eq!((at("/3/kind"), at("/3/level")), ("pass".into(), "none".into()));
}

const NASTY: &str =
    "</script><img src=x onerror=alert(1)>|`a|b`\"'&\u{1b}[31m\u{0}\r\n::error::x\n# h\n```\n]]>\u{202E}";

/// Text that tries to break out of every format, places that say nothing, figures at their ends.
fn hostile() -> Report {
    let nasty = || NASTY.to_owned();
    let place = Place {
        file: nasty(),
        line: u32::MAX,
        column: u32::MAX,
        end_line: 1,
        end_column: 1,
        excerpt: format!("{NASTY}{}", "\u{1F600}é\t".repeat(20_000)),
    };
    let mut report = sample::report();
    report.project = nasty();
    report.limit = Limit { bytes: u64::MAX, source: nasty() };
    report.packages =
        vec![PackageInfo { name: nasty(), folder: nasty(), platform: Platform::Server, because: nasty() }];
    report.problems =
        vec![Problem { kind: ProblemKind::Other, place: Place::default(), message: nasty() }; 3];
    for finding in &mut report.findings {
        finding.title = nasty();
        finding.impact = nasty();
        finding.subject = Subject { file: nasty(), path: nasty(), symbol: nasty(), within: nasty() };
        finding.place = place.clone();
        finding.related = vec![
            Related { role: Role::Growth, place: place.clone(), note: nasty() },
            Related { role: Role::Note, place: Place::default(), note: String::new() },
        ];
        finding.evidence = vec![Evidence { claim: nasty(), place: Some(Place::default()) }];
        finding.fingerprint = String::new();
        for remedy in &mut finding.remedies {
            remedy.title = nasty();
            remedy.code = nasty();
            remedy.language = nasty();
        }
        if let Some(growth) = &mut finding.growth {
            growth.event = nasty();
            growth.bytes_per_event = u64::MAX;
            growth.events_per_hour = u64::MAX;
        }
    }
    report.assurances.iter_mut().for_each(|assurance| assurance.reason = nasty());
    report
}

#[test]
fn nothing_breaks_out_of_its_format() {
    let report = hostile();
    let html = plain(&report, Format::Html);
    assert!(!html.contains("<img") && html.matches("</script>").count() == 1);
    let github = plain(&report, Format::Github);
    assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), 6, "{github}");
    assert_eq!(github.lines().count(), 7);
    let junit = plain(&report, Format::Junit);
    assert!(!junit.contains("<img") && !junit.contains("]]>") && !has_control(&junit));
    let terminal = plain(&report, Format::Terminal);
    assert!(!has_control(&terminal) && !terminal.contains('\u{202E}'));
    let markdown = without_fences(&plain(&report, Format::Markdown));
    assert!(!markdown.contains("\n# h"));
    let prose: Vec<String> = markdown.lines().map(without_code).collect();
    assert!(!prose.concat().replace("\\<", "").contains("<img"), "{prose:#?}");
    for format in [Format::Json, Format::Sarif, Format::Gitlab] {
        json(&plain(&report, format));
    }
}

/// The Markdown outside of its fenced blocks.
fn without_fences(markdown: &str) -> String {
    let mut fence: Option<String> = None;
    let mut prose = String::new();
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 && !line.trim_start_matches('`').contains('`') => fence = Some(ticks),
            None => prose.push_str(&format!("{line}\n")),
        }
    }
    assert!(fence.is_none(), "a fence stays open");
    prose
}

/// A line of Markdown without its code spans.
fn without_code(line: &str) -> String {
    let mut prose = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let (before, ticks) = rest.split_at(start);
        let run = ticks.len() - ticks.trim_start_matches('`').len();
        let (delimiter, after) = ticks.split_at(run);
        prose.push_str(before);
        let closes = |(index, _): &(usize, &str)| {
            !after[..*index].ends_with('`') && !after[index + run..].starts_with('`')
        };
        rest = match after.match_indices(delimiter).find(closes) {
            Some((end, _)) if !before.ends_with('\\') => &after[end + run..],
            _ => after,
        };
    }
    prose + rest
}

fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

#[test]
fn every_table_row_has_the_cells_of_its_head() {
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let markdown = plain(&hostile(), Format::Markdown);
    let lines: Vec<&str> = markdown.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|')).filter(|table| !table.is_empty());
    for table in tables {
        let head = table.first().map_or(0, |line| cells(line));
        assert!(table.iter().all(|line| cells(line) == head), "{table:#?}");
    }
}

#[test]
fn long_excerpts_stay_short_for_people() {
    let report = hostile();
    assert!(plain(&report, Format::Terminal).len() < 60_000);
    assert!(plain(&report, Format::Markdown).len() < 60_000);
    assert!(plain(&report, Format::Html).len() < 120_000);
    let narrow = Options { width: 0, ..Options::default() };
    assert!(!text(&report, Format::Terminal, narrow).is_empty());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        assert_eq!(plain(&hostile(), format), plain(&hostile(), format));
    }
}
