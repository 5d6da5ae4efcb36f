//! A copy of a snapshot that can be shared: what the program is built of stays, what it holds goes.
//!
//! The copy is written from the columns, so it holds nothing but what is written here: members and fields that are not
//! known are left out. Numbers stay as they are (kinds, ids, sizes, edges, places, stacks, indexes of elements), so the
//! graph, its dominators and all sizes are those of the original. Of the strings those stay that name a part of the
//! program, by where they are used:
//!
//! | used as | stays |
//! | --- | --- |
//! | name of a variable, an internal reference, a root, a hidden class, code, a script, a function, a constructor | yes |
//! | name of a property | yes, with [`Keys::Redact`] only if it reads like a name and not every holder is a dictionary |
//! | text of a string, however it is put together; source of a script or a regular expression | no |
//! | name of a number or big integer, unless it is V8's word for all of them | no |
//! | name of a node of a kind that is not known | no |
//!
//! A string that is used both ways stays as a name, and the value gets a string of its own. Names lose what may be a
//! value in them: attributes of elements, what follows `?` or `#` in an address, what comes before `@` in one, the text
//! of `data:` addresses, and the names of key and value that entries of weak maps carry.

mod texts;
mod write;

use crate::graph::{EdgeName, HeapGraph};
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::io::{self, Write};

/// An object with more properties than this may be a dictionary.
const RECORD_PROPERTIES_MAX: usize = 24;
/// A name that more objects than this have is a field of records, whoever else has it.
const DICTIONARY_HOLDERS_MAX: u8 = 8;

/// What becomes of property names that may be keys of data: mail addresses, numbers of users ...
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// Only names that read like those in code stay, and those of dictionaries go: objects with more than 24
    /// properties most of which are no functions and most of which few other objects have.
    #[default]
    Redact,
    /// All names of properties stay.
    Keep,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// Strings of the copy.
    pub strings: usize,
    /// Strings that were replaced.
    pub replaced: usize,
    /// Strings that stay but for a part.
    pub trimmed: usize,
    /// Property names that were replaced.
    pub keys: usize,
}

/// Writes the copy.
pub fn redact(graph: &HeapGraph, keys: Keys, out: &mut impl Write) -> io::Result<Redacted> {
    let plan = Plan::make(graph, keys);
    write::snapshot(graph, &plan, out)?;
    Ok(plan.tally())
}

/// What becomes of each string.
struct Plan<'a> {
    graph: &'a HeapGraph,
    uses: Vec<Use>,
    /// Strings that are names and values: where the string of the value is.
    values: FxHashMap<StringId, StringId>,
    /// The strings behind those of the original, in order: those they stand for.
    added: Vec<StringId>,
}

/// How a string is used.
#[derive(Clone, Copy, Default)]
struct Use {
    name: bool,
    value: bool,
    key: bool,
    /// How many properties have it as their name.
    holders: u8,
}

impl<'a> Plan<'a> {
    fn make(graph: &'a HeapGraph, keys: Keys) -> Plan<'a> {
        let uses = vec![Use::default(); graph.string_count()];
        let mut plan = Plan { graph, uses, values: FxHashMap::default(), added: Vec::new() };
        plan.count_holders();
        for node in graph.nodes() {
            let own = graph.name_id(node);
            let value = is_value(graph, node);
            plan.mark(own, |used| if value { used.value = true } else { used.name = true });
            let dictionary = keys == Keys::Redact && plan.is_dictionary(node);
            for edge in graph.edges(node) {
                let EdgeName::Named(name) = edge.name else { continue };
                let stays = match edge.kind {
                    EdgeKind::Property if keys == Keys::Redact => {
                        let many = plan.holders(name) > DICTIONARY_HOLDERS_MAX;
                        (many || !dictionary) && texts::is_name(&graph.string(name))
                    }
                    EdgeKind::Other => false,
                    _ => true,
                };
                plan.mark(name, |used| if stays { used.name = true } else { used.key = true });
            }
        }
        plan.mark_functions();
        for at in 0..plan.uses.len() {
            let id = StringId::at(at);
            if plan.uses[at].name && plan.uses[at].value && !graph.raw_string(id).is_empty() {
                plan.values.insert(id, StringId::at(graph.string_count() + plan.added.len()));
                plan.added.push(id);
            }
        }
        plan
    }

    fn mark(&mut self, id: StringId, mark: impl FnOnce(&mut Use)) {
        if let Some(used) = self.uses.get_mut(id.index()) {
            mark(used);
        }
    }

    fn holders(&self, id: StringId) -> u8 {
        self.uses.get(id.index()).map_or(0, |used| used.holders)
    }

    fn count_holders(&mut self) {
        let graph = self.graph;
        for edge in graph.nodes().flat_map(|node| graph.edges(node)) {
            if let (EdgeKind::Property, EdgeName::Named(name)) = (edge.kind, edge.name) {
                self.mark(name, |used| used.holders = used.holders.saturating_add(1));
            }
        }
    }

    fn is_dictionary(&self, node: NodeId) -> bool {
        let graph = self.graph;
        let properties = || graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property);
        let count = properties().count();
        if count <= RECORD_PROPERTIES_MAX {
            return false;
        }
        let functions = properties().filter(|edge| graph.kind(edge.to) == NodeKind::Closure).count();
        let rare = properties().filter(|edge| match edge.name {
            EdgeName::Named(name) => self.holders(name) <= DICTIONARY_HOLDERS_MAX,
            EdgeName::Index(_) => false,
        });
        functions * 2 < count && rare.count() * 2 > count
    }

