//! What an expression is, as far as the code says so: annotations, `new`, literals, fields, one-step returns.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::linked::{At, ClassRef, Def, ExprRef, FunRef, Linked, TypeRef};
use crate::ir::*;
use crate::model::{Model, StoreModel, TypeModel};

/// Built-in collections and strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the kinds name themselves")]
pub enum Kind {
    Map,
    Set,
    Array,
    Object,
    Str,
    Weak,
}

impl Kind {
    /// For people: "map", "set", "array", "object", "string".
    pub fn word(self) -> &'static str {
        match self {
            Kind::Map => "map",
            Kind::Set => "set",
            Kind::Array => "array",
            Kind::Object => "object",
            Kind::Str => "string",
            Kind::Weak => "weak collection",
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// Not known.
    Unknown,
    /// An instance of a class of the tree.
    Instance(ClassRef),
    /// A class of the tree itself.
    ClassOf(ClassRef),
    /// A collection with its element.
    Coll(Kind, Arc<Ty>),
    /// A modelled type, by name.
    Lib(Arc<str>),
    /// An instance of something of a package: package, exported name.
    External(Arc<str>, Arc<str>),
    /// A written object type or interface.
    Shape(TypeRef),
    /// An object literal.
    Literal(ExprRef),
    /// string, number, boolean, null.
    Primitive,
    /// A value of a literal union or enum.
    Finite,
    /// A function of the tree.
    Fn(FunRef),
    /// Some function.
    AnyFn,
    /// A timer handle.
    Timer,
}

impl Ty {
    /// The collection kind, if it is one.
    pub fn kind(&self) -> Option<Kind> {
        if let Ty::Coll(k, _) = self { Some(*k) } else { None }
    }
}

const DEPTH: u8 = 8;

/// Things of packages: by package (empty for globals), then by maker or name.
type ByPackage<T> = FxHashMap<String, FxHashMap<String, T>>;

/// How values of models come to be, by package and maker.
#[derive(Default)]
pub struct ModelIndex {
    /// Package, then "new X" or "x", to type name.
    types: ByPackage<Arc<str>>,
    annotations: ByPackage<Arc<str>>,
    stores: ByPackage<(usize, usize)>,
    by_name: FxHashMap<String, (usize, usize)>,
}

impl ModelIndex {
    /// Indexes every model.
    pub fn build(models: &[Model]) -> ModelIndex {
        let mut ix = ModelIndex::default();
        for (mi, m) in models.iter().enumerate() {
            let globals = [String::new()];
            let packages: Vec<String> = if m.packages.is_empty() {
                globals.to_vec()
            } else {
                m.packages.iter().map(|p| p.strip_prefix("node:").unwrap_or(p).to_string()).collect()
            };
            for p in &packages {
                for (ti, t) in m.types.iter().enumerate() {
                    for maker in &t.makers {
                        add(&mut ix.types, p, maker, || t.name.as_str().into());
                    }
                    for a in &t.annotations {
                        add(&mut ix.annotations, p, a, || t.name.as_str().into());
                    }
                    ix.by_name.entry(t.name.clone()).or_insert((mi, ti));
                }
                for (si, s) in m.store.iter().enumerate() {
                    for maker in &s.makers {
                        add(&mut ix.stores, p, maker, || (mi, si));
                    }
                }
            }
        }
        ix
    }

    /// The type that a maker of a package gives.
    pub fn made(&self, package: &str, maker: &str) -> Option<&Arc<str>> {
        self.types.get(package)?.get(maker)
    }

    fn annotated(&self, package: &str, name: &str) -> Option<&Arc<str>> {
        self.annotations.get(package)?.get(name)
    }

    /// The store that a maker of a package gives.
    pub fn store<'m>(&self, models: &'m [Model], package: &str, maker: &str) -> Option<&'m StoreModel> {
        let &(m, s) = self.stores.get(package)?.get(maker)?;
        Some(&models[m].store[s])
    }

    /// A modelled type by name.
    pub fn type_model<'m>(&self, models: &'m [Model], name: &str) -> Option<&'m TypeModel> {
        let &(m, t) = self.by_name.get(name)?;
        Some(&models[m].types[t])
    }
}

