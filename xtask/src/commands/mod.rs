//! One file for each command.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod corpus;
pub(crate) mod docs;
pub(crate) mod fixtures;
pub(crate) mod heap;
pub(crate) mod load;
pub(crate) mod new_rule;
