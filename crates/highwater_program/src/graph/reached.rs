//! Files of an application that nothing which runs ever loads: what they hold back, no process keeps.
//!
//! A file counts as loaded when in doubt: it does something when it is loaded, a framework or a manifest or a
//! string names it, other files are loaded by a computed path near it, or one that counts imports it. What is left
//! are modules that only export, and that nobody, or nobody but their like and tests, imports.

use highwater_finding::Platform;
use rustc_hash::{FxHashMap, FxHashSet};

use super::entry::{Entries, callee_name};
use super::linked::{At, Def, FileId, Linked};
use super::resolve::Target;
use crate::FileRole;
use crate::ir::*;

/// Packages that load the files of an application by themselves, wherever they lie.
const AUTOLOADERS: &[&str] = &[
    "@oclif/core",
    "sails",
    "@strapi/strapi",
    "egg",
    "@adonisjs/core",
    "@medusajs/framework",
    "@medusajs/medusa",
    "@fastify/autoload",
    "fastify-autoload",
    "fastify-cli",
    "@sapphire/framework",
    "tsoa",
    "routing-controllers",
    "type-graphql",
    "awilix",
    "@loopback/boot",
    "@midwayjs/core",
    "midway",
    "@trigger.dev/sdk",
    "convex",
    "node-red",
    "actionhero",
    "thinkjs",
    "express-file-routing",
    "require-all",
    "require-dir",
    "require-directory",
    "motia",
    "@backstage/backend-defaults",
    "encore.dev",
    "vscode",
];
/// Frameworks that load files of folders with a meaning.
const BY_FOLDER: &[&str] = &[
    "next",
    "nuxt",
    "nitro",
    "nitropack",
    "h3",
    "@remix-run/node",
    "@remix-run/dev",
    "@react-router/node",
    "@react-router/dev",
    "@sveltejs/kit",
    "astro",
    "@tanstack/react-start",
    "@tanstack/start",
    "@solidjs/start",
    "@builder.io/qwik-city",
    "vinxi",
    "gatsby",
    "@redwoodjs/core",
    "@cedarjs/core",
    "waku",
];
const FOLDERS: &[&str] = &["app", "pages", "api", "routes", "server", "middleware", "plugins", "functions"];
/// Names of files that start a process.
const STARTING: &[&str] = &[
    "main",
    "server",
    "worker",
    "cli",
    "entry",
    "bin",
    "handler",
    "lambda",
    "preload",
    "extension",
    "plugin",
    "bootstrap",
    "daemon",
    "service-worker",
    "sw",
    "background",
];
/// The same, at the top of a package only: deeper down they gather what lies beside them.
const STARTING_AT_TOP: &[&str] = &["index", "app", "mod", "api", "start", "run", "bot", "electron"];
/// Methods that set something going, when a module calls them as it is loaded.
const STARTS: &[&str] = &[
    "listen",
    "launch",
    "login",
    "start",
    "run",
    "serve",
    "connect",
    "bootstrap",
    "init",
    "consume",
    "execute",
    "parse",
    "parseAsync",
    "work",
    "go",
    "main",
    "boot",
    "then",
    "fire",
];
/// Calls whose strings name files.
const NAMING: &[&str] =
    &["join", "resolve", "fork", "spawn", "Worker", "URL", "register", "load", "exec", "target"];
/// Folders that hold everything.
const ANYWHERE: &[&str] =
    &["src", "lib", "dist", "build", "out", "app", "server", "backend", "packages", "source"];
