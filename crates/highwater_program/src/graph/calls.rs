//! Who calls whom: direct calls, methods by type or by name, callbacks, stored functions (field-based).
//!
//! After Feldthaus and others, "Efficient construction of approximate call graphs for JavaScript IDE services"
//! (ICSE 2013): properties are matched by name, everything else by what the code says.

use rustc_hash::FxHashMap;

use super::entry::{self, Entries};
use super::linked::{At, Def, ExprRef, FileId, FunRef, Linked};
use super::rates::Rate;
use super::types::Ty;
use crate::FileRole;
use crate::ir::*;

/// How a call comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Called there.
    Call,
    /// Handed to a function that calls it then.
    Callback,
    /// Handed to a timer or promise: runs once, later.
    Later,
    /// Its value is stored or handed to code that is not in the tree; may be called at any time.
    Escape,
}

/// An edge of the call graph.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Caller.
    pub from: u32,
    /// Callee.
    pub to: u32,
    /// Where.
    pub site: ExprRef,
    /// How.
    pub via: Via,
}

/// The call graph.
pub struct Calls {
    bases: Vec<u32>,
    files_of: Vec<FileId>,
    /// All edges, in file order.
    pub edges: Vec<Edge>,
    incoming: ByFunction,
    outgoing: ByFunction,
    /// Entry points.
    pub entries: Entries,
    /// Functions that a call registers for the start or the end of the process, sorted.
    once: Vec<(FunRef, ExprRef)>,
    /// Functions at each call site, for calls that resolve.
    targets: Targets,
}

/// Functions by call site: sites in order, each with the end of its functions in `functions`.
#[derive(Default)]
struct Targets {
    sites: Vec<(ExprRef, u32)>,
    functions: Vec<FunRef>,
}

