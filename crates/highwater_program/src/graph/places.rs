//! Places: the named holders of memory. A place is a declared name, a field or a global, and a short path below it.

use super::index::Up;
use super::linked::{BindRef, ClassRef, Def, ExprRef, Linked};
use super::types::{Kind, Ty};
use crate::ir::*;

/// Where a place starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// A declared name.
    Binding(BindRef),
    /// A field of a class: the class that declares it, its name.
    Field(ClassRef, String),
    /// A property of the global object.
    Global(String),
    /// The value of an export that has no name.
    Value(ExprRef),
}

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seg {
    /// A named property.
    Prop(String),
    /// Some entry of a collection.
    Elem,
}

/// A holder of memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId {
    /// Where it starts.
    pub base: Base,
    /// Steps below, at most three.
    pub path: Vec<Seg>,
}

const PATH: usize = 3;
const DEPTH: u8 = 8;

impl PlaceId {
    fn of(base: Base) -> PlaceId {
        PlaceId { base, path: vec![] }
    }

    fn down(mut self, seg: Seg) -> Option<PlaceId> {
        if self.path.len() >= PATH {
            return None;
        }
        self.path.push(seg);
        Some(self)
    }

    /// True when `self` is `other` or lies below it.
    pub fn below(&self, other: &PlaceId) -> bool {
        self.base == other.base && self.path.starts_with(&other.path)
    }

    /// The same path below another base place.
    pub fn rebase(&self, from: &PlaceId, to: &PlaceId) -> Option<PlaceId> {
        let rest = self.path.get(from.path.len()..)?;
        let mut path = to.path.clone();
        path.extend_from_slice(rest);
        (path.len() <= PATH).then(|| PlaceId { base: to.base.clone(), path })
    }
}

impl Linked {
    /// The place that an expression denotes.
    pub fn place(&self, e: ExprRef) -> Option<PlaceId> {
        self.place_at(e, 0)
    }

