//! A small heap snapshot as text, made node by node, for tests that need a heap without a process.
//!
//! Out comes what V8 writes (`HeapSnapshotJSONSerializer` in its `src/profiler/heap-snapshot-generator.cc`), with every
//! section. Nothing is checked: wrong snapshots are wanted as well.

use std::fmt::Write as _;

/// Words of the kinds of nodes, in V8's order.
pub const NODE_KINDS: [&str; 15] = [
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
];

/// Words of the kinds of edges, in V8's order.
pub const EDGE_KINDS: [&str; 7] =
    ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/// A snapshot that is being made. Nodes are named by their position; 0 is the root.
#[derive(Clone, Debug)]
pub struct Snapshot {
    nodes: Vec<Node>,
    strings: Vec<String>,
    locations: Vec<[u64; 4]>,
    samples: Vec<[u64; 2]>,
    /// Whether each record begins on a line of its own, as Node 20 writes them.
    pub lines: bool,
    /// Whether nodes name their allocation stack, and the stacks are there.
    pub tracked: bool,
    /// Text of a further member before `strings`, with its comma: `"scopes":[],`.
    pub unknown: String,
}

#[derive(Clone, Debug)]
struct Node {
    kind: usize,
    name: usize,
    bytes: u64,
    detachedness: u64,
    edges: Vec<(usize, u64, usize)>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot::new()
    }
}

impl Snapshot {
    /// A root and nothing else.
    pub fn new() -> Snapshot {
        let mut snapshot = Snapshot {
            nodes: Vec::new(),
            strings: vec!["<dummy>".into()],
            locations: Vec::new(),
            samples: Vec::new(),
            lines: false,
            tracked: false,
            unknown: String::new(),
        };
        snapshot.node("synthetic", "", 0);
        snapshot
    }

    /// A heap with all sections: roots, a global object, a map of two sessions that refer to each other, a weak map, a
    /// closure with a captured variable, strings of every form, and one node that nothing reaches.
    pub fn sample() -> Snapshot {
        let mut s = Snapshot::new();
        let gc = s.node("synthetic", "(GC roots)", 0);
        let global = s.node("object", "global", 48);
        let map = s.node("object", "Map", 32);
        let table = s.node("array", "", 120);
        let (ann, bob) = (s.node("object", "Session", 56), s.node("object", "Session", 56));
        let text = s.node("string", "naïve \"text\"\n\u{1f600}", 40);
        let joined = s.node("concatenated string", "a,b]}", 32);
        let function = s.node("closure", "handle", 64);
        let context = s.node("object", "system / Context", 40);
        let weak = s.node("object", "WeakMap", 24);
        let rows = s.node("array", "", 88);
        let lost = s.node("native", "system / ExternalStringData", 5_000_000_000);
        s.edge(0, "element", 1, gc).edge(0, "shortcut", "global", global);
        s.edge(gc, "element", 1, global).edge(gc, "hidden", 7, rows);
        s.edge(global, "property", "sessions", map).edge(global, "property", "handle", function);
        s.edge(map, "internal", "table", table);
        s.edge(table, "internal", "7", text).edge(table, "internal", "8", ann);
        s.edge(table, "internal", "10", joined).edge(table, "internal", "11", bob);
        s.edge(ann, "property", "next", bob)
            .edge(bob, "property", "next", ann)
            .edge(ann, "weak", "self", ann);
        s.edge(function, "internal", "context", context).edge(context, "context", "cache", weak);
        s.edge(weak, "internal", "table", rows);
        let pair = format!(
            "1 / part of key (Session @{}) -> value (Session @{}) pair in WeakMap (table @{})",
            Snapshot::id(ann),
            Snapshot::id(bob),
            Snapshot::id(rows)
        );
        s.edge(rows, "internal", pair.as_str(), bob).edge(ann, "internal", pair.as_str(), bob);
        s.edge(lost, "element", 0, lost);
        s.detached(ann, 2).detached(bob, 1);
        s.location(function, 11, 3, 9).location(ann, 11, 20, 0).location(bob, 11, 20, 0);
        s.samples = vec![[0, 5], [1000, 19], [2000, 29]];
        s.unknown = r#""scopes":[1,[2,"]\"",{"a":null}],-4.5e3],"later":true,"#.into();
        s.tracked = true;
        s
    }

    /// V8's number of a node.
    pub fn id(node: usize) -> u64 {
        2 * node as u64 + 1
    }

    /// Adds a node and gives its position. The kind is one of [`NODE_KINDS`].
    pub fn node(&mut self, kind: &str, name: &str, bytes: u64) -> usize {
        let kind = NODE_KINDS.iter().position(|word| *word == kind).unwrap_or(NODE_KINDS.len());
        let name = self.string(name);
        self.nodes.push(Node { kind, name, bytes, detachedness: 0, edges: Vec::new() });
        self.nodes.len() - 1
    }

