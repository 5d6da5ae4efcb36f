//! GitLab's Code Quality report: a JSON array with one entry per finding. It must not carry anything GitLab ignores.

use std::io;

use highwater_finding::{Finding, Report, Severity};
use serde::Serialize;

use crate::{plan, words};

/// The findings as Code Quality issues.
pub(crate) fn report(report: &Report) -> io::Result<String> {
    let issues: Vec<Issue<'_>> = plan::standing(report).map(issue).collect();
    let mut text = serde_json::to_string_pretty(&issues)?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
    categories: [&'static str; 1],
    content: Content,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

fn issue(finding: &Finding) -> Issue<'_> {
    let begin = finding.place.line.max(1);
    Issue {
        description: words::one_line(&finding.title),
        check_name: finding.kind,
        fingerprint: fingerprint(finding),
        severity: match finding.severity {
            Severity::Critical => "critical",
            Severity::Moderate => "major",
            Severity::Low => "minor",
        },
        location: Location {
            path: if words::is_known(&finding.place) { &finding.place.file } else { "." },
            lines: Lines { begin, end: finding.place.end_line.max(begin) },
        },
        categories: ["Performance"],
        content: Content { body: body(finding) },
    }
}

/// GitLab tells issues apart by this alone, so one is made up where the engine has set none.
fn fingerprint(finding: &Finding) -> String {
    match finding.fingerprint.as_str() {
        "" => format!("{}:{}:{}", finding.kind, finding.subject.file, finding.subject.path),
        fingerprint => fingerprint.to_owned(),
    }
}

fn body(finding: &Finding) -> String {
    let mut parts = vec![words::sentence(&finding.impact)];
    if let Some(growth) = &finding.growth {
        parts.push(words::capital(&words::sentence(&words::growth_line(growth))));
    }
    if let Some(remedy) = plan::recommended(finding) {
        parts.push(words::sentence(&format!("Recommended: {} ({})", remedy.title, remedy.effort.word())));
    }
    parts.push(format!("Confidence: {}.", finding.confidence));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}
