//! x
use crate::{Context, Sink};
use crate::judge::{retention::Verdict, tell};
use highwater_finding::{Evidence, Role};
/// f
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for r in &cx.retained {
        match &r.verdict {
            Verdict::Leak(cause) => {
                let at = cx.l.declaration(&r.place);
                let (g, rate) = r.grows[0];
                let d = tell::Draft { kind: "unbounded-collection", title: format!("{} {:?} {:?} {:?} {:?} {:?}", cx.l.place_path(&r.place), cause, r.life, rate, r.keys, r.releases.iter().map(|x| (x.driver, cx.l.place_of_expr(x.op.site).line)).collect::<Vec<_>>()), impact: String::new(), subject: tell::subject(cx, &r.place), at, rate, confidence: r.confidence, evidence: vec![Evidence{claim: tell::driver(cx, g.func), place: None}, tell::way(cx, g.func)], related: r.grows.iter().map(|(o, _)| tell::related(cx, Role::Growth, o.site, String::new())).collect() };
                out.findings.push(tell::finding(cx, d));
            }
            Verdict::Held(h, why, op) => out.assurances.push(tell::assurance(cx, "unbounded-collection", r, *h, why, *op)),
        }
    }
}
