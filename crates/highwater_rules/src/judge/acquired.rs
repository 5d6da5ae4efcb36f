//! Modelled resources where code acquires them, with what becomes of each handle.

use highwater_finding::{Evidence, Related, Role, Subject};
use highwater_program::FileRole;
use highwater_program::graph::calls::Via;
use highwater_program::graph::index::Up;
use highwater_program::graph::paths::{self, Ask, Exit, Holder, Paths, Protocol};
use highwater_program::graph::resources::Resources;
use highwater_program::graph::{At, ExprRef, Rate};
use highwater_program::ir::*;
use highwater_program::model::ResourceModel;

use rustc_hash::FxHashSet;

use super::Context;
use super::handles::{self, Recurrence};
use super::tell;

/// A resource and what becomes of it.
pub struct Acquired<'p> {
    /// The acquiring call: the maker, or a call of a function of the tree that returns a fresh one.
    pub site: ExprRef,
    /// The maker.
    pub made: ExprRef,
    /// What it is.
    pub model: &'p ResourceModel,
    /// The handle's name; the maker's where nobody keeps it.
    pub name: String,
    /// How often.
    pub rate: Rate,
    /// What its handle goes through.
    pub paths: Paths,
    /// How it is kept.
    pub kept: Kept,
    /// True when guards let it happen once, or once a key.
    pub once: bool,
    /// True when code listens to its events: it manages itself.
    pub listens: bool,
}

/// How a fresh resource is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// By a local name.
    Named,
    /// Not at all.
    Dropped,
    /// Handed straight on: an argument or an option.
    Given,
}

/// Every resource that code of the tree acquires outside tests, clients or the others.
pub fn all<'p>(cx: &Context<'p>, clients: bool) -> Vec<Acquired<'p>> {
    let resources = Resources::build(cx.l);
    let mut out = Vec::new();
    for &made in cx.acquiring.get_or_init(|| makers(cx, &resources)) {
        let Some(model) = resources.of(cx.l, made).filter(|m| m.client == clients) else { continue };
        if model.with_callback && !given_function(cx.l.file(made.file), made.id) {
            continue;
        }
        if is_timer(model) || (model.collected && !keeps_alive(cx.l.file(made.file), made.id)) {
            continue;
        }
        follow(cx, made, made, model, 0, &mut out);
    }
    let mut seen = FxHashSet::default();
    out.retain(|a: &Acquired<'_>| {
        seen.insert((a.site.file, a.paths.uncovered.clone(), a.name.clone(), at(cx, a)))
    });
    out
}

/// Every call that acquires something, in file order.
fn makers(cx: &Context<'_>, resources: &Resources<'_>) -> Vec<ExprRef> {
    let mut out = Vec::new();
    for (file, f) in cx.l.iter() {
        if f.role != FileRole::Source || handles::is_interface(f) || !cx.stays_up(file) {
            continue;
        }
        let calls = cx.l.ix(file).calls.iter().map(|&id| At { file, id });
        out.extend(calls.filter(|&made| resources.of(cx.l, made).is_some()));
    }
    out
}

/// Two makers in the arms of one condition are one acquisition, and so are calls that lead to one.
fn at(cx: &Context<'_>, a: &Acquired<'_>) -> ExprId {
    paths::holder(cx.l, a.site).1
}

fn is_timer(model: &ResourceModel) -> bool {
    matches!(model.what.as_str(), "interval" | "timeout" | "immediate" | "animation frame" | "idle callback")
        || model.what == "interval iterator"
}

/// A function among the arguments after the first, or an object with one: `new Cron(pattern, fn)`.
fn given_function(f: &FileFacts, call: ExprId) -> bool {
    let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(call) else { return true };
    f.exprs_of(args).enumerate().any(|(i, a)| match f.expr(f.plain(a)) {
        Expr::Object(_) => f.prop(a, "onTick").is_some(),
        Expr::Spread(_) => true,
        Expr::Str(_) | Expr::Template(_) | Expr::Null | Expr::Bool(_) | Expr::Num(_) => false,
        _ => i > 0,
    })
}

/// `{ keepAlive: true }` among the arguments.
fn keeps_alive(f: &FileFacts, call: ExprId) -> bool {
    let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(call) else { return false };
    f.exprs_of(args).any(|a| f.prop(a, "keepAlive").is_some_and(|v| f.expr(v) == Expr::Bool(true)))
}

fn follow<'p>(
    cx: &Context<'p>,
    site: ExprRef,
    made: ExprRef,
    model: &'p ResourceModel,
    depth: u8,
    out: &mut Vec<Acquired<'p>>,
) {
    let f = cx.l.file(site.file);
    if f.role != FileRole::Source || depth > 2 {
        return;
    }
    let func_rate = cx.rate(cx.l.fn_of(site));
    let (rate, once) = match handles::recurrence(cx, site) {
        Recurrence::Recurs(rate) => (rate, false),
        Recurrence::Once | Recurrence::Keyed if func_rate.recurs() => (func_rate, true),
        Recurrence::Once | Recurrence::Keyed => return,
    };
    let (holder, outer) = paths::holder(cx.l, site);
    let plain = |name: String, kept| Acquired {
        site,
        made,
        model,
        name,
        rate,
        paths: Paths::default(),
        kept,
        once,
        listens: false,
    };
    match holder {
        Holder::Dropped => out.push(plain(maker_name(cx, made), Kept::Dropped)),
        Holder::Property(n) => out.push(plain(f.str(n).to_string(), Kept::Given)),
        Holder::Argument(_) => out.push(plain(maker_name(cx, made), Kept::Given)),
        Holder::Returned => callers(cx, site, made, model, depth, out),
        Holder::Name(b) => {
            let slot = f[b];
            if slot.func == FnId::MODULE || slot.kind == BindingKind::Using || !slot.name.is_some() {
                return;
            }
            let protocol = protocol(model);
            let ask = Ask { l: cx.l, calls: &cx.program.calls, site, protocol: &protocol };
            let mut found = paths::of_name(&ask, b, outer);
            if found.gave_up {
                return;
            }
            found.uncovered.retain(|u| u.exit != Exit::Call);
            if found.moves && found.uncovered.is_empty() && returns_it(cx, site, b) {
                callers(cx, site, made, model, depth, out);
                return;
            }
            let listens = listens(cx, site, b);
            let name = f.name_of(b).to_string();
            out.push(Acquired { paths: found, listens, ..plain(name, Kept::Named) });
        }
        Holder::Place(..) | Holder::Elsewhere => {}
    }
}

