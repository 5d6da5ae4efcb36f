//! What a report adds up to: counts in words, risk, effort, the action plan. It must not know any format's syntax.

use std::collections::BTreeSet;

use highwater_finding::{
    Card, Decision, Effort, Finding, FixSafety, LoadStep, Platform, Remedy, Report, Severity, Verdict, When,
};

use crate::{experiment, words};

/// Whether the binary has `highwater prove`. A report must not send its reader to a command that is not there.
pub(crate) const HAS_PROVE: bool = true;
/// Whether the binary has `highwater fix`.
pub(crate) const HAS_FIX: bool = false;

/// A finding with its number in the report, counted from 1.
pub(crate) struct Numbered<'a> {
    pub(crate) number: usize,
    pub(crate) finding: &'a Finding,
}

/// The findings of a report with their numbers: what an experiment proved first, what it refuted last.
pub(crate) fn numbered(report: &Report) -> impl Iterator<Item = Numbered<'_>> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    if report.experiment.is_some() {
        findings.sort_by_key(|finding| rank(finding.verdict));
    }
    findings.into_iter().enumerate().map(|(index, finding)| Numbered { number: index + 1, finding })
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Proven => 0,
        Verdict::Observed => 1,
        Verdict::Undecided { .. } => 2,
        Verdict::Suspected => 3,
        Verdict::Refuted => 4,
    }
}

/// The findings that stand, in the order of `numbered`: all but what an experiment refuted.
pub(crate) fn standing(report: &Report) -> impl Iterator<Item = &Finding> {
    numbered(report).map(|entry| entry.finding).filter(|finding| stands(finding))
}

/// What an experiment refuted.
pub(crate) fn refuted(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| !stands(finding)).collect()
}

/// False for what an experiment refuted.
pub(crate) fn stands(finding: &Finding) -> bool {
    finding.verdict != Verdict::Refuted
}

/// How many findings that stand have this severity.
pub(crate) fn count(report: &Report, severity: Severity) -> usize {
    standing(report).filter(|finding| finding.severity == severity).count()
}

/// The severity of the worst finding that stands.
pub(crate) fn worst(report: &Report) -> Option<Severity> {
    standing(report).map(|finding| finding.severity).max()
}

/// The card of a rule, if it is among them.
pub(crate) fn card<'a>(cards: &'a [Card], kind: &str) -> Option<&'a Card> {
    cards.iter().find(|card| card.id == kind)
}

/// Findings with their numbers.
pub(crate) fn numbers(findings: &[Finding]) -> impl Iterator<Item = Numbered<'_>> {
    findings.iter().enumerate().map(|(index, finding)| Numbered { number: index + 1, finding })
}

/// The three parts of the plan with their headings.
pub(crate) const PARTS: [(When, &str, &str); 3] = [
    (When::Now, "Now", "before the next deploy"),
    (When::Next, "Next", "in the next sprint"),
    (When::Later, "Later", "when the service is next reworked"),
];

/// The remedy to lead with.
pub(crate) fn recommended(finding: &Finding) -> Option<&Remedy> {
    finding.remedies.iter().find(|r| r.recommended).or_else(|| finding.remedies.first())
}

/// The remedies, the recommended one first.
pub(crate) fn remedies(finding: &Finding) -> Vec<&Remedy> {
    let (first, rest): (Vec<_>, Vec<_>) = finding.remedies.iter().partition(|r| r.recommended);
    first.into_iter().chain(rest).collect()
}

/// Risk in one word if shipped as it is: that of the worst finding that stands, and high when an experiment saw a leak.
pub(crate) fn risk(report: &Report) -> &'static str {
    match (worst(report), report.experiment.as_ref().map(|experiment| experiment.decision)) {
        (Some(Severity::Critical), _) | (_, Some(Decision::Leak)) => "high",
        (Some(Severity::Moderate), _) => "medium",
        (Some(Severity::Low) | None, _) => "low",
    }
}

/// Risk in one word once every finding that has a remedy is mended.
pub(crate) fn risk_after(report: &Report) -> &'static str {
    let worst = standing(report).filter(|f| f.remedies.is_empty()).map(|f| f.severity).max();
    match worst {
        Some(Severity::Critical) => "high",
        Some(Severity::Moderate) => "medium",
        Some(Severity::Low) | None => "low",
    }
}

