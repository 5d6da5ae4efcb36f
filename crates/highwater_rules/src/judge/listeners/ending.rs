//! Listeners that an object removes when it is told to close, and not when what it stands for ends by itself.

use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::{callbacks, callee_name};
use highwater_program::graph::{Base, ClassRef, ExprRef, FunRef, Life};
use highwater_program::ir::*;

use super::emitter::says_shared;
use super::find::{Found, Undo, event_text};
use super::{Context, Emitter, Family, Reach, Registration, Why, emitter, undo, unit};

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

/// A listener that an object adds to something shared that it was given, while the method that ends the object gives
/// other things back, and not this.
pub fn left_by_end(cx: &Context<'_>, reg: &Registration, found: &Found) -> Option<(Emitter, Why)> {
    let l = cx.l;
    let class = l.this_class(reg.func)?;
    if reg.family != Family::Listener || reg.once || !holds_instance(cx, reg) {
        return None;
    }
    let short_lived = match cx.lifetimes.of_class(class, 0) {
        Life::Unknown | Life::Entry => true,
        Life::Call => emitter::of(cx, reg).reach == Reach::Long,
        Life::Process | Life::NotInProduction => false,
    };
    if !short_lived {
        return None;
    }
    let name = shared_given(cx, class, reg.receiver?)?;
    let unit = unit::of(cx, reg.func);
    let again = |u: &&Undo| unit::of(cx, u.func) == unit && starts(cx, u.call) < starts(cx, reg.call);
    if !undo::of(cx, reg, found).iter().all(again) {
        return None;
    }
    let end = ends_of(cx, class).into_iter().find(|e| gives_back(cx, *e, 0))?;
    let shown = l.fn_name(end);
    let why =
        format!("`{name}` was given to the object, and `{shown}` gives other things back, but not this");
    Some((Emitter { reach: Reach::Long, sure: 72, why }, Why::NoRemoval))
}

fn starts(cx: &Context<'_>, e: ExprRef) -> u32 {
    cx.l.file(e.file).span(e.id).start
}

/// The name of a field or constructor parameter that was given to the object, and that says that others use it too.
fn shared_given(cx: &Context<'_>, class: ClassRef, receiver: ExprRef) -> Option<String> {
    let l = cx.l;
    let f = l.file(receiver.file);
    let place = l.place(receiver)?;
    let name = match &place.base {
        Base::Field(owner, name) if *owner == class && place.path.is_empty() => {
            let written = l.ix(class.file).writes.iter().any(|&w| {
                matches!(f.expr(w), Expr::Assign { target, .. } if l.place(class.with(target)).as_ref() == Some(&place))
            });
            (written && given(cx, class, &place)).then(|| name.clone())?
        }
        Base::Binding(b) if l.binding(*b).kind == BindingKind::Param && place.path.is_empty() => {
            let func = b.with(l.binding(*b).func);
            is_constructor(cx, func, class).then(|| l.file(b.file).name_of(b.id).to_string())?
        }
        _ => return None,
    };
    let n = name.to_ascii_lowercase();
    let peer = n.ends_with("client");
    let shared =
        says_shared(&n) || ["server", "cluster", "scheduler", "dispatcher"].iter().any(|w| n.ends_with(w));
    (shared && !peer).then_some(name)
}

fn is_constructor(cx: &Context<'_>, func: FunRef, class: ClassRef) -> bool {
    cx.l.function(func).kind == FnKind::Constructor
        || class.file == func.file && cx.l.class(class).from_fn == func.id
}

/// The handler is a method or a function that sees the object.
fn holds_instance(cx: &Context<'_>, reg: &Registration) -> bool {
    let f = cx.l.file(reg.call.file);
    let is_self = |e: Expr| match e {
        Expr::This => true,
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        _ => false,
    };
    let sees = |func: FnId| {
        let span = f[func].span;
        f.exprs.iter().zip(&f.spans).any(|(e, s)| span.contains(*s) && is_self(*e))
    };
    match f.expr(f.plain(reg.handler)) {
        Expr::Fn(func) => sees(func),
        Expr::Ref(b) => {
            f[b].function.get().is_some_and(sees) || matches!(f.expr(f[b].init), Expr::Fn(x) if sees(x))
        }
        Expr::Member { object, .. } => is_self(f.expr(f.plain(object))),
        Expr::Call { callee, .. } => match f.expr(callee) {
            Expr::Member { object, property } => {
                f.str(property) == "bind"
                    && matches!(f.expr(object), Expr::Member { object, .. } if is_self(f.expr(object)))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Methods of a class by which its objects end.
pub fn ends_of(cx: &Context<'_>, class: ClassRef) -> Vec<FunRef> {
    let f = cx.l.file(class.file);
    cx.l.class(class)
        .methods
        .iter()
        .filter(|m| {
            let n = f.str(m.name).trim_start_matches(['_', '#']).to_ascii_lowercase();
            matches!(n.as_str(), "end" | "disconnect" | "cancel" | "detach" | "unmount" | "release")
                || crate::judge::releases::is_ending(&n)
        })
        .map(|m| class.with(m.func))
        .collect()
}

/// The function, or one that it calls, takes listeners off, clears timers or lets go of subscriptions.
fn gives_back(cx: &Context<'_>, func: FunRef, depth: u8) -> bool {
    let f = cx.l.file(func.file);
    let here = cx.l.ix(func.file).calls.iter().any(|&c| {
        cx.l.is_within(cx.l.fn_of(func.with(c)), func)
            && matches!(f.expr(c), Expr::Call { callee, .. } if matches!(callee_name(f, callee), Some(
                "off" | "removeListener" | "removeEventListener" | "removeAllListeners" | "clearInterval"
                    | "clearTimeout" | "unsubscribe"
            )))
    });
    here || depth < 2
        && cx
            .program
            .calls
            .callees(func)
            .filter(|e| e.via == Via::Call)
            .any(|e| gives_back(cx, cx.program.calls.function(e.to), depth + 1))
}

/// Every value of the field is handed in: a parameter, or a part of one.
fn given(cx: &Context<'_>, class: ClassRef, place: &highwater_program::graph::PlaceId) -> bool {
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
fn own_ends(cx: &Context<'_>, class: ClassRef, reg: &Registration, found: &Found) -> Vec<(ExprRef, FunRef)> {
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
