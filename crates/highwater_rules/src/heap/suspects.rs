//! Things of a heap that may leak.

use highwater_heap::{Diff, Named, Origin, Owner, OwnerGrowth, SourcePlace, Sources, Trend};

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
    /// Callbacks that wait for a promise, or promises that wait for each other.
    Promises,
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
    /// Who holds the instance.
    pub held_by: Option<String>,
    /// How many collections of this name there are.
    pub members: u64,
    /// V8's number of the collection.
    pub object_id: u64,
    /// Entries in each snapshot.
    pub entries: Vec<u64>,
    /// Whether entries were counted; else only the room for them is known.
    pub entries_known: bool,
    /// Bytes that each step added.
    pub bytes: Vec<u64>,
    /// What most entries are, and where that is declared.
    pub entry_class: String,
    /// Where the class or function of the entries stands.
    pub entry_place: Option<SourcePlace>,
    /// Others that hold the same.
    pub also: Vec<String>,
    /// How many entries every step added, when that was the same each time.
    pub exact: Option<u64>,
}

/// What grew in every step and is not the runtime's own.
pub(super) fn of_diff(named: &Named<'_>, diff: &Diff, sources: &dyn Sources) -> Vec<Suspect> {
    let grows = |row: &&OwnerGrowth| row.trend == Trend::Growth && row.owner.origin != Origin::Runtime;
    diff.owners.iter().filter(grows).map(|row| of_row(named, row, sources)).collect()
}

fn of_row(named: &Named<'_>, row: &OwnerGrowth, sources: &dyn Sources) -> Suspect {
    Suspect {
        sort: sort(row),
        declared: named.declaration(&row.owner, sources),
        owner: row.owner.clone(),
        held_by: row.held_by.as_ref().map(|holder| holder.path.clone()),
        members: row.members,
        object_id: named.graph().object_id(row.node),
        entries: row.entries.clone(),
        entries_known: row.entries_known,
        bytes: row.bytes.clone(),
        entry_class: row.entry_class.clone(),
        entry_place: row.entry_place.clone(),
        also: row.also.clone(),
        exact: row.exact(),
    }
}

fn sort(row: &OwnerGrowth) -> Sort {
    let signal = || row.owner.path.contains("ignal") || row.entry_class == "AbortSignal";
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
