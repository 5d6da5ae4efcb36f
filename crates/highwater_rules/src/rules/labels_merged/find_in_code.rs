//! Looks for `x = { ...x, ...fresh }` and `Object.assign(x, fresh)` on long-lived objects with open keys.

use highwater_finding::{Evidence, Finding, Platform, Role};
use highwater_program::graph::{Life, Op, OpKind, PlaceId, Rate, Seg, places};
use highwater_program::ir::*;

use crate::judge::merge::{self, Keys, Source};
use crate::judge::retention::{Retained, Verdict};
use crate::judge::{code, release_remedies, spot, tell};
use crate::{Context, Sink};

/// Reports each merged object once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (place, ops) in &cx.program.effects.places {
        out.findings.extend(merged(cx, place, ops));
    }
}

fn merged(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> Option<Finding> {
    if !ops.iter().any(|o| o.kind == OpKind::Merge && o.via.is_none()) {
        return None;
    }
    let file = places::file_of(place)?;
    if !spot::ships(cx, file) || matches!(cx.l.platform(file), Platform::Browser | Platform::Cli) {
        return None;
    }
    if !matches!(cx.lifetimes.of(place), Life::Process | Life::Entry) || is_let_go(cx, place, ops) {
        return None;
    }
    let (op, rate, source) =
        ops.iter().filter(|o| o.kind == OpKind::Merge && o.via.is_none()).find_map(|o| {
            let rate = cx.rate(o.func);
            if rate < Rate::External || is_own_start(cx, place, o) {
                return None;
            }
            match merge::added(cx, place, o) {
                Keys::Open(source) if !source.is_key => Some((o, rate, source)),
                _ => None,
            }
        })?;
    Some(tell(cx, place, op, rate, &source))
}

/// True for a growing place that this rule tells about, so that it is not told twice.
pub fn owns(cx: &Context<'_>, r: &Retained) -> bool {
    r.grows.iter().all(|(o, _)| o.kind == OpKind::Merge)
        && merged(cx, &r.place, cx.program.effects.of(&r.place)).is_some()
}

/// The object, or the entry that it belongs to, is taken away or replaced while the service runs.
fn is_let_go(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> bool {
    let recurring = |o: &Op| o.kind.shrinks() && cx.rate(o.func).recurs();
    if ops.iter().any(recurring) {
        return true;
    }
    let Some(entry) = place.path.iter().rposition(|s| *s == Seg::Elem) else { return false };
    let holder =
        PlaceId { base: place.base.clone(), path: place.path.get(..entry).unwrap_or_default().to_vec() };
    let held = cx.retained.iter().find(|r| r.place == holder).is_some_and(|r| match &r.verdict {
        Verdict::Held(by, ..) => {
            !matches!(by, highwater_finding::HeldBy::StartUp | highwater_finding::HeldBy::FiniteKeys)
        }
        Verdict::Leak(_) => false,
    });
    held || cx.program.effects.of(&holder).iter().any(recurring)
}

/// Options and state that a constructor or set-up function merges.
fn is_own_start(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let kind = cx.l.function(op.func).kind;
    matches!(kind, FnKind::Constructor | FnKind::ClassInit | FnKind::Module)
        || place.path.is_empty() && matches!(cx.l.place_symbol(place).as_str(), "options" | "opts" | "config")
}

fn tell(cx: &Context<'_>, place: &PlaceId, op: &Op, rate: Rate, source: &Source) -> Finding {
    let path = cx.l.place_path(place);
    let driver = tell::driver(cx, op.func);
    let evidence = vec![
        Evidence {
            claim: format!("`{path}` keeps the keys that it has and takes up every new one"),
            place: Some(cx.l.place_of_expr(op.site)),
        },
        Evidence {
            claim: format!(
                "the keys come from `{}`, and nothing says that there are only so many",
                source.text
            ),
            place: Some(cx.l.place_of_expr(source.at)),
        },
        tell::way(cx, op.func),
        Evidence { claim: "no key is ever taken away, and nothing counts them".into(), place: None },
    ];
    let related = vec![
        tell::related(cx, Role::Growth, op.site, "keys are merged in".into()),
        tell::related(cx, Role::Entry, source.at, "new keys come from here".into()),
    ];
    let finding = spot::moderate(
        cx,
        tell::Draft {
            kind: "labels-merged",
            title: format!("`{path}` takes up a key for every new `{}`, for ever ({driver})", source.text),
            impact:
                "One object collects the keys of all that was ever seen. It grows with traffic, each merge \
                     copies all of it again, and what is exported from it grows with it."
                    .into(),
            subject: tell::subject(cx, place),
            at: (op.site.file, cx.l.file(op.site.file).span(op.site.id)),
            rate,
            confidence: if rate > Rate::External { 82 } else { 60 },
            evidence,
            related,
        },
    );
    let remedy = capped(cx, place, op, source);
    release_remedies::with(cx, finding, op.site.file, "one key more with each new value, for ever", remedy)
}

/// Known keys are brought up to date, new ones only as long as there are few.
fn capped(cx: &Context<'_>, place: &PlaceId, op: &Op, source: &Source) -> release_remedies::Move {
    let name = cx.l.place_path(place);
    let receiver = code::receiver(cx, op).filter(|r| !r.is_empty());
    let max = "MAX_KEYS";
    let code = match (receiver, code::of_expr(cx, source.at, 0)) {
        (Some(to), Some(from)) => format!(
            "const {max} = 100;\n\nfor (const [key, value] of Object.entries({from})) {{\n  if (Object.hasOwn({to}, key) || Object.keys({to}).length < {max}) {to}[key] = value;\n}}"
        ),
        _ => String::new(),
    };
    release_remedies::quick(
        format!("Take up no more than so many keys in `{name}`"),
        "What is known stays up to date; values without an end, such as ids and paths, no longer make new keys.",
        code,
        "at most 100 keys",
    )
}
