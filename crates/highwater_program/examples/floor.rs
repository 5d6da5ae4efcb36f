//! The least work that any checker of a whole code base has: what `cargo xtask bench` compares `highwater scan` with.
//!
//! Walks the folders given, reads, parses and scope-analyses the source files that `highwater scan` would read,
//! visits each tree once counting calls and members, and resolves every import. It keeps specifiers and counts,
//! nothing else. Prints its counts, so that none of the work can be left out. Not shipped.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for measurements: it reads the files that it is given and speaks"
)]

use std::path::{Path, PathBuf};

use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_resolver::{ResolveOptions, Resolver, TsconfigDiscovery};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use rayon::prelude::*;

const ENDINGS: &[&str] = &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];
/// Folders that the scan does not enter either.
const FOREIGN: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    "dist",
    "vendor",
    "vendors",
    "__pycache__",
    "Pods",
];
/// No longer written by hand, so not read by the scan: a line, and lines on average.
const LONG_LINE: usize = 20_000;
const LONG_AVERAGE: usize = 500;

fn main() {
    let mut files = Vec::new();
    for root in std::env::args().skip(1) {
        walk_folder(Path::new(&root), &mut files);
    }
    files.sort();
    let resolver = Resolver::new(options());
    let pool = rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build();
    let all = || files.par_iter().map(|file| one(file, &resolver)).reduce(Counts::default, Counts::plus);
    let counts = pool.map_or_else(|_| all(), |pool| pool.install(all));
    println!("{} files, {counts:?}", files.len());
}

/// Collects source files. Hidden names and links are left alone, as the scan leaves them.
fn walk_folder(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && !FOREIGN.contains(&&*name) {
            walk_folder(&path, out);
        } else if kind.is_file() && is_source(&name) {
            out.push(path);
        }
    }
}

fn is_source(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let is_declaration = ending.ends_with("ts") && stem.split('.').skip(1).any(|part| part == "d");
    ENDINGS.contains(&ending) && !is_declaration && !name.contains(".min.")
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    bytes: usize,
    symbols: usize,
    calls: usize,
    members: usize,
    imports: usize,
    resolved: usize,
}

impl Counts {
    fn plus(self, other: Counts) -> Counts {
        Counts {
            bytes: self.bytes + other.bytes,
            symbols: self.symbols + other.symbols,
            calls: self.calls + other.calls,
            members: self.members + other.members,
            imports: self.imports + other.imports,
            resolved: self.resolved + other.resolved,
        }
    }
}

/// Reads, parses, analyses, visits one file and resolves its imports.
fn one(file: &Path, resolver: &Resolver) -> Counts {
    let Ok(text) = std::fs::read_to_string(file) else { return Counts::default() };
    let lines = text.as_bytes().split(|b| *b == b'\n');
    let (count, longest) = lines.fold((0, 0), |(n, max), line| (n + 1, line.len().max(max)));
    if longest > LONG_LINE || (text.len() >= 2 * LONG_AVERAGE && text.len() / count > LONG_AVERAGE) {
        return Counts::default();
    }
    let source_type = SourceType::from_path(file).unwrap_or_default();
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &text, source_type).parse();
    let semantic = SemanticBuilder::new().with_build_nodes(false).build(&parsed.program).semantic;
    let mut pass = Pass::default();
    pass.visit_program(&parsed.program);
    let resolved = pass.sources.iter().filter(|s| resolver.resolve_file(file, s).is_ok()).count();
    Counts {
        bytes: text.len(),
        symbols: semantic.scoping().symbols_len(),
        calls: pass.calls,
        members: pass.members,
        imports: pass.sources.len(),
        resolved,
    }
}

/// One pass of extraction.
#[derive(Default)]
struct Pass {
    calls: usize,
    members: usize,
    sources: Vec<String>,
}

impl<'a> Visit<'a> for Pass {
    fn visit_call_expression(&mut self, call: &ast::CallExpression<'a>) {
        self.calls += 1;
        if let ast::Expression::Identifier(callee) = &call.callee
            && callee.name == "require"
            && let Some(ast::Argument::StringLiteral(source)) = call.arguments.first()
        {
            self.sources.push(source.value.to_string());
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_static_member_expression(&mut self, member: &ast::StaticMemberExpression<'a>) {
        self.members += 1;
        walk::walk_static_member_expression(self, member);
    }

    fn visit_import_declaration(&mut self, import: &ast::ImportDeclaration<'a>) {
        self.sources.push(import.source.value.to_string());
    }

    fn visit_export_all_declaration(&mut self, export: &ast::ExportAllDeclaration<'a>) {
        self.sources.push(export.source.value.to_string());
    }

    fn visit_export_from_declaration(&mut self, export: &ast::ExportFromDeclaration<'a>) {
        self.sources.push(export.source.value.to_string());
    }
}

fn options() -> ResolveOptions {
    let alias = |from: &str, to: &[&str]| (from.to_string(), to.iter().map(|s| (*s).to_string()).collect());
    ResolveOptions {
        tsconfig: Some(TsconfigDiscovery::Auto),
        extensions: ENDINGS.iter().map(|e| format!(".{e}")).collect(),
        extension_alias: vec![alias(".js", &[".ts", ".tsx", ".js"]), alias(".mjs", &[".mts", ".mjs"])],
        condition_names: ["node", "import", "require", "default"].map(str::to_string).to_vec(),
        ..ResolveOptions::default()
    }
}
