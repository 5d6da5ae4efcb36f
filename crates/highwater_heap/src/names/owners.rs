//! Who holds an object, in the words of its source: the variable, field or export from which code reaches it.
//!
//! A search against the direction of references, from the object to the nearest thing that has a name a person
//! recognises. References that read like code (properties, elements, captured variables) are cheap, detours over
//! prototypes, hidden classes and compiled code so dear that they are taken only when nothing else is left. The search
//! looks at a bounded part of the graph, and only for objects that are shown.

use super::Names;
use super::scripts::{Origin, SourcePlace};
use super::words::{System, Word, slot};
use crate::graph::{Edge, EdgeName};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What kind of thing an owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerKind {
    /// A variable of a module.
    ModuleVariable,
    /// A variable of a function that some closure has captured.
    ClosureVariable,
    /// A field of the instances of a class.
    ClassField,
    /// A field of a class or function itself.
    StaticField,
    /// An export of an ES module.
    Export,
    /// A property of the global object.
    Global,
    /// Something of the runtime's own: the list of timers, a handle, a root.
    Runtime,
}

impl OwnerKind {
    /// In a few words.
    pub fn word(self) -> &'static str {
        match self {
            OwnerKind::ModuleVariable => "module variable",
            OwnerKind::ClosureVariable => "closure variable",
            OwnerKind::ClassField => "class field",
            OwnerKind::StaticField => "static field",
            OwnerKind::Export => "export",
            OwnerKind::Global => "global",
            OwnerKind::Runtime => "runtime",
        }
    }
}

/// Who holds an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// What the named thing is.
    pub kind: OwnerKind,
    /// How code would write it: `projects`, `memoryStore[*].facts`, `SessionPool.#sessions`.
    pub path: String,
    /// The one name in it to search for: that of the variable, or of the field.
    pub symbol: String,
    /// The function or class around it; empty at module level and where it has no name.
    pub within: String,
    /// Whose code it is in.
    pub origin: Origin,
    /// A place in the script that declares it: of a closure that shares the variable, or of the class. The URL is empty
    /// when nothing says which script it is.
    pub place: SourcePlace,
    /// The context, instance, function or global object at which the path begins.
    pub anchor: NodeId,
    /// The steps from there: who refers, and by which edge.
    pub steps: Vec<(NodeId, Edge)>,
}

/// Links of a chain of listeners that are followed.
const CHAIN_MAX: usize = 100_000;
/// Nodes that one search looks at.
const NODES_MAX: usize = 4_000;
/// References to one node that are looked at.
const RETAINERS_MAX: usize = 200;

