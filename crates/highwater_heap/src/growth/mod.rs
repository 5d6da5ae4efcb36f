//! What grew between snapshots of one process, and who holds it.
//!
//! Ids of objects stay the same from snapshot to snapshot and only rise, so "allocated since" is one comparison. Old
//! snapshots are read light: figures by class, and the entries of the collections that the last one has. Dominators and
//! names are needed of the last snapshot alone.

mod attribute;
mod by_name;
mod rung;
mod series;
#[cfg(test)]
mod tests;
mod trend;

pub use series::{Point, Proportion, Rise, Slope, proportional, rise, slope};
pub use trend::{Trend, exact_rise, trend};

use crate::graph::HeapGraph;
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::names::{Collection, CollectionKind, Named, Origin, Owner, OwnerKind, SourcePlace, Word, Words};
use attribute::{Gain, Gains, Holder, Steps, Top};
use rayon::prelude::*;
use rung::{ClassKey, Figures, RawPlace};
pub(crate) use rung::{Waiting, waiting};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// One of the older snapshots, read as far as a comparison needs it.
#[derive(Debug)]
pub struct Rung {
    graph: HeapGraph,
    words: Words,
    figures: Figures,
}

impl Rung {
    /// One pass over the strings and one over the nodes.
    pub fn of(graph: HeapGraph) -> Rung {
        let words = Words::find(&graph);
        let figures = Figures::of(&graph, &words);
        Rung { graph, words, figures }
    }

    /// Its graph.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }
}

/// What grew.
#[derive(Clone, Debug)]
pub struct Diff {
    /// Nodes and bytes of each snapshot.
    pub totals: Vec<(u64, u64)>,
    /// Who holds more than before, the most bytes first; those that grew in every step before all others. The runtime's
    /// own are not among them.
    pub owners: Vec<OwnerGrowth>,
    /// The runtime's own: caches, handles, lists of modules.
    pub runtime: Vec<OwnerGrowth>,
    /// Classes of which there are more than in the first snapshot, the most bytes first.
    pub classes: Vec<ClassGrowth>,
    /// Bytes of compiled code and hidden classes that each step added and that are still there.
    pub code_bytes: Vec<u64>,
    /// False when objects do not keep their ids (Bun; a debugger that went away in between): then collections are
    /// compared by their names.
    pub by_id: bool,
}

/// One holder that grew.
#[derive(Clone, Debug)]
pub struct OwnerGrowth {
    /// Its name.
    pub owner: Owner,
    /// Who holds the instance, when the owner is a field.
    pub held_by: Option<Owner>,
    /// What it is: `Map`, `Array`, `timers`, or `objects` for what is no collection.
    pub what: &'static str,
    /// How many collections of this name there are.
    pub members: u64,
    /// The collection, or the largest of them; else the object that holds what is new.
    pub node: NodeId,
    /// Entries in each snapshot. For what is no collection: those gained since the first, or how many of their class
    /// there are.
    pub entries: Vec<u64>,
    /// False when entries are numbers, so that only the room for them is known.
    pub entries_known: bool,
    /// Bytes gained in each step and still held: one fewer than snapshots.
    pub bytes: Vec<u64>,
    /// What most of the new entries are.
    pub entry_class: String,
    /// Where that class or function stands.
    pub entry_place: Option<SourcePlace>,
    /// Others that hold the same entries.
    pub also: Vec<String>,
    /// Whether it grows.
    pub trend: Trend,
}

impl OwnerGrowth {
    /// Bytes gained in all steps.
    pub fn gained_bytes(&self) -> u64 {
        self.bytes.iter().sum()
    }

    /// Entries gained in all steps.
    pub fn gained_entries(&self) -> u64 {
        self.entries.last().unwrap_or(&0).saturating_sub(*self.entries.first().unwrap_or(&0))
    }

    /// How many entries every step added, when that was the same each time.
    pub fn exact(&self) -> Option<u64> {
        if self.entries_known { exact_rise(&self.entries) } else { None }
    }
}

