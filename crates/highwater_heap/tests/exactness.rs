//! Whether figures are right, on snapshots that the recipe beside this file makes with the `node` of the machine, or on
//! those in the folder that `HIGHWATER_SNAPSHOTS` names (`cargo xtask verify-heap` sets it, with DevTools' figures
//! beside the files).
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "tests read files and start node"
)]

mod support;

use highwater_heap::{Decoder, Dominated, EdgeKind, HeapGraph, NodeId, Sizes, decode};
use std::path::Path;
use support::{Chance, snapshots};

/// DevTools' number for a node that nothing reaches.
const NOT_REACHED: i64 = -5;

fn opened(path: &Path, sizes: Sizes) -> Dominated {
    let bytes = std::fs::read(path).expect("a snapshot that was just listed");
    let decoded = decode(&bytes[..], Some(bytes.len() as u64), &|_, _| {})
        .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    Dominated::compute(HeapGraph::build(decoded), sizes)
}

/// Shallow size, retained size and distance of every node, as one row each.
fn rows(heap: &Dominated) -> Vec<(u64, u64, u64, i64)> {
    let distance = |node| heap.distance(node).map_or(NOT_REACHED, i64::from);
    let row = |node| {
        (heap.graph().object_id(node), heap.shallow_size(node), heap.retained_size(node), distance(node))
    };
    heap.graph().nodes().map(row).collect()
}

#[test]
fn every_node_has_the_figures_of_devtools() {
    for path in snapshots() {
        for (transfer, ending) in [(true, "transfer.tsv"), (false, "plain.tsv")] {
            let Ok(theirs) = std::fs::read_to_string(path.with_extension(ending)) else { continue };
            let heap = opened(&path, Sizes::DevTools { transfer });
            let ours = rows(&heap);
            let mut differing = Vec::new();
            for (at, line) in theirs.lines().skip(1).enumerate() {
                let (id, shallow, retained, distance) = ours[at];
                let row = format!("{id}\t{shallow}\t{retained}\t{distance}");
                if row != line {
                    differing.push(format!("node {at}: {row} here, {line} there"));
                }
            }
            assert_eq!(theirs.lines().count() - 1, ours.len(), "{} {ending}", path.display());
            eprintln!("{} {ending}: {} of {} nodes differ", path.display(), differing.len(), ours.len());
            differing.truncate(10);
            assert!(differing.is_empty(), "{}: {differing:#?}", path.display());
        }
    }
}

/// A graph of the edges that keep their target alive, made from nothing but the public view of edges.
struct Strong {
    first: Vec<usize>,
    to: Vec<u32>,
    sizes: Vec<u64>,
    starts: Vec<u32>,
}

impl Strong {
    fn of(graph: &HeapGraph) -> Strong {
        let mut strong = Strong { first: vec![0], to: vec![], sizes: vec![], starts: vec![] };
        for node in graph.nodes() {
            let kept = graph.edges(node).filter(|edge| edge.kind != EdgeKind::Weak);
            strong.to.extend(kept.map(|edge| edge.to.index() as u32));
            strong.first.push(strong.to.len());
            strong.sizes.push(graph.shallow_size(node));
        }
        strong.starts = vec![graph.root().index() as u32];
        strong
    }

    fn targets(&self, node: u32) -> &[u32] {
        &self.to[self.first[node as usize]..self.first[node as usize + 1]]
    }

    /// What can be reached when one node is not there.
    fn reached_without(&self, gone: Option<u32>) -> Vec<bool> {
        let mut reached = vec![false; self.sizes.len()];
        let mut stack: Vec<u32> = self.starts.iter().copied().filter(|start| Some(*start) != gone).collect();
        for start in &stack {
            reached[*start as usize] = true;
        }
        while let Some(node) = stack.pop() {
            for to in self.targets(node) {
                if !reached[*to as usize] && Some(*to) != gone {
                    reached[*to as usize] = true;
                    stack.push(*to);
                }
            }
        }
        reached
    }
}

