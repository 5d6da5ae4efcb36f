//! Entry points that somebody names, beside those that are recognised.

use rustc_hash::FxHashSet;

use super::entry::{Entries, Entry, functions_of_def};
use super::linked::{At, Def, FileId, FunRef, Linked};
use super::rates::Rate;
use crate::FileRole;
use crate::ir::*;

/// Functions of a file that run again and again because something outside the program calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// Path of the file as its facts have it.
    pub file: String,
    /// A function or a method (`run`, `Worker.run`); without it, every function that the file exports.
    pub name: Option<String>,
}

/// Adds them to the entry points, but for those that are there already and recur.
pub(super) fn add(l: &Linked, points: &[EntryPoint], out: &mut Entries) {
    let mut known: FxHashSet<FunRef> = out.list.iter().filter(|e| e.rate.recurs()).map(|e| e.func).collect();
    for point in points {
        let Ok(at) = l.files.binary_search_by(|f| f.path.as_str().cmp(&point.file)) else { continue };
        let file = FileId(at as u32);
        if l.file(file).role == FileRole::Test {
            continue;
        }
        for func in functions(l, file, point.name.as_deref()) {
            out.named.insert(func);
            if known.insert(func) {
                let label = format!("a call of `{}`", l.fn_name(func));
                out.list.push(Entry { func, rate: Rate::Message, label, site: None });
            }
        }
    }
}

impl EntryPoint {
    /// Whether it stands for any function of the program.
    pub fn is_in(&self, l: &Linked) -> bool {
        let at = l.files.binary_search_by(|f| f.path.as_str().cmp(&self.file));
        at.is_ok_and(|at| !functions(l, FileId(at as u32), self.name.as_deref()).is_empty())
    }
}

/// The functions that a name in a file stands for, or every function that the file exports.
fn functions(l: &Linked, file: FileId, name: Option<&str>) -> Vec<FunRef> {
    let f = l.file(file);
    let Some(name) = name else {
        let names = f.exports.iter().filter_map(|e| match e {
            Export::Local { name, .. } | Export::Value { name, .. } => Some(*name),
            Export::From { .. } => None,
        });
        return names.flat_map(|n| exported(l, file, f.str(n))).collect();
    };
    let (head, member) = name.split_once('.').map_or((name, None), |(head, member)| (head, Some(member)));
    let found = l.export(file, head, 0).map_or_else(Vec::new, |def| functions_of_def(l, &def, member));
    if !found.is_empty() {
        return found.into_iter().filter(|func| func.file == file).collect();
    }
    // Not exported: something of the module itself.
    if let Some(member) = member {
        let classes = (0..f.classes.len() as u32).map(ClassId).filter(|c| f.str(f[*c].name) == head);
        return classes.filter_map(|c| f.method_named(c, member)).map(|m| At { file, id: m.func }).collect();
    }
    let all = (0..f.functions.len() as u32).map(FnId).filter(|func| *func != FnId::MODULE);
    let own = all.filter(|func| f[*func].parent == FnId::MODULE && f.str(f[*func].name) == head);
    own.map(|id| At { file, id }).collect()
}

/// What one export runs: itself, the methods of a class, the functions of an object.
fn exported(l: &Linked, file: FileId, name: &str) -> Vec<FunRef> {
    let Some(def) = l.export(file, name, 0) else { return Vec::new() };
    let mut found = functions_of_def(l, &def, None);
    let value = match &def {
        Def::Binding(b) => {
            let slot = l.binding(*b);
            if let Some(class) = slot.class.get() {
                found.extend(methods(l, b.with(class)));
            }
            b.with(slot.init)
        }
        Def::Value(value) => *value,
        _ => return found,
    };
    let f = l.file(value.file);
    match f.expr(f.plain(value.id)) {
        Expr::Class(class) => found.extend(methods(l, value.with(class))),
        Expr::Object(list) => {
            let values = f.props_of(list).map(|p| f.expr(f.plain(p.value)));
            found.extend(values.filter_map(|e| match e {
                Expr::Fn(func) => Some(value.with(func)),
                _ => None,
            }));
        }
        _ => {}
    }
    found.retain(|func| func.file == file);
    found
}

/// Methods that others can call.
fn methods(l: &Linked, class: At<ClassId>) -> Vec<FunRef> {
    let f = l.file(class.file);
    let open = l.class(class).methods.iter().filter(|m| {
        let name = f.str(m.name);
        name != "constructor" && !name.starts_with('#') && f[m.func].kind == FnKind::Method
    });
    open.map(|m| class.with(m.func)).collect()
}