    /// Adds an edge. The kind is one of [`EDGE_KINDS`]; the name is text, or a number for elements and hidden ones.
    pub fn edge(&mut self, from: usize, kind: &str, name: impl Into<EdgeLabel>, to: usize) -> &mut Snapshot {
        let kind = EDGE_KINDS.iter().position(|word| *word == kind).unwrap_or(EDGE_KINDS.len());
        let name = match name.into() {
            EdgeLabel::Text(text) => self.string(&text) as u64,
            EdgeLabel::Number(number) => number,
        };
        self.nodes[from].edges.push((kind, name, to));
        self
    }

    /// Says whether a node is attached (1) or detached (2).
    pub fn detached(&mut self, node: usize, detachedness: u64) -> &mut Snapshot {
        self.nodes[node].detachedness = detachedness;
        self
    }

    /// Says where the function or the constructor of a node stands: script, line, column.
    pub fn location(&mut self, node: usize, script: u64, line: u64, column: u64) -> &mut Snapshot {
        self.locations.push([node as u64, script, line, column]);
        self
    }

    fn string(&mut self, text: &str) -> usize {
        let known = self.strings.iter().position(|string| string == text);
        known.unwrap_or_else(|| {
            self.strings.push(text.to_owned());
            self.strings.len() - 1
        })
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.nodes.iter().map(|node| node.edges.len()).sum()
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut out = self.header();
        let fields = if self.tracked { 7 } else { 6 };
        let nodes = self.nodes.iter().enumerate().map(|(at, node)| {
            let mut row = vec![node.kind as u64, node.name as u64, Snapshot::id(at), node.bytes];
            row.push(node.edges.len() as u64);
            row.extend(self.tracked.then_some(1 + at as u64 % 2));
            row.push(node.detachedness);
            row
        });
        self.list(&mut out, "nodes", nodes);
        let edges = self.nodes.iter().flat_map(|node| &node.edges);
        let edges = edges.map(|(kind, name, to)| vec![*kind as u64, *name, *to as u64 * fields]);
        self.list(&mut out, "edges", edges);
        let (functions, tree) = if self.tracked {
            (vec![vec![0, 0, 0, 0, 0, 0], vec![1, 0, 0, 11, 3, 9]], "1,0,0,0,[2,1,3,96,[]]")
        } else {
            (Vec::new(), "")
        };
        self.list(&mut out, "trace_function_infos", functions.into_iter());
        let _ = writeln!(out, "\"trace_tree\":[{tree}],");
        self.list(&mut out, "samples", self.samples.iter().map(|row| row.to_vec()));
        let locations = self.locations.iter().map(|[node, rest @ ..]| {
            let mut row = vec![node * fields];
            row.extend(rest);
            row
        });
        self.list(&mut out, "locations", locations);
        out.push_str(&self.unknown);
        out.push_str("\"strings\":[");
        for (at, string) in self.strings.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { ",\n" });
            quote(string, &mut out);
        }
        out.push_str("]}");
        out
    }

    fn header(&self) -> String {
        let words = |list: &[&str]| list.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(",");
        let trace = if self.tracked { "\"trace_node_id\"," } else { "" };
        format!(
            "{{\"snapshot\":{{\"meta\":{{\
             \"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\",{trace}\"detachedness\"],\
             \"node_types\":[[{}],\"string\",\"number\",\"number\",\"number\",\"number\",\"number\"],\
             \"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],\
             \"edge_types\":[[{}],\"string_or_number\",\"node\"],\
             \"trace_function_info_fields\":[\"function_id\",\"name\",\"script_name\",\"script_id\",\"line\",\"column\"],\
             \"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\"size\",\"children\"],\
             \"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"],\
             \"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},\
             \"node_count\":{},\"edge_count\":{},\"trace_function_count\":{},\"extra_native_bytes\":4096}},\n",
            words(&NODE_KINDS),
            words(&EDGE_KINDS),
            self.node_count(),
            self.edge_count(),
            if self.tracked { 2 } else { 0 },
        )
    }

    fn list(&self, out: &mut String, key: &str, rows: impl Iterator<Item = Vec<u64>>) {
        let _ = write!(out, "\"{key}\":[");
        for (at, row) in rows.enumerate() {
            if at > 0 && self.lines {
                out.push('\n');
            }
            out.push_str(if at > 0 { "," } else { "" });
            let row: Vec<String> = row.iter().map(u64::to_string).collect();
            out.push_str(&row.join(","));
        }
        out.push_str("],\n");
    }
}

/// What an edge is called: text or a number.
#[derive(Clone, Debug)]
pub enum EdgeLabel {
    /// A name.
    Text(String),
    /// An index.
    Number(u64),
}

impl From<&str> for EdgeLabel {
    fn from(text: &str) -> Self {
        EdgeLabel::Text(text.to_owned())
    }
}

impl From<u64> for EdgeLabel {
    fn from(number: u64) -> Self {
        EdgeLabel::Number(number)
    }
}

/// As V8 writes a string: everything beyond ASCII becomes UTF-16 units.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for unit in text.encode_utf16() {
        match unit {
            0x22 => out.push_str("\\\""),
            0x5c => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            0x0a => out.push_str("\\n"),
            0x0d => out.push_str("\\r"),
            0x09 => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(unit as u8)),
            other => {
                let _ = write!(out, "\\u{other:04X}");
            }
        }
    }
    out.push('"');
}
