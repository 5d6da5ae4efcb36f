//! What people call a node, and a reference. Groups stand in round brackets, as in DevTools.

use crate::graph::{Edge, EdgeName, HeapGraph};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};

/// The name of a node: that of its class, `name()` of a function, a group in brackets for what has no name of its own.
pub fn called(graph: &HeapGraph, node: NodeId) -> String {
    let kind = graph.kind(node);
    match kind {
        NodeKind::Code => return "(compiled code)".to_owned(),
        kind if kind.is_string() => return "(string)".to_owned(),
        NodeKind::Number | NodeKind::Symbol | NodeKind::BigInt | NodeKind::ObjectShape => {
            return format!("({})", kind.word());
        }
        _ => {}
    }
    let name = graph.name(node);
    match kind {
        NodeKind::Closure if name.is_empty() => "(anonymous function)".to_owned(),
        NodeKind::Closure => format!("{name}()"),
        NodeKind::RegExp => "RegExp".to_owned(),
        NodeKind::Synthetic if name.is_empty() => "(root)".to_owned(),
        NodeKind::Array if name.is_empty() => "(array)".to_owned(),
        kind if name.is_empty() => format!("({})", kind.word()),
        _ => name.into_owned(),
    }
}

/// A reference as code writes it: `.name`, `[3]`, `name` for a captured variable; what code cannot write stands in
/// brackets.
pub fn reference(graph: &HeapGraph, edge: &Edge) -> String {
    let name = match edge.name {
        EdgeName::Named(id) => graph.string(id),
        EdgeName::Index(at) => at.to_string().into(),
    };
    match edge.kind {
        EdgeKind::Element => format!("[{name}]"),
        EdgeKind::Context => name.into_owned(),
        EdgeKind::Property if is_identifier(&name) => format!(".{name}"),
        EdgeKind::Property => format!("[{name:?}]"),
        EdgeKind::Weak => format!("(weak {name})"),
        _ => format!("({name})"),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let start = |c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#');
    chars.next().is_some_and(start) && chars.all(|c| start(c) || c.is_numeric())
}
