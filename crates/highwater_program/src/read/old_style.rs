//! What older code says in other ways: constructor functions with prototypes, fields that appear by assignment,
//! and `module.exports`.

use rustc_hash::FxHashMap;

use crate::ir::*;

/// Adds classes for constructor functions, fields for `this.x =`, and CommonJS exports.
pub(super) fn complete(f: &mut FileFacts) {
    bound_functions(f);
    super::symbol_keys::complete(f);
    super::class_makers::complete(f);
    named_by_chains(f);
    let mut protos = Protos::default();
    protos.members(f);
    for i in 0..f.exprs.len() {
        match f.exprs[i] {
            Expr::Assign { op: AssignOp::Set, target, value } => {
                prototype_assignment(f, &mut protos, target, value);
                common_js(f, target, value);
            }
            Expr::Call { callee, args } => inherit_call(f, &mut protos, callee, args),
            _ => {}
        }
    }
    protos.apply(f);
    fields_from_assignments(f);
}

/// `list.forEach(function () {}, this)`, `function () {}.bind(this)`: they see the `this` around them, as arrows do.
fn bound_functions(f: &mut FileFacts) {
    for i in 0..f.exprs.len() {
        let Expr::Call { callee, args } = f.exprs[i] else { continue };
        let Some(this) = f.exprs_of(args).position(|a| f.expr(a) == Expr::This) else { continue };
        let mut bound: Vec<FnId> = Vec::new();
        if let Expr::Member { object, property } = f.expr(callee)
            && this == 0
            && matches!(f.str(property), "bind" | "call" | "apply")
        {
            bound.extend(plain_function(f, object));
        }
        bound.extend(f.exprs_of(args).take(this).filter_map(|a| plain_function(f, a)));
        for func in bound {
            f.functions[func.ix()].kind = FnKind::Arrow;
        }
    }
}

fn plain_function(f: &FileFacts, e: ExprId) -> Option<FnId> {
    match f.expr(f.plain(e)) {
        Expr::Fn(func) if f[func].kind == FnKind::Plain => Some(func),
        _ => None,
    }
}

/// `var X = module.exports = function () {}`: the name is the function's.
fn named_by_chains(f: &mut FileFacts) {
    for i in 0..f.bindings.len() {
        let slot = f.bindings[i];
        if slot.function.is_some() || slot.class.is_some() {
            continue;
        }
        let Expr::Assign { op: AssignOp::Set, .. } = f.expr(slot.init) else { continue };
        let mut value = slot.init;
        while let Expr::Assign { op: AssignOp::Set, value: inner, .. } = f.expr(value) {
            value = inner;
        }
        match f.expr(value) {
            Expr::Fn(func) => f.bindings[i].function = func,
            Expr::Class(class) => f.bindings[i].class = class,
            _ => {}
        }
    }
}

/// A constructor: a name, or a property of one (`internals.Socket = function () {}`); a property of `exports` when
/// there is no name.
type Head = (BindingId, Atom);

#[derive(Default)]
struct Protos {
    /// Constructor functions held in properties.
    member_functions: FxHashMap<(BindingId, String), (FnId, Atom, Span)>,
    /// Methods by constructor, in order of appearance.
    methods: Vec<(Head, Atom, FnId)>,
    statics: Vec<(Head, Atom, FnId)>,
    bases: Vec<(Head, ExprId)>,
}

fn head_of(f: &FileFacts, e: ExprId) -> Option<Head> {
    match f.expr(e) {
        Expr::Ref(b) => Some((b, Atom::NONE)),
        Expr::Member { object, property } => match f.expr(object) {
            Expr::Ref(b) => Some((b, property)),
            _ if is_module_exports(f, object) => Some((BindingId::NONE, property)),
            _ => None,
        },
        _ => None,
    }
}

/// `X.prototype` gives X.
fn prototype_of(f: &FileFacts, e: ExprId) -> Option<Head> {
    let Expr::Member { object, property } = f.expr(e) else { return None };
    if f.str(property) == "prototype" { head_of(f, object) } else { None }
}

/// The prototype that a local alias stands for: `var proto = X.prototype`, `var proto = (X.prototype = {})`.
fn proto_target(f: &FileFacts, e: ExprId) -> Option<Head> {
    if let Some(b) = prototype_of(f, e) {
        return Some(b);
    }
    let Expr::Ref(alias) = f.expr(e) else { return None };
    match f.expr(f[alias].init) {
        Expr::Member { .. } => prototype_of(f, f[alias].init),
        Expr::Assign { target, .. } => prototype_of(f, target),
        _ => None,
    }
}

fn is_constructor(f: &FileFacts, protos: &Protos, (b, member): Head) -> bool {
    if member.is_some() {
        return protos.member_functions.contains_key(&(b, f.str(member).to_string()));
    }
    f[b].function.is_some() && !f[b].class.is_some()
}

