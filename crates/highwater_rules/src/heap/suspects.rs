//! Things of a heap that may leak.

use super::Work;
use highwater_heap::{
    Census, CollectionKind, Diff, HANDLES, HeldCollection, Named, Origin, Owner, OwnerGrowth, OwnerKind,
    Proportion, SourcePlace, Sources, Trend, WaitingGroup, registrations,
};

/// What a suspect is; each rule knows its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A `Map`.
    Map,
    /// A `Set`.
    Set,
    /// An array.
    Array,
    /// An object used as a table, or one that holds ever more in other ways.
    Object,
    /// Listeners of an emitter or event target.
    Listeners,
    /// Listeners of an abort signal.
    AbortListeners,
    /// Timers.
    Timers,
    /// Sockets, servers, files: open, and held by their handle alone.
    Resources,
    /// Callbacks that wait for a promise, or promises that wait for each other.
    Promises,
}

impl Sort {
    /// Every sort.
    #[cfg(test)]
    pub(super) const ALL: [Sort; 9] = [
        Sort::Map,
        Sort::Set,
        Sort::Array,
        Sort::Object,
        Sort::Listeners,
        Sort::AbortListeners,
        Sort::Timers,
        Sort::Resources,
        Sort::Promises,
    ];
}

/// One of them, with the figures that speak against it.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// What it is.
    pub sort: Sort,
    /// Its name.
    pub owner: Owner,
    /// Where it is declared; nothing when the source does not say.
    pub declared: Option<SourcePlace>,
    /// Where it is added to, as far as the text of its file shows.
    pub grows_at: Vec<SourcePlace>,
    /// Who holds the instance.
    pub held_by: Option<String>,
    /// Where that is declared.
    pub held_at: Option<SourcePlace>,
    /// How many collections of this name there are.
    pub members: u64,
    /// V8's number of the collection.
    pub object_id: u64,
    /// Entries in each snapshot; one figure when only one snapshot was looked at.
    pub entries: Vec<u64>,
    /// Whether entries were counted; else only the room for them is known.
    pub entries_known: bool,
    /// Bytes that each step added; nothing when only one snapshot was looked at.
    pub bytes: Vec<u64>,
    /// Bytes that go with it, when only one snapshot was looked at.
    pub retained_bytes: u64,
    /// What most entries are, and where that is declared.
    pub entry_class: String,
    /// Where the class or function of the entries stands.
    pub entry_place: Option<SourcePlace>,
    /// Others that hold the same.
    pub also: Vec<String>,
    /// How many entries every step added, when that was the same each time.
    pub exact: Option<u64>,
    /// How many entries a request adds, when it is known what was done and all steps agree.
    pub per_request: Option<Proportion>,
    /// Whether all steps agree on that; else it rises in each of them, and that is all.
    pub even: bool,
}

/// What grew in every step and is not the runtime's own.
///
/// When the requests between the snapshots are known, steps differ, and whether what rises follows them is decided by
/// the caller.
pub(super) fn of_diff(named: &Named<'_>, diff: &Diff, work: &Work, sources: &dyn Sources) -> Vec<Suspect> {
    let counted = matches!(work, Work::Requests(_));
    let rises = |row: &OwnerGrowth| {
        counted || row.trend == Trend::Growth && highwater_heap::trend(&row.entries) == Trend::Growth
    };
    let grows = |row: &&OwnerGrowth| rises(row) && row.owner.origin != Origin::Runtime;
    // What only a handle keeps is the runtime's by name alone: the program has opened it.
    let open = |row: &&OwnerGrowth| rises(row) && is_open(row);
    let own = diff.owners.iter().filter(grows);
    own.chain(diff.runtime.iter().filter(open)).map(|row| of_row(named, row, sources)).collect()
}

/// Classes of what is opened and must be closed.
const RESOURCES: &[&str] = &[
    "Socket",
    "TLSSocket",
    "Server",
    "FSWatcher",
    "StatWatcher",
    "ChildProcess",
    "Worker",
    "MessagePort",
    "ReadStream",
    "WriteStream",
    "FileHandle",
    "Http2Session",
    "ClientHttp2Session",
    "ServerHttp2Session",
];

fn is_open(row: &OwnerGrowth) -> bool {
    row.owner.path.strip_prefix(HANDLES).is_some_and(|class| RESOURCES.contains(&class))
}

fn of_row(named: &Named<'_>, row: &OwnerGrowth, sources: &dyn Sources) -> Suspect {
    let declared = named.declaration(&row.owner, sources);
    let held_at = |holder: &Owner| named.declaration(holder, sources).unwrap_or_else(|| holder.place.clone());
    let mut grows_at = named.growth_sites(&row.owner, declared.as_ref(), sources);
    if let Some(function) = row.entry_class.strip_suffix("()")
        && let Some(entry) = &row.entry_place
    {
        let entry = sources.original(entry).unwrap_or_else(|| entry.clone());
        grows_at.extend(registrations(function, &entry, sources));
    }
    Suspect {
        sort: sort(row),
        grows_at,
        held_at: row.held_by.as_ref().map(held_at),
        declared,
        owner: row.owner.clone(),
        held_by: row.held_by.as_ref().map(|holder| holder.path.clone()),
        members: row.members,
        object_id: named.graph().object_id(row.node),
        entries: row.entries.clone(),
        entries_known: row.entries_known,
        bytes: row.bytes.clone(),
        retained_bytes: 0,
        entry_class: row.entry_class.clone(),
        entry_place: row.entry_place.clone(),
        also: row.also.clone(),
        exact: row.exact(),
        per_request: None,
        even: false,
    }
}

