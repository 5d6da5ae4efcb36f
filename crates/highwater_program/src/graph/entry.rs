//! Entry points: which functions the outside world calls, how often, and with what.

use rustc_hash::{FxHashMap, FxHashSet};

use super::glob::Glob;
use super::linked::{At, ExprRef, FileId, FunRef, Linked};
use super::rates::Rate;
use super::types::Ty;
use crate::FileRole;
use crate::ir::*;
use crate::model::{ConventionModel, EntryModel, ModelRate};

/// A function that something outside the program calls.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The function.
    pub func: FunRef,
    /// How often.
    pub rate: Rate,
    /// For people: "POST /projects", "interval", "WebSocket message".
    pub label: String,
    /// The registering call, or none for conventions.
    pub site: Option<ExprRef>,
}

/// All entry points, and the argument positions they explain.
#[derive(Default)]
pub struct Entries {
    /// In file order.
    pub list: Vec<Entry>,
    /// Types of callback parameters.
    pub param_types: FxHashMap<(FunRef, u16), String>,
    /// Those that somebody has named: who calls them in the tree is not all who call them.
    pub named: FxHashSet<FunRef>,
}

/// Calls by name: which models register callbacks with it.
#[derive(Default)]
struct ByCall<'m> {
    calls: Registering<'m>,
    news: Registering<'m>,
}

/// A model that registers, with its packages.
type Model<'m> = (&'m [String], &'m EntryModel);
/// Models by the name that registers.
type Registering<'m> = FxHashMap<&'m str, Vec<Model<'m>>>;

impl From<ModelRate> for Rate {
    fn from(r: ModelRate) -> Rate {
        match r {
            ModelRate::Startup => Rate::Init,
            ModelRate::Tick => Rate::Tick,
            ModelRate::Connection => Rate::Connection,
            ModelRate::Message => Rate::Message,
            ModelRate::Request => Rate::Request,
            ModelRate::Shutdown => Rate::Shutdown,
        }
    }
}

/// Types of callback parameters, as far as registrations tell before any of them is known.
pub fn param_types(l: &Linked) -> FxHashMap<(FunRef, u16), String> {
    let by_call = ByCall::of(l);
    let mut out = Entries::default();
    for (file, f) in l.iter().filter(|(_, f)| f.role != FileRole::Test) {
        for &call in &l.ix(file).calls {
            let Some((callee, args, name, models)) = by_call.candidates(f, call) else { continue };
            if !models.iter().any(|(_, m)| !m.params.is_empty()) {
                continue;
            }
            let call = At { file, id: call };
            if let Some((_, m)) = models.iter().find(|(packages, m)| fits(l, call, callee, args, packages, m))
                && !m.params.is_empty()
            {
                register(l, call, name, args, m, &mut out);
            }
        }
    }
    out.param_types
}

/// Finds the entry points: those that calls register, and those that the platform finds by itself.
pub fn find(l: &Linked) -> Entries {
    let by_call = ByCall::of(l);
    let mut out = Entries::default();
    for (file, f) in l.iter() {
        if f.role == FileRole::Test {
            continue;
        }
        for &call in &l.ix(file).calls {
            registration(l, &by_call, At { file, id: call }, &mut out);
        }
        handlers_by_assignment(l, file, &mut out);
    }
    for entry in &mut out.list {
        if entry.site.is_some_and(|site| for_developers(l, site)) {
            entry.rate = Rate::Init;
        }
    }
    conventions(l, &mut out);
    super::mounts::apply(l, &mut out.list);
    out
}

