//! Which growth goes on for as long as the process lives.

use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::{Base, ClassRef, FunRef, Kind, Op, OpKind, PlaceId, Rate, effects};
use highwater_program::ir::*;

use super::Context;
use super::{kinds, names, releases, updates};

/// Growth that goes on while the process lives, most frequent first.
pub fn recurring(cx: &Context<'_>, place: &PlaceId, kind: Kind, ops: &[Op]) -> Vec<(Op, Rate)> {
    let mut out: Vec<(Op, Rate)> = Vec::new();
    for o in ops.iter().filter(|o| o.kind.grows() && effects::fits(o.kind, kind)) {
        if kind == Kind::Array && o.kind == OpKind::GrowKey && !is_append_index(cx, place, o) {
            continue;
        }
        let func = o.via.map_or(o.func, |v| cx.l.fn_of(v));
        let own = matches!(&place.base, Base::Field(c, _) if builds(cx, *c, func, 0));
        let on_own = matches!(&place.base, Base::Field(c, _) if cx.l.this_class(func) == Some(*c));
        let mut rate = cx.rate(func);
        if on_own {
            let on_what_stays = cx.program.rates.on_what_stays(&cx.program.calls, func);
            if on_what_stays < rate && on_what_stays <= Rate::External {
                continue; // the tree calls it on new objects only
            }
            rate = on_what_stays;
        }
        if rate.recurs()
            && !own
            && !registers(cx, func, rate)
            && !cx.l.only_first_time(o.site)
            && !cx.l.once_per_owner(o.site, place)
            && !starts_empty(cx, place, o)
            && !fills_fresh(cx, o)
            && !fills_part_of_fresh(cx, o)
            && !narrows(cx, place, o)
            && !rewrites(cx, o)
            && !updates::replaces(cx, o)
        {
            out.push((*o, rate));
        }
    }
    out.sort_by_key(|(o, r)| (std::cmp::Reverse(*r), o.site));
    out
}

/// `a[a.length] = x`.
fn is_append_index(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    match f.expr(op.key) {
        Expr::Member { object, property } => {
            f.str(property) == "length" && cx.l.place(op.site.with(object)).as_ref() == Some(place)
        }
        _ => false,
    }
}

/// Functions by which a program is put together: called a few times at start, whatever the code says.
fn registers(cx: &Context<'_>, func: FunRef, rate: Rate) -> bool {
    if rate != Rate::External {
        return false;
    }
    let first = cx.program.rates.chain(cx.l, &cx.program.calls, func).first;
    assembles(cx, func) || first != func && assembles(cx, first)
}

fn assembles(cx: &Context<'_>, func: FunRef) -> bool {
    // `handlers.forEach(h => this.chain.push(h))` is the work of the function around it.
    let f = cx.l.file(func.file);
    let mut named = func.id;
    while f[named].parent.is_some()
        && f[named].kind != FnKind::Module
        && (!f[named].name.is_some() || cx.l.passed_to(func.with(named)).is_some())
    {
        named = f[named].parent;
    }
    let name = cx.l.fn_name(func.with(named));
    let n = name.rsplit('.').next().unwrap_or("").trim_start_matches(['_', '#']).to_ascii_lowercase();
    // `app.get(path, handler)` is a route; `cache.get(key)` and `cache.put(key, value)` are work.
    if matches!(n.as_str(), "get" | "put") && !takes_handler(cx, func.with(named)) {
        return false;
    }
    // `registerSocket(socket)`: one for each peer, not one for each part of the program.
    if kinds::about_peers(&kinds::words(name.rsplit('.').next().unwrap_or(""))) {
        return false;
    }
    names::ASSEMBLE
        .iter()
        .any(|p| n.starts_with(p) && !matches!(*p, "get" | "put" | "with" | "bind") || n == *p)
        && !n.starts_with("user")
        && !n.starts_with("used")
        || n.starts_with("add") && names::ASSEMBLED.iter().any(|e| n.ends_with(e))
}

/// The last parameter is what is called for a route.
fn takes_handler(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    f[func.id].rest
        || f.params(func.id).last().is_some_and(|b| {
            let name = f.name_of(b).to_ascii_lowercase();
            matches!(name.as_str(), "fn" | "cb" | "func" | "next" | "route")
                || ["handler", "callback", "controller", "middleware", "listener", "options"]
                    .iter()
                    .any(|w| name.contains(w))
        })
}

/// The constructor of the class, or a hidden method that only it calls.
fn builds(cx: &Context<'_>, class: ClassRef, func: FunRef, depth: u8) -> bool {
    if cx.l.this_class(func) != Some(class) || depth > 3 {
        return false;
    }
    if releases::is_constructor(cx, func) {
        return true;
    }
    let f = cx.l.file(class.file);
    let hidden =
        cx.l.class(class)
            .methods
            .iter()
            .any(|m| m.func == func.id && (m.is_hidden || f.str(m.name).starts_with(['_', '#'])));
    let callback = cx.l.passed_to(func).is_some();
    if !hidden && !callback {
        return false;
    }
    let mut any = false;
    let all = cx.program.calls.callers(func).filter(|e| e.via != Via::Escape).all(|e| {
        any = true;
        let from = cx.program.calls.function(e.from);
        let later = e.via == Via::Later || callback && from == func;
        !later && from != func && builds(cx, class, from, depth + 1)
    });
    any && all
}

