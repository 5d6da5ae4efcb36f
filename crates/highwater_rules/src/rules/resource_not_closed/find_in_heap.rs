//! Sockets, servers and files of a heap that become ever more and that nothing but their handle holds.

use crate::Sink;
use crate::heap::{HeapContext, Sort};

/// Tells of each.
pub fn find(cx: &HeapContext<'_>, sink: &mut Sink) {
    for suspect in cx.suspects(Sort::Resources) {
        cx.tell(super::CARD.id, suspect, sink);
    }
}
