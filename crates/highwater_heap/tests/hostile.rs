//! Snapshots that are damaged on purpose: whatever arrives, in whatever parts, there is a graph or a refusal that names
//! a byte of the file; no panic, no endless loop. Changes come from a fixed seed, so a failure can be had again.
#![expect(clippy::disallowed_methods, reason = "a test that looks at the clock for endless loops")]

use highwater_heap::{DecodeError, Decoded, Decoder, Dominated, HeapGraph, Sizes};
use highwater_testkit::Snapshot;
use std::time::{Duration, Instant};

const RULES: [Sizes; 3] =
    [Sizes::DevTools { transfer: true }, Sizes::DevTools { transfer: false }, Sizes::Reachability];

/// A small random source: xorshift, as in G. Marsaglia, "Xorshift RNGs", 2003.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Text in the place of other text: what JSON, numbers and lists trip over.
const TOKENS: [&str; 28] = [
    "0",
    "1",
    "7",
    "4294967294",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "-1",
    "1.5",
    "1e9",
    "null",
    ",",
    ",,",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "\\ud800",
    "\\u12",
    ":",
    " \n\t ",
    "\0",
    "\u{feff}",
    "]]]}}}",
];

fn decode(text: &[u8], dice: &mut Dice, longest: usize) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(1 + dice.below(longest)));
        decoder.push(now)?;
        rest = later;
    }
    decoder.finish()
}

/// Asks everything that a graph can be asked.
fn ask(heap: &Dominated) {
    let graph = heap.graph();
    let (mut edges, mut kept) = (0, 0);
    for node in graph.nodes() {
        let _ = (graph.name(node), graph.kind(node), graph.detachedness(node), graph.trace_node(node));
        let _ = (graph.location(node), heap.distance(node), heap.shallow_size(node));
        assert!(graph.by_object_id(graph.object_id(node)).is_some());
        for edge in graph.edges(node) {
            edges += 1;
            assert_eq!((graph.edge(edge.id), graph.edge_from(edge.id)), (edge, node));
        }
        kept += graph
            .all_retainers(node)
            .filter(|(from, edge)| edge.to == node && from.index() < graph.node_count())
            .count();
        if let Some(above) = heap.immediate_dominator(node) {
            assert!(heap.dominates(above, node) && !heap.dominates(node, above));
            assert!(heap.retained_size(above) >= heap.retained_size(node));
        }
        if let Some((from, edge)) = heap.parent_edge(node) {
            assert_eq!((graph.edge(edge).to, graph.edge_from(edge)), (node, from));
        }
        assert_eq!(heap.subtree(node).len(), heap.retained_count(node) as usize);
        assert!(heap.dominated(node).all(|child| heap.immediate_dominator(child) == Some(node)));
    }
    assert!(graph.locations().all(|(node, location)| graph.location(node) == Some(location)));
    assert_eq!((edges, kept), (graph.edge_count(), graph.edge_count()));
    assert_eq!(heap.retained_count(graph.root()) as usize, graph.node_count());
}

