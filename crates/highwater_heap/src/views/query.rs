//! A small language to find objects: `class:Session retained>=1mb -kind:closure has:socket`.
//!
//! Terms stand side by side and all must hold; `-` before a term turns it round. A term is a field, an operator and a
//! value; a word alone looks for names that hold it. `:` and `=` compare whole, with `*` for any text; `~` looks for a
//! part; `<`, `<=`, `>`, `>=` compare figures, which may end in `kb`, `mb`, `gb`. A value with blanks stands in quotes.

use crate::graph::{Dominated, EdgeName, HeapGraph};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::names::Named;
use std::cmp::Ordering;

/// Names of the fields, for messages.
pub const FIELDS: [&str; 11] =
    ["class", "name", "kind", "id", "size", "retained", "distance", "count", "has", "place", "detached"];

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
}

/// Why a question cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// A field that does not exist, for a suggestion.
    pub unknown_field: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    turned: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Class(Pattern),
    Name(Pattern),
    Kind(NodeKind),
    Has(Pattern),
    Place(Pattern),
    Detached(bool),
    Figure(Figure, Relation, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Id,
    Size,
    Retained,
    Distance,
    Count,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// A text, or parts of one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Holds(String),
    /// Parts between stars.
    Whole(Vec<String>),
}

impl Pattern {
    fn fits(&self, text: &str) -> bool {
        match self {
            Pattern::Holds(part) => text.contains(part.as_str()),
            Pattern::Whole(parts) => fits_parts(parts, text),
        }
    }
}

/// Whether the parts follow each other in the text, the first at its begin and the last at its end.
fn fits_parts(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()))
    else {
        return false;
    };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

impl Query {
    /// Reads a question.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let chars: Vec<char> = text.chars().collect();
        let mut terms = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            if chars[at].is_whitespace() {
                at += 1;
                continue;
            }
            let (term, end) = term(&chars, at)?;
            terms.push(term);
            at = end;
        }
        if terms.is_empty() {
            return Err(wrong(0, "nothing is asked for; try `class:Array retained>1mb`"));
        }
        Ok(Query { terms })
    }

    /// Every object that fits, in the order of the file.
    pub fn find(&self, names: &Named<'_>) -> Vec<NodeId> {
        let graph = names.heap().graph();
        let compiled: Vec<(bool, Compiled<'_>)> =
            self.terms.iter().map(|term| (term.turned, Compiled::new(&term.test, graph))).collect();
        let fits = |node: &NodeId| compiled.iter().all(|(turned, test)| test.holds(names, *node) != *turned);
        graph.nodes().filter(fits).collect()
    }
}

/// A test with the strings that fit it, found once.
struct Compiled<'q> {
    test: &'q Test,
    strings: Vec<u64>,
}

impl<'q> Compiled<'q> {
    fn new(test: &'q Test, graph: &HeapGraph) -> Self {
        let mut strings = Vec::new();
        if let Test::Class(pattern) | Test::Name(pattern) | Test::Has(pattern) = test {
            strings = vec![0; graph.string_count().div_ceil(64)];
            for id in 0..graph.string_count() {
                if pattern.fits(&graph.string(crate::StringId::at(id))) {
                    strings[id / 64] |= 1 << (id % 64);
                }
            }
        }
        Compiled { test, strings }
    }

    fn has(&self, string: crate::StringId) -> bool {
        self.strings.get(string.index() / 64).is_some_and(|word| word >> (string.get() % 64) & 1 == 1)
    }

    fn holds(&self, names: &Named<'_>, node: NodeId) -> bool {
        let (heap, graph) = (names.heap(), names.heap().graph());
        match self.test {
            Test::Class(pattern) => match graph.kind(node) {
                NodeKind::Object | NodeKind::Native => self.has(graph.name_id(node)),
                NodeKind::Closure => pattern.fits("Function"),
                NodeKind::RegExp => pattern.fits("RegExp"),
                NodeKind::Code => pattern.fits("(compiled code)"),
                NodeKind::Hidden => pattern.fits("(system)"),
                other => pattern.fits(&format!("({})", other.word())),
            },
            Test::Name(_) => self.has(graph.name_id(node)),
            Test::Kind(kind) => graph.kind(node) == *kind,
            Test::Has(_) => graph.edges(node).any(|edge| {
                matches!(edge.kind, EdgeKind::Property | EdgeKind::Context)
                    && matches!(edge.name, EdgeName::Named(name) if self.has(name))
            }),
            Test::Place(pattern) => {
                let place = names.place(node);
                place.is_some_and(|p| pattern.fits(&p.url) || pattern.fits(&format!("{}:{}", p.url, p.line)))
            }
            Test::Detached(wanted) => (graph.detachedness(node) == 2) == *wanted,
            Test::Figure(figure, relation, value) => relation.holds(figure.of(heap, node), *value),
        }
    }
}

