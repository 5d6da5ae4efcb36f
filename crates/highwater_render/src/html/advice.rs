//! What follows from the findings, on the page: handled well, plan, tests, monitoring, platform advice.

use highwater_finding::{Finding, Report};

use super::text::{block, code, escape, place, rich, sentence};
use super::{section, table};
use crate::{plan, words};

/// What looks like a leak and is held, with the reasons.
pub(super) fn handled_well(report: &Report, out: &mut String) {
    let mut body = String::new();
    if report.assurances.is_empty() {
        body.push_str("<p>Nothing else in this code looks like a leak.</p>\n");
    } else {
        body.push_str("<p>These look like leaks and are not; the reason is there to be checked.</p>\n");
        body.push_str("<ul class=\"assurances\">\n");
    }
    for assurance in &report.assurances {
        let see: Vec<String> = assurance
            .evidence
            .iter()
            .filter_map(|step| step.place.as_ref())
            .filter(|at| words::is_known(at))
            .map(|at| format!(" {}", place(at)))
            .collect();
        body.push_str(&format!(
            "<li><p>{} <span class=\"badge good\">{}</span> {}</p>\n<p>{}{}</p></li>\n",
            code(&assurance.subject.path),
            assurance.held_by.word(),
            place(&assurance.place),
            sentence(&assurance.reason),
            see.concat(),
        ));
    }
    if !report.assurances.is_empty() {
        body.push_str("</ul>\n");
    }
    section("handled-well", "Handled well", &body, out);
}

/// Now, next, later.
pub(super) fn action_plan(report: &Report, out: &mut String) {
    let mut body = String::new();
    for (when, name, meaning) in plan::PARTS {
        let part: Vec<_> = plan::numbered(report)
            .filter(|entry| plan::stands(entry.finding) && entry.finding.when() == when)
            .collect();
        if part.is_empty() {
            continue;
        }
        body.push_str(&format!("<h3>{name} <small>{meaning}</small></h3>\n<ul>\n"));
        for entry in &part {
            body.push_str(&format!("<li>{}</li>\n", action(entry.number, entry.finding)));
        }
        let effort = plan::effort(part.iter().map(|entry| entry.finding));
        body.push_str(&format!("</ul>\n<p class=\"faint\">Effort: {effort}.</p>\n"));
    }
    section("plan", "Action plan", &body, out);
}

fn action(number: usize, finding: &Finding) -> String {
    let link = format!("<a href=\"#finding-{number}\">finding {number}</a>, {}", place(&finding.place));
    match plan::recommended(finding) {
        Some(remedy) => {
            format!("<strong>{}</strong> ({link}), {}", rich(&remedy.title), remedy.effort.word())
        }
        None => format!("<strong>Decide how to bound {}</strong> ({link})", code(&finding.subject.symbol)),
    }
}

/// A load test per route, snapshots before and after, a long run.
pub(super) fn test_plan(report: &Report, out: &mut String) {
    if report.test_plan.is_empty() && report.findings.is_empty() {
        return;
    }
    let mut body = String::from("<ol>\n");
    for step in plan::TEST_STEPS {
        body.push_str(&format!("<li>{}</li>\n", rich(step)));
    }
    body.push_str("</ol>\n");
    if plan::HAS_PROVE {
        body.push_str(&format!("<p>{}</p>\n", rich(plan::TEST_BY_TOOL)));
    }
    if !report.test_plan.is_empty() {
        let rows = report.test_plan.iter().map(|step| {
            vec![
                code(&step.route),
                words::thousands(step.requests),
                words::thousands(step.concurrency),
                rich(&step.expect),
            ]
        });
        body.push_str(&table(&["Route", "Requests", "At once", "What must stabilise"], rows));
    }
    let commands: Vec<String> = report.test_plan.iter().filter_map(plan::command).collect();
    if !commands.is_empty() {
        body.push_str(&block(&commands.join("\n\n")));
    }
    section("tests", "Test plan", &body, out);
}

/// What to watch, and code that reports it.
pub(super) fn monitoring(report: &Report, out: &mut String) {
    let mut body = String::new();
    if !report.monitoring.is_empty() {
        let rows = report.monitoring.iter().map(|item| {
            let expression = match item.expression.as_str() {
                "" => String::new(),
                expression => code(expression),
            };
            vec![rich(&item.what), rich(&item.threshold), expression]
        });
        body.push_str(&table(&["Watch", "Alert when", "Expression"], rows));
    }
    if plan::has_process(report) {
        body.push_str(
            "<p>Report memory every minute, and serve the same figures on a health endpoint:</p>\n",
        );
        body.push_str(&block(&plan::monitor_snippet(report)));
    }
    section("monitoring", "Monitoring", &body, out);
}

/// What to do and not to do on this platform.
pub(super) fn platform(report: &Report, out: &mut String) {
    let mut body = String::new();
    for (heading, items) in [("Do", &report.dos), ("Do not", &report.donts)] {
        if !items.is_empty() {
            let items: Vec<String> = items.iter().map(|item| format!("<li>{}</li>\n", rich(item))).collect();
            body.push_str(&format!("<h3>{heading}</h3>\n<ul>\n{}</ul>\n", items.concat()));
        }
    }
    let platforms = escape(&plan::platforms(report).join(", "));
    let heading = if platforms.is_empty() { String::new() } else { format!(" <small>{platforms}</small>") };
    section("platform", &format!("Good practice on this platform{heading}"), &body, out);
}
