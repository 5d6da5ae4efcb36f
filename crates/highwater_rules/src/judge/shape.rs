//! What a stored value weighs, from what the code says about its shape.
//!
//! Words are 8 bytes: Node builds V8 without pointer compression. An object is a header of three words and a word a
//! field; what cannot be seen counts as a small object. Nested values are followed two levels down.

use highwater_program::graph::{ClassRef, ExprRef, Kind, Ty};
use highwater_program::ir::*;

use super::Context;
use super::kinds::words;

/// Map, properties and elements pointers.
const OBJECT_BYTES: u64 = 24;
const WORD_BYTES: u64 = 8;
/// An identifier, a name, a timestamp in text: header and some forty characters.
const STRING_BYTES: u64 = 56;
/// A sentence or more.
const TEXT_BYTES: u64 = 100;
/// Closure with its context slot.
const FUNCTION_BYTES: u64 = 64;
/// An empty map or set owns its first table.
const TABLE_BYTES: u64 = 208;
const DATE_BYTES: u64 = 96;
const PROMISE_BYTES: u64 = 112;
/// A socket, request or response with its buffers.
const LIVE_BYTES: u64 = 4096;
/// What the code does not say.
const UNKNOWN_BYTES: u64 = 100;
/// Entries assumed in a list or table inside a value.
const LIST_LEN: u64 = 4;
const DEPTH: u8 = 3;

/// Weight and make-up of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Bytes.
    pub bytes: u64,
    /// Fields of the outermost object.
    fields: u64,
    objects: u64,
    strings: u64,
    lists: u64,
    functions: u64,
    live: u64,
    unknown: u64,
}

impl Shape {
    /// "object of 8 fields, 5 strings, 1 list"; empty for a bare number.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        let mut put = |n: u64, one: &str, many: &str| match n {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        };
        put(self.strings, "string", "strings");
        put(self.lists, "list", "lists");
        put(self.functions, "function", "functions");
        put(self.live, "live socket, stream or client", "live sockets, streams or clients");
        put(
            self.unknown,
            "value of unknown make (100 B assumed)",
            "values of unknown make (100 B assumed each)",
        );
        match (self.objects, self.fields) {
            (0, _) => {}
            (1, n) => parts.insert(0, format!("object of {n} field{}", if n == 1 { "" } else { "s" })),
            (m, n) => parts
                .insert(0, format!("{m} objects, the outer of {n} field{}", if n == 1 { "" } else { "s" })),
        }
        parts.join(", ")
    }

    fn string(&mut self, name: &str) {
        self.strings += 1;
        let long = words(name).iter().any(|w| LONG.contains(&w.as_str()));
        self.bytes += if long { TEXT_BYTES } else { STRING_BYTES };
    }

    fn unknown(&mut self) {
        self.unknown += 1;
        self.bytes += UNKNOWN_BYTES;
    }

    fn object(&mut self, fields: usize) {
        self.objects += 1;
        if self.objects == 1 {
            self.fields = fields as u64;
        }
        self.bytes += OBJECT_BYTES + WORD_BYTES * fields as u64;
    }

    fn list(&mut self, element: &Shape, slot_bytes: u64) {
        self.lists += 1;
        self.bytes += OBJECT_BYTES + 2 * WORD_BYTES + LIST_LEN * (slot_bytes + element.bytes);
    }
}

const LONG: &[&str] = &[
    "text",
    "content",
    "body",
    "message",
    "prompt",
    "html",
    "description",
    "data",
    "payload",
    "idea",
    "query",
    "stack",
    "output",
    "input",
    "response",
    "url",
    "comment",
    "note",
    "answer",
    "question",
    "reason",
];

/// The value that an expression stores, helped by the declared type of the holder's elements.
pub fn of_value(cx: &Context<'_>, e: ExprRef, element: &Ty) -> Shape {
    let mut out = Shape::default();
    let telling = matches!(element, Ty::Instance(_) | Ty::Shape(_) | Ty::Coll(..));
    if telling && !is_plain_literal(cx, e) {
        of_ty(cx, element, "", 0, &mut out);
    } else {
        of_expr(cx, e, "", 0, &mut out);
    }
    out
}

/// An object literal without spreads says all.
fn is_plain_literal(cx: &Context<'_>, e: ExprRef) -> bool {
    let f = cx.l.file(e.file);
    match f.expr(f.plain(e.id)) {
        Expr::Object(list) => f.props_of(list).all(|p| p.key != Key::Spread),
        _ => false,
    }
}

