//! Files, their index, where their imports lead, and what names mean across files.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use highwater_finding::{Place, Platform};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::exporters::Exporters;
use super::index::FileIndex;
use super::resolve::{self, Target};
use crate::ir::*;
use crate::model::Model;
use crate::{FileLookup, FileRole, Package};

/// Files that re-export whole files are followed this far.
const STARS: u8 = 8;

/// A file of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Something of one file, named in the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At<T> {
    /// The file.
    pub file: FileId,
    /// The thing in it.
    pub id: T,
}

/// A function of the program.
pub type FunRef = At<FnId>;
/// A name of the program.
pub type BindRef = At<BindingId>;
/// An expression of the program.
pub type ExprRef = At<ExprId>;
/// A class of the program.
pub type ClassRef = At<ClassId>;
/// A written type of the program.
pub type TypeRef = At<TypeId>;

impl<T> At<T> {
    /// Another thing of the same file.
    #[inline]
    pub fn with<U>(self, id: U) -> At<U> {
        At { file: self.file, id }
    }
}

/// What an exported or imported name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Def {
    /// A name declared in a file.
    Binding(BindRef),
    /// A value: `export default expr`, `module.exports = expr`.
    Value(ExprRef),
    /// The whole of a module.
    Module(FileId),
    /// Something of a package that is not in the tree: package and exported name (`*`: the whole).
    External(Arc<str>, Arc<str>),
}

/// Imports by local name, and what they stand for once somebody asked.
struct Imports {
    /// Positions by name, as far as names of imports go; [`NO_IMPORT`] for other names.
    by_local: Box<[u32]>,
    defs: Vec<OnceLock<Option<Def>>>,
}

const NO_IMPORT: u32 = u32::MAX;

impl Imports {
    fn of(f: &FileFacts) -> Imports {
        let end = f.imports.iter().map(|x| x.local.0.saturating_add(1)).max().unwrap_or(0);
        let mut by_local = vec![NO_IMPORT; (end as usize).min(f.bindings.len())].into_boxed_slice();
        for (i, x) in f.imports.iter().enumerate() {
            if let Some(slot) = by_local.get_mut(x.local.ix()) {
                *slot = i as u32;
            }
        }
        Imports { by_local, defs: vec![OnceLock::new(); f.imports.len()] }
    }

    fn get(&self, local: BindingId) -> Option<usize> {
        self.by_local.get(local.ix()).filter(|&&i| i != NO_IMPORT).map(|&i| i as usize)
    }
}

/// A file that re-exports others whole.
struct Barrel {
    /// Those, the last first.
    stars: Vec<FileId>,
    /// What was found behind them, asked at the head of a chain and one step down.
    known: [Mutex<FxHashMap<Box<str>, Option<Def>>>; 2],
}

