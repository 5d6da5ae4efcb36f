//! From the verdict on a growing place to its finding or assurance: one for each place, under the rule of its kind.

use highwater_finding::{Evidence, Finding, Role};
use highwater_program::graph::{Op, OpKind, Rate};

use super::kinds::{growing_values, is_part_of_leak, kind_of};
use super::retention::{Retained, Verdict};
use super::tell::{self, Draft};
use super::wording::{self, driving, each};
use super::{Context, estimate, held, remedies};
use crate::Sink;

/// Sites listed for one place; more would not be read.
const SITES_MAX: usize = 12;

/// Tells every place that belongs to a rule.
pub fn report(cx: &Context<'_>, rule: &'static str, out: &mut Sink) {
    for r in &cx.retained {
        if kind_of(cx, r) != rule || is_part_of_leak(cx, r) {
            continue;
        }
        match &r.verdict {
            Verdict::Leak(_) => out.findings.push(finding(cx, rule, r)),
            Verdict::Held(by, why, op) => out.assurances.push(held::assurance(cx, rule, r, *by, why, *op)),
        }
    }
}

fn finding(cx: &Context<'_>, rule: &'static str, r: &Retained) -> Finding {
    let values = growing_values(cx, &r.place);
    let confidence = values.map_or(r.confidence, |v| v.confidence.max(r.confidence));
    let rate = r.grows.first().map_or(Rate::Never, |g| g.1);
    let mut d = Draft {
        kind: rule,
        title: wording::title(cx, rule, r),
        impact: String::new(),
        subject: tell::subject(cx, &r.place),
        at: cx.l.declaration(&r.place),
        rate,
        confidence,
        evidence: vec![],
        related: vec![],
    };
    let growth = estimate::growth(cx, r);
    d.impact = wording::impact(cx, rule, r, growth.as_ref());
    declared(cx, r, &mut d);
    for (op, _) in r.grows.iter().chain(values.iter().flat_map(|v| &v.grows)).take(SITES_MAX) {
        grows(cx, op, &mut d);
    }
    if let Some(claim) = wording::keys(r) {
        let place = r.grows.iter().find(|(o, _)| o.key.is_some()).map(|(o, _)| cx.l.place_of_expr(o.site));
        d.evidence.push(Evidence { claim, place });
    }
    removals(cx, r, &mut d);
    entry(cx, r, &mut d);
    let mut out = tell::finding(cx, d);
    out.severity = estimate::severity(cx, r, growth.as_ref(), confidence);
    out.growth = growth;
    out.remedies = remedies::remedies(cx, rule, r);
    out
}

fn declared(cx: &Context<'_>, r: &Retained, d: &mut Draft) {
    let place = cx.l.locate(d.at.0, d.at.1);
    let note = wording::lifetime(r).to_string();
    d.evidence.push(Evidence { claim: note.clone(), place: Some(place.clone()) });
    d.related.push(highwater_finding::Related { role: Role::Declaration, place, note });
}

fn grows(cx: &Context<'_>, op: &Op, d: &mut Draft) {
    let note = format!("grows here, on each {}", each(cx, driving(cx, op)));
    let place = cx.l.place_of_expr(op.site);
    if d.related.iter().any(|x| x.role == Role::Growth && x.place == place) {
        return;
    }
    d.evidence.push(Evidence { claim: note.clone(), place: Some(place.clone()) });
    d.related.push(highwater_finding::Related { role: Role::Growth, place, note });
    if let Some(via) = op.via {
        d.related.push(tell::related(cx, Role::Growth, via, "handed to the code that makes it grow".into()));
    }
}

fn removals(cx: &Context<'_>, r: &Retained, d: &mut Draft) {
    for x in r.releases.iter().take(SITES_MAX) {
        let note = wording::why_not(cx, x);
        let place = cx.l.place_of_expr(x.op.site);
        d.evidence.push(Evidence { claim: note.clone(), place: Some(place.clone()) });
        d.related.push(highwater_finding::Related { role: Role::Release, place, note });
    }
    let checks: Vec<&Op> = cx
        .program
        .effects
        .of(&r.place)
        .iter()
        .filter(|o| o.kind == OpKind::SizeCheck)
        .take(SITES_MAX)
        .collect();
    for check in &checks {
        let note = format!(
            "its size is compared with {} here, which keeps nothing out",
            held::limit_words(cx, check)
        );
        d.evidence.push(Evidence { claim: note.clone(), place: Some(cx.l.place_of_expr(check.site)) });
        d.related.push(tell::related(cx, Role::Bound, check.site, note));
    }
    if r.releases.is_empty() {
        let bound = if checks.is_empty() { ", size check" } else { "" };
        let claim = format!("no delete, clear, reset{bound} or sweep of it is in the code");
        d.evidence.push(Evidence { claim, place: None });
    } else if checks.is_empty() {
        let claim = if remedies::is_cache(cx, r) {
            "nothing limits its size either: how many keys come decides how large it gets"
        } else {
            "its size is never checked"
        };
        d.evidence.push(Evidence { claim: claim.into(), place: None });
    }
}

fn entry(cx: &Context<'_>, r: &Retained, d: &mut Draft) {
    let Some((op, _)) = r.grows.first() else { return };
    let f = driving(cx, op);
    let way = tell::way(cx, f);
    if let Some(site) = cx.program.rates.chain(cx.l, &cx.program.calls, f).entry_site {
        let note = format!("{} comes in here", wording::capital(&each(cx, f)));
        d.related.push(tell::related(cx, Role::Entry, site, note));
    }
    d.evidence.push(way);
}
