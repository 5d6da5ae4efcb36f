//! What follows from the findings, in Markdown: handled well, action plan, tests, monitoring, platform advice.

use highwater_finding::{Finding, Report};

use super::finding::place_cell;
use super::table;
use super::text::{cell, code, code_cell, fenced, inline, opening};
use crate::{plan, words};

/// What looks like a leak and is held, with the reasons.
pub(super) fn handled_well(report: &Report, out: &mut String) {
    out.push_str("## Handled well\n\n");
    if report.assurances.is_empty() {
        out.push_str("Nothing else in this code looks like a leak.\n\n");
        return;
    }
    out.push_str("These look like leaks and are not; the reason is there to be checked.\n\n");
    let rows = report.assurances.iter().map(|assurance| {
        let evidence: Vec<String> = assurance
            .evidence
            .iter()
            .filter_map(|step| step.place.as_ref())
            .filter(|place| words::is_known(place))
            .map(|place| code_cell(&words::place(place)))
            .collect();
        let see = if evidence.is_empty() { String::new() } else { format!(" (see {})", evidence.join(", ")) };
        vec![
            code_cell(&assurance.subject.path),
            place_cell(&assurance.place),
            assurance.held_by.word().to_owned(),
            format!("{}{see}", cell(&assurance.reason)),
        ]
    });
    table(out, &["What", "Where", "Held by", "Reason"], rows);
}

/// Now, next, later.
pub(super) fn action_plan(report: &Report, out: &mut String) {
    out.push_str("## Action plan\n\n");
    if report.findings.is_empty() {
        out.push_str("Nothing to mend.\n\n");
        return;
    }
    for (when, name, meaning) in plan::PARTS {
        let part: Vec<_> = plan::numbered(report)
            .filter(|entry| plan::stands(entry.finding) && entry.finding.when() == when)
            .collect();
        if part.is_empty() {
            continue;
        }
        out.push_str(&format!("### {name} ({meaning})\n\n"));
        for entry in &part {
            out.push_str(&format!("- [ ] {}\n", action(entry.number, entry.finding)));
        }
        let effort = plan::effort(part.iter().map(|entry| entry.finding));
        out.push_str(&format!("\nEffort: {effort}.\n\n"));
    }
}

fn action(number: usize, finding: &Finding) -> String {
    let place = code(&words::place(&finding.place));
    let link = format!("([finding {number}](#finding-{number}), {place})");
    match plan::recommended(finding) {
        Some(remedy) => format!("**{}** {link}, {}", inline(&remedy.title), remedy.effort.word()),
        None => format!("**Decide how to bound {}** {link}", code(&finding.subject.symbol)),
    }
}

/// A load test per route, snapshots before and after, a long run.
pub(super) fn test_plan(report: &Report, out: &mut String) {
    if report.test_plan.is_empty() && report.findings.is_empty() {
        return;
    }
    out.push_str("## Test plan\n\n");
    for (index, step) in plan::TEST_STEPS.into_iter().enumerate() {
        out.push_str(&format!("{}. {step}\n", index + 1));
    }
    if plan::HAS_PROVE {
        out.push_str(&format!("\n{}\n", plan::TEST_BY_TOOL));
    }
    out.push('\n');
    if report.test_plan.is_empty() {
        return;
    }
    let rows = report.test_plan.iter().map(|step| {
        vec![
            code_cell(&step.route),
            words::thousands(step.requests),
            words::thousands(step.concurrency),
            cell(&step.expect),
        ]
    });
    table(out, &["Route", "Requests", "At once", "What must stabilise"], rows);
    let commands: Vec<String> = report.test_plan.iter().filter_map(plan::command).collect();
    if !commands.is_empty() {
        out.push_str(&fenced("bash", &commands.join("\n\n")));
        out.push('\n');
    }
}

/// What to watch, and code that reports it.
pub(super) fn monitoring(report: &Report, out: &mut String) {
    out.push_str("## Monitoring\n\n");
    if !report.monitoring.is_empty() {
        let rows = report.monitoring.iter().map(|item| {
            let expression = match item.expression.as_str() {
                "" => "-".to_owned(),
                expression => code_cell(expression),
            };
            vec![cell(&item.what), cell(&item.threshold), expression]
        });
        table(out, &["Watch", "Alert when", "Expression"], rows);
    }
    if plan::has_process(report) {
        out.push_str("Report memory every minute, and serve the same figures on a health endpoint:\n\n");
        out.push_str(&fenced("ts", &plan::monitor_snippet(report)));
        out.push('\n');
    }
}

/// What to do and not to do on this platform.
pub(super) fn platform(report: &Report, out: &mut String) {
    if report.dos.is_empty() && report.donts.is_empty() {
        return;
    }
    let platforms = plan::platforms(report);
    let on = if platforms.is_empty() { String::new() } else { format!(" ({})", platforms.join(", ")) };
    out.push_str(&format!("## Good practice on this platform{on}\n\n"));
    for (heading, items) in [("Do", &report.dos), ("Do not", &report.donts)] {
        if !items.is_empty() {
            out.push_str(&format!("### {heading}\n\n"));
            for item in items {
                out.push_str(&format!("- {}\n", opening(item)));
            }
            out.push('\n');
        }
    }
}