const CODE: &[&str] = &[".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/// For each file, whether it is code of an application that nothing which runs loads.
pub(super) fn unreached(l: &Linked) -> Vec<bool> {
    let of = |(file, f): (FileId, &FileFacts)| {
        let folder = l.package(file).map_or("", |p| p.info.folder.as_str());
        let inner = f.path.get(folder.len()..).unwrap_or("").trim_start_matches('/');
        l.by_import[file.0 as usize] && !f.exports.is_empty() && !starts_by_name(inner) && !acts_on_load(f)
    };
    let doubtful: Vec<bool> = l.iter().map(of).collect();
    if !doubtful.iter().any(|d| *d) {
        return doubtful;
    }
    let named = Named::of(l, &doubtful);
    let mut spread = Spread { l, state: vec![State::Unknown; l.files.len()], work: vec![] };
    for (file, f) in l.iter() {
        let at = file.0 as usize;
        if f.role != FileRole::Test && (!doubtful[at] || named.has(l, file)) {
            spread.push(file, State::Whole);
        }
    }
    spread.run();
    doubtful.iter().zip(&spread.state).map(|(doubtful, s)| *doubtful && *s == State::Unknown).collect()
}

/// For each file, whether it is one of an application of which only what others import runs: no framework finds it.
pub(super) fn by_import(l: &Linked, entries: &Entries) -> Vec<bool> {
    let by_framework: FxHashSet<FileId> =
        entries.list.iter().filter(|e| e.site.is_none()).map(|e| e.func.file).collect();
    let by_package: Vec<(bool, bool)> = l
        .packages
        .iter()
        .map(|p| {
            let has = |names: &[&str]| p.dependencies.iter().any(|d| names.contains(&d.as_str()));
            (!has(AUTOLOADERS), has(BY_FOLDER))
        })
        .collect();
    let some_published = l.packages.iter().any(|p| p.has_api && !p.is_private);
    let of = |(file, f): (FileId, &FileFacts)| {
        let Some(package) = l.package_of[file.0 as usize] else { return false };
        let (by_import, by_folder) = by_package[package as usize];
        let folder = l.packages[package as usize].info.folder.as_str();
        let inner = f.path.get(folder.len()..).unwrap_or("").trim_start_matches('/');
        f.role == FileRole::Source
            && by_import
            && is_run(l, file, some_published)
            && !f.is_component
            && !by_framework.contains(&file)
            && !(by_folder && inner.split('/').any(|d| FOLDERS.contains(&d)))
    };
    let mut out: Vec<bool> = l.iter().map(of).collect();
    // Without a file that starts something, there is no telling how the package is run.
    let mut starts = vec![false; l.packages.len()];
    for (file, f) in l.iter().filter(|(_, f)| f.role == FileRole::Source) {
        if let Some(p) = l.package_of[file.0 as usize]
            && !starts[p as usize]
        {
            starts[p as usize] = acts_on_load(f);
        }
    }
    for (file, by_import) in out.iter_mut().enumerate() {
        *by_import = *by_import && l.package_of[file].is_some_and(|p| starts[p as usize]);
    }
    out
}

/// `src/main.ts`, `index.js`.
fn starts_by_name(inner: &str) -> bool {
    let (folders, name) = inner.rsplit_once('/').unwrap_or(("", inner));
    let stem = name.split('.').next().unwrap_or("");
    STARTING.contains(&stem) || STARTING_AT_TOP.contains(&stem) && folders.matches('/').count() == 0
}

/// An application, or a part of one that only packages of the same tree import.
fn is_run(l: &Linked, file: FileId, some_published: bool) -> bool {
    match l.platform(file) {
        Platform::Server | Platform::Cli => true,
        Platform::Library => !some_published && l.package(file).is_some_and(|p| p.is_private),
        _ => false,
    }
}

fn acts_on_load(f: &FileFacts) -> bool {
    f.stmts_of(f[FnId::MODULE].body).any(|s| does_something(f, s, 0))
}

/// A statement that sets something going when its file is loaded, as far as that cannot be excluded.
fn does_something(f: &FileFacts, s: StmtId, depth: u8) -> bool {
    if depth > 6 {
        return true;
    }
    let any = |list: List| f.stmts_of(list).any(|s| does_something(f, s, depth + 1));
    match f.stmts[s.ix()] {
        Stmt::Expr(e) => !is_exported(f, e) && acts(f, e, depth),
        Stmt::If { then, other, .. } => any(then) || any(other),
        Stmt::Loop { body, .. } => any(body),
        Stmt::Try(t) => {
            let t = &f.tries[t as usize];
            any(t.block) || t.finally.is_some_and(any)
        }
        Stmt::Block(list) => any(list),
        Stmt::Switch { .. } => true,
        _ => false,
    }
}

/// `export default new Service()`.
fn is_exported(f: &FileFacts, e: ExprId) -> bool {
    f.exports.iter().any(|x| matches!(x, Export::Value { value, .. } if *value == e))
}

fn acts(f: &FileFacts, e: ExprId, depth: u8) -> bool {
    if depth > 6 {
        return true;
    }
    match f.expr(e) {
        Expr::Call { callee, .. } => acts_when_called(f, callee),
        Expr::New { .. } | Expr::Await(_) | Expr::Import(_) => true,
        Expr::Unary { value, .. } => acts(f, value, depth + 1),
        Expr::Logical { right, .. } => acts(f, right, depth + 1),
        Expr::Cond { then, other, .. } => acts(f, then, depth + 1) || acts(f, other, depth + 1),
        Expr::Seq(list) => f.exprs_of(list).any(|e| acts(f, e, depth + 1)),
        // `globalThis.x = ...` and `Promise.x = ...` change what others see.
        Expr::Assign { target, .. } => match root(f, target) {
            Some((Expr::Global(g), _)) => !matches!(f.str(g), "module" | "exports"),
            _ => false,
        },
        _ => false,
    }
}

/// Routes and handlers put on something of this file do nothing while nobody takes it.
fn acts_when_called(f: &FileFacts, callee: ExprId) -> bool {
    let last = callee_name(f, callee).unwrap_or("");
    match root(f, callee) {
        Some((Expr::Global(g), _)) => !matches!(
            f.str(g),
            "console"
                | "process"
                | "setInterval"
                | "setTimeout"
                | "Object"
                | "module"
                | "exports"
                | "require"
        ),
        Some((Expr::Ref(b), true)) if f[b].kind != BindingKind::Import => STARTS.contains(&last),
        Some((Expr::Ref(_), true)) => !matches!(
            last,
            "config" | "get" | "post" | "put" | "patch" | "delete" | "use" | "all" | "route" | "on"
        ),
        _ => true,
    }
}

/// What a chain of members and calls begins with, and whether it goes on from there by a member.
fn root(f: &FileFacts, mut e: ExprId) -> Option<(Expr, bool)> {
    let mut member = false;
    for _ in 0..32 {
        match f.expr(f.plain(e)) {
            Expr::Member { object, .. } | Expr::Index { object, .. } => {
                member = true;
                e = object;
            }
            Expr::Call { callee, .. } => {
                member = false;
                e = callee;
            }
            x @ (Expr::Ref(_) | Expr::Global(_)) => return Some((x, member)),
            _ => return None,
        }
    }
    None
}

/// Names of files in strings, manifests and imports that lead nowhere, and folders that are loaded as a whole.
struct Named {
    /// By the stem of the last part: the part before it, when there is one to tell.
    stems: FxHashMap<String, FxHashSet<String>>,
    /// Folders below which files are loaded by a computed path.
    below: FxHashSet<String>,
    /// Names of folders in files that load so, by package.
    folders: FxHashSet<(Option<u32>, String)>,
}

impl Named {
    fn of(l: &Linked, doubtful: &[bool]) -> Named {
        let mut n =
            Named { stems: FxHashMap::default(), below: FxHashSet::default(), folders: FxHashSet::default() };
        let stems: FxHashSet<&str> =
            l.files.iter().zip(doubtful).filter(|(_, d)| **d).map(|(f, _)| stem_of(&f.path).1).collect();
        for (file, f) in l.iter().filter(|(_, f)| f.role != FileRole::Test) {
            for &s in &f.sources {
                if !matches!(l.target(file, s), Some(Target::File(_))) {
                    n.add_from(&f.path, f.str(s), &stems);
                }
            }
            n.strings(l, file, f, &stems);
        }
        for p in &l.packages {
            for text in &p.mentions {
                n.add(text, true, &stems);
            }
        }
        n
    }

    fn strings(&mut self, l: &Linked, file: FileId, f: &FileFacts, stems: &FxHashSet<&str>) {
        let mut loads = false;
        for (i, e) in f.exprs.iter().enumerate() {
            match *e {
                Expr::Str(s) => {
                    let text = f.str(s);
                    let resolved = || matches!(l.target(file, s), Some(Target::File(_)));
                    if names_file(text) && !resolved() {
                        self.add_from(&f.path, text, stems);
                    }
                    if text.contains('/')
                        && let Some((before, _)) = text.split_once('*')
                    {
                        let folder = before.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                        if !ANYWHERE.contains(&folder) {
                            self.folders.insert((l.package_of[file.0 as usize], folder.into()));
                        }
                    }
                }
                Expr::Import(x) => loads |= !matches!(f.expr(x), Expr::Str(_)),
                Expr::Call { callee, args } | Expr::New { callee, args } => {
                    let name = callee_name(f, callee).unwrap_or("");
                    let first = f.expr(f.nth(args, 0));
                    loads |= name == "require" && !matches!(first, Expr::Str(_))
                        || matches!(name, "glob" | "globEager" | "context")
                            && matches!(f.expr(ExprId(i as u32)), Expr::Call { .. });
                    if NAMING.contains(&name) {
                        for a in f.exprs_of(args) {
                            if let Expr::Str(s) = f.expr(a) {
                                self.add(f.str(s), true, stems);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if loads {
            let folder = f.path.rsplit_once('/').map_or("", |x| x.0);
            let package = l.package(file).map_or("", |p| p.info.folder.as_str());
            // At the top of a package, a string tells which folder is meant.
            if folder.get(package.len()..).is_some_and(|inner| inner.trim_start_matches('/').contains('/')) {
                self.below.insert(folder.to_string());
            }
            for e in &f.exprs {
                if let Expr::Str(s) = *e {
                    for part in f.str(s).split('/').filter(|p| p.len() < 40 && p.len() > 1) {
                        if !ANYWHERE.contains(&part) {
                            self.folders.insert((l.package_of[file.0 as usize], part.to_string()));
                        }
                    }
                }
            }
        }
    }

    /// A relative path means what lies there.
    fn add_from(&mut self, path: &str, text: &str, stems: &FxHashSet<&str>) {
        if text.len() > 300 {
            return;
        }
        if text.starts_with('.') {
            let folder = path.rsplit_once('/').map_or("", |x| x.0);
            let joined = super::resolve::join(folder, text);
            self.add(if joined.contains('/') { &joined } else { text }, false, stems);
        } else {
            self.add(text, false, stems);
        }
    }

    /// `alone`: a name without a folder counts too.
    fn add(&mut self, text: &str, alone: bool, stems: &FxHashSet<&str>) {
        if text.len() > 300 || !alone && !is_path(text) {
            return;
        }
        let (before, stem) = stem_of(text);
        if stems.contains(stem) {
            self.stems.entry(stem.to_string()).or_default().insert(before.to_string());
        }
        // `src/handlers/orders.create`: the function of a file.
        if let Some((file, _)) = text.rsplit_once('.')
            && alone
        {
            let (before, stem) = stem_of(file);
            if stems.contains(stem) {
                self.stems.entry(stem.to_string()).or_default().insert(before.to_string());
            }
        }
    }

    fn has(&self, l: &Linked, file: FileId) -> bool {
        let path = l.file(file).path.as_str();
        let (before, stem) = stem_of(path);
        if self.stems.get(stem).is_some_and(|all| {
            all.iter().any(|b| {
                matches!(b.as_str(), "" | "." | ".." | "dist" | "build" | "out" | "src") || b == before
            })
        }) {
            return true;
        }
        let package = l.package_of[file.0 as usize];
        let mut folder = path;
        while let Some((above, _)) = folder.rsplit_once('/') {
            let name = above.rsplit('/').next().unwrap_or(above);
            if self.below.contains(above) || self.folders.contains(&(package, name.to_string())) {
                return true;
            }
            folder = above;
        }
        false
    }
}

/// A string that is the name of a file rather than a route.
fn names_file(text: &str) -> bool {
    text.starts_with("./") || text.starts_with("../") || CODE.iter().any(|e| text.ends_with(e))
}

fn is_path(text: &str) -> bool {
    text.contains('/') || CODE.iter().any(|e| text.ends_with(e))
}

/// Stem of a path, with the part before it: `a/b/c.ts` gives `b` and `c`; `a/b/index.ts` gives `a` and `b`.
fn stem_of(path: &str) -> (&str, &str) {
    let path = CODE.iter().find_map(|e| path.strip_suffix(e)).unwrap_or(path);
    let path = path.strip_suffix("/index").unwrap_or(path);
    let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
    (before.rsplit('/').next().unwrap_or(""), last)
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum State {
    Unknown,
    /// Loaded; what it passes on to others need not be.
    Loaded,
    /// Loaded for all that it exports.
    Whole,
}

struct Spread<'l> {
    l: &'l Linked,
    state: Vec<State>,
    work: Vec<(FileId, State, State)>,
}

impl Spread<'_> {
    fn push(&mut self, file: FileId, to: State) {
        let at = &mut self.state[file.0 as usize];
        if *at < to {
            self.work.push((file, *at, to));
            *at = to;
        }
    }

    fn run(&mut self) {
        while let Some((file, from, to)) = self.work.pop() {
            if from == State::Unknown {
                self.imports(file);
            }
            if to == State::Whole {
                self.passes_on(file);
            }
        }
    }

    /// What a file takes of others.
    fn imports(&mut self, file: FileId) {
        let l = self.l;
        let f = l.file(file);
        let mut by_name = FxHashSet::default();
        for i in &f.imports {
            by_name.insert(i.source);
            let Some(Target::File(to)) = l.target(file, i.source) else { continue };
            if f.str(i.name) == "*" {
                self.push(*to, State::Whole);
                continue;
            }
            self.push(*to, State::Loaded);
            match l.import_or_binding(At { file, id: i.local }, 0) {
                Def::Binding(b) if b.file == file => self.push(*to, State::Whole),
                Def::Binding(b) => self.push(b.file, State::Loaded),
                Def::Value(v) => self.push(v.file, State::Loaded),
                Def::Module(m) => self.push(m, State::Whole),
                Def::External(..) => {}
            }
        }
        let passed: FxHashSet<Atom> = f.exports.iter().filter_map(source_of).collect();
        for &s in f.sources.iter().filter(|s| !by_name.contains(s) && !passed.contains(s)) {
            if let Some(Target::File(to)) = l.target(file, s) {
                self.push(*to, State::Whole);
            }
        }
    }

    fn passes_on(&mut self, file: FileId) {
        let l = self.l;
        for s in l.file(file).exports.iter().filter_map(source_of) {
            if let Some(Target::File(to)) = l.target(file, s) {
                self.push(*to, State::Whole);
            }
        }
    }
}

fn source_of(e: &Export) -> Option<Atom> {
    match e {
        Export::From { source, .. } => Some(*source),
        _ => None,
    }
}