    fn place_at(&self, e: ExprRef, depth: u8) -> Option<PlaceId> {
        if depth > DEPTH || !e.id.is_some() {
            return None;
        }
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Ref(b) => self.place_of_name(e.with(b), depth),
            Expr::Member { object, property } => self.place_of_member(e, object, f.str(property), depth),
            Expr::Index { object, key } => {
                if let Expr::Num(n) = f.expr(key)
                    && let Some(entries) = self.pairs_of(e.with(object), depth + 1)
                {
                    // The first half of a pair is the key.
                    let is_value = (f.numbers[n as usize] - 1.0).abs() < f64::EPSILON;
                    return if is_value { entries.down(Seg::Elem) } else { None };
                }
                let p = self.place_at(e.with(object), depth + 1)?;
                match f.expr(key) {
                    Expr::Str(s) => p.down(Seg::Prop(f.str(s).into())),
                    _ => p.down(Seg::Elem),
                }
            }
            Expr::Logical { left, right, op } => {
                if op == LogicalOp::And {
                    return self.place_at(e.with(right), depth + 1);
                }
                self.place_at(e.with(left), depth + 1).or_else(|| self.place_at(e.with(right), depth + 1))
            }
            Expr::Cond { then, other, .. } => {
                self.place_at(e.with(then), depth + 1).or_else(|| self.place_at(e.with(other), depth + 1))
            }
            Expr::Assign { target, .. } => self.place_at(e.with(target), depth + 1),
            Expr::Call { callee, args } => self.place_of_call(e, callee, args, depth),
            Expr::Global(g) if !matches!(f.str(g), "undefined" | "exports" | "module" | "require") => None,
            _ => None,
        }
    }

    fn place_of_name(&self, b: BindRef, depth: u8) -> Option<PlaceId> {
        match self.import_or_binding(b, 0) {
            Def::Binding(b) => self.place_of_binding(b, depth),
            Def::Value(v) => Some(PlaceId::of(Base::Value(v))),
            _ => None,
        }
    }

    fn place_of_binding(&self, b: BindRef, depth: u8) -> Option<PlaceId> {
        let slot = self.binding(b);
        let f = self.file(b.file);
        if self.default_of(b).is_some() {
            return Some(PlaceId::of(Base::Binding(b)));
        }
        // An alias of a place keeps the identity of what it was read from.
        if slot.init.is_some() && slot.kind != BindingKind::Param {
            let init = f.awaited(slot.init);
            let aliased = matches!(
                f.expr(init),
                Expr::Member { .. }
                    | Expr::Index { .. }
                    | Expr::Call { .. }
                    | Expr::Logical { .. }
                    | Expr::Cond { .. }
                    | Expr::Ref(_)
            );
            if aliased {
                if let Expr::Ref(x) = f.expr(init)
                    && x == b.id
                {
                    return Some(PlaceId::of(Base::Binding(b)));
                }
                if let Some(p) = self.place_at(b.with(init), depth + 1) {
                    return Some(p);
                }
            }
        }
        if let Some(&s) = self.ix(b.file).loop_of.get(&b.id)
            && let Stmt::Loop { kind: LoopKind::ForOf, head, .. } = f.stmts[s.ix()]
        {
            return self.iterated(b.with(head), depth + 1)?.down(Seg::Elem);
        }
        // Both halves of `let x = m.get(k); if (!x) { x = []; m.set(k, x) }` and `const x = []; m.set(k, x)`.
        if let Some(p) = self.stored_into(b, depth) {
            return Some(p);
        }
        Some(PlaceId::of(Base::Binding(b)))
    }

    /// A fresh local value that is put into a collection is an entry of that collection.
    fn stored_into(&self, b: BindRef, depth: u8) -> Option<PlaceId> {
        if depth > 3 || self.binding(b).func == FnId::MODULE {
            return None;
        }
        let f = self.file(b.file);
        if !matches!(f.expr(self.binding(b).init), Expr::Array(_) | Expr::Object(_) | Expr::New { .. }) {
            return None;
        }
        let ix = self.ix(b.file);
        for &r in ix.refs(b.id) {
            let Up::Expr(p) = ix.up(r) else { continue };
            match f.expr(p) {
                Expr::Call { callee, args } if f.nth(args, 1) == r => {
                    if let Expr::Member { object, property } = f.expr(callee)
                        && f.str(property) == "set"
                        && let Some(holder) = self.place_at(b.with(object), depth + 4)
                    {
                        return holder.down(Seg::Elem);
                    }
                }
                Expr::Assign { op: AssignOp::Set, target, value } if value == r => {
                    if let Expr::Index { object, key } = f.expr(target)
                        && !matches!(f.expr(key), Expr::Str(_))
                        && let Some(holder) = self.place_at(b.with(object), depth + 4)
                    {
                        return holder.down(Seg::Elem);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// `for (const pair of map)`, `Object.entries(o).forEach(pair => ...)`: the collection that pairs of key and value
    /// come from.
    fn pairs_of(&self, pair: ExprRef, depth: u8) -> Option<PlaceId> {
        let f = self.file(pair.file);
        let ix = self.ix(pair.file);
        let Expr::Ref(b) = f.expr(f.plain(pair.id)) else { return None };
        let walked = if let Some(&s) = ix.loop_of.get(&b)
            && let Stmt::Loop { kind: LoopKind::ForOf, head, .. } = f.stmts[s.ix()]
        {
            head
        } else {
            let &(func, 0) = ix.param_of.get(&b)? else { return None };
            let (call, name) = self.passed_to(pair.with(func))?;
            let Expr::Call { callee, .. } = f.expr(call.id) else { return None };
            let Expr::Member { object, .. } = f.expr(callee) else { return None };
            if !super::context::OVER_ENTRIES.contains(&name) {
                return None;
            }
            object
        };
        let walked = pair.with(walked);
        let named = matches!(f.expr(f.plain(walked.id)), Expr::Call { callee, .. }
            if super::entry::callee_name(f, callee) == Some("entries"));
        let entries = self.iterated(walked, depth)?;
        let is_map = named
            || matches!(f.expr(f.plain(walked.id)), Expr::Ref(_) | Expr::Member { .. })
                && self.kind_of_place(&entries) == Some(Kind::Map)
                && ix.loop_of.contains_key(&b);
        is_map.then_some(entries)
    }

    /// The collection that an iteration walks: through `.values()`, `.entries()`, `Object.values(x)`, `[...x]`.
    pub fn iterated(&self, e: ExprRef, depth: u8) -> Option<PlaceId> {
        if depth > DEPTH {
            return None;
        }
        let f = self.file(e.file);
        match f.expr(f.awaited(e.id)) {
            Expr::Call { callee, args } => {
                if let Expr::Member { object, property } = f.expr(callee) {
                    match f.str(property) {
                        "values" | "entries" | "keys" | "from" if args.len == 1 => {
                            return self.iterated(e.with(f.nth(args, 0)), depth + 1);
                        }
                        "values" | "entries" | "keys" | "slice" | "filter" | "sort" | "reverse"
                        | "concat" | "map" => {
                            return self.iterated(e.with(object), depth + 1);
                        }
                        _ => {}
                    }
                }
                self.place_at(e, depth + 1)
            }
            Expr::Array(list) if list.len == 1 => match f.expr(f.nth(list, 0)) {
                Expr::Spread(x) => self.iterated(e.with(x), depth + 1),
                _ => None,
            },
            _ => self.place_at(e, depth + 1),
        }
    }

    fn place_of_member(&self, e: ExprRef, object: ExprId, name: &str, depth: u8) -> Option<PlaceId> {
        let f = self.file(e.file);
        match f.expr(f.plain(object)) {
            Expr::This => {
                let Some(class) = self.this_class(self.fn_of(e)) else {
                    return self.literal_this(e, name);
                };
                return Some(self.field_at(class, name, depth));
            }
            Expr::Global(g) => {
                return match f.str(g) {
                    "globalThis" | "global" | "window" | "self" | "process" => {
                        Some(PlaceId::of(Base::Global(name.into())))
                    }
                    "exports" => self.exported_place(e, name),
                    _ => None,
                };
            }
            _ => {}
        }
        match self.def(e, 0) {
            Some(Def::Binding(b)) => return self.place_of_binding(b, depth + 1),
            Some(Def::External(..)) => return None,
            _ => {}
        }
        match self.type_of(e.with(object)) {
            Ty::Instance(c) | Ty::ClassOf(c) => return Some(self.field_at(c, name, depth)),
            Ty::Lib(_) | Ty::External(..) | Ty::Timer => return None,
            _ => {}
        }
        if let Some(p) = self.place_at(e.with(object), depth + 1) {
            let unknown_param =
                matches!(&p.base, Base::Binding(b) if self.binding(*b).kind == BindingKind::Param);
            if unknown_param && p.path.is_empty() {
                return self.unique_field(name).or_else(|| p.down(Seg::Prop(name.into())));
            }
            return p.down(Seg::Prop(name.into()));
        }
        // What a known function makes anew is no field of something else.
        if let Expr::Call { callee, .. } = f.expr(f.awaited(object))
            && matches!(self.type_of(e.with(callee)), Ty::Fn(_))
        {
            return None;
        }
        self.unique_field(name)
    }

    /// `exports.x` and `module.exports.x` read back.
    fn exported_place(&self, e: ExprRef, name: &str) -> Option<PlaceId> {
        match self.export(e.file, name, 0)? {
            Def::Binding(b) => self.place_of_binding(b, 1),
            Def::Value(v) => Some(PlaceId::of(Base::Value(v))),
            _ => None,
        }
    }

    /// `this.x` in a method of an object literal: a property of what holds the literal.
    fn literal_this(&self, e: ExprRef, name: &str) -> Option<PlaceId> {
        let f = self.file(e.file);
        let func = crate::read::this_function(f, self.fn_of(e).id);
        let created = self.ix(e.file).fn_expr.get(func.ix()).copied().filter(|x| x.is_some())?;
        let Up::Expr(object) = self.ix(e.file).up(created) else { return None };
        let Expr::Object(_) = f.expr(object) else { return None };
        f.prop(object, name)?;
        let holder = match self.ix(e.file).up(object) {
            Up::Stmt(s) => match f.stmts[s.ix()] {
                Stmt::Let { binding, .. } => PlaceId::of(Base::Binding(e.with(binding))),
                _ => PlaceId::of(Base::Value(e.with(object))),
            },
            _ => PlaceId::of(Base::Value(e.with(object))),
        };
        holder.down(Seg::Prop(name.into()))
    }

    /// A field of a class, at the class that declares it.
    pub fn field(&self, class: ClassRef, name: &str) -> PlaceId {
        self.field_at(class, name, 0)
    }

    /// Getters may name each other in a circle, so depth goes on through them.
    fn field_at(&self, class: ClassRef, name: &str, depth: u8) -> PlaceId {
        let owner = self.declaring_class(class, name, 0).unwrap_or(class);
        // A getter that returns a field stands for the field.
        let f = self.file(owner.file);
        if let Some(m) = f.method_named(owner.id, name)
            && f[m.func].kind == FnKind::Getter
            && let [only] = self.returns_of(owner.with(m.func))[..]
            && let Some(p) = self.place_at(owner.with(only), depth.max(3) + 1)
        {
            return p;
        }
        PlaceId::of(Base::Field(owner, name.into()))
    }

    /// The one class that has a field of this name, when the name is telling enough.
    fn unique_field(&self, name: &str) -> Option<PlaceId> {
        if name.len() < 5 {
            return None;
        }
        match self.members_by_name.get(name)?.as_slice() {
            [only] => {
                let f = self.file(only.file);
                self.class(*only)
                    .fields
                    .iter()
                    .any(|x| f.str(x.name) == name)
                    .then(|| PlaceId::of(Base::Field(*only, name.into())))
            }
            _ => None,
        }
    }

    fn place_of_call(&self, e: ExprRef, callee: ExprId, args: List, depth: u8) -> Option<PlaceId> {
        let f = self.file(e.file);
        if let Expr::Member { object, property } = f.expr(callee) {
            match f.str(property) {
                "get" | "at" | "find" | "pop" | "shift" if args.len <= 1 => {
                    if matches!(self.type_of(e.with(object)), Ty::Instance(_)) {
                        // A method of our own called `get`: see what it returns.
                    } else if self.is_awaited(e) {
                        return None; // a copy from a store elsewhere
                    } else {
                        return self.place_at(e.with(object), depth + 1)?.down(Seg::Elem);
                    }
                }
                "freeze" | "seal" => return self.place_at(e.with(f.nth(args, 0)), depth + 1),
                _ => {}
            }
        }
        let Ty::Fn(func) = self.type_of(e.with(callee)) else { return None };
        // What the function returns, when it is a place that lives outside it.
        self.returns_of(func).into_iter().find_map(|r| {
            let p = self.place_at(func.with(r), depth + 2)?;
            match &p.base {
                Base::Binding(b) if self.binding(*b).func == func.id && b.file == func.file => None,
                _ => Some(p),
            }
        })
    }

    fn is_awaited(&self, e: ExprRef) -> bool {
        let f = self.file(e.file);
        let plain = f.plain(e.id);
        matches!(f.expr(plain), Expr::Await(_))
            || matches!(self.ix(e.file).up(plain), Up::Expr(p) if matches!(f.expr(p), Expr::Await(_)))
    }

    /// The kind of collection that a place holds.
    pub fn kind_of_place(&self, p: &PlaceId) -> Option<Kind> {
        match self.ty_of_place(p) {
            Ty::Coll(kind, _) => Some(kind),
            Ty::Literal(_) => Some(Kind::Object),
            _ => None,
        }
    }

    /// What a place holds.
    pub fn ty_of_place(&self, p: &PlaceId) -> Ty {
        let mut ty = match &p.base {
            Base::Binding(b) => self.ty_of_binding(*b, 0),
            Base::Field(c, name) => self.ty_of_field(*c, name, 0),
            Base::Value(e) => self.type_of(*e),
            Base::Global(_) => Ty::Unknown,
        };
        for (i, seg) in p.path.iter().enumerate() {
            if i == 0
                && let (Base::Binding(b), Seg::Prop(n)) = (&p.base, seg)
                && matches!(ty, Ty::Literal(_) | Ty::Fn(_) | Ty::Coll(Kind::Object, _))
                && let Some(made) = self.assigned_property(*b, n)
            {
                ty = self.type_of(made);
                continue;
            }
            ty = match (ty, seg) {
                (Ty::Coll(_, elem), Seg::Elem) => (*elem).clone(),
                (Ty::Literal(o), Seg::Prop(n)) => match self.file(o.file).prop(o.id, n) {
                    Some(v) => self.type_of(o.with(v)),
                    None => Ty::Unknown,
                },
                (Ty::Shape(t), Seg::Prop(n)) => self.shape_member(t, n),
                (Ty::Instance(c), Seg::Prop(n)) => self.ty_of_field(c, n, 0),
                _ => Ty::Unknown,
            };
        }
        ty
    }

    fn shape_member(&self, t: super::linked::TypeRef, name: &str) -> Ty {
        let f = self.file(t.file);
        if let Type::Object(list) = f.ty(t.id) {
            for pair in f.ids(list).chunks(2) {
                if f.str(Atom(pair[0])) == name {
                    return self.written(t.with(TypeId(pair[1])), 0);
                }
            }
        }
        Ty::Unknown
    }

    /// Where a place is declared: file and span of its name.
    pub fn declaration(&self, p: &PlaceId) -> (super::FileId, Span) {
        match &p.base {
            Base::Binding(b) => {
                // `lookup.cache = {}` stands where it is assigned.
                let assigned = match p.path.first() {
                    Some(Seg::Prop(n)) if !self.has_property(*b, n) => self.assigned_property(*b, n),
                    _ => None,
                };
                match assigned {
                    Some(made) => (b.file, self.file(b.file).span(made.id)),
                    None => (b.file, self.binding(*b).span),
                }
            }
            Base::Field(c, name) => {
                let field = self.file(c.file).field_named(c.id, name);
                let span = field.map_or_else(|| self.class(*c).span, |x| x.span);
                (c.file, span)
            }
            Base::Value(e) => (e.file, self.file(e.file).span(e.id)),
            Base::Global(_) => (super::FileId(0), Span::default()),
        }
    }

    /// The initial value of a place's base.
    pub fn init_of(&self, p: &PlaceId) -> Option<ExprRef> {
        let init = match &p.base {
            Base::Binding(b) => {
                let slot = self.binding(*b);
                if slot.init.is_some() { Some(b.with(slot.init)) } else { self.first_write(*b) }
            }
            Base::Field(c, name) => self.file(c.file).field_named(c.id, name).map(|x| c.with(x.init)),
            Base::Value(e) => Some(*e),
            Base::Global(_) => None,
        }?;
        let mut at = init.id.get().map(|_| init)?;
        for seg in &p.path {
            let Seg::Prop(n) = seg else { return None };
            at = match (self.file(at.file).prop(at.id, n), &p.base) {
                (Some(value), _) => at.with(value),
                (None, Base::Binding(b)) if p.path.len() == 1 => self.assigned_property(*b, n)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// `memoryStore[*].facts`, `Pool.sessions`.
    pub fn place_path(&self, p: &PlaceId) -> String {
        let mut out = match &p.base {
            Base::Binding(b) => self.file(b.file).name_of(b.id).to_string(),
            Base::Field(c, name) => {
                let class = self.file(c.file).str(self.class(*c).name);
                if class.is_empty() { name.clone() } else { format!("{class}.{name}") }
            }
            Base::Global(n) => format!("globalThis.{n}"),
            Base::Value(e) => self.value_name(*e),
        };
        for seg in &p.path {
            match seg {
                Seg::Prop(n) => {
                    out.push('.');
                    out.push_str(n);
                }
                Seg::Elem => out.push_str("[*]"),
            }
        }
        out
    }

    fn value_name(&self, e: ExprRef) -> String {
        let f = self.file(e.file);
        let name = f.exports.iter().find_map(|x| match x {
            Export::Value { name, value } if *value == e.id => Some(f.str(*name)),
            _ => None,
        });
        match name {
            Some("default") | None => {
                let base = f.path.rsplit('/').next().unwrap_or(&f.path);
                base.split('.').next().unwrap_or(base).to_string()
            }
            Some(n) => n.to_string(),
        }
    }

    /// The last name of a place: `facts` of `memoryStore[*].facts`.
    pub fn place_symbol(&self, p: &PlaceId) -> String {
        for seg in p.path.iter().rev() {
            if let Seg::Prop(n) = seg {
                return n.clone();
            }
        }
        match &p.base {
            Base::Binding(b) => self.file(b.file).name_of(b.id).to_string(),
            Base::Field(_, name) | Base::Global(name) => name.clone(),
            Base::Value(e) => self.value_name(*e),
        }
    }
}

/// Names the file of a place's base.
pub fn file_of(p: &PlaceId) -> Option<super::FileId> {
    match &p.base {
        Base::Binding(b) => Some(b.file),
        Base::Field(c, _) => Some(c.file),
        Base::Value(e) => Some(e.file),
        Base::Global(_) => None,
    }
}

/// The place that a declared name is.
pub fn binding_place(b: BindRef) -> PlaceId {
    PlaceId::of(Base::Binding(b))
}
