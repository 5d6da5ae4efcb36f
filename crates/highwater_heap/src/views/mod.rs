//! What is in a heap, counted and found: one file for each question. Nothing here is text for people; that is the
//! engine's.

mod classes;
mod collections;
mod query;
mod strings;
mod totals;
mod weights;

pub use classes::{Class, classes};
pub use collections::large_collections;
pub use query::{FIELDS as QUERY_FIELDS, Query, QueryError};
pub use strings::{Duplicate, Strings, strings};
pub use totals::{KindTotal, Totals, totals};
pub use weights::{accumulations, heaviest};