/// `if (isDev) app.get(..)`, `if (process.env.NODE_ENV === "development")`: nothing of it runs in production.
fn for_developers(l: &Linked, site: ExprRef) -> bool {
    let f = l.file(site.file);
    let name = |e: ExprId| match f.expr(f.plain(e)) {
        Expr::Ref(b) => f.name_of(b).to_ascii_lowercase(),
        Expr::Member { property, .. } => f.str(property).to_ascii_lowercase(),
        Expr::Str(s) => f.str(s).to_ascii_lowercase(),
        _ => String::new(),
    };
    l.conditions(site).into_iter().any(|(test, holds)| match f.expr(f.plain(test)) {
        Expr::Binary { op: op @ (BinOp::Eq | BinOp::NotEq), left, right } => {
            let same = holds == (op == BinOp::Eq);
            let (left, right) = (name(left), name(right));
            let env = left.ends_with("env") || right.ends_with("env") || left == "mode";
            let is = |word: &str| left == word || right == word;
            env && (same && (is("development") || is("test")) || !same && is("production"))
        }
        _ => {
            holds
                && matches!(
                    name(test).as_str(),
                    "isdev" | "isdevelopment" | "is_dev" | "is_development" | "dev"
                )
        }
    })
}

impl<'m> ByCall<'m> {
    fn of(l: &'m Linked) -> Self {
        let mut by_call = ByCall::default();
        for m in &l.models {
            for e in &m.entry {
                for c in &e.calls {
                    let (map, name) = match c.strip_prefix("new ") {
                        Some(class) => (&mut by_call.news, class),
                        None => (&mut by_call.calls, c.as_str()),
                    };
                    map.entry(name).or_default().push((&m.packages, e));
                }
            }
        }
        by_call
    }

    /// Callee, arguments and name of a call that has arguments, with the models that know the name.
    fn candidates<'f>(
        &self,
        f: &'f FileFacts,
        call: ExprId,
    ) -> Option<(ExprId, List, &'f str, &[Model<'m>])> {
        let (callee, args, by_name) = match f.expr(call) {
            Expr::Call { callee, args } => (callee, args, &self.calls),
            Expr::New { callee, args } => (callee, args, &self.news),
            _ => return None,
        };
        if args.is_empty() {
            return None;
        }
        let name = callee_name(f, callee)?;
        Some((callee, args, name, by_name.get(name).map_or(&[], Vec::as_slice)))
    }
}

fn registration(l: &Linked, by_call: &ByCall<'_>, call: ExprRef, out: &mut Entries) {
    let f = l.file(call.file);
    let Some((callee, args, name, models)) = by_call.candidates(f, call.id) else { return };
    for (packages, m) in models {
        if fits(l, call, callee, args, packages, m) {
            register(l, call, name, args, m, out);
            return;
        }
    }
    if matches!(f.expr(call.id), Expr::Call { .. }) {
        by_shape(l, call, callee, name, args, out);
    }
}

/// The last name of a callee: `app.get` gives `get`.
pub fn callee_name(f: &FileFacts, callee: ExprId) -> Option<&str> {
    match f.expr(f.plain(callee)) {
        Expr::Member { property, .. } => Some(f.str(property)),
        Expr::Ref(b) => Some(f.name_of(b)),
        Expr::Global(g) => Some(f.str(g)),
        _ => None,
    }
}

fn fits(l: &Linked, call: ExprRef, callee: ExprId, args: List, packages: &[String], m: &EntryModel) -> bool {
    let f = l.file(call.file);
    if !m.events.is_empty() {
        let Expr::Str(first) = f.expr(f.nth(args, 0)) else { return false };
        if !m.events.iter().any(|e| e == f.str(first)) {
            return false;
        }
    }
    if m.on.is_empty() {
        return match f.expr(callee) {
            Expr::Global(_) => packages.is_empty(),
            Expr::Member { object, .. } => match l.external(call.with(callee)) {
                Some((p, _)) => packages.iter().any(|x| x.strip_prefix("node:").unwrap_or(x) == &*p),
                None => packages.is_empty() && matches!(f.expr(object), Expr::Global(_)),
            },
            _ => l
                .external(call.with(callee))
                .is_some_and(|(p, _)| packages.iter().any(|x| x.strip_prefix("node:").unwrap_or(x) == &*p)),
        };
    }
    let Expr::Member { object, .. } = f.expr(callee) else { return false };
    match l.type_of(call.with(object)) {
        Ty::Lib(t) => m.on.iter().any(|x| **x == *t),
        Ty::Instance(c) => base_lib(l, c, 0).is_some_and(|t| m.on.contains(&t)),
        _ => false,
    }
}

