//! Scopes: which function a context belongs to, where it stands, which variables it has.
//!
//! Layout: V8's `src/objects/contexts.h` (two or three words, then variables) and `src/objects/scope-info.h` (names of
//! the variables in the order of their slots, then the name of the function).

use super::Names;
use super::scripts::SourcePlace;
use super::words::{System, Word};
use crate::graph::{EdgeName, RETAINERS_KEPT};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};

/// References to one context that are looked at.
const RETAINERS_MAX: usize = RETAINERS_KEPT as usize;
/// Scopes within scopes that are looked at.
const DEPTH_MAX: usize = 4;

impl Names<'_> {
    /// Whether a scope is that of a module: the next one outwards is the realm's.
    pub(crate) fn is_module_scope(&self, context: NodeId) -> bool {
        let previous = self.shapes().get(context, Word::Previous);
        let outermost = previous
            .is_none_or(|previous| self.words.system(self.graph(), previous) == Some(System::NativeContext));
        outermost && self.function_of(context).is_empty()
    }

    /// The name of the function that a context belongs to; empty for modules and functions without a name.
    pub(crate) fn function_of(&self, context: NodeId) -> String {
        let graph = self.graph();
        let Some(info) = self.shapes().get(context, Word::ScopeInfo) else { return String::new() };
        let variables = self.variables_in(context);
        for edge in graph.edges(info) {
            let (EdgeKind::Hidden, EdgeName::Index(at)) = (edge.kind, edge.name) else { continue };
            if u64::from(at) >= variables && graph.kind(edge.to).is_string() {
                return graph.name(edge.to).into_owned();
            }
        }
        String::new()
    }

    /// How many variables a context has room for.
    pub(crate) fn variables_in(&self, context: NodeId) -> u64 {
        let extension = u64::from(self.shapes().get(context, Word::Extension).is_some());
        (self.graph().shallow_size(context) / self.word_bytes).saturating_sub(4 + extension)
    }

    /// Whether a node is a call of an async function or generator that waits to go on.
    pub(crate) fn is_suspended(&self, node: NodeId) -> bool {
        let shapes = self.shapes();
        shapes.get(node, Word::Registers).is_some() && shapes.get(node, Word::Function).is_some()
    }

    /// The name of the function that was called.
    pub(crate) fn suspended_function(&self, node: NodeId) -> String {
        self.shapes()
            .get(node, Word::Function)
            .map_or_else(String::new, |function| self.graph().name(function).into_owned())
    }

    /// A place in the script of a scope: that of the first closure which shares it, or one further in.
    pub(crate) fn context_place(&self, context: NodeId) -> Option<SourcePlace> {
        self.context_place_within(context, DEPTH_MAX)
    }

    /// All places of closures that share a scope, as far as they are looked at; in order.
    pub(crate) fn sharing_places(&self, context: NodeId) -> Vec<SourcePlace> {
        let mut places: Vec<SourcePlace> =
            self.sharing(context).into_iter().filter_map(|node| self.place(node)).collect();
        places.sort();
        places.dedup();
        places
    }

    /// Closures and suspended functions that share a scope, as far as they are looked at.
    pub(crate) fn sharing(&self, context: NodeId) -> Vec<NodeId> {
        let graph = self.graph();
        graph
            .retainers(context)
            .take(RETAINERS_MAX)
            .filter(|(_, edge)| edge.kind == EdgeKind::Internal && self.words.is(edge.name, Word::Context))
            .map(|(from, _)| from)
            .filter(|from| matches!(graph.kind(*from), NodeKind::Closure | NodeKind::Object))
            .collect()
    }

    fn context_place_within(&self, context: NodeId, depth: usize) -> Option<SourcePlace> {
        if let Some(first) = self.sharing_places(context).into_iter().find(|place| !place.url.is_empty()) {
            return Some(first);
        }
        let depth = depth.checked_sub(1)?;
        let inner = self.graph().retainers(context).take(RETAINERS_MAX);
        inner
            .filter(|(_, edge)| self.words.is(edge.name, Word::Previous))
            .take(16)
            .find_map(|(from, _)| self.context_place_within(from, depth))
    }
}
