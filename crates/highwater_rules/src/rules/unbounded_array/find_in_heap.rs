//! Arrays of a heap that gain elements and keep them.

use crate::Sink;
use crate::heap::{HeapContext, Sort};

/// Tells of each.
pub fn find(cx: &HeapContext<'_>, sink: &mut Sink) {
    for suspect in cx.suspects(Sort::Array) {
        cx.tell(super::CARD.id, suspect, sink);
    }
}
