//! The options that remedies choose from; each gives code for one place, or nothing where it does not fit.

use highwater_finding::{Effort, Platform};
use highwater_program::graph::{At, Base, ClassRef, Kind, OpKind, Ty};
use highwater_program::ir::*;

use super::code::{Names, of_expr};
use super::kinds::words;
use super::releases::{Driver, is_time_name};
use super::remedies::{Choice, has_object_keys, is_cache, platform};
use super::retention::Retained;
use super::wording::dead_sweep;
use super::{Context, held, shape};

/// Libraries that evict, best first: package, import, expression with `{pair}`.
const LIBRARIES: &[(&str, &str, &str)] = &[
    (
        "lru-cache",
        "import { LRUCache } from 'lru-cache';",
        "new LRUCache{pair}({ max: {max}, ttl: 60 * 60 * 1000 })",
    ),
    (
        "quick-lru",
        "import QuickLRU from 'quick-lru';",
        "new QuickLRU{pair}({ maxSize: {max}, maxAge: 60 * 60 * 1000 })",
    ),
    (
        "@isaacs/ttlcache",
        "import { TTLCache } from '@isaacs/ttlcache';",
        "new TTLCache{pair}({ max: {max}, ttl: 60 * 60 * 1000 })",
    ),
    ("tiny-lru", "import { lru } from 'tiny-lru';", "lru({max}, 60 * 60 * 1000)"),
    ("mnemonist", "import { LRUMapWithDelete } from 'mnemonist';", "new LRUMapWithDelete{pair}({max})"),
];

fn option(title: String, benefit: &str, code: String, after: String, effort: Effort) -> Option<Choice> {
    Some(Choice { title, benefit: benefit.into(), code, after, effort })
}

/// A limit: with the library that the project has, else with a few lines.
pub fn bounded(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if !matches!(r.kind, Kind::Map | Kind::Set | Kind::Object) {
        return None;
    }
    let depends = cx.l.package(n.file).map(|p| p.dependencies.as_slice()).unwrap_or_default();
    let own = LIBRARIES.iter().find(|(package, ..)| depends.iter().any(|d| d == package));
    let loss = if is_cache(cx, r) {
        "What was not used for longest goes first; it is computed again when needed."
    } else {
        "What was not used for longest goes first: save it elsewhere before, if somebody may still ask for it."
    };
    let max = n.max();
    let after = "at most 1,000 entries; O(1) for each".to_string();
    if let Some((package, import, make)) = own
        && r.kind != Kind::Set
        && r.place.path.is_empty()
    {
        let make = make.replace("{pair}", &n.pair()).replace("{max}", &max);
        let declare = if matches!(r.place.base, Base::Field(..)) { "" } else { "const " };
        let calls = if r.kind == Kind::Object {
            format!(
                "\n\n// {0}[key] becomes {0}.get(key), {0}[key] = value becomes {0}.set(key, value)",
                n.symbol
            )
        } else {
            String::new()
        };
        let code = format!("{import}\n\nconst {max} = 1_000;\n{declare}{} = {make};{calls}", n.symbol);
        let title = format!("Limit `{}` with `{package}`, which the project has already", n.symbol);
        return option(title, loss, code, after, Effort::Minutes);
    }
    option(format!("Limit `{}` where it grows", n.symbol), loss, capped(r, n, &max), after, Effort::Minutes)
}

/// A limit by hand: the oldest entry goes when a new one comes.
fn capped(r: &Retained, n: &Names, max: &str) -> String {
    let (recv, key) = (&n.receiver, &n.key_code);
    let head = format!("const {max} = 1_000;\n\n");
    if r.kind == Kind::Object {
        format!(
            "{head}if (!Object.hasOwn({recv}, {key})) {{\n  const known = Object.keys({recv});\n  \
         if (known.length >= {max}) delete {recv}[known[0]];\n}}\n{recv}[{key}] = {};",
            n.value_code
        )
    } else {
        let add = if r.kind == Kind::Set {
            format!("{recv}.add({key});")
        } else {
            format!("{recv}.set({key}, {});", n.value_code)
        };
        format!(
            "{head}// A {} keeps the order of insertion: the first key is the oldest.\n\
             if ({recv}.size >= {max} && !{recv}.has({key})) {{\n  \
             const oldest = {recv}.keys().next().value;\n  \
             if (oldest !== undefined) {recv}.delete(oldest);\n}}\n{add}",
            if r.kind == Kind::Set { "Set" } else { "Map" }
        )
    }
}

