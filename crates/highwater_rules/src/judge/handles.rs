//! Handles that must be given back: how often they are acquired, and which sites release one of that name.

use highwater_program::FileRole;
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::index::{Up, nested};
use highwater_program::graph::paths::{Exit, Paths, Protocol, Uncovered};
use highwater_program::graph::{At, Base, ExprRef, FileId, FunRef, Life, PlaceId, Rate, Ty};
use highwater_program::ir::*;
use highwater_program::model::ModelLife;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Context;

/// How often a call acquires, seen through the guards around it and around the calls that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Once a process, or once per long-lived instance.
    Once,
    /// Once per new key of a collection.
    Keyed,
    /// Again and again.
    Recurs(Rate),
}

/// How often a call acquires.
pub fn recurrence(cx: &Context<'_>, site: ExprRef) -> Recurrence {
    let func = cx.l.fn_of(site);
    let mut rate = cx.rate(func);
    if !rate.recurs() || once_a_class(cx, func) {
        return Recurrence::Once;
    }
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, func);
    if rate == Rate::External {
        let on_the_way = chain.steps.iter().map(|s| s.0).chain([chain.first]);
        rate = on_the_way.filter_map(|f| served(cx, f)).max().unwrap_or(rate);
    }
    if one_shot(cx, &chain.entry, chain.entry_site) {
        return Recurrence::Once;
    }
    let mut keyed = false;
    let sites = std::iter::once(site).chain(chain.steps.iter().map(|s| s.1));
    for at in sites {
        match guarded(cx, at) {
            Recurrence::Once => return Recurrence::Once,
            Recurrence::Keyed => keyed = true,
            Recurrence::Recurs(_) => {}
        }
        let made = matches!(cx.l.expr(at), Expr::New { .. });
        if made && at != site && cx.lifetimes.of_maker(at, 0) == Life::Process {
            return Recurrence::Once;
        }
    }
    if keyed { Recurrence::Keyed } else { Recurrence::Recurs(rate) }
}

/// The rate of a function that takes a request, response or socket: whoever calls it does so for each one.
fn served(cx: &Context<'_>, func: FunRef) -> Option<Rate> {
    let f = cx.l.file(func.file);
    f.params(func.id)
        .filter_map(|b| match cx.l.ty_of_binding(func.with(b), 0) {
            Ty::Lib(t) => match cx.l.model_index.type_model(&cx.l.models, &t)?.life? {
                ModelLife::Request => Some(Rate::Request),
                ModelLife::Connection => Some(Rate::Connection),
                _ => None,
            },
            _ => None,
        })
        .max()
}

/// A constructor or field of a class of which there is one for the process.
fn once_a_class(cx: &Context<'_>, func: FunRef) -> bool {
    let kind = cx.l.function(func).kind;
    matches!(kind, FnKind::Constructor | FnKind::ClassInit)
        && cx.l.this_class(func).is_some_and(|c| {
            matches!(cx.lifetimes.of_class(c, 0), Life::Process | Life::NotInProduction | Life::Unknown)
        })
}

/// Events that come once in the life of what sends them, and registrations for one event at start-up.
fn one_shot(cx: &Context<'_>, label: &str, site: Option<ExprRef>) -> bool {
    let event = label.split('`').nth(1).unwrap_or(label).to_ascii_lowercase();
    let early = [
        "ready",
        "clientready",
        "listening",
        "load",
        "online",
        "started",
        "init",
        "domcontentloaded",
        "install",
    ];
    if early.contains(&event.as_str()) || early.iter().any(|e| event.ends_with(&format!(" {e}"))) {
        return true;
    }
    let Some(site) = site else { return false };
    let f = cx.l.file(site.file);
    let Expr::Call { callee, .. } = f.expr(site.id) else { return false };
    let at_start = cx.rate(cx.l.fn_of(site)) <= Rate::Init;
    at_start && callee_name(f, callee) == Some("once")
}

/// `if (!timer) timer = ...`, `if (started) return; started = true`, `if (!map.has(k)) map.set(k, ...)`.
fn guarded(cx: &Context<'_>, site: ExprRef) -> Recurrence {
    let func = cx.l.fn_of(site);
    if func.id == FnId::MODULE {
        return Recurrence::Recurs(Rate::Init);
    }
    let flags = assigned(cx, func);
    let mut out = Recurrence::Recurs(cx.rate(func));
    for test in tests_before(cx, site, func) {
        if cx.l.any_in(test, &|x| is_flag(cx, x, &flags)) {
            return Recurrence::Once;
        }
        if cx.l.any_in(test, &|x| looks_up(cx, x, 0)) {
            out = Recurrence::Keyed;
        }
    }
    out
}

fn is_flag(cx: &Context<'_>, x: ExprRef, flags: &FxHashSet<PlaceId>) -> bool {
    matches!(cx.l.expr(x), Expr::Ref(_) | Expr::Member { .. })
        && cx.l.place(x).is_some_and(|p| flags.contains(&p) && !says_over(&cx.l.place_symbol(&p)))
}

