//! Classes made by a function from an object of methods: `Base.extend({ ... })`, `Lib.Class(Base, { ... })`.

use rustc_hash::FxHashMap;

use super::this_function;
use crate::ir::*;

/// Functions that make a class of an object.
const MAKERS: &[&str] =
    &["extend", "Class", "class", "createClass", "defineClass", "declare", "derive", "subclass", "inherit"];

/// Methods that make a new instance.
const CONSTRUCTORS: &[&str] =
    &["initialize", "init", "constructor", "ctor", "_init", "_construct", "construct"];

/// Makes classes of such calls: the call then is the class.
pub(super) fn complete(f: &mut FileFacts) {
    let names = assigned_names(f);
    let mut this_writers: Option<Vec<bool>> = None;
    for i in 0..f.exprs.len() {
        let Expr::Call { callee, args } = f.exprs[i] else { continue };
        let Some(base) = maker(f, callee, args) else { continue };
        let Some(members) = f.exprs_of(args).last() else { continue };
        let Expr::Object(list) = f.expr(members) else { continue };
        let writers = this_writers.get_or_insert_with(|| writers_of_this(f));
        let methods: Vec<(Atom, FnId)> = f
            .props_of(list)
            .filter_map(|p| match (p.key, f.expr(p.value)) {
                (Key::Named(name), Expr::Fn(func)) if f[func].kind != FnKind::Arrow => Some((name, func)),
                _ => None,
            })
            .collect();
        if methods.len() < 2 || !methods.iter().any(|m| writers[m.1.ix()]) {
            continue;
        }
        let at = f.spans[i];
        let (name, binding) = names.get(&ExprId(i as u32)).copied().unwrap_or((Atom::NONE, BindingId::NONE));
        make(f, ExprId(i as u32), name, at, base, list, &methods);
        if binding.is_some() {
            f.bindings[binding.ix()].class = ClassId(f.classes.len() as u32 - 1);
        }
    }
}

/// The base class of a call that makes a class; none when it does something else.
fn maker(f: &FileFacts, callee: ExprId, args: List) -> Option<ExprId> {
    let (name, object) = match f.expr(callee) {
        Expr::Member { object, property } => (f.str(property), object),
        Expr::Ref(b) => (f.name_of(b), ExprId::NONE),
        Expr::Global(g) => (f.str(g), ExprId::NONE),
        _ => return None,
    };
    if !MAKERS.contains(&name) || args.len > 3 {
        return None;
    }
    Some(if args.len > 1 {
        f.nth(args, args.len as usize - 2)
    } else if name == "extend" {
        object
    } else {
        ExprId::NONE
    })
}

/// What values are called by what they are assigned to.
fn assigned_names(f: &FileFacts) -> FxHashMap<ExprId, (Atom, BindingId)> {
    let mut out = FxHashMap::default();
    for e in &f.exprs {
        if let Expr::Assign { target, value, .. } = *e {
            match f.expr(target) {
                Expr::Member { property, .. } => {
                    out.insert(value, (property, BindingId::NONE));
                }
                Expr::Ref(b) => {
                    out.insert(value, (f[b].name, b));
                }
                _ => {}
            }
        }
    }
    for (i, b) in f.bindings.iter().enumerate() {
        if b.init.is_some() && b.writes == 0 {
            out.insert(b.init, (b.name, BindingId(i as u32)));
        }
    }
    out
}

/// Functions that assign a property of their `this`.
fn writers_of_this(f: &FileFacts) -> Vec<bool> {
    let owners = super::old_style::owners_of_this(f);
    let mut out = vec![false; f.functions.len()];
    for (i, e) in f.exprs.iter().enumerate() {
        if let Expr::Assign { target, .. } = *e
            && let Expr::Member { object, .. } = f.expr(target)
            && f.expr(object) == Expr::This
        {
            let func = this_function(f, super::old_style::innermost(&owners, f, f.spans[i]));
            out[func.ix()] = true;
        }
    }
    out
}

fn make(
    f: &mut FileFacts,
    call: ExprId,
    name: Atom,
    span: Span,
    base: ExprId,
    members: List,
    methods: &[(Atom, FnId)],
) {
    let id = ClassId(f.classes.len() as u32);
    let constructor = methods.iter().find(|m| CONSTRUCTORS.contains(&f.str(m.0))).map_or(FnId::NONE, |m| m.1);
    let own_name = f.atoms.push("constructor");
    let fields = f
        .props_of(members)
        .filter_map(|p| match (p.key, f.expr(p.value)) {
            (Key::Named(name), Expr::Object(_) | Expr::Array(_) | Expr::New { .. }) => Some(Field {
                name,
                span: f.span(p.value),
                is_static: true,
                ty: TypeId::NONE,
                init: p.value,
                param: None,
            }),
            _ => None,
        })
        .collect();
    let methods: Vec<Method> = methods
        .iter()
        .map(|&(name, func)| {
            let name = if func == constructor { own_name } else { name };
            Method { name, func, is_static: false, is_hidden: false }
        })
        .collect();
    for m in &methods {
        f.functions[m.func.ix()].class = id;
    }
    let parent = f.functions.get(constructor.ix()).map_or(FnId::MODULE, |x| x.parent);
    f.classes.push(Class {
        name,
        span,
        base,
        implements: vec![],
        fields,
        methods,
        decorators: List::default(),
        parent,
        from_fn: constructor,
    });
    f.exprs[call.ix()] = Expr::Class(id);
}
