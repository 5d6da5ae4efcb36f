//! Small heaps, named.

use super::*;
use crate::built::{Built, SCRIPT};
use crate::kinds::{EdgeKind, NodeKind};
use std::sync::Arc;

const URL: &str = "file:///srv/app.mjs";
const TEXT: &str = "import x from 'x';\nconst projects = new Map();\nclass Pool { #sessions = new Map(); }\n\
    export function serve() { projects.set(1, x); }\n";

struct One;

impl Sources for One {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        (url == URL).then(|| TEXT.into())
    }
    fn shown(&self, url: &str) -> String {
        url.trim_start_matches("file:///srv/").to_owned()
    }
}

fn only(found: &[Collection], kind: CollectionKind) -> &Collection {
    found.iter().find(|found| found.kind == kind).expect("a collection of the kind")
}

#[test]
fn a_map_of_a_module_is_counted_and_named() {
    let mut built = Built::new();
    let context = built.module(URL, 3, 21);
    built.map((context, EdgeKind::Context, "projects"), 40);
    let heap = built.heap();
    let named = Named::of(&heap);
    let found = named.collections(10);
    let map = only(&found, CollectionKind::Map);
    assert_eq!((map.entries, map.exact, map.capacity), (40, true, 64));
    assert_eq!(map.unused_bytes, 24 * 24);
    let owner = named.owner(map.node).expect("an owner");
    assert_eq!((owner.kind, owner.path.as_str()), (OwnerKind::ModuleVariable, "projects"));
    let declared = named.declaration(&owner, &One).expect("a declaration");
    assert_eq!((declared.line, declared.column), (2, 7));
    let subject = named.subject(&owner, Some(&declared), &One);
    assert_eq!(subject.short(), "app.mjs projects");
    assert_eq!(named.declaration(&owner, &NoSources), None);
    let entries = named.entries(map);
    assert_eq!(entries.len(), 40);
    assert!(entries.iter().all(|(key, value)| key.is_some() && value.is_some()));
}

#[test]
fn a_field_is_named_by_its_class_and_by_who_holds_the_instance() {
    let mut built = Built::new();
    let context = built.module(URL, 3, 21);
    let pool = built.child((context, EdgeKind::Context, "pool"), NodeKind::Object, "Pool", 40);
    built.locate(pool, SCRIPT, 2, 0);
    built.map((pool, EdgeKind::Property, "#sessions"), 30);
    let heap = built.heap();
    let named = Named::of(&heap);
    let found = named.collections(10);
    let owner = named.owner(only(&found, CollectionKind::Map).node).expect("an owner");
    assert_eq!(owner.kind, OwnerKind::ClassField);
    assert_eq!((owner.path.as_str(), owner.symbol.as_str()), ("Pool.#sessions", "sessions"));
    assert_eq!(named.held_by(&owner).map(|holder| holder.path).as_deref(), Some("pool"));
}

#[test]
fn removed_entries_and_holes_do_not_count() {
    let mut built = Built::new();
    let context = built.module(URL, 3, 21);
    let map = built.child((context, EdgeKind::Context, "seen"), NodeKind::Object, "Map", 32);
    let table = built.child((map, EdgeKind::Internal, "table"), NodeKind::Array, "", 16 + 8 * (3 + 16 * 7));
    let hole = built.node(NodeKind::Hidden, "system / Hole", 0);
    for slot in [19, 20, 22, 23] {
        built.edge(table, EdgeKind::Internal, &slot.to_string(), hole);
    }
    built.child((table, EdgeKind::Internal, "25"), NodeKind::String, "k", 16);
    built.child((table, EdgeKind::Internal, "29"), NodeKind::Object, "V", 16);
    let heap = built.heap();
    let named = Named::of(&heap);
    let found =
        named.collection(named.graph().by_object_id(map as u64 * 2 + 1).expect("the map")).expect("a map");
    assert_eq!((found.entries, found.capacity), (2, 32));
    let entries = named.entries(&found);
    assert_eq!(
        entries.iter().map(|(key, value)| (key.is_some(), value.is_some())).collect::<Vec<_>>(),
        [(true, false), (false, true)]
    );
}

#[test]
fn keys_of_tables_are_stars_and_listeners_are_calls() {
    let mut built = Built::new();
    let context = built.module(URL, 3, 21);
    let store = built.child((context, EdgeKind::Context, "memoryStore"), NodeKind::Object, "Object", 24);
    let keys = built.child(
        (store, EdgeKind::Internal, "properties"),
        NodeKind::Array,
        "(object properties)",
        16 + 8 * 3 * 64,
    );
    let mut last = 0;
    for user in 0..30 {
        let key = built.child(
            (keys, EdgeKind::Internal, &(5 + user * 3).to_string()),
            NodeKind::String,
            &format!("u{user}"),
            16,
        );
        assert!(key > 0);
        let record =
            built.child((store, EdgeKind::Property, &format!("u{user}")), NodeKind::Object, "Object", 24);
        last = built.child((record, EdgeKind::Property, "facts"), NodeKind::Object, "Array", 32);
    }
    let bus = built.child((context, EdgeKind::Context, "bus"), NodeKind::Object, "EventEmitter", 32);
    let events = built.child((bus, EdgeKind::Property, "_events"), NodeKind::Object, "Object", 24);
    let list = built.child((events, EdgeKind::Property, "change"), NodeKind::Object, "Array", 32);
    let heap = built.heap();
    let named = Named::of(&heap);
    let at = |node: usize| named.graph().by_object_id(node as u64 * 2 + 1).expect("a node");
    assert_eq!(named.owner(at(last)).expect("an owner").path, "memoryStore[*].facts");
    assert_eq!(named.owner(at(list)).expect("an owner").path, "bus.on(\"change\")");
    let table = named.collection(at(store)).expect("a table");
    assert_eq!((table.kind, table.entries, table.exact), (CollectionKind::Object, 30, true));
    assert_eq!(named.collection(at(bus)), None);
}
