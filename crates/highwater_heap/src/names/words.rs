//! The words by which V8 and the runtimes label what they show in a heap, looked up once for each snapshot.
//!
//! Names drift from version to version (`script_or_debug_info` became `script`, Deno adds the id of the scope to every
//! context), so each word here stands for all its forms. Checked on Node 20, 22, 24, 26 and Deno 2.9.

use crate::graph::{EdgeName, HeapGraph};
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

macro_rules! words {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A label that V8 or a runtime gives to a node or an edge.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Word { $(#[doc = $text] $name),* }

        const TEXTS: &[(&str, Word)] = &[$(($text, Word::$name)),*];
    };
}

words! {
    Array = "Array",
    ArrayBuffer = "ArrayBuffer",
    BackingStore = "backing_store",
    BoundFunction = "bound_function",
    Bindings = "bindings",
    Buffer = "buffer",
    Callback = "callback",
    Code = "code",
    Constructor = "constructor",
    Context = "context",
    Elements = "elements",
    ElementsStore = "(object elements)",
    Events = "_events",
    Extension = "extension",
    FeedbackCell = "feedback_cell",
    GlobalObject = "global_object",
    GlobalProxy = "global_proxy_object",
    First = "first",
    Function = "function",
    IdleNext = "_idleNext",
    IdlePrev = "_idlePrev",
    Immediate = "Immediate",
    KEvents = "<symbol kEvents>",
    Listener = "listener",
    ListenerClass = "Listener",
    Map = "Map",
    MapOfShape = "map",
    Object = "Object",
    OnImmediate = "_onImmediate",
    OnTimeout = "_onTimeout",
    Parent = "parent",
    Previous = "previous",
    Promise = "Promise",
    PromiseReaction = "system / PromiseReaction",
    Properties = "properties",
    PropertiesStore = "(object properties)",
    Proto = "__proto__",
    Prototype = "prototype",
    Reactions = "reactions_or_result",
    Registers = "parameters_and_registers",
    Repeat = "_repeat",
    ScopeInfo = "scope_info",
    Process = "process",
    Script = "script",
    ScriptOrDebugInfo = "script_or_debug_info",
    Set = "Set",
    Shared = "shared",
    Target = "target",
    Second = "second",
    SecurityToken = "security_token",
    Table = "table",
    This = "this",
    Timeout = "Timeout",
    Value = "value",
    WeakMap = "WeakMap",
    WeakSet = "WeakSet",
}

/// What V8 itself keeps, by the beginning of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum System {
    /// The captured variables of one scope.
    Context,
    /// The context of a realm: where chains of contexts end.
    NativeContext,
    /// A box with one value: an export of a module.
    Cell,
    /// What stands in a slot from which an entry was removed.
    Hole,
    /// An ES module.
    Module,
}

const SYSTEMS: &[(&str, System)] = &[
    ("system / Context", System::Context),
    ("system / NativeContext", System::NativeContext),
    ("system / Cell", System::Cell),
    ("system / Hole", System::Hole),
    ("system / SourceTextModule", System::Module),
];

/// Longest text that is looked at.
const LENGTH_MAX: usize = 64;

/// The words of one snapshot.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// By string: position in `said` + 1; 0 for nearly all. Every edge of a heap asks, so no map would do.
    by_string: Vec<u8>,
    said: Vec<Said>,
    has_systems: bool,
}

/// What a string says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Word(Word),
    System(System),
}

