//! From text to terms. Knows no heap.

use super::{Field, Figure, Kinds, Match, Query, QueryError, Term};
use crate::kinds::NodeKind;

/// Brackets and `not` within each other, at most.
const DEPTH_MAX: usize = 100;

const KEYS: [&str; 13] = [
    "class", "name", "text", "kind", "size", "retained", "distance", "id", "has", "place", "edges", "count",
    "detached",
];

/// Words for kinds, as V8 has them and as people do.
const KINDS: [(&str, Kinds); 19] = [
    ("object", Kinds::One(NodeKind::Object)),
    ("closure", Kinds::One(NodeKind::Closure)),
    ("function", Kinds::One(NodeKind::Closure)),
    ("string", Kinds::Strings),
    ("array", Kinds::One(NodeKind::Array)),
    ("code", Kinds::One(NodeKind::Code)),
    ("native", Kinds::One(NodeKind::Native)),
    ("hidden", Kinds::One(NodeKind::Hidden)),
    ("regexp", Kinds::One(NodeKind::RegExp)),
    ("number", Kinds::One(NodeKind::Number)),
    ("symbol", Kinds::One(NodeKind::Symbol)),
    ("bigint", Kinds::One(NodeKind::BigInt)),
    ("synthetic", Kinds::One(NodeKind::Synthetic)),
    ("root", Kinds::One(NodeKind::Synthetic)),
    ("shape", Kinds::One(NodeKind::ObjectShape)),
    ("wasm", Kinds::One(NodeKind::WasmObject)),
    ("concatenated", Kinds::One(NodeKind::ConsString)),
    ("sliced", Kinds::One(NodeKind::SlicedString)),
    ("detached", Kinds::Detached),
];

/// A piece of the text, with the column of its first character.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    /// `-` before a term.
    Minus,
    /// A word, and whether it stood in quotes.
    Word(String, bool),
    /// `:`, `=`, `!=`, `~`, `<`, `<=`, `>`, `>=`.
    Sign(&'static str),
}

pub(super) fn query(text: &str) -> Result<Query, QueryError> {
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser { tokens, at: 0, depth: 0, end };
    if parser.tokens.is_empty() {
        return Err(wrong(1, "there is nothing to look for; try `class:Map retained>1mb`"));
    }
    let root = parser.any()?;
    match parser.peek() {
        None => Ok(Query { root }),
        Some(_) => Err(wrong(parser.column(), "there is no `(` for this `)`")),
    }
}

fn wrong(column: usize, message: impl Into<String>) -> QueryError {
    QueryError { column, message: message.into(), word: String::new(), known: Vec::new() }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, QueryError> {
    const SIGNS: [&str; 8] = ["!=", "<=", ">=", ":", "=", "~", "<", ">"];
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut column = 1;
    while let Some(c) = rest.chars().next() {
        let after_sign = matches!(tokens.last(), Some((_, Token::Sign(_))));
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
        let (token, bytes) = match (c, sign) {
            (c, _) if c.is_whitespace() => {
                rest = &rest[c.len_utf8()..];
                column += 1;
                continue;
            }
            ('"' | '\'', _) => {
                quoted(rest, c).ok_or_else(|| wrong(column, format!("there is no second {c}")))?
            }
            (_, None) if after_sign && c != ')' => {
                let value = value(rest);
                (Token::Word(value.to_owned(), false), value.len())
            }
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            ('-', _) => (Token::Minus, 1),
            (_, Some(sign)) => (Token::Sign(sign), sign.len()),
            _ => {
                let is_end = |c: char| c.is_whitespace() || "():=~<>".contains(c);
                let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
                let before_equals = rest[word.len()..].starts_with('=');
                let word = if before_equals { word.strip_suffix('!').unwrap_or(word) } else { word };
                (Token::Word(word.to_owned(), false), word.len())
            }
        };
        tokens.push((column, token));
        column += rest[..bytes].chars().count();
        rest = &rest[bytes..];
    }
    Ok(tokens)
}

/// A value up to the next blank, with signs and brackets in it: `*app.js:12`, `(compiled code)`. A bracket that was
/// opened before the value ends it.
fn value(text: &str) -> &str {
    let mut depth = 0_u32;
    let mut blank = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return &text[..at],
            ')' => depth -= 1,
            c if c.is_whitespace() && depth == 0 => return &text[..at],
            c if c.is_whitespace() => blank = blank.or(Some(at)),
            _ => {}
        }
    }
    // A bracket that nothing closes holds no blanks together.
    &text[..blank.filter(|_| depth > 0).unwrap_or(text.len())]
}

