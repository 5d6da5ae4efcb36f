//! Follows each `setInterval` to its handle, and the handle through every way out.

use highwater_finding::HeldBy;
use highwater_program::FileRole;
use highwater_program::graph::calls::Via;
use highwater_program::graph::entry::{callbacks, callee_name};
use highwater_program::graph::index::{Role, Up};
use highwater_program::graph::linked::{BindRef, Def};
use highwater_program::graph::paths::{self, Ask, Endings, Exit, Handler, Holder, Paths, Protocol};
use highwater_program::graph::resources::Resources;
use highwater_program::graph::{At, ExprRef, FunRef, Rate, Ty};
use highwater_program::ir::*;

use super::{owned, words};
use crate::judge::handles::{self, Recurrence, Sites};
use crate::{Context, Sink};

/// Looks at every interval of code that stays up.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let search = Search {
        cx,
        protocol: Protocol::timer(),
        sites: Sites::find(cx, &Protocol::timer()),
        resources: Resources::build(cx.l),
    };
    for (file, f) in cx.l.iter() {
        if f.role != FileRole::Source || handles::is_interface(f) || !cx.stays_up(file) {
            continue;
        }
        if !cx.l.ix(file).may_call(&["setInterval", "setTimeout"]) {
            continue;
        }
        for &c in &cx.l.ix(file).calls {
            let site = At { file, id: c };
            match timer(cx, site) {
                Some("setInterval") => search.interval(site, out),
                Some("setTimeout") => {
                    search.replaced(site, out);
                    search.long(site, out);
                }
                _ => {}
            }
        }
    }
}

/// The timer function that a call names.
fn timer<'p>(cx: &Context<'p>, site: ExprRef) -> Option<&'p str> {
    let f = cx.l.file(site.file);
    let Expr::Call { callee, .. } = f.expr(site.id) else { return None };
    let name = callee_name(f, callee).filter(|n| matches!(*n, "setInterval" | "setTimeout"))?;
    match f.expr(f.plain(callee)) {
        Expr::Global(_) => Some(name),
        Expr::Member { object, .. } => matches!(f.expr(object), Expr::Global(_)).then_some(name),
        _ => cx.l.external(site.with(callee)).is_some_and(|(p, _)| &*p == "timers").then_some(name),
    }
}

/// A delay in milliseconds, when it is a constant: `5 * 60 * 1000`, `TIMEOUT_MS`.
fn millis(cx: &Context<'_>, e: ExprRef, depth: u8) -> Option<f64> {
    let f = cx.l.file(e.file);
    if depth > 4 {
        return None;
    }
    match f.expr(f.plain(e.id)) {
        Expr::Num(n) => f.numbers.get(n as usize).copied(),
        Expr::Binary { op: BinOp::Mul, left, right } => {
            Some(millis(cx, e.with(left), depth + 1)? * millis(cx, e.with(right), depth + 1)?)
        }
        Expr::Ref(_) => match cx.l.def(e, 0)? {
            Def::Binding(b) if cx.l.binding(b).kind == BindingKind::Const => {
                millis(cx, b.with(cx.l.binding(b).init.get()?), depth + 1)
            }
            _ => None,
        },
        _ => None,
    }
}

/// An interval that nothing ends on some path.
pub(super) struct Loose {
    /// The call.
    pub(super) site: ExprRef,
    /// The handle's name, or `setInterval`.
    pub(super) name: String,
    /// How often it is set.
    pub(super) rate: Rate,
    /// What was found on the way.
    pub(super) paths: Paths,
    /// Why it goes on.
    pub(super) why: Why,
    /// True when its callback uses a request, response or socket.
    pub(super) peer: bool,
}

/// Why an interval goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its handle is dropped.
    Dropped,
    /// Nothing clears it.
    Never,
    /// Some ways out do not clear it.
    SomePaths,
    /// Only normal ends clear it, not a client that goes away.
    Gone,
    /// A handler hears of the client going away, but it is registered too late.
    Late,
    /// Only its own failure clears it.
    OnFailure,
    /// It is cleared in a hook that never fires.
    DeadHook(ExprId),
    /// Its handle is replaced by the next one, and nothing clears it before.
    Replaced,
    /// The object that holds it ends by this method, which does not clear it.
    OwnerEnds(FunRef),
    /// The object that holds it is let go here, and nothing clears it.
    OwnerDropped(ExprRef),
    /// A one-shot timer that holds its request for this many minutes.
    Long(u32),
}

