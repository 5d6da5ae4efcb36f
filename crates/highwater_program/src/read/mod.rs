//! Parse one file, keep facts, drop the tree. Arenas live and die inside [`read_file`].

mod class_makers;
mod comments;
mod glance;
mod lower;
mod lower_expr;
mod lower_item;
mod lower_pattern;
mod lower_type;
mod old_style;
mod recover;
pub(crate) use old_style::this_function;
mod script_blocks;
mod symbol_keys;

use std::cell::Cell;

use highwater_finding::{Place, Problem, ProblemKind};
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{SemanticBuilder, Stats};
use oxc_span::SourceType;

use crate::FileRole;
use crate::ir::*;
use crate::names::NameIndex;
use lower::Lowerer;
use lower_expr::EXPR_DEPTH_MAX;

/// Brackets deeper than this are refused: the parser recurses, and no person writes such code.
const DEPTH_MAX: usize = 3_000;

/// Parses one file and keeps only facts. Never fails: a broken file gives its problems and whatever was readable.
///
/// `path` is relative to the scanned root and decides the language; offsets in the result are bytes of `text`.
pub fn read_file(path: &str, text: &str, role: FileRole) -> FileFacts {
    let mut facts = empty(path, text, role);
    let blocks = script_blocks::extract(path, text);
    if role == FileRole::Test && blocks.is_none() && glance::over(&mut facts, text).is_some() {
        return facts;
    }
    facts.line_starts = line_starts(text, facts.lines);
    if text.len() > u32::MAX as usize / 2 {
        facts.problems.push(problem(
            &facts,
            0,
            ProblemKind::TooLarge,
            "the file is larger than 2 GiB; skipped",
        ));
        return facts;
    }
    if bracket_depth(text) > DEPTH_MAX {
        let message = format!("brackets are nested more than {DEPTH_MAX} levels deep; skipped");
        facts.problems.push(problem(&facts, 0, ProblemKind::Syntax, &message));
        return facts;
    }
    let (source, types) = match &blocks {
        Some(b) => (b.text.as_str(), vec![b.source_type]),
        None => (text, source_types(path)),
    };
    facts.is_block = blocks.is_some();
    for (i, ty) in types.iter().enumerate() {
        let last = i + 1 == types.len();
        if parse(&mut facts, source, *ty, last).is_ok() {
            break;
        }
    }
    facts
}

fn empty(path: &str, text: &str, role: FileRole) -> FileFacts {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).count() as u32;
    let lines = ends + 1 - u32::from(text.is_empty() || text.ends_with('\n'));
    let ext = path.rsplit('.').next().unwrap_or("");
    FileFacts {
        path: path.into(),
        role,
        lines,
        bytes: text.len() as u32,
        line_starts: vec![0],
        suppressions: vec![],
        problems: vec![],
        atoms: Atoms::default(),
        exprs: vec![],
        spans: vec![],
        stmts: vec![],
        stmt_spans: vec![],
        lists: vec![],
        numbers: vec![],
        props: vec![],
        tries: vec![],
        cases: vec![],
        bindings: vec![],
        functions: vec![module_function()],
        classes: vec![],
        types: vec![],
        type_decls: vec![],
        type_args: vec![],
        imports: vec![],
        exports: vec![],
        sources: vec![],
        member_classes: vec![],
        names: NameIndex::default(),
        is_component: matches!(ext, "jsx" | "tsx" | "vue" | "svelte" | "astro"),
        is_block: false,
    }
}

/// Leaves of a file its name, its part, its lines and its problems.
pub(crate) fn drop_code(f: &mut FileFacts) {
    let bare = FileFacts {
        lines: f.lines,
        bytes: f.bytes,
        line_starts: std::mem::take(&mut f.line_starts),
        suppressions: std::mem::take(&mut f.suppressions),
        problems: std::mem::take(&mut f.problems),
        is_component: f.is_component,
        is_block: f.is_block,
        ..empty(&f.path, "", f.role)
    };
    *f = bare;
}

/// Byte offset of each line's start.
fn line_starts(text: &str, lines: u32) -> Vec<u32> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    let mut starts = Vec::with_capacity(lines as usize + 1);
    starts.push(0);
    starts.extend(ends.map(|i| i as u32 + 1));
    starts
}

fn module_function() -> Function {
    Function {
        name: Atom::NONE,
        kind: FnKind::Module,
        span: Span::default(),
        params: List::default(),
        rest: false,
        parent: FnId::NONE,
        class: ClassId::NONE,
        is_static: false,
        is_async: false,
        is_generator: false,
        body: List::default(),
        ret: TypeId::NONE,
        decorators: List::default(),
    }
}

/// The languages to try, in order. Plain `.js` may hold JSX, CommonJS, or Flow that reads as TypeScript.
fn source_types(path: &str) -> Vec<SourceType> {
    let ext = path.rsplit('.').next().unwrap_or("");
    match ext {
        "ts" | "mts" | "cts" => vec![SourceType::ts()],
        "tsx" => vec![SourceType::tsx()],
        "cjs" => vec![SourceType::cjs().with_jsx(true), SourceType::tsx()],
        _ => vec![SourceType::unambiguous().with_jsx(true), SourceType::tsx()],
    }
}

/// The file could not be read this way; another language may do better.
struct TryAnother;

/// How often a broken file is read again without its broken statements.
const ROUNDS_MAX: usize = 12;