/// Keys that are objects do not need a strong collection.
pub fn weak(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if !has_object_keys(cx, r) || !r.place.path.is_empty() {
        return None;
    }
    let iterated =
        cx.program.effects.of(&r.place).iter().any(|o| matches!(o.kind, OpKind::Iterate | OpKind::SizeCheck));
    if iterated {
        return None;
    }
    let class = if r.kind == Kind::Set { "WeakSet" } else { "WeakMap" };
    let types = match (n.typed, r.kind) {
        (false, _) => String::new(),
        (true, Kind::Set) => format!("<{}>", n.key),
        (true, _) => n.pair(),
    };
    let declare = if matches!(r.place.base, Base::Field(..)) { "" } else { "const " };
    option(
        format!("Make `{}` a `{class}`: its keys are objects", n.symbol),
        "An entry goes when its key is no longer used anywhere else. It cannot be counted or walked.",
        format!("{declare}{} = new {class}{types}();", n.symbol),
        "as many entries as there are live keys".into(),
        Effort::Minutes,
    )
}

/// A persistent repository of the same type that the tree has already.
pub fn repository(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if is_cache(cx, r) {
        return None;
    }
    let value = value_type(cx, r)?;
    let class = find_repository(cx, &value, r)?;
    let f = cx.l.file(class.file);
    let c = cx.l.class(class);
    let name = f.str(c.name);
    let methods: Vec<&str> = c.methods.iter().map(|m| f.str(m.name)).collect();
    let save = ["save", "upsert", "put", "create", "insert", "add", "store"]
        .iter()
        .find(|m| methods.contains(*m))?;
    let load =
        ["find", "findById", "get", "getById", "load", "findOne"].iter().find(|m| methods.contains(*m));
    let var = lower_first(name);
    let mut code = format!(
        "// instead of {}.set({}, {})\nawait {var}.{save}({});",
        n.receiver, n.key_code, n.value_code, n.value_code
    );
    if let Some(load) = load {
        code.push_str(&format!("\n\n// instead of {}.get(...): the same arguments as elsewhere\nconst found = await {var}.{load}(...);", n.receiver));
    }
    option(
        format!("Keep each `{value}` in `{name}`, which exists already, and not in `{}`", n.symbol),
        "Nothing is lost at a restart, and a second instance sees the same. Each access costs a query; a small LRU in front of it takes most of them away.",
        code,
        "nothing kept between requests; one query for each access".into(),
        Effort::Hours,
    )
}

fn value_type(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let element = match cx.l.ty_of_place(&r.place) {
        Ty::Coll(_, element) => *element,
        _ => return None,
    };
    match element {
        Ty::Instance(_) | Ty::Shape(_) => shape::type_name(cx, &element),
        _ => None,
    }
}

/// A class whose name says that it stores the type for good, and that holds no collection itself.
fn find_repository(cx: &Context<'_>, value: &str, r: &Retained) -> Option<ClassRef> {
    let wanted = words(value);
    for (file, f) in cx.l.iter() {
        if f.role != highwater_program::FileRole::Source {
            continue;
        }
        for (i, c) in f.classes.iter().enumerate() {
            let name = words(f.str(c.name));
            let stores =
                name.last().is_some_and(|w| matches!(w.as_str(), "repository" | "repo" | "dao" | "gateway"));
            let fleeting =
                name.iter().any(|w| matches!(w.as_str(), "memory" | "mock" | "fake" | "stub" | "test"));
            let same = name.windows(wanted.len()).any(|w| w == &wanted[..]);
            let at = At { file, id: ClassId(i as u32) };
            let holds = c.fields.iter().any(|x| cx.l.ty_of_field(at, f.str(x.name), 0).kind().is_some());
            let itself = matches!(&r.place.base, Base::Field(owner, _) if *owner == at);
            if stores && same && !fleeting && !holds && !itself && !c.methods.is_empty() {
                return Some(at);
            }
        }
    }
    None
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
}

