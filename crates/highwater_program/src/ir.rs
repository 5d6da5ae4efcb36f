//! Facts of one file: its functions lowered to a compact, owned tree of the things that matter to memory.
//!
//! The tree keeps every expression that can create, reach, grow, shrink or release something, and the statement
//! structure that decides on which paths it happens. Comments, formatting, types beyond names and shapes, and
//! literal data are gone. It never refers to the parser's arena, so it may cross threads and be cached.

use std::ops::Index;

use bitcode::{Decode, Encode};
use highwater_finding::Problem;

use crate::names::NameIndex;
use crate::{FileRole, Suppression};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name(pub u32);
        impl $name {
            /// The absent id.
            pub const NONE: $name = $name(u32::MAX);
            /// False for [`Self::NONE`].
            #[inline]
            pub fn is_some(self) -> bool { self.0 != u32::MAX }
            /// `None` for the absent id.
            #[inline]
            pub fn get(self) -> Option<$name> { if self.is_some() { Some(self) } else { None } }
            /// As an index.
            #[inline]
            pub fn ix(self) -> usize { self.0 as usize }
        }
    )*};
}
ids! {
    /// An expression of one file.
    ExprId;
    /// A statement of one file.
    StmtId;
    /// A function of one file; 0 is the module body.
    FnId;
    /// A declared name of one file.
    BindingId;
    /// A class of one file.
    ClassId;
    /// A type written in one file.
    TypeId;
    /// An interned string of one file.
    Atom;
    /// A property of an object literal or JSX element of one file.
    PropId;
}

impl FnId {
    /// The module body.
    pub const MODULE: FnId = FnId(0);
}

/// A run of ids in [`FileFacts::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct List {
    /// First index.
    pub start: u32,
    /// How many.
    pub len: u32,
}

impl List {
    /// True when it holds nothing.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A byte range of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Encode, Decode)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// True when `other` lies within.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// Operators that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the operators name themselves")]
pub enum BinOp {
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    In,
    InstanceOf,
    Other,
}

/// Logical operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the operators name themselves")]
pub enum LogicalOp {
    And,
    Or,
    Nullish,
}

/// Assignment operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the operators name themselves")]
pub enum AssignOp {
    Set,
    Add,
    Sub,
    /// `??=`, `||=`, `&&=`.
    Logical,
    Other,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the operators name themselves")]
pub enum UnOp {
    Not,
    Minus,
    Typeof,
    Void,
    Delete,
    Other,
}

/// An expression. Children always have smaller ids than their parent.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
#[expect(missing_docs, reason = "fields are the operands in source order")]
pub enum Expr {
    /// Nothing worth keeping (also a hole, a literal table, an unreadable part).
    Missing,
    Str(Atom),
    /// Index into [`FileFacts::numbers`].
    Num(u32),
    Bool(bool),
    Null,
    Regex,
    /// Expressions of a template literal.
    Template(List),
    Ref(BindingId),
    Global(Atom),
    This,
    Super,
    Member {
        object: ExprId,
        property: Atom,
    },
    Index {
        object: ExprId,
        key: ExprId,
    },
    Call {
        callee: ExprId,
        args: List,
    },
    New {
        callee: ExprId,
        args: List,
    },
    /// `import(x)`.
    Import(ExprId),
    Fn(FnId),
    Class(ClassId),
    /// Property ids.
    Object(List),
    Array(List),
    Assign {
        op: AssignOp,
        target: ExprId,
        value: ExprId,
    },
    Update {
        target: ExprId,
        up: bool,
    },
    Unary {
        op: UnOp,
        value: ExprId,
    },
    Binary {
        op: BinOp,
        left: ExprId,
        right: ExprId,
    },
    Logical {
        op: LogicalOp,
        left: ExprId,
        right: ExprId,
    },
    Cond {
        test: ExprId,
        then: ExprId,
        other: ExprId,
    },
    Await(ExprId),
    Yield(ExprId),
    Spread(ExprId),
    Seq(List),
    Cast {
        value: ExprId,
        ty: TypeId,
    },
    /// `name` is a reference or a string; `parts` are expressions of attributes and children.
    Jsx {
        name: ExprId,
        parts: List,
    },
}

/// Key of a property.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Key {
    /// `a: 1`, `"a": 1`, `1: 1`.
    Named(Atom),
    /// `[k]: 1`.
    Computed(ExprId),
    /// `...x`.
    Spread,
}

/// A property of an object literal.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Prop {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub value: ExprId,
}

