//! Finds `nested-collection` in the program graph.

use crate::judge::collections;
use crate::{Context, Sink};

/// Tells every growing place of this kind: a finding when nothing holds it, an assurance when something does.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    collections::report(cx, "nested-collection", out);
}
