//! Text with holes: `{n}` and other names are filled in anew for every request.
//!
//! Braces are common in bodies (JSON, GraphQL), so only a name directly between two braces is a hole, and in a body
//! only a name that is known.

use super::error::help;
use super::generator::{BUILT_IN, Fill, Generators, Hole};

/// Where a template stands: decides how values are written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a request's path.
    Path,
    /// In the value of a header field.
    Header,
    /// In a body of any kind.
    Body,
    /// In a body of JSON.
    Json,
}

impl Place {
    /// A value as it must be written here.
    pub fn escaped(self, value: &str) -> String {
        match self {
            Place::Path => value.bytes().fold(String::new(), |mut out, byte| {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
                out
            }),
            Place::Header => value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            Place::Body => value.to_owned(),
            Place::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or_default().to_owned()
            }
        }
    }
}

/// Text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    /// Never two texts side by side.
    pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Sent as it is.
    Text(String),
    /// Filled in.
    Hole(Hole),
}

/// A name between braces that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    name: String,
    known: Vec<String>,
}

impl Unknown {
    /// What is wrong.
    pub fn message(&self) -> String {
        format!("`{{{}}}` stands for nothing", self.name)
    }

    /// What to do.
    pub fn help(&self) -> String {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let mut out = help(&self.name, &known);
        if self.known.len() == BUILT_IN.len() {
            out.push_str("; others are declared under `generators`");
        }
        out
    }
}

impl Template {
    /// Finds the holes of a text. Unknown names are an error but in a body, where they are text.
    pub fn parse(text: &str, place: Place, generators: &Generators) -> Result<Template, Unknown> {
        let mut template = Template::default();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let inner = &rest[open + 1..];
            let name = inner.find('}').map(|close| &inner[..close]).filter(|name| is_name(name));
            match name.map(|name| (name, generators.hole(name, place))) {
                Some((name, Some(hole))) => {
                    template.push_text(&rest[..open]);
                    template.pieces.push(Piece::Hole(hole));
                    rest = &inner[name.len() + 1..];
                }
                Some((name, None)) if matches!(place, Place::Path | Place::Header) => {
                    return Err(Unknown { name: name.to_owned(), known: generators.names() });
                }
                _ => {
                    template.push_text(&rest[..=open]);
                    rest = inner;
                }
            }
        }
        template.push_text(rest);
        Ok(template)
    }

    /// Whether it is the same for every request.
    pub fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// Whether it has the time of day in it.
    pub fn needs_time(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Hole(hole) if hole.needs_time()))
    }

    /// Adds text at the end.
    pub fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// Adds another template at the end.
    pub fn push(&mut self, other: Template) {
        for piece in other.pieces {
            match piece {
                Piece::Text(text) => self.push_text(&text),
                hole @ Piece::Hole(_) => self.pieces.push(hole),
            }
        }
    }

    /// Writes the text for one request.
    pub fn write(&self, fill: Fill, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Hole(hole) => hole.write(fill, out),
            }
        }
    }

    /// How many bytes `write` makes for one request.
    pub fn length(&self, fill: Fill) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Hole(hole) => hole.length(fill),
            })
            .sum()
    }
}

fn is_name(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or(text);
    name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::generator::{Generator, Rows};
    use super::*;
    use std::sync::Arc;

    fn written(text: &str, place: Place, key: u64) -> String {
        let mut generators = Generators::default();
        let column = Arc::from(["Ann \"A\" Lee/ü".to_owned(), "Bob".to_owned()]);
        let rows = Rows { names: vec!["name".into()], columns: vec![column], in_order: true };
        generators.insert("user".into(), Generator::Rows(Arc::new(rows)));
        generators.insert("page".into(), Generator::Counter { start: 1, step: 1 });
        let template = Template::parse(text, place, &generators).unwrap();
        let mut out = Vec::new();
        let fill = Fill { key, now_ms: 0 };
        template.write(fill, &mut out);
        assert_eq!(out.len(), template.length(fill), "the length is told before the text is made");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_hole_is_filled_with_the_same_number() {
        assert_eq!(written("/p/{n}?again={n}", Place::Path, 1207), "/p/1207?again=1207");
        assert_eq!(written("{n}", Place::Header, 0), "0");
        assert_eq!(written("{n}", Place::Header, u64::MAX), u64::MAX.to_string());
        assert_eq!(written("/", Place::Path, 5), "/");
        assert_eq!(written("/{page}/{n}", Place::Path, 5), "/6/5");
    }

    #[test]
    fn values_are_written_as_their_place_needs_them() {
        assert_eq!(written("/u/{user.name}", Place::Path, 0), "/u/Ann%20%22A%22%20Lee%2F%C3%BC");
        assert_eq!(written(r#"{"name":"{user.name}"}"#, Place::Json, 0), r#"{"name":"Ann \"A\" Lee/ü"}"#);
        assert_eq!(written("name={user.name}", Place::Body, 1), "name=Bob");
    }

    #[test]
    fn braces_of_bodies_are_left_alone() {
        assert_eq!(written(r#"{"id":{n}}"#, Place::Body, 7), r#"{"id":7}"#);
        assert_eq!(written("{user(id:{n}){name}}", Place::Body, 7), "{user(id:7){name}}");
        assert_eq!(written("{{n}", Place::Body, 7), "{7");
        assert_eq!(written("a {", Place::Body, 7), "a {");
    }

    #[test]
    fn an_unknown_hole_in_a_path_is_told() {
        let unknown = Template::parse("/items/{id}", Place::Path, &Generators::default()).unwrap_err();
        assert_eq!(unknown.message(), "`{id}` stands for nothing");
        assert_eq!(
            unknown.help(),
            "known are `n`, `$uuid`, `$time`, `$time_ms`; others are declared under `generators`"
        );
    }
}