/// Takes nodes away, one after another, and adds up what cannot be reached any more.
#[test]
fn retained_sizes_are_what_goes_with_a_node() {
    let samples = if support::is_given() { 1000 } else { 60 };
    for path in snapshots() {
        let heap = opened(&path, Sizes::Reachability);
        let graph = heap.graph();
        let strong = Strong::of(graph);
        let all = strong.reached_without(None);
        let mut chance = Chance::new(1);
        // Most nodes hold nothing but themselves: half of the sample is taken from those that hold more.
        let holders: Vec<NodeId> = graph
            .nodes()
            .filter(|node| all[node.index()] && heap.retained_size(*node) > heap.shallow_size(*node))
            .collect();
        let reached: Vec<NodeId> = graph.nodes().filter(|node| all[node.index()]).collect();
        let mut wrong = Vec::new();
        for turn in 0..samples {
            let pool = if turn % 2 == 0 { &holders } else { &reached };
            let node = pool[chance.below(pool.len())];
            let left = strong.reached_without(Some(node.index() as u32));
            let gone: u64 =
                (0..all.len()).filter(|at| all[*at] && !left[*at]).map(|at| strong.sizes[at]).sum();
            if gone != heap.retained_size(node) {
                wrong.push(format!(
                    "@{} {}: {gone} bytes go, {} were said",
                    graph.object_id(node),
                    graph.name(node).chars().take(60).collect::<String>(),
                    heap.retained_size(node)
                ));
            }
        }
        eprintln!("{}: {} of {samples} nodes taken away differ", path.display(), wrong.len());
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
    }
}

#[test]
fn sums_and_trees_hold() {
    let rules =
        [Sizes::DevTools { transfer: true }, Sizes::DevTools { transfer: false }, Sizes::Reachability];
    for path in snapshots() {
        for sizes in rules {
            let heap = opened(&path, sizes);
            let graph = heap.graph();
            let told = format!("{} {sizes:?}", path.display());
            let bytes: u64 = graph.nodes().map(|node| graph.shallow_size(node)).sum();
            assert_eq!(heap.retained_size(graph.root()), bytes, "{told}: the root retains everything");
            for node in graph.nodes() {
                let below: u64 = heap.dominated(node).map(|child| heap.retained_size(child)).sum();
                assert_eq!(heap.retained_size(node), heap.shallow_size(node) + below, "{told}: {node:?}");
                if let Some(above) = heap.immediate_dominator(node) {
                    assert!(heap.dominates(above, node) && !heap.dominates(node, above), "{told}: {node:?}");
                }
                if let Some((from, edge)) = heap.parent_edge(node) {
                    assert_eq!(graph.edge(edge).to, node, "{told}");
                    assert_eq!(graph.edge_from(edge), from, "{told}");
                    let step = heap.distance(node).zip(heap.distance(from)).map(|(to, from)| to - from);
                    assert_eq!(step, Some(1), "{told}: {node:?}");
                }
            }
            check_tree(&heap, &told);
        }
        check_retainers(&opened(&path, Sizes::Reachability));
    }
}

/// Every node but the root is dominated once, and the order of the tree puts dominators first.
fn check_tree(heap: &Dominated, told: &str) {
    let graph = heap.graph();
    let mut seen = vec![0_u32; graph.node_count()];
    for node in graph.nodes() {
        for child in heap.dominated(node) {
            seen[child.index()] += 1;
            assert_eq!(heap.immediate_dominator(child), Some(node), "{told}");
        }
    }
    let once = graph.nodes().all(|node| seen[node.index()] == u32::from(node != graph.root()));
    assert!(once, "{told}: the dominator tree has each node once");
    assert_eq!(heap.subtree(graph.root()).len(), graph.node_count(), "{told}");
}

/// Edges looked at from their target are the same edges.
fn check_retainers(heap: &Dominated) {
    let graph = heap.graph();
    let mut edges = 0;
    for node in graph.nodes() {
        let mut kept = graph.retainers(node);
        for (from, edge) in kept.by_ref().take(255) {
            edges += 1;
            assert_eq!((edge.to, graph.edge_from(edge.id)), (node, from));
        }
        if kept.len() > 0 {
            edges += graph.all_retainers(node).count() - 255;
        }
    }
    assert_eq!(edges, graph.edge_count());
}

#[test]
fn threads_and_chunks_do_not_show() {
    let Some(path) = snapshots().into_iter().next() else { return };
    let bytes = std::fs::read(&path).expect("a snapshot that was just listed");
    let expected = rows(&opened(&path, Sizes::default()));
    for threads in [1, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let heap = pool.install(|| opened(&path, Sizes::default()));
        assert!(rows(&heap) == expected, "{threads} threads");
    }
    let mut chance = Chance::new(7);
    for largest in [97, 4096, 100_000] {
        let mut decoder = Decoder::new();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at((1 + chance.below(largest)).min(rest.len()));
            decoder.push(now).expect("a piece of a whole snapshot");
            rest = later;
        }
        let graph = HeapGraph::build(decoder.finish().expect("a whole snapshot"));
        let heap = Dominated::compute(graph, Sizes::default());
        assert!(rows(&heap) == expected, "pieces of up to {largest} bytes");
    }
}
