//! Listeners that an object removes when it is told to close, and not when what it stands for ends by itself.

use highwater_program::graph::entry::callbacks;
use highwater_program::graph::{Base, ExprRef, FunRef};
use highwater_program::ir::*;

use super::find::{Found, event_text};
use super::{Context, Emitter, Family, Reach, Registration, Why, undo};

/// A registration of an object on something that it did not make, removed only in a method that the object's own
/// end does not come past.
pub fn goes_past(cx: &Context<'_>, reg: &Registration, found: &Found) -> Option<(Emitter, Why)> {
    let l = cx.l;
    let class = l.this_class(reg.func)?;
    let receiver = l.place(reg.receiver?)?;
    let Base::Field(owner, name) = &receiver.base else { return None };
    if reg.family != Family::Listener || reg.once || *owner != class || !cx.rate(reg.func).recurs() {
        return None;
    }
    if !given(cx, class, &receiver) {
        return None;
    }
    let undos = undo::of(cx, reg, found);
    let first = undos.first()?;
    if undos.iter().any(|u| l.this_class(u.func) != Some(class) || l.in_finally(u.call)) {
        return None;
    }
    let targets: Vec<FunRef> = undos.iter().map(|u| u.func).collect();
    let ends = own_ends(cx, class, reg, found);
    if ends.is_empty() || ends.iter().any(|(_, f)| reaches(cx, *f, &targets, 0)) {
        return None;
    }
    let method = l.fn_name(first.func);
    let (site, event) = (ends[0].0, end_event(cx, ends[0].0));
    Some((
        Emitter {
            reach: Reach::Long,
            sure: 72,
            why: format!("`{name}` was given to the object, and does not end with it"),
        },
        Why::Partial(
            Some(site),
            format!("`{method}` removes it, but nothing does when `{event}` comes by itself"),
        ),
    ))
}

/// Every value of the field is handed in: a parameter, or a part of one.
fn given(
    cx: &Context<'_>,
    class: highwater_program::graph::ClassRef,
    place: &highwater_program::graph::PlaceId,
) -> bool {
    let f = cx.l.file(class.file);
    let mut values = cx.l.ix(class.file).writes.iter().filter_map(|&w| match f.expr(w) {
        Expr::Assign { target, value, .. }
            if matches!(f.expr(target), Expr::Member { .. })
                && cx.l.place(class.with(target)).as_ref() == Some(place) =>
        {
            Some(value)
        }
        _ => None,
    });
    let is_given = |e: ExprId| {
        let mut at = f.plain(e);
        while let Expr::Member { object, .. } = f.expr(at) {
            at = f.plain(object);
        }
        match f.expr(at) {
            Expr::Ref(b) => f[b].kind == BindingKind::Param,
            Expr::Null => true,
            Expr::Global(g) => f.str(g) == "undefined",
            _ => false,
        }
    };
    values.all(is_given)
}

/// Handlers of the class for the end of something else that it holds: `this.socket.on('close', this.gone)`.
fn own_ends(
    cx: &Context<'_>,
    class: highwater_program::graph::ClassRef,
    reg: &Registration,
    found: &Found,
) -> Vec<(ExprRef, FunRef)> {
    let l = cx.l;
    let mut out = Vec::new();
    for r in &found.registrations {
        if l.this_class(r.func) != Some(class) || r.call.file != class.file {
            continue;
        }
        let Some(receiver) = r.receiver else { continue };
        let other = l.place(receiver).is_some_and(|p| {
            matches!(&p.base, Base::Field(c, _) if *c == class)
                && reg.receiver.and_then(|x| l.place(x)).as_ref() != Some(&p)
        });
        if other && matches!(end_event(cx, r.call).as_str(), "close" | "end" | "disconnect" | "closed") {
            out.extend(callbacks(l, r.call.with(r.handler), &[], 0).into_iter().map(|f| (r.call, f)));
        }
    }
    out
}

fn end_event(cx: &Context<'_>, call: ExprRef) -> String {
    let f = cx.l.file(call.file);
    match f.expr(call.id) {
        Expr::Call { args, .. } => event_text(cx, call.with(f.nth(args, 0))),
        _ => String::new(),
    }
}

fn reaches(cx: &Context<'_>, from: FunRef, to: &[FunRef], depth: u8) -> bool {
    to.contains(&from)
        || depth < 4
            && cx
                .program
                .calls
                .callees(from)
                .any(|e| reaches(cx, cx.program.calls.function(e.to), to, depth + 1))
}