fn parse(facts: &mut FileFacts, text: &str, source_type: SourceType, last: bool) -> Result<(), TryAnother> {
    let Some(mut error) = parse_once(facts, text, source_type) else { return Ok(()) };
    if !last {
        facts.problems.clear();
        return Err(TryAnother);
    }
    let mut base = text.to_string();
    let mut up = 0;
    for _ in 0..ROUNDS_MAX {
        let Some((cut, end)) = recover::without_statement_at(&base, error, up) else { break };
        match parse_once(facts, &cut, source_type) {
            None => return Ok(()),
            // Past what was cut: another broken statement. Else the cut was too small.
            Some(next) if next > end => {
                (base, error, up) = (cut, next, 0);
            }
            Some(_) => up += 1,
        }
    }
    Ok(())
}

/// Reads what parses. Gives the offset of the error when the parser gave up.
fn parse_once(facts: &mut FileFacts, text: &str, source_type: SourceType) -> Option<usize> {
    if text.len() > REUSE_MAX {
        return parse_in(&Allocator::with_capacity(ROOM), facts, text, source_type);
    }
    let mut arena = ARENA.take().unwrap_or_else(|| Allocator::with_capacity(ROOM));
    let offset = parse_in(&arena, facts, text, source_type);
    arena.reset();
    ARENA.set(Some(arena));
    offset
}

thread_local! {
    /// Memory of the last tree of this thread, for the next one: small files are many.
    static ARENA: Cell<Option<Allocator>> = const { Cell::new(None) };
}

/// Gives back the memory that this thread keeps for the next tree.
pub fn done_reading() {
    drop(ARENA.take());
}

/// Trees of larger texts get memory of their own and give it back.
const REUSE_MAX: usize = 128 << 10;
/// A piece of this size comes from the system, not from the heap, and goes back there whole: trees leave no holes
/// between facts. Only what a tree fills of it is ever in memory.
const ROOM: usize = 33 << 20;

fn parse_in(
    allocator: &Allocator,
    facts: &mut FileFacts,
    text: &str,
    source_type: SourceType,
) -> Option<usize> {
    let options = ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        ..ParseOptions::default()
    };
    let ret = Parser::new(allocator, text, source_type).with_options(options).parse();
    let offset = ret.diagnostics.iter().next().map(|e| {
        let offset = e.labels.iter().next().map_or(0, oxc_span::LabeledSpan::offset);
        let what = format!("{}; the statement around it is skipped", e.message);
        if facts.problems.is_empty() {
            facts.problems.push(problem(facts, offset, ProblemKind::Syntax, &what));
        }
        offset
    });
    facts.suppressions = comments::suppressions(&ret.program.comments, text, &facts.line_starts);
    if ret.panicked {
        return Some(offset.unwrap_or(0) as usize);
    }
    let semantic =
        SemanticBuilder::new().with_build_nodes(false).with_stats(guess(text)).build(&ret.program).semantic;
    let scoping = semantic.into_scoping();
    let owned = std::mem::replace(facts, empty("", "", FileRole::Source));
    let mut lowerer = Lowerer::new(owned, &scoping);
    let body = lowerer.block(&ret.program.body);
    let too_deep = lowerer.too_deep;
    *facts = lowerer.facts;
    if let Some(at) = too_deep {
        let message =
            format!("expressions are nested more than {EXPR_DEPTH_MAX} levels deep; the rest is not judged");
        facts.problems.push(problem(facts, at, ProblemKind::Syntax, &message));
    }
    facts.functions[0].body = body;
    facts.functions[0].span = Span { start: 0, end: text.len() as u32 };
    old_style::complete(facts);
    finish(facts);
    None
}

/// How much the scope analysis makes room for. Counting first would cost a visit of the whole tree; a wrong
/// guess costs a little memory for a moment.
fn guess(text: &str) -> Stats {
    let bytes = text.len() as u32;
    Stats::new(0, bytes / 96 + 4, bytes / 64 + 4, bytes / 24 + 4)
}

fn finish(f: &mut FileFacts) {
    f.type_args.sort_by_key(|t| t.0);
    let mut sources = std::mem::take(&mut f.sources);
    sources.sort();
    sources.dedup();
    f.sources = sources;
    f.atoms.shrink();
    f.exprs.shrink_to_fit();
    f.spans.shrink_to_fit();
    f.stmts.shrink_to_fit();
    f.stmt_spans.shrink_to_fit();
    f.lists.shrink_to_fit();
    f.props.shrink_to_fit();
    f.bindings.shrink_to_fit();
    f.functions.shrink_to_fit();
    f.types.shrink_to_fit();
    f.names = NameIndex::build(f);
}

fn problem(facts: &FileFacts, offset: u32, kind: ProblemKind, message: &str) -> Problem {
    let (line, column) = facts.line_col(offset.min(facts.bytes));
    let place = Place {
        file: facts.path.clone(),
        line,
        column,
        end_line: line,
        end_column: column,
        excerpt: String::new(),
    };
    Problem { kind, place, message: message.into() }
}

/// A cheap upper bound on nesting: brackets in strings and comments count too, closed ones do not.
fn bracket_depth(text: &str) -> usize {
    // Nearly every file has fewer brackets than may be open at once; counting them needs no branch.
    let opens = |b: &u8| u8::from(*b == b'(') + u8::from(*b == b'[') + u8::from(*b == b'{');
    let opened = |bytes: &[u8]| usize::from(bytes.iter().map(opens).sum::<u8>());
    let open = text.as_bytes().chunks(255).map(opened).sum();
    if open <= DEPTH_MAX {
        return open;
    }
    let (mut depth, mut max) = (0usize, 0usize);
    for b in text.bytes() {
        match b {
            b'(' | b'[' | b'{' => {
                depth += 1;
                max = max.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    max
}
