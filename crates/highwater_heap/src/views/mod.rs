//! What is in a heap, counted: one file for each question. Nothing here is text for people; that is the engine's.

mod classes;
mod totals;

pub use classes::{Class, classes};
pub use totals::{KindTotal, Totals, totals};