/// One class that grew.
#[derive(Clone, Debug)]
pub struct ClassGrowth {
    /// What its nodes are.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
    /// Where the class or function stands.
    pub place: Option<SourcePlace>,
    /// How many in each snapshot.
    pub count: Vec<u64>,
    /// Bytes in each snapshot.
    pub bytes: Vec<u64>,
    /// Whether it grows.
    pub trend: Trend,
}

/// Collections with fewer entries are not followed.
const ENTRIES_MIN: u64 = 4;
/// So many growing collections are named; the others count with what holds them.
const NAMED_MAX: usize = 400;
/// So many holders that are no collections are named.
const HOLDERS_MAX: usize = 60;
/// How the path begins of what only a handle of the runtime keeps: open sockets, servers, files.
pub const HANDLES: &str = "(handles) ";
/// Less than this in all is not told.
const BYTES_MIN: u64 = 1024;

/// Compares. `old` are the earlier snapshots in order, `last` is the last one.
pub fn diff(old: &[Rung], last: &Named<'_>) -> Diff {
    let figures = Figures::of(last.graph(), last.words());
    let all: Vec<&Figures> = old.iter().map(|rung| &rung.figures).chain([&figures]).collect();
    let totals = all.iter().map(|figures| (figures.total.count, figures.total.bytes)).collect();
    let classes = classes(last, &all);
    let by_id = old.first().is_none_or(|first| keeps_ids(&first.graph, last.graph()));
    let mut found =
        Diff { totals, owners: Vec::new(), runtime: Vec::new(), classes, code_bytes: Vec::new(), by_id };
    if old.is_empty() {
        return found;
    }
    if !by_id {
        let rows = by_name::rows(old, last);
        (found.runtime, found.owners) = rows.into_iter().partition(is_runtime);
        return found;
    }
    let steps = Steps { marks: old.iter().map(|rung| rung.figures.last_id).collect() };
    let (grown, series) = growing(old, last, &steps);
    let gains = attribute::gains(last, &steps, &grown);
    let mut rows = collection_rows(last, &grown, &series, &gains);
    rows.extend(waiting_rows(last, &all, &gains));
    add_holders(&mut rows, holder_rows(last, &all, &gains));
    sort_rows(&mut rows);
    (found.runtime, found.owners) = rows.into_iter().partition(is_runtime);
    found.code_bytes = gains.code[1..].to_vec();
    found
}

/// The most bytes first, those that grow before all others; without what is too small to tell.
fn sort_rows(rows: &mut Vec<OwnerGrowth>) {
    rows.retain(|row| {
        row.gained_bytes() >= BYTES_MIN && row.gained_entries() > 0 && row.trend != Trend::NoGrowth
    });
    rows.sort_by_key(|row| (row.trend != Trend::Growth, Reverse(row.gained_bytes()), row.owner.path.clone()));
}