/// Adds what the first model says; later ones do not change it.
fn add<T>(map: &mut ByPackage<T>, package: &str, maker: &str, value: impl FnOnce() -> T) {
    let of_package = map.entry(package.to_string()).or_default();
    of_package.entry(maker.to_string()).or_insert_with(value);
}

impl Linked {
    /// What an expression is.
    pub fn type_of(&self, e: ExprRef) -> Ty {
        if let Some(known) = self.types.get(e) {
            return known;
        }
        let ty = self.ty_at(e, 0);
        if e.id.is_some() {
            self.types.keep(e, self.file(e.file).exprs.len(), &ty);
        }
        ty
    }

    /// Adds types of parameters. What is known so far was found without them.
    pub(super) fn know_params(&mut self, params: FxHashMap<(FunRef, u16), String>) {
        self.param_types.extend(params.into_iter().map(|(param, ty)| (param, ty.into())));
        self.types = super::memo::Types::new(self.files.len());
    }

    fn ty_at(&self, e: ExprRef, depth: u8) -> Ty {
        if depth > DEPTH || !e.id.is_some() {
            return Ty::Unknown;
        }
        let f = self.file(e.file);
        match f.expr(e.id) {
            Expr::Str(_) | Expr::Num(_) | Expr::Bool(_) | Expr::Template(_) | Expr::Binary { .. } => {
                Ty::Primitive
            }
            Expr::Unary { .. } | Expr::Update { .. } => Ty::Primitive,
            Expr::Cast { value, ty } => match self.written(e.with(ty), depth + 1) {
                Ty::Unknown => self.ty_at(e.with(value), depth + 1),
                t => t,
            },
            Expr::Await(v) | Expr::Spread(v) => self.ty_at(e.with(v), depth + 1),
            Expr::Assign { value, .. } => self.ty_at(e.with(value), depth + 1),
            Expr::Array(list) => {
                let first = f.nth(list, 0);
                Ty::Coll(Kind::Array, Arc::new(self.ty_at(e.with(first), depth + 3)))
            }
            Expr::Object(_) => Ty::Literal(e),
            Expr::Fn(x) => Ty::Fn(e.with(x)),
            Expr::Class(c) => Ty::ClassOf(e.with(c)),
            Expr::This => self.this_class(self.fn_of(e)).map_or(Ty::Unknown, Ty::Instance),
            Expr::Logical { left, right, .. } => match self.ty_at(e.with(left), depth + 1) {
                Ty::Unknown | Ty::Primitive => self.ty_at(e.with(right), depth + 1),
                t => t,
            },
            Expr::Cond { then, other, .. } => match self.ty_at(e.with(then), depth + 1) {
                Ty::Unknown | Ty::Primitive => self.ty_at(e.with(other), depth + 1),
                t => t,
            },
            Expr::Ref(b) => self.ty_of_name(e, b, depth),
            Expr::Global(g) => {
                self.model_index.made("", f.str(g)).map_or(Ty::Unknown, |t| Ty::Lib(t.clone()))
            }
            Expr::Member { object, property } => self.ty_of_member(e, object, property, depth),
            Expr::Index { object, .. } => match self.ty_at(e.with(object), depth + 1) {
                Ty::Coll(_, elem) => (*elem).clone(),
                Ty::Shape(t) => self.dictionary_value(t, depth),
                _ => Ty::Unknown,
            },
            Expr::New { callee, .. } => self.ty_of_new(e, callee, depth),
            Expr::Call { callee, args } => self.ty_of_call(e, callee, args, depth),
            _ => Ty::Unknown,
        }
    }

    fn ty_of_name(&self, e: ExprRef, b: BindingId, depth: u8) -> Ty {
        match self.def(e, 0) {
            Some(Def::Binding(at)) => self.ty_of_binding(at, depth + 1),
            Some(Def::Value(v)) if v != e => self.ty_at(v, depth + 1),
            Some(Def::External(p, n)) => {
                // A value of a package used as it is (`process`, `document`, a ready-made client).
                self.model_index.made(&p, &n).map_or(Ty::Unknown, |t| Ty::Lib(t.clone()))
            }
            _ => self.ty_of_binding(e.with(b), depth + 1),
        }
    }

