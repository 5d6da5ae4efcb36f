//! What in one snapshot looks like a leak: large collections that the program keeps, listeners and timers without end,
//! functions that wait, strings that are there many times, detached elements, variables that nothing can read.
//!
//! One snapshot shows what is there and not what grows, so these are suspicions; `growth` decides.

mod dead;

pub use dead::{DeadVariable, DeadVariables, dead_variables};

use crate::growth::{Waiting, waiting, waiting_owner};
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use crate::names::{Collection, CollectionKind, Named, Origin, Owner, SourcePlace};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Collections of one name.
#[derive(Clone, Debug)]
pub struct HeldCollection {
    /// Its name.
    pub owner: Owner,
    /// Who holds the instance, when the owner is a field.
    pub held_by: Option<Owner>,
    /// What it is.
    pub kind: CollectionKind,
    /// How many of them there are.
    pub members: u64,
    /// The largest of them.
    pub node: NodeId,
    /// Entries of all of them.
    pub entries: u64,
    /// False when entries are numbers, so that only the room for them is known.
    pub exact: bool,
    /// Entries that fit into the largest.
    pub capacity: u64,
    /// Bytes of the tables.
    pub own_bytes: u64,
    /// Bytes of the room that no entry fills.
    pub unused_bytes: u64,
    /// Bytes that go with them.
    pub retained_bytes: u64,
    /// What most entries of the largest are.
    pub entry_class: String,
    /// Where that class or function stands.
    pub entry_place: Option<SourcePlace>,
    /// How many in a hundred entries of the largest are of that class.
    pub alike_percent: u8,
}

/// Timers or listeners with one and the same function.
#[derive(Clone, Debug)]
pub struct WaitingGroup {
    /// The call that made them, at the place of their function.
    pub owner: Owner,
    /// `timers` or `listeners`.
    pub what: &'static str,
    /// How many.
    pub count: u64,
    /// Bytes that go with them.
    pub retained_bytes: u64,
    /// The largest of them.
    pub node: NodeId,
}

/// Calls of one async function or generator that have not come to their end.
#[derive(Clone, Debug)]
pub struct SuspendedGroup {
    /// Name of the function.
    pub function: String,
    /// Where it stands.
    pub place: SourcePlace,
    /// How many calls.
    pub count: u64,
    /// Bytes that go with them.
    pub retained_bytes: u64,
    /// The largest of them.
    pub node: NodeId,
}

/// One text that is there many times.
#[derive(Clone, Debug)]
pub struct DuplicatedString {
    /// The text, as far as the snapshot has it (1,024 characters).
    pub text: String,
    /// How often it is there.
    pub count: u64,
    /// Bytes that one of them would save.
    pub wasted_bytes: u64,
    /// One of them.
    pub node: NodeId,
}

/// Elements of a page that are in no document any more.
#[derive(Clone, Debug)]
pub struct DetachedGroup {
    /// What they are.
    pub class: String,
    /// How many.
    pub count: u64,
    /// Bytes that go with them.
    pub retained_bytes: u64,
    /// The largest of them.
    pub node: NodeId,
}

/// All of it. Every list has what keeps most bytes first.
#[derive(Clone, Debug)]
pub struct Census {
    /// Collections that the program or a package keeps.
    pub collections: Vec<HeldCollection>,
    /// Timers and listeners of event targets.
    pub waiting: Vec<WaitingGroup>,
    /// Async functions and generators.
    pub suspended: Vec<SuspendedGroup>,
    /// Strings.
    pub strings: Vec<DuplicatedString>,
    /// Elements.
    pub detached: Vec<DetachedGroup>,
}

/// Smaller collections are not named, unless many hang on one event.
const ENTRIES_MIN: u64 = 11;
/// So many of the largest collections are named.
const NAMED_MAX: usize = 5_000;
/// Duplicates that waste less are not told.
const WASTED_MIN: u64 = 16 << 10;

/// A place as the file has it: script, line, column, from 0.
type RawPlace = (u32, u32, u32);
/// How many, the bytes that go with them, and the largest.
type Counted = (u64, u64, NodeId);

/// Looks through a heap once.
pub fn census(named: &Named<'_>) -> Census {
    let (collections, rest) = rayon::join(
        || collections(named),
        || rayon::join(|| groups(named), || rayon::join(|| strings(named), || detached(named))),
    );
    let ((waiting, suspended), (strings, detached)) = rest;
    Census { collections, waiting, suspended, strings, detached }
}