impl Words {
    /// One pass over the strings.
    pub(crate) fn find(graph: &HeapGraph) -> Words {
        let texts: FxHashMap<&[u8], Word> =
            TEXTS.iter().map(|(text, word)| (text.as_bytes(), *word)).collect();
        let lengths: FxHashSet<usize> = TEXTS.iter().map(|(text, _)| text.len()).collect();
        let found: Vec<(u32, Said)> = (0..graph.string_count() as u32)
            .into_par_iter()
            .filter_map(|id| {
                let raw = graph.raw_string(StringId::new(id));
                if raw.len() > LENGTH_MAX {
                    return None;
                }
                if lengths.contains(&raw.len())
                    && let Some(word) = texts.get(raw)
                {
                    return Some((id, Said::Word(*word)));
                }
                system(raw).map(|system| (id, Said::System(system)))
            })
            .collect();
        let mut words = Words { by_string: vec![0; graph.string_count()], ..Words::default() };
        for (id, what) in found {
            let known = words.said.iter().position(|said| *said == what).unwrap_or_else(|| {
                words.said.push(what);
                words.said.len() - 1
            });
            words.by_string[id as usize] = known as u8 + 1;
            words.has_systems |= matches!(what, Said::System(_));
        }
        words
    }

    /// The word that a string is.
    #[inline]
    pub(crate) fn word(&self, id: StringId) -> Option<Word> {
        match self.said(id)? {
            Said::Word(word) => Some(word),
            Said::System(_) => None,
        }
    }

    #[inline]
    fn said(&self, id: StringId) -> Option<Said> {
        let known = usize::from(*self.by_string.get(id.index())?);
        known.checked_sub(1).map(|at| self.said[at])
    }

    /// The word by which an edge is called.
    pub(crate) fn of_edge(&self, name: EdgeName) -> Option<Word> {
        match name {
            EdgeName::Named(id) => self.word(id),
            EdgeName::Index(_) => None,
        }
    }

    /// Whether an edge is called so.
    pub(crate) fn is(&self, name: EdgeName, word: Word) -> bool {
        self.of_edge(name) == Some(word)
    }

    /// What a node of V8's own is.
    pub(crate) fn system(&self, graph: &HeapGraph, node: NodeId) -> Option<System> {
        match self.said(graph.name_id(node))? {
            Said::System(system) => Some(system),
            Said::Word(_) => None,
        }
    }
}

fn system(raw: &[u8]) -> Option<System> {
    let (_, system) = SYSTEMS.iter().find(|(text, _)| {
        raw.strip_prefix(text.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b" /"))
    })?;
    Some(*system)
}

/// The global objects: what the contexts of realms call so, and what the root's shortcuts lead to.
pub(crate) fn globals(graph: &HeapGraph, words: &Words) -> FxHashSet<NodeId> {
    let shortcuts =
        graph.edges(graph.root()).filter(|edge| edge.kind == EdgeKind::Shortcut).map(|edge| edge.to);
    let mut found: FxHashSet<NodeId> =
        shortcuts.filter(|node| graph.kind(*node) == NodeKind::Object).collect();
    if !words.has_systems {
        return found;
    }
    let is_realm = |node: &NodeId| words.system(graph, *node) == Some(System::NativeContext);
    for realm in graph.nodes().filter(|node| may_be_system(graph.kind(*node))).filter(is_realm) {
        for edge in graph.edges(realm) {
            let word = words.of_edge(edge.name);
            let global = matches!(word, Some(Word::GlobalObject | Word::GlobalProxy | Word::SecurityToken));
            if global && graph.kind(edge.to) == NodeKind::Object {
                found.insert(edge.to);
            }
        }
    }
    found
}

fn may_be_system(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Hidden | NodeKind::Native | NodeKind::Object | NodeKind::Code)
}

/// The number that the name of an edge inside a backing store is.
pub(crate) fn slot(graph: &HeapGraph, name: EdgeName) -> Option<u64> {
    match name {
        EdgeName::Index(slot) => Some(u64::from(slot)),
        EdgeName::Named(id) => {
            let raw = graph.raw_string(id);
            if raw.is_empty() || raw.len() > 18 {
                return None;
            }
            raw.iter().try_fold(0, |slot, digit| {
                digit.is_ascii_digit().then(|| slot * 10 + u64::from(digit - b'0'))
            })
        }
    }
}