/// "1 critical, 2 moderate, 1 low", leaving out what there is none of; "none" without findings.
pub(crate) fn counts(report: &Report) -> String {
    let parts: Vec<String> = words::SEVERITIES
        .into_iter()
        .filter(|severity| count(report, *severity) > 0)
        .map(|severity| format!("{} {}", words::thousands(count(report, severity) as u64), severity.word()))
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// The state of the whole in one clause: "Leaks found: act before the next deploy".
pub(crate) fn status(report: &Report) -> String {
    status_in(report, "")
}

/// `status` with the place in it, as in "Leaks found in api: act before the next deploy".
pub(crate) fn status_in(report: &Report, place: &str) -> String {
    let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
    if let Some(experiment) = &report.experiment {
        return experiment::status(experiment.decision, &place);
    }
    match worst(report) {
        Some(Severity::Critical) => format!("Leaks found{place}: act before the next deploy"),
        Some(Severity::Moderate) => format!("Leaks found{place}: mend them in the next sprint"),
        Some(Severity::Low) => format!("Only minor findings{place}: fit to ship"),
        None => format!("No leaks found{place}"),
    }
}

/// "1 takes minutes, 2 take an hour or two each", over the recommended remedies.
pub(crate) fn effort<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let efforts: Vec<Option<Effort>> = findings.map(|f| recommended(f).map(|r| r.effort)).collect();
    let mut parts: Vec<String> = Vec::new();
    for effort in [Effort::Minutes, Effort::Hours, Effort::Days] {
        match efforts.iter().filter(|e| **e == Some(effort)).count() {
            0 => {}
            1 => parts.push(format!("1 takes {}", effort.word())),
            many => parts.push(format!("{many} take {} each", effort.word())),
        }
    }
    match efforts.iter().filter(|e| e.is_none()).count() {
        0 => {}
        1 => parts.push("1 has no ready-made remedy".to_owned()),
        many => parts.push(format!("{many} have no ready-made remedy")),
    }
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// "36 files, 6,029 lines".
pub(crate) fn size(report: &Report) -> String {
    format!("{}, {}", words::count(report.code.files, "file"), words::count(report.code.lines, "line"))
}

/// "4 things look like leaks and are held"; empty when there is none.
pub(crate) fn held(report: &Report) -> String {
    match report.assurances.len() {
        0 => String::new(),
        1 => "1 thing looks like a leak and is held".to_owned(),
        many => format!("{} things look like leaks and are held", words::thousands(many as u64)),
    }
}

/// How many findings Highwater can edit by itself, and whether every such edit is safe.
pub(crate) fn fixable(report: &Report) -> (usize, bool) {
    let fixable: Vec<&Finding> =
        report.findings.iter().filter(|f| f.remedies.iter().any(|r| !r.edits.is_empty())).collect();
    let safe =
        fixable.iter().all(|f| report.card(f.kind).is_some_and(|card| card.fix_safety == FixSafety::Safe));
    (fixable.len(), safe)
}

/// True if something in the report runs where `process.memoryUsage()` exists.
pub(crate) fn has_process(report: &Report) -> bool {
    report.packages.is_empty()
        || report.packages.iter().any(|p| !matches!(p.platform, Platform::Isolate | Platform::Browser))
}

/// One line to close with.
pub(crate) fn conclusion(report: &Report) -> String {
    if let Some(experiment) = &report.experiment {
        return words::sentence(&words::one_line(&experiment.because));
    }
    if report.findings.is_empty() {
        return "Nothing in the code that was read holds memory that never comes back.".to_owned();
    }
    format!(
        "Risk is {} if shipped as it is and {} after the recommended fixes; of {}, {}.",
        risk(report),
        risk_after(report),
        words::count_of(report.findings.len(), "finding"),
        effort(report.findings.iter()),
    )
}

/// TypeScript that reports the process's memory and the sizes worth watching, ready to paste.
pub(crate) fn monitor_snippet(report: &Report) -> String {
    let mut code = String::from(
        "const MB = 1024 * 1024;\n\n\
         export function memoryStats() {\n\
         \x20 const usage = process.memoryUsage();\n\
         \x20 return {\n\
         \x20   rssMb: Math.round(usage.rss / MB),\n\
         \x20   heapUsedMb: Math.round(usage.heapUsed / MB),\n\
         \x20   heapTotalMb: Math.round(usage.heapTotal / MB),\n\
         \x20   externalMb: Math.round(usage.external / MB),\n",
    );
    let mut names = BTreeSet::new();
    for item in report.monitoring.iter().filter(|item| is_size_of_a_collection(&item.expression)) {
        let name = words::one_line(&item.what).replace(['`', '"', '\\'], "");
        if !names.insert(name.clone()) {
            continue;
        }
        code.push_str(&format!("    \"{name}\": {},\n", words::one_line(&item.expression)));
    }
    let alert_mb = report.limit.bytes / 10 * 8 / (1024 * 1024);
    code.push_str(&format!(
        "\x20 }};\n\
         }}\n\n\
         setInterval(() => {{\n\
         \x20 const stats = memoryStats();\n\
         \x20 console.log(JSON.stringify(stats));\n\
         \x20 if (stats.heapUsedMb > {alert_mb}) console.error(\"heap above 80 % of its limit\", stats);\n\
         }}, 60_000).unref();"
    ));
    code
}

/// The process's own figures are in the snippet already.
fn is_size_of_a_collection(expression: &str) -> bool {
    !expression.is_empty() && !expression.contains("process.memoryUsage")
}

/// The platforms of the packages, each once.
pub(crate) fn platforms(report: &Report) -> Vec<&'static str> {
    let mut platforms: Vec<&str> = report.packages.iter().map(|p| p.platform.word()).collect();
    platforms.sort_unstable();
    platforms.dedup();
    platforms
}

/// The frame of every load test, in order.
pub(crate) const TEST_STEPS: [&str; 6] = [
    "Start the service as in production and let it settle.",
    "Take a heap snapshot (`node --inspect`, then `chrome://inspect`, Memory).",
    "Run load on the routes and events that drive the growth; what is held must stop growing.",
    "Take a second snapshot, compare with the first, look at what was retained.",
    "Repeat with twice the requests: what is bounded stays the same, what leaks doubles.",
    "Leave it under light load for 24 hours; heap used after collection must be flat.",
];

/// What saves the work of `TEST_STEPS`.
pub(crate) const TEST_BY_TOOL: &str = "`highwater prove -- COMMAND` starts the service, drives its routes, and says what grows; steps that need a user or a body want a `--scenario`.";

/// The command of a load step under a comment that names its route, if it has one.
pub(crate) fn command(step: &LoadStep) -> Option<String> {
    let command = step.command.trim_end();
    (!command.is_empty()).then(|| format!("# {}\n{command}", words::one_line(&step.route)))
}
