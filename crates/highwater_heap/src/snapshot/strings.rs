//! The string section: its bytes as they stand in the file, and where each string begins. Nothing is unescaped until
//! someone reads it.

use super::error::{BROKEN, DecodeError};
use crate::ids::StringId;
use std::borrow::Cow;

/// All strings of a snapshot.
#[derive(Default, Debug)]
pub(crate) struct Strings {
    /// The section's bytes between its brackets.
    text: Vec<u8>,
    /// Where each string's first byte is.
    starts: Vec<u64>,
}

/// Reads the section while its bytes arrive.
#[derive(Default, Debug)]
pub(super) struct Reader {
    strings: Strings,
    /// How far `text` was looked at.
    seen: usize,
    inside: bool,
    comma: bool,
    /// Where in the file the section's first byte is.
    begin: u64,
}

impl Strings {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The string as it is written, between its quotes.
    pub(crate) fn raw(&self, id: StringId) -> &[u8] {
        let Some(start) = self.starts.get(id.index()) else { return b"" };
        let start = *start as usize;
        let next = self.starts.get(id.index() + 1).map_or(self.text.len(), |next| *next as usize - 1);
        // Between the closing quote and the next opening one are a comma and blanks.
        let end = self.text[start..next].iter().rposition(|b| *b == b'"').map_or(start, |at| start + at);
        &self.text[start..end]
    }

    pub(crate) fn get(&self, id: StringId) -> Cow<'_, str> {
        unescape(self.raw(id))
    }

    /// The first string whose written form is exactly this.
    pub(crate) fn find(&self, text: &str) -> Option<StringId> {
        let quoted = serde_json::to_string(text).ok()?;
        let finder = memchr::memmem::Finder::new(quoted.as_bytes());
        let found = finder.find_iter(&self.text).find_map(|at| self.beginning_at(at as u64 + 1));
        // V8 escapes what lies beyond ASCII; the written form is then another.
        found.or_else(|| {
            let ids = (0..self.len()).map(StringId::at);
            (!text.is_ascii() || text.contains(|c: char| c.is_ascii_control()))
                .then(|| ids.into_iter().find(|id| self.get(*id) == text))
                .flatten()
        })
    }

    /// Strings that hold these bytes in their written form, in order.
    pub(crate) fn holding<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = StringId> + 'a {
        let mut last = None;
        memchr::memmem::find_iter(&self.text, bytes).filter_map(move |at| {
            let after = self.starts.partition_point(|start| *start <= at as u64);
            let id = after.checked_sub(1).map(StringId::at)?;
            (last.replace(id) != Some(id)).then_some(id)
        })
    }

    fn beginning_at(&self, start: u64) -> Option<StringId> {
        self.starts.binary_search(&start).ok().map(StringId::at)
    }
}

impl Reader {
    /// Takes more bytes, the first of which is at `offset` in the file. Gives how many belong to the section once its
    /// end is among them.
    pub(super) fn push(&mut self, bytes: &[u8], offset: u64) -> Result<Option<usize>, DecodeError> {
        let before = self.strings.text.len();
        self.begin = offset - before as u64;
        self.strings.text.extend_from_slice(bytes);
        let begin = self.begin;
        let wrong = |at: usize, what: String| Err(DecodeError::new(begin + at as u64, what, BROKEN));
        loop {
            if self.inside {
                let rest = &self.strings.text[self.seen..];
                let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                    self.seen = self.strings.text.len();
                    return Ok(None);
                };
                let at = self.seen + found;
                if self.strings.text[at] == b'"' {
                    self.inside = false;
                    self.seen = at + 1;
                    continue;
                }
                self.seen = at;
                match escape_length(&self.strings.text[at..]) {
                    Some(Ok(length)) => self.seen += length,
                    Some(Err(())) => {
                        return wrong(at, "a string holds an escape that JSON does not know".into());
                    }
                    None => return Ok(None),
                }
                continue;
            }
            let Some(byte) = self.strings.text.get(self.seen).copied() else { return Ok(None) };
            match byte {
                b'"' if self.comma || self.strings.starts.is_empty() => {
                    self.strings.starts.push(self.seen as u64 + 1);
                    (self.inside, self.comma) = (true, false);
                }
                b',' if !self.comma && !self.strings.starts.is_empty() => self.comma = true,
                b' ' | b'\n' | b'\r' | b'\t' => {}
                b']' if !self.comma => {
                    let end = self.seen;
                    self.strings.text.truncate(end);
                    return Ok(Some(end + 1 - before));
                }
                other => {
                    let what =
                        format!("`{}` where a string or the end of `strings` belongs", other.escape_ascii());
                    return wrong(self.seen, what);
                }
            }
            self.seen += 1;
            if self.strings.starts.len() >= u32::MAX as usize {
                return wrong(self.seen, "more than 4 billion strings".into());
            }
        }
    }

    /// What was read, also when the end has not come: then without the string that was cut.
    pub(super) fn finish(mut self) -> Strings {
        if self.inside
            && let Some(cut) = self.strings.starts.pop()
        {
            self.strings.text.truncate(cut as usize - 1);
        }
        self.strings.text.shrink_to_fit();
        self.strings.starts.shrink_to_fit();
        self.strings
    }
}

