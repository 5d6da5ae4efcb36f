//! The header of a snapshot: which fields its records have, which kinds there are, and how much was announced.
//!
//! Nothing about the layout is taken for granted: V8 11 to 15, Node, Deno, Chrome and Bun differ in fields, in the
//! order of kinds and in what the header holds. Source: `HeapSnapshotJSONSerializer::SerializeSnapshot` in V8's
//! `src/profiler/heap-snapshot-generator.cc`.

use super::error::{BROKEN, DecodeError};
use crate::kinds::{EdgeKind, NodeKind};
use serde_json::Value;

/// Fields that a record may have at most; V8 has 7.
pub(super) const FIELDS_MAX: usize = 64;
/// Kinds that a list may have at most; V8 has 16.
const KINDS_MAX: usize = 256;

/// What `snapshot` in the file says.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Names of the fields of a node, in order.
    pub node_fields: Vec<String>,
    /// Names of the fields of an edge, in order.
    pub edge_fields: Vec<String>,
    /// Names of the fields of a location, in order; empty when there are no locations.
    pub location_fields: Vec<String>,
    /// Names of the fields of a sample, in order.
    pub sample_fields: Vec<String>,
    /// Names of the fields of a function of the allocation trace, in order.
    pub trace_function_fields: Vec<String>,
    /// Nodes announced.
    pub node_count: Option<u64>,
    /// Edges announced.
    pub edge_count: Option<u64>,
    /// Functions of the allocation trace announced.
    pub trace_function_count: u64,
    /// Bytes outside the heap that V8 knows of and that no node shows.
    pub extra_native_bytes: u64,
    /// Position of the root's first number in the nodes, if it is not the first node.
    pub(super) root_index: u64,
    /// Kind by the number in the file.
    pub(super) node_kinds: Vec<NodeKind>,
    /// Kind by the number in the file.
    pub(super) edge_kinds: Vec<EdgeKind>,
    pub(super) node: NodeLayout,
    pub(super) edge: EdgeLayout,
    pub(super) location: Option<LocationLayout>,
}

/// Where the fields of a node stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeLayout {
    pub(super) fields: usize,
    pub(super) kind: usize,
    pub(super) name: usize,
    pub(super) id: usize,
    pub(super) self_size: usize,
    pub(super) edge_count: usize,
    pub(super) trace_node: Option<usize>,
    pub(super) detachedness: Option<usize>,
}

impl NodeLayout {
    /// Whether anything is read from the field.
    pub(super) fn knows(&self, field: usize) -> bool {
        let needed = [self.kind, self.name, self.id, self.self_size, self.edge_count];
        needed.contains(&field) || [self.trace_node, self.detachedness].contains(&Some(field))
    }
}

/// Where the fields of an edge stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct EdgeLayout {
    pub(super) fields: usize,
    pub(super) kind: usize,
    pub(super) name: usize,
    pub(super) to: usize,
}

