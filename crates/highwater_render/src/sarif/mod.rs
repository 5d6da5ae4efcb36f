//! SARIF 2.1.0 for code scanning: a report put into the structs of `model`. It must not change what a finding says.

mod experiment;
mod model;

use std::collections::BTreeMap;
use std::io;

use crate::{plan, words};
use highwater_finding::{
    Assurance, Card, Confidence, Edit, Evidence, Finding, Growth, Place, Problem, Remedy, Report, Severity,
    Subject,
};

use model::*;

/// The report as one SARIF log with one run.
pub(crate) fn report(report: &Report) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(&log(report))?;
    text.push('\n');
    Ok(text)
}

fn log(report: &Report) -> Log<'_> {
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver(report) },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: report
                    .problems
                    .iter()
                    .map(notification)
                    .chain(report.experiment.iter().flat_map(|made| experiment::notifications(report, made)))
                    .collect(),
            }],
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                BaseId { description: message("The folder that was scanned.") },
            )]),
            column_kind: "utf16CodeUnits",
            results: results(report),
            properties: RunProperties {
                project: &report.project,
                risk: plan::risk(report),
                risk_after_fixes: plan::risk_after(report),
                hidden: report.hidden,
                files: report.code.files,
                lines: report.code.lines,
                experiment: report.experiment.as_ref().map(experiment::properties),
            },
        }],
    }
}

const ROOT: &str = "%SRCROOT%";

fn driver(report: &Report) -> Driver<'_> {
    let mut kinds: Vec<&'static str> = report.problems.iter().map(|p| p.kind.word()).collect();
    kinds.extend(report.experiment.iter().map(|_| experiment::NOTIFICATION));
    kinds.sort_unstable();
    kinds.dedup();
    Driver {
        name: "Highwater",
        version: &report.tool_version,
        rules: report.cards.iter().map(rule).collect(),
        notifications: kinds.into_iter().map(|id| Descriptor { id }).collect(),
    }
}

fn rule(card: &Card) -> Rule<'_> {
    Rule {
        id: card.id,
        short_description: message(card.title),
        help: Help { text: card.page, markdown: card.page },
        default_configuration: Configuration { level: level(card.default_severity) },
        properties: RuleProperties {
            tags: ["memory", "leak"],
            since: card.since,
            fix_safety: words::fix_safety(card.fix_safety),
            advice: card.advice,
        },
    }
}

fn notification(problem: &Problem) -> Notification<'_> {
    Notification {
        descriptor: Descriptor { id: problem.kind.word() },
        level: "warning",
        message: message(&problem.message),
        locations: physical(&problem.place)
            .map(|place| Location { physical_location: Some(place), ..Location::default() })
            .into_iter()
            .collect(),
    }
}

fn results(report: &Report) -> Vec<ResultEntry<'_>> {
    let findings = plan::numbered(report).map(|entry| finding(report, entry.finding));
    let assurances = report.assurances.iter().map(|assurance| pass(report, assurance));
    findings.chain(assurances).collect()
}

fn rule_index(report: &Report, kind: &str) -> Option<usize> {
    report.cards.iter().position(|card| card.id == kind)
}

/// A finding fails; what an experiment refuted passes.
fn finding<'a>(report: &Report, finding: &'a Finding) -> ResultEntry<'a> {
    let stands = plan::stands(finding);
    ResultEntry {
        rule_id: finding.kind,
        rule_index: rule_index(report, finding.kind),
        kind: if stands { "fail" } else { "pass" },
        level: if stands { level(finding.severity) } else { "none" },
        message: Message { text: text(report, finding).into() },
        locations: vec![subject_location(&finding.place, &finding.subject)],
        related_locations: related(finding),
        code_flows: code_flow(&finding.evidence).into_iter().collect(),
        fixes: finding.remedies.iter().filter_map(fix).collect(),
        partial_fingerprints: match finding.fingerprint.as_str() {
            "" => BTreeMap::new(),
            fingerprint => BTreeMap::from([("highwater/v1", fingerprint)]),
        },
        rank: stands.then(|| rank(finding.confidence)),
        properties: Properties::Finding(Box::new(FindingProperties {
            confidence: finding.confidence.fraction(),
            severity: finding.severity.word(),
            verdict: finding.verdict.word(),
            holder: experiment::holder(report, finding),
            when: words::when(finding.when()),
            impact: &finding.impact,
            evidence: finding.evidence.iter().map(|e| e.claim.as_str()).collect(),
            remedy: plan::recommended(finding).map(|r| r.title.as_str()),
            growth: finding.growth.as_ref().map(growth),
        })),
    }
}

fn pass<'a>(report: &Report, assurance: &'a Assurance) -> ResultEntry<'a> {
    ResultEntry {
        rule_id: assurance.kind,
        rule_index: rule_index(report, assurance.kind),
        kind: "pass",
        level: "none",
        message: message(&assurance.reason),
        locations: vec![subject_location(&assurance.place, &assurance.subject)],
        related_locations: places(
            assurance.evidence.iter().filter_map(|e| Some((e.place.as_ref()?, &e.claim))),
        ),
        code_flows: Vec::new(),
        fixes: Vec::new(),
        partial_fingerprints: BTreeMap::new(),
        rank: None,
        properties: Properties::Assurance(AssuranceProperties { held_by: assurance.held_by.word() }),
    }
}