/// The modelled type that a class of the tree extends.
pub fn base_lib(l: &Linked, class: At<ClassId>, depth: u8) -> Option<String> {
    if depth > 5 {
        return None;
    }
    let base = class.with(l.class(class).base);
    if !base.id.is_some() {
        return None;
    }
    if let Some(c) = l.class_of_value(base, 0) {
        return base_lib(l, c, depth + 1);
    }
    let (p, n) = l.external(base)?;
    let n = n.strip_prefix("default.").unwrap_or(&n).to_string();
    let n = if n == "*" { "default".to_string() } else { n };
    l.model_index.made(&p, &format!("new {n}")).map(ToString::to_string)
}

fn register(l: &Linked, call: ExprRef, name: &str, args: List, m: &EntryModel, out: &mut Entries) {
    let f = l.file(call.file);
    let route = m.route.and_then(|i| match f.expr(f.nth(args, i as usize)) {
        Expr::Str(s) => Some(f.str(s).to_string()),
        _ => None,
    });
    let label = label_of(&m.label, name, route.as_deref());
    for a in f.exprs_of(args) {
        for func in callbacks(l, call.with(a), &m.properties, 0) {
            for (i, t) in m.params.iter().enumerate() {
                if !t.is_empty() {
                    out.param_types.insert((func, i as u16), t.clone());
                }
            }
            out.list.push(Entry { func, rate: m.rate.into(), label: label.clone(), site: Some(call) });
        }
    }
}

fn label_of(pattern: &str, name: &str, route: Option<&str>) -> String {
    if pattern.is_empty() {
        return match route {
            Some(r) => format!("{name} {r}"),
            None => name.to_string(),
        };
    }
    let text = pattern
        .replace("{METHOD}", &name.to_uppercase())
        .replace("{route}", route.unwrap_or(""))
        .replace("{path}", "");
    text.trim().to_string()
}

/// What drives a function that runs once for a command, and the process with it.
pub const COMMAND: &str = "a command";
/// Packages that read the command line and run one command of a process.
const COMMANDS: &[&str] = &[
    "commander",
    "@commander-js/extra-typings",
    "yargs",
    "yargs/yargs",
    "cac",
    "sade",
    "caporal",
    "@caporal/core",
    "vorpal",
];

/// Registrations that look like what they are though the receiver's type is unknown.
fn by_shape(l: &Linked, call: ExprRef, callee: ExprId, name: &str, args: List, out: &mut Entries) {
    let f = l.file(call.file);
    let Expr::Member { object, .. } = f.expr(callee) else { return };
    let first = match f.expr(f.nth(args, 0)) {
        Expr::Str(s) => f.str(s),
        _ => "",
    };
    let (rate, label) = match name {
        // A command runs once, and the process ends with it.
        "action" | "command" if args.len <= 1 || name == "command" => {
            if !f.sources.iter().any(|&s| COMMANDS.contains(&f.str(s))) {
                return;
            }
            for a in f.exprs_of(args) {
                for func in callbacks(l, call.with(a), &[], 0) {
                    out.list.push(Entry {
                        func,
                        rate: Rate::External,
                        label: COMMAND.into(),
                        site: Some(call),
                    });
                }
            }
            return;
        }
        "get" | "post" | "put" | "patch" | "delete" | "all" if first.starts_with('/') && args.len > 1 => {
            (Rate::Request, format!("{} {first}", name.to_uppercase()))
        }
        "on" | "addListener" | "prependListener" | "once" | "addEventListener" if args.len > 1 => {
            let rate = match first {
                "request" => Rate::Request,
                "connection" | "connect" | "session" | "socket" | "upgrade" => Rate::Connection,
                "SIGTERM" | "SIGINT" | "exit" | "beforeExit" => Rate::Shutdown,
                "DOMContentLoaded" => Rate::Init,
                _ => Rate::Message,
            };
            if matches!(l.type_of(call.with(object)), Ty::Coll(..)) {
                return;
            }
            (rate, if first.is_empty() { "event".into() } else { format!("event `{first}`") })
        }
        _ => return,
    };
    for a in f.exprs_of(args).skip(1) {
        for func in callbacks(l, call.with(a), &[], 0) {
            out.list.push(Entry { func, rate, label: label.clone(), site: Some(call) });
        }
    }
}

