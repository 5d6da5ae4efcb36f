//! An experiment on a terminal: the verdict in one line, the curve, the rates, how it was done. No single finding.

use anstyle::{AnsiColor, Style};
use highwater_finding::sheet::{Cell, Column, Table, Unit};
use highwater_finding::{Decision, Experiment, Finding, Measure, Report};

use super::paint::{self, CODE, FAINT, GOOD, STRONG};
use super::{Screen, finding, sheet, summary};
use crate::{curve, experiment, plan, words};

/// Columns of the words at the left of the facts.
const LABEL: usize = 10;
/// No curve is wider.
const CURVE_MAX: usize = 64;
/// Findings told in short before "and N more".
const SHORT_MAX: usize = 12;

/// The whole report: the verdict, what was measured, what grew, what did not.
pub(super) fn report(screen: Screen, report: &Report, made: &Experiment, out: &mut String) {
    head(screen, report, made, out);
    for measure in experiment::pictured(made) {
        curve(screen, made, measure, out);
    }
    rates(screen, made, out);
    facts(screen, made, out);
    for entry in plan::numbered(report).filter(|entry| in_full(screen, entry.finding)) {
        finding::draw_measured(screen, entry.finding, out);
        out.push('\n');
    }
    for (word, heading) in experiment::SHORT {
        let told = |f: &&Finding| f.verdict.word() == word && !in_full(screen, f);
        in_short(screen, heading, &report.findings.iter().filter(told).collect::<Vec<_>>(), out);
    }
    list(screen, experiment::to_decide_heading(made.decision), &experiment::to_decide(report, made), out);
    list(screen, "Notes", &made.notes, out);
    if screen.verbose {
        summary::held(screen, report, out);
    }
    summary::problems(screen, report, out);
    summary::draw_experiment(screen, report, made, out);
}

fn in_full(screen: Screen, finding: &Finding) -> bool {
    experiment::is_grown(finding) || (screen.verbose && plan::stands(finding))
}

/// The colour of a verdict.
pub(super) fn style(decision: Decision) -> Style {
    match decision {
        Decision::Leak => AnsiColor::BrightRed.on_default().bold(),
        Decision::Clean => GOOD,
        Decision::Undecided => AnsiColor::Yellow.on_default().bold(),
    }
}

fn head(screen: Screen, report: &Report, made: &Experiment, out: &mut String) {
    let word = screen.paint.say(style(made.decision), &format!("{}:", experiment::shout(made.decision)));
    let line = screen.paint.message(STRONG, &words::one_line(&experiment::headline(report, made)));
    out.push_str(&format!("{word} {line}\n"));
    if !made.because.is_empty() {
        out.push_str(&format!("  {}\n", screen.paint.wrapped(Style::new(), &made.because, 2, screen.width)));
    }
    out.push('\n');
}

fn curve(screen: Screen, made: &Experiment, measure: Measure, out: &mut String) {
    let columns = screen.width.saturating_sub(LABEL + 5).min(CURVE_MAX);
    let Some(curve) = curve::curve(made, measure, columns) else { return };
    out.push_str(&format!("  {}\n", screen.paint.say(STRONG, &words::capital(measure.words()))));
    let last = curve.rows.len().saturating_sub(1);
    for (index, row) in curve.rows.iter().enumerate() {
        let label = curve.label(index, last);
        let cut = row.char_indices().nth(curve.warm).map_or(row.len(), |(at, _)| at);
        let (warm, rest) = row.trim_end().split_at(cut.min(row.trim_end().len()));
        let (warm, rest) = (screen.paint.say(FAINT, warm), screen.paint.say(CODE, rest));
        out.push_str(&format!("  {} │{warm}{rest}\n", screen.paint.say(FAINT, &format!("{label:>LABEL$}"))));
    }
    let margin = " ".repeat(LABEL + 3);
    out.push_str(&format!("{margin}{}\n", screen.paint.say(FAINT, &format!("└{}", curve.ruler))));
    out.push_str(&format!("{margin} {}\n", screen.paint.say(FAINT, &curve.foot())));
    out.push_str(&format!("{margin} {}\n\n", screen.paint.say(FAINT, curve::LEGEND)));
}

fn rates(screen: Screen, made: &Experiment, out: &mut String) {
    if made.rates.is_empty() {
        return;
    }
    let mut table = Table::new(vec![
        Column::new("measure", "Measure", Unit::Text),
        Column::new("per-request", "Per request", Unit::Bytes),
        Column::new("interval", "95 % interval", Unit::Bytes),
        Column::new("grows", "Grows", Unit::Text),
    ]);
    for rate in &made.rates {
        let says = experiment::says(rate, made.decision);
        table.push(vec![
            Cell::Text(rate.measure.words().to_owned()),
            Cell::Text(experiment::amount(rate.milli, rate.measure)),
            Cell::Text(experiment::interval(rate)),
            Cell::Text(says.to_owned()),
        ]);
    }
    sheet::table(screen, &table, out);
    out.push('\n');
}

fn facts(screen: Screen, made: &Experiment, out: &mut String) {
    for (label, text) in experiment::facts(made) {
        row(screen, label, &text, out);
    }
    let (routes, more) = experiment::routes(made, screen.verbose);
    for (index, tried) in routes.iter().enumerate() {
        let failed = if tried.failed == 0 {
            String::new()
        } else {
            format!(", {} failed", words::thousands(tried.failed))
        };
        let sent = words::thousands(tried.requests);
        row(screen, if index == 0 { "routes" } else { "" }, &format!("{}: {sent}{failed}", tried.route), out);
    }
    if more > 0 {
        row(screen, "", &format!("and {more} more with `--verbose`"), out);
    }
    out.push('\n');
}

fn row(screen: Screen, label: &str, text: &str, out: &mut String) {
    let label = screen.paint.say(FAINT, &format!("{label:<LABEL$}"));
    let text = screen.paint.wrapped(Style::new(), text, LABEL + 2, screen.width);
    out.push_str(&format!("  {label}{text}\n"));
}

fn in_short(screen: Screen, heading: &str, findings: &[&Finding], out: &mut String) {
    if findings.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", screen.paint.say(STRONG, heading)));
    let shown = if screen.verbose { findings.len() } else { SHORT_MAX };
    for finding in findings.iter().take(shown) {
        let name = screen.paint.say(CODE, &words::one_line(experiment::name(finding)));
        let place = screen.paint.say(FAINT, &words::place(&finding.place));
        let text = screen.paint.wrapped(Style::new(), &experiment::in_short(finding), 6, screen.width);
        out.push_str(&format!("  {name} {place} ({})\n      {text}\n", paint::safe(finding.kind)));
    }
    if findings.len() > shown {
        let more = format!("and {} more with --verbose", words::thousands((findings.len() - shown) as u64));
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, &more)));
    }
    out.push('\n');
}

/// Sentences under a heading; nothing without any.
fn list(screen: Screen, heading: &str, items: &[String], out: &mut String) {
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", screen.paint.say(STRONG, heading)));
    for item in items {
        out.push_str(&format!("  - {}\n", screen.paint.wrapped(Style::new(), item, 4, screen.width)));
    }
    out.push('\n');
}