/// Removal where the entry's life ends, for places that are no caches.
pub fn remove_at_end(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if is_cache(cx, r) || matches!(r.kind, Kind::Array | Kind::Str) {
        return None;
    }
    let key_type = if n.typed { format!(": {}", n.key) } else { String::new() };
    let remove = if r.kind == Kind::Object {
        format!("delete {}[key];", n.receiver)
    } else {
        format!("{}.delete(key);", n.receiver)
    };
    option(
        format!("Remove the entry of `{}` when it is no longer needed", n.symbol),
        "Exact: memory follows what is alive. Each way out has to call it, errors and time-outs too.",
        format!("export function forget{}(key{key_type}) {{\n  {remove}\n}}", n.pascal()),
        "as many entries as are alive".into(),
        Effort::Hours,
    )
}

/// Calls the sweep that nothing calls.
pub fn call_sweep(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    let name = dead_sweep(cx, r)?;
    let call = match name.split_once('.') {
        Some((class, method)) if !name.contains(' ') => format!("{}.{method}", lower_first(class)),
        _ => name.clone(),
    };
    if call.contains(' ') {
        return sweep(cx, r, n);
    }
    let after = "what has expired goes within a minute; O(n) once a minute".to_string();
    if matches!(platform(cx, n), Platform::Isolate | Platform::Function) {
        let code = format!(
            "let sweptAt = 0;\n\n// where `{}` grows: timers do not outlive a request here\n\
             if (Date.now() - sweptAt > 60_000) {{\n  sweptAt = Date.now();\n  {call}();\n}}",
            n.symbol
        );
        return option(
            format!("Call `{call}` from time to time where `{}` grows", n.symbol),
            "The sweep exists; it only has to run. Between two sweeps the size is still open: limit it as well.",
            code,
            after,
            Effort::Minutes,
        );
    }
    option(
        format!("Call `{call}` on a timer"),
        "The sweep exists; it only has to run. Between two sweeps the size is still open: limit it as well.",
        format!("setInterval(() => {call}(), 60_000).unref();"),
        after,
        Effort::Minutes,
    )
}

/// A sweep over entries that carry their time.
pub fn sweep(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Map {
        return None;
    }
    let field = time_field(cx, r)?;
    let late = field.to_lowercase().contains("expir") || field.to_lowercase().contains("until");
    let test =
        if late { format!("entry.{field} <= now") } else { format!("now - entry.{field} > 60 * 60 * 1000") };
    option(
        format!("Sweep `{}` on a timer", n.symbol),
        "Expired entries go whether somebody asks for them or not.",
        format!(
            "setInterval(() => {{\n  const now = Date.now();\n  for (const [key, entry] of {0}) {{\n    if ({test}) {0}.delete(key);\n  }}\n}}, 60_000).unref();",
            n.receiver
        ),
        "what has expired goes within a minute; O(n) once a minute".into(),
        Effort::Minutes,
    )
}

/// The field of the stored values that says when.
fn time_field(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let (op, _) = r.grows.first()?;
    let f = cx.l.file(op.site.file);
    let mut value = f.plain(op.value);
    if let Expr::Ref(b) = f.expr(value) {
        value = f.plain(f[b].init);
    }
    let Expr::Object(list) = f.expr(value) else { return None };
    let names: Vec<&str> = f
        .props_of(list)
        .filter_map(|p| if let Key::Named(k) = p.key { Some(f.str(k)) } else { None })
        .filter(|k| is_time_name(k))
        .collect();
    names.iter().find(|k| k.to_lowercase().contains("expir")).or(names.first()).map(|k| (*k).to_string())
}