impl Barrel {
    fn known(&self, depth: u8) -> MutexGuard<'_, FxHashMap<Box<str>, Option<Def>>> {
        self.known[usize::from(depth > 0)].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files, imports, names.
pub struct Linked {
    /// Every file, sorted by path.
    pub files: Vec<FileFacts>,
    /// Positions, same order.
    pub index: Vec<FileIndex>,
    /// Every package, by folder.
    pub packages: Vec<Package>,
    /// Package of each file.
    pub package_of: Vec<Option<u32>>,
    /// Library models.
    pub models: Vec<Model>,
    targets: Vec<FxHashMap<Atom, Target>>,
    exports: Vec<FxHashMap<String, Export>>,
    exporters: Exporters,
    /// Where each file runs.
    platforms: Vec<Platform>,
    barrels: Vec<Option<Box<Barrel>>>,
    imports: Vec<Imports>,
    /// Fields and methods by name: classes that have them.
    pub members_by_name: FxHashMap<String, Vec<ClassRef>>,
    /// `new X` sites by class.
    pub news: FxHashMap<ClassRef, Vec<ExprRef>>,
    /// Direct subclasses.
    pub subclasses: FxHashMap<ClassRef, Vec<ClassRef>>,
    /// Type declarations by their binding.
    pub decl_of_type: Vec<FxHashMap<BindingId, usize>>,
    /// Makers of the models.
    pub model_index: super::types::ModelIndex,
    /// Types of callback parameters, known from entry points.
    pub param_types: FxHashMap<(FunRef, u16), Arc<str>>,
    /// Types that were asked for.
    pub(super) types: super::memo::Types,
    /// Classes by the interfaces they implement.
    pub implementers_by_name: FxHashMap<String, Vec<ClassRef>>,
    /// Files of applications of which only what others import runs; none until entry points are known.
    pub(super) by_import: Vec<bool>,
    /// Files of applications that nothing which runs loads; none until entry points are known.
    pub(super) unreached: Vec<bool>,
}

impl Linked {
    /// Links files; reads manifests through `lookup`.
    pub fn build(
        mut files: Vec<FileFacts>,
        packages: Vec<Package>,
        root: &Path,
        lookup: Arc<dyn FileLookup>,
    ) -> Linked {
        super::bystanders::mark_tests(&mut files);
        let package_of = files.iter().map(|f| package_of(&packages, &f.path)).collect::<Vec<_>>();
        let targets = resolve::resolve_all(&files, &packages, &package_of, root, lookup);
        let exports: Vec<FxHashMap<String, Export>> = files
            .iter()
            .map(|f| {
                let mut map = FxHashMap::default();
                for e in &f.exports {
                    let name = match e {
                        Export::Local { name, .. }
                        | Export::Value { name, .. }
                        | Export::From { name, .. } => *name,
                    };
                    if f.str(name) != "*" {
                        map.insert(f.str(name).to_string(), *e);
                    }
                }
                map
            })
            .collect();
        let imports = files.iter().map(Imports::of).collect();
        let decl_of_type = files
            .iter()
            .map(|f| f.type_decls.iter().enumerate().map(|(i, x)| (x.binding, i)).collect())
            .collect();
        let models = models_of(&files, &packages);
        let exporters = Exporters::of(&files, &exports);
        let platforms = platforms(&files, &packages, &package_of);
        let mut linked = Linked {
            files,
            index: vec![],
            packages,
            package_of,
            models,
            targets,
            exports,
            exporters,
            platforms,
            barrels: vec![],
            imports,
            members_by_name: FxHashMap::default(),
            news: FxHashMap::default(),
            subclasses: FxHashMap::default(),
            decl_of_type,
            model_index: super::types::ModelIndex::default(),
            param_types: FxHashMap::default(),
            types: super::memo::Types::default(),
            implementers_by_name: FxHashMap::default(),
            by_import: vec![],
            unreached: vec![],
        };
        linked.model_index = super::types::ModelIndex::build(&linked.models);
        linked.barrels = (0..linked.files.len() as u32).map(|i| linked.barrel(FileId(i))).collect();
        linked.members();
        linked.classes();
        super::bystanders::drop_code(&mut linked);
        linked.index = linked.files.par_iter().map(FileIndex::build).collect();
        linked
    }

    fn members(&mut self) {
        let mut map: FxHashMap<String, Vec<ClassRef>> = FxHashMap::default();
        let mut implementers: FxHashMap<String, Vec<ClassRef>> = FxHashMap::default();
        for (file, f) in self.iter() {
            if f.role == FileRole::Test {
                continue;
            }
            for (i, c) in f.classes.iter().enumerate() {
                let class = At { file, id: ClassId(i as u32) };
                for &n in &c.implements {
                    implementers.entry(f.str(n).to_string()).or_default().push(class);
                }
                let names = c.fields.iter().map(|x| x.name).chain(c.methods.iter().map(|x| x.name));
                for n in names {
                    let list = map.entry(f.str(n).to_string()).or_default();
                    if list.last() != Some(&class) {
                        list.push(class);
                    }
                }
            }
        }
        self.members_by_name = map;
        self.implementers_by_name = implementers;
    }

