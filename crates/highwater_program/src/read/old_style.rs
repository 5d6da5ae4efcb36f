//! What older code says in other ways: constructor functions with prototypes, fields that appear by assignment,
//! and `module.exports`.

use rustc_hash::FxHashMap;

use crate::ir::*;

/// Adds classes for constructor functions, fields for `this.x =`, and CommonJS exports.
pub(super) fn complete(f: &mut FileFacts) {
    let mut protos = Protos::default();
    for i in 0..f.exprs.len() {
        let id = ExprId(i as u32);
        match f.exprs[i] {
            Expr::Assign { op: AssignOp::Set, target, value } => {
                prototype_assignment(f, &mut protos, target, value);
                common_js(f, target, value);
            }
            Expr::Call { callee, args } => inherit_call(f, &mut protos, callee, args),
            _ => {}
        }
        let _ = id;
    }
    protos.apply(f);
    fields_from_assignments(f);
}

#[derive(Default)]
struct Protos {
    /// Methods by constructor binding, in order of appearance.
    methods: Vec<(BindingId, Atom, FnId)>,
    statics: Vec<(BindingId, Atom, FnId)>,
    bases: FxHashMap<BindingId, ExprId>,
}

/// `X.prototype` gives X.
fn prototype_of(f: &FileFacts, e: ExprId) -> Option<BindingId> {
    let Expr::Member { object, property } = f.expr(e) else { return None };
    match f.expr(object) {
        Expr::Ref(b) if f.str(property) == "prototype" => Some(b),
        _ => None,
    }
}

/// The prototype that a local alias stands for: `var proto = X.prototype`, `var proto = (X.prototype = {})`.
fn proto_target(f: &FileFacts, e: ExprId) -> Option<BindingId> {
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

fn is_constructor(f: &FileFacts, b: BindingId) -> bool {
    f[b].function.is_some() && !f[b].class.is_some()
}

fn prototype_assignment(f: &FileFacts, protos: &mut Protos, target: ExprId, value: ExprId) {
    // X.prototype = { a() {}, b: function () {} } or Object.create(Y.prototype)
    if let Some(b) = prototype_of(f, target) {
        if !is_constructor(f, b) {
            return;
        }
        match f.expr(value) {
            Expr::Object(list) => members_of(f, protos, b, list),
            Expr::Call { args, .. } => {
                if let Some(base) = prototype_expr(f, f.nth(args, 0)) {
                    protos.bases.insert(b, base);
                }
            }
            Expr::New { callee, .. } => {
                protos.bases.insert(b, callee);
            }
            _ => {}
        }
        return;
    }
    let Expr::Member { object, property } = f.expr(target) else { return };
    if let Some(b) = proto_target(f, object) {
        if !is_constructor(f, b) {
            return;
        }
        if f.str(property) == "__proto__" {
            if let Some(base) = prototype_expr(f, value) {
                protos.bases.insert(b, base);
            }
        } else if let Some(func) = function_value(f, value) {
            protos.methods.push((b, property, func));
        }
    } else if let Expr::Ref(b) = f.expr(object)
        && is_constructor(f, b)
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

fn members_of(f: &FileFacts, protos: &mut Protos, b: BindingId, list: List) {
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
            if let Expr::Ref(b) = f.expr(first) {
                protos.bases.insert(b, second);
            }
        }
        "setPrototypeOf" => {
            if let (Some(b), Some(base)) = (prototype_of(f, first), prototype_expr(f, second)) {
                protos.bases.insert(b, base);
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
    fn apply(self, f: &mut FileFacts) {
        let mut classes: FxHashMap<BindingId, ClassId> = FxHashMap::default();
        let mut heads: Vec<BindingId> = self.methods.iter().map(|m| m.0).collect();
        heads.extend(self.bases.keys().copied().filter(|b| is_constructor(f, *b)));
        // `this.x =` in a plain function that is called with `new` in this file makes a class too.
        for e in &f.exprs {
            if let Expr::New { callee, .. } = e
                && let Expr::Ref(b) = f.expr(*callee)
                && is_constructor(f, b)
            {
                heads.push(b);
            }
        }
        heads.sort();
        heads.dedup();
        let constructor = f.atoms.push("constructor");
        for b in heads {
            let from_fn = f[b].function;
            let binding = f[b];
            f.classes.push(Class {
                name: binding.name,
                span: binding.span,
                base: self.bases.get(&b).copied().unwrap_or(ExprId::NONE),
                implements: vec![],
                fields: vec![],
                methods: vec![Method { name: constructor, func: from_fn, is_static: false }],
                decorators: List::default(),
                parent: binding.func,
                from_fn,
            });
            let class = ClassId(f.classes.len() as u32 - 1);
            f.bindings[b.ix()].class = class;
            f.functions[from_fn.ix()].class = class;
            classes.insert(b, class);
        }
        for (list, is_static) in [(&self.methods, false), (&self.statics, true)] {
            for &(b, name, func) in list {
                let Some(&class) = classes.get(&b) else { continue };
                f.classes[class.ix()].methods.push(Method { name, func, is_static });
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
        let Expr::Assign { op: AssignOp::Set | AssignOp::Logical, target, value } = f.exprs[i] else { continue };
        let Expr::Member { object, property } = f.expr(target) else { continue };
        let Some((class, func)) = this_class(f, &owners, object, i) else { continue };
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
    for (class, field, in_constructor) in found {
        let same = f.str(field.name).to_string();
        let existing = f.classes[class.ix()].fields.iter().position(|x| f.atoms.get(x.name) == same);
        match existing {
            None => f.classes[class.ix()].fields.push(field),
            Some(i) => {
                let slot = &mut f.classes[class.ix()].fields[i];
                if !slot.init.is_some() && in_constructor {
                    slot.init = field.init;
                }
            }
        }
    }
}

/// For each expression of interest, the function it stands in: spans of functions nest, so the innermost wins.
fn owners_of_this(f: &FileFacts) -> Vec<(Span, FnId)> {
    let mut spans: Vec<(Span, FnId)> =
        f.functions.iter().enumerate().skip(1).map(|(i, x)| (x.span, FnId(i as u32))).collect();
    spans.sort_by_key(|(s, _)| (s.start, std::cmp::Reverse(s.end)));
    spans
}

fn innermost(owners: &[(Span, FnId)], f: &FileFacts, at: Span) -> FnId {
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
    let is_module_exports = |e: ExprId| match f.expr(e) {
        Expr::Global(g) => f.str(g) == "exports",
        Expr::Member { object, property } => {
            f.str(property) == "exports" && matches!(f.expr(object), Expr::Global(g) if f.str(g) == "module")
        }
        _ => false,
    };
    if is_module_exports(target) {
        let name = f.atoms.push("default");
        f.exports.push(Export::Value { name, value });
    } else if is_module_exports(object) {
        f.exports.push(Export::Value { name: property, value });
    }
}
