//! Opens a snapshot and prints how long each step took: for measuring, not for users.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring tool"
)]

use highwater_heap::{Dominated, HeapGraph, NodeKind, Sizes, decode};
use std::fs::File;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let path =
        words.next().ok_or("usage: heap_open FILE [THREADS] [transfer|plain|reachability] [--nodes]")?;
    let threads = words.next().map_or(Ok(1), |word| word.parse())?;
    let sizes = match words.next().as_deref() {
        Some("plain") => Sizes::DevTools { transfer: false },
        Some("reachability") => Sizes::Reachability,
        _ => Sizes::DevTools { transfer: true },
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let start = Instant::now();
    let decoded = decode(File::open(&path)?, Some(std::fs::metadata(&path)?.len()), &|_, _| {})?;
    let read = start.elapsed();
    let graph = HeapGraph::build(decoded);
    let built = start.elapsed();
    let heap = Dominated::compute(graph, sizes);
    let done = start.elapsed();
    if words.next().is_some() {
        print_nodes(&heap);
        return Ok(());
    }
    let graph = heap.graph();
    println!("{} nodes, {} edges, {} strings", graph.node_count(), graph.edge_count(), graph.string_count());
    println!("decoded after {read:?}, linked after {built:?}, dominators and distances after {done:?}");
    println!("{} bytes retained by the root", heap.retained_size(graph.root()));
    Ok(())
}

fn print_nodes(heap: &Dominated) {
    let graph = heap.graph();
    for node in graph.nodes() {
        let kind: NodeKind = graph.kind(node);
        println!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            node.get(),
            graph.object_id(node),
            kind.word(),
            heap.shallow_size(node),
            heap.retained_size(node),
            heap.distance(node).map_or(-5, i64::from)
        );
    }
}