/// Does something when the limit that is already checked is reached.
pub fn enforce(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    let check = *cx.program.effects.of(&r.place).iter().find(|o| o.kind == OpKind::SizeCheck)?;
    let limit = of_expr(cx, check.site.with(check.key), 0).unwrap_or_else(|| n.max());
    let recv = &n.receiver;
    let code = match r.kind {
        Kind::Array => format!("if ({recv}.length > {limit}) {recv}.splice(0, {recv}.length - {limit});"),
        Kind::Object => format!(
            "const known = Object.keys({recv});\nif (known.length > {limit}) delete {recv}[known[0]];"
        ),
        _ => format!(
            "if ({recv}.size > {limit}) {{\n  const oldest = {recv}.keys().next().value;\n  if (oldest !== undefined) {recv}.delete(oldest);\n}}"
        ),
    };
    option(
        format!("Remove the oldest of `{}` when the limit is reached", n.symbol),
        "The limit that the code names is kept.",
        code,
        format!("at most {} entries", held::limit_words(cx, &check)),
        Effort::Minutes,
    )
}

/// The removal that exists, moved into `finally`.
pub fn finally(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind == Kind::Str {
        return None;
    }
    let removal = r
        .releases
        .iter()
        .find(|x| matches!(x.driver, Driver::SuccessOnly | Driver::ErrorOnly))
        .and_then(|x| removal_text(cx, x.op.site));
    let remove = removal.unwrap_or_else(|| match r.kind {
        Kind::Object => format!("delete {}[{}]", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    });
    option(
        format!("Remove from `{}` in `finally`", n.symbol),
        "Success, error and early return all come past it.",
        format!("try {{\n  // the work as it is\n}} finally {{\n  {remove};\n}}"),
        "as many entries as there is work under way".into(),
        Effort::Minutes,
    )
}

fn removal_text(cx: &Context<'_>, site: highwater_program::graph::ExprRef) -> Option<String> {
    let f = cx.l.file(site.file);
    match f.expr(site.id) {
        Expr::Call { callee, args } => {
            let callee = of_expr(cx, site.with(callee), 0)?;
            let args: Option<Vec<String>> = f.exprs_of(args).map(|a| of_expr(cx, site.with(a), 0)).collect();
            Some(format!("{callee}({})", args?.join(", ")))
        }
        Expr::Unary { op: UnOp::Delete, value } => {
            Some(format!("delete {}", of_expr(cx, site.with(value), 0)?))
        }
        _ => None,
    }
}

/// Removal when the peer is gone.
pub fn on_close(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    let peer = peer_name(cx, r).unwrap_or_else(|| "socket".into());
    let remove = match r.kind {
        Kind::Object => format!("{{ delete {}[{}]; }}", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    };
    option(
        format!("Remove the entry of `{}` when its connection closes", n.symbol),
        "Memory follows the peers that are there. Ping them as well: a dead network sends no `close`.",
        format!("{peer}.on('close', () => {remove});"),
        "as many entries as there are connections".into(),
        Effort::Minutes,
    )
}

/// The stored value, or the part of it, that is a connection.
fn peer_name(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let (op, _) = r.grows.first()?;
    let f = cx.l.file(op.site.file);
    let is_peer = |name: &str| {
        words(name).last().is_some_and(|w| {
            matches!(
                w.as_str(),
                "socket"
                    | "ws"
                    | "connection"
                    | "conn"
                    | "res"
                    | "response"
                    | "client"
                    | "transport"
                    | "peer"
                    | "stream"
            )
        })
    };
    let named =
        |e: ExprId| of_expr(cx, op.site.with(e), 0).filter(|t| is_peer(t.rsplit('.').next().unwrap_or(t)));
    for e in [op.value, op.key].into_iter().filter(|e| e.is_some()) {
        if let Some(name) = named(f.plain(e)) {
            return Some(name);
        }
        if let Expr::Object(list) = f.expr(f.plain(e))
            && let Some(name) = f.props_of(list).find_map(|p| named(p.value))
        {
            return Some(name);
        }
    }
    None
}

/// A time-out beside the growth.
pub fn time_out(r: &Retained, n: &Names) -> Option<Choice> {
    let remove = match r.kind {
        Kind::Object => format!("delete {}[{}]", n.receiver, n.key_code),
        Kind::Array => format!("{0}.splice({0}.indexOf({1}), 1)", n.receiver, n.value_code),
        _ => format!("{}.delete({})", n.receiver, n.key_code),
    };
    option(
        format!("Give each entry of `{}` a time-out", n.symbol),
        "Nobody waits for ever, and nothing is kept for those who would. Clear the timer when the answer comes, and settle all entries when the connection closes.",
        format!(
            "const timer = setTimeout(() => {{\n  {remove};\n  reject(new Error('no answer within 30 s'));\n}}, 30_000);"
        ),
        "as many entries as requests of the last 30 seconds".into(),
        Effort::Minutes,
    )
}

/// The lock's entry goes when nobody waits for it.
pub fn unlock(r: &Retained, n: &Names) -> Option<Choice> {
    let (get, delete) = match r.kind {
        Kind::Object => {
            (format!("{}[{}]", n.receiver, n.key_code), format!("delete {}[{}]", n.receiver, n.key_code))
        }
        _ => {
            (format!("{}.get({})", n.receiver, n.key_code), format!("{}.delete({})", n.receiver, n.key_code))
        }
    };
    let mine = if n.value_code == "value" { "mine" } else { &n.value_code };
    option(
        format!("Take the entry out of `{}` when it is the last", n.symbol),
        "The next waiter has replaced the entry by then; only the last one removes it.",
        format!("try {{\n  await {mine};\n}} finally {{\n  if ({get} === {mine}) {delete};\n}}"),
        "as many entries as there are keys in use".into(),
        Effort::Minutes,
    )
}

/// A full queue says no.
pub fn refuse(cx: &Context<'_>, r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Array {
        return None;
    }
    let max = n.max();
    let driven = r.grows.first().is_some_and(|(_, rate)| *rate >= highwater_program::graph::Rate::Connection);
    let what = if driven { "answer 503 then" } else { "the caller has to cope with it" };
    let _ = cx;
    option(
        format!("Refuse more when `{}` is full", n.symbol),
        &format!("Memory is limited and the sender learns that it must slow down; {what}."),
        format!(
            "const {max} = 10_000;\n\nif ({0}.length >= {max}) throw new Error('{1} is full');\n{0}.push({2});",
            n.receiver, n.symbol, n.value_code
        ),
        "at most 10,000 elements".into(),
        Effort::Minutes,
    )
}

/// The oldest goes when there are too many: for arrays and inner collections.
pub fn drop_oldest(r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Array {
        return None;
    }
    let max = n.max();
    option(
        format!("Keep the newest of `{}` only", n.symbol),
        "One line beside the `push`; what is cut off is gone.",
        format!(
            "const {max} = 500;\n\n{0}.push({1});\nif ({0}.length > {max}) {0}.splice(0, {0}.length - {max});",
            n.receiver, n.value_code
        ),
        "at most 500 elements".into(),
        Effort::Minutes,
    )
}

/// The end of the text.
pub fn tail(r: &Retained, n: &Names) -> Option<Choice> {
    let _ = r;
    let max = format!("{}_LENGTH", n.max());
    option(
        format!("Keep the end of `{}` only", n.symbol),
        "What was written last is what people look at.",
        format!("const {max} = 100_000;\n\nif ({0}.length > {max}) {0} = {0}.slice(-{max});", n.receiver),
        "at most 100,000 characters".into(),
        Effort::Minutes,
    )
}
