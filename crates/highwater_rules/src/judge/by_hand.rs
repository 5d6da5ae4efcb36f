//! Handlers of endings that come only when somebody asks: `onsessionclosed` of a session over separate requests is
//! called when the client ends the session, and not when the client is gone.

use highwater_program::graph::resources::Resources;
use highwater_program::graph::{At, FunRef, Linked, entry};
use highwater_program::ir::*;

/// The functions given to such resources when they are made, sorted.
pub fn handlers(l: &Linked) -> Vec<FunRef> {
    if !l.models.iter().any(|m| m.resource.iter().any(|r| r.closed_by_hand)) {
        return Vec::new();
    }
    let resources = Resources::build(l);
    let mut out = Vec::new();
    for (file, f) in l.iter() {
        for &c in &l.ix(file).calls {
            let Expr::New { args, .. } = f.expr(c) else { continue };
            if !resources.of(l, At { file, id: c }).is_some_and(|r| r.closed_by_hand) {
                continue;
            }
            for a in f.exprs_of(args) {
                if let Expr::Object(list) = f.expr(a) {
                    let ends = |k: Key| matches!(k, Key::Named(k) if f.str(k).ends_with("closed"));
                    let given = f.props_of(list).filter(|p| ends(p.key));
                    out.extend(given.flat_map(|p| entry::callbacks(l, At { file, id: p.value }, &[], 1)));
                }
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}