    fn classes(&mut self) {
        let mut news: FxHashMap<ClassRef, Vec<ExprRef>> = FxHashMap::default();
        let mut subs: FxHashMap<ClassRef, Vec<ClassRef>> = FxHashMap::default();
        for (file, f) in self.iter() {
            for (i, e) in f.exprs.iter().enumerate() {
                if let Expr::New { callee, .. } = *e
                    && let Some(c) = self.class_of_value(At { file, id: callee }, 0)
                {
                    news.entry(c).or_default().push(At { file, id: ExprId(i as u32) });
                }
            }
            for (i, c) in f.classes.iter().enumerate() {
                if let Some(b) = self.class_of_value(At { file, id: c.base }, 0) {
                    subs.entry(b).or_default().push(At { file, id: ClassId(i as u32) });
                }
            }
        }
        self.news = news;
        self.subclasses = subs;
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &FileFacts)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }

    /// A file.
    #[inline]
    pub fn file(&self, id: FileId) -> &FileFacts {
        &self.files[id.0 as usize]
    }

    /// Positions of a file.
    #[inline]
    pub fn ix(&self, id: FileId) -> &FileIndex {
        &self.index[id.0 as usize]
    }

    /// An expression.
    #[inline]
    pub fn expr(&self, e: ExprRef) -> Expr {
        self.file(e.file).expr(e.id)
    }

    /// The function in whose body an expression runs.
    pub fn fn_of(&self, e: ExprRef) -> FunRef {
        e.with(self.ix(e.file).fn_of(e.id))
    }

    /// A function.
    #[inline]
    pub fn function(&self, f: FunRef) -> &Function {
        &self.file(f.file)[f.id]
    }

    /// A class.
    #[inline]
    pub fn class(&self, c: ClassRef) -> &Class {
        &self.file(c.file)[c.id]
    }

    /// A name.
    #[inline]
    pub fn binding(&self, b: BindRef) -> &Binding {
        &self.file(b.file)[b.id]
    }

    /// Where a package runs; a server when the file is in none.
    pub fn platform(&self, file: FileId) -> Platform {
        self.platforms[file.0 as usize]
    }

    /// False for a file of an application that nothing which runs loads.
    pub fn is_loaded(&self, file: FileId) -> bool {
        !self.unreached.get(file.0 as usize).is_some_and(|u| *u)
    }

    /// The package of a file.
    pub fn package(&self, file: FileId) -> Option<&Package> {
        self.package_of[file.0 as usize].map(|i| &self.packages[i as usize])
    }

    /// A span as a place, with byte columns and no excerpt.
    pub fn locate(&self, file: FileId, span: Span) -> Place {
        let f = self.file(file);
        let (line, column) = f.line_col(span.start);
        let (end_line, end_column) = f.line_col(span.end);
        Place { file: f.path.clone(), line, column, end_line, end_column, excerpt: String::new() }
    }

    /// The place of an expression.
    pub fn place_of_expr(&self, e: ExprRef) -> Place {
        self.locate(e.file, self.file(e.file).span(e.id))
    }

    /// A name for people: `handler`, `Class.method`, `callback of on("close")`, or `the module`.
    pub fn fn_name(&self, f: FunRef) -> String {
        let file = self.file(f.file);
        let func = self.function(f);
        let own = file.str(func.name);
        match func.kind {
            FnKind::Module => "module start".into(),
            FnKind::ClassInit => format!("fields of {own}"),
            _ => {
                if let Some(c) = func.class.get() {
                    let class = file.str(file[c].name);
                    if func.kind == FnKind::Constructor {
                        return format!("new {class}");
                    }
                    if class.is_empty() { own.into() } else { format!("{class}.{own}") }
                } else if own.is_empty() {
                    let line = file.line_col(func.span.start).0;
                    format!("the function at line {line}")
                } else {
                    own.into()
                }
            }
        }
    }

    /// Where an import specifier of a file leads.
    pub fn target(&self, file: FileId, source: Atom) -> Option<&Target> {
        self.targets[file.0 as usize].get(&source)
    }