struct Search<'a> {
    cx: &'a Context<'a>,
    protocol: Protocol,
    sites: Sites,
    resources: Resources<'a>,
}

/// A handle's name, what was found on its paths, and why it goes on.
type Verdict = (String, Paths, Why);

impl Search<'_> {
    fn interval(&self, site: ExprRef, out: &mut Sink) {
        let cx = self.cx;
        let (holder, outer) = paths::holder(cx.l, site);
        if let Some((name, why)) = owned::verdict(cx, &self.sites, site, &holder)
            && !self.ends_itself(site)
        {
            let (rate, paths) = (cx.rate(cx.l.fn_of(site)), Paths::default());
            return words::tell(
                cx,
                &Loose { site, name, rate, paths, why, peer: self.touches_peer(site) },
                out,
            );
        }
        let rate = match handles::recurrence(cx, site) {
            Recurrence::Once => return self.process_lived(site, &holder, out),
            // A handle of the function's own is lost with it, however its calls are guarded.
            Recurrence::Keyed if self.is_local(site, &holder) => cx.rate(cx.l.fn_of(site)),
            Recurrence::Keyed => return,
            Recurrence::Recurs(rate) => rate,
        };
        if rate <= Rate::External || self.ends_itself(site) {
            return;
        }
        let f = cx.l.file(site.file);
        let dropped = || ("setInterval".to_string(), Paths::default(), Why::Dropped);
        let verdict = match holder {
            Holder::Dropped => Some(dropped()),
            Holder::Returned => self.callers_drop(site).then(dropped),
            Holder::Name(b) if f[b].func != FnId::MODULE => self.local(site, b, outer, out),
            Holder::Name(b) => self.by_name(site, f.name_of(b)),
            Holder::Place(p, _) => self.by_name(site, &cx.l.place_symbol(&p)),
            Holder::Property(n) => self.by_name(site, f.str(n)),
            Holder::Argument(call) => {
                self.collection(site.with(call)).and_then(|name| self.by_name(site, &name))
            }
            Holder::Elsewhere => None,
        };
        if let Some((name, paths, why)) = verdict {
            words::tell(cx, &Loose { site, name, rate, paths, why, peer: self.touches_peer(site) }, out);
        }
    }

    fn is_local(&self, site: ExprRef, holder: &Holder) -> bool {
        let f = self.cx.l.file(site.file);
        matches!(holder, Holder::Name(b) if f[*b].func == self.cx.l.fn_of(site).id && f[*b].func != FnId::MODULE)
    }

    /// A handle held by a name of the function: follow it through every way out.
    fn local(&self, site: ExprRef, b: BindingId, outer: ExprId, out: &mut Sink) -> Option<Verdict> {
        let cx = self.cx;
        let ask = Ask { l: cx.l, calls: &cx.program.calls, site, protocol: &self.protocol };
        let mut found = paths::of_name(&ask, b, outer);
        if found.gave_up {
            return None;
        }
        let name = cx.l.file(site.file).name_of(b).to_string();
        if let Some(of) = found.handlers.iter().find_map(|h| self.dead_hook(site, h)) {
            let others = found.handlers.iter().filter(|h| h.of != of && h.hears.has(Endings::GONE)).count();
            if others == 0 && found.uncovered.iter().all(|u| u.exit == Exit::Call) && !found.moves {
                return Some((name, found, Why::DeadHook(of)));
            }
        }
        found.uncovered.retain(|u| u.exit != Exit::Call);
        if found.uncovered.is_empty() {
            words::covered(cx, site, &name, &found, out);
            return None;
        }
        let ends = found.has(Exit::End) || found.has(Exit::Return);
        let hears = found.handlers.iter().any(|h| h.hears.has(Endings::GONE) && h.event != words::OWN);
        let why = if found.has(Exit::Gone) {
            Why::Gone
        } else if hears && !ends {
            Why::Late
        } else if found.releases.is_empty() && found.handlers.is_empty() {
            Why::Never
        } else if ends && found.handlers.iter().any(|h| h.hears == Endings::ERROR) {
            Why::OnFailure
        } else {
            Why::SomePaths
        };
        Some((name, found, why))
    }

    /// `transport.onclose = () => clearInterval(t)` where only `transport.close()` fires it and nobody calls that.
    fn dead_hook(&self, site: ExprRef, h: &Handler) -> Option<ExprId> {
        let cx = self.cx;
        let f = cx.l.file(site.file);
        let Expr::Ref(b) = f.expr(f.plain(h.of)) else { return None };
        let written = || cx.l.first_write(site.with(b)).map(|v| v.id);
        let value = f[b].init.get().or_else(written)?;
        let made = site.with(f.awaited(value));
        let model = self.resources.of(cx.l, made).filter(|r| r.closed_by_hand)?;
        let ty = cx.l.type_of(made);
        let name = f.name_of(b).to_ascii_lowercase();
        let closed = cx.l.iter().any(|(file, g)| {
            g.role != FileRole::Test
                && cx.l.package_of[file.0 as usize] == cx.l.package_of[site.file.0 as usize]
                && cx.l.ix(file).calls.iter().any(|&c| {
                    let Expr::Call { callee, .. } = g.expr(c) else { return false };
                    let Expr::Member { object, property } = g.expr(callee) else { return false };
                    if !model.release.iter().any(|r| r == g.str(property)) {
                        return false;
                    }
                    let object = At { file, id: object };
                    let named =
                        callee_name(g, object.id).is_some_and(|n| n.to_ascii_lowercase().contains(&name));
                    named || (ty != Ty::Unknown && cx.l.type_of(object) == ty)
                })
        });
        (!closed).then_some(h.of)
    }

    /// A handle in a field, a module variable or a collection: some release of that name anywhere is believed.
    fn by_name(&self, site: ExprRef, name: &str) -> Option<Verdict> {
        if self.sites.computed_in(site.file) || !self.sites.of(self.cx, name, site.file).is_empty() {
            return None;
        }
        Some((name.to_string(), Paths::default(), Why::Never))
    }

    /// `timers.set(id, setInterval(...))`, `this.timers.push(...)`: the collection's name.
    fn collection(&self, call: ExprRef) -> Option<String> {
        let f = self.cx.l.file(call.file);
        let Expr::Call { callee, .. } = f.expr(call.id) else { return None };
        let Expr::Member { object, property } = f.expr(callee) else { return None };
        let keeps = matches!(f.str(property), "set" | "push" | "add" | "unshift");
        keeps.then(|| callee_name(f, object).map(str::to_string)).flatten()
    }

    /// `clearInterval(this)` in the callback, or a function of another name that the callback hands its handle to.
    fn ends_itself(&self, site: ExprRef) -> bool {
        let cx = self.cx;
        let f = cx.l.file(site.file);
        let Expr::Call { args, .. } = f.expr(site.id) else { return false };
        callbacks(cx.l, site.with(f.nth(args, 0)), &[], 0).into_iter().any(|g| {
            let gf = cx.l.file(g.file);
            if self.ends_with_stream(g) {
                return true;
            }
            cx.l.ix(g.file).calls_between(gf, g.id).iter().any(|&c| match gf.expr(c) {
                Expr::Call { callee, args } => {
                    cx.l.is_within(cx.l.fn_of(g.with(c)), g)
                        && callee_name(gf, callee).is_some_and(|n| self.protocol.taken_by(n))
                        && gf.expr(gf.nth(args, 0)) == Expr::This
                }
                _ => false,
            })
        })
    }

    /// `try { controller.enqueue(x) } catch { clearInterval(t) }`: a web stream that has ended refuses what it is
    /// given, so the next tick is the last. (`res.write` does not: it only says `false`.)
    fn ends_with_stream(&self, g: FunRef) -> bool {
        let cx = self.cx;
        let f = cx.l.file(g.file);
        let ix = cx.l.ix(g.file);
        let calls = ix.calls_between(f, g.id);
        let named = |c: ExprId| match f.expr(c) {
            Expr::Call { callee, .. } => callee_name(f, callee),
            _ => None,
        };
        let clears = calls
            .iter()
            .any(|&c| named(c).is_some_and(|n| self.protocol.taken_by(n)) && cx.l.in_catch(g.with(c)));
        clears
            && calls.iter().any(|&c| {
                let Expr::Call { callee, .. } = f.expr(c) else { return false };
                let Expr::Member { object, property } = f.expr(callee) else { return false };
                f.str(property) == "enqueue"
                    && ix.enclosing(c).iter().any(|(_, r)| *r == Role::Try)
                    && matches!(f.expr(f.plain(object)), Expr::Ref(b) if self.controls_stream(g.with(b)))
            })
    }

    /// The parameter of `start(controller)` or `pull(controller)` of a `new ReadableStream({...})`.
    fn controls_stream(&self, b: BindRef) -> bool {
        let f = self.cx.l.file(b.file);
        let ix = self.cx.l.ix(b.file);
        let Some(&(func, 0)) = ix.param_of.get(&b.id) else { return false };
        let Some(e) = ix.fn_expr.get(func.ix()).copied().filter(|e| e.is_some()) else { return false };
        let Up::Expr(object) = ix.up(e) else { return false };
        let Up::Expr(made) = ix.up(object) else { return false };
        matches!(f.expr(object), Expr::Object(_))
            && matches!(f.expr(made), Expr::New { callee, .. }
                if callee_name(f, callee) == Some("ReadableStream"))
    }

    /// Every caller in the tree throws the returned handle away.
    fn callers_drop(&self, site: ExprRef) -> bool {
        let cx = self.cx;
        let func = cx.l.fn_of(site);
        let callers: Vec<ExprRef> =
            cx.program.calls.callers(func).filter(|e| e.via == Via::Call).map(|e| e.site).collect();
        let escapes = cx.program.calls.callers(func).any(|e| e.via != Via::Call);
        !callers.is_empty()
            && !escapes
            && callers.iter().all(|c| paths::holder(cx.l, *c).0 == Holder::Dropped)
    }

    /// True when the callback mentions a request, a response or a socket.
    fn touches_peer(&self, site: ExprRef) -> bool {
        let cx = self.cx;
        let f = cx.l.file(site.file);
        let Expr::Call { args, .. } = f.expr(site.id) else { return false };
        callbacks(cx.l, site.with(f.nth(args, 0)), &[], 0).into_iter().any(|g| {
            let gf = cx.l.file(g.file);
            let span = gf[g.id].span;
            cx.l.ix(g.file).extent(gf, g.id).map(ExprId).any(|e| {
                matches!(gf.expr(e), Expr::Ref(_) | Expr::Member { .. })
                    && span.contains(gf.span(e))
                    && paths::is_peer(cx.l, g.with(e))
            })
        })
    }

    /// One interval for the process: worth a word when something clears it.
    fn process_lived(&self, site: ExprRef, holder: &Holder, out: &mut Sink) {
        let Some(name) = self.kept_as(site, holder) else { return };
        let releases = self.sites.of(self.cx, &name, site.file);
        if let Some(r) = releases.first() {
            words::held(self.cx, site, &name, HeldBy::Lifetime, *r, out);
        }
    }

    /// A dropped one-shot timer of more than a minute that holds a request, response or socket until it fires.
    fn long(&self, site: ExprRef, out: &mut Sink) {
        let cx = self.cx;
        let f = cx.l.file(site.file);
        let Expr::Call { args, .. } = f.expr(site.id) else { return };
        let Some(ms) = millis(cx, site.with(f.nth(args, 1)), 0).filter(|ms| *ms > 60_000.0 && *ms < 1e10)
        else {
            return;
        };
        let Recurrence::Recurs(rate) = handles::recurrence(cx, site) else { return };
        if rate < Rate::Connection
            || paths::holder(cx.l, site).0 != Holder::Dropped
            || !self.touches_peer(site)
        {
            return;
        }
        let why = Why::Long((ms / 60_000.0) as u32);
        let name = "setTimeout".to_string();
        words::tell(cx, &Loose { site, name, rate, paths: Paths::default(), why, peer: true }, out);
    }

    /// `clearTimeout(t); t = setTimeout(...)`: one at a time.
    fn replaced(&self, site: ExprRef, out: &mut Sink) {
        let cx = self.cx;
        let (holder, _) = paths::holder(cx.l, site);
        let Some(name) = self.kept_as(site, &holder) else { return };
        if !cx.rate(cx.l.fn_of(site)).recurs() {
            return;
        }
        let start = cx.l.file(site.file).span(site.id).start;
        let before = self
            .sites
            .of(cx, &name, site.file)
            .into_iter()
            .find(|r| cx.l.fn_of(*r) == cx.l.fn_of(site) && cx.l.file(r.file).span(r.id).start < start);
        if let Some(r) = before {
            words::held(cx, site, &name, HeldBy::PairedRelease, r, out);
        }
    }

    /// The name of a field, module variable or collection that holds the handle.
    fn kept_as(&self, site: ExprRef, holder: &Holder) -> Option<String> {
        let f = self.cx.l.file(site.file);
        match holder {
            Holder::Name(b) if f[*b].func != self.cx.l.fn_of(site).id || f[*b].func == FnId::MODULE => {
                Some(f.name_of(*b).to_string())
            }
            Holder::Place(p, _) => Some(self.cx.l.place_symbol(p)),
            Holder::Argument(call) => self.collection(site.with(*call)),
            _ => None,
        }
    }
}
