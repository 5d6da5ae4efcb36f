//! Text with holes: `{n}` is filled in anew for every request.
//!
//! Braces are common in bodies (JSON, GraphQL), so only a name directly between two braces is a hole, and in a body
//! only a name that is known.

use super::error::help;

/// Names that can stand between braces.
const KNOWN: &[&str] = &["n"];

/// Where a template stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a request's path.
    Path,
    /// In the value of a header field.
    Header,
    /// In a body.
    Body,
}

/// Text with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// Never two texts side by side.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Sent as it is.
    Text(String),
    /// The request's number.
    Key,
}

/// A name between braces that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    name: String,
}

impl Unknown {
    /// What is wrong.
    pub fn message(&self) -> String {
        format!("`{{{}}}` stands for nothing", self.name)
    }

    /// What to do.
    pub fn help(&self) -> String {
        help(&self.name, KNOWN)
    }
}

impl Template {
    /// Finds the holes of a text. Unknown names are an error but in a body, where they are text.
    pub fn parse(text: &str, place: Place) -> Result<Template, Unknown> {
        let mut template = Template { pieces: Vec::new() };
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let inner = &rest[open + 1..];
            let name = inner.find('}').map(|close| &inner[..close]).filter(|name| is_name(name));
            match name {
                Some("n") => {
                    template.push_text(&rest[..open]);
                    template.pieces.push(Piece::Key);
                    rest = &inner["n}".len()..];
                }
                Some(name) if place != Place::Body => return Err(Unknown { name: name.to_owned() }),
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
                hole @ Piece::Key => self.pieces.push(hole),
            }
        }
    }

    /// Writes the text for one request.
    pub fn write(&self, key: u64, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Key => write_number(key, out),
            }
        }
    }

    /// How many bytes `write` makes for one request.
    pub fn length(&self, key: u64) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Key => key.checked_ilog10().map_or(1, |log| log as usize + 1),
            })
            .sum()
    }
}

fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Writes a number in decimal digits.
pub(crate) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, place: Place, key: u64) -> String {
        let template = Template::parse(text, place).unwrap();
        let mut out = Vec::new();
        template.write(key, &mut out);
        assert_eq!(out.len(), template.length(key), "the length is told before the text is made");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_hole_is_filled_with_the_same_number() {
        assert_eq!(written("/p/{n}?again={n}", Place::Path, 1207), "/p/1207?again=1207");
        assert_eq!(written("{n}", Place::Header, 0), "0");
        assert_eq!(written("{n}", Place::Header, u64::MAX), u64::MAX.to_string());
        assert_eq!(written("/", Place::Path, 5), "/");
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
        let unknown = Template::parse("/items/{id}", Place::Path).unwrap_err();
        assert_eq!(unknown.message(), "`{id}` stands for nothing");
        assert_eq!(unknown.help(), "known are `n`");
    }
}
