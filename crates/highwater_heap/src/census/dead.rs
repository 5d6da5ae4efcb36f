//! Captured variables that no living function can read.
//!
//! V8 gives all functions of one scope one context, so a variable lives as long as any of them, also when the one that
//! reads it is long gone. A heap says which functions still share a context; which names they mention, only their
//! source does. So a variable is called dead only when the text of every function that can reach its context is at
//! hand and none mentions its name.

use crate::graph::{EdgeName, RETAINERS_KEPT};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::names::{Named, Origin, SourcePlace, SourceTexts, Sources, System, Word};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A variable that is kept and that nothing can read.
#[derive(Clone, Debug)]
pub struct DeadVariable {
    /// Its name.
    pub variable: String,
    /// The function whose scope it is in; empty at module level and where it has no name.
    pub within: String,
    /// Where a function stands that keeps the scope alive.
    pub kept_by: SourcePlace,
    /// Where the variable is declared.
    pub declared: Option<SourcePlace>,
    /// How many scopes hold it.
    pub count: u64,
    /// Bytes that would go.
    pub retained_bytes: u64,
    /// The largest value.
    pub node: NodeId,
}

/// What was found, and how many variables could not be judged because a source is missing.
#[derive(Clone, Debug, Default)]
pub struct DeadVariables {
    /// The dead, the most bytes first.
    pub found: Vec<DeadVariable>,
    /// Variables whose functions have no source text at hand.
    pub unknown: u64,
}

/// Values that keep less are not looked at.
const BYTES_MIN: u64 = 1024;
/// Variables that keep less in all scopes together are not told.
const TOTAL_MIN: u64 = 4096;
/// Functions that share a scope, at most; more are not proven.
const READERS_MAX: usize = 64;
/// Scopes within a scope, at most.
const SCOPES_MAX: usize = 256;

/// Looks at every scope of the program that keeps something large.
pub fn dead_variables(named: &Named<'_>, sources: &dyn Sources) -> DeadVariables {
    let (graph, heap) = (named.graph(), named.heap());
    let mut texts = SourceTexts::new(sources);
    let mut judged: FxHashMap<(NodeId, String, Vec<NodeId>), Option<bool>> = FxHashMap::default();
    let mut groups: BTreeMap<(NodeId, String), DeadVariable> = BTreeMap::new();
    let mut result = DeadVariables::default();
    for context in graph.nodes().filter(|node| graph.kind(*node) == NodeKind::Object) {
        if named.words().system(graph, context) != Some(System::Context) {
            continue;
        }
        let large: Vec<(String, NodeId)> = graph
            .edges(context)
            .filter(|edge| edge.kind == EdgeKind::Context && heap.dominates(context, edge.to))
            .filter(|edge| heap.retained_size(edge.to) >= BYTES_MIN)
            .filter_map(|edge| match edge.name {
                EdgeName::Named(id) => Some((graph.string(id).into_owned(), edge.to)),
                EdgeName::Index(_) => None,
            })
            .filter(|(name, _)| name != "this" && !name.starts_with('.'))
            .collect();
        if large.is_empty() {
            continue;
        }
        let Some(info) = named.shapes().get(context, Word::ScopeInfo) else { continue };
        let Some(readers) = readers(named, context) else { continue };
        let Some(kept_by) = readers.iter().find_map(|reader| named.place(*reader)) else { continue };
        if Origin::of(&kept_by.url) == Origin::Runtime {
            continue;
        }
        let shared = shared(named, &readers);
        for (variable, value) in large {
            let key = (info, variable.clone(), shared.clone());
            let dead = *judged.entry(key).or_insert_with(|| {
                let mentions = readers.iter().map(|reader| {
                    let place = named.place(*reader)?;
                    texts.function_mentions(&place, &variable)
                });
                mentions.collect::<Option<Vec<bool>>>().map(|mentions| !mentions.contains(&true))
            });
            match dead {
                None => result.unknown += 1,
                Some(false) => {}
                Some(true) => add(named, &mut groups, (info, variable), context, value, &kept_by),
            }
        }
    }
    result.found = groups.into_values().filter(|dead| dead.retained_bytes >= TOTAL_MIN).collect();
    for found in &mut result.found {
        let owner = named.owner(found.node);
        found.declared = owner.and_then(|owner| named.declaration(&owner, sources));
    }
    result.found.sort_by_key(|dead| (Reverse(dead.retained_bytes), dead.variable.clone()));
    result
}

