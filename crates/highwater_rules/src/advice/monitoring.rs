//! What to watch in production: the memory of the process and the size of each leaking place.

use highwater_finding::{Finding, MonitorItem, Platform};
use highwater_program::FileRole;
use highwater_program::graph::{Base, Kind, Seg};
use highwater_program::ir::*;

use crate::Context;
use crate::judge::held::thousands;
use crate::judge::retention::{Retained, Verdict};
use crate::judge::{tell, wording};

/// Gauges beyond this are noise.
const ITEMS_MAX: usize = 12;

/// The items: the process first, then the places, in the order of the findings.
pub fn items(cx: &Context<'_>, findings: &[Finding]) -> Vec<MonitorItem> {
    let mut out = process(cx);
    let mut ranked: Vec<&Finding> = super::worth(findings).collect();
    ranked.sort_by_key(|f| (std::cmp::Reverse(f.severity), std::cmp::Reverse(f.confidence)));
    let mut sizes: Vec<MonitorItem> = Vec::new();
    for f in ranked {
        if sizes.len() == ITEMS_MAX {
            break;
        }
        let Some(r) = place_of(cx, f) else { continue };
        let what = format!("entries of `{}`", f.subject.path);
        if !sizes.iter().any(|i| i.what == what) {
            sizes.push(MonitorItem {
                what,
                threshold: threshold(f),
                expression: expression(cx, r).unwrap_or_default(),
            });
        }
    }
    out.extend(sizes);
    out
}

fn item(what: &str, threshold: String, expression: &str) -> MonitorItem {
    MonitorItem { what: what.into(), threshold, expression: expression.into() }
}

fn process(cx: &Context<'_>) -> Vec<MonitorItem> {
    let limit = cx.settings.limit.bytes;
    let part = |percent: u64| wording::bytes(limit / 100 * percent);
    let runs =
        |p: Platform| cx.l.iter().any(|(file, f)| f.role == FileRole::Source && cx.l.platform(file) == p);
    if runs(Platform::Server) || runs(Platform::Library) || runs(Platform::Function) {
        return vec![
            item(
                "heap used",
                format!(
                    "warn above {}, alert above {} (70 % and 80 % of {})",
                    part(70),
                    part(80),
                    wording::bytes(limit)
                ),
                "process.memoryUsage().heapUsed",
            ),
            item(
                "resident memory",
                format!("alert above {} (90 % of {})", part(90), wording::bytes(limit)),
                "process.memoryUsage().rss",
            ),
            item(
                "external memory and array buffers",
                "alert when it has risen for an hour without falling".into(),
                "process.memoryUsage().external",
            ),
            item(
                "open handles",
                "alert when it has risen for an hour at steady traffic".into(),
                "process.getActiveResourcesInfo().length",
            ),
        ];
    }
    if runs(Platform::Isolate) {
        return vec![item(
            "errors `Worker exceeded memory limit`",
            format!("alert on the first: the isolate had {}", wording::bytes(limit)),
            "",
        )];
    }
    vec![]
}

/// The place that a finding is about.
fn place_of<'c>(cx: &'c Context<'_>, f: &Finding) -> Option<&'c Retained> {
    cx.retained.iter().find(|r| {
        matches!(r.verdict, Verdict::Leak(_))
            && cx.l.place_path(&r.place) == f.subject.path
            && tell::subject(cx, &r.place) == f.subject
    })
}

/// A working day's worth of entries.
fn threshold(f: &Finding) -> String {
    let day = f.growth.as_ref().and_then(|g| g.table.iter().find(|p| p.hours == 8));
    match day {
        Some(p) if p.entries > 0 => {
            let entries = i64::try_from(p.entries).unwrap_or(i64::MAX);
            format!("alert above {}: 8 hours of the assumed traffic", thousands(entries))
        }
        _ => "alert when it has not fallen for a day".into(),
    }
}

/// JavaScript that counts the entries, where the place can be named from outside.
fn expression(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let base = match &r.place.base {
        Base::Binding(b) if cx.l.binding(*b).func == FnId::MODULE => {
            cx.l.file(b.file).name_of(b.id).to_string()
        }
        Base::Field(c, name) if !name.starts_with('#') => {
            let f = cx.l.file(c.file);
            let class = cx.l.class(*c);
            if f.field_named(c.id, name).is_some_and(|x| x.is_static) {
                format!("{}.{name}", f.str(class.name))
            } else {
                format!("{}.{name}", instance(cx, *c)?)
            }
        }
        _ => return None,
    };
    let mut holder = (base, outer_kind(cx, r));
    let mut inner = String::new();
    for seg in &r.place.path {
        match seg {
            Seg::Prop(n) if inner.is_empty() => holder.0 = format!("{}.{n}", holder.0),
            Seg::Prop(n) => inner = format!("{inner}.{n}"),
            Seg::Elem if inner.is_empty() => inner = "x".into(),
            Seg::Elem => return None,
        }
    }
    if inner.is_empty() {
        return Some(count(&holder.0, r.kind));
    }
    let values = match holder.1? {
        Kind::Map | Kind::Set => format!("[...{}.values()]", holder.0),
        Kind::Array => holder.0,
        _ => format!("Object.values({})", holder.0),
    };
    Some(format!("{values}.reduce((n, x) => n + {}, 0)", count(&inner, r.kind)))
}

fn outer_kind(cx: &Context<'_>, r: &Retained) -> Option<Kind> {
    let first = r.place.path.iter().position(|s| *s == Seg::Elem)?;
    let path = r.place.path[..first].to_vec();
    cx.l.kind_of_place(&highwater_program::graph::PlaceId { base: r.place.base.clone(), path })
}

fn count(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Map | Kind::Set | Kind::Weak => format!("{text}.size"),
        Kind::Array | Kind::Str => format!("{text}.length"),
        Kind::Object => format!("Object.keys({text}).length"),
    }
}

/// The module-level name of the one instance.
fn instance(cx: &Context<'_>, c: highwater_program::graph::ClassRef) -> Option<String> {
    let made = cx.l.news.get(&c)?.iter().filter(|e| cx.l.file(e.file).role == FileRole::Source);
    let mut names = made.filter_map(|e| {
        let f = cx.l.file(e.file);
        let held =
            f.bindings.iter().enumerate().find(|(_, b)| f.plain(b.init) == e.id && b.func == FnId::MODULE)?;
        Some(f.name_of(BindingId(held.0 as u32)).to_string())
    });
    let one = names.next()?;
    names.next().is_none().then_some(one)
}