fn prototype_assignment(f: &FileFacts, protos: &mut Protos, target: ExprId, value: ExprId) {
    // X.prototype = { a() {}, b: function () {} } or Object.create(Y.prototype)
    if let Some(b) = prototype_of(f, target) {
        if !is_constructor(f, protos, b) {
            return;
        }
        match f.expr(value) {
            Expr::Object(list) => members_of(f, protos, b, list),
            Expr::Call { args, .. } => {
                if let Some(base) = prototype_expr(f, f.nth(args, 0)) {
                    protos.bases.push((b, base));
                }
            }
            Expr::New { callee, .. } => {
                protos.bases.push((b, callee));
            }
            _ => {}
        }
        return;
    }
    let Expr::Member { object, property } = f.expr(target) else { return };
    if let Some(b) = proto_target(f, object) {
        if !is_constructor(f, protos, b) {
            return;
        }
        if f.str(property) == "__proto__" {
            if let Some(base) = prototype_expr(f, value) {
                protos.bases.push((b, base));
            }
        } else if let Some(func) = function_value(f, value) {
            protos.methods.push((b, property, func));
        }
    } else if let Some(b) = head_of(f, object)
        && is_constructor(f, protos, b)
        && let Some(func) = function_value(f, value)
    {
        protos.statics.push((b, property, func));
    }
}

fn function_value(f: &FileFacts, value: ExprId) -> Option<FnId> {
    match f.expr(value) {
        Expr::Fn(func) => Some(func),
        Expr::Assign { value, .. } => function_value(f, value),
        Expr::Ref(b) if f[b].kind == BindingKind::Fn => f[b].function.get(),
        _ => None,
    }
}

/// The `X` expression of `X.prototype`.
fn prototype_expr(f: &FileFacts, e: ExprId) -> Option<ExprId> {
    match f.expr(e) {
        Expr::Member { object, property } if f.str(property) == "prototype" => Some(object),
        _ => None,
    }
}

fn members_of(f: &FileFacts, protos: &mut Protos, b: Head, list: List) {
    for p in f.props_of(list) {
        if let Key::Named(name) = p.key
            && let Some(func) = function_value(f, p.value)
        {
            protos.methods.push((b, name, func));
        }
    }
}

/// `util.inherits(X, Y)`, `inherits(X, Y)`, `Object.setPrototypeOf(X.prototype, Y.prototype)`,
/// `Object.assign(X.prototype, { ... })`.
fn inherit_call(f: &FileFacts, protos: &mut Protos, callee: ExprId, args: List) {
    let name = match f.expr(callee) {
        Expr::Member { property, .. } => f.str(property),
        Expr::Ref(b) => f.name_of(b),
        _ => return,
    };
    let (first, second) = (f.nth(args, 0), f.nth(args, 1));
    match name {
        "inherits" => {
            if let Some(b) = head_of(f, first) {
                protos.bases.push((b, second));
            }
        }
        "setPrototypeOf" => {
            if let (Some(b), Some(base)) = (prototype_of(f, first), prototype_expr(f, second)) {
                protos.bases.push((b, base));
            }
        }
        "assign" | "extend" => {
            if let Some(b) = prototype_of(f, first)
                && let Expr::Object(list) = f.expr(second)
            {
                members_of(f, protos, b, list);
            }
        }
        _ => {}
    }
}

impl Protos {
    /// Constructor functions that are held in properties have to be known before their prototypes are read.
    fn members(&mut self, f: &FileFacts) {
        for e in &f.exprs {
            let Expr::Assign { op: AssignOp::Set, target, value } = *e else { continue };
            if let Expr::Member { property, .. } = f.expr(target)
                && let Some((b, member)) = head_of(f, target)
                && member.is_some()
                && let Expr::Fn(func) = f.expr(value)
                && f[func].kind == FnKind::Plain
            {
                let key = (b, f.str(property).to_string());
                self.member_functions.entry(key).or_insert((func, property, f.span(target)));
            }
        }
    }

    /// Constructors in order: those with methods or bases, and those called with `new` in this file.
    fn heads(&self, f: &FileFacts) -> Vec<Head> {
        let mut heads: Vec<Head> = self.methods.iter().map(|m| m.0).collect();
        heads.extend(self.bases.iter().map(|b| b.0).filter(|b| is_constructor(f, self, *b)));
        for e in &f.exprs {
            if let Expr::New { callee, .. } = e
                && let Some(b) = head_of(f, *callee)
                && is_constructor(f, self, b)
            {
                heads.push(b);
            }
        }
        self.capitals(f, &mut heads);
        let name = |h: &Head| (h.0, f.str(h.1).to_string());
        heads.sort_by_key(name);
        heads.dedup_by_key(|h| name(h));
        heads
    }