impl Names<'_> {
    /// Who holds an object. Nothing for roots and what nothing refers to.
    pub fn owner(&self, node: NodeId) -> Option<Owner> {
        let found = self.search(node)?;
        Some(self.describe(found))
    }

    /// Who holds the object at which a path begins, when that object is an instance of a class.
    pub fn held_by(&self, owner: &Owner) -> Option<Owner> {
        if !matches!(owner.kind, OwnerKind::ClassField) {
            return None;
        }
        self.owner(owner.anchor).filter(|holder| holder.kind != OwnerKind::Runtime)
    }

    /// The call that added a listener of one of Node's event targets: `signal.addEventListener("abort")`. Listeners are a
    /// chain; its first link is the value of a map from events.
    pub(crate) fn event_of(&self, listener: NodeId) -> Option<String> {
        let (graph, shapes) = (self.graph(), self.shapes());
        let mut first = listener;
        for _ in 0..CHAIN_MAX {
            match shapes.get(first, Word::Previous) {
                Some(before) if graph.kind(before) == NodeKind::Object => first = before,
                _ => break,
            }
        }
        let owner = self.owner(first)?;
        let target = owner.path.split("[kEvents]").next().filter(|target| target.len() < owner.path.len())?;
        let event = graph.retainers(first).take(RETAINERS_MAX).find_map(|(table, edge)| {
            let at = slot(graph, edge.name).filter(|_| graph.kind(table) == NodeKind::Array)?;
            let key = graph.edges(table).find(|e| slot(graph, e.name).is_some_and(|slot| slot + 1 == at))?;
            graph.kind(key.to).is_string().then(|| graph.name(key.to).into_owned())
        });
        Some(match event {
            Some(event) => format!("{target}.addEventListener({event:?})"),
            None => format!("{target}.addEventListener()"),
        })
    }

    /// The cheapest path from something with a name.
    pub(super) fn search(&self, node: NodeId) -> Option<Found> {
        let graph = self.graph();
        let mut best: FxHashMap<u32, (u32, Option<Edge>)> = FxHashMap::default();
        let mut queue = BinaryHeap::new();
        let mut ends: Vec<(u32, NodeId, Edge, OwnerKind)> = Vec::new();
        best.insert(node.get(), (0, None));
        queue.push(Reverse((0, node.get())));
        let mut looked = 0;
        while let Some(Reverse((cost, at))) = queue.pop() {
            if best.get(&at).is_some_and(|(known, _)| *known < cost) {
                continue;
            }
            if ends.iter().any(|(end, ..)| *end <= cost) || looked > NODES_MAX {
                break;
            }
            looked += 1;
            for (from, edge) in graph.retainers(NodeId::new(at)).take(RETAINERS_MAX) {
                let Some(step) = self.step_cost(from, &edge) else { continue };
                let total = cost + step;
                if let Some((kind, extra)) = self.anchor(from, &edge) {
                    ends.push((total + extra, from, edge, kind));
                }
                if from == node {
                    continue;
                }
                let known = best.get(&from.get()).map_or(u32::MAX, |(known, _)| *known);
                if total < known {
                    best.insert(from.get(), (total, Some(edge)));
                    queue.push(Reverse((total, from.get())));
                }
            }
        }
        let (_, anchor, first, kind) =
            ends.into_iter().min_by_key(|(cost, from, edge, _)| (*cost, graph.object_id(*from), edge.id))?;
        let mut steps = vec![(anchor, first)];
        let mut at = first.to;
        while let Some((_, Some(edge))) = best.get(&at.get()) {
            if steps.len() > NODES_MAX {
                break;
            }
            steps.push((at, *edge));
            at = edge.to;
        }
        Some(Found { kind, anchor, steps })
    }

    /// What one reference costs in a path; nothing when a path must not take it.
    pub(super) fn step_cost(&self, from: NodeId, edge: &Edge) -> Option<u32> {
        let graph = self.graph();
        let word = self.words.of_edge(edge.name);
        let by_kind = match edge.kind {
            EdgeKind::Weak | EdgeKind::Shortcut => return None,
            EdgeKind::Context => 1,
            EdgeKind::Element => 2,
            EdgeKind::Property => match word {
                Some(Word::Proto | Word::Constructor | Word::Prototype) => 60,
                Some(Word::IdleNext | Word::IdlePrev) => 30,
                _ => 2,
            },
            EdgeKind::Internal => match word {
                Some(Word::Table | Word::Elements | Word::Value) => 0,
                // What the stores hold, the objects hold as properties and elements, by name.
                Some(Word::Properties) => 20,
                Some(Word::Reactions | Word::Buffer | Word::BackingStore | Word::Bindings) => 1,
                Some(Word::BoundFunction) => 2,
                Some(Word::First | Word::Second | Word::Parent) => 1,
                Some(Word::Context) => 15,
                Some(Word::Previous) => 3,
                Some(Word::MapOfShape | Word::Shared | Word::FeedbackCell | Word::Code | Word::ScopeInfo) => {
                    80
                }
                _ if slot(graph, edge.name).is_some() => 1,
                _ => 10,
            },
            EdgeKind::Hidden | EdgeKind::Other => 6,
        };
        let by_source = match graph.kind(from) {
            NodeKind::Code | NodeKind::ObjectShape => 80,
            NodeKind::Synthetic => 40,
            NodeKind::Native => 4,
            NodeKind::Hidden => 3,
            NodeKind::Array if self.shapes().is_called(from, Word::ElementsStore) => 25,
            NodeKind::Array if self.shapes().is_called(from, Word::PropertiesStore) => 25,
            _ => 0,
        };
        Some(by_kind + by_source)
    }

    /// Whether a reference begins at something with a name, and how much less good than a variable it is.
    pub(super) fn anchor(&self, from: NodeId, edge: &Edge) -> Option<(OwnerKind, u32)> {
        let graph = self.graph();
        let word = self.words.of_edge(edge.name);
        match edge.kind {
            EdgeKind::Context => {
                if self.words.system(graph, from) != Some(System::Context) {
                    return None;
                }
                let url = self.context_place(from).map(|place| place.url).unwrap_or_default();
                if word == Some(Word::This) {
                    // The instance has a class, which says more.
                    return None;
                }
                // A variable of the runtime's own module is its owner as much as any; only a field is not.
                let extra = match Origin::of(&url) {
                    Origin::Runtime => Self::origin_cost(&url) / 4,
                    _ => Self::origin_cost(&url),
                };
                let kind = if self.is_module_scope(from) {
                    OwnerKind::ModuleVariable
                } else {
                    OwnerKind::ClosureVariable
                };
                Some((kind, extra))
            }
            EdgeKind::Property if matches!(word, Some(Word::Proto | Word::Constructor | Word::Prototype)) => {
                None
            }
            EdgeKind::Property if self.is_global(from) => Some((OwnerKind::Global, 0)),
            EdgeKind::Property => match graph.kind(from) {
                NodeKind::Object => {
                    let place = graph.location(from)?;
                    let url = self.scripts.url(place.script).unwrap_or_default();
                    Some((OwnerKind::ClassField, Self::origin_cost(url)))
                }
                NodeKind::Closure => {
                    let place = graph.location(from)?;
                    let url = self.scripts.url(place.script).unwrap_or_default();
                    Some((OwnerKind::StaticField, Self::origin_cost(url)))
                }
                _ => None,
            },
            EdgeKind::Internal if word == Some(Word::Value) => match self.words.system(graph, from) {
                Some(System::Cell) => self.export_of(from).map(|_| (OwnerKind::Export, 0)),
                _ => None,
            },
            _ if graph.kind(from) == NodeKind::Synthetic => Some((OwnerKind::Runtime, 200)),
            _ => None,
        }
    }

    /// Whether a node is an object that code reaches by a name it need not declare.
    fn is_global(&self, node: NodeId) -> bool {
        self.globals.contains(&node)
            || self.graph().kind(node) == NodeKind::Object && self.shapes().is_called(node, Word::Process)
    }

    fn origin_cost(url: &str) -> u32 {
        match Origin::of(url) {
            Origin::App => 0,
            Origin::Dependency => 2,
            Origin::Runtime => 24,
        }
    }

    /// The name and the module of an export, from its cell.
    fn export_of(&self, cell: NodeId) -> Option<(String, NodeId)> {
        let graph = self.graph();
        for (table, edge) in graph.retainers(cell).take(RETAINERS_MAX) {
            let Some(at) = slot(graph, edge.name).filter(|_| graph.kind(table) == NodeKind::Array) else {
                continue;
            };
            let key = graph.edges(table).find(|e| slot(graph, e.name).is_some_and(|slot| slot + 1 == at));
            let Some(key) = key.filter(|key| graph.kind(key.to).is_string()) else { continue };
            let module = graph
                .retainers(table)
                .take(RETAINERS_MAX)
                .map(|(from, _)| from)
                .find(|from| self.words.system(graph, *from) == Some(System::Module));
            if let Some(module) = module {
                return Some((graph.name(key.to).into_owned(), module));
            }
        }
        None
    }

    /// A place in the script of an ES module.
    fn module_place(&self, module: NodeId) -> Option<SourcePlace> {
        let graph = self.graph();
        let inside = graph.edges(module).find_map(|edge| self.place(edge.to));
        inside.or_else(|| {
            let is_extension = |edge: &Edge| self.words.is(edge.name, Word::Extension);
            let mut contexts =
                graph.retainers(module).take(RETAINERS_MAX).filter(|(_, edge)| is_extension(edge));
            contexts.find_map(|(context, _)| self.context_place(context))
        })
    }

    pub(super) fn describe(&self, found: Found) -> Owner {
        let graph = self.graph();
        let Found { kind, anchor, steps } = found;
        let first = steps[0].1;
        let name = match first.name {
            EdgeName::Named(id) => graph.string(id).into_owned(),
            EdgeName::Index(at) => at.to_string(),
        };
        let (head, symbol, within, place) = match kind {
            OwnerKind::ModuleVariable | OwnerKind::ClosureVariable => {
                let within =
                    if kind == OwnerKind::ClosureVariable { self.function_of(anchor) } else { String::new() };
                (name.clone(), name, within, self.context_place(anchor))
            }
            OwnerKind::ClassField | OwnerKind::StaticField => {
                let class = graph.name(anchor).into_owned();
                let symbol = name.trim_start_matches('#').to_owned();
                let class = if class.is_empty() { "(function)".to_owned() } else { class };
                let mut head = class.clone();
                self.write_step(&mut head, anchor, &first);
                (head, symbol, class, self.place(anchor))
            }
            OwnerKind::Export => {
                let (name, module) = self.export_of(anchor).unwrap_or((name, anchor));
                (name.clone(), name, String::new(), self.module_place(module))
            }
            OwnerKind::Global => {
                let process = self.shapes().is_called(anchor, Word::Process);
                let mut head = if process { "process" } else { "globalThis" }.to_owned();
                self.write_step(&mut head, anchor, &first);
                (head, name, String::new(), None)
            }
            OwnerKind::Runtime => {
                let root = graph.name(anchor).into_owned();
                let head = if root.is_empty() { "(root)".to_owned() } else { root };
                (head.clone(), head, String::new(), None)
            }
        };
        let mut path = head;
        let mut symbol = symbol;
        for (from, edge) in &steps[1..] {
            self.write_step(&mut path, *from, edge);
            if let (EdgeKind::Property, EdgeName::Named(id)) = (edge.kind, edge.name)
                && !self.is_dynamic(*from, edge)
                && !graph.string(id).starts_with('<')
            {
                graph.string(id).trim_start_matches('#').clone_into(&mut symbol);
            }
        }
        let (path, symbol) = as_listener(path, symbol);
        let place = place.unwrap_or_default();
        let origin = if kind == OwnerKind::Global { Origin::App } else { Origin::of(&place.url) };
        Owner { kind, path, symbol, within, origin, place, anchor, steps }
    }

    /// One reference, as code would write it.
    pub(crate) fn write_step(&self, path: &mut String, from: NodeId, edge: &Edge) {
        let graph = self.graph();
        match (edge.kind, edge.name) {
            (EdgeKind::Element, _) => path.push_str("[*]"),
            (EdgeKind::Property, _) if self.is_dynamic(from, edge) => path.push_str("[*]"),
            (EdgeKind::Property, EdgeName::Named(id)) => {
                let name = graph.string(id);
                if let Some(symbol) = name.strip_prefix("<symbol").and_then(|rest| rest.strip_suffix('>')) {
                    let symbol = symbol.trim();
                    path.push_str(&format!("[{}]", if symbol.is_empty() { "Symbol()" } else { symbol }));
                } else if is_identifier(&name) {
                    path.push('.');
                    path.push_str(&name);
                } else {
                    path.push_str(&format!("[{name:?}]"));
                }
            }
            (EdgeKind::Context, EdgeName::Named(id)) => path.push_str(&format!(" -> {}", graph.string(id))),
            (EdgeKind::Internal, _) => match self.words.of_edge(edge.name) {
                Some(Word::Table | Word::Elements | Word::Properties | Word::Value | Word::Previous) => {}
                Some(Word::Buffer) => path.push_str(".buffer"),
                Some(Word::Reactions) => path.push_str(".then()"),
                Some(Word::Context) => path.push_str(" captures"),
                _ if slot(graph, edge.name).is_some()
                    && graph.kind(from) == NodeKind::Array
                    && !path.ends_with("[*]") =>
                {
                    path.push_str("[*]");
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Whether a property is one of many alike, so that its name says nothing: a key of a table.
    pub(crate) fn is_dynamic(&self, from: NodeId, edge: &Edge) -> bool {
        let graph = self.graph();
        let EdgeName::Named(name) = edge.name else { return true };
        let sort = |node: NodeId| (graph.kind(node), graph.name_id(node));
        let wanted = sort(edge.to);
        let is_text = |kind: NodeKind| kind.is_string() || kind == NodeKind::Number;
        let (mut seen, mut alike) = (0_u32, 0_u32);
        for other in graph.edges(from).filter(|e| e.kind == EdgeKind::Property).take(64) {
            if self.words.is(other.name, Word::Proto) {
                continue;
            }
            seen += 1;
            let found = sort(other.to);
            alike += u32::from(found == wanted || is_text(found.0) && is_text(wanted.0));
        }
        if graph.location(from).is_some() || self.is_global(from) || seen < 3 || alike * 2 < seen {
            return false;
        }
        let store = self.shapes().get(from, Word::Properties);
        let dictionary = store.is_some_and(|store| self.shapes().is_called(store, Word::PropertiesStore));
        let name = graph.string(name);
        let odd = !is_identifier(&name) || name.bytes().any(|byte| byte.is_ascii_digit());
        if self.is_called_events(from) {
            return false;
        }
        dictionary || seen >= 6 && odd
    }

    /// Whether a node is the table of an emitter's listeners.
    fn is_called_events(&self, node: NodeId) -> bool {
        let mut retainers = self.graph().retainers(node).take(4);
        retainers.any(|(_, edge)| self.words.is(edge.name, Word::Events))
    }
}

/// What a search has found.
pub(super) struct Found {
    pub(super) kind: OwnerKind,
    pub(super) anchor: NodeId,
    pub(super) steps: Vec<(NodeId, Edge)>,
}

/// `bus._events.change` as code writes it: `bus.on("change")`.
fn as_listener(path: String, symbol: String) -> (String, String) {
    let Some(at) = path.find("._events") else { return (path, symbol) };
    let (before, after) = (&path[..at], &path[at + "._events".len()..]);
    let event =
        after.strip_prefix('.').map(|rest| rest.split(['.', '[']).next().unwrap_or(rest)).map(str::to_owned);
    let quoted = || {
        after.strip_prefix("[\"").and_then(|rest| rest.split_once("\"]")).map(|(event, _)| event.to_owned())
    };
    let Some(event) = event.or_else(quoted).filter(|event| !event.is_empty()) else { return (path, symbol) };
    let owner = before.rsplit(['.', ']']).next().unwrap_or(before).trim_start_matches('#').to_owned();
    let symbol = if owner.is_empty() { symbol } else { owner };
    (format!("{before}.on({event:?})"), symbol)
}

/// Whether code can write a name after a dot.
pub(crate) fn is_identifier(name: &str) -> bool {
    let name = name.strip_prefix('#').unwrap_or(name);
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_read_as_the_call_that_adds_them() {
        let told = |path: &str| as_listener(path.into(), "x".into());
        assert_eq!(told("bus._events.change"), ("bus.on(\"change\")".into(), "bus".into()));
        assert_eq!(told("Store.#bus._events.change[*]"), ("Store.#bus.on(\"change\")".into(), "bus".into()));
        assert_eq!(told("a._events[\"x-y\"]"), ("a.on(\"x-y\")".into(), "a".into()));
        assert_eq!(told("a._events"), ("a._events".into(), "x".into()));
    }
}
