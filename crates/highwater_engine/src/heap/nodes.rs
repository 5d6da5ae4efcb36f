//! `heap nodes`: every node, one a line, as quick as it can be written.

use super::OpenHeap;
use highwater_heap::{Dominated, HeapGraph, NodeId};
use std::io::{self, Write};

/// In which form the nodes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeFormat {
    /// Columns between tabs, with a head line. Tabs, line ends and backslashes in names are escaped with `\`.
    Tsv,
    /// A JSON object a line.
    Ndjson,
}

/// Which nodes are written, and how.
#[derive(Clone, Copy, Debug)]
pub struct NodeList {
    /// The form.
    pub format: NodeFormat,
    /// So many at most, in the order of the file.
    pub limit: Option<usize>,
}

const HEAD: &[u8] = b"id\ttype\tname\tshallow\tretained\tdistance\n";

impl NodeList {
    /// Writes the nodes. An unreachable one has an empty distance, or none.
    pub fn write(&self, heap: &OpenHeap, out: &mut dyn Write) -> io::Result<()> {
        write(&heap.0, self, out)
    }
}

fn write(heap: &Dominated, list: &NodeList, out: &mut dyn Write) -> io::Result<()> {
    let graph = heap.graph();
    let mut line = Vec::with_capacity(1 << 16);
    if list.format == NodeFormat::Tsv {
        line.extend_from_slice(HEAD);
    }
    for node in graph.nodes().take(list.limit.unwrap_or(usize::MAX)) {
        match list.format {
            NodeFormat::Tsv => tsv(heap, node, &mut line),
            NodeFormat::Ndjson => ndjson(heap, node, &mut line),
        }
        line.push(b'\n');
        if line.len() >= 1 << 16 {
            out.write_all(&line)?;
            line.clear();
        }
    }
    out.write_all(&line)
}

fn tsv(heap: &Dominated, node: NodeId, line: &mut Vec<u8>) {
    let graph = heap.graph();
    number(line, graph.object_id(node));
    line.push(b'\t');
    line.extend_from_slice(graph.kind(node).word().as_bytes());
    line.push(b'\t');
    escaped_name(graph, node, line);
    for value in [heap.shallow_size(node), heap.retained_size(node)] {
        line.push(b'\t');
        number(line, value);
    }
    line.push(b'\t');
    if let Some(distance) = heap.distance(node) {
        number(line, u64::from(distance));
    }
}

fn ndjson(heap: &Dominated, node: NodeId, line: &mut Vec<u8>) {
    let graph = heap.graph();
    line.extend_from_slice(b"{\"id\":");
    number(line, graph.object_id(node));
    line.extend_from_slice(b",\"type\":\"");
    line.extend_from_slice(graph.kind(node).word().as_bytes());
    // The file's own escapes are JSON's; only bytes that are no text must not get through.
    line.extend_from_slice(b"\",\"name\":\"");
    match std::str::from_utf8(graph.raw_string(graph.name_id(node))) {
        Ok(raw) if !raw.bytes().any(|b| b < 0x20) => line.extend_from_slice(raw.as_bytes()),
        _ => {
            let name = serde_json::to_string(&graph.name(node)).unwrap_or_default();
            line.extend_from_slice(name.trim_matches('"').as_bytes());
        }
    }
    line.extend_from_slice(b"\",\"shallow_bytes\":");
    number(line, heap.shallow_size(node));
    line.extend_from_slice(b",\"retained_bytes\":");
    number(line, heap.retained_size(node));
    if let Some(distance) = heap.distance(node) {
        line.extend_from_slice(b",\"distance\":");
        number(line, u64::from(distance));
    }
    line.push(b'}');
}

fn escaped_name(graph: &HeapGraph, node: NodeId, line: &mut Vec<u8>) {
    let raw = graph.raw_string(graph.name_id(node));
    let plain = |b: &u8| *b != b'\\' && *b >= 0x20 && b.is_ascii();
    if raw.iter().all(plain) {
        line.extend_from_slice(raw);
        return;
    }
    for c in graph.name(node).chars() {
        match c {
            '\t' => line.extend_from_slice(b"\\t"),
            '\n' => line.extend_from_slice(b"\\n"),
            '\r' => line.extend_from_slice(b"\\r"),
            '\\' => line.extend_from_slice(b"\\\\"),
            c => line.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Appends a number in decimal.
fn number(line: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[at..]);
}