/// A word in quotes, in which a backslash takes the next character as it is; and how many bytes it takes.
fn quoted(text: &str, quote: char) -> Option<(Token, usize)> {
    let mut word = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((Token::Word(word, true), at + 1)),
            '\\' => word.push(chars.next()?.1),
            c => word.push(c),
        }
    }
    None
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    /// The column behind the last character.
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn column(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(column, _)| *column)
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word, false)) if word.eq_ignore_ascii_case(wanted))
            && !matches!(self.tokens.get(self.at + 1), Some((_, Token::Sign(_))))
    }

    fn any(&mut self) -> Result<Term, QueryError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(wrong(self.column(), "brackets are too deep within each other"));
        }
        let mut terms = vec![self.all()?];
        while self.is_word("or") {
            self.at += 1;
            terms.push(self.all()?);
        }
        self.depth -= 1;
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::Any(terms) })
    }

    fn all(&mut self) -> Result<Term, QueryError> {
        let mut terms = vec![self.one()?];
        loop {
            if self.is_word("and") {
                self.at += 1;
            } else if matches!(self.peek(), None | Some(Token::Close)) || self.is_word("or") {
                break;
            }
            terms.push(self.one()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::All(terms) })
    }

    fn one(&mut self) -> Result<Term, QueryError> {
        if self.is_word("not") || self.peek() == Some(&Token::Minus) {
            self.at += 1;
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(wrong(self.column(), "too many `not`"));
            }
            let term = self.one()?;
            self.depth -= 1;
            return Ok(Term::Not(Box::new(term)));
        }
        let column = self.column();
        match self.peek().cloned() {
            Some(Token::Open) => {
                self.at += 1;
                let term = self.any()?;
                if self.peek() != Some(&Token::Close) {
                    return Err(wrong(column, "there is no `)` for this `(`"));
                }
                self.at += 1;
                Ok(term)
            }
            Some(Token::Word(word, is_quoted)) => self.word(word, is_quoted, column),
            Some(Token::Sign(sign)) => Err(wrong(column, format!("there is nothing before `{sign}`"))),
            Some(Token::Close) => Err(wrong(column, "there is nothing before `)`")),
            Some(Token::Minus) => Err(wrong(column, "there is nothing after `-`")),
            None => Err(wrong(column, "something is missing at the end")),
        }
    }

    /// A word alone is a part of a name, `@123` an id; before a sign it is a key.
    fn word(&mut self, word: String, is_quoted: bool, column: usize) -> Result<Term, QueryError> {
        self.at += 1;
        let sign = match self.peek() {
            Some(Token::Sign(sign)) if !is_quoted => *sign,
            _ => {
                if word.eq_ignore_ascii_case("detached") && !is_quoted {
                    return Ok(Term::Kind(Kinds::Detached));
                }
                let id = word.strip_prefix('@').filter(|_| !is_quoted).and_then(|id| id.parse().ok());
                return Ok(match id {
                    Some(id) => Term::Figure(Figure::Id, id, id),
                    None => Term::Text(Field::Name, Match::of(word, true)),
                });
            }
        };
        let sign_column = self.column();
        self.at += 1;
        let value_column = self.column();
        let Some(Token::Word(value, _)) = self.peek().cloned() else {
            return Err(wrong(value_column, format!("there is no value after `{word}{sign}`")));
        };
        self.at += 1;
        term(&Named { key: &word, column, sign, sign_column, value: &value, value_column })
    }
}

/// A key, a sign and a value with their columns.
struct Named<'t> {
    key: &'t str,
    column: usize,
    sign: &'static str,
    sign_column: usize,
    value: &'t str,
    value_column: usize,
}

