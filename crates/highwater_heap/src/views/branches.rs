//! The dominator tree as people can read it: what an object alone keeps, with objects of one name as one row.
//!
//! An array of 9,000 entries dominates 9,000 objects; shown one by one they say nothing. So the nodes directly under a
//! row are grouped by kind and name, and what is under a group is grouped again. What is large alone stays alone: two
//! scopes of two modules have nothing in common but their name.

use super::called::{called, reference};
use crate::graph::{Dominated, Edge};
use crate::ids::NodeId;
use crate::kinds::NodeKind;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// One row of the tree: a node, or all nodes of one name under the row above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// 0 for the node that was asked for.
    pub depth: u32,
    /// The node; of a group the one that retains most.
    pub node: NodeId,
    /// What it is called.
    pub name: String,
    /// How the node above refers to it, if it does so directly and the row is no group.
    pub reference: String,
    /// Nodes of the row.
    pub count: u64,
    /// Their own bytes.
    pub shallow_bytes: u64,
    /// Bytes that would go with them.
    pub retained_bytes: u64,
    /// Rows directly under this one that are left out.
    pub more: u64,
}

/// How much of the tree is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Levels under the first row.
    pub levels: u32,
    /// Rows under one row at most.
    pub rows: usize,
    /// Rows that retain less than this are left out.
    pub bytes_min: u64,
    /// A node that retains at least this is a row of its own.
    pub alone_min: u64,
}

/// Nodes of one name that one row dominates.
struct Group {
    nodes: Vec<NodeId>,
    shallow_bytes: u64,
    retained_bytes: u64,
    largest: NodeId,
}

/// The tree under a node, each row before those under it, the largest first.
pub fn branches(heap: &Dominated, from: NodeId, depth: Depth) -> Vec<Branch> {
    let first = Group {
        nodes: vec![from],
        shallow_bytes: heap.shallow_size(from),
        retained_bytes: heap.retained_size(from),
        largest: from,
    };
    let mut rows = Vec::new();
    // Rows that are still to be written, the next one last.
    let mut open = vec![(0, None, first)];
    while let Some((level, parent, group)) = open.pop() {
        let mut row = row(heap, level, parent, &group);
        if level < depth.levels {
            let mut under = groups(heap, &group.nodes, depth.alone_min);
            let shown = under
                .iter()
                .take(depth.rows)
                .take_while(|group| group.retained_bytes >= depth.bytes_min)
                .count();
            row.more = (under.len() - shown) as u64;
            under.truncate(shown);
            let parent = (group.nodes.len() == 1).then_some(group.largest);
            open.extend(under.into_iter().rev().map(|group| (level + 1, parent, group)));
        }
        rows.push(row);
    }
    rows
}

fn row(heap: &Dominated, depth: u32, parent: Option<NodeId>, group: &Group) -> Branch {
    let graph = heap.graph();
    let edge =
        parent.filter(|_| group.nodes.len() == 1).and_then(|parent| direct(heap, parent, group.largest));
    Branch {
        depth,
        node: group.largest,
        name: called(graph, group.largest),
        reference: edge.map_or(String::new(), |edge| reference(graph, &edge)),
        count: group.nodes.len() as u64,
        shallow_bytes: group.shallow_bytes,
        retained_bytes: group.retained_bytes,
        more: 0,
    }
}

/// The reference from one node to another; one that code can write is preferred.
fn direct(heap: &Dominated, from: NodeId, to: NodeId) -> Option<Edge> {
    heap.graph().edges(from).filter(|edge| edge.to == to).min_by_key(|edge| edge.kind)
}

/// What nodes immediately dominate, by kind and name, the largest group first.
fn groups(heap: &Dominated, nodes: &[NodeId], alone_min: u64) -> Vec<Group> {
    let graph = heap.graph();
    let mut number_of: FxHashMap<(NodeKind, u32), usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for node in nodes.iter().flat_map(|node| heap.dominated(*node)) {
        let kind = graph.kind(node);
        // Text, code and numbers are one group each, whatever they say.
        let key = match kind {
            kind if kind.is_string() => (NodeKind::String, 0),
            NodeKind::Code
            | NodeKind::Number
            | NodeKind::Symbol
            | NodeKind::BigInt
            | NodeKind::ObjectShape => (kind, 0),
            kind => (kind, graph.name_id(node).get()),
        };
        let mut add = || {
            groups.push(Group { nodes: Vec::new(), shallow_bytes: 0, retained_bytes: 0, largest: node });
            groups.len() - 1
        };
        let is_large = heap.retained_size(node) >= alone_min;
        let number = if is_large { add() } else { *number_of.entry(key).or_insert_with(add) };
        let group = &mut groups[number];
        group.nodes.push(node);
        group.shallow_bytes += heap.shallow_size(node);
        group.retained_bytes += heap.retained_size(node);
        if heap.retained_size(node) > heap.retained_size(group.largest) {
            group.largest = node;
        }
    }
    groups.sort_by_key(|group| (Reverse(group.retained_bytes), Reverse(group.shallow_bytes), group.largest));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Built;
    use crate::kinds::EdgeKind;

    fn heap() -> Dominated {
        let mut built = Built::new();
        let context = built.module("file:///srv/app.mjs", 9, 4);
        let leaked = built.child((context, EdgeKind::Context, "leaked"), NodeKind::Object, "Array", 32);
        for at in 0..50 {
            let request = (leaked, EdgeKind::Element, at.to_string());
            let request = built.child((request.0, request.1, &request.2), NodeKind::Object, "Request", 1000);
            built.child((request, EdgeKind::Property, "body"), NodeKind::String, &format!("body {at}"), 400);
        }
        built.map((context, EdgeKind::Context, "sessions"), 100);
        built.heap()
    }

    #[test]
    fn objects_of_one_name_are_one_row() {
        let heap = heap();
        let rows = branches(
            &heap,
            heap.graph().root(),
            Depth { levels: 6, rows: 5, bytes_min: 1000, alone_min: 20_000 },
        );
        let told: Vec<String> = rows
            .iter()
            .map(|row| {
                let name = format!("{}{}{}", "  ".repeat(row.depth as usize), row.reference, row.name);
                format!("{name} x{} {} {} +{}", row.count, row.shallow_bytes, row.retained_bytes, row.more)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
