//! Tests that the product does not touch: which classes they make is known, the rest of them is dropped.
//!
//! Up to half of a code base are tests. A rule asks of them only whether nobody but tests makes a class, and
//! that is in [`Linked::news`] by then. Helpers that code of the product imports stay, and so do classes that
//! extend one of the product: a call may land in them.

use super::linked::{FileId, Linked};
use super::resolve::Target;
use crate::FileRole;
use crate::ir::*;

/// Packages that only tests import.
const TEST_PACKAGES: &[&str] = &[
    "vitest",
    "jest",
    "@jest/globals",
    "@playwright/test",
    "mocha",
    "chai",
    "sinon",
    "supertest",
    "ava",
    "tap",
    "node:test",
    "bun:test",
    "nock",
    "jasmine",
    "@testing-library/react",
    "@testing-library/jest-dom",
    "testcontainers",
];

/// A file that imports a test framework, or describes as they all do, is a test, wherever it lies.
pub(super) fn mark_tests(files: &mut [FileFacts]) {
    for f in files {
        if f.role != FileRole::Source {
            continue;
        }
        if f.sources.iter().any(|&s| TEST_PACKAGES.contains(&f.str(s))) || describes(f) {
            f.role = FileRole::Test;
        } else if is_chore(f) {
            f.role = FileRole::Script;
        }
    }
}

/// `describe("the cart", () => ..)` of the module, with the `describe` that test runners give to every file.
fn describes(f: &FileFacts) -> bool {
    f.stmts_of(f[FnId::MODULE].body).any(|s| {
        let Stmt::Expr(e) = f.stmts[s.ix()] else { return false };
        let Expr::Call { callee, .. } = f.expr(e) else { return false };
        let object = match f.expr(callee) {
            Expr::Member { object, .. } => object,
            _ => callee,
        };
        matches!(f.expr(object), Expr::Global(g) if matches!(f.str(g), "describe" | "suite"))
    })
}

/// `generate-docs.ts`, `buildConfig.js` that give nothing to others: run by hand or by a build.
fn is_chore(f: &FileFacts) -> bool {
    const CHORES: &[&str] = &[
        "build",
        "generate",
        "gen",
        "convert",
        "download",
        "publish",
        "release",
        "prepare",
        "postinstall",
        "bench",
        "benchmark",
        "check",
        "lint",
        "bundle",
        "compile",
        "seed",
        "migrate",
    ];
    let name = f.path.rsplit('/').next().unwrap_or("");
    let words = super::vocabulary::words(name.split('.').next().unwrap_or(""));
    if words.len() < 2 || !words.first().is_some_and(|w| CHORES.contains(&w.as_str())) {
        return false;
    }
    let gives = !f.exports.is_empty()
        || f.exprs.iter().any(|e| matches!(e, Expr::Global(g) if matches!(f.str(*g), "module" | "exports")));
    !gives
}

/// Drops the code of tests that nothing can reach.
pub(super) fn drop_code(l: &mut Linked) {
    let kept = kept(l);
    for (file, kept) in l.files.iter_mut().zip(kept) {
        if !kept {
            crate::read::drop_code(file);
        }
    }
}

/// Files of the product, and what they import or are extended by, in turn.
fn kept(l: &Linked) -> Vec<bool> {
    let mut extended: Vec<Vec<FileId>> = vec![Vec::new(); l.files.len()];
    for (file, f) in l.iter().filter(|(_, f)| f.role == FileRole::Test) {
        for c in &f.classes {
            if let Some(base) = l.class_of_value(super::At { file, id: c.base }, 0) {
                extended[base.file.0 as usize].push(file);
            }
        }
    }
    let mut kept: Vec<bool> = l.files.iter().map(|f| f.role != FileRole::Test).collect();
    let mut work: Vec<usize> = (0..kept.len()).filter(|&i| kept[i]).collect();
    while let Some(from) = work.pop() {
        let file = FileId(from as u32);
        let imported = l.files[from].sources.iter().filter_map(|&s| match l.target(file, s) {
            Some(Target::File(to)) => Some(*to),
            _ => None,
        });
        for to in imported.chain(extended[from].iter().copied()) {
            let to = to.0 as usize;
            if !kept[to] {
                kept[to] = true;
                work.push(to);
            }
        }
    }
    kept
}
