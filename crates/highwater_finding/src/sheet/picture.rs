//! Data for pictures: who holds how much under whom, and how figures move from snapshot to snapshot.

use super::Unit;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Bytes under bytes: a dominator tree.
    Icicle(Icicle),
    /// Figures over snapshots: a diff.
    Series(Series),
}

/// Bytes under bytes. Each piece lies under the one it belongs to and is as wide as it has bytes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Icicle {
    /// The pieces in preorder, siblings by falling bytes; the first has depth 0. Together, the pieces directly
    /// under one are not larger than it; what is left is its own and that of pieces too small to be drawn.
    pub pieces: Vec<Piece>,
}

/// One piece of an [`Icicle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// 0 for what lies at the top; at most one more than that of the piece before.
    pub depth: u32,
    /// What it is, as code writes it. May come from a heap.
    pub name: String,
    /// V8's id; `None` for a group of several objects.
    pub id: Option<u64>,
    /// Bytes of it and of everything under it.
    pub bytes: u64,
    /// Objects it stands for, itself included.
    pub count: u64,
    /// A few words more, such as the place in the source; empty when there is nothing.
    pub note: String,
}

/// Figures over several snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The snapshots, in order.
    pub labels: Vec<String>,
    /// What the figures are: bytes or a count.
    pub unit: Unit,
    /// What is followed, the most important first.
    pub lines: Vec<Line>,
}

/// One thing followed over several snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is, as code writes it. May come from a heap.
    pub name: String,
    /// A few words more, such as "+3,000 per round, exactly"; empty when there is nothing.
    pub note: String,
    /// A figure for each label.
    pub values: Vec<u64>,
}
