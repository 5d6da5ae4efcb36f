//! Intervals that belong to an object: what becomes of them when their handle is replaced, and when the object ends.

use highwater_program::graph::calls::Via;
use highwater_program::graph::paths::Holder;
use highwater_program::graph::{Base, ClassRef, ExprRef, FunRef, Life, PlaceId};
use highwater_program::ir::*;

use super::find_in_code::Why;
use crate::Context;
use crate::judge::handles::{self, Sites};
use crate::judge::listeners::{self, ends_of, work_of};

/// The handle's name, and why the interval goes on.
pub(super) fn verdict(
    cx: &Context<'_>,
    sites: &Sites,
    site: ExprRef,
    holder: &Holder,
) -> Option<(String, Why)> {
    let func = cx.l.fn_of(site);
    if !cx.rate(func).recurs() || sites.computed_in(site.file) {
        return None;
    }
    let class = cx.l.this_class(func)?;
    match holder {
        Holder::Dropped => Some(("setInterval".into(), Why::OwnerEnds(end_of_object(cx, class)?))),
        Holder::Place(place, _) => {
            let Base::Field(owner, name) = &place.base else { return None };
            if *owner != class || !place.path.is_empty() || is_static(cx, class, name) {
                return None;
            }
            let releases = sites.of(cx, name, site.file);
            let why = if releases.is_empty() {
                Why::OwnerEnds(end_of_object(cx, class)?)
            } else if only_before(cx, site, &releases) {
                Why::OwnerDropped(drops(cx, class)?)
            } else if is_replaced(cx, site, place, &releases) {
                Why::Replaced
            } else {
                return None;
            };
            Some((name.clone(), why))
        }
        _ => None,
    }
}

fn is_static(cx: &Context<'_>, class: ClassRef, name: &str) -> bool {
    let f = cx.l.file(class.file);
    cx.l.class(class).fields.iter().any(|x| x.is_static && f.str(x.name) == name)
}

/// The method by which an object of a library ends, of which there may be many.
fn end_of_object(cx: &Context<'_>, class: ClassRef) -> Option<FunRef> {
    let many = match cx.lifetimes.of_class(class, 0) {
        Life::Entry => true,
        Life::Unknown => cx.l.platform(class.file) == highwater_finding::Platform::Library,
        _ => false,
    };
    if many { ends_of(cx, class).into_iter().next() } else { None }
}

fn starts(cx: &Context<'_>, e: ExprRef) -> u32 {
    cx.l.file(e.file).span(e.id).start
}

/// Every release stands before the new interval in the same function: the last one stays.
fn only_before(cx: &Context<'_>, site: ExprRef, releases: &[ExprRef]) -> bool {
    let func = cx.l.fn_of(site);
    releases.iter().all(|r| cx.l.fn_of(*r) == func && starts(cx, *r) < starts(cx, site))
}

/// `this.state = null` in recurring code, for a field that holds an object of the class: the object is let go.
fn drops(cx: &Context<'_>, class: ClassRef) -> Option<ExprRef> {
    let makers = cx.l.news.get(&class)?;
    makers.iter().find_map(|m| {
        let f = cx.l.file(m.file);
        let up = cx.l.parent(*m)?;
        let Expr::Assign { target, value, .. } = f.expr(up.id) else { return None };
        let place = cx.l.place(m.with(target))?;
        if value != m.id || !matches!(place.base, Base::Field(..)) || !cx.rate(cx.l.fn_of(*m)).recurs() {
            return None;
        }
        cx.l.ix(m.file).writes.iter().map(|&w| m.with(w)).find(|w| {
            let Expr::Assign { target, value, .. } = f.expr(w.id) else { return false };
            let nothing = matches!(f.expr(value), Expr::Null)
                || matches!(f.expr(value), Expr::Global(g) if f.str(g) == "undefined");
            let func = cx.l.fn_of(*w);
            nothing
                && cx.rate(func).recurs()
                && !crate::judge::releases::is_ending(&cx.l.fn_name(func))
                && cx.l.place(w.with(target)).as_ref() == Some(&place)
        })
    })
}

