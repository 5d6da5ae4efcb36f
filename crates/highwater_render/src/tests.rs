//! Snapshots of every format, and what must hold for any report. The sample is in `sample`.

use highwater_finding::*;

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
