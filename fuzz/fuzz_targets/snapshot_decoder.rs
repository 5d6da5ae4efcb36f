//! Any bytes as a heap snapshot, in any parts: an error at a byte of the file, or a heap that answers every question.
#![no_main]

use highwater_heap::{DecodeError, Decoded, Decoder, Dominated, HeapGraph, Sizes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The first byte picks how the rest is cut.
    let Some((step, text)) = data.split_first() else { return };
    let parts = decode(text, usize::from(*step) + 1);
    let whole = decode(text, text.len().max(1));
    assert!(parts.is_err() || whole.is_ok(), "parts are taken, the whole is not");
    for outcome in [parts, whole] {
        match outcome {
            Err(error) => assert!(error.offset <= text.len() as u64, "{error}"),
            Ok(decoded) => ask(&Dominated::compute(HeapGraph::build(decoded), Sizes::default())),
        }
    }
});

fn decode(text: &[u8], step: usize) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::new();
    for part in text.chunks(step) {
        decoder.push(part)?;
    }
    decoder.finish()
}

fn ask(heap: &Dominated) {
    let graph = heap.graph();
    for node in graph.nodes() {
        let _ = (graph.name(node), graph.kind(node), graph.detachedness(node), graph.trace_node(node));
        let _ = (graph.location(node), heap.distance(node), heap.retained_size(node), heap.parent_edge(node));
        for edge in graph.edges(node) {
            assert_eq!(graph.edge_from(edge.id), node);
        }
        assert!(graph.retainers(node).all(|(_, edge)| edge.to == node));
        assert!(heap.dominated(node).all(|child| heap.immediate_dominator(child) == Some(node)));
    }
    assert_eq!(heap.retained_count(graph.root()) as usize, graph.node_count());
}