/// What kind of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the loops name themselves")]
pub enum LoopKind {
    For,
    While,
    DoWhile,
    ForOf,
    ForIn,
}

/// A statement. Blocks are lists of statement ids.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
#[expect(missing_docs, reason = "fields are the parts in source order")]
pub enum Stmt {
    Expr(ExprId),
    /// A declared binding with its initial value (possibly absent).
    Let {
        binding: BindingId,
        init: ExprId,
    },
    Return(ExprId),
    Throw(ExprId),
    If {
        test: ExprId,
        then: List,
        other: List,
    },
    /// `head` is the test, or the iterated value; `binding` the loop variable of for-of and for-in.
    Loop {
        kind: LoopKind,
        head: ExprId,
        binding: BindingId,
        body: List,
    },
    /// Index into [`FileFacts::tries`].
    Try(u32),
    /// Discriminant, and cases as an index range into [`FileFacts::cases`].
    Switch {
        value: ExprId,
        cases: List,
    },
    Block(List),
    Break,
    Continue,
    Fn(FnId),
    Class(ClassId),
}

/// try, catch, finally.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Try {
    /// Guarded statements.
    pub block: List,
    /// Catch parameter, or none.
    pub param: BindingId,
    /// Catch statements; `None` without a catch clause.
    pub catch: Option<List>,
    /// Finally statements; `None` without one.
    pub finally: Option<List>,
}

/// One case of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Case {
    /// The tested value; none for `default`.
    pub test: ExprId,
    /// Its statements.
    pub body: List,
}

/// How a name was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the declarations name themselves")]
pub enum BindingKind {
    Unknown,
    Var,
    Let,
    Const,
    Using,
    Param,
    Import,
    Fn,
    Class,
    Catch,
    Enum,
    Type,
}

/// A declared name.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Binding {
    /// Its name.
    pub name: Atom,
    /// How it was declared.
    pub kind: BindingKind,
    /// The function whose body declares it.
    pub func: FnId,
    /// Where its name stands.
    pub span: Span,
    /// Initial value; for a parameter its default.
    pub init: ExprId,
    /// Annotated type.
    pub ty: TypeId,
    /// Times it is assigned after its declaration.
    pub writes: u32,
    /// True when a function inside the declaring one mentions it.
    pub captured: bool,
    /// True when its declaration carries `export`.
    pub exported: bool,
    /// Function it names, for `Fn`.
    pub function: FnId,
    /// Class it names, for `Class`.
    pub class: ClassId,
}

impl Binding {
    /// A name of which nothing but its declaration is known yet.
    pub(crate) fn new(name: Atom, kind: BindingKind, func: FnId, span: Span) -> Binding {
        Binding {
            name,
            kind,
            func,
            span,
            init: ExprId::NONE,
            ty: TypeId::NONE,
            writes: 0,
            captured: false,
            exported: false,
            function: FnId::NONE,
            class: ClassId::NONE,
        }
    }
}

