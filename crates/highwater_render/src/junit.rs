//! JUnit XML for test dashboards: a finding fails, what is held passes. It must not write a character XML forbids.

use highwater_finding::{Assurance, Decision, Experiment, Finding, Place, Report};

use crate::{experiment, plan, words};

/// One test suite: each finding a failed case, each assurance and each refuted finding a passed one. An experiment is a
/// case of its own, skipped when it decided nothing.
pub(crate) fn report(report: &Report) -> String {
    let decision = report.experiment.as_ref().map(|made| made.decision);
    let nothing = report.findings.is_empty() && report.assurances.is_empty() && decision.is_none();
    let leak = usize::from(decision == Some(Decision::Leak));
    let skipped = usize::from(decision == Some(Decision::Undecided));
    let failures = plan::standing(report).count() + leak;
    let named = report.findings.len() + report.assurances.len();
    let tests = named + usize::from(nothing || decision.is_some());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"highwater\" {counts}>\n"));
    let name = attribute(&report.project);
    out.push_str(&format!("  <testsuite name=\"{name}\" {counts} skipped=\"{skipped}\">\n"));
    if let Some(made) = &report.experiment {
        out.push_str(&decided(report, made));
    }
    plan::standing(report).for_each(|finding| out.push_str(&failure(finding)));
    for finding in plan::refuted(report) {
        out.push_str(&refuted(finding));
    }
    report.assurances.iter().for_each(|assurance| out.push_str(&pass(assurance)));
    if nothing {
        out.push_str("    <testcase classname=\"highwater\" name=\"no memory that never comes back\"/>\n");
    }
    if !report.problems.is_empty() {
        let lines: Vec<String> = report
            .problems
            .iter()
            .map(|p| format!("{}: {}: {}", words::place(&p.place), p.kind.word(), p.message))
            .collect();
        out.push_str(&format!("    <system-out>{}</system-out>\n", escaped(&lines.join("\n"))));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn failure(finding: &Finding) -> String {
    format!(
        "{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        case(finding.kind, &finding.subject.short(), &finding.place),
        finding.severity.word(),
        attribute(&finding.title),
        escaped(&details(finding)),
    )
}

/// The experiment as a case: its verdict, and why.
fn decided(report: &Report, made: &Experiment) -> String {
    let headline = attribute(&experiment::headline(report, made));
    let because = escaped(&made.because);
    let body = match made.decision {
        Decision::Leak => format!("<failure type=\"leak\" message=\"{headline}\">{because}</failure>"),
        Decision::Undecided => format!("<skipped message=\"{headline}\"/>"),
        Decision::Clean => format!("<system-out>{because}</system-out>"),
    };
    let case = case("experiment", "memory under load", &Place::default());
    format!("{case}>\n      {body}\n    </testcase>\n")
}

fn refuted(finding: &Finding) -> String {
    format!(
        "{}>\n      <system-out>{}</system-out>\n    </testcase>\n",
        case(finding.kind, &finding.subject.short(), &finding.place),
        escaped(&experiment::in_short(finding)),
    )
}

fn pass(assurance: &Assurance) -> String {
    format!(
        "{}>\n      <system-out>{}</system-out>\n    </testcase>\n",
        case(assurance.kind, &assurance.subject.short(), &assurance.place),
        escaped(&assurance.reason),
    )
}

fn case(kind: &str, name: &str, place: &Place) -> String {
    let mut text = format!("    <testcase classname=\"{}\" name=\"{}\"", attribute(kind), attribute(name));
    if words::is_known(place) {
        text.push_str(&format!(" file=\"{}\"", attribute(&place.file)));
        if place.line > 0 {
            text.push_str(&format!(" line=\"{}\"", place.line));
        }
    }
    text
}

fn details(finding: &Finding) -> String {
    let mut lines = vec![words::place(&finding.place), finding.impact.clone()];
    lines.push(format!("confidence {}; {}", finding.confidence, words::verdict(finding.verdict)));
    if let Some(growth) = &finding.growth {
        lines.push(words::growth_line(growth));
    }
    for (index, step) in finding.evidence.iter().enumerate() {
        let place = step.place.as_ref().map(|p| format!(" ({})", words::place(p))).unwrap_or_default();
        lines.push(format!("{}. {}{place}", index + 1, step.claim));
    }
    if let Some(remedy) = plan::recommended(finding) {
        lines.push(format!("fix: {} ({})", remedy.title, remedy.effort.word()));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Text for an attribute, where a line break must be spelt out.
fn attribute(text: &str) -> String {
    escaped(text).replace('\t', "&#9;").replace('\n', "&#10;")
}

/// Text with markup escaped and the characters XML 1.0 forbids replaced.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' => xml.push(c),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => xml.push('\u{FFFD}'),
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_are_replaced() {
        assert_eq!(escaped("a\u{0}b\u{1b}[c\u{FFFE}]]>"), "a\u{FFFD}b\u{FFFD}[c\u{FFFD}]]&gt;");
        assert_eq!(attribute("a\"b\n\t<&'"), "a&quot;b&#10;&#9;&lt;&amp;'");
    }
}