fn term(named: &Named<'_>) -> Result<Term, QueryError> {
    let key = named.key.to_ascii_lowercase();
    let figure = match key.as_str() {
        "class" => return text(named, |how| Term::Text(Field::Class, how)),
        "name" => return text(named, |how| Term::Text(Field::Name, how)),
        "text" => return text(named, |how| Term::Text(Field::Text, how)),
        "has" => return text(named, Term::Has),
        "place" => return text(named, Term::Place),
        "kind" => return kind(named),
        "detached" => {
            return match named.value {
                "true" | "yes" => Ok(Term::Kind(Kinds::Detached)),
                "false" | "no" => Ok(Term::Not(Box::new(Term::Kind(Kinds::Detached)))),
                _ => Err(wrong(named.value_column, "`detached` is `yes` or `no`")),
            };
        }
        "size" | "shallow" => Figure::Shallow,
        "retained" => Figure::Retained,
        "distance" => Figure::Distance,
        "id" => Figure::Id,
        "edges" => Figure::Edges,
        "count" => Figure::Count,
        _ => {
            let message = format!("there is no key `{}`", named.key);
            let column = named.column;
            return Err(QueryError { column, message, word: named.key.to_owned(), known: KEYS.to_vec() });
        }
    };
    self::figure(named, figure)
}

/// A term of text: `:` and `=` match the whole name, `~` a part of it.
fn text(named: &Named<'_>, term: impl Fn(Match) -> Term) -> Result<Term, QueryError> {
    let matched = |contains| term(Match::of(named.value.to_owned(), contains));
    match named.sign {
        ":" | "=" => Ok(matched(false)),
        "~" => Ok(matched(true)),
        "!=" => Ok(Term::Not(Box::new(matched(false)))),
        sign => Err(wrong(
            named.sign_column,
            format!(
                "`{}` is text and cannot be compared by `{sign}`; use `:` for all of it or `~` for a part",
                named.key
            ),
        )),
    }
}

impl Match {
    fn of(text: String, contains: bool) -> Match {
        if contains {
            Match::Contains(text.to_lowercase())
        } else if text.contains('*') {
            Match::Like(text)
        } else {
            Match::Exactly(text)
        }
    }
}

fn kind(named: &Named<'_>) -> Result<Term, QueryError> {
    let wanted = named.value.to_ascii_lowercase();
    let Some((_, kind)) = KINDS.iter().find(|(word, _)| *word == wanted) else {
        let known = KINDS.iter().map(|(word, _)| *word).collect();
        let message = format!("there is no kind `{}`", named.value);
        return Err(QueryError { column: named.value_column, message, word: named.value.to_owned(), known });
    };
    match named.sign {
        ":" | "=" => Ok(Term::Kind(*kind)),
        "!=" => Ok(Term::Not(Box::new(Term::Kind(*kind)))),
        sign => Err(wrong(named.sign_column, format!("a kind cannot be compared by `{sign}`; use `:`"))),
    }
}

fn figure(named: &Named<'_>, figure: Figure) -> Result<Term, QueryError> {
    let value = match figure {
        Figure::Shallow | Figure::Retained => bytes(named.value),
        Figure::Id => named.value.strip_prefix('@').unwrap_or(named.value).parse().ok(),
        _ => named.value.parse().ok(),
    };
    let Some(value) = value else {
        let example = match figure {
            Figure::Shallow | Figure::Retained => "bytes: `500`, `64kb`, `1.5mb`, `2gb`",
            Figure::Id => "an id: `@1234`",
            _ => "a whole number",
        };
        return Err(wrong(named.value_column, format!("`{}` is not {example}", named.value)));
    };
    Ok(match named.sign {
        ":" | "=" => Term::Figure(figure, value, value),
        "!=" => Term::Not(Box::new(Term::Figure(figure, value, value))),
        "<=" => Term::Figure(figure, 0, value),
        ">=" => Term::Figure(figure, value, u64::MAX),
        "<" => value.checked_sub(1).map_or(Term::Any(Vec::new()), |most| Term::Figure(figure, 0, most)),
        ">" => {
            value.checked_add(1).map_or(Term::Any(Vec::new()), |least| Term::Figure(figure, least, u64::MAX))
        }
        sign => {
            return Err(wrong(
                named.sign_column,
                format!(
                    "`{}` is a figure and cannot be compared by `{sign}`; use `=`, `<`, `<=`, `>` or `>=`",
                    named.key
                ),
            ));
        }
    })
}

