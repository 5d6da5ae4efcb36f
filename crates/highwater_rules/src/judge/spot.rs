//! Small questions about single expressions and files that several rules ask.

use highwater_finding::{Finding, Severity};
use highwater_program::FileRole;
use highwater_program::graph::linked::Def;
use highwater_program::graph::{ExprRef, FileId, FunRef, Linked, entry};
use highwater_program::ir::*;

use super::Context;
use super::tell::{self, Draft};

/// `a.b(c)`: `a`, `b` and the arguments.
pub fn method_call(f: &FileFacts, call: ExprId) -> Option<(ExprId, &str, List)> {
    let Expr::Call { callee, args } = f.expr(f.plain(call)) else { return None };
    let Expr::Member { object, property } = f.expr(f.plain(callee)) else { return None };
    Some((object, f.str(property), args))
}

/// The last name of a call's callee, and its arguments.
pub fn called(f: &FileFacts, call: ExprId) -> Option<(&str, List)> {
    let Expr::Call { callee, args } = f.expr(f.plain(call)) else { return None };
    Some((entry::callee_name(f, callee)?, args))
}

/// Calls and `new` in the body of a function itself, not of the functions within it.
pub fn calls_in(l: &Linked, func: FunRef) -> impl Iterator<Item = ExprId> + '_ {
    let ix = l.ix(func.file);
    ix.calls_between(l.file(func.file), func.id).iter().copied().filter(move |&c| ix.fn_of(c) == func.id)
}

/// Calls and `new` of a file by the function in whose own body they stand.
pub fn calls_by_function(l: &Linked, file: FileId) -> Vec<Vec<ExprId>> {
    let ix = l.ix(file);
    let mut out = vec![Vec::new(); l.file(file).functions.len()];
    for &c in &ix.calls {
        if let Some(list) = out.get_mut(ix.fn_of(c).ix()) {
            list.push(c);
        }
    }
    out
}

/// Calls and `new` in a function and everything nested in it.
pub fn calls_below(l: &Linked, func: FunRef) -> impl Iterator<Item = ExprId> + '_ {
    let ix = l.ix(func.file);
    let between = ix.calls_between(l.file(func.file), func.id).iter().copied();
    between.filter(move |&c| l.is_within(func.with(ix.fn_of(c)), func))
}

/// The value of a number in the code: a literal, a named constant, a product.
pub fn number(l: &Linked, e: ExprRef) -> Option<f64> {
    number_at(l, e, 0)
}

fn number_at(l: &Linked, e: ExprRef, depth: u8) -> Option<f64> {
    if depth > 6 || !e.id.is_some() {
        return None;
    }
    let f = l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Num(i) => f.numbers.get(i as usize).copied(),
        Expr::Binary { op, left, right } => {
            let (a, b) = (number_at(l, e.with(left), depth + 1)?, number_at(l, e.with(right), depth + 1)?);
            match op {
                BinOp::Mul => Some(a * b),
                BinOp::Add => Some(a + b),
                BinOp::Sub => Some(a - b),
                BinOp::Div if b != 0.0 => Some(a / b),
                _ => None,
            }
        }
        Expr::Logical { op: LogicalOp::Or | LogicalOp::Nullish, right, .. } => {
            number_at(l, e.with(right), depth + 1)
        }
        Expr::Ref(_) | Expr::Member { .. } => match l.def(e, 0) {
            Some(Def::Binding(b)) if l.binding(b).writes == 0 => {
                number_at(l, b.with(l.binding(b).init), depth + 1)
            }
            Some(Def::Value(v)) if v != e => number_at(l, v, depth + 1),
            Some(_) => None,
            None => l.place(e).and_then(|p| l.init_of(&p)).and_then(|v| number_at(l, v, depth + 1)),
        },
        _ => None,
    }
}

/// True for code that ships: neither tests nor what a generator wrote.
pub fn ships(cx: &Context<'_>, file: FileId) -> bool {
    cx.l.file(file).role == FileRole::Source
}

/// A finding of an advice-level rule: low, whatever the rate.
pub fn low(cx: &Context<'_>, draft: Draft) -> Finding {
    let mut finding = tell::finding(cx, draft);
    finding.severity = Severity::Low;
    finding
}

/// A finding that is moderate at most, whatever the rate.
pub fn moderate(cx: &Context<'_>, draft: Draft) -> Finding {
    let mut finding = tell::finding(cx, draft);
    finding.severity = finding.severity.min(Severity::Moderate);
    finding
}

/// A number as people write it: `1,000`.
pub fn grouped(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && c != '-' {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// True for what a framework hands over as the request: by type, or by the names that everyone uses.
pub fn is_request(l: &Linked, e: ExprRef) -> bool {
    let f = l.file(e.file);
    match f.expr(f.awaited(e.id)) {
        Expr::Ref(b) => {
            matches!(f.name_of(b), "req" | "request" | "_req")
                || matches!(l.type_of(e), highwater_program::graph::Ty::Lib(t)
                    if t.ends_with("Request") || t.ends_with("Context") || t.ends_with("IncomingMessage"))
        }
        Expr::Member { property, .. } => matches!(f.str(property), "req" | "request"),
        _ => false,
    }
}

/// `add(x) { ...; return this; }`.
pub fn returns_this(cx: &Context<'_>, func: FunRef) -> bool {
    let f = cx.l.file(func.file);
    let mut at = func.id;
    while f[at].kind == FnKind::Arrow && f[at].parent.is_some() && f[at].parent != FnId::MODULE {
        at = f[at].parent;
    }
    let returns = cx.l.returns_of(func.with(at));
    !returns.is_empty() && returns.iter().all(|&r| f.expr(f.plain(r)) == Expr::This)
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(40.0), "40");
        assert_eq!(grouped(1000.0), "1,000");
        assert_eq!(grouped(1_234_567.0), "1,234,567");
    }
}
