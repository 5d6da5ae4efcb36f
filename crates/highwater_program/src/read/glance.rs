//! A look over the text of a test: what it imports and which imported classes it makes, without parsing it.
//!
//! Up to half of a code base are tests. Of a test that exports nothing and extends no class, the program graph asks
//! two things: which packages it names, and which classes it makes (see `graph/bystanders.rs`). Both stand in the
//! text. Whatever this look does not understand, it leaves to the parser: a word in a string or comment that could
//! mean more costs time and nothing else.

use std::sync::OnceLock;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use crate::ir::*;

/// Makers of the language and of its platforms.
const PLATFORM: &[&str] = &[
    "AbortController",
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "BigInt64Array",
    "BigUint64Array",
    "Blob",
    "Boolean",
    "BroadcastChannel",
    "Buffer",
    "CompressionStream",
    "CustomEvent",
    "DOMException",
    "DOMParser",
    "DataView",
    "Date",
    "DecompressionStream",
    "DragEvent",
    "Error",
    "ErrorEvent",
    "EvalError",
    "Event",
    "EventSource",
    "EventTarget",
    "File",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "FormData",
    "Function",
    "Headers",
    "InputEvent",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "IntersectionObserver",
    "Intl",
    "KeyboardEvent",
    "Map",
    "MessageChannel",
    "MessageEvent",
    "MouseEvent",
    "MutationObserver",
    "Number",
    "Object",
    "PerformanceObserver",
    "PointerEvent",
    "Promise",
    "Proxy",
    "RangeError",
    "ReadableStream",
    "ReferenceError",
    "RegExp",
    "Request",
    "ResizeObserver",
    "Response",
    "Set",
    "SharedArrayBuffer",
    "String",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "TransformStream",
    "TypeError",
    "URIError",
    "URL",
    "URLSearchParams",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "WebAssembly",
    "WebSocket",
    "Worker",
    "WritableStream",
    "XMLHttpRequest",
    "globalThis",
    "this",
    "window",
];

/// Fills in what a test imports and makes; `None` when it has to be parsed.
pub(super) fn over(facts: &mut FileFacts, text: &str) -> Option<()> {
    let mut glance = Glance { text, ..Glance::default() };
    let bytes = text.as_bytes();
    // Each word fills its own list, so it does not matter in which order they come.
    for finder in finders() {
        let mut at = 0;
        while let Some(found) = finder.find(&bytes[at..]) {
            let start = at + found;
            let end = start + bytes[start..].iter().position(|&b| !is_word(b)).unwrap_or(bytes.len() - start);
            if start == 0 || !is_word(bytes[start - 1]) {
                glance.word(start, end)?;
            }
            at = end;
        }
    }
    glance.tell(facts)
}

/// Words, or beginnings of words, that [`Glance::word`] knows.
const TELLING: &[&str] = &[
    "highwater",
    "export",
    "extends",
    "inherits",
    "setPrototypeOf",
    "prototype",
    "__proto__",
    "import",
    "require",
    "class",
    "function",
    "new",
];

fn finders() -> &'static [Finder<'static>] {
    static FINDERS: OnceLock<Vec<Finder<'static>>> = OnceLock::new();
    FINDERS.get_or_init(|| TELLING.iter().map(|word| Finder::new(*word)).collect())
}

/// What was seen so far.
#[derive(Default)]
struct Glance<'t> {
    text: &'t str,
    sources: Vec<&'t str>,
    /// By local name: source and the name there.
    imports: FxHashMap<&'t str, (&'t str, &'t str)>,
    /// Classes and functions of the file itself.
    own: Vec<&'t str>,
    /// Callees of `new`, as written: `Foo`, `ns.Foo`.
    made: Vec<&'t str>,
}