impl Figure {
    fn of(self, heap: &Dominated, node: NodeId) -> u64 {
        match self {
            Figure::Id => heap.graph().object_id(node),
            Figure::Size => heap.shallow_size(node),
            Figure::Retained => heap.retained_size(node),
            Figure::Distance => heap.distance(node).map_or(u64::MAX, u64::from),
            Figure::Count => u64::from(heap.retained_count(node)),
        }
    }
}

impl Relation {
    fn holds(self, value: u64, than: u64) -> bool {
        let order = value.cmp(&than);
        match self {
            Relation::Less => order == Ordering::Less,
            Relation::AtMost => order != Ordering::Greater,
            Relation::Equal => order == Ordering::Equal,
            Relation::AtLeast => order != Ordering::Less,
            Relation::More => order == Ordering::Greater,
        }
    }
}

fn wrong(at: usize, message: impl Into<String>) -> QueryError {
    QueryError { column: at + 1, message: message.into(), unknown_field: None }
}

/// One term; gives where the next begins.
fn term(chars: &[char], begin: usize) -> Result<(Term, usize), QueryError> {
    let turned = chars[begin] == '-';
    let start = begin + usize::from(turned);
    let field_end = (start..chars.len())
        .find(|at| matches!(chars[*at], ':' | '=' | '~' | '<' | '>' | '"') || chars[*at].is_whitespace())
        .unwrap_or(chars.len());
    let field: String = chars[start..field_end].iter().collect();
    let operator_end = (field_end..chars.len())
        .find(|at| !matches!(chars[*at], ':' | '=' | '~' | '<' | '>'))
        .unwrap_or(chars.len());
    let operator: String = chars[field_end..operator_end].iter().collect();
    if operator.is_empty() {
        let (word, end) = value(chars, start)?;
        if word.is_empty() {
            return Err(wrong(start, "a name is missing"));
        }
        return Ok((Term { turned, test: Test::Name(Pattern::Holds(word)) }, end));
    }
    let (text, end) = value(chars, operator_end)?;
    let test = test((&field, start), (&operator, field_end), (&text, operator_end))?;
    Ok((Term { turned, test }, end))
}

/// A value: up to the next blank, or between quotes.
fn value(chars: &[char], begin: usize) -> Result<(String, usize), QueryError> {
    if chars.get(begin) == Some(&'"') {
        let close = (begin + 1..chars.len()).find(|at| chars[*at] == '"');
        let close = close.ok_or_else(|| wrong(begin, "this quote is not closed"))?;
        return Ok((chars[begin + 1..close].iter().collect(), close + 1));
    }
    let end = (begin..chars.len()).find(|at| chars[*at].is_whitespace()).unwrap_or(chars.len());
    Ok((chars[begin..end].iter().collect(), end))
}

type At<'a> = (&'a str, usize);

fn test((field, field_at): At<'_>, operator: At<'_>, value: At<'_>) -> Result<Test, QueryError> {
    let pattern = || pattern(operator, value);
    let figure = |figure| Ok(Test::Figure(figure, relation(operator)?, amount(value)?));
    match field {
        "class" => Ok(Test::Class(pattern()?)),
        "name" => Ok(Test::Name(pattern()?)),
        "has" => Ok(Test::Has(pattern()?)),
        "place" => Ok(Test::Place(pattern()?)),
        "kind" => {
            let word = value.0.replace('-', " ");
            let kind = NodeKind::ALL.into_iter().find(|kind| kind.word() == word);
            let all = || NodeKind::ALL.map(|kind| kind.word().replace(' ', "-")).join(", ");
            kind.map(Test::Kind)
                .ok_or_else(|| wrong(value.1, format!("no kind `{}`; kinds are {}", value.0, all())))
        }
        "detached" => match value.0 {
            "yes" | "true" => Ok(Test::Detached(true)),
            "no" | "false" => Ok(Test::Detached(false)),
            _ => Err(wrong(value.1, "`detached` is yes or no")),
        },
        "id" => figure(Figure::Id),
        "size" => figure(Figure::Size),
        "retained" => figure(Figure::Retained),
        "distance" => figure(Figure::Distance),
        "count" => figure(Figure::Count),
        _ => Err(QueryError {
            unknown_field: Some(field.to_owned()),
            ..wrong(field_at, format!("no field `{field}`; fields are {}", FIELDS.join(", ")))
        }),
    }
}

