//! Promises of a heap for which ever more waits.

use crate::Sink;
use crate::heap::{HeapContext, Sort};

/// Tells of each.
pub fn find(cx: &HeapContext<'_>, sink: &mut Sink) {
    for suspect in cx.suspects(Sort::Promises) {
        cx.tell(super::CARD.id, suspect, sink);
    }
}
