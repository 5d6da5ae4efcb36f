//! Source text made from facts: names, receivers and types of the place at hand, for the code in remedies.

use highwater_program::graph::linked::TypeRef;
use highwater_program::graph::{Base, ExprRef, FileId, Op, Seg};
use highwater_program::ir::*;

use super::Context;
use super::cap::Cap;
use super::kinds::words;
use super::retention::Retained;

const DEPTH: u8 = 5;

/// What remedies call things.
#[derive(Clone, Debug)]
pub struct Names {
    /// The file of the place.
    pub file: FileId,
    /// True when the code is TypeScript.
    pub typed: bool,
    /// The name of the place: `projects`, `#sessions`.
    pub symbol: String,
    /// How the growing code writes the place: `projects`, `this.sessions`, `memory.facts`.
    pub receiver: String,
    /// Type of keys, or of members: `string`.
    pub key: String,
    /// Type of values: `Project`.
    pub value: String,
    /// Key as the growing code writes it: `project.id`.
    pub key_code: String,
    /// Value as the growing code writes it: `project`.
    pub value_code: String,
    /// How many entries are enough.
    pub cap: Cap,
}

impl Names {
    /// Looks the names up.
    pub fn of(cx: &Context<'_>, r: &Retained) -> Names {
        let (file, _) = cx.l.declaration(&r.place);
        let op = r.grows.first().map(|(op, _)| op);
        let at = op.map(|o| o.site.file);
        let path = &cx.l.file(file).path;
        let typed =
            [".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".astro"].iter().any(|e| path.ends_with(e));
        let symbol = cx.l.place_symbol(&r.place);
        let (key, value) = types(cx, r).unwrap_or_else(|| ("string".into(), "unknown".into()));
        let code =
            |e: ExprId| at.and_then(|file| of_expr(cx, highwater_program::graph::At { file, id: e }, 0));
        let key_code = op.and_then(|o| code(o.key)).unwrap_or_else(|| "/* the key, as now */".into());
        let value_code = op.and_then(|o| code(o.value)).unwrap_or_else(|| "/* the value, as now */".into());
        let receiver = op.and_then(|o| receiver(cx, o)).unwrap_or_else(|| own_name(r, &symbol));
        Names { file, typed, symbol, receiver, key, value, key_code, value_code, cap: Cap::of(cx, r) }
    }

    /// `ts` or `js`.
    pub fn language(&self) -> &'static str {
        if self.typed { "ts" } else { "js" }
    }

    /// `MAX_PROJECTS`.
    pub fn max(&self) -> String {
        let name = words(&self.symbol).join("_").to_uppercase();
        if name.is_empty() || name.len() > 24 { "MAX_ENTRIES".into() } else { format!("MAX_{name}") }
    }

    /// The limit with what it was computed from: a comment and a constant.
    pub fn max_line(&self) -> String {
        format!("// {}\nconst {} = {};", self.cap.because, self.max(), self.cap.literal())
    }

    /// `<string, Project>` in TypeScript.
    pub fn pair(&self) -> String {
        let known = self.key != "unknown" && self.value != "unknown";
        if self.typed && known { format!("<{}, {}>", self.key, self.value) } else { String::new() }
    }

    /// `Projects`, for the names of new functions.
    pub fn pascal(&self) -> String {
        words(&self.symbol).iter().map(|w| super::wording::capital(w)).collect()
    }
}

fn own_name(r: &Retained, symbol: &str) -> String {
    let field = matches!(r.place.base, Base::Field(..)) && r.place.path.is_empty();
    if field { format!("this.{symbol}") } else { symbol.to_string() }
}

/// The collection as the growing code writes it.
pub fn receiver(cx: &Context<'_>, op: &Op) -> Option<String> {
    let f = cx.l.file(op.site.file);
    let object = match f.expr(op.site.id) {
        Expr::Call { callee, .. } => match f.expr(callee) {
            Expr::Member { object, .. } => object,
            _ => return None,
        },
        Expr::Assign { target, .. } => match f.expr(target) {
            Expr::Index { object, .. } => object,
            _ => target,
        },
        _ => return None,
    };
    of_expr(cx, op.site.with(object), 0)
}

/// The text of a short expression; nothing for what would have to be guessed.
pub fn of_expr(cx: &Context<'_>, e: ExprRef, depth: u8) -> Option<String> {
    if depth > DEPTH || !e.id.is_some() {
        return None;
    }
    let f = cx.l.file(e.file);
    let text = match f.expr(f.plain(e.id)) {
        Expr::Ref(b) => f.name_of(b).to_string(),
        Expr::Global(g) => f.str(g).to_string(),
        Expr::This => "this".into(),
        Expr::Num(i) => f.numbers.get(i as usize)?.to_string(),
        Expr::Bool(b) => b.to_string(),
        Expr::Str(s) => format!("'{}'", f.str(s)),
        Expr::Member { object, property } => {
            let (of, name) = (of_expr(cx, e.with(object), depth + 1)?, f.str(property));
            if is_bracketed(f, f.plain(e.id), object, name) {
                format!("{of}[{name}]")
            } else {
                format!("{of}.{name}")
            }
        }
        Expr::Index { object, key } => {
            let (object, key) =
                (of_expr(cx, e.with(object), depth + 1)?, of_expr(cx, e.with(key), depth + 1)?);
            format!("{object}[{key}]")
        }
        Expr::Call { callee, args } => {
            let args: Option<Vec<String>> =
                f.exprs_of(args).map(|a| of_expr(cx, e.with(a), depth + 1)).collect();
            format!("{}({})", of_expr(cx, e.with(callee), depth + 1)?, args?.join(", "))
        }
        Expr::Object(list) => {
            let members: Option<Vec<String>> = f.props_of(list).map(|p| member(cx, e, p, depth)).collect();
            format!("{{ {} }}", members?.join(", "))
        }
        _ => return None,
    };
    (!text.is_empty() && text.len() <= 80 && !text.contains('\n')).then_some(text)
}

