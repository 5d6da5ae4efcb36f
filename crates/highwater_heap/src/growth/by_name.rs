//! What grew when ids do not stay: collections are compared by what they are called and where.
//!
//! Bytes are an estimate: what the tables gained, and for each new entry the mean of what the entries of the last
//! snapshot keep alive.

use super::rung::size;
use super::{ENTRIES_MIN, NAMED_MAX, OwnerGrowth, Rung, sort_rows, trend};
use crate::names::{Collection, Named, Names, Owner};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What tells one owner from another in every snapshot.
type Key = (String, String, String, &'static str);

/// Collections of one name.
struct Group {
    owner: Owner,
    largest: Collection,
    members: u64,
    entries: u64,
    own_bytes: u64,
    exact: bool,
}

pub(super) fn rows(old: &[Rung], last: &Named<'_>) -> Vec<OwnerGrowth> {
    let mut columns: Vec<BTreeMap<Key, Group>> =
        old.par_iter().map(|rung| groups(&Names::of(&rung.graph))).collect();
    let newest = groups(last);
    let mut rows = Vec::new();
    for (key, group) in newest {
        let mut series: Vec<(u64, u64)> = columns
            .iter_mut()
            .map(|column| column.remove(&key).map_or((0, 0), |group| (group.entries, group.own_bytes)))
            .collect();
        series.push((group.entries, group.own_bytes));
        let entries: Vec<u64> = series.iter().map(|(entries, _)| *entries).collect();
        if entries.last() <= entries.first() {
            continue;
        }
        let (mean, entry_class) = entry(last, &group.largest);
        let bytes = series
            .windows(2)
            .map(|pair| pair[1].1.saturating_sub(pair[0].1) + pair[1].0.saturating_sub(pair[0].0) * mean)
            .collect();
        rows.push(OwnerGrowth {
            held_by: last.held_by(&group.owner),
            owner: group.owner,
            what: key.3,
            members: group.members,
            node: group.largest.node,
            trend: trend(&entries),
            entries,
            entries_known: group.exact,
            bytes,
            entry_class,
            entry_place: None,
            also: Vec::new(),
        });
    }
    sort_rows(&mut rows);
    rows
}

fn groups(names: &Names<'_>) -> BTreeMap<Key, Group> {
    let mut all = names.collections(ENTRIES_MIN);
    all.retain(|found| !found.kind.is_weak());
    all.sort_by_key(|found| (Reverse(size(found)), found.node));
    all.truncate(NAMED_MAX * 4);
    let owners: Vec<Option<Owner>> = all.par_iter().map(|found| names.owner(found.node)).collect();
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for (found, owner) in all.into_iter().zip(owners) {
        let Some(owner) = owner else { continue };
        let key = (owner.place.url.clone(), owner.path.clone(), owner.within.clone(), found.kind.word());
        let group = groups.entry(key).or_insert_with(|| Group {
            owner,
            largest: found,
            members: 0,
            entries: 0,
            own_bytes: 0,
            exact: true,
        });
        group.members += 1;
        group.entries += size(&found);
        group.own_bytes += found.own_bytes;
        group.exact &= found.exact;
    }
    groups
}

/// The mean of what an entry keeps alive, and what most entries are called.
fn entry(last: &Named<'_>, of: &Collection) -> (u64, String) {
    let graph = last.graph();
    let (mut count, mut bytes) = (0_u64, 0_u64);
    let mut classes: BTreeMap<String, u64> = BTreeMap::new();
    last.shapes().each_entry(of, |key, value| {
        count += 1;
        for part in [key, value].into_iter().flatten() {
            bytes += last.heap().retained_size(part);
        }
        if let Some(value) = value.or(key) {
            let kind = graph.kind(value);
            let name = if kind.is_string() { "(string)".into() } else { graph.name(value).into_owned() };
            *classes.entry(name).or_insert(0) += 1;
        }
    });
    let class = classes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name);
    // Entries that hang on each other are in each other's figures.
    let bytes = bytes.min(last.heap().retained_size(of.node));
    (bytes / count.max(1), class.unwrap_or_default())
}
