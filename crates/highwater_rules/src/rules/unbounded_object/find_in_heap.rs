//! Objects of a heap that gain keys, or hold ever more in other ways.

use crate::Sink;
use crate::heap::{HeapContext, Sort};

/// Tells of each.
pub fn find(cx: &HeapContext<'_>, sink: &mut Sink) {
    for suspect in cx.suspects(Sort::Object) {
        cx.tell(super::CARD.id, suspect, sink);
    }
}
