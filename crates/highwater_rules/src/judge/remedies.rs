//! What to do about a growing place: code with its own names and types, several options, one recommended.

use highwater_finding::{Effort, Platform, Remedy};
use highwater_program::graph::{Kind, Life, OpKind, Ty};

use super::code::Names;
use super::releases::Driver;
use super::retention::Retained;
use super::wording::{driving, each};
use super::{Context, endings, options};

/// One option before its place in the list is known.
pub struct Choice {
    /// Imperative, one line.
    pub title: String,
    /// What it buys and what it costs.
    pub benefit: String,
    /// Code.
    pub code: String,
    /// Memory and time afterwards.
    pub after: String,
    /// Effort.
    pub effort: Effort,
}

/// The options for a place, the recommended one first.
pub fn remedies(cx: &Context<'_>, rule: &str, r: &Retained) -> Vec<Remedy> {
    let names = Names::of(cx, r);
    let before = before(cx, r);
    options_of(cx, rule, r, &names)
        .into_iter()
        .enumerate()
        .map(|(i, o)| Remedy {
            title: o.title,
            benefit: o.benefit,
            language: if o.code.is_empty() { String::new() } else { names.language().into() },
            code: o.code,
            before_after: Some((before.clone(), o.after)),
            effort: o.effort,
            recommended: i == 0,
            edits: vec![],
        })
        .collect()
}

fn before(cx: &Context<'_>, r: &Retained) -> String {
    let on = r.grows.first().map_or("event".into(), |(op, _)| each(cx, driving(cx, op)));
    match r.kind {
        Kind::Str => format!("longer with each {on}, for ever"),
        Kind::Array => format!("one element more with each {on}, for ever"),
        _ => format!("one entry more with each new key on {on}, for ever"),
    }
}

fn options_of(cx: &Context<'_>, rule: &str, r: &Retained, n: &Names) -> Vec<Choice> {
    let mut out: Vec<Option<Choice>> = match rule {
        "sweep-never-called" => vec![endings::call_sweep(cx, r, n), options::bounded(cx, r, n)],
        "expiry-only-on-read" => vec![options::bounded(cx, r, n), endings::sweep(cx, r, n)],
        "cap-never-enforced" => vec![options::enforce(cx, r, n)],
        "partial-cleanup" => vec![endings::finally(cx, r, n), options::bounded(cx, r, n)],
        "session-not-removed" => {
            vec![
                endings::in_handler(cx, r, n).or_else(|| Some(endings::on_close(cx, r, n))),
                options::weak(cx, r, n),
                options::bounded(cx, r, n),
            ]
        }
        "pending-request-not-removed" => vec![Some(endings::time_out(r, n)), endings::finally(cx, r, n)],
        "lock-not-released" => vec![Some(endings::unlock(r, n))],
        "unbounded-queue" => vec![options::refuse(r, n), options::drop_oldest(r, n)],
        "string-accumulation" => vec![Some(options::tail(n))],
        _ => vec![
            options::weak(cx, r, n),
            endings::in_handler(cx, r, n),
            options::repository(cx, r, n),
            options::bounded(cx, r, n),
            options::drop_oldest(r, n),
            endings::remove_at_end(cx, r, n),
        ],
    };
    if rule == "nested-collection" {
        out.rotate_left(3);
    }
    out.into_iter().flatten().collect()
}

/// True when old entries may go without loss: it only saves work.
pub fn is_cache(cx: &Context<'_>, r: &Retained) -> bool {
    super::releases::is_cache(cx, &r.place, cx.program.effects.of(&r.place))
        || r.releases.iter().any(|x| x.driver == Driver::ReadExpiry)
}

/// True when keys are objects, which a weak map does not keep alive.
pub fn has_object_keys(cx: &Context<'_>, r: &Retained) -> bool {
    matches!(r.kind, Kind::Map | Kind::Set)
        && r.life != Life::NotInProduction
        && r.grows.iter().all(|(o, _)| {
            o.kind == OpKind::GrowKey
                && matches!(
                    cx.l.type_of(o.site.with(o.key)),
                    Ty::Instance(_) | Ty::Lib(_) | Ty::Fn(_) | Ty::AnyFn
                )
        })
}

/// Where the place runs.
pub fn platform(cx: &Context<'_>, n: &Names) -> Platform {
    cx.l.platform(n.file)
}
