//! A small language to look for objects: `class:Session retained>=1mb not name~test`.
//!
//! Terms that stand beside each other must all hold; `or`, `not` (or `-` before a term) and round brackets do what they
//! say. The book's page on heaps explains every key. A mistake is told with its column and what could have been meant.
//!
//! Why not SQL: it would need an engine larger than all of Highwater for questions that are nearly always of this form.
//! Who wants joins exports the columns (`heap convert`) and asks with a tool of their own.

mod ask;
mod parse;

use crate::ids::NodeId;
use crate::kinds::NodeKind;
use crate::names::Named;
use std::fmt;

/// A question that has been understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) root: Term,
}

/// What a question is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    /// A name, in what way it is to match, and of which nodes.
    Text(Field, Match),
    Kind(Kinds),
    /// Figures within these bounds, both included.
    Figure(Figure, u64, u64),
    /// A property, captured variable or internal field of this name.
    Has(Match),
    /// Where the function or constructor stands: `URL` or `URL:line`.
    Place(Match),
}

/// Whose name is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The constructor of objects and of what the embedder holds; a group such as `Function` or `(array)` else.
    Class,
    /// Of any node.
    Name,
    /// Of strings: their text.
    Text,
}

/// How a name matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Exactly(String),
    /// In it, whatever the case.
    Contains(String),
    /// With `*` for anything.
    Like(String),
}

/// Which kinds of nodes are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinds {
    One(NodeKind),
    Strings,
    /// Attached to no document any more.
    Detached,
}

/// A figure of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    Id,
    Shallow,
    Retained,
    Distance,
    /// References that it has to others.
    Edges,
    /// Nodes that would go with it, itself included.
    Count,
}

/// What is wrong with a question, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Column of the mistake, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The word that nobody knows; empty when that is not the trouble.
    pub word: String,
    /// Words that could stand there.
    pub known: Vec<&'static str>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for QueryError {}

impl Query {
    /// Understands a question.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        parse::query(text)
    }

    /// All nodes for which it holds, in the order of the file. One pass, shared among the threads of the pool.
    pub fn find(&self, names: &Named<'_>) -> Vec<NodeId> {
        ask::find(self, names)
    }
}