    /// What a declared name is.
    pub fn ty_of_binding(&self, b: At<BindingId>, depth: u8) -> Ty {
        if depth > DEPTH {
            return Ty::Unknown;
        }
        let slot = self.binding(b);
        if let Some(c) = slot.class.get() {
            return Ty::ClassOf(b.with(c));
        }
        if slot.function.is_some() && matches!(slot.kind, BindingKind::Fn) {
            return Ty::Fn(b.with(slot.function));
        }
        if slot.ty.is_some() {
            let t = self.written(b.with(slot.ty), depth + 1);
            if t != Ty::Unknown {
                return t;
            }
        }
        if let Some(fresh) = self.default_of(b) {
            return self.ty_at(fresh, depth + 1);
        }
        if slot.init.is_some() {
            return self.ty_at(b.with(slot.init), depth + 1);
        }
        if let Some(&s) = self.ix(b.file).loop_of.get(&b.id) {
            return self.ty_of_loop_variable(b, s, depth);
        }
        if slot.kind == BindingKind::Param {
            return self.ty_of_param(b, depth);
        }
        // Declared empty and assigned later: the first assignment tells.
        if slot.writes > 0 {
            return self.first_write(b).map_or(Ty::Unknown, |v| self.ty_at(v, depth + 2));
        }
        Ty::Unknown
    }

    /// The first value assigned to a name after its declaration that is more than null.
    pub fn first_write(&self, b: At<BindingId>) -> Option<ExprRef> {
        let f = self.file(b.file);
        let ix = self.ix(b.file);
        ix.refs(b.id).iter().find_map(|&r| {
            if let super::index::Up::Expr(p) = ix.up(r)
                && let Expr::Assign { target, value, .. } = f.expr(p)
                && target == r
                && !matches!(f.expr(value), Expr::Null | Expr::Global(_) | Expr::Missing)
            {
                return Some(b.with(value));
            }
            None
        })
    }

    fn ty_of_loop_variable(&self, b: At<BindingId>, s: StmtId, depth: u8) -> Ty {
        let f = self.file(b.file);
        let Stmt::Loop { kind, head, .. } = f.stmts[s.ix()] else { return Ty::Unknown };
        if kind == LoopKind::ForIn {
            return Ty::Primitive;
        }
        match self.ty_at(b.with(head), depth + 1) {
            Ty::Coll(Kind::Map, elem) => Ty::Coll(Kind::Array, elem),
            Ty::Coll(_, elem) => (*elem).clone(),
            _ => Ty::Unknown,
        }
    }

    fn ty_of_param(&self, b: At<BindingId>, depth: u8) -> Ty {
        let Some(&(func, n)) = self.ix(b.file).param_of.get(&b.id) else { return Ty::Unknown };
        if let Some(t) = self.param_types.get(&(b.with(func), n)) {
            return Ty::Lib(t.clone());
        }
        // `xs.forEach(x => ...)`, `xs.map(...)`: the element.
        let created = self.ix(b.file).fn_expr[func.ix()];
        if !created.is_some() {
            return Ty::Unknown;
        }
        let f = self.file(b.file);
        if let super::index::Up::Expr(call) = self.ix(b.file).up(created)
            && let Expr::Call { callee, .. } = f.expr(call)
            && let Expr::Member { object, property } = f.expr(callee)
            && n == 0
            && matches!(f.str(property), "forEach" | "map" | "filter" | "find" | "some" | "every" | "flatMap")
            && let Ty::Coll(_, elem) = self.ty_at(b.with(object), depth + 2)
        {
            return (*elem).clone();
        }
        Ty::Unknown
    }

