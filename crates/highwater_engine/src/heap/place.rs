//! Places in the source, as sheets show them.

use highwater_finding::sheet::Cell;
use highwater_heap::{Origin, Owner, SourcePlace, Sources};

/// A place as it was written, through a source map where there is one.
pub(super) fn written(place: &SourcePlace, sources: &dyn Sources) -> Cell {
    let original = sources.original(place);
    let place = original.as_ref().unwrap_or(place);
    Cell::at(sources.shown(&place.url), place.line, place.column)
}

/// Where an owner is declared; else where its script is.
pub(super) fn of_owner(owner: &Owner, declared: Option<&SourcePlace>, sources: &dyn Sources) -> Cell {
    match declared {
        Some(place) => Cell::at(sources.shown(&place.url), place.line, place.column),
        None if owner.origin == Origin::Runtime && owner.place.url.is_empty() => Cell::Absent,
        None => written(&owner.place, sources),
    }
}