/// `this[kClients]` with a constant symbol: a member to the graph, an index to the reader.
fn is_bracketed(f: &FileFacts, member: ExprId, object: ExprId, name: &str) -> bool {
    let written = f.span(member).end.saturating_sub(f.span(object).end) as usize;
    written == name.len() + 2 && f.bindings.iter().any(|b| b.func == FnId::MODULE && f.str(b.name) == name)
}

/// A key of an object literal, in quotes where it needs them.
pub fn key_text(key: &str) -> String {
    let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && key.chars().next().is_some_and(|c| !c.is_ascii_digit());
    if plain { key.to_string() } else { format!("'{key}'") }
}

/// `name`, `name: value` of an object literal.
fn member(cx: &Context<'_>, e: ExprRef, p: Prop, depth: u8) -> Option<String> {
    let Key::Named(key) = p.key else { return None };
    let key = cx.l.file(e.file).str(key);
    let value = of_expr(cx, e.with(p.value), depth + 1)?;
    Some(if value == key { key.to_string() } else { format!("{}: {value}", key_text(key)) })
}

/// Key and value types of a place, as the code writes them.
fn types(cx: &Context<'_>, r: &Retained) -> Option<(String, String)> {
    if r.place.path.last() == Some(&Seg::Elem) {
        return None;
    }
    written_type(cx, r).and_then(|t| pair_of(cx, t, 0)).or_else(|| {
        let init = cx.l.init_of(&r.place)?;
        let f = cx.l.file(init.file);
        let args: Vec<TypeId> = f.types_of(f.type_args_of(f.plain(init.id))).collect();
        match args[..] {
            [one] => Some((type_text(cx, init.with(one), 0), type_text(cx, init.with(one), 0))),
            [key, value, ..] => Some((type_text(cx, init.with(key), 0), type_text(cx, init.with(value), 0))),
            [] => None,
        }
    })
}

/// The annotation of a place without a path.
fn written_type(cx: &Context<'_>, r: &Retained) -> Option<TypeRef> {
    if !r.place.path.is_empty() {
        return None;
    }
    let t = match &r.place.base {
        Base::Binding(b) => b.with(cx.l.binding(*b).ty),
        Base::Field(c, name) => {
            let f = cx.l.file(c.file);
            c.with(f.field_named(c.id, name)?.ty)
        }
        _ => return None,
    };
    t.id.is_some().then_some(t)
}

fn pair_of(cx: &Context<'_>, t: TypeRef, depth: u8) -> Option<(String, String)> {
    if depth > 2 {
        return None;
    }
    let f = cx.l.file(t.file);
    match f.ty(t.id) {
        Type::Named { name, args, binding } => {
            let args: Vec<TypeId> = f.types_of(args).collect();
            match (f.str(name), &args[..]) {
                ("Map" | "Record" | "ReadonlyMap", [key, value]) => {
                    Some((type_text(cx, t.with(*key), 0), type_text(cx, t.with(*value), 0)))
                }
                ("Set" | "Array", [one]) => {
                    Some((type_text(cx, t.with(*one), 0), type_text(cx, t.with(*one), 0)))
                }
                _ if binding.is_some() => {
                    let decl = f.type_decls.iter().find(|d| d.binding == binding)?;
                    pair_of(cx, t.with(decl.ty), depth + 1)
                }
                _ => None,
            }
        }
        Type::Dictionary(key, value) => {
            Some((type_text(cx, t.with(key), 0), type_text(cx, t.with(value), 0)))
        }
        Type::Array(one) => Some((type_text(cx, t.with(one), 0), type_text(cx, t.with(one), 0))),
        _ => None,
    }
}

/// A written type as text; `unknown` for what is longer than a line.
pub fn type_text(cx: &Context<'_>, t: TypeRef, depth: u8) -> String {
    let f = cx.l.file(t.file);
    if depth > 3 {
        return "unknown".into();
    }
    let inner = |x: TypeId| type_text(cx, t.with(x), depth + 1);
    let text = match f.ty(t.id) {
        Type::Named { name, args, .. } => {
            let args: Vec<String> = f.types_of(args).map(inner).collect();
            let name = f.str(name);
            if args.is_empty() { name.to_string() } else { format!("{name}<{}>", args.join(", ")) }
        }
        Type::Array(element) => format!("{}[]", inner(element)),
        Type::Union(list) => {
            let parts: Vec<String> = f.types_of(list).map(inner).collect();
            if parts.iter().any(|p| p == "unknown") { "unknown".into() } else { parts.join(" | ") }
        }
        Type::String => "string".into(),
        Type::Number => "number".into(),
        Type::Boolean => "boolean".into(),
        Type::Object(list) => {
            let members: Vec<String> = f
                .ids(list)
                .chunks_exact(2)
                .map(|pair| format!("{}: {}", f.str(Atom(pair[0])), inner(TypeId(pair[1]))))
                .collect();
            format!("{{ {} }}", members.join("; "))
        }
        Type::Dictionary(key, value) => format!("Record<{}, {}>", inner(key), inner(value)),
        Type::Literal | Type::Nothing | Type::Function(_) | Type::Keyof | Type::Other => "unknown".into(),
    };
    if text.is_empty() || text.len() > 60 { "unknown".into() } else { text }
}