    /// The files that a file imports, in no order and more than once.
    #[expect(clippy::iter_over_hash_type, reason = "the order is said not to matter")]
    pub fn each_import(&self, file: FileId, each: &mut dyn FnMut(FileId)) {
        for target in self.targets[file.0 as usize].values() {
            if let Target::File(to) = target {
                each(*to);
            }
        }
    }

    fn module_def(&self, file: FileId, source: Atom, name: &str, depth: u8) -> Option<Def> {
        match self.target(file, source)? {
            Target::File(t) => {
                if name == "*" {
                    Some(Def::Module(*t))
                } else {
                    self.export(*t, name, depth + 1)
                }
            }
            Target::Package(p) => Some(Def::External(p.clone(), name.into())),
        }
    }

    /// What a file exports under a name, through re-exports and stars.
    pub fn export(&self, file: FileId, name: &str, depth: u8) -> Option<Def> {
        if depth > 8 {
            return None;
        }
        if let Own::Here(own) = self.own_export(file, name, depth) {
            return own;
        }
        let barrel = self.barrels.get(file.0 as usize)?.as_ref()?;
        // What is asked further down a chain may end sooner, at the limit of its length: that is not kept.
        let whole = depth <= 1;
        if whole && let Some(known) = barrel.known(depth).get(name) {
            return known.clone();
        }
        let found = self.behind_stars(file, barrel, name, depth);
        if whole {
            barrel.known(depth).insert(name.into(), found.clone());
        }
        found
    }

    /// Looks in the files behind `export *`, each once: barrels that name each other have very many ways around.
    fn behind_stars(&self, file: FileId, barrel: &Barrel, name: &str, depth: u8) -> Option<Def> {
        let mut seen = vec![0_u64; self.files.len() / 64 + 1];
        let mut is_new = |file: FileId| {
            let (word, bit) = (&mut seen[file.0 as usize / 64], 1 << (file.0 % 64));
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        };
        is_new(file);
        let named = self.exporters.named(name);
        let may =
            |file: FileId| named.binary_search_by_key(&file, |x| x.1).is_ok() || self.exporters.is_open(file);
        let mut waiting: Vec<(FileId, u8)> = barrel.stars.iter().map(|f| (*f, 1)).collect();
        while let Some((file, far)) = waiting.pop() {
            if !is_new(file) {
                continue;
            }
            let depth = depth.saturating_add(far);
            match if may(file) { self.own_export(file, name, depth) } else { Own::Absent } {
                Own::Here(Some(d @ (Def::Binding(_) | Def::Value(_) | Def::Module(_)))) => return Some(d),
                Own::Absent if far < STARS => {
                    if let Some(next) = &self.barrels[file.0 as usize] {
                        waiting.extend(next.stars.iter().map(|f| (*f, far + 1)));
                    }
                }
                Own::Here(_) | Own::Absent => {}
            }
        }
        None
    }

    /// A file that re-exports others whole.
    fn barrel(&self, file: FileId) -> Option<Box<Barrel>> {
        let f = self.file(file);
        let mut stars = Vec::new();
        for e in f.exports.iter().rev() {
            if let Export::From { name, source, .. } = e
                && f.str(*name) == "*"
                && let Some(Target::File(t)) = self.target(file, *source)
            {
                stars.push(*t);
            }
        }
        (!stars.is_empty()).then(|| Box::new(Barrel { stars, known: <[_; 2]>::default() }))
    }

    /// What a file itself exports under a name, not what it passes on whole.
    fn own_export(&self, file: FileId, name: &str, depth: u8) -> Own {
        let f = self.file(file);
        match self.exports[file.0 as usize].get(name) {
            Some(Export::Local { binding, .. }) => {
                return Own::Here(Some(self.import_or_binding(At { file, id: *binding }, depth)));
            }
            Some(Export::Value { value, .. }) => {
                return Own::Here(Some(self.value_def(At { file, id: *value }, depth)));
            }
            Some(Export::From { imported, source, .. }) => {
                return Own::Here(self.module_def(file, *source, f.str(*imported), depth));
            }
            None => {}
        }
        // A property of `module.exports = { ... }`.
        if name != "default"
            && let Some(Export::Value { value, .. }) = self.exports[file.0 as usize].get("default")
            && let Some(v) = f.prop(*value, name)
        {
            return Own::Here(Some(self.value_def(At { file, id: v }, depth)));
        }
        Own::Absent
    }

