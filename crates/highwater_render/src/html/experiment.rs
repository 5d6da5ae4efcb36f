//! A report of an experiment as a page: the verdict, the picture, the rates, what grew, what did not.

use highwater_finding::{Experiment, Finding, Measure, Report};

use super::text::{code, escape, place, rich, sentence};
use super::{advice, basis, finding, page, panels, problems, section, table, tile};
use crate::{experiment, plan, words};

const STYLE: &str = include_str!("experiment.css");

/// The whole page.
pub(super) fn report(report: &Report, made: &Experiment) -> String {
    let title = format!("Memory leak experiment: {}", escape(&report.project));
    page(&title, STYLE, "", &report.tool_version, |out| {
        header(report, made, out);
        out.push_str("<main>\n");
        let heading = experiment::to_decide_heading(made.decision);
        section("to-decide", heading, &list(&experiment::to_decide(report, made)), out);
        section("measured", "What was measured", &measured(report, made), out);
        findings(report, out);
        section("refuted", "What the load exercised and did not grow", &refuted(report), out);
        section("notes", "Notes", &list(&made.notes), out);
        further(report, out);
        out.push_str("</main>\n");
    })
}

/// Parts of a scan's report, where there is something in them.
fn further(report: &Report, out: &mut String) {
    if !report.assurances.is_empty() {
        advice::handled_well(report, out);
    }
    advice::action_plan(report, out);
    if !report.test_plan.is_empty() {
        advice::test_plan(report, out);
    }
    if !report.monitoring.is_empty() {
        advice::monitoring(report, out);
    }
    advice::platform(report, out);
    if report.code.files > 0 {
        basis(report, out);
    }
    problems(report, out);
}

fn header(report: &Report, made: &Experiment, out: &mut String) {
    let word = made.decision.word();
    out.push_str(&format!("<header class=\"{word}\">\n<p class=\"kicker\">Memory leak experiment</p>\n"));
    out.push_str(&format!("<h1>{}</h1>\n", escape(&report.project)));
    let verdict = format!("{}: {}", experiment::shout(made.decision), experiment::headline(report, made));
    out.push_str(&format!("<p class=\"status\">{}</p>\n", rich(&verdict)));
    if !made.because.is_empty() {
        out.push_str(&format!("<p class=\"lead\">{}</p>\n", sentence(&made.because)));
    }
    out.push_str("<dl class=\"tiles\">\n");
    if let Some(rate) = experiment::lead(made).or_else(|| made.rate(Measure::Heap)) {
        let each = experiment::amount(rate.milli, rate.measure);
        let note = format!("{}; 95 % interval {}", rate.measure.words(), experiment::interval(rate));
        tile(word, "For each request", &each, &note, out);
    }
    if let Some(requests) = made.requests_to_limit {
        let note = match made.hours_to_limit {
            Some(hours) => {
                let hourly = words::thousands(report.profile.requests_per_hour);
                format!("requests, {} at {hourly} an hour", words::hours(hours))
            }
            None => "requests".to_owned(),
        };
        tile(word, "Until the heap limit", &words::roughly(requests), &note, out);
    }
    let took = format!("requests in {}", words::took(made.took_ms));
    tile("load", "Load", &words::thousands(made.requests), &took, out);
    let grown = report.findings.iter().filter(|found| experiment::is_grown(found)).count();
    let refuted = format!("{} refuted", words::count_of(plan::refuted(report).len(), "suspicion"));
    tile("grown", "Holders found", &words::thousands(grown as u64), &refuted, out);
    out.push_str("</dl>\n</header>\n");
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: Vec<String> = items.iter().map(|item| format!("<li>{}</li>\n", rich(item))).collect();
    format!("<ul>\n{}</ul>\n", items.concat())
}

fn measured(report: &Report, made: &Experiment) -> String {
    let mut body = String::new();
    let picture = panels::svg(made, &experiment::headline(report, made));
    if !picture.is_empty() {
        body.push_str(&format!(
            "<figure>{picture}<figcaption class=\"faint\">Each point is a reading after quiet and a forced \
             collection; each panel has its own scale.</figcaption></figure>\n"
        ));
    }
    if !made.rates.is_empty() {
        let rows = made.rates.iter().map(|rate| {
            vec![
                escape(&words::capital(rate.measure.words())),
                experiment::amount(rate.milli, rate.measure),
                experiment::interval(rate),
                experiment::says(rate, made.decision).to_owned(),
            ]
        });
        let rates = table(&["Measure", "Per request", "95 % interval", "Grows"], rows);
        body.push_str(&figures(&rates).replace("<td>yes</td>", "<td class=\"yes\">yes</td>"));
    }
    body.push_str("<dl class=\"facts\">\n");
    for (label, text) in experiment::facts(made) {
        body.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>\n", words::capital(label), rich(&text)));
    }
    body.push_str("</dl>\n");
    if !made.tried.is_empty() {
        let rows = made.tried.iter().map(|tried| {
            let (sent, failed) = (words::thousands(tried.requests), words::thousands(tried.failed));
            vec![code(&tried.route), sent, failed]
        });
        body.push_str(&table(&["Route", "Requests", "Failed"], rows));
    }
    body.push_str(&readings(made));
    body
}

fn readings(made: &Experiment) -> String {
    if made.readings.is_empty() {
        return String::new();
    }
    let measures = experiment::read(made);
    let mut head = vec!["Requests so far".to_owned()];
    head.extend(measures.iter().map(|measure| escape(&words::capital(measure.words()))));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let rows = made.readings.iter().map(|reading| {
        let warm = if reading.warm_up { " <small>warm-up</small>" } else { "" };
        let mut row = vec![format!("{}{warm}", words::thousands(reading.requests))];
        row.extend(measures.iter().map(|measure| experiment::exact(reading.of(*measure), *measure)));
        row
    });
    let count = words::count_of(made.readings.len(), "reading");
    let table = figures(&table(&head, rows));
    format!("<details>\n<summary>{count}</summary>\n{table}</details>\n")
}

/// The table with its figures in columns.
fn figures(table: &str) -> String {
    table.replace("<table>", "<table class=\"figures\">")
}

fn findings(report: &Report, out: &mut String) {
    let mut body = String::new();
    let mut last = "";
    for entry in plan::numbered(report).filter(|entry| plan::stands(entry.finding)) {
        let word = entry.finding.verdict.word();
        if word != last {
            body.push_str(&format!("<h3>{}</h3>\n", words::capital(word)));
            last = word;
        }
        finding::article(&report.cards, &entry, &mut body);
    }
    if body.is_empty() {
        body.push_str("<p>None.</p>\n");
    }
    section("findings", "Findings", &body, out);
}

fn refuted(report: &Report) -> String {
    let refuted = plan::refuted(report);
    if refuted.is_empty() {
        return String::new();
    }
    let row = |found: &&Finding| {
        let what = code(experiment::name(found));
        vec![what, place(&found.place), code(found.kind), sentence(&experiment::in_short(found))]
    };
    table(&["What", "Where", "Rule", "What was seen"], refuted.iter().map(row))
}
