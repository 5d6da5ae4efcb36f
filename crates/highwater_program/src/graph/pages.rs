//! Which files of a service are code of its pages: they run in browsers, whatever the package is.

use crate::ir::*;

/// What only pages have. `navigator` and `location` exist elsewhere too.
const OF_PAGES: &[&str] = &["document", "window", "localStorage", "sessionStorage", "jQuery", "$"];
/// Calls that send their function into a page and run it there.
const SENT_TO_PAGES: &[&str] = &["evaluate", "evaluateHandle", "$eval", "$$eval", "waitForFunction"];
/// Folders that a server hands out as they are.
const HANDED_OUT: &[&str] = &["public", "static", "wwwroot", "www"];
/// Modules of Node that bundlers have no stand-in for.
const OF_NODE: &[&str] = &[
    "async_hooks",
    "child_process",
    "cluster",
    "dgram",
    "dns",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "perf_hooks",
    "readline",
    "tls",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// True for a file that uses what only pages have, and nothing of Node; also for scripts in folders that are handed
/// out. A file that asks whether there is a page runs in both.
pub(super) fn is_page(f: &FileFacts) -> bool {
    let of_node = |s: &str| s.starts_with("node:") || OF_NODE.contains(&s);
    if f.sources.iter().any(|&s| of_node(f.str(s))) {
        return false;
    }
    handed_out(&f.path) || uses_page(f)
}

/// `public/js/app.js`, not `public/index.ts`: what is handed out as it is has been compiled.
fn handed_out(path: &str) -> bool {
    let script = [".js", ".mjs"].iter().any(|end| path.ends_with(end));
    script && path.rsplit('/').skip(1).any(|folder| HANDED_OUT.contains(&folder))
}

fn uses_page(f: &FileFacts) -> bool {
    let words = f.atoms.among(OF_PAGES);
    if words.is_empty() || !f.atoms.among(SENT_TO_PAGES).is_empty() {
        return false;
    }
    let of_page = |e: &Expr| matches!(e, Expr::Global(g) if words.contains(g));
    let mut found = false;
    for e in &f.exprs {
        match *e {
            Expr::Unary { op: UnOp::Typeof, value } if of_page(&f.expr(value)) => return false,
            Expr::Global(_) => found |= of_page(e),
            _ => {}
        }
    }
    found
}
