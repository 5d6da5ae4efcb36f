//! The full report in Markdown: the summary and the order of the parts. It must not escape by hand; `text` does.

mod advice;
mod experiment;
mod finding;
mod sheet;
mod text;

use highwater_finding::{Report, Severity};

use crate::{plan, words};
use text::{cell, code, code_cell, inline, opening};

pub(crate) use sheet::sheet;

/// The whole report.
pub(crate) fn report(report: &Report) -> String {
    if let Some(made) = &report.experiment {
        return experiment::report(report, made);
    }
    let mut out = String::new();
    out.push_str(&format!("# Memory leak report: {}\n\n", inline(&report.project)));
    summary(report, &mut out);
    code_base(report, &mut out);
    assumptions(report, &mut out);
    findings(report, &mut out);
    advice::handled_well(report, &mut out);
    advice::action_plan(report, &mut out);
    advice::test_plan(report, &mut out);
    advice::monitoring(report, &mut out);
    advice::platform(report, &mut out);
    problems(report, &mut out);
    conclusion(report, &mut out);
    out
}

/// A table: its head, then its rows, each cell already safe.
fn table(out: &mut String, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let line: Vec<&str> = head.iter().map(|_| "---").collect();
    out.push_str(&format!("| {} |\n| {} |\n", head.join(" | "), line.join(" | ")));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out.push('\n');
}

fn summary(report: &Report, out: &mut String) {
    out.push_str("## Executive summary\n\n");
    out.push_str(&format!("**Status: {}.**\n\n", plan::status(report)));
    out.push_str(&format!("{}\n\n", summary_sentence(report)));
    let mut rows = vec![
        vec!["Findings".to_owned(), plan::counts(report)],
        vec!["Risk as shipped".to_owned(), format!("**{}**", plan::risk(report))],
        vec!["Risk after the recommended fixes".to_owned(), format!("**{}**", plan::risk_after(report))],
        vec!["Effort".to_owned(), plan::effort(report.findings.iter())],
        vec!["Handled well".to_owned(), words::count_of(report.assurances.len(), "place")],
    ];
    if report.hidden > 0 {
        let hidden = format!("{} by a baseline, `--since` or a suppression", words::thousands(report.hidden));
        rows.push(vec!["Hidden".to_owned(), hidden]);
    }
    if !report.problems.is_empty() {
        rows.push(vec!["Not fully judged".to_owned(), words::count_of(report.problems.len(), "place")]);
    }
    table(out, &["At a glance", ""], rows);
    overview(report, out);
    severities(report, out);
}

fn summary_sentence(report: &Report) -> String {
    let found = match report.findings.len() {
        0 => "found no memory that grows without a bound".to_owned(),
        many => format!(
            "found {} of memory that does not come back down ({})",
            words::count_of(many, "case"),
            plan::counts(report)
        ),
    };
    format!("Highwater {} read {} and {found}.", inline(&report.tool_version), plan::size(report))
}

/// The findings as one table, each linked to its part below.
fn overview(report: &Report, out: &mut String) {
    if report.findings.is_empty() {
        return;
    }
    let rows = plan::numbered(report).map(|entry| {
        let finding = entry.finding;
        vec![
            format!("[{0}](#finding-{0})", entry.number),
            finding.severity.word().to_owned(),
            cell(&finding.title),
            code_cell(&words::place(&finding.place)),
            finding.confidence.to_string(),
            finding.growth.as_ref().map_or_else(|| "-".to_owned(), words::time_to_limit),
        ]
    });
    table(out, &["#", "Severity", "Finding", "Where", "Confidence", "Time to the limit"], rows);
}

fn severities(report: &Report, out: &mut String) {
    out.push_str("### What the severities mean\n\n");
    let rows = words::SEVERITIES.into_iter().map(|severity: Severity| {
        vec![
            words::capital(severity.word()),
            words::capital(severity.meaning()),
            words::thousands(plan::count(report, severity) as u64),
        ]
    });
    table(out, &["Severity", "Meaning", "Findings"], rows);
    out.push_str("Confidence is a probability: of the findings marked 90 %, nine in ten are real.\n\n");
}

fn code_base(report: &Report, out: &mut String) {
    out.push_str("## Code base\n\n");
    let base = &report.code;
    out.push_str(&format!("- {} ({})\n", plan::size(report), words::bytes(base.bytes)));
    if let Some((file, lines)) = &base.largest {
        out.push_str(&format!("- Largest file: {}, {}\n", code(file), words::count(*lines, "line")));
    }
    out.push_str(&format!(
        "- {}, {}\n",
        words::count(base.functions, "function"),
        words::count(base.entry_points, "entry point")
    ));
    if base.not_judged > 0 {
        let files = words::count(base.not_judged, "file");
        out.push_str(&format!("- {files} not judged: tests, declarations, generated or vendored code\n"));
    }
    out.push('\n');
    if !report.packages.is_empty() {
        let rows = report.packages.iter().map(|package| {
            let folder = if package.folder.is_empty() { "." } else { &package.folder };
            let platform = format!("{} ({})", package.platform.word(), words::platform(package.platform));
            vec![code_cell(&package.name), code_cell(folder), platform, cell(&package.because)]
        });
        table(out, &["Package", "Folder", "Platform", "Because"], rows);
    }
}

fn assumptions(report: &Report, out: &mut String) {
    out.push_str("## Assumptions\n\n");
    out.push_str("Every figure on growth below rests on these; change them in `highwater.toml`.\n\n");
    let profile = &report.profile;
    let rows = vec![
        vec!["Traffic profile".to_owned(), cell(&profile.name)],
        vec!["Requests per hour".to_owned(), words::thousands(profile.requests_per_hour)],
        vec!["Connections per hour".to_owned(), words::thousands(profile.connections_per_hour)],
        vec!["Distinct users per hour".to_owned(), words::thousands(profile.users_per_hour)],
        vec![
            "Memory limit".to_owned(),
            format!("{} ({})", words::bytes(report.limit.bytes), cell(&report.limit.source)),
        ],
    ];
    table(out, &["Assumption", "Value"], rows);
}

fn findings(report: &Report, out: &mut String) {
    out.push_str("## Findings\n\n");
    if report.findings.is_empty() {
        out.push_str("None.\n\n");
    }
    for entry in plan::numbered(report) {
        finding::section(&report.cards, &entry, out);
    }
}

fn problems(report: &Report, out: &mut String) {
    if report.problems.is_empty() {
        return;
    }
    out.push_str("## What could not be judged\n\n");
    let rows = report.problems.iter().map(|problem| {
        let place = words::place(&problem.place);
        vec![problem.kind.word().to_owned(), code_cell(&place), cell(&problem.message)]
    });
    table(out, &["Kind", "Where", "What"], rows);
}

fn conclusion(report: &Report, out: &mut String) {
    out.push_str("## Conclusion\n\n");
    out.push_str(&format!("**{}.** {}\n", plan::status(report), inline(&plan::conclusion(report))));
    let first: Vec<String> = plan::numbered(report)
        .filter(|entry| entry.finding.severity == Severity::Critical)
        .map(|entry| format!("{}. {}\n", entry.number, opening(&words::sentence(&entry.finding.title))))
        .collect();
    if !first.is_empty() {
        out.push_str(&format!("\nBefore the next deploy:\n\n{}", first.concat()));
    }
}
