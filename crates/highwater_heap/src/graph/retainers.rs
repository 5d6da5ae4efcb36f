//! The edges that lead to each node: the reverse of the edges that leave it.
//!
//! Half of all references lead to a few thousand nodes that a million others share: hidden classes, prototypes, `true`.
//! Nobody reads more than a few of those, so the index keeps the first ones of each node only.

use super::HeapGraph;
use crate::column::Column;
use crate::ids::NodeId;

/// References that are kept of each node.
pub(crate) const RETAINERS_KEPT: u16 = 256;

/// Edges by the node they lead to, the first [`RETAINERS_KEPT`] of each.
#[derive(Debug)]
pub(crate) struct Retainers {
    first: Column<u32>,
    edges: Column<u32>,
}

impl Retainers {
    /// By counting: two passes over the edges.
    pub(super) fn of(graph: &HeapGraph) -> Retainers {
        let adjacency = graph.adjacency();
        let nodes = graph.node_count();
        // How many are kept, then how many of those are still to come.
        let mut left = Column::<u16>::zeroed(nodes);
        let mut first = Column::zeroed(nodes + 1);
        let (left, places): (&mut [u16], &mut [u32]) = (&mut left, &mut first);
        for edge in adjacency.all() {
            let count = &mut left[edge.to() as usize];
            *count += u16::from(*count < RETAINERS_KEPT);
        }
        let mut sum = 0;
        for (place, count) in places[1..].iter_mut().zip(left.iter()) {
            sum += u32::from(*count);
            *place = sum;
        }
        let mut edges = Column::zeroed(sum as usize);
        let list: &mut [u32] = &mut edges;
        for (at, edge) in adjacency.all().enumerate() {
            let to = edge.to() as usize;
            if left[to] > 0 {
                list[places[to + 1] as usize - usize::from(left[to])] = at as u32;
                left[to] -= 1;
            }
        }
        Retainers { first, edges }
    }

    pub(super) fn edges(&self, node: NodeId) -> &[u32] {
        &self.edges[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}