/// Where the fields of a location stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocationLayout {
    pub(super) fields: usize,
    pub(super) object: usize,
    pub(super) script: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Meta {
    /// From the text of the header object, which begins at `offset`.
    pub(super) fn read(text: &[u8], offset: u64) -> Result<Meta, DecodeError> {
        let wrong = |what: String| DecodeError::new(offset, what, BROKEN);
        let value: Value = serde_json::from_slice(text).map_err(|e| {
            let lines = text.split_inclusive(|byte| *byte == b'\n').take(e.line().saturating_sub(1));
            let at = lines.map(<[u8]>::len).sum::<usize>() + e.column().saturating_sub(1);
            let what = format!("`snapshot` is not valid JSON: {e}");
            DecodeError::new(offset + at.min(text.len()) as u64, what, BROKEN)
        })?;
        let meta = value.get("meta").ok_or_else(|| wrong("`snapshot` has no `meta`".into()))?;
        let fields = |key: &str| words(meta, key).map_err(wrong);
        let node_fields = fields("node_fields")?;
        let edge_fields = fields("edge_fields")?;
        let location_fields = fields("location_fields")?;
        let node = node_layout(&node_fields).map_err(wrong)?;
        let edge = edge_layout(&edge_fields).map_err(wrong)?;
        let node_kinds = kinds(meta, "node_types", node.kind).map_err(wrong)?;
        let edge_kinds = kinds(meta, "edge_types", edge.kind).map_err(wrong)?;
        let count = |key: &str| {
            let found = value.get(key).filter(|v| !v.is_null());
            found.map(|v| whole(v).ok_or_else(|| wrong(format!("`{key}` is {v}, not a count")))).transpose()
        };
        Ok(Meta {
            node,
            edge,
            location: location_layout(&location_fields),
            node_kinds: node_kinds.iter().map(|word| NodeKind::of_word(word)).collect(),
            edge_kinds: edge_kinds.iter().map(|word| EdgeKind::of_word(word)).collect(),
            sample_fields: fields("sample_fields")?,
            trace_function_fields: fields("trace_function_info_fields")?,
            node_count: count("node_count")?,
            edge_count: count("edge_count")?,
            trace_function_count: count("trace_function_count")?.unwrap_or(0),
            extra_native_bytes: count("extra_native_bytes")?.unwrap_or(0),
            root_index: count("root_index")?.unwrap_or(0),
            node_fields,
            edge_fields,
            location_fields,
        })
    }
}

/// A count, also where it was written as 1.0.
fn whole(value: &Value) -> Option<u64> {
    let float = || value.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0 && *f < 9e15).map(|f| f as u64);
    value.as_u64().or_else(float)
}

fn words(meta: &Value, key: &str) -> Result<Vec<String>, String> {
    let Some(value) = meta.get(key) else { return Ok(Vec::new()) };
    let list = value.as_array().ok_or_else(|| format!("`meta.{key}` is not a list"))?;
    if list.len() > FIELDS_MAX {
        return Err(format!("`meta.{key}` has {} entries; {FIELDS_MAX} at most are read", list.len()));
    }
    let word = |v: &Value| {
        v.as_str().map(str::to_owned).ok_or_else(|| format!("`meta.{key}` holds {v}, not a name"))
    };
    list.iter().map(word).collect()
}

/// The list of kinds for the field at a position.
fn kinds(meta: &Value, key: &str, position: usize) -> Result<Vec<String>, String> {
    let list = meta.get(key).and_then(|v| v.get(position)).and_then(Value::as_array);
    let list = list.ok_or_else(|| format!("`meta.{key}` has no list of kinds at position {position}"))?;
    if list.len() > KINDS_MAX {
        return Err(format!("`meta.{key}` has {} kinds; {KINDS_MAX} at most are read", list.len()));
    }
    Ok(list.iter().map(|v| v.as_str().unwrap_or_default().to_owned()).collect())
}

fn place(fields: &[String], name: &str) -> Option<usize> {
    fields.iter().position(|field| field == name)
}

fn needed(fields: &[String], name: &str, list: &str) -> Result<usize, String> {
    place(fields, name).ok_or_else(|| format!("`meta.{list}` has no `{name}`"))
}

fn node_layout(fields: &[String]) -> Result<NodeLayout, String> {
    let at = |name| needed(fields, name, "node_fields");
    Ok(NodeLayout {
        fields: fields.len(),
        kind: at("type")?,
        name: at("name")?,
        id: at("id")?,
        self_size: at("self_size")?,
        edge_count: at("edge_count")?,
        trace_node: place(fields, "trace_node_id"),
        detachedness: place(fields, "detachedness"),
    })
}

fn edge_layout(fields: &[String]) -> Result<EdgeLayout, String> {
    let at = |name| needed(fields, name, "edge_fields");
    Ok(EdgeLayout { fields: fields.len(), kind: at("type")?, name: at("name_or_index")?, to: at("to_node")? })
}

fn location_layout(fields: &[String]) -> Option<LocationLayout> {
    Some(LocationLayout {
        fields: fields.len(),
        object: place(fields, "object_index")?,
        script: place(fields, "script_id")?,
        line: place(fields, "line")?,
        column: place(fields, "column")?,
    })
}