/// Entries from which on a collection that keeps much is suspected.
const ENTRIES_MIN: u64 = 1_000;
/// Bytes that such a collection keeps.
const RETAINED_MIN: u64 = 100 << 10;
/// In a hundred entries, how many are of one class: a table of mixed things was written by hand.
const ALIKE_MIN: u8 = 80;
/// Node warns of more listeners than these on one event.
const LISTENERS_MAX: u64 = 10;
/// Timers with one and the same function.
const TIMERS_MIN: u64 = 50;
/// Listeners of event targets with one and the same function.
const TARGET_LISTENERS_MIN: u64 = 50;
/// Callbacks that wait for one promise.
const WAITING_MIN: u64 = 100;

/// What is large and stays, in one snapshot. Those that keep most bytes first.
pub(super) fn of_census(named: &Named<'_>, census: &Census, sources: &dyn Sources) -> Vec<Suspect> {
    let mut found: Vec<Suspect> = census
        .collections
        .iter()
        .filter_map(|held| Some((held, suspected(held)?)))
        .map(|(held, sort)| of_held(named, held, sort, sources))
        .collect();
    let many = |group: &&WaitingGroup| {
        group.count >= if group.what == "timers" { TIMERS_MIN } else { TARGET_LISTENERS_MIN }
    };
    found.extend(census.waiting.iter().filter(many).map(|group| of_waiting(named, group)));
    found.sort_by_key(|suspect| (std::cmp::Reverse(suspect.retained_bytes), suspect.owner.path.clone()));
    found
}

/// Whether a collection is suspected, and of what.
fn suspected(held: &HeldCollection) -> Option<Sort> {
    let sort = match held.kind {
        _ if held.owner.path.contains(".on(") => Sort::Listeners,
        CollectionKind::Map => Sort::Map,
        CollectionKind::Set => Sort::Set,
        CollectionKind::Array => Sort::Array,
        CollectionKind::Object => Sort::Object,
        CollectionKind::Reactions => Sort::Promises,
        CollectionKind::WeakMap | CollectionKind::WeakSet => return None,
    };
    let enough = match sort {
        Sort::Listeners => held.entries > LISTENERS_MAX * held.members,
        Sort::Promises => held.entries >= WAITING_MIN,
        _ => {
            held.entries >= ENTRIES_MIN
                && held.retained_bytes >= RETAINED_MIN
                && held.alike_percent >= ALIKE_MIN
                && !(sort == Sort::Array && held.entry_class == "(string)")
                && !is_data(held)
        }
    };
    enough.then_some(sort)
}

/// Whether a package has it as data: a table of types, of codes, of names, read once from a file.
fn is_data(held: &HeldCollection) -> bool {
    held.owner.origin == Origin::Dependency
        && held.owner.kind == OwnerKind::ModuleVariable
        && held.kind == CollectionKind::Object
}

fn of_held(named: &Named<'_>, held: &HeldCollection, sort: Sort, sources: &dyn Sources) -> Suspect {
    Suspect {
        sort,
        declared: named.declaration(&held.owner, sources),
        grows_at: Vec::new(),
        held_at: None,
        owner: held.owner.clone(),
        held_by: held.held_by.as_ref().map(|holder| holder.path.clone()),
        members: held.members,
        object_id: named.graph().object_id(held.node),
        entries: vec![held.entries],
        entries_known: held.exact,
        bytes: Vec::new(),
        retained_bytes: held.retained_bytes,
        entry_class: held.entry_class.clone(),
        entry_place: held.entry_place.clone(),
        also: Vec::new(),
        exact: None,
        per_request: None,
        even: false,
    }
}

fn of_waiting(named: &Named<'_>, group: &WaitingGroup) -> Suspect {
    Suspect {
        sort: match group.what {
            "timers" => Sort::Timers,
            _ if group.owner.path.ends_with("(\"abort\")") => Sort::AbortListeners,
            _ => Sort::Listeners,
        },
        declared: None,
        grows_at: Vec::new(),
        held_at: None,
        owner: group.owner.clone(),
        held_by: None,
        members: 1,
        object_id: named.graph().object_id(group.node),
        entries: vec![group.count],
        entries_known: true,
        bytes: Vec::new(),
        retained_bytes: group.retained_bytes,
        entry_class: String::new(),
        entry_place: None,
        also: Vec::new(),
        exact: None,
        per_request: None,
        even: false,
    }
}

fn sort(row: &OwnerGrowth) -> Sort {
    if is_open(row) {
        return Sort::Resources;
    }
    let signal = || row.owner.path.ends_with("(\"abort\")");
    match row.what {
        "timers" => Sort::Timers,
        "listeners" if signal() => Sort::AbortListeners,
        "listeners" => Sort::Listeners,
        _ if row.owner.path.contains(".on(") => Sort::Listeners,
        "Map" => Sort::Map,
        "Set" => Sort::Set,
        "Array" => Sort::Array,
        "Promise" => Sort::Promises,
        _ if row.entry_class == "Promise" => Sort::Promises,
        _ => Sort::Object,
    }
}
