//! The edges that lead to each node: the reverse of the edges that leave it.

use super::HeapGraph;
use crate::ids::NodeId;

/// Edges by the node they lead to.
#[derive(Debug)]
pub struct Retainers {
    first: Vec<u32>,
    edges: Vec<u32>,
}

impl Retainers {
    /// By counting: two passes over the edges.
    pub(super) fn of(graph: &HeapGraph) -> Retainers {
        let packed = &graph.decoded.edges.packed;
        let mut first = vec![0_u32; graph.node_count() + 1];
        for edge in packed {
            first[edge.to as usize] += 1;
        }
        let mut sum = 0;
        for count in &mut first {
            sum += *count;
            *count = sum;
        }
        let mut edges = vec![0; packed.len()];
        for (at, edge) in packed.iter().enumerate().rev() {
            let place = &mut first[edge.to as usize];
            *place -= 1;
            edges[*place as usize] = at as u32;
        }
        Retainers { first, edges }
    }

    pub(super) fn edges(&self, node: NodeId) -> &[u32] {
        &self.edges[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}
