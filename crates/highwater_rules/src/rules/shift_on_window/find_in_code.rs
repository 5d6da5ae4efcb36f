//! Looks for long-lived arrays that are pushed to and, once full, shifted at the same rate.

use highwater_finding::{Evidence, Finding, Role};
use highwater_program::graph::{ExprRef, FunRef, Kind, Op, OpKind, PlaceId, Rate, places};

use crate::judge::{code, release_remedies, spot, tell};
use crate::{Context, Sink};

/// Moving fewer entries than this costs less than the call around it.
const ENTRIES_MIN: f64 = 500.0;

/// Reports each window once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (place, ops) in &cx.program.effects.places {
        out.findings.extend(window(cx, place, ops));
    }
}

/// One window and what is done to the whole of it per event.
struct Window<'o> {
    record: &'o Op,
    rate: Rate,
    /// The removal at the front, when it moves the rest.
    shift: Option<&'o Op>,
    /// Entries when full.
    entries: f64,
    /// Sums, sorts or copies over all of it beside the record.
    whole: Option<ExprRef>,
}

fn window(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> Option<Finding> {
    let file = places::file_of(place)?;
    let record = ops.iter().find(|o| o.kind == OpKind::GrowEnd && o.via.is_none())?;
    let rate = cx.rate(record.func);
    if !spot::ships(cx, file) || !cx.stays_up(file) || rate < Rate::External || cx.l.in_loop(record.site) {
        return None;
    }
    if cx.l.kind_of_place(place) != Some(Kind::Array) || !cx.lifetimes.of(place).is_long() {
        return None;
    }
    let (shift, check) = ops.iter().filter(|o| is_at_front(cx, o, record)).find_map(|o| {
        let check = ops.iter().find(|c| c.kind == OpKind::SizeCheck && guards(cx, o, c))?;
        Some((o, check))
    })?;
    // A size that only the configuration knows is not guessed.
    let entries = spot::number(cx.l, check.site.with(check.key)).filter(|n| *n >= ENTRIES_MIN)?;
    let whole = walks_whole(cx, place, ops, record.func);
    let moves = is_moving(cx, shift, record);
    if !moves && whole.is_none() {
        return None;
    }
    Some(tell(cx, place, &Window { record, rate, shift: moves.then_some(shift), entries, whole }))
}

/// A removal of the oldest entry that runs with the record.
fn is_at_front(cx: &Context<'_>, op: &Op, record: &Op) -> bool {
    op.kind == OpKind::RemoveEnd
        && op.via.is_none()
        && (op.func == record.func
            || cx.program.calls.callees(record.func).any(|e| cx.program.calls.function(e.to) == op.func))
}

/// `shift()`, `splice(0, 1)`, and `pop()` after `unshift()`, move every other entry.
fn is_moving(cx: &Context<'_>, op: &Op, record: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    match spot::method_call(f, op.site.id) {
        Some((_, "shift", _)) => true,
        Some((_, "pop", _)) => {
            spot::called(cx.l.file(record.site.file), record.site.id).is_some_and(|(n, _)| n == "unshift")
        }
        Some((_, "splice", args)) => spot::number(cx.l, op.site.with(f.nth(args, 0))) == Some(0.0),
        _ => false,
    }
}

fn guards(cx: &Context<'_>, op: &Op, check: &Op) -> bool {
    check.site.file == op.site.file
        && cx.l.guards(op.site).iter().any(|(t, _)| cx.l.any_in(op.site.with(*t), &|x| x == check.site))
}

/// A pass over every entry in the recording function.
fn walks_whole(cx: &Context<'_>, place: &PlaceId, ops: &[Op], func: FunRef) -> Option<ExprRef> {
    let l = cx.l;
    let f = l.file(func.file);
    let by_call = spot::calls_in(l, func).find(|&c| {
        spot::method_call(f, c).is_some_and(|(object, name, _)| {
            matches!(name, "reduce" | "sort" | "toSorted" | "filter" | "map" | "reduceRight")
                && l.iterated(func.with(object), 0).as_ref() == Some(place)
        })
    });
    let by_loop = ops.iter().find(|o| o.kind == OpKind::Iterate && o.func == func && o.via.is_none());
    by_call.map(|c| func.with(c)).or(by_loop.map(|o| o.site))
}

fn tell(cx: &Context<'_>, place: &PlaceId, w: &Window<'_>) -> Finding {
    let name = cx.l.place_symbol(place);
    let size = format!("{} entries", spot::grouped(w.entries));
    let what = match (w.shift, w.whole) {
        (Some(_), Some(_)) => format!("moves and walks {size}"),
        (Some(_), None) => format!("moves {size}"),
        _ => format!("walks {size}"),
    };
    let driver = tell::driver(cx, w.record.func);
    let main = w.shift.map(|o| o.site).or(w.whole).unwrap_or(w.record.site);
    let mut evidence = vec![Evidence {
        claim: format!("`{name}` is a window: it takes one value {}", w.rate.phrase()),
        place: Some(cx.l.place_of_expr(w.record.site)),
    }];
    if let Some(op) = w.shift {
        evidence.push(Evidence {
            claim: "once it is full, dropping the oldest value moves every other one by a place".into(),
            place: Some(cx.l.place_of_expr(op.site)),
        });
    }
    if let Some(e) = w.whole {
        evidence.push(Evidence {
            claim: "the whole window is gone through again at each record".into(),
            place: Some(cx.l.place_of_expr(e)),
        });
    }
    evidence.push(tell::way(cx, w.record.func));
    let mut related = vec![tell::related(cx, Role::Growth, w.record.site, "a value is recorded".into())];
    related.extend(w.shift.map(|o| tell::related(cx, Role::Release, o.site, "the oldest value goes".into())));
    related.extend(w.whole.map(|e| tell::related(cx, Role::Growth, e, "a pass over all of them".into())));
    let span = cx.l.file(main.file).span(main.id);
    let finding = spot::low(
        cx,
        tell::Draft {
            kind: "shift-on-window",
            title: format!("`{name}` {what} for each value that it records ({driver})"),
            impact: format!(
                "The memory is bounded, the work is not free: each record costs time in proportion to the window \
                 ({size}), on the path that is measured. A ring with a running sum costs the same for every value."
            ),
            subject: tell::subject(cx, place),
            at: (main.file, span),
            rate: w.rate,
            confidence: if w.rate > Rate::External { 85 } else { 65 },
            evidence,
            related,
        },
    );
    let remedy = in_one_go(cx, place, w);
    release_remedies::with(
        cx,
        finding,
        main.file,
        "each record costs time in proportion to the window",
        remedy,
    )
}

/// Many at once instead of one each time: the cost of moving the rest is shared by all of them.
fn in_one_go(cx: &Context<'_>, place: &PlaceId, w: &Window<'_>) -> release_remedies::Move {
    let name = cx.l.place_symbol(place);
    let receiver = code::receiver(cx, w.record).unwrap_or_else(|| name.clone());
    let size = w.entries;
    let mut lines = format!(
        "// lets the window grow to twice its size, then cuts it back in one move\nif ({receiver}.length >= 2 * {size}) {receiver}.splice(0, {receiver}.length - {size});"
    );
    if w.whole.is_some() {
        lines.push_str(
            "\n// keep sums beside it: add what comes, subtract what goes; sort only when somebody asks",
        );
    }
    release_remedies::quick(
        format!("Cut `{name}` in one go, not at each record"),
        "The order in time stays as it is, and what reads the last values takes them with `slice`.",
        lines,
        "O(1) for each record on average, at most two windows in memory",
    )
}