fn of_expr(cx: &Context<'_>, e: ExprRef, name: &str, depth: u8, out: &mut Shape) {
    let f = cx.l.file(e.file);
    let id = f.awaited(e.id);
    match f.expr(id) {
        // Literals are shared by every entry.
        Expr::Num(_)
        | Expr::Bool(_)
        | Expr::Null
        | Expr::Str(_)
        | Expr::Update { .. }
        | Expr::Unary { .. } => {}
        Expr::Template(_) => out.string(name),
        Expr::Binary { op: BinOp::Add, left, right } => {
            let text = |x| matches!(f.expr(x), Expr::Str(_) | Expr::Template(_));
            if text(left) || text(right) {
                out.string(name);
            }
        }
        Expr::Binary { .. } => {}
        Expr::Object(list) if depth < DEPTH => {
            out.object(list.len as usize);
            for p in f.props_of(list) {
                let key = if let Key::Named(k) = p.key { f.str(k) } else { "" };
                of_expr(cx, e.with(p.value), key, depth + 1, out);
            }
        }
        // Not by its type, which is the literal itself.
        Expr::Object(_) => out.unknown(),
        Expr::Array(list) => {
            let mut element = Shape::default();
            of_expr(cx, e.with(f.nth(list, 0)), name, depth + 2, &mut element);
            out.list(&element, WORD_BYTES);
        }
        Expr::Fn(_) => out.function(),
        Expr::Ref(b) => of_name(cx, e.with(id), b, name, depth, out),
        Expr::Member { property, .. } => of_ty_or_name(cx, e.with(id), f.str(property), depth, out),
        Expr::Call { callee, .. } => {
            let called = highwater_program::graph::entry::callee_name(f, callee).unwrap_or("");
            if matches!(called, "now" | "getTime" | "Number" | "parseInt" | "round" | "floor") {
                return;
            }
            if is_text_call(called) {
                out.string(name);
                return;
            }
            of_ty_or_name(cx, e.with(id), name, depth, out);
        }
        _ => of_ty_or_name(cx, e.with(id), name, depth, out),
    }
}

fn is_text_call(name: &str) -> bool {
    matches!(
        name,
        "String"
            | "toString"
            | "toISOString"
            | "trim"
            | "stringify"
            | "randomUUID"
            | "uuid"
            | "nanoid"
            | "join"
    ) || name.ends_with("Id")
}

/// A local literal is looked into; everything else goes by its type.
fn of_name(cx: &Context<'_>, e: ExprRef, b: BindingId, name: &str, depth: u8, out: &mut Shape) {
    let f = cx.l.file(e.file);
    let init = f[b].init;
    let own = if name.is_empty() { f.name_of(b) } else { name };
    if init.is_some() && f[b].kind != BindingKind::Param && depth < DEPTH {
        match f.expr(f.plain(init)) {
            Expr::Object(_) | Expr::Template(_) | Expr::Num(_) | Expr::Call { .. } | Expr::New { .. } => {
                return of_expr(cx, e.with(init), own, depth + 1, out);
            }
            _ => {}
        }
    }
    of_ty_or_name(cx, e, own, depth, out);
}

fn of_ty_or_name(cx: &Context<'_>, e: ExprRef, name: &str, depth: u8, out: &mut Shape) {
    of_ty(cx, &cx.l.type_of(e), name, depth, out);
}

/// Adds a value of a type.
fn of_ty(cx: &Context<'_>, ty: &Ty, name: &str, depth: u8, out: &mut Shape) {
    if depth > DEPTH {
        return out.unknown();
    }
    match ty {
        Ty::Unknown if is_number_name(name) => {}
        Ty::Unknown => out.unknown(),
        Ty::Finite | Ty::ClassOf(_) => {}
        Ty::Primitive if is_number_name(name) => {}
        Ty::Primitive => out.string(name),
        Ty::Fn(_) | Ty::AnyFn => out.function(),
        Ty::Timer => {
            out.live += 1;
            out.bytes += 160;
        }
        Ty::Lib(_) => {
            out.live += 1;
            out.bytes += LIVE_BYTES;
        }
        Ty::External(_, made) => external(made, out),
        Ty::Instance(c) => of_class(cx, *c, depth, out),
        Ty::Literal(o) => of_expr(cx, *o, name, depth, out),
        Ty::Shape(t) => of_written(cx, t.file, t.id, name, depth, out),
        Ty::Coll(kind, element) => {
            let mut inner = Shape::default();
            of_ty(cx, element, name, depth + 2, &mut inner);
            match kind {
                Kind::Map | Kind::Set => {
                    out.lists += 1;
                    out.bytes += TABLE_BYTES + LIST_LEN * inner.bytes;
                }
                Kind::Object => out.list(&inner, 3 * WORD_BYTES + STRING_BYTES),
                _ => out.list(&inner, WORD_BYTES),
            }
        }
    }
}

