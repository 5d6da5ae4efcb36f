//! The whole report as JSON, described by `schema/report-1.schema.json`. It owns its structs, so that the words of
//! `highwater_finding` can change without breaking a reader; a change here that breaks one raises the version.

mod experiment;
mod sheet;

use std::io;

use highwater_finding::{
    Assurance, Card, Edit, Evidence, Finding, Growth, LoadStep, MonitorItem, PackageInfo, Place, Problem,
    Related, Remedy, Report, Severity, Subject, Verdict,
};
use serde::Serialize;

use crate::plan::{self, Numbered};
use crate::words;
use experiment::JsonExperiment;

pub(crate) use sheet::sheet;

const SCHEMA: &str = "https://highwater.dev/schema/report-1.json";
const SCHEMA_VERSION: u32 = 1;

/// The report, pretty-printed.
pub(crate) fn report(report: &Report) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(&root(report))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct JsonReport<'a> {
    schema: &'static str,
    schema_version: u32,
    tool: JsonTool<'a>,
    project: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    summary: JsonSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<JsonExperiment<'a>>,
    code: JsonCode<'a>,
    packages: Vec<JsonPackage<'a>>,
    limit: JsonLimit<'a>,
    profile: JsonProfile<'a>,
    findings: Vec<JsonFinding<'a>>,
    assurances: Vec<JsonAssurance<'a>>,
    problems: Vec<JsonProblem<'a>>,
    rules: Vec<JsonRule<'a>>,
    test_plan: Vec<JsonLoadStep<'a>>,
    monitoring: Vec<JsonMonitorItem<'a>>,
    advice: JsonAdvice<'a>,
}

#[derive(Serialize)]
struct JsonTool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct JsonSummary {
    status: String,
    risk: &'static str,
    risk_after_fixes: &'static str,
    critical: usize,
    moderate: usize,
    low: usize,
    held: usize,
    problems: usize,
    hidden: u64,
}

#[derive(Serialize)]
struct JsonCode<'a> {
    files: u64,
    lines: u64,
    bytes: u64,
    largest: Option<JsonLargest<'a>>,
    functions: u64,
    entry_points: u64,
    not_judged: u64,
}

#[derive(Serialize)]
struct JsonLargest<'a> {
    file: &'a str,
    lines: u64,
}

#[derive(Serialize)]
struct JsonPackage<'a> {
    name: &'a str,
    folder: &'a str,
    platform: &'static str,
    because: &'a str,
}

#[derive(Serialize)]
struct JsonLimit<'a> {
    bytes: u64,
    source: &'a str,
}

#[derive(Serialize)]
struct JsonProfile<'a> {
    name: &'a str,
    requests_per_hour: u64,
    connections_per_hour: u64,
    users_per_hour: u64,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    number: usize,
    kind: &'a str,
    title: &'a str,
    impact: &'a str,
    subject: JsonSubject<'a>,
    place: JsonPlace<'a>,
    related: Vec<JsonRelated<'a>>,
    severity: &'static str,
    confidence: f64,
    verdict: &'static str,
    rounds_missing: Option<u32>,
    when: &'static str,
    evidence: Vec<JsonEvidence<'a>>,
    growth: Option<JsonGrowth<'a>>,
    remedies: Vec<JsonRemedy<'a>>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct JsonSubject<'a> {
    file: &'a str,
    path: &'a str,
    symbol: &'a str,
    within: &'a str,
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    excerpt: &'a str,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    role: &'static str,
    note: &'a str,
    place: JsonPlace<'a>,
}

#[derive(Serialize)]
struct JsonEvidence<'a> {
    claim: &'a str,
    place: Option<JsonPlace<'a>>,
}

#[derive(Serialize)]
struct JsonGrowth<'a> {
    bytes_per_event: u64,
    shape: &'a str,
    event: &'a str,
    events_per_hour: u64,
    new_key_percent: u8,
    bytes_per_hour: u64,
    table: Vec<JsonProjection>,
    limit_bytes: u64,
    hours_to_limit: Option<u64>,
}

