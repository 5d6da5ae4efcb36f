//! A snapshot as V8 writes it, from columns. Layout: `HeapSnapshotJSONSerializer` in V8's
//! `src/profiler/heap-snapshot-generator.cc`.

use super::Plan;
use crate::graph::{EdgeName, HeapGraph};
use crate::ids::StringId;
use crate::kinds::{EdgeKind, NodeKind};
use std::io::{self, Write};

pub(super) fn snapshot(graph: &HeapGraph, plan: &Plan<'_>, out: &mut impl Write) -> io::Result<()> {
    let fields = Fields::of(graph);
    header(graph, &fields, out)?;
    write!(out, "\"nodes\":[")?;
    let mut row = Row::default();
    for node in graph.nodes() {
        row.begin(node.index() == 0);
        row.push(graph.kind(node) as u64);
        row.push(u64::from(plan.name_of(node).get()));
        row.push(graph.object_id(node));
        row.push(graph.shallow_size(node));
        row.push(graph.edges(node).len() as u64);
        if fields.trace {
            row.push(u64::from(graph.trace_node(node)));
        }
        if fields.detachedness {
            row.push(u64::from(graph.detachedness(node)));
        }
        row.end(out)?;
    }
    write!(out, "],\n\"edges\":[")?;
    for edge in graph.nodes().flat_map(|node| graph.edges(node)) {
        row.begin(edge.id.index() == 0);
        row.push(edge.kind as u64);
        row.push(u64::from(match edge.name {
            EdgeName::Named(id) => id.get(),
            EdgeName::Index(index) => index,
        }));
        row.push(u64::from(edge.to.get()) * fields.count());
        row.end(out)?;
    }
    traces(graph, out)?;
    write!(out, "],\n\"locations\":[")?;
    for (at, (node, location)) in graph.locations().enumerate() {
        row.begin(at == 0);
        row.push(u64::from(node.get()) * fields.count());
        for number in [location.script, location.line, location.column] {
            row.push(u64::from(number));
        }
        row.end(out)?;
    }
    write!(out, "],\n\"strings\":[")?;
    strings(graph, plan, out)?;
    writeln!(out, "]}}")
}

/// Which of the optional fields nodes have.
struct Fields {
    trace: bool,
    detachedness: bool,
}

impl Fields {
    fn of(graph: &HeapGraph) -> Fields {
        let has = |name: &str| graph.meta().node_fields.iter().any(|field| field == name);
        Fields { trace: has("trace_node_id"), detachedness: has("detachedness") }
    }

    fn count(&self) -> u64 {
        5 + u64::from(self.trace) + u64::from(self.detachedness)
    }
}

fn header(graph: &HeapGraph, fields: &Fields, out: &mut impl Write) -> io::Result<()> {
    let list = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(",");
    let mut names = vec!["type", "name", "id", "self_size", "edge_count"];
    names.extend(fields.trace.then_some("trace_node_id"));
    names.extend(fields.detachedness.then_some("detachedness"));
    let kinds: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.word()).collect();
    let edge_kinds: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.word()).collect();
    let meta = graph.meta();
    let functions: Vec<&str> = meta.trace_function_fields.iter().map(|field| known_field(field)).collect();
    write!(
        out,
        "{{\"snapshot\":{{\"meta\":{{\"node_fields\":[{}],\"node_types\":[[{}],\"string\",{}],",
        list(&names),
        list(&kinds),
        list(&vec!["number"; names.len() - 2])
    )?;
    write!(
        out,
        "\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],\
         \"edge_types\":[[{}],\"string_or_number\",\"node\"],\
         \"trace_function_info_fields\":[{}],\
         \"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\"size\",\"children\"],\
         \"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"],\
         \"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}},",
        list(&edge_kinds),
        list(&functions)
    )?;
    writeln!(
        out,
        "\"node_count\":{},\"edge_count\":{},\"trace_function_count\":{},\"extra_native_bytes\":{},\
         \"root_index\":{}}},",
        graph.node_count(),
        graph.edge_count(),
        graph.trace_functions().len() / functions.len().max(1),
        meta.extra_native_bytes,
        u64::from(graph.root().get()) * fields.count()
    )
}

/// Fields of functions that are known by name; the header must not carry other text.
fn known_field(field: &str) -> &'static str {
    let known = ["function_id", "name", "script_name", "script_id", "line", "column"];
    known.into_iter().find(|known| *known == field).unwrap_or("unknown")
}

/// Functions and stacks of allocations, and the timeline.
fn traces(graph: &HeapGraph, out: &mut impl Write) -> io::Result<()> {
    write!(out, "],\n\"trace_function_infos\":[")?;
    let mut row = Row::default();
    for (at, number) in graph.trace_functions().iter().enumerate() {
        row.begin(at == 0);
        row.push(u64::from(*number));
        row.end(out)?;
    }
    write!(out, "],\n\"trace_tree\":[")?;
    // Nodes come before their children; a node ends where the next one belongs elsewhere.
    let mut open: Vec<u32> = Vec::new();
    let mut first = true;
    for (at, node) in graph.trace_tree().iter().enumerate() {
        while !open.is_empty() && open.last().copied() != node.parent {
            write!(out, "]")?;
            open.pop();
            first = false;
        }
        row.begin(first);
        for number in [u64::from(node.id), u64::from(node.function), u64::from(node.count), node.size_bytes] {
            row.push(number);
        }
        row.end(out)?;
        write!(out, ",[")?;
        open.push(at as u32);
        first = true;
    }
    for _ in open {
        write!(out, "]")?;
    }
    write!(out, "],\n\"samples\":[")?;
    for (at, sample) in graph.samples().iter().enumerate() {
        row.begin(at == 0);
        row.push(sample.time_us);
        row.push(sample.last_id);
        row.end(out)?;
    }
    Ok(())
}

fn strings(graph: &HeapGraph, plan: &Plan<'_>, out: &mut impl Write) -> io::Result<()> {
    for at in 0..graph.string_count() {
        let id = StringId::at(at);
        out.write_all(if at == 0 { b"" } else { b",\n" })?;
        if let Some(text) = plan.text(id) {
            serde_json::to_writer(&mut *out, &text)?;
            continue;
        }
        out.write_all(b"\"")?;
        out.write_all(graph.raw_string(id))?;
        out.write_all(b"\"")?;
    }
    for id in &plan.added {
        out.write_all(b",\n")?;
        let text = super::texts::placeholder("string", *id, &graph.string(*id));
        serde_json::to_writer(&mut *out, &text)?;
    }
    Ok(())
}

/// Numbers of a record, with commas.
#[derive(Default)]
struct Row {
    text: Vec<u8>,
    first: bool,
}

impl Row {
    fn begin(&mut self, first: bool) {
        self.text.clear();
        self.first = first;
    }

    fn push(&mut self, mut number: u64) {
        if !self.first {
            self.text.push(b',');
        }
        self.first = false;
        let mut digits = [0; 20];
        let mut begin = digits.len();
        loop {
            begin -= 1;
            digits[begin] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.text.extend_from_slice(&digits[begin..]);
    }

    fn end(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.text)
    }
}
