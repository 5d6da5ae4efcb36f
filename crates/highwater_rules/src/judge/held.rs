//! The reasons that hold a place, sharpened: which limit, kept by what, at which line.

use highwater_finding::{Assurance, Evidence, HeldBy};
use highwater_program::graph::linked::Def;
use highwater_program::graph::{ExprRef, Kind, Op, OpKind};
use highwater_program::ir::*;

use super::retention::Retained;
use super::{Context, tell};

/// The assurance of a held place.
pub fn assurance(
    cx: &Context<'_>,
    rule: &'static str,
    r: &Retained,
    by: HeldBy,
    why: &str,
    op: Option<Op>,
) -> Assurance {
    let reason = match (by, op) {
        (HeldBy::SizeLimit, Some(op)) if op.kind == OpKind::SizeCheck => limited(cx, r, &op),
        (HeldBy::NotInProduction, _) => not_in_production(cx, r),
        _ => why.to_string(),
    };
    let mut out = tell::assurance(cx, rule, r, by, &reason, op);
    if let Some(remover) = op.filter(|o| o.kind == OpKind::SizeCheck).and_then(|check| remover(cx, r, &check))
    {
        let claim = format!("`{}` removes what is too much", verb(cx, &remover));
        out.evidence.push(Evidence { claim, place: Some(cx.l.place_of_expr(remover.site)) });
    }
    out
}

/// "at most 40: `splice` at line 88 runs after each push".
fn limited(cx: &Context<'_>, r: &Retained, check: &Op) -> String {
    let limit = limit_words(cx, check);
    let line = cx.l.place_of_expr(check.site).line;
    match remover(cx, r, check) {
        Some(op) => {
            let at = cx.l.place_of_expr(op.site).line;
            format!(
                "at most {limit}: `{}` at line {at} runs after each {}",
                verb(cx, &op),
                growth_verb(cx, r)
            )
        }
        None => format!("at most {limit}: the check at line {line} refuses more"),
    }
}

/// The removal that a size check leads to.
fn remover(cx: &Context<'_>, r: &Retained, check: &Op) -> Option<Op> {
    let ops = cx.program.effects.of(&r.place);
    ops.iter().find(|o| o.kind.shrinks() && o.func == check.func && o.site.file == check.site.file).copied()
}

/// `splice`, `delete`, `clear`, `slice`.
fn verb(cx: &Context<'_>, op: &Op) -> String {
    let f = cx.l.file(op.site.file);
    let called = |e: ExprId| match f.expr(f.plain(e)) {
        Expr::Call { callee, .. } => highwater_program::graph::entry::callee_name(f, callee),
        _ => None,
    };
    let name = match f.expr(op.site.id) {
        Expr::Call { .. } => called(op.site.id),
        Expr::Assign { value, .. } => called(value),
        _ => None,
    };
    match (name, op.kind) {
        (Some(name), _) => name.to_string(),
        (None, OpKind::Remove) => "delete".into(),
        (None, OpKind::Truncate | OpKind::Clear) => "length =".into(),
        (None, _) => "the assignment".into(),
    }
}

fn growth_verb(cx: &Context<'_>, r: &Retained) -> String {
    match r.grows.first() {
        Some((op, _)) if r.kind != Kind::Str && op.kind != OpKind::Merge => match verb(cx, op).as_str() {
            "the assignment" | "length =" => "assignment".into(),
            name => format!("`{name}`"),
        },
        _ => "growth".into(),
    }
}

fn not_in_production(cx: &Context<'_>, r: &Retained) -> String {
    let class = match &r.place.base {
        highwater_program::graph::Base::Field(c, _) => cx.l.file(c.file).str(cx.l.class(*c).name),
        _ => "",
    };
    if class.is_empty() {
        "only tests and scripts build it".into()
    } else {
        format!("only tests build `{class}`")
    }
}

/// The limit of a size check: "40", "40 (`THREAD_LENGTH`)", "`options.max`".
pub fn limit_words(cx: &Context<'_>, check: &Op) -> String {
    let limit = check.site.with(check.key);
    match (constant(cx, limit, 0), cx.l.expr(limit)) {
        (Some(n), Expr::Num(_)) => n,
        (Some(n), _) => format!("{n} (`{}`)", cx.l.text(limit)),
        (None, _) => match cx.l.text(limit).as_str() {
            "an expression" => "a computed limit".into(),
            text => format!("`{text}`"),
        },
    }
}

/// The number that an expression stands for, as it is written.
fn constant(cx: &Context<'_>, e: ExprRef, depth: u8) -> Option<String> {
    number(cx, e, depth).map(|n| {
        if n.fract().abs() < f64::EPSILON && n.abs() < 1e15 { thousands(n as i64) } else { n.to_string() }
    })
}

/// The value of a constant expression.
pub fn number(cx: &Context<'_>, e: ExprRef, depth: u8) -> Option<f64> {
    if depth > 4 || !e.id.is_some() {
        return None;
    }
    let f = cx.l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Num(i) => f.numbers.get(i as usize).copied(),
        Expr::Binary { op, left, right } => {
            let (a, b) = (number(cx, e.with(left), depth + 1)?, number(cx, e.with(right), depth + 1)?);
            match op {
                BinOp::Add => Some(a + b),
                BinOp::Sub => Some(a - b),
                BinOp::Mul => Some(a * b),
                BinOp::Div if b != 0.0 => Some(a / b),
                _ => None,
            }
        }
        Expr::Ref(_) | Expr::Member { .. } => match cx.l.def(e, 0)? {
            Def::Binding(b) => {
                let slot = cx.l.binding(b);
                let fixed = slot.writes == 0 && slot.kind != BindingKind::Param && slot.init.is_some();
                if fixed { number(cx, b.with(slot.init), depth + 1) } else { None }
            }
            Def::Value(v) if v != e => number(cx, v, depth + 1),
            _ => None,
        },
        _ => None,
    }
}

/// "1,000".
pub fn thousands(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if n < 0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            (thousands(40), thousands(1000), thousands(-1_234_567)),
            ("40".into(), "1,000".into(), "-1,234,567".into())
        );
    }
}