/// How a function was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the forms name themselves")]
pub enum FnKind {
    Module,
    Plain,
    Arrow,
    Method,
    Getter,
    Setter,
    Constructor,
    /// Field initialisers and static blocks of a class.
    ClassInit,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Function {
    /// Its own name, or the name of what it is assigned to; the empty string when it has none.
    pub name: Atom,
    /// How it was written.
    pub kind: FnKind,
    /// The whole function.
    pub span: Span,
    /// Parameters, as bindings in order; a destructured parameter is a nameless binding.
    pub params: List,
    /// True when the last parameter is a rest parameter.
    pub rest: bool,
    /// The function around it.
    pub parent: FnId,
    /// The class it is a member of.
    pub class: ClassId,
    /// Static member.
    pub is_static: bool,
    /// `async`.
    pub is_async: bool,
    /// `function*`.
    pub is_generator: bool,
    /// Statements.
    pub body: List,
    /// Annotated return type.
    pub ret: TypeId,
    /// Decorators, as expressions.
    pub decorators: List,
}

/// A field of a class.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Field {
    /// Its name; private names keep their `#`.
    pub name: Atom,
    /// Where.
    pub span: Span,
    /// Static.
    pub is_static: bool,
    /// Annotated type.
    pub ty: TypeId,
    /// Initial value.
    pub init: ExprId,
    /// Set from a constructor parameter of this position (`constructor(private x: X)`).
    pub param: Option<u16>,
}

/// A method of a class.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Method {
    /// Its name; private names keep their `#`.
    pub name: Atom,
    /// Its function.
    pub func: FnId,
    /// Static.
    pub is_static: bool,
    /// `private`, `protected` or `#`.
    pub is_hidden: bool,
}

/// A class, or a constructor function with a prototype.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Class {
    /// Its name; empty when anonymous.
    pub name: Atom,
    /// Where its name stands.
    pub span: Span,
    /// Base class expression.
    pub base: ExprId,
    /// Names it implements.
    pub implements: Vec<Atom>,
    /// Fields, in order.
    pub fields: Vec<Field>,
    /// Methods, in order; the constructor is among them as `constructor`.
    pub methods: Vec<Method>,
    /// Decorators, as expressions.
    pub decorators: List,
    /// The function around it.
    pub parent: FnId,
    /// Constructor function it was made from, for prototype style.
    pub from_fn: FnId,
}

/// A written type, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Type {
    /// `A`, `A.B`, `A<X>`; the binding of `A` when it is declared or imported in this file.
    Named {
        /// Dotted name.
        name: Atom,
        /// Binding of its head, or none.
        binding: BindingId,
        /// Type arguments.
        args: List,
    },
    /// `T[]`, `readonly T[]`.
    Array(TypeId),
    /// `A | B`, also optional and nullable.
    Union(List),
    /// A string, number or boolean literal, or an enum-like constant.
    Literal,
    /// string.
    String,
    /// number, bigint.
    Number,
    /// boolean.
    Boolean,
    /// null, undefined, void.
    Nothing,
    /// A function type with its result.
    Function(TypeId),
    /// `{ a: A }`: a list of alternating atom and type ids.
    Object(List),
    /// `{ [k: string]: T }`: key type and value type.
    Dictionary(TypeId, TypeId),
    /// `keyof X`.
    Keyof,
    /// Anything else.
    Other,
}

/// A named type declaration.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct TypeDecl {
    /// Its binding.
    pub binding: BindingId,
    /// What it stands for.
    pub ty: TypeId,
    /// True for an enum.
    pub is_enum: bool,
}

/// One imported name.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Import {
    /// Module specifier.
    pub source: Atom,
    /// Exported name there: `default`, `*` for the namespace.
    pub name: Atom,
    /// Local binding.
    pub local: BindingId,
}

/// One exported name.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Export {
    /// `export { local as name }`, `export const name`.
    Local {
        /// Exported name.
        name: Atom,
        /// Binding.
        binding: BindingId,
    },
    /// `export default expr`, `module.exports = expr`, `exports.name = expr`.
    Value {
        /// Exported name; `default` for the whole of `module.exports` too.
        name: Atom,
        /// Value.
        value: ExprId,
    },
    /// `export { name as alias } from 'source'`.
    From {
        /// Exported name; `*` for `export *`.
        name: Atom,
        /// Name there; `*` for the namespace.
        imported: Atom,
        /// Module specifier.
        source: Atom,
    },
}

