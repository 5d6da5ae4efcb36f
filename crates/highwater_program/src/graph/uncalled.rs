//! Exported functions and methods of an application that nothing names: nobody is outside to call them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::Calls;
use super::index::Up;
use super::linked::{At, FileId, FunRef, Linked};
use crate::FileRole;
use crate::ir::*;

/// What frameworks and runtimes look for by name.
const FOUND: &[&str] = &[
    "default",
    "handler",
    "main",
    "start",
    "stop",
    "activate",
    "deactivate",
    "register",
    "setup",
    "teardown",
    "config",
    "loader",
    "action",
    "run",
    "up",
    "down",
    "execute",
    "init",
    "fetch",
    "scheduled",
    "queue",
    "load",
    "toJSON",
    "toString",
    "valueOf",
    "then",
    "dispose",
    "close",
    "destroy",
    "get",
    "set",
    "apply",
    "construct",
    "default_",
    "next",
    "return",
    "throw",
    "handle",
    "process",
    "validate",
    "transform",
    "resolve",
];

/// Numbers of the functions that are exported, and that no code but tests names.
pub(super) fn find(l: &Linked, calls: &Calls) -> FxHashSet<u32> {
    let entered: FxHashSet<FunRef> = calls.entries.list.iter().map(|e| e.func).collect();
    let mut asked: Vec<(FunRef, Atom)> = Vec::new();
    for (file, f) in l.iter().filter(|(file, _)| is_closed(l, *file)) {
        let mut ask = |func: FnId, name: Atom| {
            let at = At { file, id: func };
            let text = f.str(name);
            if func.is_some()
                && text.len() > 2
                && !FOUND.contains(&text)
                && !text.starts_with(['[', '('])
                && f[func].decorators.is_empty()
                && !entered.contains(&at)
                && calls.callers(at).next().is_none()
            {
                asked.push((at, name));
            }
        };
        for e in &f.exports {
            match e {
                Export::Local { name, binding } => ask(f[*binding].function, *name),
                Export::Value { name, value } => {
                    if let Expr::Fn(func) = f.expr(*value) {
                        ask(func, *name);
                    }
                }
                Export::From { .. } => {}
            }
        }
        for c in &f.classes {
            let outside = c.base.is_some() && l.class_of_value(At { file, id: c.base }, 0).is_none();
            if outside || !c.implements.is_empty() || !c.decorators.is_empty() {
                continue;
            }
            for m in c.methods.iter().filter(|m| f.str(m.name) != "constructor") {
                ask(m.func, m.name);
            }
        }
    }
    let named = Mentions::of(l, &asked);
    asked.retain(|(func, name)| !named.elsewhere(l, *func, *name));
    let mut found = FxHashSet::default();
    for beside in asked.chunk_by(|(a, _), (b, _)| a.file == b.file) {
        let named = named_here(l, beside);
        found.extend(beside.iter().filter(|(_, name)| !named.contains(name)).map(|(f, _)| calls.number(*f)));
    }
    found
}

/// In which file a name stands: one, or several.
struct Mentions<'l>(FxHashMap<&'l str, (FileId, bool)>);

impl<'l> Mentions<'l> {
    fn of(l: &'l Linked, asked: &[(FunRef, Atom)]) -> Self {
        let mut found: FxHashMap<&str, (FileId, bool)> =
            asked.iter().map(|(func, name)| (l.file(func.file).str(*name), (func.file, false))).collect();
        if found.is_empty() {
            return Mentions(found);
        }
        for (file, f) in l.iter() {
            // A file that only passes names on uses none.
            if f.role == FileRole::Test || f.stmts.is_empty() {
                continue;
            }
            for i in 0..f.atoms.len() as u32 {
                if let Some((first, several)) = found.get_mut(f.str(Atom(i)))
                    && *first != file
                {
                    *several = true;
                }
            }
        }
        Mentions(found)
    }

    fn elsewhere(&self, l: &Linked, func: FunRef, name: Atom) -> bool {
        self.0.get(l.file(func.file).str(name)).is_none_or(|(first, several)| *several || *first != func.file)
    }
}

/// The names of functions of one file that it names other than where it declares them.
fn named_here(l: &Linked, beside: &[(FunRef, Atom)]) -> FxHashSet<Atom> {
    let Some((first, _)) = beside.first() else { return FxHashSet::default() };
    let (f, ix) = (l.file(first.file), l.ix(first.file));
    let asked: FxHashSet<Atom> = beside.iter().map(|(_, name)| *name).collect();
    let set = |e: ExprId| {
        matches!(ix.up(e), Up::Expr(p)
            if matches!(f.expr(p), Expr::Assign { target, .. } if target == e))
    };
    let names = f.exprs.iter().enumerate().filter_map(|(i, e)| match *e {
        Expr::Str(s) => Some(s),
        Expr::Member { property, .. } if asked.contains(&property) && !set(ExprId(i as u32)) => {
            Some(property)
        }
        _ => None,
    });
    names.filter(|name| asked.contains(name)).collect()
}

/// A file of an application of which only what is imported runs.
fn is_closed(l: &Linked, file: FileId) -> bool {
    l.by_import.get(file.0 as usize).is_some_and(|b| *b)
        && l.package(file).is_none_or(|p| p.is_private || !p.has_api)
}
