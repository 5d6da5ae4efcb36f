//! Collections whose entries go together: one function removes the same key from a registry that is held and from the
//! collection beside it, so the second is no larger than the first.

use highwater_finding::HeldBy;
use highwater_program::graph::calls::Via;
use highwater_program::graph::{ExprRef, FunRef, Op, OpKind, PlaceId};
use highwater_program::ir::*;
use rustc_hash::FxHashMap;

use super::Context;
use super::releases::Driver;
use super::retention::{Retained, Verdict, refuses};

/// How many calls the key is followed up.
const STEPS: u8 = 4;
/// How many functions one key is followed through.
const MOST: usize = 40;

/// Removals of one key: the function, the name of the key there, and the place.
type Removals<'a> = FxHashMap<FunRef, Vec<(&'a PlaceId, &'a Op)>>;

/// Leaks that wait for somebody to ask are held where a registry of limited size waits for the same.
pub(super) fn settle(cx: &Context<'_>, all: &mut [Retained]) {
    let limited: Vec<PlaceId> = all
        .iter()
        .filter(|r| match &r.verdict {
            Verdict::Held(HeldBy::SizeLimit, _, Some(check)) => refuses(cx, r, check),
            _ => false,
        })
        .map(|r| r.place.clone())
        .collect();
    if limited.is_empty() {
        return;
    }
    let mut removals: Removals<'_> = FxHashMap::default();
    for place in &limited {
        for op in cx.program.effects.of(place).iter().filter(|o| o.kind == OpKind::Remove) {
            removals.entry(op.func).or_default().push((place, op));
        }
    }
    for r in all.iter_mut().filter(|r| matches!(r.verdict, Verdict::Leak(_))) {
        let asked = r.releases.iter().filter(|x| {
            x.op.kind == OpKind::Remove && matches!(x.driver, Driver::Driven | Driver::Api | Driver::Shutdown)
        });
        let Some((with, op)) = asked.map(|x| x.op).find_map(|op| {
            beside(cx, &removals, op.func, op.site.with(op.key), &mut vec![], 0).map(|place| (place, op))
        }) else {
            continue;
        };
        if with == r.place {
            continue;
        }
        let name = cx.l.place_symbol(&with);
        let why = format!("an entry goes with that of `{name}`, which is limited");
        r.verdict = Verdict::Held(HeldBy::SizeLimit, why, Some(op));
    }
}

/// A limited registry from which the function, or one that hands it the key, removes the same key.
fn beside(
    cx: &Context<'_>,
    removals: &Removals<'_>,
    func: FunRef,
    key: ExprRef,
    seen: &mut Vec<FunRef>,
    depth: u8,
) -> Option<PlaceId> {
    let f = cx.l.file(func.file);
    if depth > STEPS || seen.len() > MOST || seen.contains(&func) {
        return None;
    }
    seen.push(func);
    let Expr::Ref(name) = f.expr(f.plain(key.id)) else { return None };
    let same = |op: &Op| op.site.file == func.file && f.expr(f.plain(op.key)) == Expr::Ref(name);
    if let Some((place, _)) = removals.get(&func).into_iter().flatten().find(|(_, op)| same(op)) {
        return Some((*place).clone());
    }
    let n = f.params(func.id).position(|p| p == name)?;
    cx.program.calls.callers(func).filter(|e| e.via == Via::Call).find_map(|e| {
        let at = cx.l.file(e.site.file);
        let Expr::Call { args, .. } = at.expr(e.site.id) else { return None };
        let handed = e.site.with(at.nth(args, n));
        beside(cx, removals, cx.program.calls.function(e.from), handed, seen, depth + 1)
    })
}
