//! Listeners of a heap that become ever more.

use crate::Sink;
use crate::heap::{HeapContext, Sort};

/// Tells of each.
pub fn find(cx: &HeapContext<'_>, sink: &mut Sink) {
    for suspect in cx.suspects(Sort::Listeners) {
        cx.tell(super::CARD.id, suspect, sink);
    }
}
