//! Where a name is declared: a small search in the source text, because a heap knows names and no declarations.
//!
//! A heap tells the name of a variable and where the closures stand that share it. The declaration is the innermost one
//! whose block holds such a closure. Fields are looked for in the body of their class. What is not found is not guessed.

use super::owners::{Owner, OwnerKind};
use super::scripts::SourcePlace;
use super::tokens::{Token, tokens};
use super::{Names, Origin};
use crate::graph::EdgeName;
use highwater_finding::Subject;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the world knows of sources. The engine answers from the disk and from source maps.
pub trait Sources: Sync {
    /// The text of a file or script; nothing when it cannot be had.
    fn text(&self, url: &str) -> Option<Arc<str>>;

    /// Where a place of a compiled script was written; nothing when there is no source map.
    fn original(&self, place: &SourcePlace) -> Option<SourcePlace> {
        let _ = place;
        None
    }

    /// How a file is shown: relative to the root where that is possible.
    fn shown(&self, url: &str) -> String {
        url.strip_prefix("file://").unwrap_or(url).to_owned()
    }
}

/// No sources: names and places of the heap alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn text(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

/// Texts that are asked about functions, split into words once.
pub(crate) struct SourceTexts<'s> {
    sources: &'s dyn Sources,
    texts: BTreeMap<String, Option<Arc<str>>>,
    /// Functions that were looked at: their words.
    functions: BTreeMap<SourcePlace, Option<BTreeSet<String>>>,
}

impl<'s> SourceTexts<'s> {
    pub(crate) fn new(sources: &'s dyn Sources) -> Self {
        SourceTexts { sources, texts: BTreeMap::new(), functions: BTreeMap::new() }
    }

    /// Whether the function at a place mentions a name anywhere in its text, inner functions included. Nothing when the
    /// text is missing or is not that of a function. Code that is made from text (`eval`) may mention anything.
    pub(crate) fn function_mentions(&mut self, place: &SourcePlace, name: &str) -> Option<bool> {
        if !self.functions.contains_key(place) {
            let words = self.function_words(place);
            self.functions.insert(place.clone(), words);
        }
        let words = self.functions.get(place)?.as_ref()?;
        Some(words.contains(name) || words.contains("eval"))
    }

    fn function_words(&mut self, place: &SourcePlace) -> Option<BTreeSet<String>> {
        let text =
            self.texts.entry(place.url.clone()).or_insert_with(|| self.sources.text(&place.url)).clone()?;
        let rest = &text[offset(&text, place)?..];
        // Most functions are short, and what follows is of no interest.
        let mut length = 4 << 10;
        loop {
            let mut end = length.min(rest.len());
            while !rest.is_char_boundary(end) {
                end += 1;
            }
            let all = tokens(&rest[..end]);
            if let Some(last) = function_end(&all) {
                // Strings hold no names, but the names in `${}` of a template are among the words.
                return Some(all[..=last].iter().map(|token| token.text.to_owned()).collect());
            }
            if end == rest.len() {
                return None;
            }
            length *= 8;
        }
    }
}