fn external(made: &str, out: &mut Shape) {
    match made.strip_prefix("new ").unwrap_or(made) {
        "Date" => out.bytes += DATE_BYTES,
        "Promise" => out.bytes += PROMISE_BYTES,
        "Error" => out.bytes += 2 * UNKNOWN_BYTES,
        _ => out.unknown(),
    }
}

fn of_class(cx: &Context<'_>, c: ClassRef, depth: u8, out: &mut Shape) {
    let f = cx.l.file(c.file);
    let class = cx.l.class(c);
    let fields: Vec<&Field> = class.fields.iter().filter(|x| !x.is_static).collect();
    out.object(fields.len());
    if depth + 1 > DEPTH {
        return;
    }
    for field in fields {
        // What is handed in is shared with others.
        if field.param.is_some() {
            continue;
        }
        let name = f.str(field.name);
        if field.ty.is_some() {
            of_written(cx, c.file, field.ty, name, depth + 1, out);
        } else if field.init.is_some() {
            of_expr(cx, c.with(field.init), name, depth + 1, out);
        }
    }
}

/// Adds a value of a written type; the annotation tells numbers from strings, which [`Ty`] does not.
fn of_written(
    cx: &Context<'_>,
    file: highwater_program::graph::FileId,
    t: TypeId,
    name: &str,
    depth: u8,
    out: &mut Shape,
) {
    if depth > DEPTH {
        return out.unknown();
    }
    let f = cx.l.file(file);
    match f.ty(t) {
        Type::String => out.string(name),
        Type::Number | Type::Boolean | Type::Nothing | Type::Literal | Type::Keyof => {}
        Type::Function(_) => out.function(),
        Type::Array(element) => {
            let mut inner = Shape::default();
            of_written(cx, file, element, name, depth + 1, &mut inner);
            out.list(&inner, WORD_BYTES);
        }
        Type::Union(list) => {
            if let Some(first) = f.types_of(list).find(|&x| !matches!(f.ty(x), Type::Nothing | Type::Literal))
            {
                of_written(cx, file, first, name, depth, out);
            }
        }
        Type::Object(list) => {
            let members: Vec<u32> = f.ids(list).to_vec();
            out.object(members.len() / 2);
            for pair in members.chunks_exact(2) {
                of_written(cx, file, TypeId(pair[1]), f.str(Atom(pair[0])), depth + 1, out);
            }
        }
        Type::Named { name: n, binding, .. } if !binding.is_some() && f.str(n) == "Date" => {
            out.bytes += DATE_BYTES;
        }
        Type::Named { .. } | Type::Dictionary(..) => {
            let at = highwater_program::graph::At { file, id: t };
            match cx.l.written(at, 0) {
                Ty::Shape(s) if s.id == t && s.file == file => out.unknown(),
                ty => of_ty(cx, &ty, name, depth, out),
            }
        }
        Type::Other => out.unknown(),
    }
}

impl Shape {
    fn function(&mut self) {
        self.functions += 1;
        self.bytes += FUNCTION_BYTES;
    }
}

fn is_number_name(name: &str) -> bool {
    const NUMBERS: &[&str] = &[
        "at",
        "time",
        "ts",
        "timestamp",
        "count",
        "size",
        "ms",
        "seconds",
        "age",
        "ttl",
        "index",
        "amount",
        "score",
        "port",
        "total",
        "duration",
        "expiry",
        "expires",
        "now",
        "length",
        "number",
        "retries",
        "attempts",
        "offset",
    ];
    words(name).last().is_some_and(|w| NUMBERS.contains(&w.as_str()))
}

/// The name of a type, when it has one.
pub fn type_name(cx: &Context<'_>, ty: &Ty) -> Option<String> {
    let name = match ty {
        Ty::Instance(c) => cx.l.file(c.file).str(cx.l.class(*c).name).to_string(),
        Ty::Shape(t) => {
            let f = cx.l.file(t.file);
            f.type_decls.iter().find(|d| d.ty == t.id).map(|d| f.name_of(d.binding).to_string())?
        }
        Ty::Lib(name) => name.rsplit('.').next().unwrap_or(name).to_string(),
        Ty::External(_, made) => made.strip_prefix("new ")?.to_string(),
        _ => return None,
    };
    (!name.is_empty()).then_some(name)
}