fn pattern((operator, at): At<'_>, (value, value_at): At<'_>) -> Result<Pattern, QueryError> {
    if value.is_empty() {
        return Err(wrong(value_at, "a value is missing"));
    }
    match operator {
        ":" | "=" => Ok(Pattern::Whole(value.split('*').map(str::to_owned).collect())),
        "~" => Ok(Pattern::Holds(value.to_owned())),
        _ => Err(wrong(at, format!("`{operator}` compares figures; for text use `:` or `~`"))),
    }
}

fn relation((operator, at): At<'_>) -> Result<Relation, QueryError> {
    match operator {
        "<" => Ok(Relation::Less),
        "<=" => Ok(Relation::AtMost),
        ":" | "=" => Ok(Relation::Equal),
        ">=" => Ok(Relation::AtLeast),
        ">" => Ok(Relation::More),
        _ => Err(wrong(at, format!("`{operator}` is no comparison; use <, <=, =, >= or >"))),
    }
}

/// A whole number, with or without a unit; `@` before an id.
fn amount((value, at): At<'_>) -> Result<u64, QueryError> {
    let lower = value.trim_start_matches('@').to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &lower[digits.len()..] {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1 << 10),
        "m" | "mb" => Some(1 << 20),
        "g" | "gb" => Some(1 << 30),
        _ => None,
    };
    let number = digits.parse::<u64>().ok().zip(scale).and_then(|(number, scale)| number.checked_mul(scale));
    number.ok_or_else(|| wrong(at, format!("`{value}` is no figure; write 1000, 64kb, 2mb or 1gb")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts_or_parts() {
        let whole = |text: &str| Pattern::Whole(text.split('*').map(str::to_owned).collect());
        for (pattern, text, fits) in [
            (whole("Map"), "Map", true),
            (whole("Map"), "WeakMap", false),
            (whole("*Map"), "WeakMap", true),
            (whole("S*n*"), "Session", true),
            (whole("a*a"), "a", false),
            (whole("*"), "", true),
            (Pattern::Holds("ess".into()), "Session", true),
            (Pattern::Holds("x".into()), "Session", false),
        ] {
            assert_eq!(pattern.fits(text), fits, "{pattern:?} {text}");
        }
    }

    #[test]
    fn mistakes_are_told_by_their_column() {
        for (text, column, part) in [
            ("", 1, "nothing is asked for"),
            ("clas:Map", 1, "no field `clas`"),
            ("class:Map size>1tb", 16, "`1tb` is no figure"),
            ("class>Map", 6, "compares figures"),
            ("kind:foo", 6, "no kind `foo`"),
            ("name:\"open", 6, "not closed"),
            ("size~3", 5, "no comparison"),
            ("class:", 7, "a value is missing"),
            ("- x", 2, "a name is missing"),
        ] {
            let error = Query::parse(text).expect_err(text);
            assert_eq!(error.column, column, "{text}: {error:?}");
            assert!(error.message.contains(part), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_question_has_terms_that_all_hold() {
        let query = Query::parse("class:\"system / Context\" -retained<2kb id:@7 text").expect("a question");
        assert_eq!(query.terms.len(), 4);
        assert_eq!(
            query.terms[1],
            Term { turned: true, test: Test::Figure(Figure::Retained, Relation::Less, 2048) }
        );
        assert_eq!(query.terms[2].test, Test::Figure(Figure::Id, Relation::Equal, 7));
        assert_eq!(query.terms[3].test, Test::Name(Pattern::Holds("text".into())));
    }
}
