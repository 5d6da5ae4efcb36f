//! What is in a heap, counted and found: one file for each question. Nothing here is text for people; that is the
//! engine's.

mod branches;
mod called;
mod classes;
mod collections;
mod query;
mod strings;
mod totals;
mod weights;

pub use branches::{Branch, Depth, branches};
pub use called::{called, reference};
pub use classes::{Class, classes};
pub use collections::large_collections;
pub use query::{Query, QueryError};
pub use strings::{Duplicate, Strings, strings};
pub use totals::{KindTotal, Totals, totals};
pub use weights::accumulations;
