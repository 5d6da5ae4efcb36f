//! Options that limit or move what is kept; each gives code for one place, or nothing where it does not fit.

use highwater_finding::Effort;
use highwater_program::graph::{At, Base, ClassRef, Kind, OpKind, Ty};
use highwater_program::ir::*;

use super::code::{Names, of_expr};
use super::kinds::words;
use super::remedies::{Choice, has_object_keys, is_cache};
use super::retention::Retained;
use super::{Context, held, shape};

/// Libraries that evict, best first: package, import, expression with `{pair}`.
const LIBRARIES: &[(&str, &str, &str)] = &[
    ("lru-cache", "import { LRUCache } from 'lru-cache';", "new LRUCache{pair}({ max: {max} })"),
    ("quick-lru", "import QuickLRU from 'quick-lru';", "new QuickLRU{pair}({ maxSize: {max} })"),
    (
        "@isaacs/ttlcache",
        "import { TTLCache } from '@isaacs/ttlcache';",
        "new TTLCache{pair}({ max: {max}, ttl: 60 * 60 * 1000 })",
    ),
    ("tiny-lru", "import { lru } from 'tiny-lru';", "lru({max})"),
    ("mnemonist", "import { LRUMapWithDelete } from 'mnemonist';", "new LRUMapWithDelete{pair}({max})"),
];

/// An option in one call.
pub fn choice(title: String, benefit: &str, code: String, after: String, effort: Effort) -> Choice {
    Choice { title, benefit: benefit.into(), code, after, effort }
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
    let after = format!("{}; O(1) for each", n.cap.after("entries"));
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
        let code = format!(
            "{}\n\n{}\n{declare}{} = {make};{calls}",
            import_of(cx, n, package, import),
            n.max_line(),
            n.symbol
        );
        let title = format!("Limit `{}` with `{package}`, which the project has already", n.symbol);
        return Some(choice(title, loss, code, after, Effort::Minutes));
    }
    Some(choice(
        format!("Limit `{}` where it grows", n.symbol),
        loss,
        capped(r, n, &max),
        after,
        Effort::Minutes,
    ))
}

/// The import of a library as other files of the package have it, in the style of this one.
fn import_of(cx: &Context<'_>, n: &Names, package: &str, import: &str) -> String {
    let f = cx.l.file(n.file);
    let requires = cx.l.ix(n.file).may_call(&["require"]);
    let by_default = cx.l.iter().any(|(file, g)| {
        cx.l.package_of[file.0 as usize] == cx.l.package_of[n.file.0 as usize]
            && g.imports.iter().any(|i| g.str(i.source) == package && g.str(i.name) == "default")
    });
    let named = import.split(['{', '}']).nth(1).map_or("", str::trim);
    let import = if by_default && !named.is_empty() {
        format!("import {named} from '{package}';")
    } else {
        import.to_string()
    };
    if requires && !n.typed && f.exports.iter().all(|e| !matches!(e, Export::From { .. })) {
        let what = import.trim_start_matches("import ").split(" from ").next().unwrap_or("").to_string();
        return format!("const {what} = require('{package}');");
    }
    import
}

/// A limit by hand: the oldest entry goes when a new one comes.
fn capped(r: &Retained, n: &Names, max: &str) -> String {
    let (recv, key) = (&n.receiver, &n.key_code);
    let head = format!("{}\n\n", n.max_line());
    if r.kind == Kind::Object {
        return format!(
            "{head}if (!Object.hasOwn({recv}, {key})) {{\n  const known = Object.keys({recv});\n  \
             if (known.length >= {max}) delete {recv}[known[0]];\n}}\n{recv}[{key}] = {};",
            n.value_code
        );
    }
    let (class, add) = if r.kind == Kind::Set {
        ("Set", format!("{recv}.add({key});"))
    } else {
        ("Map", format!("{recv}.set({key}, {});", n.value_code))
    };
    format!(
        "{head}// A {class} keeps the order of insertion: the first key is the oldest.\n\
         if ({recv}.size >= {max} && !{recv}.has({key})) {{\n  \
         const oldest = {recv}.keys().next().value;\n  \
         if (oldest !== undefined) {recv}.delete(oldest);\n}}\n{add}"
    )
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
    Some(choice(
        format!("Make `{}` a `{class}`: its keys are objects", n.symbol),
        "An entry goes when its key is no longer used anywhere else. It cannot be counted or walked.",
        format!("{declare}{} = new {class}{types}();", n.symbol),
        "as many entries as there are live keys".into(),
        Effort::Minutes,
    ))
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
    Some(choice(
        format!("Keep each `{value}` in `{name}`, which exists already, and not in `{}`", n.symbol),
        "Nothing is lost at a restart, and a second instance sees the same. Each access costs a query; a small LRU in front of it takes most of them away.",
        code,
        "nothing kept between requests; one query for each access".into(),
        Effort::Hours,
    ))
}

fn value_type(cx: &Context<'_>, r: &Retained) -> Option<String> {
    let element = match cx.l.ty_of_place(&r.place) {
        Ty::Coll(_, element) => (*element).clone(),
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

/// `ProjectStore` as a variable: `projectStore`.
pub fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect())
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
    Some(choice(
        format!("Remove the oldest of `{}` when the limit is reached", n.symbol),
        "The limit that the code names is kept.",
        code,
        format!("at most {} entries", held::limit_words(cx, &check)),
        Effort::Minutes,
    ))
}

/// A full queue says no.
pub fn refuse(r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Array {
        return None;
    }
    let max = n.max();
    let driven = r.grows.first().is_some_and(|(_, rate)| *rate >= highwater_program::graph::Rate::Connection);
    let what = if driven { "answer 503 then" } else { "the caller has to cope with it" };
    Some(choice(
        format!("Refuse more when `{}` is full", n.symbol),
        &format!("Memory is limited and the sender learns that it must slow down; {what}."),
        format!(
            "{3}\n\nif ({0}.length >= {max}) throw new Error('{1} is full');\n{0}.push({2});",
            n.receiver,
            n.symbol,
            n.value_code,
            n.max_line()
        ),
        n.cap.after("elements"),
        Effort::Minutes,
    ))
}

/// The oldest goes when there are too many: for arrays and inner collections.
pub fn drop_oldest(r: &Retained, n: &Names) -> Option<Choice> {
    if r.kind != Kind::Array {
        return None;
    }
    let max = n.max();
    Some(choice(
        format!("Keep the newest of `{}` only", n.symbol),
        "One line beside the `push`; what is cut off is gone.",
        format!(
            "{2}\n\n{0}.push({1});\nif ({0}.length > {max}) {0}.splice(0, {0}.length - {max});",
            n.receiver,
            n.value_code,
            n.max_line()
        ),
        n.cap.after("elements"),
        Effort::Minutes,
    ))
}

/// The end of the text.
pub fn tail(n: &Names) -> Choice {
    let max = format!("{}_LENGTH", n.max());
    choice(
        format!("Keep the end of `{}` only", n.symbol),
        "What was written last is what people look at.",
        format!("const {max} = 100_000;\n\nif ({0}.length > {max}) {0} = {0}.slice(-{max});", n.receiver),
        "at most 100,000 characters".into(),
        Effort::Minutes,
    )
}
