//! Which of the things that were there before holds what is new.
//!
//! One walk down the dominator tree: what is new belongs to the entry of a growing collection or the timer above it,
//! else to the nearest old object that dominates it. So every new byte is counted once.

use super::rung::{RawPlace, Waiting, waiting};
use crate::graph::Dominated;
use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use crate::names::{Collection, Named};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What holds new things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Holder {
    /// A growing collection, by its position in the list.
    Collection(u32),
    /// A timer or listener, by the place of its function.
    Waiting(Waiting, RawPlace),
    /// An object that was there before.
    Old(NodeId),
}

/// What one holder has gained.
#[derive(Clone, Debug, Default)]
pub(super) struct Gain {
    /// Bytes by step.
    pub(super) bytes: Vec<u64>,
    /// Nodes directly under it, by name: how many in each step, the bytes that go with them, and one of them.
    pub(super) tops: BTreeMap<StringId, Top>,
}

/// Things of one name directly under a holder.
#[derive(Clone, Debug)]
pub(super) struct Top {
    pub(super) count: Vec<u64>,
    pub(super) bytes: u64,
    pub(super) sample: NodeId,
}

/// In which step each id was given. Objects of the heap have odd ids that only rise.
pub(super) struct Steps {
    /// The highest odd id of every snapshot but the last.
    pub(super) marks: Vec<u64>,
}

impl Steps {
    /// 0 for what was in the first snapshot. Ids of the embedder are even and say nothing.
    pub(super) fn of(&self, id: u64) -> usize {
        if id.is_multiple_of(2) { 0 } else { self.marks.iter().take_while(|mark| **mark < id).count() }
    }
}

/// Compiled code and hidden classes: a running program has ever more of them for a while, and no line of it is at fault.
fn is_code(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Code | NodeKind::ObjectShape)
}

/// All that was gained.
pub(super) struct Gains {
    pub(super) by_holder: BTreeMap<Holder, Gain>,
    /// Bytes of compiled code, by step.
    pub(super) code: Vec<u64>,
    /// By growing collection: how many of its new entries another one had first, by the number of that one.
    pub(super) shared: Vec<BTreeMap<u32, u64>>,
}

const OLD: u32 = u32::MAX;
const CODE: u32 = u32::MAX - 1;

/// What each node belongs to, as a number in a list of holders.
struct Marks {
    holders: Vec<Holder>,
    numbers: FxHashMap<Holder, u32>,
    of: Vec<u32>,
    /// Stores whose bytes are counted with their collection.
    stores: Vec<NodeId>,
}

impl Marks {
    fn number(&mut self, holder: Holder) -> u32 {
        let next = self.holders.len() as u32;
        let holders = &mut self.holders;
        *self.numbers.entry(holder).or_insert_with(|| {
            holders.push(holder);
            next
        })
    }
}

pub(super) fn gains(named: &Named<'_>, steps: &Steps, grown: &[Collection]) -> Gains {
    let heap = named.heap();
    let graph = heap.graph();
    let count = steps.marks.len() + 1;
    let mut marks = Marks {
        holders: Vec::new(),
        numbers: FxHashMap::default(),
        of: vec![OLD; graph.node_count()],
        stores: Vec::new(),
    };
    let shared = mark_entries(named, steps, grown, &mut marks);
    let shapes = named.shapes();
    let mut gains = Gains { by_holder: BTreeMap::new(), code: vec![0; count], shared };
    let mut list: Vec<Gain> = Vec::new();
    for node in heap.subtree(graph.root()) {
        let step = steps.of(graph.object_id(node));
        if step == 0 {
            marks.of[node.index()] = OLD;
            continue;
        }
        let kind = graph.kind(node);
        let parent = heap.immediate_dominator(node).unwrap_or(node);
        let above = marks.of[parent.index()];
        let known = marks.of[node.index()];
        let (number, is_top) = if known != OLD {
            (known, true)
        } else if is_code(kind) || above == CODE {
            (CODE, false)
        } else if let Some((what, place)) = waiting(&shapes, node).filter(|_| kind == NodeKind::Object) {
            (marks.number(Holder::Waiting(what, place)), true)
        } else if above == OLD {
            (marks.number(Holder::Old(parent)), true)
        } else {
            (above, false)
        };
        marks.of[node.index()] = number;
        if number == CODE {
            gains.code[step] += heap.shallow_size(node);
            continue;
        }
        list.resize_with(marks.holders.len(), Gain::default);
        let gain = &mut list[number as usize];
        gain.bytes.resize(count, 0);
        if marks.stores.binary_search(&node).is_err() {
            gain.bytes[step] += graph.shallow_size(node);
            if is_top {
                add_top(gain, heap, node, step, count);
            }
        }
    }
    list.resize_with(marks.holders.len(), Gain::default);
    gains.by_holder =
        marks.holders.into_iter().zip(list).filter(|(_, gain)| !gain.bytes.is_empty()).collect();
    gains
}

fn add_top(gain: &mut Gain, heap: &Dominated, node: NodeId, step: usize, count: usize) {
    let graph = heap.graph();
    let kind = graph.kind(node);
    // Strings and numbers are told apart by nothing that matters here.
    let name =
        if kind.is_string() || kind == NodeKind::Number { StringId::new(0) } else { graph.name_id(node) };
    let top = gain.tops.entry(name).or_insert(Top { count: vec![0; count], bytes: 0, sample: node });
    top.count[step] += 1;
    let bytes = heap.retained_size(node);
    if bytes > heap.retained_size(top.sample) {
        top.sample = node;
    }
    top.bytes += bytes;
}

/// Marks new entries with the first collection that has them.
fn mark_entries(
    named: &Named<'_>,
    steps: &Steps,
    grown: &[Collection],
    marks: &mut Marks,
) -> Vec<BTreeMap<u32, u64>> {
    let graph = named.graph();
    let shapes = named.shapes();
    let mut shared = vec![BTreeMap::new(); grown.len()];
    for (at, collection) in grown.iter().enumerate() {
        let number = marks.number(Holder::Collection(at as u32));
        if let Some(store) = collection.store
            && steps.of(graph.object_id(store)) > 0
        {
            marks.of[store.index()] = number;
            marks.stores.push(store);
        }
        shapes.each_entry(collection, |key, value| {
            for part in [value, key].into_iter().flatten() {
                if steps.of(graph.object_id(part)) == 0 {
                    continue;
                }
                let mark = &mut marks.of[part.index()];
                if *mark == OLD {
                    *mark = number;
                } else if *mark != number {
                    *shared[at].entry(*mark).or_insert(0) += 1;
                }
            }
        });
    }
    marks.stores.sort_unstable();
    shared
}
