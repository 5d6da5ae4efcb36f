//! Collections with many entries.

use crate::ids::NodeId;
use crate::names::{Collection, Named};
use rayon::prelude::*;
use std::cmp::Reverse;

/// Bytes that an entry takes at least: one reference, with pointer compression.
const ENTRY_BYTES_MIN: u64 = 4;

/// All collections with at least so many entries, those that retain most first. What is too small to have so many is
/// not looked at.
pub fn large_collections(names: &Named<'_>, entries_min: u64) -> Vec<Collection> {
    let heap = names.heap();
    let large = |node: &NodeId| heap.retained_size(*node) >= entries_min * ENTRY_BYTES_MIN;
    let count = heap.graph().node_count() as u32;
    let nodes = (0..count).into_par_iter().map(NodeId::new).filter(large);
    let many =
        |found: &Collection| found.entries >= entries_min || !found.exact && found.capacity >= entries_min;
    let mut all: Vec<Collection> = nodes.filter_map(|node| names.collection(node)).filter(many).collect();
    all.sort_by_key(|collection| (Reverse(heap.retained_size(collection.node)), collection.node));
    all
}
