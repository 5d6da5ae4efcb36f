//! The table of rules. Adding a rule is a folder, a `mod` line and a line in the table.

mod unbounded_collection;

use crate::Rule;

/// Every rule, in the order of reports.
pub static RULES: &[Rule] =
    &[Rule { card: unbounded_collection::CARD, find: unbounded_collection::find_in_code::find }];