impl Glance<'_> {
    fn word(&mut self, start: usize, end: usize) -> Option<()> {
        let bytes = self.text.as_bytes();
        match &bytes[start..end] {
            b"highwater" => None,
            b"extends" => (!self.is_heritage(start)).then_some(()),
            b"inherits" | b"setPrototypeOf" => (self.after(end).1 != b'(').then_some(()),
            b"export" => (!self.starts_statement(start)).then_some(()),
            b"exports" => {
                let used = start > 0 && bytes[start - 1] == b'.'
                    || matches!(self.after(end).1, b'.' | b'[' | b'=' | b',' | b')' | b';');
                (!used).then_some(())
            }
            b"prototype" | b"__proto__" => {
                let (at, next) = self.after(end);
                (next != b'=' || bytes.get(at + 1) == Some(&b'=')).then_some(())
            }
            b"import" => self.import(start, end),
            b"require" => {
                if let (at, b'(') = self.after(end) {
                    self.source_at(at + 1)?;
                }
                Some(())
            }
            b"class" | b"function" => {
                if let Some((from, to)) = self.name_at(end) {
                    self.own.push(&self.text[from..to]);
                }
                Some(())
            }
            b"new" => self.new_(end),
            _ => Some(()),
        }
    }

    /// The first byte after blanks, and where; 0 at the end.
    fn after(&self, mut at: usize) -> (usize, u8) {
        let bytes = self.text.as_bytes();
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        (at, bytes.get(at).copied().unwrap_or(0))
    }

    /// True when nothing of the same statement stands before the word on its line.
    fn starts_statement(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\r', ';', '}']) || before.ends_with("*/")
    }

    /// `class extends`, `class A extends`, `class A<T> extends`; not `<T extends`.
    fn is_heritage(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end();
        let word = |s: &str| s.bytes().rev().take_while(|&b| is_word(b)).count();
        let (outer, last) = before.split_at(before.len() - word(before));
        let outer = outer.trim_end();
        before.ends_with('>') || last == "class" || outer.ends_with("class")
    }

    /// True when a name of the platform is taken from somewhere: `{ Request }`, `const Request =`.
    fn is_declared(&self, name: &str) -> bool {
        memchr::memmem::find_iter(self.text.as_bytes(), name).any(|at| {
            let next = self.after(at + name.len());
            let before = self.text[..at].trim_end();
            let declares = ["const", "let", "var"].iter().any(|w| before.ends_with(w));
            declares || before.ends_with(['{', ',']) && matches!(next.1, b',' | b'}')
        })
    }

    /// A name after blanks.
    fn name_at(&self, at: usize) -> Option<(usize, usize)> {
        let (from, first) = self.after(at);
        if from == at || !is_word(first) {
            return None;
        }
        next_word(self.text.as_bytes(), from)
    }

    /// A string literal after blanks is a module specifier. Gives the end of it; `None` when it is hard to read.
    fn source_at(&mut self, at: usize) -> Option<usize> {
        let (from, quote) = self.after(at);
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return Some(from);
        }
        let rest = &self.text[from + 1..];
        let len = rest.bytes().position(|b| b == quote || b == b'\n')?;
        if rest.as_bytes()[len] != quote || rest[..len].contains('\\') {
            return None;
        }
        if !(quote == b'`' && rest[..len].contains("${")) {
            self.sources.push(&rest[..len]);
        }
        Some(from + 1 + len)
    }

    fn import(&mut self, start: usize, end: usize) -> Option<()> {
        match self.after(end) {
            (at, b'(') => self.source_at(at + 1).map(|_| ()),
            (_, b'.') => Some(()),
            _ if !self.starts_statement(start) => Some(()),
            (_, b'"' | b'\'') => self.source_at(end).map(|_| ()),
            _ => self.clause(end),
        }
    }

    /// `Foo, { bar as baz, type Qux } from 'source'`.
    fn clause(&mut self, at: usize) -> Option<()> {
        let rest = &self.text[at..];
        let quote = rest.bytes().position(|b| matches!(b, b'"' | b'\'' | b'`' | b'=' | b';' | b'('))?;
        let names = rest[..quote].trim_end().strip_suffix("from")?;
        if names.contains("//") || names.contains("/*") {
            return None;
        }
        let before = self.sources.len();
        self.source_at(at + quote)?;
        let source = *self.sources.get(before)?;
        let (plain, braced) = names.split_once('{').unwrap_or((names, ""));
        for name in plain.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let name = name.strip_prefix("type ").map_or(name, str::trim);
            match name.strip_prefix('*') {
                Some(ns) => self.imports.insert(ns.trim().strip_prefix("as ")?.trim(), (source, "*")),
                None => self.imports.insert(name, (source, "default")),
            };
        }
        for name in braced.trim_end().trim_end_matches('}').split(',').map(str::trim) {
            let name = name.strip_prefix("type ").map_or(name, str::trim);
            let (there, here) = name.split_once(" as ").unwrap_or((name, name));
            self.imports.insert(here.trim(), (source, there.trim()));
        }
        Some(())
    }

    fn new_(&mut self, end: usize) -> Option<()> {
        let bytes = self.text.as_bytes();
        if self.after(end).1 == b'(' {
            return None;
        }
        let Some((from, mut to)) = self.name_at(end) else { return Some(()) };
        while bytes.get(to) == Some(&b'.')
            && let Some((next, further)) = next_word(bytes, to)
            && next == to + 1
        {
            to = further;
        }
        // "a new user": prose goes on with something else.
        let made = &self.text[from..to];
        let calls = matches!(self.after(to).1, b'(' | b'<')
            || made.bytes().any(|b| b.is_ascii_uppercase())
                && matches!(bytes.get(to), None | Some(b';' | b',' | b')' | b']' | b'}' | b'\n' | b'\r'));
        if calls && !self.made.contains(&made) {
            self.made.push(made);
        }
        Some(())
    }

    /// Writes it down, or finds that a class may come from elsewhere.
    fn tell(mut self, facts: &mut FileFacts) -> Option<()> {
        let mut makes = Vec::new();
        for &made in &self.made {
            let root = made.split('.').next().unwrap_or(made);
            match self.imports.get(root) {
                Some(&import) => makes.push((made, root, import)),
                None if self.own.contains(&root) => {}
                None if PLATFORM.binary_search(&root).is_ok() && !self.is_declared(root) => {}
                None => return None,
            }
        }
        let mut atoms: FxHashMap<&str, Atom> = FxHashMap::default();
        let mut atom = |facts: &mut FileFacts, s| *atoms.entry(s).or_insert_with(|| facts.atoms.push(s));
        self.sources.sort_unstable();
        self.sources.dedup();
        facts.sources = self.sources.iter().map(|s| atom(facts, s)).collect();
        for (made, root, (source, there)) in makes {
            let (source, there, name) = (atom(facts, source), atom(facts, there), atom(facts, root));
            let local = BindingId(facts.bindings.len() as u32);
            facts.bindings.push(imported(name));
            facts.imports.push(Import { source, name: there, local });
            let mut callee = push(facts, Expr::Ref(local));
            for property in made.split('.').skip(1) {
                let property = atom(facts, property);
                callee = push(facts, Expr::Member { object: callee, property });
            }
            push(facts, Expr::New { callee, args: List::default() });
        }
        Some(())
    }
}