/// Adds rows of holders that are no collections. What a growing collection holds in its depth counts with it.
fn add_holders(rows: &mut Vec<OwnerGrowth>, holders: Vec<OwnerGrowth>) {
    for row in holders {
        let inside = |known: &&mut OwnerGrowth| {
            known.owner.place.url == row.owner.place.url
                && row
                    .owner
                    .path
                    .strip_prefix(known.owner.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        match rows.iter_mut().filter(|known| known.trend == Trend::Growth).find(inside) {
            Some(known) => {
                for (sum, bytes) in known.bytes.iter_mut().zip(&row.bytes) {
                    *sum += bytes;
                }
            }
            None => rows.push(row),
        }
    }
}

/// Whether a row is about the runtime's own things. A timer is the program's, whoever keeps the list of timers.
fn is_runtime(row: &OwnerGrowth) -> bool {
    row.owner.origin == Origin::Runtime
}

/// Whether objects keep their ids: those with the smallest ids in the first snapshot have the same name in the last.
fn keeps_ids(first: &HeapGraph, last: &HeapGraph) -> bool {
    let objects = |graph: &HeapGraph| {
        let objects = graph.nodes().filter(|node| graph.kind(*node) == NodeKind::Object);
        objects.map(|node| (graph.object_id(node), node)).collect::<Vec<_>>()
    };
    let (mut olds, news) = (objects(first), objects(last));
    olds.sort_unstable();
    olds.truncate(400);
    let news: FxHashMap<u64, NodeId> = news.into_iter().collect();
    let same = |(id, node): &&(u64, NodeId)| {
        news.get(id).is_some_and(|other| first.name(*node) == last.name(*other))
    };
    let kept = olds.iter().filter(same).count();
    kept * 2 >= olds.len()
}

fn classes(last: &Named<'_>, all: &[&Figures]) -> Vec<ClassGrowth> {
    let Some((newest, earlier)) = all.split_last() else { return Vec::new() };
    let mut found = Vec::new();
    for (key, tally) in &newest.classes {
        let before: Vec<_> =
            earlier.iter().map(|figures| figures.classes.get(key).copied().unwrap_or_default()).collect();
        let first = before.first().copied().unwrap_or_default();
        if tally.bytes <= first.bytes || tally.count <= first.count {
            continue;
        }
        let ClassKey { kind, name, place } = key.clone();
        let count: Vec<u64> = before.iter().map(|tally| tally.count).chain([tally.count]).collect();
        let bytes = before.iter().map(|tally| tally.bytes).chain([tally.bytes]).collect();
        let trend = trend(&count);
        let place = place.map(|place| last.place_of(place));
        found.push(ClassGrowth { kind, name, place, count, bytes, trend });
    }
    found.sort_by_key(|class| {
        let gained = class.bytes.last().unwrap_or(&0) - class.bytes.first().unwrap_or(&0);
        (class.trend != Trend::Growth, Reverse(gained), class.name.clone())
    });
    found
}

/// What is known of a collection in each snapshot: size and own bytes.
type Series = Vec<(u64, u64)>;

/// Collections that have more entries than in the first snapshot. Those that keep their entries alive come first, by
/// how plainly they name them: a map or table before an array, an array before a set.
fn growing(old: &[Rung], last: &Named<'_>, steps: &Steps) -> (Vec<Collection>, Vec<Series>) {
    let graph = last.graph();
    let before_last = steps.marks.len();
    let mut all: Vec<Collection> = last.collections(ENTRIES_MIN);
    all.retain(|found| !found.kind.is_weak() && steps.of(graph.object_id(found.node)) < before_last);
    let wanted: FxHashMap<u64, usize> =
        all.iter().enumerate().map(|(at, found)| (graph.object_id(found.node), at)).collect();
    let columns: Vec<Vec<Option<(u64, u64)>>> =
        old.par_iter().map(|rung| rung::collections_of(&rung.graph, &rung.words, &wanted)).collect();
    let mut grown: Vec<(Collection, Series)> = Vec::new();
    for (at, found) in all.into_iter().enumerate() {
        let mut series: Series = columns.iter().map(|column| column[at].unwrap_or((0, 0))).collect();
        series.push((rung::size(&found), found.own_bytes));
        if series.last().map(|(entries, _)| *entries) > series.first().map(|(entries, _)| *entries) {
            grown.push((found, series));
        }
    }
    grown.sort_by_key(|(found, series)| {
        let gained = series.last().map_or(0, |last| last.0) - series.first().map_or(0, |first| first.0);
        (found.kind, Reverse(gained), graph.object_id(found.node))
    });
    grown.into_iter().unzip()
}

/// What tells one row from another: script, path, function or class.
type RowKey = (String, String, String);
/// Rows, each with the first of its collections.
type Rows = BTreeMap<RowKey, (OwnerGrowth, usize)>;

/// Growing collections by owner: those of one name count together.
fn collection_rows(
    last: &Named<'_>,
    grown: &[Collection],
    series: &[Series],
    gains: &Gains,
) -> Vec<OwnerGrowth> {
    let graph = last.graph();
    let mut order: Vec<usize> = (0..grown.len()).collect();
    let gained = |at: usize| {
        let bytes: u64 = gain_of(gains, at).map_or(0, |gain| gain.bytes.iter().sum());
        let entries =
            series[at].last().map_or(0, |last| last.0) - series[at].first().map_or(0, |first| first.0);
        (bytes, entries)
    };
    order.sort_by_key(|at| (Reverse(gained(*at)), graph.object_id(grown[*at].node)));
    order.truncate(NAMED_MAX);
    let owners: Vec<Option<Owner>> = order.par_iter().map(|at| last.owner(grown[*at].node)).collect();
    let mut rows: Rows = BTreeMap::new();
    let mut key_of: BTreeMap<usize, RowKey> = BTreeMap::new();
    for (at, owner) in order.iter().zip(owners) {
        let Some(owner) = owner else { continue };
        let key = (owner.place.url.clone(), owner.path.clone(), owner.within.clone());
        key_of.insert(*at, key.clone());
        let row = collection_row(last, &grown[*at], &series[*at], gain_of(gains, *at), owner);
        match rows.get_mut(&key) {
            Some((known, _)) => add_row(known, &row),
            None => _ = rows.insert(key, (row, *at)),
        }
    }
    fold_shared(&mut rows, &key_of, gains, series);
    let mut rows: Vec<OwnerGrowth> = rows.into_values().map(|(row, _)| row).collect();
    for row in &mut rows {
        row.trend = trend(&row.entries);
        row.held_by = last.held_by(&row.owner);
    }
    rows
}

fn gain_of(gains: &Gains, at: usize) -> Option<&Gain> {
    gains.by_holder.get(&Holder::Collection(at as u32))
}

fn collection_row(
    last: &Named<'_>,
    of: &Collection,
    series: &Series,
    gain: Option<&Gain>,
    owner: Owner,
) -> OwnerGrowth {
    let mut bytes: Vec<u64> = gain.map_or_else(Vec::new, |gain| gain.bytes.clone());
    bytes.resize(series.len(), 0);
    for (step, pair) in series.windows(2).enumerate() {
        bytes[step + 1] += pair[1].1.saturating_sub(pair[0].1);
    }
    let (entry_class, entry_place) = gain.map_or_else(Default::default, |gain| main_class(last, gain));
    OwnerGrowth {
        owner,
        held_by: None,
        what: of.kind.word(),
        members: 1,
        node: of.node,
        entries: series.iter().map(|(entries, _)| *entries).collect(),
        entries_known: of.exact,
        bytes: bytes.split_off(1),
        entry_class,
        entry_place,
        also: Vec::new(),
        trend: Trend::NotEnoughData,
    }
}

fn add_row(known: &mut OwnerGrowth, row: &OwnerGrowth) {
    for (sum, entries) in known.entries.iter_mut().zip(&row.entries) {
        *sum += entries;
    }
    for (sum, bytes) in known.bytes.iter_mut().zip(&row.bytes) {
        *sum += bytes;
    }
    known.members += 1;
    known.entries_known &= row.entries_known;
}

/// A collection that holds what another one already holds is told with that other one.
fn fold_shared(rows: &mut Rows, key_of: &BTreeMap<usize, RowKey>, gains: &Gains, series: &[Series]) {
    let keys: Vec<_> = rows.keys().cloned().collect();
    for key in keys {
        let Some((row, at)) = rows.get(&key) else { continue };
        let gained =
            series[*at].last().map_or(0, |last| last.0) - series[*at].first().map_or(0, |first| first.0);
        let Some((first, shared)) = gains.shared[*at].iter().max_by_key(|(_, shared)| **shared) else {
            continue;
        };
        let Some(other) = key_of.get(&(*first as usize)).filter(|other| **other != key) else { continue };
        if *shared * 2 < gained || row.owner.origin < Origin::Runtime && !rows.contains_key(other) {
            continue;
        }
        let path = row.owner.path.clone();
        if let Some((kept, _)) = rows.get_mut(other) {
            kept.also.push(path);
            rows.remove(&key);
        }
    }
}

/// The class of which most bytes are, and where it stands.
fn main_class(last: &Named<'_>, gain: &Gain) -> (String, Option<SourcePlace>) {
    let graph = last.graph();
    let Some((_, top)) = gain.tops.iter().max_by_key(|(name, top)| (top.bytes, Reverse(**name))) else {
        return Default::default();
    };
    let kind = graph.kind(top.sample);
    let class = match kind {
        kind if kind.is_string() => "(string)".to_owned(),
        NodeKind::Closure => match graph.name(top.sample).into_owned() {
            name if name.is_empty() => "(anonymous function)".to_owned(),
            name => format!("{name}()"),
        },
        NodeKind::Object | NodeKind::Native => graph.name(top.sample).into_owned(),
        kind => format!("({})", kind.word()),
    };
    (class, last.place(top.sample))
}

/// Timers and listeners by the place of their function.
fn waiting_rows(last: &Named<'_>, all: &[&Figures], gains: &Gains) -> Vec<OwnerGrowth> {
    let mut rows = Vec::new();
    for (holder, gain) in &gains.by_holder {
        let Holder::Waiting(what, place) = holder else { continue };
        let entries: Vec<u64> = all
            .iter()
            .map(|figures| figures.waiting.get(&(*what, *place)).map_or(0, |tally| tally.count))
            .collect();
        let Some(top) = gain.tops.values().max_by_key(|top| top.bytes) else { continue };
        rows.push(OwnerGrowth {
            owner: waiting_owner(last, *what, top.sample, *place),
            held_by: None,
            what: if *what == Waiting::Listener { "listeners" } else { "timers" },
            members: 1,
            node: top.sample,
            trend: trend(&entries),
            entries,
            entries_known: true,
            bytes: gain.bytes[1..].to_vec(),
            entry_class: last.graph().name(top.sample).into_owned(),
            entry_place: Some(last.place_of(*place)),
            also: Vec::new(),
        });
    }
    rows
}

/// A timer or listener is named by the call that starts or adds it, and stands where its function stands.
pub(crate) fn waiting_owner(last: &Named<'_>, what: Waiting, node: NodeId, place: RawPlace) -> Owner {
    // A number of milliseconds to repeat after has no edge; `null` has one.
    let once = || last.graph().edges(node).any(|edge| last.words().is(edge.name, Word::Repeat));
    let call = match what {
        Waiting::Listener => "addEventListener",
        Waiting::Immediate => "setImmediate",
        Waiting::Timeout if once() => "setTimeout",
        Waiting::Timeout => "setInterval",
    };
    let place = last.place_of(place);
    let path = match what {
        Waiting::Listener => last.event_of(node).unwrap_or_else(|| call.to_owned()),
        Waiting::Immediate | Waiting::Timeout => call.to_owned(),
    };
    Owner {
        kind: OwnerKind::Runtime,
        path,
        symbol: call.to_owned(),
        within: String::new(),
        origin: Origin::of(&place.url),
        place,
        anchor: node,
        steps: Vec::new(),
    }
}

/// Holders that are no collections: a chain of closures, a variable that is assigned anew, a list of the runtime.
fn holder_rows(last: &Named<'_>, all: &[&Figures], gains: &Gains) -> Vec<OwnerGrowth> {
    let graph = last.graph();
    let mut holders: Vec<(NodeId, &Gain)> = gains
        .by_holder
        .iter()
        .filter_map(|(holder, gain)| match holder {
            Holder::Old(node) => Some((*node, gain)),
            _ => None,
        })
        .filter(|(_, gain)| gain.bytes.iter().sum::<u64>() >= BYTES_MIN)
        .collect();
    holders.sort_by_key(|(node, gain)| (Reverse(gain.bytes.iter().sum::<u64>()), graph.object_id(*node)));
    holders.truncate(HOLDERS_MAX);
    holders.retain(|(node, gain)| !is_turnover(last, all, *node, gain));
    holders.par_iter().filter_map(|(node, gain)| holder_row(last, all, *node, gain)).collect()
}

/// Whether what is new came in place of something old: the holder is a collection that has not grown, or there are
/// hardly more of the class than before.
fn is_turnover(last: &Named<'_>, all: &[&Figures], node: NodeId, gain: &Gain) -> bool {
    if last.shapes().collection_from(node, 1).is_some_and(|found| found.kind != CollectionKind::Object) {
        return true;
    }
    let Some(top) = gain.tops.values().max_by_key(|top| top.bytes) else { return true };
    let (Some(counts), gained) = (class_counts(last, all, top.sample), top.count.iter().sum::<u64>()) else {
        return false;
    };
    let (first, now) = (counts.first().unwrap_or(&0), counts.last().unwrap_or(&0));
    now.saturating_sub(*first) * 2 < gained
}

/// How many of a node's class there are in each snapshot; nothing for kinds that are not told apart by name.
fn class_counts(last: &Named<'_>, all: &[&Figures], node: NodeId) -> Option<Vec<u64>> {
    let graph = last.graph();
    let key = ClassKey {
        kind: graph.kind(node),
        name: graph.name(node).into_owned(),
        place: graph.location(node).map(rung::raw),
    };
    all.last()?.classes.get(&key)?;
    Some(all.iter().map(|figures| figures.classes.get(&key).map_or(0, |tally| tally.count)).collect())
}

/// The owner of what only a handle or a root of the runtime holds: it is called by its class.
fn handle_owner(last: &Named<'_>, owner: Owner, sample: NodeId) -> Owner {
    let class = last.class_name(sample);
    Owner {
        kind: OwnerKind::Runtime,
        path: format!("{HANDLES}{class}"),
        symbol: class,
        within: String::new(),
        origin: Origin::Runtime,
        place: last.place(sample).unwrap_or_default(),
        ..owner
    }
}

fn holder_row(last: &Named<'_>, all: &[&Figures], node: NodeId, gain: &Gain) -> Option<OwnerGrowth> {
    let graph = last.graph();
    let rooted = matches!(graph.kind(node), NodeKind::Synthetic | NodeKind::Native);
    // Of what hangs on a root, an instance of a class says more than the handles around it.
    let says_more = |top: &&Top| !rooted || graph.location(top.sample).is_some();
    let top = gain
        .tops
        .values()
        .filter(says_more)
        .max_by_key(|top| top.bytes)
        .or_else(|| gain.tops.values().max_by_key(|top| top.bytes))?;
    let mut owner = last.owner(top.sample)?;
    let internal = matches!(graph.kind(node), NodeKind::Code | NodeKind::ObjectShape | NodeKind::Hidden);
    // What code holds is named by accident only.
    if internal && owner.steps.first().is_none_or(|(_, edge)| edge.kind != EdgeKind::Context) {
        owner.origin = Origin::Runtime;
    }
    if rooted {
        owner = handle_owner(last, owner, top.sample);
    }
    let mut gained = vec![0];
    for step in 1..gain.bytes.len() {
        gained.push(gained[step - 1] + top.count[step]);
    }
    // A chain has one new end in each step, but as many links as there are of their class.
    let is_chain = gained.last().is_some_and(|gained| *gained <= gain.bytes.len() as u64);
    let entries = class_counts(last, all, top.sample).filter(|_| is_chain).unwrap_or(gained);
    let mut sum = 0;
    let bytes: Vec<u64> = gain
        .bytes
        .iter()
        .map(|bytes| {
            sum += bytes;
            sum
        })
        .collect();
    let (entry_class, entry_place) = main_class(last, gain);
    Some(OwnerGrowth {
        held_by: last.held_by(&owner),
        owner,
        what: "objects",
        members: 1,
        node,
        entries,
        entries_known: true,
        trend: trend(&bytes),
        bytes: gain.bytes[1..].to_vec(),
        entry_class,
        entry_place,
        also: Vec::new(),
    })
}