fn add(
    named: &Named<'_>,
    groups: &mut BTreeMap<(NodeId, String), DeadVariable>,
    key: (NodeId, String),
    context: NodeId,
    value: NodeId,
    kept_by: &SourcePlace,
) {
    let heap = named.heap();
    let group = groups.entry(key).or_insert_with_key(|(_, variable)| DeadVariable {
        variable: variable.clone(),
        within: named.function_of(context),
        kept_by: kept_by.clone(),
        declared: None,
        count: 0,
        retained_bytes: 0,
        node: value,
    });
    group.count += 1;
    group.retained_bytes += heap.retained_size(value);
    if heap.retained_size(value) > heap.retained_size(group.node) {
        group.node = value;
    }
}

/// Every function and suspended call that can reach a scope. Nothing when something else refers to it (a running
/// function, a debugger), or when there are too many.
fn readers(named: &Named<'_>, context: NodeId) -> Option<Vec<NodeId>> {
    let graph = named.graph();
    let mut scopes = vec![context];
    let mut seen: FxHashSet<NodeId> = scopes.iter().copied().collect();
    let mut readers = Vec::new();
    let mut at = 0;
    while let Some(scope) = scopes.get(at).copied() {
        at += 1;
        let retainers = graph.retainers(scope);
        if retainers.len() >= usize::from(RETAINERS_KEPT) {
            return None;
        }
        for (from, edge) in retainers {
            let kind = graph.kind(from);
            match (edge.kind, named.words().of_edge(edge.name)) {
                (EdgeKind::Weak, _) => {}
                (EdgeKind::Internal, Some(Word::Context))
                    if matches!(kind, NodeKind::Closure | NodeKind::Object) =>
                {
                    readers.push(from);
                }
                (EdgeKind::Internal, Some(Word::Previous)) => {
                    if seen.insert(from) {
                        scopes.push(from);
                    }
                }
                // Registers of a suspended call, whose function is among the readers by its own reference.
                (EdgeKind::Internal, _) if kind == NodeKind::Array => {}
                _ => return None,
            }
            if readers.len() > READERS_MAX || scopes.len() > SCOPES_MAX {
                return None;
            }
        }
    }
    (!readers.is_empty()).then_some(readers)
}

/// The functions of which the readers are instances.
fn shared(named: &Named<'_>, readers: &[NodeId]) -> Vec<NodeId> {
    let shapes = named.shapes();
    let mut shared: Vec<NodeId> = readers
        .iter()
        .map(|reader| {
            let function = shapes.get(*reader, Word::Function).unwrap_or(*reader);
            shapes.get(function, Word::Shared).unwrap_or(function)
        })
        .collect();
    shared.sort_unstable();
    shared.dedup();
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::{Built, SCRIPT};
    use std::sync::Arc;

    const TEXT: &str = "function make() {\n  const big = load(), id = 1;\n  function read() { return big; }\n  \
        return () => id;\n}\n";

    struct Text(bool);

    impl Sources for Text {
        fn text(&self, _: &str) -> Option<Arc<str>> {
            self.0.then(|| TEXT.into())
        }
    }

    /// A scope with `big`, kept by a function at this line and column.
    fn heap(line: u32, column: u32) -> crate::graph::Dominated {
        let mut built = Built::new();
        let module = built.module("file:///srv/app.mjs", 0, 13);
        let context = built.node(NodeKind::Object, "system / Context", 48);
        built.edge(context, EdgeKind::Internal, "previous", module);
        let info =
            built.child((context, EdgeKind::Internal, "scope_info"), NodeKind::Code, "system / ScopeInfo", 8);
        built.child((info, EdgeKind::Hidden, "2"), NodeKind::String, "make", 8);
        let closure = built.child((0, EdgeKind::Element, "5"), NodeKind::Closure, "", 64);
        built.edge(closure, EdgeKind::Internal, "context", context);
        built.locate(closure, SCRIPT, line, column);
        built.child((context, EdgeKind::Context, "big"), NodeKind::Object, "Array", 5000);
        built.heap()
    }

    #[test]
    fn a_variable_that_no_living_function_mentions_is_dead() {
        let heap = heap(3, 9);
        let found = dead_variables(&Named::of(&heap), &Text(true));
        let [dead] = &found.found[..] else { panic!("one variable: {found:?}") };
        assert_eq!((dead.variable.as_str(), dead.within.as_str(), dead.count), ("big", "make", 1));
        assert_eq!(dead.declared.as_ref().map(|place| place.line), Some(2));
        assert_eq!(dead.retained_bytes, 5000);
    }

    #[test]
    fn what_is_mentioned_lives_and_without_a_source_nothing_is_said() {
        let heap_of_reader = heap(2, 15);
        assert!(dead_variables(&Named::of(&heap_of_reader), &Text(true)).found.is_empty());
        let heap = heap(3, 9);
        let found = dead_variables(&Named::of(&heap), &Text(false));
        assert_eq!((found.found.len(), found.unknown), (0, 1));
    }
}
