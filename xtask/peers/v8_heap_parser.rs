//! A main for the crate `v8-heap-parser`: parses, and lists the classes with what they retain. Nothing of the house
//! depends on it; `cargo xtask bench heap` compiles it in its own work folder.

fn main() {
    let path = std::env::args().nth(1).expect("usage: v8_heap_parser FILE");
    let bytes = std::fs::read(path).expect("a file that can be read");
    let graph = v8_heap_parser::decode_slice(&bytes).expect("a snapshot");
    drop(bytes);
    let groups = graph.get_class_groups(false);
    let largest = groups.iter().map(|group| group.retained_size).max().unwrap_or(0);
    println!("{} nodes, {} classes, the largest retains {largest}", graph.nodes().len(), groups.len());
}