    fn value_def(&self, e: ExprRef, depth: u8) -> Def {
        match self.expr(e) {
            Expr::Ref(b) => self.import_or_binding(e.with(b), depth),
            _ => Def::Value(e),
        }
    }

    /// A binding, or what it was imported from.
    pub fn import_or_binding(&self, b: BindRef, depth: u8) -> Def {
        let imports = &self.imports[b.file.0 as usize];
        let Some(i) = imports.get(b.id) else { return Def::Binding(b) };
        let f = self.file(b.file);
        let Some(import) = f.imports.get(i) else { return Def::Binding(b) };
        // What is asked half-way down a chain may end sooner, at the limit of its length: that is not kept.
        if depth == 0
            && let Some(known) = imports.defs[i].get()
        {
            return known.clone().unwrap_or(Def::Binding(b));
        }
        let def = self.module_def(b.file, import.source, f.str(import.name), depth);
        if depth == 0 {
            // Another thread that was faster found the same.
            let _ = imports.defs[i].set(def.clone());
        }
        def.unwrap_or(Def::Binding(b))
    }

    /// The module specifier of an imported name, and the name there.
    pub fn import_source(&self, b: BindRef) -> Option<(&str, &str)> {
        let i = self.imports[b.file.0 as usize].get(b.id)?;
        let f = self.file(b.file);
        Some((f.str(f.imports[i].source), f.str(f.imports[i].name)))
    }