/// `closed`, `isAborted`: a flag that something is over, not one that it has begun.
fn says_over(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    [
        "closed",
        "closing",
        "aborted",
        "destroyed",
        "stopped",
        "ended",
        "finished",
        "disposed",
        "cancelled",
        "canceled",
    ]
    .iter()
    .any(|w| n.ends_with(w))
}

/// Places that outlive the function and are assigned in it.
fn assigned(cx: &Context<'_>, func: FunRef) -> FxHashSet<PlaceId> {
    let f = cx.l.file(func.file);
    let ix = cx.l.ix(func.file);
    let mut out = FxHashSet::default();
    for &w in ix.writes_between(f, func.id) {
        if ix.fn_of(w) != func.id {
            continue;
        }
        let (Expr::Assign { target, .. } | Expr::Update { target, .. }) = f.expr(w) else { continue };
        let Some(p) = cx.l.place(func.with(target)) else { continue };
        let local =
            matches!(&p.base, Base::Binding(b) if b.file == func.file && cx.l.binding(*b).func == func.id);
        if !local {
            out.insert(p);
        }
    }
    out
}

/// Tests around a site, and tests before it that return early.
pub fn tests_before(cx: &Context<'_>, site: ExprRef, func: FunRef) -> Vec<ExprRef> {
    let f = cx.l.file(site.file);
    let ix = cx.l.ix(site.file);
    let in_loop_head =
        |t: ExprId| matches!(ix.up(t), Up::Stmt(s) if matches!(f.stmts[s.ix()], Stmt::Loop { .. }));
    let around = cx.l.guards(site).into_iter().map(|(t, _)| t).filter(|t| !in_loop_head(*t));
    let mut out: Vec<ExprRef> = around.map(|t| site.with(t)).collect();
    let start = f.span(site.id).start;
    let mut own: Vec<StmtId> = f.stmts_of(f[func.id].body).collect();
    while let Some(s) = own.pop() {
        let stmt = f.stmts[s.ix()];
        nested(f, stmt, &mut |list| own.extend(f.stmts_of(list)));
        let Stmt::If { test, then, .. } = stmt else { continue };
        if f.stmt_spans[s.ix()].start > start {
            continue;
        }
        if f.stmts_of(then)
            .any(|t| matches!(f.stmts[t.ix()], Stmt::Return(_) | Stmt::Throw(_) | Stmt::Continue))
        {
            out.push(site.with(test));
        }
    }
    out
}

/// `map.has(k)`, `map.get(k)`, `map[k]`, or a name that holds such a value.
fn looks_up(cx: &Context<'_>, x: ExprRef, depth: u8) -> bool {
    let f = cx.l.file(x.file);
    match f.expr(x.id) {
        Expr::Call { callee, .. } => {
            matches!(f.expr(callee), Expr::Member { property, .. } if matches!(f.str(property), "has" | "get" | "find"))
        }
        Expr::Index { .. } => true,
        Expr::Ref(b) if depth == 0 => {
            let init = f[b].init;
            init.is_some() && f[b].kind != BindingKind::Param && looks_up(cx, x.with(f.awaited(init)), 1)
        }
        _ => false,
    }
}

/// Release sites of the whole program by the names in their argument or receiver.
#[derive(Default)]
pub struct Sites {
    by_name: FxHashMap<String, Vec<ExprRef>>,
    /// Files with a release whose handle is looked up by a computed name.
    wild: FxHashSet<FileId>,
}

impl Sites {
    /// Finds every release of a protocol outside tests.
    pub fn find(cx: &Context<'_>, protocol: &Protocol) -> Sites {
        let mut out = Sites::default();
        for (file, f) in cx.l.iter() {
            if f.role == FileRole::Test {
                continue;
            }
            for &c in &cx.l.ix(file).calls {
                let Expr::Call { callee, args } = f.expr(c) else { continue };
                let name = callee_name(f, callee).unwrap_or("");
                let at = At { file, id: c };
                if protocol.taken_by(name) {
                    for a in f.exprs_of(args) {
                        out.put(cx, at, a);
                    }
                } else if protocol.ended_by(name) {
                    if let Expr::Member { object, .. } = f.expr(callee) {
                        out.put(cx, at, object);
                    }
                } else if let Expr::Member { object, .. } = f.expr(callee)
                    && f.exprs_of(args).any(|a| callee_name(f, a).is_some_and(|n| protocol.taken_by(n)))
                {
                    // `timers.forEach(clearInterval)`
                    out.put(cx, at, object);
                }
            }
        }
        out
    }

    fn put(&mut self, cx: &Context<'_>, site: ExprRef, handle: ExprId) {
        let mut names = FxHashSet::default();
        names_of(cx, site.with(handle), &mut names, 0);
        if matches!(cx.l.file(site.file).expr(handle), Expr::Index { key, .. }
            if !matches!(cx.l.file(site.file).expr(key), Expr::Str(_)))
        {
            self.wild.insert(site.file);
        }
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_unstable();
        for n in names {
            let list = self.by_name.entry(n).or_default();
            if !list.contains(&site) {
                list.push(site);
            }
        }
    }

