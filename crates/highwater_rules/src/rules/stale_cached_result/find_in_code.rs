//! Looks for a kept result that one function checks for age and another hands out as it is.

use highwater_finding::{Evidence, Finding, Platform, Role};
use highwater_program::graph::{Base, ExprRef, FunRef, Op, OpKind, PlaceId, Rate, places};
use highwater_program::ir::*;

use crate::judge::{releases, spot, tell};
use crate::{Context, Sink};

/// Reports each kept result once.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (place, ops) in &cx.program.effects.places {
        if place.path.is_empty() {
            out.findings.extend(kept(cx, place, ops));
        }
    }
}

fn kept(cx: &Context<'_>, place: &PlaceId, ops: &[Op]) -> Option<Finding> {
    let file = places::file_of(place)?;
    if !spot::ships(cx, file) || matches!(cx.l.platform(file), Platform::Browser | Platform::Cli) {
        return None;
    }
    let single = match &place.base {
        Base::Binding(b) => {
            cx.l.binding(*b).func == FnId::MODULE && cx.l.binding(*b).kind == BindingKind::Let
        }
        Base::Field(..) => true,
        _ => false,
    };
    if !single || cx.l.kind_of_place(place).is_some() || !cx.lifetimes.of(place).is_long() {
        return None;
    }
    let fills: Vec<&Op> = ops.iter().filter(|o| o.kind == OpKind::Reset && fills(cx, o)).collect();
    let fill = fills.iter().find(|o| checks_age_and_returns(cx, place, o.func))?;
    // A timer that drops or renews it bounds its age for every reader.
    let timed = ops.iter().any(|o| {
        o.kind == OpKind::Reset
            && (cx.reach.is_tick(cx.program, o.func) || cx.reach.is_timeout(cx.program, o.func))
    });
    if timed {
        return None;
    }
    let reader = unchecked_reader(cx, place, fill.func)?;
    Some(tell(cx, place, fill, reader))
}

/// A value that was worked out, not null.
fn fills(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let kind = cx.l.function(op.func).kind;
    !matches!(kind, FnKind::Module | FnKind::Constructor | FnKind::ClassInit)
        && matches!(f.expr(f.awaited(op.value)), Expr::Object(_) | Expr::Ref(_) | Expr::Call { .. })
}

/// `if (now - kept.at < MAX) return kept` stands in the function.
fn checks_age_and_returns(cx: &Context<'_>, place: &PlaceId, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let returned = cx.l.returns_of(func).into_iter().any(|r| {
        let value = func.with(f.awaited(r));
        is_part(cx, place, value) && cx.l.guards(value).iter().any(|(t, _)| compares_time(cx, func.with(*t)))
    });
    returned && cx.rate(func) >= Rate::External
}

/// A comparison of times or ages.
fn compares_time(cx: &Context<'_>, test: ExprRef) -> bool {
    let f = cx.l.file(test.file);
    cx.l.any_in(test, &|x| {
        matches!(
            f.expr(x.id),
            Expr::Binary { op: BinOp::Less | BinOp::LessEq | BinOp::Greater | BinOp::GreaterEq, .. }
        )
    }) && releases::mentions_time(cx, test)
}

fn is_part(cx: &Context<'_>, place: &PlaceId, e: ExprRef) -> bool {
    matches!(cx.l.expr(e), Expr::Ref(_) | Expr::Member { .. })
        && cx.l.place(e).is_some_and(|p| p.below(place))
}

/// Another function that returns it and does not look at its age.
fn unchecked_reader(cx: &Context<'_>, place: &PlaceId, checker: FunRef) -> Option<ExprRef> {
    let f = cx.l.file(checker.file);
    (0..f.functions.len()).find_map(|i| {
        let func = checker.with(FnId(i as u32));
        if func == checker || func.id == FnId::MODULE || cx.rate(func) < Rate::External {
            return None;
        }
        let fills_too =
            cx.program.effects.of(place).iter().any(|o| o.func == func && o.kind == OpKind::Reset);
        let value =
            cx.l.returns_of(func)
                .into_iter()
                .map(|r| func.with(f.awaited(r)))
                .find(|v| is_part(cx, place, *v))?;
        (!fills_too && !looks_at_time(cx, func)).then_some(value)
    })
}

/// The function has something to do with time.
fn looks_at_time(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let span = f[func.id].span;
    f.exprs.iter().zip(&f.spans).any(|(e, s)| {
        span.contains(*s)
            && match e {
                Expr::Member { property, .. } => releases::is_time_name(f.str(*property)),
                Expr::Ref(b) => releases::is_time_name(f.name_of(*b)),
                _ => false,
            }
    })
}

/// The kept value may be that of a failure.
fn keeps_failures(cx: &Context<'_>, fill: &Op) -> bool {
    let f = cx.l.file(fill.site.file);
    cx.l.in_catch(fill.site)
        || cx.l.any_in(fill.site.with(fill.value), &|x| match f.expr(x.id) {
            Expr::Ref(b) => matches!(f.name_of(b), "error" | "err"),
            _ => false,
        })
}

fn tell(cx: &Context<'_>, place: &PlaceId, fill: &Op, reader: ExprRef) -> Finding {
    let name = cx.l.place_path(place);
    let (checker, other) = (cx.l.fn_name(fill.func), cx.l.fn_name(cx.l.fn_of(reader)));
    let failures = keeps_failures(cx, fill);
    let mut evidence = vec![
        Evidence {
            claim: format!("`{checker}` fills it and looks at its age"),
            place: Some(cx.l.place_of_expr(fill.site)),
        },
        Evidence {
            claim: format!("`{other}` hands it out at any age"),
            place: Some(cx.l.place_of_expr(reader)),
        },
        Evidence { claim: "no timer drops or renews it".into(), place: None },
    ];
    if failures {
        let claim = "a failure is kept as well, so an error may be shown long after it has passed";
        evidence.push(Evidence { claim: claim.into(), place: Some(cx.l.place_of_expr(fill.site)) });
    }
    let what = if failures { "A result, or an error," } else { "A result" };
    spot::low(
        cx,
        tell::Draft {
            kind: "stale-cached-result",
            title: format!("`{name}` outlives its age: only `{checker}` looks at it, `{other}` does not"),
            impact: format!(
                "{what} from long ago is handed out as if it were current, for as long as nobody asks for a new \
                 one. The memory is that of one value."
            ),
            subject: tell::subject(cx, place),
            at: cx.l.declaration(place),
            rate: Rate::External,
            confidence: 75,
            evidence,
            related: vec![
                tell::related(cx, Role::Bound, fill.site, "filled where its age is looked at".into()),
                tell::related(cx, Role::Note, reader, "handed out at any age".into()),
            ],
        },
    )
}
