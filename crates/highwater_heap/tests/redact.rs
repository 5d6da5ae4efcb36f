//! Redacted copies: no value survives, in any escaping, and everything that is no text is as it was.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "one test starts Node, where it is on the machine, to have a real heap"
)]

use highwater_heap::{Decoder, Dominated, EdgeKind, EdgeName, HeapGraph, Keys, Redacted, Sizes, redact};
use highwater_testkit::Snapshot;
use std::process::Command;

fn open(text: &[u8], sizes: Sizes) -> Dominated {
    let mut decoder = Decoder::new();
    decoder.push(text).expect("a sound snapshot");
    Dominated::compute(HeapGraph::build(decoder.finish().expect("a whole snapshot")), sizes)
}

fn copy(text: &[u8], keys: Keys) -> (Vec<u8>, Redacted) {
    let mut out = Vec::new();
    let heap = open(text, Sizes::default());
    let tally = redact(heap.graph(), keys, &mut out).expect("memory takes everything");
    (out, tally)
}

/// Whether the mark is in the text as it is, or with its characters escaped in any way.
fn holds(text: &[u8], mark: &str) -> bool {
    let plain = String::from_utf8_lossy(text);
    let unescaped = serde_json::from_slice::<serde_json::Value>(text).expect("JSON").to_string();
    [plain.as_ref(), &unescaped].iter().any(|text| text.to_lowercase().contains(&mark.to_lowercase()))
}

/// Everything but texts must be the same.
fn same_graph(text: &[u8], copied: &[u8]) {
    for sizes in
        [Sizes::DevTools { transfer: true }, Sizes::DevTools { transfer: false }, Sizes::Reachability]
    {
        let (before, after) = (open(text, sizes), open(copied, sizes));
        let (a, b) = (before.graph(), after.graph());
        assert!(b.problems().is_empty());
        assert_eq!((a.node_count(), a.edge_count()), (b.node_count(), b.edge_count()));
        assert_eq!(
            (a.samples(), a.trace_tree(), a.trace_functions()),
            (b.samples(), b.trace_tree(), b.trace_functions())
        );
        assert_eq!((a.root(), a.meta().extra_native_bytes), (b.root(), b.meta().extra_native_bytes));
        for node in a.nodes() {
            assert_eq!((a.kind(node), a.object_id(node)), (b.kind(node), b.object_id(node)));
            assert_eq!(
                (a.detachedness(node), a.trace_node(node)),
                (b.detachedness(node), b.trace_node(node))
            );
            assert_eq!(a.location(node), b.location(node));
            assert_eq!(before.shallow_size(node), after.shallow_size(node));
            assert_eq!(before.retained_size(node), after.retained_size(node));
            assert_eq!(before.immediate_dominator(node), after.immediate_dominator(node));
            assert_eq!(before.distance(node), after.distance(node));
            let edges =
                |graph: &HeapGraph| graph.edges(node).map(|e| (e.kind, e.to, e.name)).collect::<Vec<_>>();
            assert_eq!(edges(a), edges(b));
        }
    }
}

/// A heap with the mark wherever a string can be, and names beside it that must stay.
fn marked() -> Snapshot {
    let mut s = Snapshot::sample();
    let holder = s.node("object", "Session", 40);
    s.edge(1, "element", 9, holder);
    let add = |s: &mut Snapshot, kind: &str, name: &str, edge: &str| {
        let node = s.node(kind, name, 24);
        s.edge(
            holder,
            if edge.is_empty() { "hidden" } else { "property" },
            if edge.is_empty() { "x" } else { edge },
            node,
        );
        node
    };
    add(&mut s, "string", "mark-1", "password");
    add(&mut s, "string", "na\u{ef}ve \"mark-2\" \u{1f600}\n", "token");
    add(&mut s, "concatenated string", "mark-3", "joined");
    add(&mut s, "sliced string", "mark-4", "part");
    add(&mut s, "regexp", "mark-5", "pattern");
    add(&mut s, "number", "mark-6", "count");
    add(&mut s, "bigint", "mark-7", "total");
    // A value that is a property name as well, and one that is a constructor.
    add(&mut s, "string", "password", "kind");
    add(&mut s, "string", "Session", "type");
    add(&mut s, "native", "<div id=\"mark-8\">", "element");
    add(&mut s, "object", "Window / https://mark-9@example.com/a?mark-10", "window");
    add(&mut s, "code", "data:text/javascript,mark-11", "script");
    add(&mut s, "object", "Object", "mark-12@example.com");
    let (key, value) =
        (s.node("string", "mark-13 @1) -> value (mark-13 @3", 24), s.node("string", "mark-14", 24));
    let table = s.node("array", "", 24);
    let pair = format!(
        "2 / part of key (mark-13 @1) -> value (mark-13 @3 @{}) -> value (mark-14 @{}) pair in WeakMap (table @{})",
        Snapshot::id(key),
        Snapshot::id(value),
        Snapshot::id(table)
    );
    s.edge(holder, "internal", "table", table).edge(table, "internal", pair.as_str(), value);
    s.edge(key, "internal", pair.as_str(), value).edge(holder, "property", "key", key);
    let users = s.node("object", "Object", 24);
    s.edge(holder, "property", "users", users);
    for at in 0..30 {
        let user = s.node("object", "User", 24);
        s.edge(users, "property", format!("mark_user_{at}").as_str(), user);
    }
    s.unknown = r#""later":["mark-15",{"mark-16":"mark-17"}],"#.into();
    s
}