/// Edges by one of their ends, in order: the edges of function `n` are `edges[starts[n]..starts[n + 1]]`.
#[derive(Default)]
struct ByFunction {
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl ByFunction {
    /// `ends` says the function of each edge.
    fn new(functions: usize, ends: impl Iterator<Item = u32> + Clone) -> Self {
        let mut starts = vec![0_u32; functions + 1];
        for end in ends.clone() {
            starts[end as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut edges = vec![0; starts[functions] as usize];
        for (edge, end) in ends.enumerate() {
            edges[next[end as usize] as usize] = edge as u32;
            next[end as usize] += 1;
        }
        ByFunction { starts, edges }
    }

    fn of(&self, function: u32) -> &[u32] {
        let n = function as usize;
        &self.edges[self.starts[n] as usize..self.starts[n + 1] as usize]
    }
}

/// Methods that run their callback before they return, or once.
pub(super) fn is_sync(name: &str) -> bool {
    matches!(
        name,
        "map"
            | "forEach"
            | "filter"
            | "reduce"
            | "reduceRight"
            | "some"
            | "every"
            | "find"
            | "findIndex"
            | "findLast"
            | "flatMap"
            | "sort"
            | "toSorted"
            | "from"
            | "replace"
            | "replaceAll"
            | "all"
            | "allSettled"
            | "race"
            | "any"
            | "isArray"
            | "assign"
            | "entries"
            | "groupBy"
            | "run"
            | "runInContext"
            | "transaction"
            | "$transaction"
            | "measure"
            | "listen"
            | "ready"
            | "connect"
            | "open"
            | "init"
            | "start"
            | "bootstrap"
            | "sync"
            | "withTransaction"
            | "startActiveSpan"
            | "with"
            | "stringify"
            | "parse"
            | "memoize"
            | "pipe"
    )
}

pub(super) fn is_once_later(name: &str) -> bool {
    matches!(
        name,
        "then"
            | "catch"
            | "finally"
            | "setTimeout"
            | "setImmediate"
            | "nextTick"
            | "queueMicrotask"
            | "readFile"
            | "writeFile"
            | "stat"
            | "readdir"
            | "mkdir"
            | "unlink"
            | "exec"
            | "execFile"
            | "lookup"
            | "query"
            | "requestAnimationFrame"
            | "requestIdleCallback"
            | "pipeline"
            | "finished"
            | "promisify"
    )
}

/// Method names too common to match by name alone.
fn is_common(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "set"
            | "has"
            | "add"
            | "delete"
            | "clear"
            | "push"
            | "pop"
            | "shift"
            | "unshift"
            | "splice"
            | "keys"
            | "values"
            | "entries"
            | "then"
            | "catch"
            | "finally"
            | "on"
            | "once"
            | "off"
            | "emit"
            | "bind"
            | "call"
            | "apply"
            | "toString"
            | "join"
            | "split"
            | "slice"
            | "trim"
            | "includes"
            | "indexOf"
            | "concat"
            | "test"
            | "exec"
            | "log"
            | "warn"
            | "error"
            | "info"
            | "debug"
            | "trace"
            | "length"
            | "toJSON"
            | "valueOf"
            | "next"
            | "return"
            | "throw"
            | "constructor"
            | "substring"
            | "match"
            | "startsWith"
            | "endsWith"
            | "padStart"
            | "toLowerCase"
            | "toUpperCase"
            | "now"
            | "json"
            | "text"
            | "stringify"
            | "parse"
            | "resolve"
            | "reject"
    ) || is_sync(name)
}

impl Calls {
    /// Builds the graph.
    pub fn build(l: &Linked, entries: Entries) -> Calls {
        let mut bases = Vec::with_capacity(l.files.len());
        let mut files_of = Vec::new();
        for (file, f) in l.iter() {
            bases.push(files_of.len() as u32);
            files_of.extend(std::iter::repeat_n(file, f.functions.len()));
        }
        let n = files_of.len();
        let mut once: Vec<(FunRef, ExprRef)> = entries
            .list
            .iter()
            .filter(|e| matches!(e.rate, Rate::Init | Rate::Shutdown))
            .filter_map(|e| Some((e.func, e.site?)))
            .collect();
        once.sort_unstable();
        let mut calls = Calls {
            bases,
            files_of,
            edges: Vec::new(),
            incoming: ByFunction::default(),
            outgoing: ByFunction::default(),
            entries,
            once,
            targets: Targets::default(),
        };
        let by_name = stored_functions(l);
        for (file, f) in l.iter() {
            if f.role != FileRole::Test {
                calls.file(l, file, &by_name);
            }
        }
        calls.edges.shrink_to_fit();
        calls.targets.sites.shrink_to_fit();
        calls.targets.functions.shrink_to_fit();
        calls.incoming = ByFunction::new(n, calls.edges.iter().map(|e| e.to));
        calls.outgoing = ByFunction::new(n, calls.edges.iter().map(|e| e.from));
        calls
    }

    /// Number of functions.
    pub fn len(&self) -> usize {
        self.files_of.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.files_of.is_empty()
    }

    /// Dense number of a function.
    pub fn number(&self, f: FunRef) -> u32 {
        self.bases[f.file.0 as usize] + f.id.0
    }

    /// The function of a number.
    pub fn function(&self, n: u32) -> FunRef {
        let file = self.files_of[n as usize];
        At { file, id: FnId(n - self.bases[file.0 as usize]) }
    }

    /// The functions that a call or `new` runs, as far as they are known.
    pub fn targets(&self, site: ExprRef) -> &[FunRef] {
        let Targets { sites, functions } = &self.targets;
        let Ok(at) = sites.binary_search_by_key(&site, |s| s.0) else { return &[] };
        let start = if at == 0 { 0 } else { sites[at - 1].1 };
        &functions[start as usize..sites[at].1 as usize]
    }

    /// Edges into a function.
    pub fn callers(&self, f: FunRef) -> impl Iterator<Item = &Edge> {
        self.incoming.of(self.number(f)).iter().map(|&i| &self.edges[i as usize])
    }

    pub(super) fn outgoing_of(&self, n: u32) -> &[u32] {
        self.outgoing.of(n)
    }

    /// Edges out of a function.
    pub fn callees(&self, f: FunRef) -> impl Iterator<Item = &Edge> {
        self.outgoing.of(self.number(f)).iter().map(|&i| &self.edges[i as usize])
    }

    fn edge(&mut self, from: FunRef, to: FunRef, site: ExprRef, via: Via) {
        let (from, to) = (self.number(from), self.number(to));
        self.edges.push(Edge { from, to, site, via });
    }

    fn file(&mut self, l: &Linked, file: FileId, by_name: &FxHashMap<String, Vec<FunRef>>) {
        let f = l.file(file);
        for &id in &l.ix(file).calls {
            let site = At { file, id };
            let (callee, args, is_new) = match f.expr(id) {
                Expr::Call { callee, args } => (callee, args, false),
                Expr::New { callee, args } => (callee, args, true),
                _ => continue,
            };
            let from = l.fn_of(site);
            let targets = if is_new {
                constructors(l, site.with(callee))
            } else {
                callee_targets(l, site, callee, by_name)
            };
            for &t in &targets {
                self.edge(from, t, site, Via::Call);
            }
            self.arguments(l, site, callee, args, &targets, from);
            if !targets.is_empty() {
                self.targets.functions.extend(targets);
                self.targets.sites.push((site, self.targets.functions.len() as u32));
            }
        }
        self.escapes(l, file);
    }

    /// Registered for the start or the end of the process: it runs then, and not whenever it pleases somebody.
    fn ends_or_starts(&self, func: FunRef, site: ExprRef) -> bool {
        self.once.binary_search(&(func, site)).is_ok()
    }

    fn arguments(
        &mut self,
        l: &Linked,
        site: ExprRef,
        callee: ExprId,
        args: List,
        targets: &[FunRef],
        from: FunRef,
    ) {
        let f = l.file(site.file);
        let name = entry::callee_name(f, callee).unwrap_or("");
        for (i, a) in f.exprs_of(args).enumerate() {
            let funcs = match f.expr(f.plain(a)) {
                Expr::Fn(_) | Expr::Ref(_) | Expr::Member { .. } | Expr::Call { .. } => {
                    if matches!(f.expr(f.plain(a)), Expr::Call { .. }) && !is_bind(f, a) {
                        continue;
                    }
                    entry::callbacks(l, site.with(a), &[], 1)
                }
                _ => continue,
            };
            for func in funcs {
                if name == "setInterval" || self.ends_or_starts(func, site) {
                    continue; // an entry point of its own
                }
                let runs = targets.iter().find(|&&t| calls_param(l, t, i));
                let via = if !targets.is_empty() {
                    if runs.is_some() { Via::Callback } else { Via::Escape }
                } else if is_once_later(name) {
                    Via::Later
                } else if is_sync(name) || matches!(f.expr(site.id), Expr::New { .. }) {
                    Via::Callback
                } else {
                    Via::Escape
                };
                match runs {
                    Some(&t) => self.edge(t, func, site, via),
                    _ => self.edge(from, func, site, via),
                }
            }
        }
    }

    /// Functions whose value goes somewhere other than a call.
    fn escapes(&mut self, l: &Linked, file: FileId) {
        let f = l.file(file);
        let ix = l.ix(file);
        for (i, &e) in ix.fn_expr.iter().enumerate() {
            if !e.is_some() {
                continue;
            }
            let as_argument = matches!(ix.up(e), super::index::Up::Expr(p)
                if matches!(f.expr(p), Expr::Call { .. } | Expr::New { .. }));
            if !as_argument {
                let site = At { file, id: e };
                self.edge(l.fn_of(site), At { file, id: FnId(i as u32) }, site, Via::Escape);
            }
        }
        for (i, b) in f.bindings.iter().enumerate() {
            if b.kind != BindingKind::Fn || !b.function.is_some() {
                continue;
            }
            for &r in ix.refs(BindingId(i as u32)) {
                let called = matches!(ix.up(r), super::index::Up::Expr(p)
                    if matches!(f.expr(p), Expr::Call { .. } | Expr::New { .. }));
                if !called {
                    let site = At { file, id: r };
                    self.edge(l.fn_of(site), At { file, id: b.function }, site, Via::Escape);
                }
            }
        }
    }
}

/// Functions that a call may run.
fn callee_targets(
    l: &Linked,
    site: ExprRef,
    callee: ExprId,
    by_name: &FxHashMap<String, Vec<FunRef>>,
) -> Vec<FunRef> {
    let f = l.file(site.file);
    match f.expr(f.plain(callee)) {
        Expr::Fn(func) => return vec![site.with(func)],
        Expr::Super => return method_of_base(l, site, "constructor"),
        Expr::Member { object, property } => {
            return method_targets(l, site, callee, object, f.str(property), by_name);
        }
        _ => {}
    }
    match l.type_of(site.with(callee)) {
        Ty::Fn(func) => vec![func],
        _ => match l.def(site.with(callee), 0) {
            Some(Def::Value(v)) => entry::callbacks(l, v, &[], 0),
            Some(Def::Binding(b)) if l.binding(b).init.is_some() => {
                // `const save = debounce(() => {})`: calling it calls what was wrapped.
                let init = b.with(l.binding(b).init);
                if matches!(l.expr(init), Expr::Call { .. }) {
                    entry::callbacks(l, init, &[], 0)
                } else {
                    vec![]
                }
            }
            _ => vec![],
        },
    }
}

/// A method of the base of the class around a place.
fn method_of_base(l: &Linked, site: ExprRef, name: &str) -> Vec<FunRef> {
    l.this_class(l.fn_of(site))
        .and_then(|c| l.class_of_value(c.with(l.class(c).base), 0))
        .and_then(|b| l.method(b, name, 0))
        .into_iter()
        .collect()
}

/// `object.name(...)`: by the type of the object, else by the name.
fn method_targets(
    l: &Linked,
    site: ExprRef,
    callee: ExprId,
    object: ExprId,
    name: &str,
    by_name: &FxHashMap<String, Vec<FunRef>>,
) -> Vec<FunRef> {
    let f = l.file(site.file);
    if matches!(name, "call" | "apply") {
        let inner = callee_targets(l, site, object, by_name);
        if !inner.is_empty() {
            return inner;
        }
    }
    if f.expr(object) == Expr::Super {
        return method_of_base(l, site, name);
    }
    let typed = match l.type_of(site.with(object)) {
        Ty::Instance(c) => of_instance(l, c, name),
        Ty::ClassOf(c) => return l.method(c, name, 0).into_iter().collect(),
        Ty::Shape(t) => l.implementers(t).into_iter().filter_map(|c| l.method(c, name, 0)).take(8).collect(),
        Ty::Coll(..) | Ty::Primitive => return vec![],
        _ => vec![],
    };
    if !typed.is_empty() {
        return typed;
    }
    match l.type_of(site.with(callee)) {
        Ty::Fn(func) => return vec![func],
        _ if is_common(name) => return vec![],
        _ => {}
    }
    match by_name.get(name) {
        Some(list) if list.len() <= 6 => {
            list.iter().copied().filter(|t| knows(l, site.file, t.file)).collect()
        }
        _ => vec![],
    }
}

/// A package calls what is its own, what it depends on, and what depends on it.
fn knows(l: &Linked, from: FileId, to: FileId) -> bool {
    let (Some(a), Some(b)) = (l.package(from), l.package(to)) else { return true };
    let depends = |a: &crate::Package, b: &crate::Package| a.dependencies.contains(&b.info.name);
    l.package_of[from.0 as usize] == l.package_of[to.0 as usize] || depends(a, b) || depends(b, a)
}

/// A method of a class and what its subclasses make of it.
fn of_instance(l: &Linked, class: super::ClassRef, name: &str) -> Vec<FunRef> {
    let mut out: Vec<FunRef> = l.method(class, name, 0).into_iter().collect();
    for s in l.subclasses.get(&class).into_iter().flatten().take(8) {
        if let Some(m) = l.method(*s, name, 0)
            && !out.contains(&m)
        {
            out.push(m);
        }
    }
    out
}

fn is_bind(f: &FileFacts, call: ExprId) -> bool {
    match f.expr(f.plain(call)) {
        Expr::Call { callee, .. } => {
            matches!(f.expr(callee), Expr::Member { property, .. } if f.str(property) == "bind")
        }
        _ => false,
    }
}

fn constructors(l: &Linked, callee: ExprRef) -> Vec<FunRef> {
    let Some(c) = l.class_of_value(callee, 0) else { return vec![] };
    let mut out: Vec<FunRef> = l.method(c, "constructor", 0).into_iter().collect();
    let f = l.file(c.file);
    out.extend(
        l.class(c)
            .methods
            .iter()
            .filter(|m| f.str(m.name) == "(fields)" && !m.is_static)
            .map(|m| c.with(m.func)),
    );
    out
}

/// True when a function calls its nth parameter, in its own body or in a function within it.
pub fn calls_param(l: &Linked, func: FunRef, n: usize) -> bool {
    let f = l.file(func.file);
    let Some(b) = f.params(func.id).nth(n) else { return false };
    let ix = l.ix(func.file);
    ix.refs(b).iter().any(|&r| match ix.up(r) {
        super::index::Up::Expr(p) => match f.expr(p) {
            Expr::Call { callee, args } => {
                callee == r
                    || (f.exprs_of(args).any(|a| a == r)
                        && entry::callee_name(f, callee).is_some_and(|n| is_sync(n) || is_once_later(n)))
            }
            Expr::New { callee, .. } => matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "Promise"),
            Expr::Member { property, .. } => matches!(f.str(property), "call" | "apply"),
            _ => false,
        },
        _ => false,
    })
}

/// Functions stored under a property name: methods, object members, assigned functions.
fn stored_functions(l: &Linked) -> FxHashMap<String, Vec<FunRef>> {
    let mut map: FxHashMap<String, Vec<FunRef>> = FxHashMap::default();
    for (file, f) in l.iter() {
        if f.role == FileRole::Test {
            continue;
        }
        for c in &f.classes {
            for m in &c.methods {
                map.entry(f.str(m.name).to_string()).or_default().push(At { file, id: m.func });
            }
        }
        for p in &f.props {
            if let (Key::Named(name), Expr::Fn(func)) = (p.key, f.expr(p.value)) {
                map.entry(f.str(name).to_string()).or_default().push(At { file, id: func });
            }
        }
        for &w in &l.ix(file).writes {
            if let Expr::Assign { target, value, .. } = f.expr(w)
                && let Expr::Member { property, .. } = f.expr(target)
            {
                let func = match f.expr(value) {
                    Expr::Fn(func) => Some(func),
                    Expr::Ref(b) => f[b].function.get(),
                    _ => None,
                };
                if let Some(func) = func {
                    let list = map.entry(f.str(property).to_string()).or_default();
                    let at = At { file, id: func };
                    if !list.contains(&at) {
                        list.push(at);
                    }
                }
            }
        }
    }
    map
}
