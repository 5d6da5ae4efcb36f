//! A report of an experiment in Markdown: the verdict, what was measured, what grew, what did not. It must not escape
//! by hand.

use highwater_finding::{Experiment, Finding, Measure, Report};

use super::finding;
use super::table;
use super::text::{cell, code_cell, fenced, inline, opening};
use super::{advice, assumptions, code_base, problems};
use crate::{curve, experiment, plan, words};

/// Columns of a curve.
const CURVE: usize = 64;
/// Columns left of it.
const LABEL: usize = 10;

/// The whole report.
pub(super) fn report(report: &Report, made: &Experiment) -> String {
    let mut out = format!("# Memory leak experiment: {}\n\n", inline(&report.project));
    let verdict = format!("{}: {}", experiment::shout(made.decision), experiment::headline(report, made));
    out.push_str(&format!("**{}.**\n\n", inline(&verdict)));
    if !made.because.is_empty() {
        out.push_str(&format!("{}\n\n", opening(&made.because)));
    }
    list(experiment::to_decide_heading(made.decision), &experiment::to_decide(report, made), &mut out);
    measured(made, &mut out);
    if plan::standing(report).any(|finding| finding.growth.is_some()) {
        assumptions(report, &mut out);
    }
    findings(report, &mut out);
    list("Notes", &made.notes, &mut out);
    if !report.assurances.is_empty() {
        advice::handled_well(report, &mut out);
    }
    if plan::standing(report).next().is_some() {
        advice::action_plan(report, &mut out);
    }
    if !report.test_plan.is_empty() {
        advice::test_plan(report, &mut out);
    }
    if !report.monitoring.is_empty() {
        advice::monitoring(report, &mut out);
    }
    advice::platform(report, &mut out);
    if report.code.files > 0 {
        code_base(report, &mut out);
    }
    problems(report, &mut out);
    out.push_str(&format!("Highwater {}\n", inline(&report.tool_version)));
    out
}

/// Sentences under a heading; nothing without any.
fn list(heading: &str, items: &[String], out: &mut String) {
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("## {heading}\n\n"));
    for item in items {
        out.push_str(&format!("- {}\n", opening(item)));
    }
    out.push('\n');
}

fn measured(made: &Experiment, out: &mut String) {
    out.push_str("## What was measured\n\n");
    let facts = experiment::facts(made);
    let facts = facts.into_iter().map(|(label, text)| vec![words::capital(label), cell(&text)]);
    table(out, &["What", "Value"], facts);
    for measure in experiment::pictured(made) {
        curve(made, measure, out);
    }
    if !made.rates.is_empty() {
        let rows = made.rates.iter().map(|rate| {
            vec![
                words::capital(rate.measure.words()),
                experiment::amount(rate.milli, rate.measure),
                experiment::interval(rate),
                experiment::says(rate, made.decision).to_owned(),
            ]
        });
        table(out, &["Measure", "Per request", "95 % interval", "Grows"], rows);
    }
    readings(made, out);
    if !made.tried.is_empty() {
        let rows = made.tried.iter().map(|tried| {
            let (sent, failed) = (words::thousands(tried.requests), words::thousands(tried.failed));
            vec![code_cell(&tried.route), sent, failed]
        });
        table(out, &["Route", "Requests", "Failed"], rows);
    }
}

fn curve(made: &Experiment, measure: Measure, out: &mut String) {
    let Some(curve) = curve::curve(made, measure, CURVE) else { return };
    out.push_str(&format!("### {}\n\n", words::capital(measure.words())));
    out.push_str(&fenced("text", &curve.text(LABEL)));
    out.push('\n');
}

fn readings(made: &Experiment, out: &mut String) {
    if made.readings.is_empty() {
        return;
    }
    out.push_str("### Readings\n\nEach after quiet and a forced collection.\n\n");
    let measures = experiment::read(made);
    let mut head = vec!["Requests so far".to_owned(), String::new()];
    head.extend(measures.iter().map(|measure| words::capital(measure.words())));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let rows = made.readings.iter().map(|reading| {
        let warm = if reading.warm_up { "warm-up" } else { "" };
        let mut row = vec![words::thousands(reading.requests), warm.to_owned()];
        row.extend(measures.iter().map(|measure| experiment::exact(reading.of(*measure), *measure)));
        row
    });
    table(out, &head, rows);
}

fn findings(report: &Report, out: &mut String) {
    out.push_str("## Findings\n\n");
    let standing = || plan::numbered(report).filter(|entry| plan::stands(entry.finding));
    if standing().next().is_none() {
        out.push_str("None.\n\n");
    } else {
        let rows = standing().map(|entry| {
            let found = entry.finding;
            vec![
                format!("[{0}](#finding-{0})", entry.number),
                found.verdict.word().to_owned(),
                code_cell(experiment::name(found)),
                code_cell(&words::place(&found.place)),
                cell(&experiment::in_short(found)),
            ]
        });
        table(out, &["#", "Verdict", "What", "Where", "In short"], rows);
    }
    for entry in standing() {
        finding::section(&report.cards, &entry, out);
    }
    refuted(&plan::refuted(report), out);
}

fn refuted(findings: &[&Finding], out: &mut String) {
    if findings.is_empty() {
        return;
    }
    out.push_str("## What the load exercised and did not grow\n\n");
    let rows = findings.iter().map(|found| {
        vec![
            code_cell(experiment::name(found)),
            code_cell(&words::place(&found.place)),
            code_cell(found.kind),
            cell(&experiment::in_short(found)),
        ]
    });
    table(out, &["What", "Where", "Rule", "What was seen"], rows);
}
