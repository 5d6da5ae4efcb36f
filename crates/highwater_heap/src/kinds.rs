//! What kinds of nodes and edges there are. Snapshots name them in `snapshot.meta`; a name that is not known here is
//! `Other`, and nothing is lost but its special treatment.
//!
//! Source of the names: `HeapEntry::Type` and `HeapGraphEdge::Type` in V8's `src/profiler/heap-snapshot-generator.h`.

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NodeKind {
    /// Something of V8's own that the page or program cannot see.
    Hidden,
    /// A backing store of an array, map, set or object.
    Array,
    /// A string.
    String,
    /// An object with a constructor.
    Object,
    /// Compiled code and what belongs to it.
    Code,
    /// A function with its captured variables.
    Closure,
    /// A regular expression.
    RegExp,
    /// A number on the heap.
    Number,
    /// Something the embedder (Node, Chrome, Deno) holds.
    Native,
    /// A root, or a group of roots; not an object.
    Synthetic,
    /// Two strings that are one.
    ConsString,
    /// A part of another string.
    SlicedString,
    /// A symbol.
    Symbol,
    /// A big integer.
    BigInt,
    /// A hidden class, or a part of one.
    ObjectShape,
    /// An object of WebAssembly.
    WasmObject,
    /// A kind that this version does not know.
    Other,
}

impl NodeKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [NodeKind; 17] = [
        NodeKind::Hidden,
        NodeKind::Array,
        NodeKind::String,
        NodeKind::Object,
        NodeKind::Code,
        NodeKind::Closure,
        NodeKind::RegExp,
        NodeKind::Number,
        NodeKind::Native,
        NodeKind::Synthetic,
        NodeKind::ConsString,
        NodeKind::SlicedString,
        NodeKind::Symbol,
        NodeKind::BigInt,
        NodeKind::ObjectShape,
        NodeKind::WasmObject,
        NodeKind::Other,
    ];

    /// V8's word for it.
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Hidden => "hidden",
            NodeKind::Array => "array",
            NodeKind::String => "string",
            NodeKind::Object => "object",
            NodeKind::Code => "code",
            NodeKind::Closure => "closure",
            NodeKind::RegExp => "regexp",
            NodeKind::Number => "number",
            NodeKind::Native => "native",
            NodeKind::Synthetic => "synthetic",
            NodeKind::ConsString => "concatenated string",
            NodeKind::SlicedString => "sliced string",
            NodeKind::Symbol => "symbol",
            NodeKind::BigInt => "bigint",
            NodeKind::ObjectShape => "object shape",
            NodeKind::WasmObject => "wasm object",
            NodeKind::Other => "other",
        }
    }

    /// By V8's word; `Other` for a word that is not known.
    pub fn of_word(word: &str) -> NodeKind {
        NodeKind::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(NodeKind::Other)
    }

    /// Whether it is text of any form.
    pub fn is_string(self) -> bool {
        matches!(self, NodeKind::String | NodeKind::ConsString | NodeKind::SlicedString)
    }
}

/// What a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EdgeKind {
    /// A captured variable: from a context to its value.
    Context,
    /// An element of an array, by number.
    Element,
    /// A property, by name.
    Property,
    /// A reference that V8 keeps and the program cannot name.
    Internal,
    /// One that V8 does not name.
    Hidden,
    /// A second, shorter way to show something; from the root it marks the global objects.
    Shortcut,
    /// One that keeps nothing alive.
    Weak,
    /// A kind that this version does not know.
    Other,
}

impl EdgeKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [EdgeKind; 8] = [
        EdgeKind::Context,
        EdgeKind::Element,
        EdgeKind::Property,
        EdgeKind::Internal,
        EdgeKind::Hidden,
        EdgeKind::Shortcut,
        EdgeKind::Weak,
        EdgeKind::Other,
    ];

    /// V8's word for it.
    pub fn word(self) -> &'static str {
        match self {
            EdgeKind::Context => "context",
            EdgeKind::Element => "element",
            EdgeKind::Property => "property",
            EdgeKind::Internal => "internal",
            EdgeKind::Hidden => "hidden",
            EdgeKind::Shortcut => "shortcut",
            EdgeKind::Weak => "weak",
            EdgeKind::Other => "other",
        }
    }

    /// By V8's word; `Other` for a word that is not known.
    pub fn of_word(word: &str) -> EdgeKind {
        EdgeKind::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(EdgeKind::Other)
    }

    /// Whether its name is a number and not a string.
    pub fn is_numbered(self) -> bool {
        matches!(self, EdgeKind::Element | EdgeKind::Hidden)
    }
}
