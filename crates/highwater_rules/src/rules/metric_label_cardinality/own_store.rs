//! Metric stores of our own: a map-like class that is filled under attribute sets and never limited.

use highwater_finding::{Evidence, Role};
use highwater_program::graph::{ClassRef, ExprRef, Kind, OpKind, PlaceId, Rate, Ty, places};
use highwater_program::ir::*;

use crate::judge::{spot, tell};
use crate::{Context, Sink};

/// Methods that add an entry to a map-like class.
const ADDS: &[&str] = &["set", "getOrDefault", "getOrCreate", "getOrSet", "put"];

/// Reports fields that hold such a store.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let mut told: Vec<PlaceId> = Vec::new();
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file) || !cx.stays_up(file) {
            continue;
        }
        for &id in &cx.l.ix(file).calls {
            let Some((object, name, args)) = spot::method_call(f, id) else { continue };
            if !ADDS.contains(&name) || !is_attribute_set(cx, ExprRef { file, id: f.nth(args, 0) }) {
                continue;
            }
            let call = ExprRef { file, id };
            let Some(place) = unlimited(cx, call, object) else { continue };
            if !told.contains(&place) {
                out.findings.push(tell(cx, call, &place));
                told.push(place);
            }
        }
    }
}

/// Named as what a measurement is labelled with.
fn is_attribute_set(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    let Expr::Ref(b) = f.expr(f.awaited(e.id)) else { return false };
    let name = f.name_of(b).to_ascii_lowercase();
    ["attributes", "labels", "labelset", "tags", "dimensions"].iter().any(|w| name.ends_with(w))
}

/// The long-lived place of a map-like class without a limit, a removal or a replacement.
fn unlimited(cx: &Context<'_>, call: ExprRef, object: ExprId) -> Option<PlaceId> {
    let receiver = call.with(object);
    let Ty::Instance(class) = cx.l.type_of(receiver) else { return None };
    if !is_map_like(cx, class) || cx.rate(cx.l.fn_of(call)) < Rate::External {
        return None;
    }
    let place = cx.l.place(receiver)?;
    places::file_of(&place)?;
    if !cx.lifetimes.of(&place).is_long() || cx.l.place_symbol(&place).is_empty() {
        return None;
    }
    let ops = cx.program.effects.of(&place);
    let held =
        ops.iter().any(|o| o.kind == OpKind::SizeCheck || o.kind.shrinks() && cx.rate(o.func).recurs());
    (!held && !removes(cx, &place)).then_some(place)
}

/// A class that wraps a map: it has `get` or `has`, adds, and owns a collection. One that evicts is none.
fn is_map_like(cx: &Context<'_>, class: ClassRef) -> bool {
    let l = cx.l;
    let has = |name: &str| l.method(class, name, 0).is_some();
    // A metric has `get()`, a store has `get(key)`.
    let by_key = |name: &str| l.method(class, name, 0).is_some_and(|m| !l.function(m).params.is_empty());
    let owner = |c: ClassRef| {
        let f = l.file(c.file);
        l.class(c)
            .fields
            .iter()
            .any(|x| matches!(l.ty_of_field(c, f.str(x.name), 0).kind(), Some(Kind::Map | Kind::Object)))
    };
    let base = l.class_of_value(class.with(l.class(class).base), 0);
    let name = l.file(class.file).str(l.class(class).name).to_ascii_lowercase();
    let evicts = ["lru", "ttl", "bounded", "limited", "weak"].iter().any(|w| name.contains(w));
    (by_key("get") || by_key("has"))
        && ADDS.iter().any(|a| has(a))
        && !evicts
        && (owner(class) || base.is_some_and(owner))
}

/// Some call takes entries out of the place again.
fn removes(cx: &Context<'_>, place: &PlaceId) -> bool {
    let Some(file) = places::file_of(place) else { return true };
    let f = cx.l.file(file);
    cx.l.ix(file).calls.iter().any(|&c| {
        spot::method_call(f, c).is_some_and(|(object, name, _)| {
            matches!(name, "delete" | "remove" | "clear" | "reset" | "evict" | "prune")
                && cx.l.place(ExprRef { file, id: object }).as_ref() == Some(place)
        })
    })
}

fn tell(cx: &Context<'_>, call: ExprRef, place: &PlaceId) -> highwater_finding::Finding {
    let path = cx.l.place_path(place);
    let func = cx.l.fn_of(call);
    let rate = cx.rate(func);
    let evidence = vec![
        Evidence {
            claim: format!("`{path}` keeps one entry for each set of attributes"),
            place: Some(cx.l.place_of_expr(call)),
        },
        tell::way(cx, func),
        Evidence {
            claim: "no entry is removed, the store is never replaced, and nothing limits how many there are"
                .into(),
            place: None,
        },
    ];
    spot::moderate(
        cx,
        tell::Draft {
            kind: "metric-label-cardinality",
            title: format!("`{path}` keeps an entry for every set of attributes that was ever recorded"),
            impact:
                "Whoever records a measurement decides how many entries there are. One attribute with ids or \
                     paths, and the store grows for as long as the process lives."
                    .into(),
            subject: tell::subject(cx, place),
            at: cx.l.declaration(place),
            rate,
            confidence: 62,
            evidence,
            related: vec![tell::related(cx, Role::Growth, call, "an entry is added".into())],
        },
    )
}
