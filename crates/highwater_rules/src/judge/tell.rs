//! From a verdict to a finding or an assurance in full words.

use highwater_finding::{
    Assurance, Confidence, Evidence, Finding, HeldBy, Platform, Related, Role, Severity, Subject,
    Verdict as Known,
};
use highwater_program::graph::{ExprRef, FunRef, Op, PlaceId, Rate};
use highwater_program::ir::*;

use super::Context;
use super::retention::Retained;

/// The subject of a place.
pub fn subject(cx: &Context<'_>, p: &PlaceId) -> Subject {
    let (file, span) = cx.l.declaration(p);
    let place = cx.l.locate(file, span);
    Subject {
        file: place.file,
        path: cx.l.place_path(p),
        symbol: cx.l.place_symbol(p),
        within: String::new(),
    }
}

/// What drives a function, for a sentence: "`POST /projects`", "an interval".
pub fn driver(cx: &Context<'_>, f: FunRef) -> String {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, f);
    if chain.entry.is_empty() { cx.rate(f).phrase().to_string() } else { chain.entry }
}

/// The way from an entry point to a function, as evidence.
pub fn way(cx: &Context<'_>, f: FunRef) -> Evidence {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, f);
    let mut names = vec![called(cx, chain.first)];
    names.extend(chain.steps.iter().map(|(f, _)| called(cx, *f)));
    names.dedup();
    let entry = match chain.entry.as_str() {
        "" => "an entry point".to_string(),
        label if super::wording::is_route(label) => format!("`{label}`"),
        label => label.to_string(),
    };
    let claim = format!("{entry} reaches it through {}", names.join(" → "));
    Evidence { claim, place: chain.entry_site.map(|s| cx.l.place_of_expr(s)) }
}

/// A function for the way to a place: its name in backticks, or "the handler at line 14".
fn called(cx: &Context<'_>, f: FunRef) -> String {
    let name = cx.l.fn_name(f);
    match name.strip_prefix("the function at line ") {
        Some(line) => format!("the handler at line {line}"),
        None => format!("`{name}`"),
    }
}

/// How bad: from lifetime, rate and platform.
pub fn severity(
    cx: &Context<'_>,
    file: highwater_program::graph::FileId,
    rate: Rate,
    confidence: u8,
) -> Severity {
    let platform = cx.l.platform(file);
    if confidence < 35 {
        return Severity::Low;
    }
    match platform {
        Platform::Browser | Platform::Cli => Severity::Low,
        Platform::Isolate | Platform::Function => Severity::Moderate,
        _ if rate >= Rate::Connection && confidence >= 80 => Severity::Critical,
        _ => Severity::Moderate,
    }
}

/// The assurance of a held place.
pub fn assurance(
    cx: &Context<'_>,
    kind: &'static str,
    r: &Retained,
    held_by: HeldBy,
    reason: &str,
    op: Option<Op>,
) -> Assurance {
    let (file, span) = cx.l.declaration(&r.place);
    let evidence = op
        .map(|o| Evidence { claim: reason.to_string(), place: Some(cx.l.place_of_expr(o.site)) })
        .into_iter()
        .collect();
    Assurance {
        kind,
        subject: subject(cx, &r.place),
        place: cx.l.locate(file, span),
        held_by,
        reason: reason.to_string(),
        evidence,
    }
}

/// A related place at an expression.
pub fn related(cx: &Context<'_>, role: Role, e: ExprRef, note: String) -> Related {
    Related { role, place: cx.l.place_of_expr(e), note }
}

/// The parts of a finding that differ from rule to rule.
pub struct Draft {
    /// Rule.
    pub kind: &'static str,
    /// First line.
    pub title: String,
    /// Two or three sentences.
    pub impact: String,
    /// The thing.
    pub subject: Subject,
    /// File and span of the main place.
    pub at: (highwater_program::graph::FileId, Span),
    /// How often.
    pub rate: Rate,
    /// Per cent.
    pub confidence: u8,
    /// The argument.
    pub evidence: Vec<Evidence>,
    /// Other places.
    pub related: Vec<Related>,
}

/// `FakeChannel.sent`, `fake-channel`: it stands in for the real thing in tests.
fn is_double(name: &str) -> bool {
    let words = super::kinds::words(name.split(['.', '#']).next().unwrap_or(""));
    words.len() > 1 && matches!(words[0].as_str(), "fake" | "mock" | "stub" | "dummy")
        || matches!(&words[..], [first, second] if first == "test"
            && matches!(second.as_str(), "utils" | "helper" | "helpers" | "support" | "double" | "harness"))
        || matches!(words.last().map(String::as_str), Some("mock" | "stub" | "fake"))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// Makes a finding of a draft; severity from platform and rate. What to do is for the rule to add.
pub fn finding(cx: &Context<'_>, mut d: Draft) -> Finding {
    // It would leak, if anything ran it.
    if !cx.l.is_loaded(d.at.0) || is_double(&d.subject.path) || is_double(stem(&d.subject.file)) {
        d.confidence = d.confidence.min(34);
    }
    Finding {
        kind: d.kind,
        title: d.title,
        impact: d.impact,
        place: cx.l.locate(d.at.0, d.at.1),
        severity: severity(cx, d.at.0, d.rate, d.confidence),
        confidence: Confidence::percent(d.confidence),
        verdict: Known::Suspected,
        subject: d.subject,
        related: d.related,
        evidence: d.evidence,
        growth: None,
        remedies: vec![],
        fingerprint: String::new(),
    }
}