#[test]
fn no_value_survives_and_the_graph_is_the_same() {
    for tracked in [true, false] {
        let mut snapshot = marked();
        snapshot.tracked = tracked;
        let text = snapshot.text();
        assert!(holds(text.as_bytes(), "mark"));
        let (out, tally) = copy(text.as_bytes(), Keys::Redact);
        assert!(!holds(&out, "mark"), "{}", String::from_utf8_lossy(&out));
        same_graph(text.as_bytes(), &out);
        assert_eq!(tally.keys, 31, "{tally:?}");
        let again = copy(&out, Keys::Redact);
        same_graph(&out, &again.0);
    }
}

#[test]
fn names_stay_and_keys_stay_where_that_is_wanted() {
    let text = marked().text();
    for (keys, kept) in [(Keys::Redact, false), (Keys::Keep, true)] {
        let (out, _) = copy(text.as_bytes(), keys);
        let heap = open(&out, Sizes::default());
        let graph = heap.graph();
        assert_eq!(graph.find_string("mark_user_7").is_some(), kept);
        assert_eq!(graph.find_string("mark-12@example.com").is_some(), kept);
        let session =
            graph.nodes().filter(|node| graph.name(*node) == "Session").last().expect("a constructor stays");
        let names: Vec<String> = graph
            .edges(session)
            .filter_map(|edge| match edge.name {
                EdgeName::Named(name) if edge.kind == EdgeKind::Property => {
                    Some(graph.string(name).into_owned())
                }
                _ => None,
            })
            .collect();
        for name in ["password", "token", "pattern", "kind", "type", "users"] {
            assert!(names.contains(&name.to_owned()), "{name} of {names:?}");
        }
        // The value "password" is another string than the name of the property.
        let kind = graph
            .edges(session)
            .find(|edge| edge.name == EdgeName::Named(graph.find_string("kind").expect("kind")));
        assert!(graph.name(kind.expect("an edge").to).starts_with("‹string "));
        assert!(
            graph.find_string("<div>").is_some()
                && graph.find_string("Window / https://example.com/a").is_some()
        );
    }
}

/// A program with the mark in every place a string can live. Marks are put together while it runs where the source
/// itself is not what is tested.
const PROGRAM: &str = r#"
const mark = ['zq', 'mark', 'zq'].join('');
const text = (where) => mark + where + ' padded so that it is no small string';
const moduleConst = text('const');
const literal = 'zqmarkzq literal in the source';
const sourceOf = function () { return 'zqmarkzq in the text of a function'; };
const map = new Map([[text('mapkey'), { inMap: text('mapvalue') }], [{}, text('second')]]);
const set = new Set([text('set')]);
const object = { plain: text('object'), nested: [text('element')], joined: text('left') + text('right') };
class Box { #secret = text('private'); static shared = text('static'); open = text('field'); }
const box = new Box();
const closure = ((captured) => () => captured)(text('captured'));
const symbols = [Symbol(text('symbol')), Symbol.for(text('registered'))];
const expression = new RegExp(text('regexp'));
expression.exec(text('subject'));
const tagged = ((parts, ...values) => ({ parts, values }))`zqmarkzq template ${text('templated')} tail`;
const failure = new Error(text('error'), { cause: text('cause') });
failure.stack;
const buffer = Buffer.from(text('buffer'));
const weak = new WeakMap([[object, text('weakvalue')], [box, new String(text('wrapped'))]]);
const users = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [mark + 'user' + i, { i }]));
const mails = { [mark + '@example.com']: 1n << 80n };
const url = new URL('https://zqmarkzq:pw@example.com/zqmarkzq?zqmarkzq#zqmarkzq');
const parsed = JSON.parse('{"a":"zqmarkzq json"}');
const promise = Promise.resolve(text('promise'));
const sliced = text('sliced').slice(3);
const made = new Function('return "zqmarkzq in made code"');
made();
const generator = (function* () { const local = text('local'); yield local; })();
generator.next();
globalThis.keep = [moduleConst, literal, sourceOf, map, set, object, box, Box, closure, symbols, expression, tagged,
  failure, buffer, weak, users, mails, url, parsed, promise, sliced, made, generator];
require('node:v8').writeHeapSnapshot(process.argv[2], { exposeNumericValues: process.argv[3] === 'numeric' });
"#;

/// Node, if there is one: `HIGHWATER_NODE`, or the one on the path.
fn node() -> Option<String> {
    let node = std::env::var("HIGHWATER_NODE").unwrap_or_else(|_| "node".into());
    Command::new(&node).arg("--version").output().is_ok().then_some(node)
}

#[test]
fn no_value_of_a_real_program_survives() {
    let Some(node) = node() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (program, file) = (folder.path().join("program.cjs"), folder.path().join("heap.heapsnapshot"));
    std::fs::write(&program, PROGRAM).expect("written");
    for mode in ["plain", "numeric"] {
        let run = Command::new(&node).args([&program, &file]).arg(mode).output().expect("Node starts");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let text = std::fs::read(&file).expect("the snapshot");
        assert!(holds(&text, "zqmarkzq"));
        let (out, tally) = copy(&text, Keys::Redact);
        let heap = open(&out, Sizes::default());
        let left: Vec<String> = (0..heap.graph().string_count())
            .map(|at| heap.graph().string(highwater_heap::StringId::at(at)).into_owned())
            .filter(|text| text.to_lowercase().contains("zqmark") || text.to_lowercase().contains("markzq"))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{mode}");
        assert!(!holds(&out, "zqmarkzq"), "{mode}");
        same_graph(&text, &out);
        assert!(tally.replaced > 1000 && tally.keys >= 61, "{tally:?}");
        for name in ["inMap", "#secret", "captured", "Box", "RegExp"] {
            assert!(heap.graph().find_string(name).is_some(), "{name} stays");
        }
    }
}