    fn ty_of_member(&self, e: ExprRef, object: ExprId, property: Atom, depth: u8) -> Ty {
        let f = self.file(e.file);
        let name = f.str(property);
        if let Some(d) = self.def(e, 0) {
            match d {
                Def::Binding(b) => return self.ty_of_binding(b, depth + 1),
                Def::Value(v) if v != e => return self.ty_at(v, depth + 1),
                Def::External(p, n) => {
                    if let Some(t) = self.model_index.made(&p, &n) {
                        return Ty::Lib(t.clone());
                    }
                }
                _ => {}
            }
        }
        match self.ty_at(e.with(object), depth + 1) {
            Ty::Instance(c) | Ty::ClassOf(c) => self.ty_of_field(c, name, depth + 1),
            Ty::Literal(o) => match self.file(o.file).prop(o.id, name) {
                Some(v) => self.ty_at(o.with(v), depth + 1),
                None => Ty::Unknown,
            },
            Ty::Shape(t) => self.ty_of_shape_member(t, name, depth + 1),
            Ty::Lib(t) => self
                .model_index
                .type_model(&self.models, &t)
                .and_then(|m| m.returns.get(name))
                .map_or(Ty::Unknown, |t| Ty::Lib(t.as_str().into())),
            _ => Ty::Unknown,
        }
    }

    /// What a field or getter of a class is.
    pub fn ty_of_field(&self, class: ClassRef, name: &str, depth: u8) -> Ty {
        let Some(owner) = self.declaring_class(class, name, 0) else { return Ty::Unknown };
        let f = self.file(owner.file);
        if let Some(field) = f.field_named(owner.id, name) {
            if field.ty.is_some() {
                let t = self.written(owner.with(field.ty), depth + 1);
                if t != Ty::Unknown {
                    return t;
                }
            }
            return self.ty_at(owner.with(field.init), depth + 1);
        }
        let Some(m) = f.method_named(owner.id, name) else { return Ty::Unknown };
        if f[m.func].kind == FnKind::Getter {
            return self.ty_of_result(owner.with(m.func), depth + 1);
        }
        Ty::Fn(owner.with(m.func))
    }

    fn ty_of_shape_member(&self, t: TypeRef, name: &str, depth: u8) -> Ty {
        let f = self.file(t.file);
        match f.ty(t.id) {
            Type::Object(list) => {
                for pair in f.ids(list).chunks(2) {
                    if f.str(Atom(pair[0])) == name {
                        return self.written(t.with(TypeId(pair[1])), depth + 1);
                    }
                }
                Ty::Unknown
            }
            _ => Ty::Unknown,
        }
    }

    fn dictionary_value(&self, t: TypeRef, depth: u8) -> Ty {
        match self.file(t.file).ty(t.id) {
            Type::Dictionary(_, v) => self.written(t.with(v), depth + 1),
            _ => Ty::Unknown,
        }
    }

    fn ty_of_new(&self, e: ExprRef, callee: ExprId, depth: u8) -> Ty {
        let f = self.file(e.file);
        if let Expr::Global(g) = f.expr(callee) {
            let elem = |n: usize| {
                let targs = f.type_args_of(e.id);
                f.ids(targs).get(n).map_or(Ty::Unknown, |&t| self.written(e.with(TypeId(t)), depth + 1))
            };
            return match f.str(g) {
                "Map" => Ty::Coll(Kind::Map, Arc::new(elem(1))),
                "Set" => Ty::Coll(Kind::Set, Arc::new(elem(0))),
                "Array" => Ty::Coll(Kind::Array, Arc::new(elem(0))),
                "WeakMap" | "WeakSet" | "WeakRef" => Ty::Coll(Kind::Weak, Arc::new(Ty::Unknown)),
                "Object" => Ty::Coll(Kind::Object, Arc::new(Ty::Unknown)),
                name => match self.model_index.made("", &format!("new {name}")) {
                    Some(t) => Ty::Lib(t.clone()),
                    None => Ty::External("".into(), format!("new {name}").into()),
                },
            };
        }
        if let Some(c) = self.class_of_value(e.with(callee), 0) {
            return Ty::Instance(c);
        }
        if let Some((p, n)) = self.external(e.with(callee)) {
            return self.made_by(&p, &n, true);
        }
        Ty::Unknown
    }