/// Bytes with a unit in powers of 1,024: `1.5mb`. Without one, bytes.
fn bytes(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let units = [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("k", 10), ("m", 20), ("g", 30), ("b", 0)];
    let (figure, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, *shift)))
        .unwrap_or((&lower, 0));
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    let digits = |text: &str| text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    if !whole.bytes().all(|b| b.is_ascii_digit()) || !digits(part) || figure.is_empty() || whole.is_empty() {
        return None;
    }
    let unit: u128 = 1 << shift;
    let parts =
        if part.is_empty() { 0 } else { part.parse::<u128>().ok()? * unit / 10_u128.pow(part.len() as u32) };
    u64::try_from(whole.parse::<u64>().ok().map(u128::from)? * unit + parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Term {
        query(text).map_or_else(|error| panic!("{text}: {error}"), |query| query.root)
    }

    #[test]
    fn terms_stand_for_what_they_say() {
        assert_eq!(parsed("class:Foo"), Term::Text(Field::Class, Match::Exactly("Foo".into())));
        assert_eq!(parsed("name~TeXt"), Term::Text(Field::Name, Match::Contains("text".into())));
        assert_eq!(parsed("class:*Context"), Term::Text(Field::Class, Match::Like("*Context".into())));
        assert_eq!(parsed("'a b'"), Term::Text(Field::Name, Match::Contains("a b".into())));
        assert_eq!(
            parsed(r#"text:"say \"x\"""#),
            Term::Text(Field::Text, Match::Exactly("say \"x\"".into()))
        );
        assert_eq!(parsed("size>1kb"), Term::Figure(Figure::Shallow, 1025, u64::MAX));
        assert_eq!(parsed("retained >= 1.5mb"), Term::Figure(Figure::Retained, 3 << 19, u64::MAX));
        assert_eq!(parsed("distance<5"), Term::Figure(Figure::Distance, 0, 4));
        assert_eq!(parsed("id:@123"), Term::Figure(Figure::Id, 123, 123));
        assert_eq!(parsed("@7"), Term::Figure(Figure::Id, 7, 7));
        assert_eq!(parsed("-kind:string"), Term::Not(Box::new(Term::Kind(Kinds::Strings))));
        assert_eq!(parsed("(class:(a b) x)"), Term::All(vec![parsed("class:'(a b)'"), parsed("x")]));
        assert_eq!(parsed("place:*a.js:12"), Term::Place(Match::Like("*a.js:12".into())));
        assert_eq!(parsed("class:(open x"), Term::All(vec![parsed("class:'(open'"), parsed("x")]));
        assert_eq!(parsed("class:-x"), Term::Text(Field::Class, Match::Exactly("-x".into())));
        assert_eq!(parsed("kind!=string"), Term::Not(Box::new(Term::Kind(Kinds::Strings))));
        assert_eq!(parsed("has:facts"), Term::Has(Match::Exactly("facts".into())));
        assert_eq!(parsed("size<0"), Term::Any(Vec::new()));
    }

    #[test]
    fn words_join_terms() {
        let (a, b, c) = (|| parsed("a"), || parsed("b"), || parsed("c"));
        assert_eq!(
            parsed("a b or not c"),
            Term::Any(vec![Term::All(vec![a(), b()]), Term::Not(Box::new(c()))])
        );
        assert_eq!(parsed("a and (b or c)"), Term::All(vec![a(), Term::Any(vec![b(), c()])]));
        assert_eq!(parsed("'or'"), Term::Text(Field::Name, Match::Contains("or".into())));
    }

    #[test]
    fn mistakes_are_placed_and_explained() {
        let mistakes = [
            "",
            "clas:Foo",
            "class>Foo",
            "size>big",
            "size~3",
            "kind:objekt",
            "kind<object",
            "(a",
            "a)",
            "a or",
            "not",
            "name:",
            ">3",
            "\"open",
            "id:abc",
            "distance=far",
            "é clas:x",
            "size>1.5.3mb",
            "retained>99999999tb",
            "()",
            "detached:maybe",
            "size>.mb",
            "-",
        ];
        let told: Vec<String> = mistakes
            .into_iter()
            .map(|text| match query(text) {
                Ok(query) => panic!("{text}: {query:?}"),
                Err(error) => format!("{text:?}: {error}"),
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn no_text_breaks_the_parser() {
        let pieces =
            ["(", ")", "not ", "or ", "class", ":", "!=", "\"", "\\", "é", "@", "9", "kb", "~", " ", "*"];
        let mut seed = 7_u32;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..seed % 9 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(seed >> 16) as usize % pieces.len()]);
            }
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let _ = query(&text);
        }
        assert!(query(&"(".repeat(100_000)).is_err());
        assert!(query(&"not ".repeat(100_000)).is_err());
    }
}
