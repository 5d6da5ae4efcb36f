//! What is said about files that are no sound snapshots, case by case, and that announced counts reserve nothing.

use highwater_heap::{Decoder, Dominated, HeapGraph, Sizes};
use highwater_testkit::Snapshot;
use std::fmt::Write as _;

/// What opening the text leads to, in one line: the refusal with its help, or the sizes and what is odd.
fn outcome(text: &[u8]) -> String {
    let mut decoder = Decoder::new();
    let decoded = decoder.push(text).and_then(|()| decoder.finish());
    match decoded {
        Err(error) => {
            assert!(error.offset <= text.len() as u64);
            format!("{error} [{}]", error.help)
        }
        Ok(decoded) => {
            let heap = Dominated::compute(HeapGraph::build(decoded), Sizes::default());
            let graph = heap.graph();
            let root = heap.retained_size(graph.root());
            let mut line = format!("opened: {} nodes, {root} bytes", graph.node_count());
            for problem in graph.problems() {
                let _ = write!(line, " ({problem})");
            }
            line
        }
    }
}

/// A line for each case.
fn report<T: AsRef<[u8]>>(cases: &[(&str, T)]) -> String {
    let mut out = String::new();
    for (name, text) in cases {
        let _ = writeln!(out, "{name}: {}", outcome(text.as_ref()));
    }
    out
}

fn sample() -> String {
    Snapshot::sample().text()
}

