//! Which references are the two halves of an entry of a weak map.
//!
//! A weak map keeps a value alive as long as both its table and the key live. Snapshots show that as one edge from the
//! table and one from the key, with a name that is the only mark: `7 / part of key (K @1) -> value (V @2) pair in
//! WeakMap (table @3)`. Source: `V8HeapExplorer::ExtractEphemeronHashTableReferences` in V8.

use crate::snapshot::{PackedEdge, Strings};
use rustc_hash::FxHashMap;

/// Names of ephemeron edges.
#[derive(Debug, Default)]
pub(crate) struct Ephemerons {
    /// By string: the table's number, and which pair of table and key it is.
    names: FxHashMap<u32, Pair>,
    /// One bit for each string, so that the map is asked only where it knows something.
    known: Vec<u64>,
}

/// The entry that an edge is half of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// V8's number of the table.
    pub(crate) table: u64,
    /// The same for both halves, another for any other entry.
    pub(crate) entry: u32,
}

impl Ephemerons {
    pub(crate) fn find(strings: &Strings) -> Ephemerons {
        let mut found = Ephemerons::default();
        let mut entries: FxHashMap<String, u32> = FxHashMap::default();
        for id in strings.holding(b" pair in WeakMap (table @") {
            let Some((table, entry)) =
                parse(&strings.get(id)).map(|(table, entry)| (table, entry.to_owned()))
            else {
                continue;
            };
            if found.known.is_empty() {
                found.known = vec![0; strings.len().div_ceil(64)];
            }
            let next = entries.len() as u32;
            let entry = *entries.entry(entry).or_insert(next);
            found.names.insert(id.get(), Pair { table, entry });
            found.known[id.index() / 64] |= 1 << (id.get() % 64);
        }
        found
    }

    /// The entry that an internal edge is half of.
    #[inline]
    pub(crate) fn pair(&self, edge: PackedEdge) -> Option<Pair> {
        let name = edge.name();
        let word = self.known.get(name as usize / 64)?;
        if word >> (name % 64) & 1 == 0 { None } else { self.names.get(&name).copied() }
    }
}

/// The table's number and the part of the name that both halves share.
fn parse(name: &str) -> Option<(u64, &str)> {
    let entry = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if entry.len() == name.len() || name.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let inner = entry.strip_prefix(" / part of key (")?.strip_suffix(')')?;
    let (inner, table) = end_number(inner)?;
    let inner = inner.strip_suffix(" pair in WeakMap (table @")?.strip_suffix(')')?;
    let (inner, _) = end_number(inner)?;
    let inner = inner.strip_suffix(" @")?;
    let mut rest = inner;
    while let Some(at) = rest.rfind(") -> value (") {
        rest = &rest[..at];
        if end_number(rest).is_some_and(|(before, _)| before.ends_with(" @")) {
            return Some((table, entry));
        }
    }
    None
}

fn end_number(text: &str) -> Option<(&str, u64)> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text[before.len()..].parse().ok().map(|number| (before, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_weak_map_entries_are_known() {
        let entry = " / part of key (Key (odd) @12) -> value (V) -> value (x @9) pair in WeakMap (table @34)";
        assert_eq!(parse(&format!("7{entry}")), Some((34, entry)));
        for other in
            [entry, "7 / part of key (K @1) -> value (V @2) pair in WeakMap (table @)", "length", "7"]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
