//! One value of a sheet, with its type: renderers for people decide how it looks, those for programs write it raw.

use crate::Place;

/// One value. Figures stay whole numbers, so that equal inputs give equal outputs to the last digit.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nothing is known, or it makes no sense here.
    #[default]
    Absent,
    /// A message; code in it stands between backticks.
    Text(String),
    /// A name as code writes it: a class, a variable, a property path. May come from a heap.
    Name(String),
    /// The value of a string in the heap; shown in quotes, cut when long.
    Quote(String),
    /// Bytes.
    Bytes(u64),
    /// Bytes gained or lost.
    SignedBytes(i64),
    /// How many.
    Count(u64),
    /// How many more or fewer.
    SignedCount(i64),
    /// A part of a whole; shown in per cent, written as a fraction from 0 to 1. Unknown when the whole is 0.
    Share {
        /// The part.
        part: u64,
        /// The whole, in the same unit.
        whole: u64,
    },
    /// One number for each of another: entries per round. Unknown when `under` is 0.
    Ratio {
        /// How many in all.
        over: i64,
        /// Of how many.
        under: u64,
    },
    /// V8's id of an object; shown as `@123`. The same object keeps it from snapshot to snapshot.
    Id(u64),
    /// A place in the source; shown as `file:line:column`. Line and column are left out when they are 0.
    Place(Place),
    /// The same figure in each of several snapshots, in order; shown as a small curve.
    Trend(Vec<u64>),
}

/// What the values of a column or fact are. An [`Cell::Absent`] fits every unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Prose.
    Text,
    /// A name as code writes it.
    Name,
    /// The value of a string.
    Quote,
    /// Bytes, also gained or lost.
    Bytes,
    /// How many, also more or fewer.
    Count,
    /// A part of a whole.
    Share,
    /// One number for each of another.
    Ratio,
    /// V8's id of an object.
    Id,
    /// A place in the source.
    Place,
    /// A figure over several snapshots.
    Trend,
}

impl Unit {
    /// One lower-case word for machine formats.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Text => "text",
            Unit::Name => "name",
            Unit::Quote => "string",
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Share => "share",
            Unit::Ratio => "ratio",
            Unit::Id => "id",
            Unit::Place => "place",
            Unit::Trend => "trend",
        }
    }

    /// True for figures, which stand right-aligned under each other.
    pub fn is_figure(self) -> bool {
        matches!(self, Unit::Bytes | Unit::Count | Unit::Share | Unit::Ratio | Unit::Id)
    }
}

impl Cell {
    /// A name, or [`Cell::Absent`] when it is empty.
    pub fn name(name: impl Into<String>) -> Self {
        let name = name.into();
        if name.is_empty() { Cell::Absent } else { Cell::Name(name) }
    }

    /// A message, or [`Cell::Absent`] when it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Cell::Absent } else { Cell::Text(text) }
    }

    /// A point in a source file: line and column from 1, 0 when unknown. [`Cell::Absent`] without a file.
    pub fn at(file: impl Into<String>, line: u32, column: u32) -> Self {
        let file = file.into();
        if file.is_empty() {
            return Cell::Absent;
        }
        Cell::Place(Place { file, line, column, end_line: line, end_column: column, excerpt: String::new() })
    }

    /// The value if there is one, else [`Cell::Absent`].
    pub fn or_absent<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Absent, cell)
    }

    /// What the value is; `None` when there is none.
    pub fn unit(&self) -> Option<Unit> {
        Some(match self {
            Cell::Absent => return None,
            Cell::Text(_) => Unit::Text,
            Cell::Name(_) => Unit::Name,
            Cell::Quote(_) => Unit::Quote,
            Cell::Bytes(_) | Cell::SignedBytes(_) => Unit::Bytes,
            Cell::Count(_) | Cell::SignedCount(_) => Unit::Count,
            Cell::Share { .. } => Unit::Share,
            Cell::Ratio { .. } => Unit::Ratio,
            Cell::Id(_) => Unit::Id,
            Cell::Place(_) => Unit::Place,
            Cell::Trend(_) => Unit::Trend,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_absent() {
        assert_eq!(Cell::name(""), Cell::Absent);
        assert_eq!(Cell::text(""), Cell::Absent);
        assert_eq!(Cell::at("", 3, 4), Cell::Absent);
        assert_eq!(Cell::or_absent(None, Cell::Bytes), Cell::Absent);
        assert_eq!(Cell::or_absent(Some(4), Cell::Bytes), Cell::Bytes(4));
        assert_eq!(Cell::Absent.unit(), None);
        assert_eq!(Cell::SignedBytes(-1).unit(), Some(Unit::Bytes));
    }
}