/// What one file says.
#[derive(Clone, Debug, Encode, Decode)]
pub struct FileFacts {
    /// Path relative to the scanned root, `/` between parts.
    #[bitcode(skip)]
    pub path: String,
    /// Its part in the code base.
    pub role: FileRole,
    /// Number of lines.
    pub lines: u32,
    /// Bytes.
    pub bytes: u32,
    /// Byte offset of each line's start; ascending, the first is 0.
    pub line_starts: Vec<u32>,
    /// `// highwater-ignore` comments.
    pub suppressions: Vec<Suppression>,
    /// Syntax errors.
    #[bitcode(skip)]
    pub problems: Vec<Problem>,
    /// Interned strings: all of them in one text, with end offsets.
    pub atoms: Atoms,
    /// Expressions; children before parents.
    pub exprs: Vec<Expr>,
    /// Spans, same order.
    pub spans: Vec<Span>,
    /// Statements; a block's statements before the statement that holds the block.
    pub stmts: Vec<Stmt>,
    /// First byte of each statement, same order.
    pub stmt_spans: Vec<Span>,
    /// Backing store of every [`List`].
    pub lists: Vec<u32>,
    /// Number literals.
    pub numbers: Vec<f64>,
    /// Properties.
    pub props: Vec<Prop>,
    /// try statements.
    pub tries: Vec<Try>,
    /// switch cases.
    pub cases: Vec<Case>,
    /// Names.
    pub bindings: Vec<Binding>,
    /// Functions; the first is the module body.
    pub functions: Vec<Function>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Types.
    pub types: Vec<Type>,
    /// Named type declarations.
    pub type_decls: Vec<TypeDecl>,
    /// Type arguments of `new X<A>()` and `f<A>()`, sorted by expression.
    pub type_args: Vec<(ExprId, List)>,
    /// Imports, `require` included.
    pub imports: Vec<Import>,
    /// Exports, CommonJS included.
    pub exports: Vec<Export>,
    /// Module specifiers, sorted and unique.
    pub sources: Vec<Atom>,
    /// Constructor functions held in a property: `internals.Socket = function () {}`.
    pub member_classes: Vec<(BindingId, Atom, ClassId)>,
    /// Look-ups by name in large classes and object literals.
    pub names: NameIndex,
    /// True for JSX, Vue, Svelte and Astro files: code of user interfaces.
    pub is_component: bool,
    /// Vue, Svelte, Astro: script block of a component.
    pub is_block: bool,
}

/// Interned strings of one file.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub struct Atoms {
    text: String,
    ends: Vec<u32>,
}

impl Atoms {
    /// Appends a string and gives its id; the caller makes sure that it is new.
    pub(crate) fn push(&mut self, s: &str) -> Atom {
        self.text.push_str(s);
        self.ends.push(self.text.len() as u32);
        Atom(self.ends.len() as u32 - 1)
    }

    /// The text of an atom; empty for [`Atom::NONE`].
    #[inline]
    pub fn get(&self, atom: Atom) -> &str {
        if !atom.is_some() {
            return "";
        }
        let start = if atom.0 == 0 { 0 } else { self.ends[atom.ix() - 1] as usize };
        &self.text[start..self.ends[atom.ix()] as usize]
    }

