//! Bytes to text, and the look at a text that tells source code from what only has its file ending.

use std::borrow::Cow;

/// A decoded file.
pub struct Decoded<'b> {
    /// The text, without a byte order mark. Byte offsets into it are what facts speak of.
    pub text: Cow<'b, str>,
    /// Offset of the first byte that is not UTF-8, if there was one; such bytes became U+FFFD.
    pub broken_at: Option<usize>,
}

/// Decodes a file: UTF-8 with or without a mark, UTF-16 with one, anything else with replacements.
/// The same bytes always give the same text, so spans stay right when a file is read again for an excerpt.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Some(wide) = wide(bytes) {
        return Decoded { text: Cow::Owned(wide), broken_at: None };
    }
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(body) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), broken_at: None },
        Err(error) => Decoded { text: String::from_utf8_lossy(body), broken_at: Some(error.valid_up_to()) },
    }
}

fn wide(bytes: &[u8]) -> Option<String> {
    let little = bytes.starts_with(&[0xFF, 0xFE]);
    if !little && !bytes.starts_with(&[0xFE, 0xFF]) {
        return None;
    }
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(unit).collect();
    Some(String::from_utf16_lossy(&units))
}

/// Whether bytes with a source ending are not source at all: a video (`.ts`), a Qt translation (`.ts`).
pub fn is_foreign(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    let marked = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    if !marked && head.contains(&0) {
        return true;
    }
    let start = head.trim_ascii_start();
    start.starts_with(b"<?xml") || start.starts_with(b"<!DOCTYPE TS>")
}

/// A line this long is no longer written by hand.
const LONG_LINE: usize = 20_000;
/// An average line this long neither.
const LONG_AVERAGE: usize = 500;

/// Whether a text is minified: long lines of code. A long line of data (base64, a path, a number table) does not
/// count, for such lines sit in files that people write.
pub fn is_minified(text: &str) -> bool {
    if text.len() < 2 * LONG_AVERAGE {
        return false;
    }
    if !has_long_line(text.as_bytes()) {
        return false;
    }
    let (mut lines, mut bytes) = (0_usize, 0_usize);
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    for end in ends {
        let line = &text.as_bytes()[from..end];
        from = end + 1;
        if line.len() > LONG_AVERAGE && !is_dense(line) {
            continue;
        }
        if line.len() > LONG_LINE {
            return true;
        }
        lines += 1;
        bytes += line.len();
    }
    lines > 0 && bytes / lines > LONG_AVERAGE
}

/// Whether any line is longer than average lines may be. Looks at the end of each stretch of that length, so that
/// most of a text is not looked at.
fn has_long_line(text: &[u8]) -> bool {
    let mut from = 0;
    while text.len() - from > LONG_AVERAGE {
        match memchr::memrchr(b'\n', &text[from..=from + LONG_AVERAGE]) {
            Some(end) => from += end + 1,
            None => return true,
        }
    }
    false
}

/// Whether a line has code's share of brackets and semicolons.
fn is_dense(line: &[u8]) -> bool {
    let marks = line.iter().filter(|b| matches!(b, b'(' | b')' | b'{' | b'}' | b';')).count();
    marks * 40 > line.len()
}