    /// The value that a package's maker gives.
    fn made_by(&self, package: &str, name: &str, is_new: bool) -> Ty {
        let short = name.strip_prefix("default.").unwrap_or(name);
        let names: &[&str] = if matches!(name, "*" | "default") { &["default"] } else { &[short, name] };
        for n in names {
            let maker = if is_new { format!("new {n}") } else { (*n).to_string() };
            if let Some(t) = self.model_index.made(package, &maker) {
                return Ty::Lib(t.clone());
            }
        }
        if is_new {
            Ty::External(package.into(), format!("new {short}").into())
        } else {
            Ty::External(package.into(), short.into())
        }
    }

    fn ty_of_call(&self, e: ExprRef, callee: ExprId, args: List, depth: u8) -> Ty {
        let f = self.file(e.file);
        match f.expr(callee) {
            Expr::Global(g) => {
                return match f.str(g) {
                    "setInterval" | "setTimeout" | "setImmediate" => Ty::Timer,
                    "String" | "Number" | "Boolean" | "parseInt" | "parseFloat" => Ty::Primitive,
                    "Array" => Ty::Coll(Kind::Array, Arc::new(Ty::Unknown)),
                    name => self.model_index.made("", name).map_or(Ty::Unknown, |t| Ty::Lib(t.clone())),
                };
            }
            Expr::Member { object, property } => {
                let name = f.str(property);
                if let Expr::Global(g) = f.expr(object) {
                    match (f.str(g), name) {
                        ("Object", "create") => {
                            return Ty::Coll(Kind::Object, Arc::new(Ty::Unknown));
                        }
                        ("Object", "keys" | "values" | "entries") | ("Array", _) => {
                            let elem = match self.ty_at(e.with(f.nth(args, 0)), depth + 2) {
                                Ty::Coll(_, x) if name != "keys" => (*x).clone(),
                                _ => Ty::Unknown,
                            };
                            return Ty::Coll(Kind::Array, Arc::new(elem));
                        }
                        // `Object.assign({ cache: new Map() }, options)`: what the defaults are.
                        ("Object", "assign") => {
                            let full = |a: &ExprId| matches!(f.expr(*a), Expr::Object(l) if !l.is_empty());
                            let defaults = f.exprs_of(args).find(full).unwrap_or(f.nth(args, 0));
                            return self.ty_at(e.with(defaults), depth + 1);
                        }
                        ("Object", "freeze" | "seal") => {
                            return self.ty_at(e.with(f.nth(args, 0)), depth + 1);
                        }
                        (g, n) => {
                            if let Some(t) = self.model_index.made("", &format!("{g}.{n}")) {
                                return Ty::Lib(t.clone());
                            }
                        }
                    }
                }
                if let Some((p, n)) = self.external(e.with(callee)) {
                    return self.made_by(&p, &n, false);
                }
                let recv = self.ty_at(e.with(object), depth + 1);
                if let Some(t) = self.ty_of_method_result(&recv, name, depth) {
                    return t;
                }
            }
            _ => {
                if let Some((p, n)) = self.external(e.with(callee)) {
                    return self.made_by(&p, &n, false);
                }
            }
        }
        match self.ty_at(e.with(callee), depth + 1) {
            Ty::Fn(func) => self.ty_of_result(func, depth + 1),
            _ => Ty::Unknown,
        }
    }

    fn ty_of_method_result(&self, recv: &Ty, name: &str, depth: u8) -> Option<Ty> {
        match recv {
            Ty::Coll(k, elem) => match (k, name) {
                (Kind::Map, "get") | (Kind::Array, "pop" | "shift" | "at" | "find") => Some((**elem).clone()),
                (_, "values") | (Kind::Array, "filter" | "slice" | "concat" | "reverse" | "sort") => {
                    Some(Ty::Coll(Kind::Array, elem.clone()))
                }
                (Kind::Map | Kind::Set, "set" | "add") => Some(recv.clone()),
                (_, "entries") => Some(Ty::Coll(Kind::Map, elem.clone())),
                (_, "keys" | "map" | "flatMap") => Some(Ty::Coll(Kind::Array, Arc::new(Ty::Unknown))),
                _ => None,
            },
            Ty::Instance(c) | Ty::ClassOf(c) => {
                let m = self.method(*c, name, 0)?;
                Some(self.ty_of_result(m, depth + 1))
            }
            Ty::Lib(t) => {
                let m = self.model_index.type_model(&self.models, t)?;
                m.returns.get(name).map(|t| Ty::Lib(t.as_str().into()))
            }
            _ => None,
        }
    }