/// The field is filled again though it may hold an interval that runs: nothing before clears that one.
fn is_replaced(cx: &Context<'_>, site: ExprRef, place: &PlaceId, releases: &[ExprRef]) -> bool {
    let func = cx.l.fn_of(site);
    let work = work_of(cx, func);
    let constructs = matches!(cx.l.function(work).kind, FnKind::Constructor | FnKind::ClassInit);
    let often = set_elsewhere(cx, site, place) && !listeners::sets_up(cx, func);
    if constructs || !often || is_kept_single(cx, site, place) {
        return false;
    }
    let clears = |f: FunRef| releases.iter().any(|r| cx.l.is_within(cx.l.fn_of(*r), f));
    let cleared_before = |at: ExprRef, within: FunRef| {
        releases.iter().any(|r| cx.l.fn_of(*r) == within && starts(cx, *r) < starts(cx, at))
            || cx.program.calls.callees(within).any(|e| {
                e.via == Via::Call
                    && e.site.file == at.file
                    && cx.l.fn_of(e.site) == within
                    && starts(cx, e.site) < starts(cx, at)
                    && reaches(cx, cx.program.calls.function(e.to), &clears, 0)
            })
    };
    if cleared_before(site, func) || cleared_before(site, work) {
        return false;
    }
    let mut callers = cx.program.calls.callers(work).filter(|e| e.via == Via::Call).take(8).peekable();
    callers.peek().is_none() || callers.any(|e| !cleared_before(e.site, cx.l.fn_of(e.site)))
}

fn reaches(cx: &Context<'_>, func: FunRef, test: &dyn Fn(FunRef) -> bool, depth: u8) -> bool {
    test(func)
        || depth < 2
            && cx
                .program
                .calls
                .callees(func)
                .filter(|e| e.via == Via::Call)
                .any(|e| reaches(cx, cx.program.calls.function(e.to), test, depth + 1))
}

/// Another function fills the same field with an interval.
fn set_elsewhere(cx: &Context<'_>, site: ExprRef, place: &PlaceId) -> bool {
    let f = cx.l.file(site.file);
    let work = work_of(cx, cx.l.fn_of(site));
    cx.l.ix(site.file).writes.iter().any(|&w| {
        let Expr::Assign { target, value, .. } = f.expr(w) else { return false };
        let timer = matches!(f.expr(f.plain(value)), Expr::Call { callee, .. }
            if highwater_program::graph::entry::callee_name(f, callee) == Some("setInterval"));
        timer
            && work_of(cx, cx.l.fn_of(site.with(w))) != work
            && cx.l.place(site.with(target)).as_ref() == Some(place)
    })
}

/// A test before it asks for the handle, for a flag, or for the one entry that stands for it.
fn is_kept_single(cx: &Context<'_>, site: ExprRef, place: &PlaceId) -> bool {
    let f = cx.l.file(site.file);
    let func = cx.l.fn_of(site);
    handles::tests_before(cx, site, func).into_iter().any(|t| {
        cx.l.any_in(t, &|x| match f.expr(x.id) {
            Expr::Member { .. } => cx.l.place(x).as_ref() == Some(place),
            Expr::Call { callee, args } => {
                let key = f.plain(f.nth(args, 0));
                matches!(f.expr(callee), Expr::Member { property, .. } if matches!(f.str(property), "has" | "get"))
                    && match f.expr(key) {
                        Expr::Str(_) => true,
                        Expr::Member { object, .. } => f.expr(f.plain(object)) == Expr::This,
                        Expr::Ref(b) => f[b].func == FnId::MODULE,
                        _ => false,
                    }
            }
            _ => false,
        })
    })
}