/// The last word or mark of the function or class that a text begins with, from its name or its parameters on.
fn function_end(all: &[Token<'_>]) -> Option<usize> {
    let mut at = 0;
    while matches!(all.get(at)?.text, "async" | "function" | "*" | "get" | "set" | "static") {
        at += 1;
    }
    if all[at].text == "class" {
        let open = all.iter().position(|token| token.text == "{")?;
        return closed(all, open);
    }
    if all[at].text != "(" && all.get(at + 1)?.text == "(" {
        at += 1;
    }
    let after = if all[at].text == "(" { closed(all, at)? + 1 } else { at + 1 };
    match all.get(after)?.text {
        "{" => closed(all, after),
        "=>" if all.get(after + 1)?.text == "{" => closed(all, after + 1),
        "=>" => {
            let mut end = after + 1;
            while let Some(token) = all.get(end) {
                match token.text {
                    "," | ";" | ")" | "}" | "]" => break,
                    "(" | "[" | "{" => end = closed(all, end)? + 1,
                    _ => end += 1,
                }
            }
            (end < all.len()).then_some(end)
        }
        _ => None,
    }
}

/// The mark that closes a bracket.
fn closed(all: &[Token<'_>], open: usize) -> Option<usize> {
    Some(all[open].partner).filter(|close| *close > open)
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
enum Wanted<'a> {
    /// A variable that closures at these bytes can see.
    Variable(&'a str, &'a [usize]),
    /// A field of the class or constructor at this byte.
    Field(&'a str, usize),
    /// What is assigned to `holder.name`.
    Assigned(&'a str, &'a str),
    /// What is exported under this name.
    Export(&'a str),
}

impl Names<'_> {
    /// Where the variable, field or export that an owner begins at is declared. Nothing when the source cannot be had or
    /// does not say.
    pub fn declaration(&self, owner: &Owner, sources: &dyn Sources) -> Option<SourcePlace> {
        if owner.place.url.is_empty() || owner.origin == Origin::Runtime {
            return None;
        }
        let name = match owner.steps.first()?.1.name {
            EdgeName::Named(id) => self.graph().string(id).into_owned(),
            EdgeName::Index(_) => return None,
        };
        let mut sharing = match owner.kind {
            OwnerKind::ModuleVariable | OwnerKind::ClosureVariable => self.sharing_places(owner.anchor),
            _ => Vec::new(),
        };
        sharing.retain(|place| place.url == owner.place.url);
        if sharing.is_empty() {
            sharing.push(owner.place.clone());
        }
        sharing.truncate(8);
        let written: Vec<SourcePlace> = sharing.iter().filter_map(|place| sources.original(place)).collect();
        if let Some(first) = written.first() {
            let same: Vec<&SourcePlace> = written.iter().filter(|place| place.url == first.url).collect();
            if let Some(found) = find(owner, &name, &first.url, &same, sources) {
                return Some(found);
            }
        }
        let all: Vec<&SourcePlace> = sharing.iter().collect();
        let found = find(owner, &name, &owner.place.url, &all, sources)?;
        Some(sources.original(&found).unwrap_or(found))
    }

    /// What an owner is called where findings from code and from heaps meet.
    pub fn subject(&self, owner: &Owner, declared: Option<&SourcePlace>, sources: &dyn Sources) -> Subject {
        let original = sources.original(&owner.place);
        let place = declared.or(original.as_ref()).unwrap_or(&owner.place);
        Subject {
            file: sources.shown(&place.url),
            path: owner.path.clone(),
            symbol: owner.symbol.clone(),
            within: owner.within.clone(),
        }
    }
}

/// Looks in one text.
fn find(
    owner: &Owner,
    name: &str,
    url: &str,
    near: &[&SourcePlace],
    sources: &dyn Sources,
) -> Option<SourcePlace> {
    let text = sources.text(url)?;
    let at: Vec<usize> = near.iter().filter_map(|place| offset(&text, place)).collect();
    let all = tokens(&text);
    let field = name.strip_prefix('#').unwrap_or(name);
    let found = match owner.kind {
        OwnerKind::ModuleVariable | OwnerKind::ClosureVariable => search(&all, Wanted::Variable(name, &at))
            .or_else(|| match &owner.steps[..] {
                [_, (_, edge), ..] if name == "exports" || name == "module" => match edge.name {
                    EdgeName::Named(_) => search(&all, Wanted::Assigned("exports", &owner.symbol)),
                    EdgeName::Index(_) => None,
                },
                _ => None,
            }),
        OwnerKind::ClassField => search(&all, Wanted::Field(name, *at.first()?)),
        OwnerKind::StaticField => search(&all, Wanted::Field(name, *at.first()?))
            .or_else(|| search(&all, Wanted::Assigned(&owner.within, field))),
        OwnerKind::Export => search(&all, Wanted::Export(&owner.symbol)),
        OwnerKind::Global | OwnerKind::Runtime => None,
    }?;
    Some(place(&text, url, found))
}

/// The byte at which a place is.
pub(super) fn offset(text: &str, place: &SourcePlace) -> Option<usize> {
    let mut start = 0;
    for _ in 1..place.line.max(1) {
        start += memchr::memchr(b'\n', &text.as_bytes()[start..])? + 1;
    }
    let mut units = 0;
    for (at, letter) in text[start..].char_indices() {
        if units + 1 >= place.column {
            return Some(start + at);
        }
        units += letter.len_utf16() as u32;
        if letter == '\n' {
            break;
        }
    }
    Some(text.len().min(start + place.column.saturating_sub(1) as usize))
}

/// The place at which a byte is.
pub(super) fn place(text: &str, url: &str, offset: usize) -> SourcePlace {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    SourcePlace {
        url: url.to_owned(),
        line: before.bytes().filter(|byte| *byte == b'\n').count() as u32 + 1,
        column: before[start..].encode_utf16().count() as u32 + 1,
    }
}

/// The byte at which the declaration stands.
fn search(all: &[Token<'_>], wanted: Wanted<'_>) -> Option<usize> {
    let found = match wanted {
        Wanted::Variable(name, near) => innermost(all, &declarations(all, name), near),
        Wanted::Export(name) => {
            let exported = |at: usize| at > 0 && all[at - 1].text == "export" && all[at].text == name;
            (0..all.len()).find(|at| exported(*at)).or_else(|| innermost(all, &declarations(all, name), &[0]))
        }
        Wanted::Assigned(holder, name) => (2..all.len().saturating_sub(1)).find(|at| {
            all[*at].text == name
                && all[*at - 1].text == "."
                && all[*at - 2].text == holder
                && all[*at + 1].text == "="
        }),
        Wanted::Field(name, at) => field(all, name, at),
    }?;
    Some(all[found].start)
}

/// A declaration: the token with the name, and the part of the text in which it holds, from token to token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Declared {
    token: usize,
    from: usize,
    to: usize,
}

/// Of several declarations, the innermost that a closure at one of the bytes can see.
fn innermost(all: &[Token<'_>], declared: &[Declared], near: &[usize]) -> Option<usize> {
    let seen = |found: &&Declared| {
        let from = if found.from == 0 { 0 } else { all[found.from].start };
        let to = all.get(found.to).map_or(usize::MAX, |end| end.start);
        near.iter().any(|at| from <= *at && *at <= to)
    };
    let inner = declared.iter().filter(seen).max_by_key(|found| (found.from, usize::MAX - found.token));
    match (inner, declared) {
        (Some(found), _) => Some(found.token),
        (None, [only]) => Some(only.token),
        (None, _) => None,
    }
}

const DECLARE: &[&str] = &["const", "let", "var", "using"];
const NOT_A_FUNCTION: &[&str] = &["if", "while", "for", "switch", "with", "await"];

/// Every declaration of a name.
fn declarations(all: &[Token<'_>], name: &str) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut blocks: Vec<usize> = Vec::new();
    for (at, token) in all.iter().enumerate() {
        match token.text {
            "{" => blocks.push(at),
            "}" => _ = blocks.pop(),
            text if text == name => {
                let block = blocks.last().map_or((0, all.len()), |open| {
                    let close = all[*open].partner;
                    (*open, if close == *open { all.len() } else { close })
                });
                found.extend(declared_at(all, at, block));
            }
            _ => {}
        }
    }
    found
}

/// The declaration that the name at this token is; nothing when it is only used there.
fn declared_at(all: &[Token<'_>], at: usize, (from, to): (usize, usize)) -> Option<Declared> {
    let before = |back: usize| at.checked_sub(back).map_or("", |before| all[before].text);
    let after = all.get(at + 1).map_or("", |token| token.text);
    let here = Some(Declared { token: at, from, to });
    if DECLARE.contains(&before(1)) || matches!(before(1), "function" | "class" | "enum" | "namespace") {
        return here;
    }
    if before(1) == "*" && before(2) == "function" {
        return here;
    }
    if after == "=>" {
        return Some(Declared { token: at, from: at, to });
    }
    if !matches!(before(1), "," | "{" | "[" | "(" | ":" | ".") || matches!(after, "(" | ".") {
        return None;
    }
    if before(1) == "." && before(3) != "." {
        return None;
    }
    declared_in_list(all, at, to)
}

/// A name in a pattern, a list of variables or a list of parameters.
fn declared_in_list(all: &[Token<'_>], at: usize, to: usize) -> Option<Declared> {
    let mut back = at;
    for _ in 0..400 {
        back = back.checked_sub(1)?;
        let token = &all[back];
        match token.text {
            ")" | "]" | "}" if token.partner < back => back = token.partner,
            ";" | "=>" => return None,
            "(" => {
                let close = token.partner;
                let follows = all.get(close + 1).map_or("", |token| token.text);
                let leads = back.checked_sub(1).map_or("", |before| all[before].text);
                let function = matches!(follows, "{" | "=>" | ":") && !NOT_A_FUNCTION.contains(&leads);
                if close <= back || !function {
                    return None;
                }
                let body = all[close..].iter().take(40).position(|token| token.text == "{");
                let end = body.map_or(to, |body| all[close + body].partner);
                return Some(Declared { token: at, from: back, to: end });
            }
            text if DECLARE.contains(&text) => {
                let open = enclosing(all, back);
                let (from, to) = open.map_or((0, all.len()), |open| (open, all[open].partner));
                return Some(Declared { token: at, from, to });
            }
            _ => {}
        }
    }
    None
}

/// The brace that holds a token.
fn enclosing(all: &[Token<'_>], at: usize) -> Option<usize> {
    let mut back = at;
    loop {
        back = back.checked_sub(1)?;
        match all[back].text {
            "{" => return Some(back),
            "}" | ")" | "]" if all[back].partner < back => back = all[back].partner,
            _ => {}
        }
    }
}

const MODIFIERS: &[&str] =
    &["static", "private", "public", "protected", "readonly", "declare", "accessor", "override"];

/// A field, in the body of the class or function at a byte: where it is declared, else where `this.name` is assigned.
fn field(all: &[Token<'_>], name: &str, offset: usize) -> Option<usize> {
    let at = all.partition_point(|token| token.start < offset);
    let constructor = at > 0 && all[at - 1].text == "constructor";
    let open = if constructor {
        enclosing(all, at)?
    } else {
        let mut next = at;
        while all.get(next)?.text != "{" {
            next = if all[next].text == "(" { all[next].partner.max(next) + 1 } else { next + 1 };
        }
        next
    };
    let close = if all[open].partner > open { all[open].partner } else { all.len() };
    let mut assigned = None;
    let mut place = open + 1;
    let mut inside = Vec::new();
    while place < close {
        let text = all[place].text;
        match text {
            "{" | "(" | "[" => inside.push(place),
            "}" | ")" | "]" => _ = inside.pop(),
            _ => {}
        }
        if text == name {
            let before = all[place - 1].text;
            let after = all.get(place + 1).map_or("", |token| token.text);
            let declares = matches!(after, "=" | ";" | ":" | "!" | "?" | "}") || after.starts_with('#');
            let in_body = inside.is_empty() && declares && !matches!(before, "." | "," | "=");
            // A parameter of a constructor with a modifier is a field too.
            if in_body || MODIFIERS.contains(&before) && !inside.is_empty() {
                return Some(place);
            }
            if before == "." && all[place - 2].text == "this" && after == "=" && assigned.is_none() {
                assigned = Some(place);
            }
        }
        place += 1;
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(text: &str, wanted: Wanted<'_>) -> Option<u32> {
        search(&tokens(text), wanted).map(|at| place(text, "", at).line)
    }

    fn variable(text: &str, name: &str, near: &str) -> Option<u32> {
        let at = text.find(near).expect(near);
        line_of(text, Wanted::Variable(name, &[at]))
    }

    #[test]
    fn the_innermost_declaration_that_the_closure_sees_is_meant() {
        let text = "const other = 1, log = [];\nfunction later() {\n  const log = [];\n  return () => log;\n}\n\
            module.exports = { grow() { log.push(1); } };\n";
        assert_eq!(variable(text, "log", "grow"), Some(1));
        assert_eq!(variable(text, "log", "() => log"), Some(3));
        assert_eq!(variable(text, "later", "grow"), Some(2));
        assert_eq!(variable(text, "missing", "grow"), None);
    }

    #[test]
    fn patterns_and_parameters_declare() {
        let text = "const { a, b: renamed } = require('x');\nfunction serve(req, { res }) {\n  return () => [req, res];\n}\n\
            if (a) { use(a); }\nlist.map(item => () => item);\n";
        assert_eq!(variable(text, "renamed", "serve"), Some(1));
        assert_eq!(variable(text, "a", "serve"), Some(1));
        assert_eq!(variable(text, "req", "() => [req"), Some(2));
        assert_eq!(variable(text, "res", "() => [req"), Some(2));
        assert_eq!(variable(text, "item", "() => item"), Some(6));
    }

    #[test]
    fn fields_are_found_in_their_class() {
        let text = "class Other { #sessions = 1; }\nclass Pool {\n  #sessions = new Map();\n  static registry = new Map();\n\
            get(id) { return this.#sessions.get(id); }\n}\nfunction Store() {\n  this.items = {};\n}\nStore.all = [];\n\
            class Old {\n  constructor(private readonly db: Db) {\n    this.cache = new Map();\n  }\n}\n";
        let pool = text.find("class Pool").expect("class");
        let store = text.find("() {\n  this.items").expect("function");
        let old = text.find("(private").expect("constructor");
        assert_eq!(line_of(text, Wanted::Field("#sessions", pool)), Some(3));
        assert_eq!(line_of(text, Wanted::Field("registry", pool)), Some(4));
        assert_eq!(line_of(text, Wanted::Field("items", store)), Some(8));
        assert_eq!(line_of(text, Wanted::Field("cache", old)), Some(13));
        assert_eq!(line_of(text, Wanted::Field("db", old)), Some(12));
        assert_eq!(line_of(text, Wanted::Field("gone", old)), None);
        assert_eq!(line_of(text, Wanted::Assigned("Store", "all")), Some(10));
    }

    #[test]
    fn exports_are_found_by_name() {
        let text = "import x from 'y';\nexport const cache = new Map();\nexport default class {}\n";
        assert_eq!(line_of(text, Wanted::Export("cache")), Some(2));
        assert_eq!(line_of(text, Wanted::Export("default")), Some(3));
    }

    #[test]
    fn places_count_lines_and_utf16_units() {
        let text = "a\n😀b\nc";
        let b = SourcePlace { url: String::new(), line: 2, column: 3 };
        assert_eq!(offset(text, &b), Some(6));
        assert_eq!(place(text, "", 6), b);
    }
}
