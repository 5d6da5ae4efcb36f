//! Rows and columns, and rows that hang on each other.

use super::{Cell, Key, Unit};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Unique in its table.
    pub key: Key,
    /// For people: "Retained". Short: it is the head of a column.
    pub label: String,
    /// What its cells are.
    pub unit: Unit,
    /// True for the one column by whose figures the rows are to be compared: pictures draw a bar for it.
    pub bar: bool,
}

impl Column {
    /// A column of this unit.
    pub fn new(key: impl Into<Key>, label: impl Into<String>, unit: Unit) -> Self {
        Column { key: key.into(), label: label.into(), unit, bar: false }
    }

    /// With a bar for each figure.
    #[must_use]
    pub fn bar(mut self) -> Self {
        self.bar = true;
        self
    }
}

/// Rows and columns.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Table {
    /// The columns, the one that says what the row is about first.
    pub columns: Vec<Column>,
    /// The rows, the most important first; each has a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// How many further rows the limit left out.
    pub more: u64,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Table { columns, rows: Vec::new(), more: 0 }
    }

    /// Adds a row; it has a cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(row);
    }
}

/// Rows that hang on each other, each row before those under it: a dominator tree, a path to the root.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tree {
    /// The columns; the first one is indented by the depth of its row.
    pub columns: Vec<Column>,
    /// The rows in preorder.
    pub rows: Vec<TreeRow>,
    /// How many further rows at the top the limit left out.
    pub more: u64,
}

/// One row of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// 0 at the top; at most one more than that of the row before.
    pub depth: u32,
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// How many further rows directly under this one the limit left out.
    pub more: u64,
}

impl Tree {
    /// A tree without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Tree { columns, rows: Vec::new(), more: 0 }
    }

    /// Adds a row; it has a cell for each column.
    pub fn push(&mut self, depth: u32, cells: Vec<Cell>, more: u64) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(TreeRow { depth, cells, more });
    }
}