/// Title, verdict of an experiment, impact, growth and remedy: viewers show this text and often nothing else.
fn text(report: &Report, finding: &Finding) -> String {
    if !plan::stands(finding) {
        return words::sentence(&crate::experiment::in_short(finding));
    }
    let mut parts = vec![words::sentence(&finding.title)];
    if report.experiment.is_some() {
        parts.push(words::sentence(&words::capital(&words::verdict(finding.verdict))));
    }
    parts.push(words::sentence(&finding.impact));
    if let Some(growth) = &finding.growth {
        parts.push(words::sentence(&words::capital(&words::growth_line(growth))));
    }
    if let Some(remedy) = plan::recommended(finding) {
        parts.push(words::sentence(&format!("Recommended: {}", remedy.title)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn rank(confidence: Confidence) -> f64 {
    f64::from(confidence.as_percent())
}

fn growth(growth: &Growth) -> GrowthProperties<'_> {
    GrowthProperties {
        bytes_per_event: growth.bytes_per_event,
        shape: &growth.shape,
        event: &growth.event,
        events_per_hour: growth.events_per_hour,
        new_key_percent: growth.new_key_percent,
        limit_bytes: growth.limit_bytes,
        hours_to_limit: growth.hours_to_limit,
        table: growth
            .table
            .iter()
            .map(|row| ProjectionRow { hours: row.hours, entries: row.entries, bytes: row.bytes })
            .collect(),
    }
}

fn subject_location<'a>(place: &Place, subject: &'a Subject) -> Location<'a> {
    let path = if subject.path.is_empty() { &subject.symbol } else { &subject.path };
    let inside = subject.within.is_empty() || path.starts_with(&format!("{}.", subject.within));
    let fully_qualified_name = if inside { path.clone() } else { format!("{}.{path}", subject.within) };
    let logical = LogicalLocation { name: &subject.symbol, fully_qualified_name };
    Location { physical_location: physical(place), logical_locations: vec![logical], ..Location::default() }
}

fn related(finding: &Finding) -> Vec<Location<'_>> {
    places(finding.related.iter().map(|r| (&r.place, &r.note)))
}

fn places<'a>(places: impl Iterator<Item = (&'a Place, &'a String)>) -> Vec<Location<'a>> {
    places
        .filter(|(place, _)| words::is_known(place))
        .enumerate()
        .map(|(index, (place, note))| Location {
            id: Some(index),
            physical_location: physical(place),
            message: Some(message(note)),
            ..Location::default()
        })
        .collect()
}

/// The evidence that has places, as steps a viewer can walk; one step alone is no walk.
fn code_flow(evidence: &[Evidence]) -> Option<CodeFlow<'_>> {
    let locations: Vec<FlowStep<'_>> = evidence
        .iter()
        .filter_map(|step| {
            let physical_location = Some(physical(step.place.as_ref()?)?);
            let message = Some(message(&step.claim));
            Some(FlowStep { location: Location { physical_location, message, ..Location::default() } })
        })
        .collect();
    (locations.len() > 1).then_some(CodeFlow { thread_flows: [ThreadFlow { locations }] })
}

/// The remedy's edits, grouped by file; `None` unless each one can be said exactly.
fn fix(remedy: &Remedy) -> Option<Fix<'_>> {
    let mut by_file: BTreeMap<&str, Vec<Replacement<'_>>> = BTreeMap::new();
    for edit in &remedy.edits {
        by_file.entry(&edit.place.file).or_default().push(replacement(edit)?);
    }
    let artifact_changes: Vec<ArtifactChange<'_>> = by_file
        .into_iter()
        .map(|(file, replacements)| ArtifactChange { artifact_location: artifact(file), replacements })
        .collect();
    (!artifact_changes.is_empty()).then(|| Fix { description: message(&remedy.title), artifact_changes })
}

fn replacement(edit: &Edit) -> Option<Replacement<'_>> {
    let exact = words::is_known(&edit.place) && edit.place.column > 0 && edit.place.end_column > 0;
    let deleted_region = region(&edit.place).filter(|_| exact)?;
    Some(Replacement { deleted_region, inserted_content: message(&edit.text) })
}

fn physical(place: &Place) -> Option<PhysicalLocation> {
    words::is_known(place)
        .then(|| PhysicalLocation { artifact_location: artifact(&place.file), region: region(place) })
}

fn artifact(file: &str) -> ArtifactLocation {
    ArtifactLocation { uri: percent_encoded(file), uri_base_id: ROOT }
}

/// Lines and columns as far as they are known and in order.
fn region(place: &Place) -> Option<Region> {
    if place.line == 0 {
        return None;
    }
    let known = |value: u32| (value > 0).then_some(value);
    let end_line = known(place.end_line).filter(|end| *end >= place.line);
    let start_column = known(place.column);
    let end_column = known(place.end_column).filter(|end| {
        end_line.is_some() && (end_line > Some(place.line) || *end >= start_column.unwrap_or(1))
    });
    Some(Region { start_line: place.line, start_column, end_line, end_column })
}

/// A path as a relative URI reference: everything but unreserved characters and `/` is encoded.
fn percent_encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "error",
        Severity::Moderate => "warning",
        Severity::Low => "note",
    }
}

fn message(text: &str) -> Message<'_> {
    Message { text: text.into() }
}