fn collections(named: &Named<'_>) -> Vec<HeldCollection> {
    let heap = named.heap();
    let mut all = named.collections(ENTRIES_MIN);
    all.retain(|found| !found.kind.is_weak());
    all.sort_by_key(|found| (Reverse(heap.retained_size(found.node).max(found.entries * 64)), found.node));
    all.truncate(NAMED_MAX);
    let owners: Vec<Option<Owner>> = all.par_iter().map(|found| named.owner(found.node)).collect();
    let mut groups: BTreeMap<(String, String, String), HeldCollection> = BTreeMap::new();
    for (found, owner) in all.iter().zip(owners) {
        let Some(owner) = owner.filter(|owner| owner.origin != Origin::Runtime) else { continue };
        let key = (owner.place.url.clone(), owner.path.clone(), owner.within.clone());
        let known = groups.entry(key).or_insert_with(|| held(named, found, owner));
        known.members += 1;
        known.entries += found.entries;
        known.exact &= found.exact;
        known.own_bytes += found.own_bytes;
        known.unused_bytes += found.unused_bytes;
        known.retained_bytes += heap.retained_size(found.node);
    }
    let mut found: Vec<HeldCollection> = groups.into_values().collect();
    found.sort_by_key(|held| (Reverse(held.retained_bytes), held.owner.path.clone()));
    for held in &mut found {
        held.held_by = named.held_by(&held.owner);
    }
    found
}

fn held(named: &Named<'_>, of: &Collection, owner: Owner) -> HeldCollection {
    let (entry_class, entry_place, alike_percent) = entries(named, of);
    HeldCollection {
        owner,
        held_by: None,
        kind: of.kind,
        members: 0,
        node: of.node,
        entries: 0,
        exact: true,
        capacity: of.capacity,
        own_bytes: 0,
        unused_bytes: 0,
        retained_bytes: 0,
        entry_class,
        entry_place,
        alike_percent,
    }
}

/// What most entries are: class, place, how many in a hundred.
fn entries(named: &Named<'_>, of: &Collection) -> (String, Option<SourcePlace>, u8) {
    let graph = named.graph();
    let mut kinds: BTreeMap<(String, Option<RawPlace>), (u64, NodeId)> = BTreeMap::new();
    let mut all = 0_u64;
    named.shapes().each_entry(of, |key, value| {
        let Some(node) = value.or(key) else { return };
        all += 1;
        let place = graph.location(node).map(|at| (at.script, at.line, at.column));
        kinds.entry((named.class_name(node), place)).or_insert((0, node)).0 += 1;
    });
    let most = kinds.into_iter().max_by_key(|((name, _), (count, _))| (*count, Reverse(name.clone())));
    let Some(((class, _), (count, node))) = most else { return Default::default() };
    (class, named.place(node), (count * 100 / all.max(1)) as u8)
}

/// Timers and listeners by their function; suspended calls by theirs.
fn groups(named: &Named<'_>) -> (Vec<WaitingGroup>, Vec<SuspendedGroup>) {
    let (graph, heap, shapes) = (named.graph(), named.heap(), named.shapes());
    let mut waits: BTreeMap<(Waiting, RawPlace), Counted> = BTreeMap::new();
    let mut calls: BTreeMap<RawPlace, Counted> = BTreeMap::new();
    for node in graph.nodes().filter(|node| graph.kind(*node) == NodeKind::Object) {
        let group = if let Some(what) = waiting(&shapes, node) {
            waits.entry(what).or_insert((0, 0, node))
        } else if let Some(at) = graph.location(node).filter(|_| named.is_suspended(node)) {
            calls.entry((at.script, at.line, at.column)).or_insert((0, 0, node))
        } else {
            continue;
        };
        let bytes = heap.retained_size(node);
        group.0 += 1;
        group.1 += bytes;
        if bytes > heap.retained_size(group.2) {
            group.2 = node;
        }
    }
    let mut waiting: Vec<WaitingGroup> = waits
        .into_iter()
        .map(|((what, place), (count, retained_bytes, node))| WaitingGroup {
            owner: waiting_owner(named, what, node, place),
            what: if what == Waiting::Listener { "listeners" } else { "timers" },
            count,
            retained_bytes,
            node,
        })
        .filter(|group| group.owner.origin != Origin::Runtime)
        .collect();
    waiting.sort_by_key(|group| (Reverse((group.retained_bytes, group.count)), group.owner.place.clone()));
    let mut suspended: Vec<SuspendedGroup> = calls
        .into_iter()
        .map(|(place, (count, retained_bytes, node))| SuspendedGroup {
            function: named.suspended_function(node),
            place: named.place_of(place),
            count,
            retained_bytes,
            node,
        })
        .filter(|group| Origin::of(&group.place.url) != Origin::Runtime)
        .collect();
    suspended.sort_by_key(|group| (Reverse((group.count, group.retained_bytes)), group.place.clone()));
    (waiting, suspended)
}

