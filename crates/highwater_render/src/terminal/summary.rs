//! The end of a run on a terminal: what is held, what could not be read, the summary. No single finding.

use anstyle::Style;
use highwater_finding::{Experiment, Report, Severity};

use super::paint::{self, CODE, FAINT, GOOD, STRONG};
use super::{Screen, experiment as trial};
use crate::{experiment, plan, words};

/// Problems shown before "and N more".
const PROBLEMS_MAX: usize = 5;
/// Columns of the words at the left of the summary.
const LABEL: usize = 10;

/// What looks like a leak and is held, with the reasons.
pub(super) fn held(screen: Screen, report: &Report, out: &mut String) {
    if report.assurances.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", screen.paint.say(GOOD, "Handled well")));
    for assurance in &report.assurances {
        let place = screen.paint.say(FAINT, &words::place(&assurance.place));
        let what = screen.paint.say(CODE, &assurance.subject.path);
        out.push_str(&format!("  {what} {place} ({})\n", assurance.held_by.word()));
        let reason = screen.paint.wrapped(Style::new(), &assurance.reason, 6, screen.width);
        out.push_str(&format!("      {reason}\n"));
    }
    out.push('\n');
}

/// The first few problems, and how many more there are.
pub(super) fn problems(screen: Screen, report: &Report, out: &mut String) {
    if report.problems.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", screen.paint.say(STRONG, "Not fully judged")));
    for problem in report.problems.iter().take(PROBLEMS_MAX) {
        let text = format!("{}: {}: {}", words::place(&problem.place), problem.kind.word(), problem.message);
        let text = screen.paint.wrapped(Style::new(), &text, 6, screen.width);
        out.push_str(&format!("  {text}\n"));
    }
    if report.problems.len() > PROBLEMS_MAX {
        let more = format!("and {} more", words::thousands((report.problems.len() - PROBLEMS_MAX) as u64));
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, &more)));
    }
    out.push('\n');
}

/// Counts, risk, size, what is held, what to run next.
pub(super) fn draw(screen: Screen, report: &Report, out: &mut String) {
    let style = match plan::worst(report) {
        Some(worst) => paint::severity(worst),
        None => GOOD,
    };
    let status = plan::status_in(report, &words::one_line(&report.project));
    out.push_str(&format!("{}\n", screen.paint.say(style, &status)));
    if !report.findings.is_empty() {
        row(screen, "findings", &counts(screen, report), out);
        let risk = format!("{} as shipped, {} after the fixes", plan::risk(report), plan::risk_after(report));
        row(screen, "risk", &risk, out);
    }
    row(screen, "read", &read(report), out);
    held_and_hidden(screen, report, out);
    if !report.findings.is_empty() {
        row(screen, "assumed", &assumed(report), out);
    }
    next(screen, report, out);
}

fn held_and_hidden(screen: Screen, report: &Report, out: &mut String) {
    let held = plan::held(report);
    if !held.is_empty() {
        let hint = if screen.verbose { "" } else { " (reasons with --verbose)" };
        row(screen, "held", &format!("{held}{hint}"), out);
    }
    if report.hidden > 0 {
        let hidden =
            format!("{} by baseline, --since or suppression", words::count(report.hidden, "finding"));
        row(screen, "hidden", &hidden, out);
    }
}

/// After an experiment: the verdict again, since a reader of a long report sees its end, and what to run next.
pub(super) fn draw_experiment(screen: Screen, report: &Report, made: &Experiment, out: &mut String) {
    let status = plan::status_in(report, &words::one_line(&report.project));
    out.push_str(&format!("{}\n", screen.paint.say(trial::style(made.decision), &status)));
    let counts = experiment::counts(report);
    if !counts.is_empty() {
        row(screen, "findings", &counts, out);
    }
    held_and_hidden(screen, report, out);
    let first = plan::numbered(report).find(|entry| experiment::is_grown(entry.finding));
    if let Some(card) = first.and_then(|entry| report.card(entry.finding.kind)) {
        let command = screen.paint.say(CODE, &format!("highwater explain {}", card.id));
        row(screen, "next", &format!("{command}  what this kind of leak is and how to stop it"), out);
    }
}

fn row(screen: Screen, label: &str, text: &str, out: &mut String) {
    let label = screen.paint.say(FAINT, &format!("{label:<LABEL$}"));
    out.push_str(&format!("  {label}{text}\n"));
}

fn counts(screen: Screen, report: &Report) -> String {
    let parts: Vec<String> = words::SEVERITIES
        .into_iter()
        .map(|severity: Severity| {
            let count = plan::count(report, severity);
            let text = format!("{} {}", words::thousands(count as u64), severity.word());
            screen.paint.say(if count > 0 { paint::severity(severity) } else { FAINT }, &text)
        })
        .collect();
    parts.join("   ")
}

fn read(report: &Report) -> String {
    let platforms = plan::platforms(report);
    match report.packages.len() {
        0 => plan::size(report),
        many => format!(
            "{} in {} ({})",
            plan::size(report),
            words::count_of(many, "package"),
            platforms.join(", ")
        ),
    }
}

fn assumed(report: &Report) -> String {
    let source = paint::safe(&words::one_line(&report.limit.source));
    format!(
        "{} requests/h, {} connections/h, {} users/h; limit {} ({source})",
        words::thousands(report.profile.requests_per_hour),
        words::thousands(report.profile.connections_per_hour),
        words::thousands(report.profile.users_per_hour),
        words::bytes(report.limit.bytes),
    )
}

fn next(screen: Screen, report: &Report, out: &mut String) {
    let mut lines: Vec<(String, String)> = Vec::new();
    if let Some(first) = report.findings.first() {
        let command = format!("highwater explain {}", first.kind);
        lines.push((command, "what this kind of leak is and how to stop it".to_owned()));
        let command = "highwater scan -f html -o report.html".to_owned();
        lines.push((command, "the full report with growth, plan and tests".to_owned()));
    }
    if plan::HAS_PROVE {
        lines.push((
            "highwater prove -- COMMAND".to_owned(),
            "measure the running service under load".to_owned(),
        ));
    }
    if let (true, (fixable @ 1.., safe)) = (plan::HAS_FIX, plan::fixable(report)) {
        let review = if safe { "" } else { "; look at the edits" };
        let text = format!("make the change for {}{review}", words::count_of(fixable, "finding"));
        lines.push(("highwater fix".to_owned(), text));
    }
    let wide = lines.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (index, (command, what)) in lines.iter().enumerate() {
        let label = if index == 0 { "next" } else { "" };
        let command = screen.paint.say(CODE, &format!("{command:<wide$}"));
        row(screen, label, &format!("{command}  {what}"), out);
    }
}