/// `x.onmessage = fn`, `transport.onclose = () => {}`.
fn handlers_by_assignment(l: &Linked, file: FileId, out: &mut Entries) {
    let f = l.file(file);
    for &w in &l.ix(file).writes {
        let Expr::Assign { target, value, .. } = f.expr(w) else { continue };
        let Expr::Member { property, .. } = f.expr(target) else { continue };
        let name = f.str(property);
        let Some(event) = name.strip_prefix("on").filter(|e| !e.is_empty()) else { continue };
        if !event.chars().all(|c| c.is_ascii_alphanumeric()) {
            continue;
        }
        for func in callbacks(l, At { file, id: value }, &[], 0) {
            let label = format!("event `{}`", event.to_lowercase());
            out.list.push(Entry { func, rate: Rate::Message, label, site: Some(At { file, id: w }) });
        }
    }
}

/// The functions that an argument stands for.
pub fn callbacks(l: &Linked, e: ExprRef, properties: &[String], depth: u8) -> Vec<FunRef> {
    if depth > 3 || !e.id.is_some() {
        return vec![];
    }
    let f = l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Fn(func) => vec![e.with(func)],
        Expr::Ref(_) | Expr::Member { .. } => match l.type_of(e) {
            Ty::Fn(func) => vec![func],
            Ty::Literal(o) if !properties.is_empty() => callbacks(l, o, properties, depth + 1),
            Ty::Coll(Kind::Array, _) | Ty::Unknown if depth == 0 => {
                // A handler held in a variable: `const handler = wrap(async () => {})`.
                match l.def(e, 0) {
                    Some(super::linked::Def::Binding(b)) if l.binding(b).init.is_some() => {
                        let init = b.with(l.binding(b).init);
                        if matches!(l.expr(init), Expr::Call { .. }) {
                            callbacks(l, init, properties, depth + 1)
                        } else {
                            vec![]
                        }
                    }
                    _ => vec![],
                }
            }
            _ => vec![],
        },
        Expr::Call { callee, args } => {
            if let Expr::Member { object, property } = f.expr(callee)
                && f.str(property) == "bind"
            {
                return callbacks(l, e.with(object), properties, depth + 1);
            }
            f.exprs_of(args).flat_map(|a| callbacks(l, e.with(a), properties, depth + 1)).collect()
        }
        Expr::Array(list) => {
            f.exprs_of(list).flat_map(|a| callbacks(l, e.with(a), properties, depth + 1)).collect()
        }
        Expr::Object(list) => f
            .props_of(list)
            .filter(|p| matches!(p.key, Key::Named(k) if properties.iter().any(|x| x == f.str(k))))
            .flat_map(|p| callbacks(l, e.with(p.value), properties, depth + 1))
            .collect(),
        _ => vec![],
    }
}

use super::types::Kind;

fn conventions(l: &Linked, out: &mut Entries) {
    let mut by_package: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut always = Vec::new();
    for (i, m) in l.models.iter().enumerate().filter(|(_, m)| !m.convention.is_empty()) {
        if m.packages.is_empty() {
            always.push(i);
        }
        for p in &m.packages {
            by_package.entry(p.as_str()).or_default().push(i);
        }
    }
    let of_package: Vec<Vec<usize>> = l
        .packages
        .iter()
        .map(|p| {
            p.dependencies.iter().filter_map(|d| by_package.get(d.as_str())).flatten().copied().collect()
        })
        .collect();
    let globs: Vec<Vec<Vec<Glob>>> = l
        .models
        .iter()
        .map(|m| m.convention.iter().map(|c| c.files.iter().map(|g| Glob::new(g)).collect()).collect())
        .collect();
    for (file, f) in l.iter() {
        if f.role == FileRole::Test {
            continue;
        }
        let path: Vec<&str> = f.path.split('/').collect();
        let mut used = always.clone();
        if let Some(p) = l.package_of[file.0 as usize] {
            used.extend(&of_package[p as usize]);
        }
        used.extend(f.sources.iter().filter_map(|&s| by_package.get(f.str(s))).flatten());
        used.sort_unstable();
        used.dedup();
        for m in used {
            for (c, globs) in l.models[m].convention.iter().zip(&globs[m]) {
                if globs.is_empty() || globs.iter().any(|g| g.matches(&path)) {
                    convention(l, file, c, out);
                }
            }
        }
    }
}