    /// What a function returns: its annotation, or its return expressions.
    fn ty_of_result(&self, func: FunRef, depth: u8) -> Ty {
        if depth > DEPTH {
            return Ty::Unknown;
        }
        let slot = self.function(func);
        if slot.ret.is_some() {
            let t = self.written(func.with(slot.ret), depth + 1);
            if t != Ty::Unknown {
                return t;
            }
        }
        self.returns_of(func)
            .into_iter()
            .map(|r| self.ty_at(func.with(r), depth + 2))
            .find(|t| !matches!(t, Ty::Unknown | Ty::Primitive))
            .unwrap_or(Ty::Unknown)
    }

    /// Return expressions of a function, at most a handful.
    pub fn returns_of(&self, func: FunRef) -> Vec<ExprId> {
        let f = self.file(func.file);
        let mut out = Vec::new();
        let mut stack: Vec<u32> = f.ids(f[func.id].body).iter().rev().copied().collect();
        while let Some(s) = stack.pop() {
            if let Stmt::Return(e) = f.stmts[s as usize]
                && e.is_some()
            {
                out.push(e);
                if out.len() >= 6 {
                    break;
                }
            }
            super::index::nested(f, f.stmts[s as usize], &mut |list| stack.extend(f.ids(list).iter().rev()));
        }
        out
    }

    /// What a written type means.
    pub fn written(&self, t: TypeRef, depth: u8) -> Ty {
        if depth > DEPTH || !t.id.is_some() {
            return Ty::Unknown;
        }
        let f = self.file(t.file);
        match f.ty(t.id) {
            Type::Array(elem) => Ty::Coll(Kind::Array, Arc::new(self.written(t.with(elem), depth + 1))),
            Type::Union(list) => {
                let parts: Vec<Ty> = f
                    .types_of(list)
                    .filter(|&x| f.ty(x) != Type::Nothing)
                    .map(|x| self.written(t.with(x), depth + 1))
                    .collect();
                if !parts.is_empty() && parts.iter().all(|p| *p == Ty::Finite) {
                    return Ty::Finite;
                }
                parts.into_iter().find(|p| !matches!(p, Ty::Unknown | Ty::Finite)).unwrap_or(Ty::Unknown)
            }
            Type::Literal | Type::Keyof => Ty::Finite,
            Type::String | Type::Number | Type::Boolean | Type::Nothing => Ty::Primitive,
            Type::Function(_) => Ty::AnyFn,
            Type::Object(_) => Ty::Shape(t),
            Type::Dictionary(_, v) => Ty::Coll(Kind::Object, Arc::new(self.written(t.with(v), depth + 1))),
            Type::Named { name, binding, args } => self.named_type(t, name, binding, args, depth),
            Type::Other => Ty::Unknown,
        }
    }