fn maker_name(cx: &Context<'_>, made: ExprRef) -> String {
    let f = cx.l.file(made.file);
    match f.expr(made.id) {
        Expr::Call { callee, .. } | Expr::New { callee, .. } => {
            highwater_program::graph::entry::callee_name(f, callee).unwrap_or("resource").to_string()
        }
        _ => "resource".into(),
    }
}

fn protocol(model: &ResourceModel) -> Protocol {
    let mut by_call = model.released_by.clone();
    by_call.extend(["pipeline", "pipe"].map(String::from));
    Protocol { by_call, by_method: model.release.clone(), closed_with: model.closed_with.clone() }
}

/// Callers of a function that returns a fresh resource acquire it in its place.
fn callers<'p>(
    cx: &Context<'p>,
    site: ExprRef,
    made: ExprRef,
    model: &'p ResourceModel,
    depth: u8,
    out: &mut Vec<Acquired<'p>>,
) {
    let func = cx.l.fn_of(site);
    let sites: Vec<ExprRef> = cx
        .program
        .calls
        .callers(func)
        .filter(|e| e.via == Via::Call && matches!(cx.l.expr(e.site), Expr::Call { .. }))
        .map(|e| e.site)
        .take(12)
        .collect();
    for s in sites {
        follow(cx, s, made, model, depth + 1, out);
    }
}

/// True when the function returns the name itself.
fn returns_it(cx: &Context<'_>, site: ExprRef, b: BindingId) -> bool {
    let f = cx.l.file(site.file);
    let func = cx.l.fn_of(site);
    cx.l.returns_of(func).into_iter().any(|r| f.expr(f.awaited(r)) == Expr::Ref(b))
}

/// `h.on('close', ...)`, `h.onmessage = ...`: its own events drive it.
fn listens(cx: &Context<'_>, site: ExprRef, b: BindingId) -> bool {
    let f = cx.l.file(site.file);
    let ix = cx.l.ix(site.file);
    ix.refs(b).iter().any(|&r| {
        let Up::Expr(p) = ix.up(r) else { return false };
        let Expr::Member { property, .. } = f.expr(p) else { return false };
        let name = f.str(property);
        matches!(name, "on" | "once" | "addListener" | "addEventListener" | "listen" | "subscribe" | "pipe")
            || (name.starts_with("on")
                && matches!(ix.up(p), Up::Expr(a) if matches!(f.expr(a), Expr::Assign { target, .. } if target == p)))
    })
}

/// Evidence of where it is given back and where it is not.
pub fn ways_out(cx: &Context<'_>, a: &Acquired<'_>) -> Vec<Evidence> {
    let mut out = Vec::new();
    for r in &a.paths.releases {
        out.push(Evidence {
            claim: "given back here".into(),
            place: Some(cx.l.place_of_expr(a.site.with(*r))),
        });
    }
    for u in &a.paths.uncovered {
        let claim = handles::exit_words(cx, a.site.file, u, &a.name);
        out.push(Evidence { claim, place: Some(cx.l.locate(a.site.file, u.at)) });
    }
    if a.paths.releases.is_empty() {
        let names = a.model.release.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ");
        let claim = format!("no {names} of `{}` is reachable from here", a.name);
        out.push(Evidence { claim, place: None });
    }
    out
}

/// Related places of a resource.
pub fn related(cx: &Context<'_>, a: &Acquired<'_>) -> Vec<Related> {
    let mut out =
        vec![tell::related(cx, Role::Growth, a.site, format!("the {} is acquired here", a.model.what))];
    if a.made != a.site {
        out.push(tell::related(cx, Role::Declaration, a.made, "and made here".into()));
    }
    for r in &a.paths.releases {
        out.push(tell::related(cx, Role::Release, a.site.with(*r), "given back here".into()));
    }
    for u in &a.paths.uncovered {
        let note = handles::exit_words(cx, a.site.file, u, &a.name);
        out.push(Related { role: Role::Note, place: cx.l.locate(a.site.file, u.at), note });
    }
    out
}

/// The subject of a resource.
pub fn subject(cx: &Context<'_>, a: &Acquired<'_>) -> Subject {
    Subject {
        file: cx.l.file(a.site.file).path.clone(),
        path: a.name.clone(),
        symbol: a.name.clone(),
        within: handles::within(cx, a.site),
    }
}

/// `a read stream`, `an HTTP agent`.
pub fn with_article(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O'])
        || what.starts_with("HTTP")
        || what.starts_with("MCP");
    format!("{} {what}", if vowel { "an" } else { "a" })
}