    /// `function Server() { this.clients = [] }`: a constructor by its name and by what it does.
    fn capitals(&self, f: &FileFacts, heads: &mut Vec<Head>) {
        let mut found: Vec<(Head, FnId)> = f
            .bindings
            .iter()
            .enumerate()
            .map(|(i, b)| ((BindingId(i as u32), Atom::NONE), b.function))
            .chain(self.member_functions.iter().map(|((b, _), (func, name, _))| ((*b, *name), *func)))
            .filter(|((b, member), func)| {
                let name = if member.is_some() { *member } else { f[*b].name };
                let capital = f.str(name).trim_start_matches(['_', '$']).starts_with(char::is_uppercase);
                capital && func.is_some() && f[*func].kind == FnKind::Plain && !f[*func].class.is_some()
            })
            .collect();
        if found.is_empty() {
            return;
        }
        found.sort_by_key(|x| (x.0.0, x.1));
        let owners = owners_of_this(f);
        let mut writers: Vec<FnId> = f
            .exprs
            .iter()
            .enumerate()
            .filter_map(|(i, e)| match e {
                Expr::Assign { target, .. } => match f.expr(*target) {
                    Expr::Member { object, .. } if f.expr(object) == Expr::This => {
                        Some(this_function(f, innermost(&owners, f, f.spans[i])))
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect();
        writers.sort_unstable();
        heads.extend(found.into_iter().filter(|x| writers.binary_search(&x.1).is_ok()).map(|x| x.0));
    }

    fn apply(self, f: &mut FileFacts) {
        let mut classes: FxHashMap<(BindingId, String), ClassId> = FxHashMap::default();
        let constructor = f.atoms.push("constructor");
        for head in self.heads(f) {
            let (b, member) = head;
            let key = (b, f.str(member).to_string());
            let (from_fn, name, span) = match self.member_functions.get(&key).filter(|_| member.is_some()) {
                Some(&m) => m,
                None => (f[b].function, f[b].name, f[b].span),
            };
            if !from_fn.is_some() {
                continue;
            }
            let base =
                self.bases.iter().find(|x| x.0.0 == b && f.str(x.0.1) == key.1).map_or(ExprId::NONE, |x| x.1);
            if let Some(class) = f[from_fn].class.get().filter(|c| f[*c].from_fn == from_fn) {
                // `var Queue = function Queue() {}`: two names of one constructor.
                if b.is_some() && !member.is_some() {
                    f.bindings[b.ix()].class = class;
                }
                if !f[class].base.is_some() {
                    f.classes[class.ix()].base = base;
                }
                classes.insert(key, class);
                continue;
            }
            if f[from_fn].class.is_some() {
                continue;
            }
            f.classes.push(Class {
                name,
                span,
                base,
                implements: vec![],
                fields: vec![],
                methods: vec![Method {
                    name: constructor,
                    func: from_fn,
                    is_static: false,
                    is_hidden: false,
                }],
                decorators: List::default(),
                parent: b.get().map_or(FnId::MODULE, |b| f[b].func),
                from_fn,
            });
            let class = ClassId(f.classes.len() as u32 - 1);
            if member.is_some() {
                f.member_classes.push((b, member, class));
            } else {
                f.bindings[b.ix()].class = class;
            }
            f.functions[from_fn.ix()].class = class;
            classes.insert(key, class);
        }
        for (list, is_static) in [(&self.methods, false), (&self.statics, true)] {
            for &((b, member), name, func) in list {
                let key = (b, f.str(member).to_string());
                let Some(&class) = classes.get(&key) else { continue };
                f.classes[class.ix()].methods.push(Method { name, func, is_static, is_hidden: false });
                if f.functions[func.ix()].kind != FnKind::Arrow {
                    f.functions[func.ix()].class = class;
                    f.functions[func.ix()].is_static = is_static;
                }
            }
        }
    }
}

/// The function whose `this` an expression in `func` sees.
pub(crate) fn this_function(f: &FileFacts, mut func: FnId) -> FnId {
    while f[func].kind == FnKind::Arrow {
        func = f[func].parent;
    }
    func
}

/// Fields that a class only has because some method assigns them.
fn fields_from_assignments(f: &mut FileFacts) {
    if f.classes.is_empty() {
        return;
    }
    let owners = owners_of_this(f);
    let mut found: Vec<(ClassId, Field, bool)> = Vec::new();
    for i in 0..f.exprs.len() {
        let Expr::Assign { op: AssignOp::Set | AssignOp::Logical, target, value } = f.exprs[i] else {
            continue;
        };
        let Expr::Member { object, property } = f.expr(target) else { continue };
        let Some((class, func)) = this_class(f, &owners, object, i) else {
            if let Some(class) = shared_by(f, object)
                && f.str(property) != "prototype"
                && is_collection(f, value)
            {
                let span = f.span(target);
                let ty = TypeId::NONE;
                found.push((
                    class,
                    Field { name: property, span, is_static: true, ty, init: value, param: None },
                    false,
                ));
            }
            continue;
        };
        let in_constructor = matches!(f[func].kind, FnKind::Constructor) || f[class].from_fn == func;
        let field = Field {
            name: property,
            span: f.span(target),
            is_static: f[func].is_static,
            ty: TypeId::NONE,
            init: value,
            param: None,
        };
        found.push((class, field, in_constructor));
    }
    let mut known: FxHashMap<(ClassId, String), usize> = FxHashMap::default();
    for (i, c) in f.classes.iter().enumerate() {
        for (n, x) in c.fields.iter().enumerate() {
            known.entry((ClassId(i as u32), f.str(x.name).to_string())).or_insert(n);
        }
    }
    for (class, field, in_constructor) in found {
        let key = (class, f.str(field.name).to_string());
        match known.get(&key).copied() {
            None => {
                known.insert(key, f.classes[class.ix()].fields.len());
                f.classes[class.ix()].fields.push(field);
            }
            Some(i) => {
                let slot = &mut f.classes[class.ix()].fields[i];
                if !slot.init.is_some() && in_constructor {
                    slot.init = field.init;
                }
            }
        }
    }
}

/// `X.cache = {}`, `X.prototype.cache = {}`: one for all instances. Gives X.
fn shared_by(f: &FileFacts, object: ExprId) -> Option<ClassId> {
    let owner = match f.expr(object) {
        Expr::Member { object, property } if f.str(property) == "prototype" => f.expr(object),
        other => other,
    };
    let Expr::Ref(b) = owner else { return None };
    f[b].class.get()
}

fn is_collection(f: &FileFacts, value: ExprId) -> bool {
    match f.expr(f.plain(value)) {
        Expr::Object(_) | Expr::Array(_) => true,
        Expr::New { callee, .. } => {
            matches!(f.expr(callee), Expr::Global(g) if matches!(f.str(g), "Map" | "Set" | "WeakMap" | "Array"))
        }
        Expr::Call { callee, .. } => is_bare(f, callee),
        _ => false,
    }
}

/// `Object.create`.
fn is_bare(f: &FileFacts, callee: ExprId) -> bool {
    matches!(f.expr(callee), Expr::Member { object, property }
        if f.str(property) == "create" && matches!(f.expr(object), Expr::Global(g) if f.str(g) == "Object"))
}

/// For each expression of interest, the function it stands in: spans of functions nest, so the innermost wins.
pub(super) fn owners_of_this(f: &FileFacts) -> Vec<(Span, FnId)> {
    let mut spans: Vec<(Span, FnId)> =
        f.functions.iter().enumerate().skip(1).map(|(i, x)| (x.span, FnId(i as u32))).collect();
    spans.sort_by_key(|(s, _)| (s.start, std::cmp::Reverse(s.end)));
    spans
}

pub(super) fn innermost(owners: &[(Span, FnId)], f: &FileFacts, at: Span) -> FnId {
    let upto = owners.partition_point(|(s, _)| s.start <= at.start);
    let mut func = if upto == 0 { return FnId::MODULE } else { owners[upto - 1].1 };
    while func != FnId::MODULE && !f[func].span.contains(at) {
        func = f[func].parent;
        if !func.is_some() {
            return FnId::MODULE;
        }
    }
    func
}

fn this_class(f: &FileFacts, owners: &[(Span, FnId)], object: ExprId, at: usize) -> Option<(ClassId, FnId)> {
    let func = match f.expr(object) {
        Expr::This => this_function(f, innermost(owners, f, f.spans[at])),
        Expr::Ref(b) if f.expr(f[b].init) == Expr::This => this_function(f, f[b].func),
        _ => return None,
    };
    let class = f[func].class.get()?;
    Some((class, func))
}

/// `module.exports = x`, `module.exports.a = x`, `exports.a = x`.
fn common_js(f: &mut FileFacts, target: ExprId, value: ExprId) {
    let Expr::Member { object, property } = f.expr(target) else { return };
    if is_module_exports(f, target) {
        let name = f.atoms.push("default");
        f.exports.push(Export::Value { name, value });
    } else if is_module_exports(f, object) {
        f.exports.push(Export::Value { name: property, value });
    }
}

/// `exports`, `module.exports`.
fn is_module_exports(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(e) {
        Expr::Global(g) => f.str(g) == "exports",
        Expr::Member { object, property } => {
            f.str(property) == "exports" && matches!(f.expr(object), Expr::Global(g) if f.str(g) == "module")
        }
        _ => false,
    }
}