/// Whether the text was taken. Fails the test where it should be one or the other and is neither.
fn open(text: &[u8], dice: &mut Dice) -> bool {
    let begin = Instant::now();
    let whole = decode(text, dice, usize::MAX >> 1);
    for longest in [3, 300] {
        let parts = decode(text, dice, longest);
        // A comma too many that makes up for one that is missing is only seen where a part ends between them.
        assert!(parts.is_err() || whole.is_ok(), "parts of {longest} are taken, the whole is not");
        if let Err(error) = parts {
            assert!(error.offset <= text.len() as u64, "{error}: the file has {} bytes", text.len());
        }
    }
    let opened = whole.is_ok();
    match whole {
        Err(error) => assert!(error.offset <= text.len() as u64, "{error}: the file has {}", text.len()),
        Ok(decoded) => {
            ask(&Dominated::compute(HeapGraph::build(decoded), RULES[0]));
            for sizes in &RULES[1..] {
                let again = decode(text, dice, usize::MAX >> 1).expect("it was taken before");
                ask(&Dominated::compute(HeapGraph::build(again), *sizes));
            }
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "it takes too long");
    opened
}

fn change(text: &[u8], at: usize, dice: &mut Dice) -> Vec<u8> {
    let mut out = text.to_vec();
    let end = (at + 1 + dice.below(40)).min(text.len());
    let number = at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match dice.below(8) {
        0 => out[at] ^= 1 << dice.below(8),
        1 => out[at] = dice.below(256) as u8,
        2 => out.truncate(at),
        3 => drop(out.splice(at..at, dice.pick(&TOKENS).bytes())),
        4 => drop(out.splice(at..at, text[at..end].iter().copied())),
        5 => drop(out.drain(at..end)),
        6 => out.swap(at, end - 1),
        _ => drop(out.splice(at..number.max(at + 1), dice.pick(&TOKENS).bytes())),
    }
    out
}

#[test]
fn damaged_snapshots_are_refused_or_opened() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut plain = Snapshot::sample();
    plain.tracked = false;
    plain.lines = true;
    let (mut opened, mut refused) = (0, 0);
    for text in [Snapshot::sample().text(), plain.text()] {
        let text = text.as_bytes();
        assert!(open(text, &mut dice), "the sound snapshot");
        for at in 0..text.len() {
            let changed = change(text, at, &mut dice);
            let outcome =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(&changed, &mut dice)));
            let taken = outcome.unwrap_or_else(|_| {
                panic!("changed at byte {at}: {}", String::from_utf8_lossy(&changed));
            });
            *(if taken { &mut opened } else { &mut refused }) += 1;
        }
    }
    assert!(opened > 300 && refused > 2000, "{opened} opened, {refused} refused: the changes are too weak");
}

#[test]
fn graphs_of_any_shape_are_opened() {
    let mut dice = Dice(77);
    for _ in 0..300 {
        let mut snapshot = Snapshot::new();
        let kinds = &highwater_testkit::NODE_KINDS;
        let names =
            ["", "(GC roots)", "(Document DOM trees)", "system / NativeContext", "(map descriptors)", "Map"];
        for _ in 0..dice.below(25) {
            let (kind, name) = (dice.pick(kinds), dice.pick(&names));
            snapshot.node(kind, name, 8 * dice.below(9) as u64);
        }
        for _ in 0..dice.below(80) {
            let (from, to) = (dice.below(snapshot.node_count()), dice.below(snapshot.node_count()));
            let kind = dice.pick(&highwater_testkit::EDGE_KINDS);
            match kind {
                "element" | "hidden" => snapshot.edge(from, kind, dice.below(9) as u64, to),
                _ => snapshot.edge(from, kind, dice.pick(&["a", "sloppy_function_map", "7", "table"]), to),
            };
        }
        assert!(open(snapshot.text().as_bytes(), &mut dice));
    }
}

/// A list whose payloads are also held from the top: every payload's dominator is far above its neighbours'.
#[test]
fn long_lists_with_an_index_beside_them_take_no_longer_than_others() {
    let mut snapshot = Snapshot::new();
    let (list, index) = (snapshot.node("object", "List", 16), snapshot.node("object", "Index", 16));
    snapshot.edge(0, "element", 0, list).edge(0, "element", 1, index);
    let mut last = list;
    for _ in 0..100_000 {
        let (link, job) = (snapshot.node("object", "Link", 16), snapshot.node("object", "Job", 16));
        snapshot.edge(last, "property", "next", link);
        snapshot.edge(link, "property", "job", job).edge(index, "property", "job", job);
        last = link;
    }
    let begin = Instant::now();
    let decoded = decode(snapshot.text().as_bytes(), &mut Dice(1), 1 << 20).expect("a sound snapshot");
    let heap = Dominated::compute(HeapGraph::build(decoded), RULES[0]);
    assert!(begin.elapsed() < Duration::from_secs(20), "it took {:?}", begin.elapsed());
    let graph = heap.graph();
    let depth = graph.nodes().filter(|node| heap.immediate_dominator(*node) == Some(graph.root())).count();
    assert_eq!(depth, 2 + 100_000, "the payloads hang on the root");
}
