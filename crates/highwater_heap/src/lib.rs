//! Snapshot bytes to graph to growth: what is in a V8 heap, who holds it, and what grew.
//!
//! A chain of finished types without hidden caches: [`Decoded`] (columns) -> [`HeapGraph`] (edges both ways) ->
//! [`Dominated`] (dominators, retained sizes, distances). This crate opens no file, reads no clock and starts no
//! process: it is given bytes or a reader and returns values.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

#[cfg(test)]
mod built;
mod census;
mod column;
mod graph;
mod growth;
mod ids;
mod kinds;
mod names;
mod redact;
mod snapshot;
mod views;

pub use census::{
    Census, DeadVariable, DeadVariables, DetachedGroup, DuplicatedString, HeldCollection, SuspendedGroup,
    WaitingGroup, census, dead_variables,
};
pub use graph::{Dominated, Edge, EdgeName, HeapGraph, Sizes};
pub use growth::{
    ClassGrowth, Diff, HANDLES, OwnerGrowth, Point, Proportion, Rise, Rung, Slope, Trend, diff, exact_rise,
    proportional, rise, slope, trend,
};
pub use ids::{EdgeId, NodeId, StringId};
pub use kinds::{EdgeKind, NodeKind};
pub use names::{
    Collection, CollectionKind, Named, Names, NoSources, Origin, Owner, OwnerKind, PathStep, Retention,
    Retentions, SourcePlace, Sources, Target, registrations,
};
pub use redact::{Keys, Redacted, redact};
pub use snapshot::{DecodeError, Decoded, Decoder, Location, Meta, Sample, TraceNode, decode};
pub use views::{
    Branch, Class, Depth, Duplicate, KindTotal, Query, QueryError, Strings, Totals, accumulations, branches,
    called, classes, large_collections, reference, strings, totals,
};