#[derive(Serialize)]
struct JsonProjection {
    hours: u32,
    entries: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct JsonRemedy<'a> {
    title: &'a str,
    benefit: &'a str,
    code: &'a str,
    language: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
    effort: &'static str,
    recommended: bool,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    place: JsonPlace<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonAssurance<'a> {
    kind: &'a str,
    subject: JsonSubject<'a>,
    place: JsonPlace<'a>,
    held_by: &'static str,
    reason: &'a str,
    evidence: Vec<JsonEvidence<'a>>,
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    kind: &'static str,
    place: JsonPlace<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonRule<'a> {
    id: &'a str,
    title: &'a str,
    since: &'a str,
    default_severity: &'static str,
    fix_safety: &'static str,
    advice: bool,
}

#[derive(Serialize)]
struct JsonLoadStep<'a> {
    route: &'a str,
    requests: u64,
    concurrency: u64,
    expect: &'a str,
    command: &'a str,
}

#[derive(Serialize)]
struct JsonMonitorItem<'a> {
    what: &'a str,
    threshold: &'a str,
    expression: &'a str,
}

#[derive(Serialize)]
struct JsonAdvice<'a> {
    #[serde(rename = "do")]
    dos: &'a [String],
    #[serde(rename = "do_not")]
    donts: &'a [String],
}

/// Findings as a report lists them.
fn findings<'a>(list: impl Iterator<Item = Numbered<'a>>) -> Vec<JsonFinding<'a>> {
    list.map(|entry| finding(entry.number, entry.finding)).collect()
}

fn root(report: &Report) -> JsonReport<'_> {
    JsonReport {
        schema: SCHEMA,
        schema_version: SCHEMA_VERSION,
        tool: JsonTool { name: "highwater", version: &report.tool_version },
        project: &report.project,
        verdict: report.experiment.as_ref().map(|made| made.decision.word()),
        summary: summary(report),
        experiment: report.experiment.as_ref().map(|made| experiment::json(report, made)),
        code: code(report),
        packages: report.packages.iter().map(package).collect(),
        limit: JsonLimit { bytes: report.limit.bytes, source: &report.limit.source },
        profile: JsonProfile {
            name: &report.profile.name,
            requests_per_hour: report.profile.requests_per_hour,
            connections_per_hour: report.profile.connections_per_hour,
            users_per_hour: report.profile.users_per_hour,
        },
        findings: findings(plan::numbered(report)),
        assurances: report.assurances.iter().map(assurance).collect(),
        problems: report.problems.iter().map(problem).collect(),
        rules: report.cards.iter().map(rule).collect(),
        test_plan: report.test_plan.iter().map(load_step).collect(),
        monitoring: report.monitoring.iter().map(monitor_item).collect(),
        advice: JsonAdvice { dos: &report.dos, donts: &report.donts },
    }
}

fn summary(report: &Report) -> JsonSummary {
    JsonSummary {
        status: plan::status(report),
        risk: plan::risk(report),
        risk_after_fixes: plan::risk_after(report),
        critical: plan::count(report, Severity::Critical),
        moderate: plan::count(report, Severity::Moderate),
        low: plan::count(report, Severity::Low),
        held: report.assurances.len(),
        problems: report.problems.len(),
        hidden: report.hidden,
    }
}

fn code(report: &Report) -> JsonCode<'_> {
    let base = &report.code;
    JsonCode {
        files: base.files,
        lines: base.lines,
        bytes: base.bytes,
        largest: base.largest.as_ref().map(|(file, lines)| JsonLargest { file, lines: *lines }),
        functions: base.functions,
        entry_points: base.entry_points,
        not_judged: base.not_judged,
    }
}

fn package(package: &PackageInfo) -> JsonPackage<'_> {
    JsonPackage {
        name: &package.name,
        folder: &package.folder,
        platform: package.platform.word(),
        because: &package.because,
    }
}

