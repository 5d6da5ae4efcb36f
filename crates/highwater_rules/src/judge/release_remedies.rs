//! Remedies of rules about things that must be given back: the parts that those rules share.

use highwater_finding::{Effort, Finding, Remedy};
use highwater_program::graph::FileId;
use highwater_program::graph::index::Up;
use highwater_program::graph::paths::{self, Holder};
use highwater_program::ir::*;

use super::acquired::{Acquired, Kept};
use super::code::of_expr;
use super::{Context, scene};

/// A remedy before its language is known.
pub struct Move {
    /// Imperative, one line.
    pub title: String,
    /// What it buys and what it costs.
    pub benefit: &'static str,
    /// Code.
    pub code: String,
    /// Memory afterwards.
    pub after: &'static str,
    /// Effort.
    pub effort: Effort,
}

/// The moves as remedies for a file, the first one recommended.
pub fn remedies(cx: &Context<'_>, file: FileId, before: &str, moves: Vec<Move>) -> Vec<Remedy> {
    let language = language(&cx.l.file(file).path);
    moves
        .into_iter()
        .enumerate()
        .map(|(i, m)| Remedy {
            title: m.title,
            benefit: m.benefit.into(),
            language: if m.code.is_empty() { String::new() } else { language.into() },
            code: m.code,
            before_after: Some((before.into(), m.after.into())),
            effort: m.effort,
            recommended: i == 0,
            edits: vec![],
        })
        .collect()
}

/// A move that takes minutes.
pub fn quick(title: String, benefit: &'static str, code: String, after: &'static str) -> Move {
    Move { title, benefit, code, after, effort: Effort::Minutes }
}

/// A finding with the one thing to do about it.
pub fn with(cx: &Context<'_>, mut finding: Finding, file: FileId, before: &str, what: Move) -> Finding {
    finding.remedies = remedies(cx, file, before, vec![what]);
    finding
}

/// The language tag of a file's code.
pub fn language(path: &str) -> &'static str {
    let end = path.rsplit('.').next().unwrap_or("");
    if end.starts_with("ts") || end.ends_with("ts") { "ts" } else { "js" }
}

/// A body within `try`, with an end that is never missed.
pub fn try_finally(inner: &str, end: &str) -> String {
    format!("try {{\n  {inner}\n}} finally {{\n  {end}\n}}")
}

/// The name that holds a resource, or one for it where nothing does.
pub fn handle_name(cx: &Context<'_>, a: &Acquired<'_>) -> String {
    if a.kept == Kept::Named {
        return a.name.clone();
    }
    let what = a.model.what.rsplit(' ').next().unwrap_or("handle").to_lowercase();
    scene::fresh(cx.l.file(a.site.file), &what)
}

/// The declared name that holds it.
pub fn bound(cx: &Context<'_>, a: &Acquired<'_>) -> Option<BindingId> {
    match paths::holder(cx.l, a.site).0 {
        Holder::Name(b) => Some(b),
        _ => None,
    }
}

/// The statement that acquires it, as the code has it.
pub fn acquire_text(cx: &Context<'_>, a: &Acquired<'_>, name: &str) -> Option<String> {
    let f = cx.l.file(a.site.file);
    let call = scene::call_text(cx, a.site)?;
    let (_, at) = paths::holder(cx.l, a.site);
    let awaits = if is_awaited(cx, a) { "await " } else { "" };
    let assigned = matches!(f.expr(at), Expr::Assign { .. });
    let word = match bound(cx, a).map(|b| f[b].kind) {
        _ if assigned => "",
        Some(BindingKind::Let) => "let ",
        Some(BindingKind::Var) => "var ",
        _ => "const ",
    };
    Some(format!("{word}{name} = {awaits}{call};"))
}

fn is_awaited(cx: &Context<'_>, a: &Acquired<'_>) -> bool {
    let f = cx.l.file(a.site.file);
    matches!(cx.l.ix(a.site.file).up(a.site.id), Up::Expr(p) if matches!(f.expr(p), Expr::Await(_)))
}

/// The call that gives it back: as the code does it elsewhere, else by the first way that its model names.
pub fn release_text(cx: &Context<'_>, a: &Acquired<'_>, name: &str) -> Option<String> {
    let f = cx.l.file(a.site.file);
    for r in &a.paths.releases {
        let waits = matches!(cx.l.ix(a.site.file).up(*r), Up::Expr(p) if matches!(f.expr(p), Expr::Await(_)));
        if let Some(text) = of_expr(cx, a.site.with(*r), 0).filter(|t| t.contains(name)) {
            return Some(if waits { format!("await {text}") } else { text });
        }
    }
    let is_plain = |m: &&String| m.chars().all(|c| c.is_alphanumeric() || c == '$' || c == '_');
    let Some(method) = a.model.release.iter().find(is_plain) else {
        let by =
            a.model.released_by.iter().find(|n| !matches!(n.as_str(), "pipeline" | "pipe" | "finished"))?;
        return Some(format!("{by}({name})"));
    };
    let at_once =
        matches!(method.as_str(), "release" | "destroy" | "kill" | "releaseLock" | "stop" | "cancel");
    let slow = is_awaited(cx, a) || matches!(method.as_str(), "disconnect" | "quit" | "$disconnect");
    let waits = slow && !at_once && scene::is_async(cx, a.site);
    Some(format!("{}{name}.{method}()", if waits { "await " } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn knows_the_language_by_the_ending() {
        assert_eq!(language("src/a.mts"), "ts");
        assert_eq!(language("src/a.tsx"), "ts");
        assert_eq!(language("src/a.cjs"), "js");
    }
}