/// How long the escape is that begins here; nothing when its end has not come yet.
fn escape_length(bytes: &[u8]) -> Option<Result<usize, ()>> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(Ok(2)),
        b'u' => {
            let digits = &bytes[2..bytes.len().min(6)];
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return Some(Err(()));
            }
            (digits.len() == 4).then_some(Ok(6))
        }
        _ => Some(Err(())),
    }
}

/// Text as JSON writes it to text as a person reads it. A surrogate without its other half becomes U+FFFD, as do bytes
/// that are not UTF-8.
pub(crate) fn unescape(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw);
    }
    let mut units = Vec::with_capacity(raw.len());
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&first, _)) = rest.split_first() {
        if first != b'\\' {
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            flush(&mut units, &mut out);
            out.push_str(&String::from_utf8_lossy(&rest[..plain]));
            rest = &rest[plain..];
            continue;
        }
        let Some(Ok(length)) = escape_length(rest) else {
            // The reader lets no other escape in.
            break;
        };
        units.push(unit(&rest[..length]));
        rest = &rest[length..];
    }
    flush(&mut units, &mut out);
    Cow::Owned(out)
}

fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// The UTF-16 unit that an escape stands for.
fn unit(escape: &[u8]) -> u16 {
    match escape[1] {
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'u' => escape[2..]
            .iter()
            .fold(0, |unit, digit| unit * 16 + char::from(*digit).to_digit(16).unwrap_or_default() as u16),
        other => u16::from(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, step: usize) -> Result<(Vec<String>, usize), DecodeError> {
        let mut reader = Reader::default();
        let mut offset = 0;
        for chunk in text.as_bytes().chunks(step) {
            if let Some(used) = reader.push(chunk, offset)? {
                let strings = reader.finish();
                let all = (0..strings.len()).map(|at| strings.get(StringId::at(at)).into_owned()).collect();
                return Ok((all, offset as usize + used));
            }
            offset += chunk.len() as u64;
        }
        let strings = reader.finish();
        Ok(((0..strings.len()).map(|at| strings.get(StringId::at(at)).into_owned()).collect(), 0))
    }

    #[test]
    fn strings_come_out_whole_however_they_are_cut() {
        let text = r#"
 "","a" , "q\"uote\\", "\ud83d\ude00\n", "lone \ud800!","tab\t\/", "üñ" ]}"#;
        let expected = ["", "a", "q\"uote\\", "😀\n", "lone \u{fffd}!", "tab\t/", "üñ"];
        for step in [1, 2, 3, 5, 7, 1000] {
            let (strings, used) = read(text, step).expect("strings");
            assert_eq!(strings, expected, "{step}");
            assert_eq!(used, text.len() - 1, "{step}");
        }
    }

    #[test]
    fn a_cut_section_keeps_what_is_whole() {
        assert_eq!(read(r#""a","b","c"#, 4).expect("strings"), (vec!["a".into(), "b".into()], 0));
    }

    #[test]
    fn disorder_is_told_by_its_place() {
        for (text, at) in
            [(r#""a" "b"]"#, 4), (r#""a",]"#, 4), (r#""a\x"]"#, 2), (r#""a","\u12g4"]"#, 5), ("1]", 0)]
        {
            for step in [1, 100] {
                assert_eq!(read(text, step).expect_err(text).offset, at, "{text} by {step}");
            }
        }
    }
}