    fn named_type(&self, t: TypeRef, name: Atom, binding: BindingId, args: List, depth: u8) -> Ty {
        let f = self.file(t.file);
        let arg = |n: usize| {
            f.ids(args).get(n).map_or(Ty::Unknown, |&x| self.written(t.with(TypeId(x)), depth + 1))
        };
        let text = f.str(name);
        if !binding.is_some() {
            return match text {
                "Map" | "ReadonlyMap" => Ty::Coll(Kind::Map, Arc::new(arg(1))),
                "Set" | "ReadonlySet" => Ty::Coll(Kind::Set, Arc::new(arg(0))),
                "Array" | "ReadonlyArray" | "Iterable" => Ty::Coll(Kind::Array, Arc::new(arg(0))),
                "Record" => Ty::Coll(Kind::Object, Arc::new(arg(1))),
                "WeakMap" | "WeakSet" | "WeakRef" => Ty::Coll(Kind::Weak, Arc::new(Ty::Unknown)),
                "Promise" | "Partial" | "Readonly" | "NonNullable" | "Required" | "Awaited" | "Pick"
                | "Omit" => arg(0),
                "Function" => Ty::AnyFn,
                "NodeJS.Timeout" | "NodeJS.Timer" | "Timer" | "NodeJS.Immediate" => Ty::Timer,
                "ReturnType" => Ty::Unknown,
                "Extract" | "Exclude" if arg(0) == Ty::Finite => Ty::Finite,
                _ => self.model_index.annotated("", text).map_or(Ty::Unknown, |x| Ty::Lib(x.clone())),
            };
        }
        let b = t.with(binding);
        match self.import_or_binding(b, 0) {
            Def::Binding(b) => {
                if let Some(c) = self.binding(b).class.get() {
                    return Ty::Instance(b.with(c));
                }
                let Some(&i) = self.decl_of_type[b.file.0 as usize].get(&b.id) else { return Ty::Unknown };
                let d = self.file(b.file).type_decls[i];
                if d.is_enum { Ty::Finite } else { self.written(b.with(d.ty), depth + 1) }
            }
            Def::External(p, n) => {
                let inner = text.split_once('.').map_or(&*n, |x| x.1);
                match self.model_index.annotated(&p, inner).or_else(|| self.model_index.annotated(&p, text)) {
                    Some(x) => Ty::Lib(x.clone()),
                    None => Ty::External(p, format!("new {inner}").into()),
                }
            }
            Def::Module(m) => {
                // `ns.Type`
                let inner = text.split_once('.').map_or("", |x| x.1);
                match self.export(m, inner, 0) {
                    Some(Def::Binding(b)) => {
                        self.binding(b).class.get().map_or(Ty::Unknown, |c| Ty::Instance(b.with(c)))
                    }
                    _ => Ty::Unknown,
                }
            }
            Def::Value(v) => self.class_of_value(v, 0).map_or(Ty::Unknown, Ty::Instance),
        }
    }

    /// The library store that an expression makes: `new LRUCache({ max: 5 })`.
    pub fn store_of(&self, e: ExprRef) -> Option<&StoreModel> {
        let f = self.file(e.file);
        let (callee, is_new) = match f.expr(f.plain(e.id)) {
            Expr::New { callee, .. } => (callee, true),
            Expr::Call { callee, .. } => (callee, false),
            _ => return None,
        };
        let (package, name) = self.external(e.with(callee))?;
        let short = name.strip_prefix("default.").unwrap_or(&name);
        let names: [&str; 2] =
            if matches!(&*name, "*" | "default") { ["default", "default"] } else { [short, &name] };
        names.iter().find_map(|n| {
            let maker = if is_new { format!("new {n}") } else { (*n).to_string() };
            self.model_index.store(&self.models, &package, &maker)
        })
    }

    /// A class of the tree that is a collection by name and by its methods: `AttributeMap`, `TaskQueue`.
    /// What happens to one happens to whoever holds it.
    pub fn container(&self, class: ClassRef) -> Option<Kind> {
        let f = self.file(class.file);
        let name = f.str(self.class(class).name);
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        let kind = if ends(&["Queue", "List", "Stack", "Buffer", "Deque", "Array", "Heap"]) {
            Kind::Array
        } else if ends(&["Map", "Set", "Dictionary", "Table", "Trie", "Collection"]) {
            Kind::Map
        } else {
            return None;
        };
        let adds = ["set", "add", "push", "enqueue"];
        adds.iter().any(|m| f.method_named(class.id, m).is_some()).then_some(kind)
    }

    /// True when a type is an interface that some class of the tree implements; those classes.
    pub fn implementers(&self, t: TypeRef) -> Vec<ClassRef> {
        let f = self.file(t.file);
        let Some(d) = f.type_decls.iter().find(|d| d.ty == t.id) else { return vec![] };
        let name = f.name_of(d.binding).to_string();
        self.implementers_by_name.get(&name).cloned().unwrap_or_default()
    }
}
