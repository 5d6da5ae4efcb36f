//! Routers mounted under a path: `app.use('/api/projects', router)` makes `POST /` into `POST /api/projects`.

use super::entry::{Entry, callbacks, callee_name};
use super::linked::{At, ExprRef, Linked};
use super::places::PlaceId;
use super::types::Ty;
use crate::FileRole;
use crate::ir::*;

/// A router below a path of another.
struct Mount {
    parent: Option<PlaceId>,
    prefix: String,
    child: PlaceId,
}

/// Writes the whole path into the label of each route.
pub fn apply(l: &Linked, entries: &mut [Entry]) {
    let mounts = collect(l);
    if mounts.is_empty() {
        return;
    }
    for e in entries {
        let Some(site) = e.site else { continue };
        let Some((method, path)) = e.label.split_once(' ') else { continue };
        if !path.starts_with('/') || !method.chars().all(|c| c.is_ascii_uppercase()) {
            continue;
        }
        let Some(router) = receiver(l, site) else { continue };
        let prefix = prefix_of(&mounts, &router, 0);
        if !prefix.is_empty() {
            e.label = format!("{method} {}", join(&prefix, path));
        }
    }
}

fn collect(l: &Linked) -> Vec<Mount> {
    let mut out = Vec::new();
    for (file, f) in l.iter().filter(|(_, f)| f.role != FileRole::Test) {
        if !l.ix(file).may_call(&["use", "route", "mount", "register"]) {
            continue;
        }
        for &call in &l.ix(file).calls {
            let Expr::Call { callee, args } = f.expr(call) else { continue };
            let at = At { file, id: call };
            match callee_name(f, callee) {
                Some("use" | "route" | "mount") => mounted(l, at, args, &mut out),
                Some("register") => registered(l, at, args, &mut out),
                _ => {}
            }
        }
    }
    out
}

/// `app.use('/x', router)`, `app.route('/x', routes)`.
fn mounted(l: &Linked, call: ExprRef, args: List, out: &mut Vec<Mount>) {
    let f = l.file(call.file);
    let Expr::Str(prefix) = f.expr(f.nth(args, 0)) else { return };
    let prefix = f.str(prefix);
    if !prefix.starts_with('/') || prefix.len() < 2 {
        return;
    }
    for a in f.exprs_of(args).skip(1) {
        if let Some(child) = router(l, call.with(a)) {
            out.push(Mount { parent: receiver(l, call), prefix: prefix.into(), child });
        }
    }
}

/// `app.register(plugin, { prefix: '/x' })`: the plugin's first parameter is the router.
fn registered(l: &Linked, call: ExprRef, args: List, out: &mut Vec<Mount>) {
    let f = l.file(call.file);
    let Some(prefix) = f.prop(f.nth(args, 1), "prefix") else { return };
    let Expr::Str(prefix) = f.expr(prefix) else { return };
    for func in callbacks(l, call.with(f.nth(args, 0)), &[], 1) {
        if let Some(param) = l.file(func.file).params(func.id).next() {
            let child = super::places::binding_place(func.with(param));
            out.push(Mount { parent: receiver(l, call), prefix: f.str(prefix).into(), child });
        }
    }
}

/// The router that a call is made on.
fn receiver(l: &Linked, call: ExprRef) -> Option<PlaceId> {
    let f = l.file(call.file);
    let Expr::Call { callee, .. } = f.expr(call.id) else { return None };
    let Expr::Member { object, .. } = f.expr(callee) else { return None };
    router(l, call.with(object))
}

/// The router that an expression stands for: a name, or what a function of the tree makes and returns.
fn router(l: &Linked, e: ExprRef) -> Option<PlaceId> {
    let f = l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Ref(_) | Expr::Member { .. } => l.place(e),
        Expr::Call { callee, .. } => {
            let Ty::Fn(func) = l.type_of(e.with(callee)) else { return None };
            let made =
                l.returns_of(func).into_iter().find(|&r| matches!(l.expr(func.with(r)), Expr::Ref(_)))?;
            l.place(func.with(made))
        }
        _ => None,
    }
}

fn prefix_of(mounts: &[Mount], router: &PlaceId, depth: u8) -> String {
    let Some(m) = mounts.iter().find(|m| m.child == *router).filter(|_| depth < 5) else {
        return String::new();
    };
    let above = m.parent.as_ref().map_or(String::new(), |p| prefix_of(mounts, p, depth + 1));
    if above.is_empty() { m.prefix.clone() } else { join(&above, &m.prefix) }
}

fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('*').trim_end_matches('/');
    if path == "/" { prefix.to_string() } else { format!("{prefix}{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        assert_eq!(join("/api/projects", "/"), "/api/projects");
        assert_eq!(join("/api/", "/:id"), "/api/:id");
    }
}
