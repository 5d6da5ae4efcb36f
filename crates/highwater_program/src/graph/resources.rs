//! Which calls acquire something that must be given back, according to the models.

use rustc_hash::FxHashMap;

use super::linked::{ExprRef, Linked};
use super::types::Ty;
use crate::ir::*;
use crate::model::ResourceModel;

/// Makers of resources, by package (empty for globals and for methods of modelled types).
pub struct Resources<'m> {
    makers: FxHashMap<(&'m str, &'m str), &'m ResourceModel>,
}

impl<'m> Resources<'m> {
    /// Indexes the models of a program.
    pub fn build(l: &'m Linked) -> Resources<'m> {
        let mut makers = FxHashMap::default();
        for m in &l.models {
            let packages: Vec<&str> = if m.packages.is_empty() {
                vec![""]
            } else {
                m.packages.iter().map(|p| p.strip_prefix("node:").unwrap_or(p)).collect()
            };
            for r in &m.resource {
                for maker in &r.makers {
                    for p in &packages {
                        makers.entry((*p, maker.as_str())).or_insert(r);
                    }
                    if of_type(l, maker) {
                        makers.entry(("", maker.as_str())).or_insert(r);
                    }
                }
            }
        }
        Resources { makers }
    }

    /// The resource that a call or `new` acquires.
    pub fn of(&self, l: &Linked, e: ExprRef) -> Option<&'m ResourceModel> {
        let f = l.file(e.file);
        let (callee, new) = match f.expr(e.id) {
            Expr::Call { callee, .. } => (callee, ""),
            Expr::New { callee, .. } => (callee, "new "),
            _ => return None,
        };
        match f.expr(f.plain(callee)) {
            Expr::Global(g) => return self.get("", &format!("{new}{}", f.str(g))),
            Expr::Member { object, property } => {
                if let Expr::Global(g) = f.expr(object) {
                    return self.get("", &format!("{new}{}.{}", f.str(g), f.str(property)));
                }
                if let Ty::Lib(t) = l.type_of(e.with(object))
                    && let Some(r) = self.get("", &format!("{t}.{}", f.str(property)))
                {
                    return Some(r);
                }
            }
            _ => {}
        }
        if new == "new " && l.class_of_value(e.with(callee), 0).is_some() {
            return None;
        }
        let (package, name) = l.external(e.with(callee))?;
        let short = name.strip_prefix("default.").unwrap_or(&name);
        let short = if matches!(short, "*" | "default") { "default" } else { short };
        self.get(&package, &format!("{new}{short}")).or_else(|| self.get(&package, &format!("{new}{name}")))
    }

    fn get(&self, package: &str, maker: &str) -> Option<&'m ResourceModel> {
        self.makers.get(&(package, maker)).copied()
    }
}

/// `pg.Pool.connect`: a method of a modelled type.
fn of_type(l: &Linked, maker: &str) -> bool {
    maker.rsplit_once('.').is_some_and(|(t, _)| l.model_index.type_model(&l.models, t).is_some())
}
