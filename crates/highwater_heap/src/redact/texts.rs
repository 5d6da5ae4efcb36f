//! What a text looks like: a name in code, an address, an element, an entry of a weak map; and what takes its place.

use crate::ids::StringId;
use std::borrow::Cow;

/// Longer names are not written by hand.
const NAME_CHARACTERS_MAX: usize = 64;
/// Names with more digits than this are numbers of something.
const NAME_DIGITS_MAX: usize = 4;

/// Stands for a text: what it was, which one (equal texts are equal), and about how long.
pub(super) fn placeholder(what: &str, id: StringId, text: &str) -> String {
    let length = text.chars().count();
    match length.checked_ilog2() {
        None | Some(0) => format!("‹{what} {}, 1 character›", id.get()),
        Some(log) => {
            format!("‹{what} {}, {} to {} characters›", id.get(), 1_u64 << log, (1_u64 << (log + 1)) - 1)
        }
    }
}

/// Whether a property name reads like one that is written in code.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.strip_prefix("get ").or_else(|| text.strip_prefix("set ")).unwrap_or(text);
    let symbol = text.strip_prefix("<symbol ").and_then(|text| text.strip_suffix('>'));
    // Symbols are called after where they belong: `Symbol.iterator`, `nodejs.util.inspect.custom`.
    let dots = symbol.is_some();
    let text = symbol.unwrap_or(text);
    let text = text.strip_prefix('#').unwrap_or(text);
    let known =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || dots && matches!(c, '.' | ':' | ' ');
    text.len() <= NAME_CHARACTERS_MAX
        && text.chars().all(known)
        && text.bytes().filter(u8::is_ascii_digit).count() <= NAME_DIGITS_MAX
}

/// A name without what may be a value in it; nothing where nothing of it may be.
pub(super) fn trimmed(text: &str) -> Option<String> {
    let out = data_address(&addresses(&element(text))).into_owned();
    (out != text).then_some(out)
}

/// Elements of pages lose their attributes.
fn element(text: &str) -> Cow<'_, str> {
    let Some(at) = text.find('<').filter(|at| *at == 0 || &text[..*at] == "Detached ") else {
        return text.into();
    };
    let tag = &text[at + 1..];
    let length = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(tag.len());
    // `<symbol x>` is how V8 writes a symbol, `<dummy>` and the like have no attributes.
    if tag[length..].starts_with(' ') && &tag[..length] != "symbol" {
        return format!("{}>", &text[..at + 1 + length]).into();
    }
    text.into()
}

/// Addresses lose who asks and what is asked for: `https://ann:pass@host/path?token=1#x` becomes `https://host/path`.
fn addresses(text: &str) -> Cow<'_, str> {
    let Some(at) = text.find("://") else { return text.into() };
    let (scheme, rest) = text.split_at(at + 3);
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let host = rest.find('/').unwrap_or(rest.len());
    let user = rest[..host].rfind('@').map_or(0, |at| at + 1);
    if user == 0 && scheme.len() + rest.len() == text.len() {
        return text.into();
    }
    format!("{scheme}{}", &rest[user..]).into()
}

/// Addresses that are their own content lose it.
fn data_address(text: &str) -> Cow<'_, str> {
    let begin = text.find("data:").filter(|at| *at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric());
    match begin.and_then(|begin| text[begin..].find(',').map(|comma| begin + comma + 1)) {
        Some(end) if end < text.len() => format!("{}…", &text[..end]).into(),
        _ => text.into(),
    }
}

/// The name that V8 gives to both references of a weak map's entry. It carries the names of key and value.
pub(super) struct WeakEntry<'a> {
    number: &'a str,
    /// V8's number of the key.
    pub(super) key: u64,
    /// V8's number of the value.
    pub(super) value: u64,
    table: u64,
}

impl WeakEntry<'_> {
    /// The same name with other names in it.
    pub(super) fn with_names(&self, key: Option<Cow<'_, str>>, value: Option<Cow<'_, str>>) -> String {
        format!(
            "{} / part of key ({} @{}) -> value ({} @{}) pair in WeakMap (table @{})",
            self.number,
            key.unwrap_or_default(),
            self.key,
            value.unwrap_or_default(),
            self.value,
            self.table
        )
    }
}

pub(super) fn weak_entry(text: &str) -> Option<WeakEntry<'_>> {
    let (number, inner) = text.split_once(" / part of key (")?;
    let (inner, table) = number_at_end(inner.strip_suffix(')')?)?;
    let inner = inner.strip_suffix(" pair in WeakMap (table @")?.strip_suffix(')')?;
    let (inner, value) = number_at_end(inner)?;
    // Names may hold anything, also what parts key and value.
    let key = inner.match_indices(") -> value (").find_map(|(at, _)| {
        let (before, key) = number_at_end(&inner[..at])?;
        before.ends_with(" @").then_some(key)
    })?;
    Some(WeakEntry { number, key, value, table })
}

fn number_at_end(text: &str) -> Option<(&str, u64)> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text[before.len()..].parse().ok().map(|number| (before, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_are_told_from_keys_of_data() {
        for name in [
            "sessions",
            "_x",
            "$",
            "#secret",
            "get size",
            "<symbol Symbol.iterator>",
            "utf8",
            "a1b2",
            "HTTP_200",
        ] {
            assert!(is_name(name), "{name}");
        }
        for key in [
            "ann@example.com",
            "content-type",
            "/api/users",
            "user:17",
            "20261122",
            "a b",
            "ключ",
            "a1b2c3d4e5",
        ] {
            assert!(!is_name(key), "{key}");
        }
    }

    #[test]
    fn names_lose_what_may_be_a_value() {
        for (name, expected) in [
            ("<div id=\"ann\" class=\"x\">", "<div>"),
            ("Detached <my-box data-x=1>", "Detached <my-box>"),
            ("https://a.example/x.js?token=1#y", "https://a.example/x.js"),
            ("Window / https://ann:pw@a.example/@x", "Window / https://a.example/@x"),
            ("data:text/javascript,export default 1", "data:text/javascript,…"),
            ("Map<string, x>", "Map<string, x>"),
            ("<symbol a b>", "<symbol a b>"),
            ("file:///srv/app/main.js", "file:///srv/app/main.js"),
            ("metadata:x,y", "metadata:x,y"),
        ] {
            assert_eq!(trimmed(name).as_deref().unwrap_or(name), expected);
        }
    }

    #[test]
    fn entries_of_weak_maps_are_taken_apart() {
        let text = "7 / part of key (Key @12) -> value (a @1) -> value (b @3) pair in WeakMap (table @34)";
        let entry = weak_entry(text).expect("an entry");
        assert_eq!((entry.key, entry.value, entry.table), (12, 3, 34));
        let expected = "7 / part of key (K @12) -> value ( @3) pair in WeakMap (table @34)";
        assert_eq!(entry.with_names(Some("K".into()), None), expected);
    }
}