    /// Releases of a handle of this name, in files of the same package.
    pub fn of(&self, cx: &Context<'_>, name: &str, file: FileId) -> Vec<ExprRef> {
        let package = cx.l.package_of[file.0 as usize];
        let list = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        list.iter().copied().filter(|e| cx.l.package_of[e.file.0 as usize] == package).collect()
    }

    /// True when some release of the file picks its handle by a computed name.
    pub fn computed_in(&self, file: FileId) -> bool {
        self.wild.contains(&file)
    }
}

/// Every name that an expression mentions, and what its local names were taken from.
fn names_of(cx: &Context<'_>, e: ExprRef, out: &mut FxHashSet<String>, depth: u8) {
    if depth > 3 || !e.id.is_some() {
        return;
    }
    let f = cx.l.file(e.file);
    let ix = cx.l.ix(e.file);
    let mut locals = Vec::new();
    cx.l.walk(e, &mut |x| match f.expr(x.id) {
        Expr::Member { property, .. } => {
            out.insert(f.str(property).to_string());
        }
        Expr::Str(s) => {
            out.insert(f.str(s).to_string());
        }
        Expr::Ref(b) if out.insert(f.name_of(b).to_string()) => locals.push(b),
        _ => {}
    });
    for b in locals {
        let slot = f[b];
        if slot.init.is_some() && slot.kind != BindingKind::Param {
            names_of(cx, e.with(slot.init), out, depth + 1);
        }
        if let Some(&s) = ix.loop_of.get(&b)
            && let Stmt::Loop { head, .. } = f.stmts[s.ix()]
        {
            names_of(cx, e.with(head), out, depth + 1);
        }
        if let Some(&(func, _)) = ix.param_of.get(&b)
            && let Some((call, _)) = cx.l.passed_to(e.with(func))
            && let Expr::Call { callee, .. } = f.expr(call.id)
        {
            names_of(cx, e.with(callee), out, depth + 1);
        }
    }
}

/// Code of a user interface: its components and hooks have rules of their own.
pub fn is_interface(f: &FileFacts) -> bool {
    f.is_component
        || f.sources.iter().any(|&s| {
            matches!(
                f.str(s),
                "react" | "react-dom" | "preact" | "preact/hooks" | "vue" | "svelte" | "solid-js"
            )
        })
}

/// Words for an exit that leaves a handle live, for a sentence of evidence.
pub fn exit_words(cx: &Context<'_>, file: FileId, u: &Uncovered, name: &str) -> String {
    let line = cx.l.file(file).line_col(u.at.start).0;
    match u.exit {
        Exit::End => format!("the function ends at line {line} and `{name}` lives on"),
        Exit::Return => format!("returns early at line {line} without releasing `{name}`"),
        Exit::Throw => format!("the throw at line {line} leaves `{name}` behind"),
        Exit::Await => match awaited_name(cx, file, u.at) {
            Some(n) => format!("when `{n}` throws at line {line}, control leaves and `{name}` stays"),
            None => format!("when the await at line {line} throws, control leaves and `{name}` stays"),
        },
        Exit::Call => format!("a call at line {line} may throw"),
        Exit::Gone => {
            format!("when the client disconnects nothing releases `{name}`: only a normal end is heard of")
        }
        Exit::Settled => format!("the promise is settled at line {line} without releasing `{name}`"),
        Exit::AfterSettled => {
            format!("the promise is settled at line {line}, and `{name}` is acquired all the same")
        }
    }
}

fn awaited_name(cx: &Context<'_>, file: FileId, at: Span) -> Option<String> {
    let f = cx.l.file(file);
    let i = f.spans.iter().enumerate().position(|(i, s)| *s == at && matches!(f.exprs[i], Expr::Await(_)))?;
    let Expr::Await(v) = f.exprs[i] else { return None };
    match f.expr(f.plain(v)) {
        Expr::Call { callee, .. } => callee_name(f, callee).map(str::to_string),
        _ => None,
    }
}

/// Uncovered exits worth telling: not the calls that merely might throw.
pub fn told(paths: &Paths) -> Vec<Uncovered> {
    paths.uncovered.iter().copied().filter(|u| u.exit != Exit::Call).collect()
}

/// What drives an acquisition, for "each {driver}": `POST /projects`, or just "request".
pub fn driver(cx: &Context<'_>, func: FunRef, rate: Rate) -> String {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, func);
    if rate == cx.rate(func) && !chain.entry.is_empty() && chain.entry != "start-up" {
        return format!("`{}`", chain.entry.replace('`', ""));
    }
    match rate {
        Rate::Request => "request",
        Rate::Connection => "connection",
        Rate::Message => "event",
        Rate::Tick => "timer tick",
        _ => "call",
    }
    .to_string()
}

/// The name of the function around, for a subject.
pub fn within(cx: &Context<'_>, site: ExprRef) -> String {
    let func = cx.l.fn_of(site);
    if func.id == FnId::MODULE { String::new() } else { cx.l.fn_name(func) }
}