    /// What an expression names: a binding, an exported value, a module, something of a package.
    pub fn def(&self, e: ExprRef, depth: u8) -> Option<Def> {
        if depth > 8 {
            return None;
        }
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Ref(b) => {
                let at = e.with(b);
                match self.import_or_binding(at, depth) {
                    Def::Binding(b) => {
                        // const x = require('y'), const { z } = require('y'), const z = y.z
                        let init = self.binding(b).init;
                        let fb = self.file(b.file);
                        if init.is_some()
                            && self.binding(b).kind != BindingKind::Param
                            && (self.is_module_value(b.with(init))
                                || matches!(fb.expr(fb.plain(init)), Expr::Member { .. }))
                            && let Some(d) = self.def(b.with(init), depth + 1)
                            && d != Def::Binding(b)
                        {
                            return Some(d);
                        }
                        Some(Def::Binding(b))
                    }
                    d => Some(d),
                }
            }
            Expr::Call { callee, args } => {
                if let Expr::Global(g) = f.expr(callee)
                    && f.str(g) == "require"
                    && let Expr::Str(source) = f.expr(f.nth(args, 0))
                {
                    return self.required(e.file, source, depth);
                }
                // Interop helpers and promisify wrappers keep the identity of their argument.
                if let Expr::Ref(b) = f.expr(callee)
                    && matches!(
                        f.name_of(b),
                        "__importDefault" | "__importStar" | "_interopRequireDefault" | "promisify"
                    )
                {
                    return self.def(e.with(f.nth(args, 0)), depth + 1);
                }
                None
            }
            Expr::Import(s) => match f.expr(s) {
                Expr::Str(source) => self.module_def(e.file, source, "*", depth),
                _ => None,
            },
            Expr::Member { object, property } => self.member_def(e, object, property, depth),
            _ => None,
        }
    }

    /// What `object.property` names: an export, a property of a literal, something of a package.
    fn member_def(&self, e: ExprRef, object: ExprId, property: Atom, depth: u8) -> Option<Def> {
        let f = self.file(e.file);
        match self.def(e.with(object), depth + 1)? {
            Def::Module(m) => self.export(m, f.str(property), depth + 1),
            Def::External(p, n) => {
                let prop = f.str(property);
                if &*n == "*" || (&*n == "default" && prop == "default") {
                    Some(Def::External(p, prop.into()))
                } else {
                    Some(Def::External(p, format!("{n}.{prop}").into()))
                }
            }
            Def::Value(v) => {
                let at = self.file(v.file).prop(v.id, f.str(property))?;
                Some(self.value_def(v.with(at), depth + 1))
            }
            Def::Binding(b) => {
                let fb = self.file(b.file);
                let at = fb.prop(fb[b.id].init, f.str(property))?;
                if fb[b.id].writes > 0 {
                    return None;
                }
                match self.value_def(b.with(at), depth + 1) {
                    d @ (Def::Binding(_) | Def::External(..) | Def::Module(_)) => Some(d),
                    d @ Def::Value(_) => Some(d),
                }
            }
        }
    }

    /// `require('x')` gives the module, or its `module.exports = value`.
    fn required(&self, file: FileId, source: Atom, depth: u8) -> Option<Def> {
        match self.target(file, source)? {
            Target::Package(p) => Some(Def::External(p.clone(), Arc::from("*"))),
            Target::File(t) => {
                let whole = self.exports[t.0 as usize].get("default");
                match whole {
                    Some(Export::Value { value, .. }) if self.exports[t.0 as usize].len() == 1 => {
                        let v = At { file: *t, id: *value };
                        match self.expr(v) {
                            Expr::Object(_) => Some(Def::Module(*t)),
                            _ => Some(self.value_def(v, depth + 1)),
                        }
                    }
                    Some(Export::Value { value, .. })
                        if !matches!(self.file(*t).expr(*value), Expr::Object(_)) =>
                    {
                        Some(self.value_def(At { file: *t, id: *value }, depth + 1))
                    }
                    _ => Some(Def::Module(*t)),
                }
            }
        }
    }

    fn is_module_value(&self, e: ExprRef) -> bool {
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Call { callee, .. } => match f.expr(callee) {
                Expr::Global(g) => f.str(g) == "require",
                Expr::Ref(b) => {
                    matches!(f.name_of(b), "__importDefault" | "__importStar" | "_interopRequireDefault")
                }
                _ => false,
            },
            Expr::Member { object, .. } => self.is_module_value(e.with(object)),
            Expr::Import(_) => true,
            _ => false,
        }
    }

    /// The class that an expression names (not an instance of it).
    pub fn class_of_value(&self, e: ExprRef, depth: u8) -> Option<ClassRef> {
        if depth > 6 || !e.id.is_some() {
            return None;
        }
        let f = self.file(e.file);
        match f.expr(f.plain(e.id)) {
            Expr::Class(c) => return Some(e.with(c)),
            Expr::Assign { value, .. } => return self.class_of_value(e.with(value), depth + 1),
            Expr::Fn(func) if f[func].class.is_some() && f[f[func].class].from_fn == func => {
                return Some(e.with(f[func].class));
            }
            Expr::Member { object, property } => {
                if let Expr::Ref(b) = f.expr(object)
                    && let Some(c) = f.member_class(b, property)
                {
                    return Some(e.with(c));
                }
            }
            Expr::Call { args, .. } => {
                // Mixins: `extends Emitter(Base)`.
                return self.class_of_value(e.with(f.nth(args, 0)), depth + 1);
            }
            _ => {}
        }
        match self.def(e, 0)? {
            Def::Binding(b) => {
                let slot = self.binding(b);
                if let Some(c) = slot.class.get() {
                    return Some(b.with(c));
                }
                if slot.init.is_some() && slot.kind != BindingKind::Param {
                    return self.class_of_value(b.with(slot.init), depth + 1);
                }
                None
            }
            Def::Value(v) => self.class_of_value(v, depth + 1),
            Def::Module(m) => match self.export(m, "default", 0)? {
                Def::Binding(b) => self.binding(b).class.get().map(|c| b.with(c)),
                Def::Value(v) => self.class_of_value(v, depth + 1),
                _ => None,
            },
            Def::External(..) => None,
        }
    }

    /// The package and name that an expression stands for, when it comes from outside the tree.
    pub fn external(&self, e: ExprRef) -> Option<(Arc<str>, Arc<str>)> {
        match self.def(e, 0)? {
            Def::External(p, n) => Some((p, n)),
            _ => None,
        }
    }

    /// Name of the field or method in a class or its bases: the class that declares it.
    pub fn declaring_class(&self, class: ClassRef, name: &str, depth: u8) -> Option<ClassRef> {
        if depth > 8 {
            return None;
        }
        let f = self.file(class.file);
        let c = self.class(class);
        if f.field_named(class.id, name).is_some() || f.method_named(class.id, name).is_some() {
            return Some(class);
        }
        let base = self.class_of_value(class.with(c.base), 0)?;
        self.declaring_class(base, name, depth + 1)
    }

    /// A method by name in a class or its bases.
    pub fn method(&self, class: ClassRef, name: &str, depth: u8) -> Option<FunRef> {
        if depth > 8 {
            return None;
        }
        let f = self.file(class.file);
        let c = self.class(class);
        if let Some(m) = f.method_named(class.id, name) {
            return Some(class.with(m.func));
        }
        let base = self.class_of_value(class.with(c.base), 0)?;
        self.method(base, name, depth + 1)
    }

    /// The class whose `this` a function sees.
    pub fn this_class(&self, func: FunRef) -> Option<ClassRef> {
        let f = self.file(func.file);
        let mut owner = crate::read::this_function(f, func.id);
        for _ in 0..4 {
            if let Some(class) = f[owner].class.get() {
                return Some(func.with(class));
            }
            if f[owner].kind != FnKind::Plain || !self.shares_this(func.with(owner)) {
                return None;
            }
            owner = crate::read::this_function(f, f[owner].parent);
        }
        None
    }
}