fn convention(l: &Linked, file: FileId, c: &ConventionModel, out: &mut Entries) {
    let f = l.file(file);
    let label = |name: &str| {
        let path = f.path.rsplit_once('.').map_or(f.path.as_str(), |x| x.0);
        if c.label.is_empty() {
            name.to_string()
        } else {
            c.label.replace("{path}", path).replace("{METHOD}", name).replace("{route}", path)
        }
    };
    for name in &c.exports {
        let (head, prop) = name.split_once('.').map_or((name.as_str(), None), |(h, p)| (h, Some(p)));
        let Some(def) = l.export(file, head, 0) else { continue };
        for func in functions_of_def(l, &def, prop) {
            if func.file == file {
                out.list.push(Entry { func, rate: c.rate.into(), label: label(name), site: None });
            }
        }
    }
    if c.methods.is_empty() && c.method_decorators.is_empty() {
        return;
    }
    for (i, class) in f.classes.iter().enumerate() {
        let class_ref = At { file, id: ClassId(i as u32) };
        if !class_fits(l, class_ref, class, c) {
            continue;
        }
        for m in &class.methods {
            let name = f.str(m.name);
            let by_name = c.methods.iter().any(|x| x == name || x == "*");
            let by_decorator = f
                .exprs_of(f[m.func].decorators)
                .any(|d| decorator_name(f, d).is_some_and(|n| c.method_decorators.iter().any(|x| x == n)));
            if by_decorator || (by_name && c.method_decorators.is_empty()) {
                let func = class_ref.with(m.func);
                let label = format!("{} {}", label(name), l.fn_name(func));
                out.list.push(Entry { func, rate: c.rate.into(), label, site: None });
            }
        }
    }
}

fn class_fits(l: &Linked, class: At<ClassId>, c: &Class, m: &ConventionModel) -> bool {
    let f = l.file(class.file);
    if m.bases.is_empty() && m.class_decorators.is_empty() {
        return !m.method_decorators.is_empty();
    }
    let base = match f.expr(c.base) {
        Expr::Ref(b) => f.name_of(b),
        Expr::Member { property, .. } => f.str(property),
        Expr::Global(g) => f.str(g),
        _ => "",
    };
    m.bases.iter().any(|b| b == base || c.implements.iter().any(|&i| f.str(i) == b))
        || f.exprs_of(c.decorators)
            .any(|d| decorator_name(f, d).is_some_and(|n| m.class_decorators.iter().any(|x| x == n)))
}

/// `@Get('/x')` and `@Get` give `Get`.
pub fn decorator_name(f: &FileFacts, d: ExprId) -> Option<&str> {
    match f.expr(d) {
        Expr::Call { callee, .. } => callee_name(f, callee),
        _ => callee_name(f, d),
    }
}

/// The functions that a definition, or a property of it, stands for.
pub(super) fn functions_of_def(l: &Linked, def: &super::linked::Def, prop: Option<&str>) -> Vec<FunRef> {
    use super::linked::Def;
    let value = match def {
        Def::Binding(b) => {
            let slot = l.binding(*b);
            if prop.is_none() && slot.function.is_some() {
                return vec![b.with(slot.function)];
            }
            if let (Some(c), Some(p)) = (slot.class.get(), prop) {
                return l.method(b.with(c), p, 0).into_iter().collect();
            }
            b.with(slot.init)
        }
        Def::Value(v) => *v,
        _ => return vec![],
    };
    let f = l.file(value.file);
    match prop {
        None => callbacks(l, value, &[], 0),
        Some(p) => {
            if let Expr::Class(c) = f.expr(f.plain(value.id)) {
                return l.method(value.with(c), p, 0).into_iter().collect();
            }
            f.prop(value.id, p).map(|v| callbacks(l, value.with(v), &[], 0)).unwrap_or_default()
        }
    }
}