fn push(facts: &mut FileFacts, e: Expr) -> ExprId {
    facts.exprs.push(e);
    facts.spans.push(Span::default());
    ExprId(facts.exprs.len() as u32 - 1)
}

fn imported(name: Atom) -> Binding {
    Binding::new(name, BindingKind::Import, FnId::MODULE, Span::default())
}

/// Bytes of names.
const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        word[b] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        b += 1;
    }
    word
};

fn is_word(b: u8) -> bool {
    WORD[b as usize]
}

fn next_word(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from + bytes.get(from..)?.iter().position(|&b| is_word(b))?;
    let len = bytes[start..].iter().position(|&b| !is_word(b)).unwrap_or(bytes.len() - start);
    Some((start, start + len))
}

#[cfg(test)]
mod tests {
    use super::super::read_file;
    use super::*;
    use crate::FileRole;

    /// Modules named, and what is made, as written with what it stands for.
    fn glanced(text: &str) -> Option<(Vec<String>, Vec<String>)> {
        let mut facts = read_file("x.ts", "", FileRole::Test);
        over(&mut facts, text)?;
        let f = &facts;
        let sources = f.sources.iter().map(|&s| f.str(s).to_string()).collect();
        let name = |b: BindingId| {
            let import = f.imports.iter().find(|i| i.local == b).expect("an import");
            format!("{}#{}", f.str(import.source), f.str(import.name))
        };
        let made = f.exprs.iter().filter_map(|e| match e {
            Expr::New { callee, .. } => Some(match f.expr(*callee) {
                Expr::Ref(b) => name(b),
                Expr::Member { object, property } => match f.expr(object) {
                    Expr::Ref(b) => format!("{}.{}", name(b), f.str(property)),
                    _ => "deep".into(),
                },
                _ => "other".into(),
            }),
            _ => None,
        });
        Some((sources, made.collect()))
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_string()).collect()
    }

    #[test]
    fn imports_and_makers() {
        let text = "import Foo, { type Bar, Baz as Qux } from './a'\nimport * as ns from \"b\"\nimport 'c'\n\
            const d = require('d'); const e = await import(`e`)\n\
            it('makes a new user', () => { new Foo(); new Qux<string>(1); new ns.Thing; new Date(); new Own() })\n\
            class Own {}\n";
        let (sources, made) = glanced(text).expect("simple");
        assert_eq!(sources, words(&["./a", "b", "c", "d", "e"]));
        assert_eq!(made, words(&["./a#default", "./a#Baz", "b#*.Thing"]));
    }

    #[test]
    fn what_is_not_understood_is_parsed() {
        for text in [
            "export const a = 1",
            "exports.a = 1",
            "module.exports = {}",
            "class A extends B {}",
            "A.prototype = Object.create(B.prototype)",
            "const { A } = require('./a'); new A()",
            "new (pick())()",
            "import a = require('a')",
            "// highwater-ignore x: y",
            "import { a /* , b */ } from 'a'",
            "import { a",
            "require('a\\n')",
            "import('a",
        ] {
            assert!(glanced(text).is_none(), "{text}");
        }
        assert!(glanced("spy(A.prototype, 'x'); it('exports a new thing', () => {}) // export").is_some());
        assert!(glanced("ü new").is_some() && glanced("").is_some() && glanced("new Map").is_some());
        assert!(glanced("import").is_none());
    }

    #[test]
    fn the_platform_is_sorted() {
        assert!(PLATFORM.is_sorted());
    }
}
