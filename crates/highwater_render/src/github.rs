//! GitHub workflow commands: one annotation per finding. It must not print text that GitHub could read as a command.

use highwater_finding::{Decision, Experiment, Finding, Place, Problem, Report, Severity};

use crate::{experiment, plan, words};

/// A line for the verdict of an experiment, one `::error`, `::warning` or `::notice` line per finding that stands, a
/// `::notice` per problem, then a summary line.
pub(crate) fn report(report: &Report) -> String {
    let mut out = String::new();
    if let Some(made) = &report.experiment {
        out.push_str(&decided(report, made));
    }
    for finding in plan::standing(report) {
        out.push_str(&annotation(finding));
    }
    for problem in &report.problems {
        out.push_str(&notice(problem));
    }
    let status = plan::status_in(report, &words::one_line(&report.project));
    if report.experiment.is_some() {
        let counts = match experiment::counts(report) {
            counts if counts.is_empty() => "none".to_owned(),
            counts => counts,
        };
        return out + &format!("Highwater: {status} (findings: {counts})\n");
    }
    out.push_str(&format!(
        "Highwater: {status} (findings: {}; {} read)\n",
        plan::counts(report),
        plan::size(report)
    ));
    out
}

/// The verdict, which belongs to no file.
fn decided(report: &Report, made: &Experiment) -> String {
    let level = match made.decision {
        Decision::Leak => "error",
        Decision::Clean => "notice",
        Decision::Undecided => "warning",
    };
    let lines = [words::sentence(&experiment::headline(report, made)), words::sentence(&made.because)];
    let title = format!("experiment: {}", made.decision.word());
    command(level, &Place::default(), &title, lines.join("\n").trim_end())
}

fn annotation(finding: &Finding) -> String {
    let title = format!("{} ({}, {})", finding.kind, finding.severity.word(), finding.confidence);
    command(level(finding.severity), &finding.place, &title, &message(finding))
}

fn notice(problem: &Problem) -> String {
    command(
        "notice",
        &problem.place,
        &format!("not fully judged ({})", problem.kind.word()),
        &problem.message,
    )
}

/// Title, impact, growth and remedy, one to a line.
fn message(finding: &Finding) -> String {
    let mut lines = vec![words::sentence(&finding.title), words::sentence(&finding.impact)];
    if let Some(growth) = &finding.growth {
        lines.push(format!("Growth: {}", words::sentence(&words::growth_line(growth))));
    }
    if let Some(remedy) = plan::recommended(finding) {
        lines.push(format!("Fix: {}", words::sentence(&remedy.title)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn command(level: &str, place: &Place, title: &str, message: &str) -> String {
    let mut properties: Vec<String> = Vec::new();
    if words::is_known(place) {
        properties.push(format!("file={}", property(&place.file)));
        if place.line > 0 {
            let end_line = place.end_line.max(place.line);
            properties.push(format!("line={}", place.line));
            properties.push(format!("endLine={end_line}"));
            if place.column > 0 {
                properties.push(format!("col={}", place.column));
            }
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "error",
        Severity::Moderate => "warning",
        Severity::Low => "notice",
    }
}

/// As the runner decodes the message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the runner decodes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_open_a_command() {
        let place = Place { file: "a,b:c.ts".into(), line: 3, ..Place::default() };
        let line = command("error", &place, "50 %", "one\r\n::set-output name=x::y");
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac.ts,line=3,endLine=3,title=50 %25::one%0D%0A::set-output name=x::y\n"
        );
        assert_eq!(line.lines().count(), 1);
    }
}