/// The sample with one place changed, which must be there.
fn with(old: &str, new: &str) -> String {
    let text = sample();
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn other_files_are_told_from_snapshots() {
    let cases: Vec<(&str, &[u8])> = vec![
        ("empty", b""),
        ("blank", b" \n\n"),
        ("page", b"<!doctype html><html>"),
        ("binary", b"\x7fELF\x02\x01\x01\0\0\0"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd\x24\0\x01"),
        ("UTF-16", b"\xff\xfe{\0\"\0"),
        ("cpuprofile", br#"{"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}}],"startTime":1}"#),
        (
            "heapprofile",
            br#"{"head":{"callFrame":{"functionName":"(root)"},"selfSize":0,"id":1},"samples":[]}"#,
        ),
        ("trace", br#"{"traceEvents":[{"ph":"X"}]}"#),
        ("package.json", br#"{"name":"a","version":"1.0.0"}"#),
        ("list", b"[1,2,3]"),
        ("text", b"\"snapshot\""),
        ("object without end", b"{"),
    ];
    insta::assert_snapshot!(report(&cases));
}

#[test]
fn cut_and_joined_files_are_told_where() {
    let text = sample();
    let mut cases = Vec::new();
    for key in [
        "\"meta\"",
        "\"nodes\"",
        "\"edges\"",
        "\"trace_function_infos\"",
        "\"trace_tree\"",
        "\"samples\"",
        "\"locations\"",
        "\"scopes\"",
        "\"strings\"",
    ] {
        let at = text.find(key).expect(key);
        cases.push((format!("before {key}"), text[..at].to_owned()));
        cases.push((format!("in {key}"), text[..at + key.len() + 6].to_owned()));
    }
    cases.push(("in the last string".into(), text[..text.len() - 4].to_owned()));
    cases.push(("without the last bracket".into(), text[..text.len() - 1].to_owned()));
    cases.push(("with a line end".into(), format!("{text}\n")));
    cases.push(("with zeros at the end".into(), format!("{text}\0\0\0")));
    cases.push(("twice".into(), format!("{text}{text}")));
    cases.push(("twice, on lines".into(), format!("{text}\n{text}")));
    cases.push(("with a tail".into(), format!("{text};")));
    let cases: Vec<(&str, &String)> = cases.iter().map(|(name, text)| (name.as_str(), text)).collect();
    insta::assert_snapshot!(report(&cases));
}

#[test]
fn headers_that_cannot_be_are_told() {
    let many = |what: &str, count: usize| vec![what; count].join(",");
    let fields = r#""node_fields":["#;
    let cases: Vec<(&str, String)> = vec![
        ("no meta", r#"{"snapshot":{"node_count":1},"nodes":[]}"#.into()),
        ("meta is a number", r#"{"snapshot":{"meta":7},"nodes":[]}"#.into()),
        ("no header", with("\"snapshot\"", "\"Snapshot\"")),
        ("header twice", with("\"nodes\"", "\"snapshot\":{},\"nodes\"")),
        ("broken header", with("\"node_count\":", "\"node_count\"")),
        ("no node_fields", with("node_fields", "node_felds")),
        ("no edge_count field", with("\"edge_count\",", "")),
        ("fields are a text", with(&format!("{fields}\"type\""), r#""node_fields":"type","x":["type""#)),
        ("a field is a number", with(fields, &format!("{fields}3,"))),
        ("a thousand fields", with(fields, &format!("{fields}{},", many("\"x\"", 1000)))),
        ("kinds are a text", with(r#""node_types":[["hidden""#, r#""node_types":["hidden",["hidden""#)),
        ("a thousand kinds", with("[[\"hidden\"", &format!("[[{},\"hidden\"", many("\"x\"", 1000)))),
        (
            "deep header",
            with("{\"meta\"", &format!("{{\"deep\":{}{},\"meta\"", "[".repeat(5000), "]".repeat(5000))),
        ),
        ("large header", with("{\"meta\"", &format!("{{\"long\":\"{}\",\"meta\"", "x".repeat(2 << 20)))),
        (
            "deep unknown member",
            with(
                "\"scopes\":",
                &format!("\"deep\":{}{},\"scopes\":", "[".repeat(100_000), "]".repeat(100_000)),
            ),
        ),
        ("unbalanced unknown member", with("\"scopes\":[", "\"scopes\":[[")),
        ("long key", with("\"scopes\"", &format!("\"{}\"", "k".repeat(5000)))),
        ("no colon", with("\"nodes\":", "\"nodes\"")),
        ("no comma", with("],\n\"edges\"", "]\n\"edges\"")),
        ("nodes are an object", with("\"nodes\":[", "\"nodes\":{")),
        ("nodes are null", with("\"nodes\":[", "\"nodes\":null,\"x\":[")),
        ("edges first", with("\"nodes\":[", "\"edges\":[],\"nodes\":[")),
        ("edges twice", with("\"trace_function_infos\":[", "\"edges\":[],\"x\":[")),
        ("locations twice", with("\"samples\":[", "\"locations\":[],\"samples\":[")),
        ("no strings", with("\"strings\":[", "\"strungs\":[")),
        ("too few strings", with("\"strings\":[\"<dummy>\",", "\"strings\":[],\"x\":[")),
    ];
    insta::assert_snapshot!(report(&cases));
}

#[test]
fn counts_and_numbers_that_cannot_be_are_told() {
    // The first node of the sample, and its first edge.
    let (node, edge) = ("\"nodes\":[9,1,1,0,2,1,0,", "\"edges\":[1,1,7,");
    let node = |new: &str| with(node, &format!("\"nodes\":[{new},"));
    let edge = |new: &str| with(edge, &format!("\"edges\":[{new},"));
    let cases: Vec<(&str, String)> = vec![
        ("as it is", sample()),
        ("more nodes announced", with("\"node_count\":14", "\"node_count\":15")),
        ("10^18 nodes announced", with("\"node_count\":14", "\"node_count\":1000000000000000000")),
        ("10^30 nodes announced", with("\"node_count\":14", "\"node_count\":1e30")),
        ("-1 nodes announced", with("\"node_count\":14", "\"node_count\":-1")),
        ("fewer edges announced", with("\"edge_count\":20", "\"edge_count\":19")),
        ("nothing announced", with("\"node_count\":14,\"edge_count\":20,", "")),
        ("announced as floats", with("\"node_count\":14,", "\"node_count\":14.0,")),
        ("no node", with("\"nodes\":[", "\"nodes\":[],\"x\":[").replace("\"node_count\":14,", "")),
        ("half a node", node("9,1,1,0,2,1")),
        ("4 billion edges of a node", node("9,1,1,0,4000000000,1,0")),
        ("one edge too few", node("9,1,1,0,1,1,0").replace("\"edge_count\":20,", "")),
        ("2^32 edges of a node", node("9,1,1,0,4294967296,1,0")),
        ("a kind that is not there", node("99,1,1,0,2,1,0")),
        ("a name that is not there", node("9,4000000000,1,0,2,1,0")),
        ("an odd detachedness", node("9,1,1,0,2,1,9")),
        ("a size of 2^64", node("9,1,1,18446744073709551616,2,1,0")),
        ("a size of 10^19 - 1", node("9,1,1,9999999999999999999,2,1,0")),
        (
            "sizes above 2^64",
            node("9,1,1,9999999999999999999,2,1,0").replace("5000000000", "9999999999999999999"),
        ),
        ("an id above 2^32", node("9,1,9999999999,0,2,1,0")),
        ("a negative size", node("9,1,1,-8,2,1,0")),
        ("a float", node("9,1,1,8.5,2,1,0")),
        ("an exponent", node("9,1,1,8e5,2,1,0")),
        ("null", node("9,1,1,null,2,1,0")),
        ("a text", node("9,1,1,\"8\",2,1,0")),
        ("two commas", node("9,1,1,,0,2,1,0")),
        ("no comma", node("9,1,1 0,2,1,0")),
        ("a list in the list", node("[9,1,1,0,2,1,0]")),
        ("a number of 300 digits", node(&format!("9,1,1,{},2,1,0", "7".repeat(300)))),
        ("a comma at the end", with("],\n\"edges\"", ",],\n\"edges\"")),
        ("edge kind", edge("77,1,7")),
        ("edge to half a node", edge("1,1,8")),
        ("edge beyond the nodes", edge("1,1,98")),
        ("edge far beyond the nodes", edge("1,1,99999999999")),
        ("edge with a long index", edge("1,4294967290,7")),
        ("edge with a longer index", edge("1,4294967296,7")),
        ("edge with a name that is not there", edge("2,4000000000,7")),
        ("edge to itself", edge("1,1,0")),
        ("edges without the last", with("\"edges\":[1,1,7,", "\"edges\":[")),
        ("root_index of the second node", with("{\"meta\"", "{\"root_index\":7,\"meta\"")),
        ("root_index inside a node", with("{\"meta\"", "{\"root_index\":8,\"meta\"")),
        ("root_index beyond", with("{\"meta\"", "{\"root_index\":98,\"meta\"")),
        ("location inside a node", with("\"locations\":[63,", "\"locations\":[64,")),
        ("location beyond", with("\"locations\":[63,", "\"locations\":[700,")),
        ("half a location", with("\"locations\":[63,", "\"locations\":[")),
        ("trace tree with a bracket too many", with("[]]],", "[]]]],")),
        ("trace tree without numbers", with("\"trace_tree\":[1,0,", "\"trace_tree\":[")),
        (
            "deep trace tree",
            with("[2,1,3,96,[]]", &format!("{}{}", "[1,1,1,1,".repeat(9000), "]".repeat(9000))),
        ),
    ];
    insta::assert_snapshot!(report(&cases));
}

#[test]
fn strings_that_cannot_be_are_told() {
    let first = |new: &str| with("\"<dummy>\"", new);
    let cases: Vec<(&str, String)> = vec![
        ("unknown escape", first(r#""\x41""#)),
        ("short escape", first(r#""\u12""#)),
        ("escape without end", first(r#""\u12"#)),
        ("lone surrogates", first(r#""\ud800 and \udc00\ud800""#)),
        ("raw control characters", first("\"a\nb\0\"")),
        ("a number", first("7")),
        ("null", first("null")),
        ("no comma", first("\"a\" \"b\"")),
        ("two commas", first("\"a\",,\"b\"")),
        ("bare text", first("a")),
    ];
    insta::assert_snapshot!(report(&cases));
    let mut bytes = first("\"raw \u{1}\"").into_bytes();
    let at = bytes.iter().position(|byte| *byte == 1).expect("the mark");
    bytes[at] = 0xff;
    assert_eq!(outcome(&bytes), outcome(sample().as_bytes()), "bytes that are no UTF-8");
}

#[test]
fn heaps_of_odd_shape_have_sizes_as_any_other() {
    let mut alone = Snapshot::new();
    alone.edge(0, "element", 0, 0);
    let mut ring = Snapshot::new();
    let (a, b, c) =
        (ring.node("object", "A", 10), ring.node("object", "B", 20), ring.node("object", "C", 30));
    ring.edge(a, "property", "b", b).edge(b, "property", "a", a).edge(c, "property", "c", c);
    ring.edge(0, "element", 1, a);
    let mut lost = Snapshot::new();
    for _ in 0..3 {
        lost.node("object", "Lost", 8);
    }
    lost.edge(1, "property", "next", 2).edge(2, "property", "next", 3).edge(3, "property", "next", 1);
    let cases = [
        ("only a root", Snapshot::new().text()),
        ("only a root that holds itself", alone.text()),
        ("a ring", ring.text()),
        ("a ring that nothing holds", lost.text()),
    ];
    insta::assert_snapshot!(report(&cases));
}
