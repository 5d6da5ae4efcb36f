//! The edges that lead to each node: the reverse of the edges that leave it.

use super::HeapGraph;
use crate::column::Column;
use crate::ids::NodeId;

/// Edges by the node they lead to.
#[derive(Debug)]
pub struct Retainers {
    first: Column<u32>,
    edges: Column<u32>,
}

impl Retainers {
    /// By counting: two passes over the edges.
    pub(super) fn of(graph: &HeapGraph) -> Retainers {
        let adjacency = graph.adjacency();
        let mut first = Column::zeroed(graph.node_count() + 1);
        let mut edges = Column::zeroed(graph.edge_count());
        let (places, list): (&mut [u32], &mut [u32]) = (&mut first, &mut edges);
        for edge in adjacency.all() {
            places[edge.to() as usize] += 1;
        }
        let mut sum = 0;
        for count in places.iter_mut() {
            sum += *count;
            *count = sum;
        }
        for (at, edge) in adjacency.all().enumerate().rev() {
            let place = &mut places[edge.to() as usize];
            *place -= 1;
            list[*place as usize] = at as u32;
        }
        Retainers { first, edges }
    }

    pub(super) fn edges(&self, node: NodeId) -> &[u32] {
        &self.edges[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}