    /// Those with one of these texts.
    pub fn among(&self, texts: &[&str]) -> Vec<Atom> {
        (0..self.ends.len() as u32).map(Atom).filter(|a| texts.contains(&self.get(*a))).collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl FileFacts {
    /// An expression.
    #[inline]
    pub fn expr(&self, id: ExprId) -> Expr {
        if id.is_some() { self.exprs[id.ix()] } else { Expr::Missing }
    }

    /// Its span.
    #[inline]
    pub fn span(&self, id: ExprId) -> Span {
        if id.is_some() { self.spans[id.ix()] } else { Span::default() }
    }

    /// Ids of a list.
    #[inline]
    pub fn ids(&self, list: List) -> &[u32] {
        &self.lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// Expressions of a list.
    #[inline]
    pub fn exprs_of(&self, list: List) -> impl DoubleEndedIterator<Item = ExprId> + ExactSizeIterator + '_ {
        self.ids(list).iter().map(|&i| ExprId(i))
    }

    /// The nth expression of a list, or none.
    #[inline]
    pub fn nth(&self, list: List, n: usize) -> ExprId {
        self.ids(list).get(n).map_or(ExprId::NONE, |&i| ExprId(i))
    }

    /// Statements of a list.
    #[inline]
    pub fn stmts_of(&self, list: List) -> impl DoubleEndedIterator<Item = StmtId> + ExactSizeIterator + '_ {
        self.ids(list).iter().map(|&i| StmtId(i))
    }

    /// Properties of an object literal.
    pub fn props_of(&self, list: List) -> impl Iterator<Item = Prop> + '_ {
        self.ids(list).iter().map(|&i| self.props[i as usize])
    }

    /// Types of a list.
    pub fn types_of(&self, list: List) -> impl Iterator<Item = TypeId> + '_ {
        self.ids(list).iter().map(|&i| TypeId(i))
    }

    /// Parameters of a function.
    pub fn params(&self, f: FnId) -> impl Iterator<Item = BindingId> + '_ {
        self.ids(self.functions[f.ix()].params).iter().map(|&i| BindingId(i))
    }

    /// A type.
    #[inline]
    pub fn ty(&self, id: TypeId) -> Type {
        if id.is_some() { self.types[id.ix()] } else { Type::Other }
    }

    /// Text of an atom.
    #[inline]
    pub fn str(&self, atom: Atom) -> &str {
        self.atoms.get(atom)
    }

    /// Name of a binding.
    #[inline]
    pub fn name_of(&self, binding: BindingId) -> &str {
        self.str(self.bindings[binding.ix()].name)
    }

    /// The class that a property of a name holds: `internals.Socket`.
    pub fn member_class(&self, object: BindingId, property: Atom) -> Option<ClassId> {
        let name = self.str(property);
        self.member_classes.iter().find(|(b, a, _)| *b == object && self.str(*a) == name).map(|x| x.2)
    }

    /// Looks through casts, `await`, and `x!`.
    #[inline]
    pub fn plain(&self, mut id: ExprId) -> ExprId {
        while let Expr::Cast { value, .. } = self.expr(id) {
            id = value;
        }
        id
    }

    /// Looks through casts and `await`.
    #[inline]
    pub fn awaited(&self, mut id: ExprId) -> ExprId {
        loop {
            match self.expr(id) {
                Expr::Cast { value, .. } | Expr::Await(value) => id = value,
                _ => return id,
            }
        }
    }

    /// Type arguments written at a call or `new`.
    pub fn type_args_of(&self, id: ExprId) -> List {
        self.type_args.binary_search_by_key(&id, |t| t.0).map_or(List::default(), |i| self.type_args[i].1)
    }

    /// 1-based line and 1-based byte column of an offset.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&s| s <= offset).max(1);
        (line as u32, offset - self.line_starts[line - 1] + 1)
    }
}

impl Index<BindingId> for FileFacts {
    type Output = Binding;
    #[inline]
    fn index(&self, id: BindingId) -> &Binding {
        &self.bindings[id.ix()]
    }
}

impl Index<FnId> for FileFacts {
    type Output = Function;
    #[inline]
    fn index(&self, id: FnId) -> &Function {
        &self.functions[id.ix()]
    }
}

impl Index<ClassId> for FileFacts {
    type Output = Class;
    #[inline]
    fn index(&self, id: ClassId) -> &Class {
        &self.classes[id.ix()]
    }
}