fn finding(number: usize, finding: &Finding) -> JsonFinding<'_> {
    JsonFinding {
        number,
        kind: finding.kind,
        title: &finding.title,
        impact: &finding.impact,
        subject: subject(&finding.subject),
        place: place(&finding.place),
        related: finding.related.iter().map(related).collect(),
        severity: finding.severity.word(),
        confidence: finding.confidence.fraction(),
        verdict: finding.verdict.word(),
        rounds_missing: match finding.verdict {
            Verdict::Undecided { rounds_missing } => Some(rounds_missing),
            _ => None,
        },
        when: words::when(finding.when()),
        evidence: finding.evidence.iter().map(evidence).collect(),
        growth: finding.growth.as_ref().map(growth),
        remedies: finding.remedies.iter().map(remedy).collect(),
        fingerprint: &finding.fingerprint,
    }
}

fn subject(subject: &Subject) -> JsonSubject<'_> {
    JsonSubject { file: &subject.file, path: &subject.path, symbol: &subject.symbol, within: &subject.within }
}

fn place(place: &Place) -> JsonPlace<'_> {
    JsonPlace {
        file: &place.file,
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
        excerpt: &place.excerpt,
    }
}

fn related(related: &Related) -> JsonRelated<'_> {
    JsonRelated { role: related.role.word(), note: &related.note, place: place(&related.place) }
}

fn evidence(evidence: &Evidence) -> JsonEvidence<'_> {
    JsonEvidence { claim: &evidence.claim, place: evidence.place.as_ref().map(place) }
}

fn growth(growth: &Growth) -> JsonGrowth<'_> {
    JsonGrowth {
        bytes_per_event: growth.bytes_per_event,
        shape: &growth.shape,
        event: &growth.event,
        events_per_hour: growth.events_per_hour,
        new_key_percent: growth.new_key_percent,
        bytes_per_hour: words::bytes_per_hour(growth),
        table: growth
            .table
            .iter()
            .map(|row| JsonProjection { hours: row.hours, entries: row.entries, bytes: row.bytes })
            .collect(),
        limit_bytes: growth.limit_bytes,
        hours_to_limit: growth.hours_to_limit,
    }
}

fn remedy(remedy: &Remedy) -> JsonRemedy<'_> {
    JsonRemedy {
        title: &remedy.title,
        benefit: &remedy.benefit,
        code: &remedy.code,
        language: &remedy.language,
        before: remedy.before_after.as_ref().map(|(before, _)| before.as_str()),
        after: remedy.before_after.as_ref().map(|(_, after)| after.as_str()),
        effort: words::effort(remedy.effort),
        recommended: remedy.recommended,
        edits: remedy.edits.iter().map(edit).collect(),
    }
}

fn edit(edit: &Edit) -> JsonEdit<'_> {
    JsonEdit { place: place(&edit.place), text: &edit.text }
}

fn assurance(assurance: &Assurance) -> JsonAssurance<'_> {
    JsonAssurance {
        kind: assurance.kind,
        subject: subject(&assurance.subject),
        place: place(&assurance.place),
        held_by: assurance.held_by.word(),
        reason: &assurance.reason,
        evidence: assurance.evidence.iter().map(evidence).collect(),
    }
}

fn problem(problem: &Problem) -> JsonProblem<'_> {
    JsonProblem { kind: problem.kind.word(), place: place(&problem.place), message: &problem.message }
}

fn rule(card: &Card) -> JsonRule<'_> {
    JsonRule {
        id: card.id,
        title: card.title,
        since: card.since,
        default_severity: card.default_severity.word(),
        fix_safety: words::fix_safety(card.fix_safety),
        advice: card.advice,
    }
}

fn load_step(step: &LoadStep) -> JsonLoadStep<'_> {
    JsonLoadStep {
        route: &step.route,
        requests: step.requests,
        concurrency: step.concurrency,
        expect: &step.expect,
        command: &step.command,
    }
}

fn monitor_item(item: &MonitorItem) -> JsonMonitorItem<'_> {
    JsonMonitorItem { what: &item.what, threshold: &item.threshold, expression: &item.expression }
}
