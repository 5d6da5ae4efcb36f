//! Who holds what grew: from the snapshots, or, when none shows it, from the figures alone.

use super::Proof;
use crate::heap::HeapOptions;
use highwater_finding::{Confidence, Evidence, Finding, Measure, Place, Rate, Severity, Subject, Verdict};
use highwater_heap::{Named, diff};
use highwater_probe::experiment::Measured;
use highwater_rules::{HeapContext, Settings, Work, judge_heap, measured_growth};
use std::collections::BTreeMap;

/// Holders that grew.
#[derive(Default)]
pub(super) struct Holders {
    /// In proportion to the requests in all rounds, through the long load, and after the rest.
    pub(super) proven: Vec<Finding>,
    /// Unevenly, or nobody looked after the long load: a leak when the heap as a whole says so.
    pub(super) likely: Vec<Finding>,
}

/// Snapshots when one was taken after the rest.
const LOOKS: usize = 5;

/// What the snapshots show.
pub(super) fn find(measured: &Measured, proof: &Proof, settings: &Settings) -> Holders {
    let Some(heaps) = &measured.heaps else { return Holders::default() };
    let options = HeapOptions {
        root: Some(proof.folder.clone()),
        source_maps: proof.source_maps.clone(),
        ..HeapOptions::default()
    };
    let sources = options.sources().with_scripts(&measured.scripts);
    let named = Named::of(&heaps.last);
    let grown = diff(&heaps.earlier, &named);
    let work = Work::Requests(measured.rounds.clone());
    let cx = HeapContext::of_diff(&named, &grown, work, &sources);
    let requests: u64 = measured.rounds.iter().sum();
    let mut holders = Holders::default();
    let whole = measured.rounds.len() + 1 >= LOOKS;
    let figures = cx.gained_bytes().into_iter().zip(cx.is_even());
    for (mut finding, (bytes, even)) in judge_heap(&cx).into_iter().zip(figures) {
        finding.verdict = Verdict::Proven;
        let each = bytes / requests.max(1);
        finding.growth = Some(measured_growth(settings, each, "measured".to_owned()));
        if whole && even { holders.proven.push(finding) } else { holders.likely.push(finding) }
    }
    holders
}

/// What a figure that grows is called when no holder shows it, and what to look for.
const KINDS: &[(Measure, &str, &str)] = &[
    (Measure::Descriptors, "resource-not-closed", "file descriptors"),
    (Measure::Handles, "resource-not-closed", "handles"),
    (Measure::Threads, "resource-not-closed", "threads"),
    (Measure::External, "resource-not-closed", "buffers"),
    (Measure::Native, "resource-not-closed", "native memory"),
    (Measure::Contexts, "unbounded-map", "script contexts"),
    (Measure::Heap, "unbounded-object", "heap"),
];

/// One finding for what grows without a holder in the heap.
pub(super) fn without(measured: &Measured, rates: &[Rate], proof: &Proof) -> Vec<Finding> {
    let grown = KINDS.iter().filter_map(|(measure, kind, what)| {
        let rate = rates.iter().find(|rate| rate.measure == *measure && rate.grows)?;
        Some((rate, *kind, *what))
    });
    let Some((rate, kind, what)) = grown.min_by_key(|(rate, _, _)| rate.measure != Measure::Handles) else {
        return Vec::new();
    };
    let kind = if rate.measure == Measure::Handles && handle(measured) == "Timeout" {
        "timer-not-cleared"
    } else {
        kind
    };
    let which = if rate.measure == Measure::Handles { handle(measured) } else { what.to_owned() };
    let per_request = rate.milli as f64 / 1000.0;
    let unit = if rate.measure.is_bytes() { " bytes" } else { "" };
    let claim = |claim: String| Evidence { claim, place: None };
    vec![Finding {
        kind,
        title: format!("{which} grow by {per_request:.2}{unit} with every request, and nothing in the heap names who holds them"),
        impact: "They stay when nothing is sent any more. What was opened, or allocated outside of the heap, is not released.".to_owned(),
        subject: Subject { file: String::new(), path: which.clone(), symbol: which, within: String::new() },
        place: Place { file: String::new(), ..Place::default() },
        related: Vec::new(),
        severity: Severity::Critical,
        confidence: Confidence::percent(85),
        verdict: Verdict::Proven,
        evidence: vec![claim(format!(
            "{} over {} requests: between {:.2} and {:.2} each",
            rate.measure.words(),
            measured.requests,
            rate.low_milli as f64 / 1000.0,
            rate.high_milli as f64 / 1000.0
        )), claim(format!("started as `{}` in `{}`", measured.command, proof.folder.display()))],
        growth: None,
        remedies: Vec::new(),
        fingerprint: String::new(),
    }]
}

/// The kind of handle that grew most.
fn handle(measured: &Measured) -> String {
    let empty = BTreeMap::new();
    let (first, last) =
        (measured.handles.first().unwrap_or(&empty), measured.handles.last().unwrap_or(&empty));
    let gained = |kind: &&String| last[*kind].saturating_sub(first.get(*kind).copied().unwrap_or(0));
    last.keys().max_by_key(gained).cloned().unwrap_or_else(|| "handles".to_owned())
}