/// Models of the packages that a file imports or a manifest names.
fn models_of(files: &[FileFacts], packages: &[Package]) -> Vec<Model> {
    let imported = files.iter().flat_map(|f| f.sources.iter().map(|&s| f.str(s)));
    let named = packages.iter().flat_map(|p| &p.dependencies).map(String::as_str);
    let used: FxHashSet<&str> =
        imported.chain(named).map(|name| name.strip_prefix("node:").unwrap_or(name)).collect();
    crate::models::load_for(&|package| used.contains(package))
}

/// What a file exports under a name by itself.
enum Own {
    /// It exports the name; what it stands for, when that is known.
    Here(Option<Def>),
    /// It does not.
    Absent,
}

/// Where each file runs.
fn platforms(files: &[FileFacts], packages: &[Package], package_of: &[Option<u32>]) -> Vec<Platform> {
    let beside_page = |f: &FileFacts| f.path.split('/').any(|d| matches!(d, "backend" | "server"));
    let platform = |(f, package): (&FileFacts, &Option<u32>)| {
        let platform = package.map_or(Platform::Server, |i| packages[i as usize].info.platform);
        match platform {
            Platform::Browser if beside_page(f) => Platform::Server,
            Platform::Server | Platform::Function | Platform::Desktop if super::pages::is_page(f) => {
                Platform::Browser
            }
            platform => platform,
        }
    };
    files.iter().zip(package_of).map(platform).collect()
}

fn package_of(packages: &[Package], path: &str) -> Option<u32> {
    let mut best: Option<(usize, u32)> = None;
    for (i, p) in packages.iter().enumerate() {
        let folder = p.info.folder.as_str();
        let inside = folder.is_empty()
            || (path.len() > folder.len()
                && path.starts_with(folder)
                && path.as_bytes()[folder.len()] == b'/');
        if inside && best.is_none_or(|(len, _)| folder.len() >= len) {
            best = Some((folder.len(), i as u32));
        }
    }
    best.map(|b| b.1)
}