    /// Names of functions and scripts in allocation stacks.
    fn mark_functions(&mut self) {
        let graph = self.graph;
        let fields = &graph.meta().trace_function_fields;
        let names: Vec<usize> = ["name", "script_name"]
            .iter()
            .filter_map(|name| fields.iter().position(|field| field == name))
            .collect();
        for function in graph.trace_functions().chunks_exact(fields.len().max(1)) {
            for field in &names {
                self.mark(StringId::new(function[*field]), |used| used.name = true);
            }
        }
    }

    /// The string that is a node's name in the copy.
    fn name_of(&self, node: NodeId) -> StringId {
        let own = self.graph.name_id(node);
        match self.values.get(&own) {
            Some(value) if is_value(self.graph, node) => *value,
            _ => own,
        }
    }

    /// The text of a string in the copy; nothing where it stays as it is.
    fn text(&self, id: StringId) -> Option<String> {
        let used = self.uses[id.index()];
        let text = self.graph.string(id);
        if text.is_empty() {
            return None;
        }
        if !used.name {
            let what = if used.key && !used.value { "key" } else { "string" };
            return Some(texts::placeholder(what, id, &text));
        }
        self.trimmed(&text)
    }

    /// A name without what may be a value in it; nothing where it stays as it is.
    fn trimmed(&self, text: &str) -> Option<String> {
        if let Some(entry) = texts::weak_entry(text) {
            let name = |id: u64| {
                let node = self.graph.by_object_id(id)?;
                Some(self.shown(node))
            };
            return Some(entry.with_names(name(entry.key), name(entry.value)));
        }
        texts::trimmed(text)
    }

    /// What a node is called in the copy.
    fn shown(&self, node: NodeId) -> Cow<'a, str> {
        let own = self.graph.name_id(node);
        let text = self.graph.string(own);
        if is_value(self.graph, node) {
            return texts::placeholder("string", own, &text).into();
        }
        texts::trimmed(&text).map_or(text, Cow::Owned)
    }

    fn tally(&self) -> Redacted {
        let mut tally = Redacted {
            strings: self.uses.len() + self.added.len(),
            replaced: self.added.len(),
            ..Redacted::default()
        };
        for (at, used) in self.uses.iter().enumerate() {
            if self.text(StringId::at(at)).is_some() {
                *(if used.name { &mut tally.trimmed } else { &mut tally.replaced }) += 1;
                tally.keys += usize::from(used.key && !used.name);
            }
        }
        tally
    }
}

/// Whether the name of a node is something the program holds, not something it is made of.
fn is_value(graph: &HeapGraph, node: NodeId) -> bool {
    let name = graph.raw_string(graph.name_id(node));
    match graph.kind(node) {
        NodeKind::String | NodeKind::RegExp | NodeKind::Other => !name.is_empty(),
        NodeKind::ConsString => name != b"(concatenated string)",
        NodeKind::SlicedString => name != b"(sliced string)",
        NodeKind::Number => !matches!(name, b"number" | b"heap number" | b"smi number"),
        NodeKind::BigInt => name != b"bigint",
        _ => false,
    }
}
