//! Members whose name is a constant: `this[kClients]` with `const kClients = Symbol('clients')` is a field like any
//! other, and always the same one.

use crate::ir::*;

/// Turns look-ups by a constant symbol into members.
pub(super) fn complete(f: &mut FileFacts) {
    for i in 0..f.exprs.len() {
        let Expr::Index { object, key } = f.exprs[i] else { continue };
        if let Some(property) = constant(f, object, key) {
            f.exprs[i] = Expr::Member { object, property };
        }
    }
}

/// The name of a key that never changes.
fn constant(f: &FileFacts, object: ExprId, key: ExprId) -> Option<Atom> {
    match f.expr(f.plain(key)) {
        Expr::Ref(b) => {
            let name = f[b].name;
            let fixed = is_symbol(f, b) || is_from_elsewhere(f, b) && names_a_symbol(f, object, f.str(name));
            fixed.then_some(name)
        }
        // `this[symbols.kClients]`
        Expr::Member { object: of, property } => {
            let Expr::Ref(b) = f.expr(of) else { return None };
            let fixed = is_from_elsewhere(f, b) && is_k_name(f.str(property));
            fixed.then_some(property)
        }
        _ => None,
    }
}

/// `const kClients = Symbol('clients')`, `Symbol.for('clients')`.
fn is_symbol(f: &FileFacts, b: BindingId) -> bool {
    let slot = f[b];
    let Expr::Call { callee, .. } = f.expr(slot.init) else { return false };
    let maker = match f.expr(callee) {
        Expr::Member { object, property } if f.str(property) == "for" => f.expr(object),
        other => other,
    };
    slot.writes == 0 && matches!(maker, Expr::Global(g) if f.str(g) == "Symbol")
}

/// An imported name, or one taken out of a required module.
fn is_from_elsewhere(f: &FileFacts, b: BindingId) -> bool {
    let slot = f[b];
    slot.func == FnId::MODULE
        && slot.writes == 0
        && (slot.kind == BindingKind::Import || is_required(f, slot.init))
}

fn is_required(f: &FileFacts, e: ExprId) -> bool {
    match f.expr(f.plain(e)) {
        Expr::Call { callee, .. } => matches!(f.expr(callee), Expr::Global(g) if f.str(g) == "require"),
        Expr::Member { object, .. } => is_required(f, object),
        _ => false,
    }
}

/// What is asked of `this` by an imported constant, or is called as symbols are.
fn names_a_symbol(f: &FileFacts, object: ExprId, name: &str) -> bool {
    let of_this = match f.expr(f.plain(object)) {
        Expr::This => true,
        Expr::Ref(b) => f.expr(f[b].init) == Expr::This,
        _ => false,
    };
    of_this || is_k_name(name)
}

/// `kClients`.
fn is_k_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next() == Some('k') && letters.next().is_some_and(char::is_uppercase)
}