/// Equal texts of equal size: V8 cuts texts in snapshots, so that the text alone does not say it.
fn strings(named: &Named<'_>) -> Vec<DuplicatedString> {
    let graph = named.graph();
    let mut known: FxHashMap<(u32, u64), (u64, NodeId)> = FxHashMap::default();
    for node in graph.nodes().filter(|node| graph.kind(*node) == NodeKind::String) {
        let size = graph.shallow_size(node);
        if size > 0 {
            known.entry((graph.name_id(node).get(), size)).or_insert((0, node)).0 += 1;
        }
    }
    let mut found: Vec<DuplicatedString> = known
        .into_iter()
        .filter(|((_, size), (count, _))| (count - 1) * size >= WASTED_MIN)
        .map(|((_, size), (count, node))| DuplicatedString {
            text: graph.name(node).into_owned(),
            count,
            wasted_bytes: (count - 1) * size,
            node,
        })
        .collect();
    found.sort_by_key(|string| (Reverse(string.wasted_bytes), string.text.clone()));
    found
}

fn detached(named: &Named<'_>) -> Vec<DetachedGroup> {
    let (graph, heap) = (named.graph(), named.heap());
    let mut groups: BTreeMap<String, DetachedGroup> = BTreeMap::new();
    for node in graph.nodes().filter(|node| graph.is_detached_element(*node)) {
        let class = named.class_name(node);
        let group =
            groups.entry(class.clone()).or_insert(DetachedGroup { class, count: 0, retained_bytes: 0, node });
        let bytes = heap.retained_size(node);
        group.count += 1;
        group.retained_bytes += bytes;
        if bytes > heap.retained_size(group.node) {
            group.node = node;
        }
    }
    let mut found: Vec<DetachedGroup> = groups.into_values().collect();
    found.sort_by_key(|group| (Reverse(group.retained_bytes), group.class.clone()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::{Built, SCRIPT};
    use crate::kinds::EdgeKind;

    #[test]
    fn what_looks_like_a_leak_is_counted_by_name() {
        let mut built = Built::new();
        let context = built.module("file:///srv/app.mjs", 9, 4);
        built.map((context, EdgeKind::Context, "sessions"), 500);
        for at in 0..60 {
            let timer = built.child((0, EdgeKind::Element, "9"), NodeKind::Object, "Timeout", 120);
            let callback =
                built.child((timer, EdgeKind::Property, "_onTimeout"), NodeKind::Closure, "beat", 64);
            built.locate(callback, SCRIPT, 20, 3);
            let text =
                built.child((0, EdgeKind::Element, &at.to_string()), NodeKind::String, "the same text", 1000);
            assert!(text > 0);
        }
        let heap = built.heap();
        let found = census(&Named::of(&heap));
        let held = &found.collections[0];
        assert_eq!((held.owner.path.as_str(), held.entries, held.alike_percent), ("sessions", 500, 100));
        assert_eq!(held.entry_class, "Session");
        let [timers] = &found.waiting[..] else { panic!("one group: {:?}", found.waiting) };
        assert_eq!(
            (timers.owner.path.as_str(), timers.count, timers.owner.place.line),
            ("setInterval", 60, 21)
        );
        let [string] = &found.strings[..] else { panic!("one string: {:?}", found.strings) };
        assert_eq!((string.count, string.wasted_bytes), (60, 59_000));
        assert!(found.detached.is_empty() && found.suspended.is_empty());
    }
}