/// `if (list.length === 0) list.push(x)`: one at most.
fn starts_empty(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    // Handed over as a parameter it has another name here.
    let here = receiver(f, op).and_then(|e| cx.l.place(op.site.with(e)));
    let size_of_place = |e: ExprId| match f.expr(f.plain(e)) {
        Expr::Member { object, property } => {
            let of = cx.l.place(op.site.with(object));
            matches!(f.str(property), "length" | "size")
                && of.is_some()
                && (of.as_ref() == Some(place) || of == here)
        }
        _ => false,
    };
    cx.l.conditions(op.site).iter().any(|(t, positive)| match f.expr(*t) {
        Expr::Binary { op: BinOp::Eq, left, right } => {
            *positive
                && size_of_place(left)
                && matches!(f.expr(right), Expr::Num(i) if f.numbers[i as usize].abs() < f64::EPSILON)
        }
        _ => !*positive && size_of_place(*t),
    })
}

/// What a call or an assignment adds to.
pub fn receiver(f: &FileFacts, op: &Op) -> Option<ExprId> {
    let object = match f.expr(op.site.id) {
        Expr::Call { callee, .. } => callee,
        Expr::Assign { target, .. } => target,
        _ => return None,
    };
    match f.expr(object) {
        Expr::Member { object, .. } | Expr::Index { object, .. } => Some(object),
        _ => None,
    }
}

/// `for (const k of Object.keys(table)) table[k] = ...`: the keys are there already.
fn rewrites(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Some(here) = receiver(f, op).and_then(|e| cx.l.place(op.site.with(e))) else { return false };
    op.kind == OpKind::GrowKey
        && cx.l.ix(op.site.file).enclosing(op.site.id).iter().any(|(s, _)| match f.stmts[s.ix()] {
            Stmt::Loop { kind: LoopKind::ForOf | LoopKind::ForIn, head, .. } => {
                cx.l.iterated(op.site.with(head), 0).as_ref() == Some(&here)
            }
            _ => false,
        })
}

/// `const list = []; all.set(k, list); list.push(x)`: the entry is new, and as large as this call makes it.
fn fills_fresh(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Some(receiver) = receiver(f, op) else { return false };
    let Expr::Ref(b) = f.expr(f.plain(receiver)) else { return false };
    let fresh = match f.expr(f.plain(f[b].init)) {
        Expr::Array(_) | Expr::Object(_) => true,
        Expr::New { callee, .. } => {
            matches!(f.expr(callee), Expr::Global(g) if matches!(f.str(g), "Map" | "Set" | "Array"))
        }
        _ => false,
    };
    fresh && f[b].init.is_some() && f[b].writes == 0 && f[b].func == op.func.id && f[b].func != FnId::MODULE
}

/// `const m = new Metrics(); m.tags.push(x)`, and `this.metrics = new Metrics(); this.metrics.tags.push(x)` in a
/// constructor: as much for each new object as this call adds.
fn fills_part_of_fresh(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Some(receiver) = receiver(f, op) else { return false };
    let Expr::Member { object: holder, .. } = f.expr(f.plain(receiver)) else { return false };
    let is_new = |e: ExprId| matches!(f.expr(f.plain(e)), Expr::New { .. });
    match f.expr(f.plain(holder)) {
        Expr::Ref(b) => {
            let slot = &f[b];
            slot.kind == BindingKind::Const
                && slot.func == op.func.id
                && slot.func != FnId::MODULE
                && is_new(slot.init)
        }
        Expr::Member { object, property } if f.expr(object) == Expr::This => {
            releases::is_constructor(cx, op.func)
                && cx.l.ix(op.site.file).writes.iter().any(|&w| {
                    matches!(f.expr(w), Expr::Assign { target, value, .. }
                        if is_new(value) && matches!(f.expr(target), Expr::Member { object, property: p }
                            if p == property && f.expr(object) == Expr::This))
                })
        }
        _ => false,
    }
}

/// `table[k] = table[k].filter(...)`: what was there, and less of it.
fn narrows(cx: &Context<'_>, place: &PlaceId, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    if op.kind != OpKind::GrowKey || !op.value.is_some() {
        return false;
    }
    let Expr::Call { callee, .. } = f.expr(f.awaited(op.value)) else { return false };
    let Expr::Member { object, property } = f.expr(callee) else { return false };
    matches!(f.str(property), "filter" | "slice")
        && matches!(f.expr(f.plain(object)), Expr::Index { object: inner, .. }
            if cx.l.place(op.site.with(inner)).as_ref() == Some(place))
        && callee_name(f, callee).is_some()
}

/// `if (typeof k === "function" || k instanceof RegExp) m.set(k, v)`: functions and patterns are written in code.
pub fn only_for_code(cx: &Context<'_>, op: &Op) -> bool {
    let f = cx.l.file(op.site.file);
    let Expr::Ref(key) = f.expr(f.plain(op.key)) else { return false };
    let is_key = |e: ExprId| f.expr(f.plain(e)) == Expr::Ref(key);
    cx.l.conditions(op.site).iter().any(|(t, positive)| {
        *positive && cx.l.any_in(op.site.with(*t), &|x| match f.expr(x.id) {
            Expr::Binary { op: BinOp::InstanceOf, left, right } => {
                is_key(left)
                    && matches!(f.expr(right), Expr::Global(g) if matches!(f.str(g), "RegExp" | "Function"))
            }
            Expr::Binary { op: BinOp::Eq, left, right } => {
                matches!(f.expr(left), Expr::Unary { op: UnOp::Typeof, value } if is_key(value))
                    && matches!(f.expr(right), Expr::Str(s) if f.str(s) == "function")
            }
            _ => false,
        })
    })
}
