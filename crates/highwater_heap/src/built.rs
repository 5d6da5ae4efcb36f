//! Small heaps for tests, written node by node and read back as a snapshot.

use crate::graph::{Dominated, HeapGraph, Sizes};
use crate::kinds::{EdgeKind, NodeKind};
use crate::snapshot::decode;

/// V8's number of the one script.
pub(crate) const SCRIPT: u32 = 3;

/// A heap that is being written. Node 0 is the root.
pub(crate) struct Built {
    nodes: Vec<(NodeKind, String, u64, u64)>,
    edges: Vec<Vec<(EdgeKind, String, usize)>>,
    locations: Vec<(usize, u32, u32, u32)>,
    /// The id of the next node.
    pub(crate) next_id: u64,
}

impl Built {
    pub(crate) fn new() -> Self {
        let mut heap = Built { nodes: Vec::new(), edges: Vec::new(), locations: Vec::new(), next_id: 1 };
        heap.node(NodeKind::Synthetic, "", 0);
        heap
    }

    pub(crate) fn node(&mut self, kind: NodeKind, name: &str, bytes: u64) -> usize {
        self.nodes.push((kind, name.to_owned(), self.next_id, bytes));
        self.edges.push(Vec::new());
        self.next_id += 2;
        self.nodes.len() - 1
    }

    pub(crate) fn edge(&mut self, from: usize, kind: EdgeKind, name: &str, to: usize) {
        self.edges[from].push((kind, name.to_owned(), to));
    }

    /// A node and an edge to it.
    pub(crate) fn child(
        &mut self,
        (from, by, name): (usize, EdgeKind, &str),
        kind: NodeKind,
        called: &str,
        bytes: u64,
    ) -> usize {
        let node = self.node(kind, called, bytes);
        self.edge(from, by, name, node);
        node
    }

    /// Line and column from 0.
    pub(crate) fn locate(&mut self, node: usize, script: u32, line: u32, column: u32) {
        self.locations.push((node, script, line, column));
    }

    /// The scope of a module with one closure in it, which stands at the line and column (from 0) of a script.
    pub(crate) fn module(&mut self, url: &str, line: u32, column: u32) -> usize {
        let realm = self.child((0, EdgeKind::Element, "1"), NodeKind::Hidden, "system / NativeContext", 64);
        let context = self.child((realm, EdgeKind::Internal, "x"), NodeKind::Object, "system / Context", 96);
        self.edge(context, EdgeKind::Internal, "previous", realm);
        let closure = self.child((0, EdgeKind::Element, "2"), NodeKind::Closure, "serve", 64);
        self.edge(closure, EdgeKind::Internal, "context", context);
        let shared = self.child((closure, EdgeKind::Internal, "shared"), NodeKind::Code, "serve", 8);
        self.child((shared, EdgeKind::Internal, "script"), NodeKind::Code, url, 8);
        self.locate(closure, SCRIPT, line, column);
        context
    }

    /// A map under a context's variable, with a string and an object for each entry.
    pub(crate) fn map(&mut self, (from, by, name): (usize, EdgeKind, &str), entries: usize) -> usize {
        let map = self.child((from, by, name), NodeKind::Object, "Map", 32);
        let buckets = (entries / 2 + 1).next_power_of_two();
        let table = self.child(
            (map, EdgeKind::Internal, "table"),
            NodeKind::Array,
            "",
            16 + 8 * (3 + buckets as u64 * 7),
        );
        for entry in 0..entries {
            let slot = 3 + buckets + entry * 3;
            self.child(
                (table, EdgeKind::Internal, &slot.to_string()),
                NodeKind::String,
                &format!("key {entry}"),
                24,
            );
            let slot = (slot + 1).to_string();
            self.child((table, EdgeKind::Internal, &slot), NodeKind::Object, "Session", 48);
        }
        map
    }

    pub(crate) fn json(&self) -> String {
        let mut strings: Vec<String> = Vec::new();
        let mut known = std::collections::BTreeMap::new();
        let mut string = |text: &str| {
            *known.entry(text.to_owned()).or_insert_with(|| {
                strings.push(text.to_owned());
                strings.len() - 1
            })
        };
        let kinds: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.word()).collect();
        let edge_kinds: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.word()).collect();
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        for ((kind, name, id, bytes), out) in self.nodes.iter().zip(&self.edges) {
            nodes.push(format!("{},{},{id},{bytes},{}", *kind as u8, string(name), out.len()));
            for (kind, name, to) in out {
                let name = if kind.is_numbered() { name.clone() } else { string(name).to_string() };
                edges.push(format!("{},{name},{}", *kind as u8, to * 5));
            }
        }
        let mut locations = self.locations.clone();
        locations.sort_unstable();
        let locations: Vec<String> = locations
            .iter()
            .map(|(node, script, line, column)| format!("{},{script},{line},{column}", node * 5))
            .collect();
        let meta = format!(
            r#"{{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[{kinds:?},"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[{edge_kinds:?},"string_or_number","node"],"location_fields":["object_index","script_id","line","column"]}}"#
        );
        format!(
            r#"{{"snapshot":{{"meta":{meta},"node_count":{},"edge_count":{}}},"nodes":[{}],"edges":[{}],"locations":[{}],"strings":{strings:?}}}"#,
            nodes.len(),
            edges.len(),
            nodes.join(","),
            edges.join(","),
            locations.join(","),
        )
    }

    pub(crate) fn graph(&self) -> HeapGraph {
        let json = self.json();
        HeapGraph::build(decode(json.as_bytes(), None, &|_, _| {}).expect("a snapshot"))
    }

    pub(crate) fn heap(&self) -> Dominated {
        Dominated::compute(self.graph(), Sizes::default())
    }
}
