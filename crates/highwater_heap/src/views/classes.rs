//! Objects by class, with the bytes that would go with all of a class.
//!
//! The rules are DevTools': what is counted under which name, that two classes of one name in different places stay
//! apart, that nodes without bytes do not count, and that the retained size of a class is the sum over its topmost
//! members in the dominator tree. Source: `calculateObjectNames`, `buildAggregates` and `calculateClassesRetainedSize`
//! in DevTools' `heap_snapshot_worker/HeapSnapshot.ts`.

use crate::column::Column;
use crate::graph::Dominated;
use crate::ids::{NodeId, StringId};
use crate::kinds::NodeKind;
use crate::snapshot::Location;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// Objects of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The name of the constructor, or a group: `(string)`, `(compiled code)`.
    pub name: String,
    /// What kind its members are.
    pub kind: NodeKind,
    /// Where the constructor stands, as the file has it.
    pub location: Option<Location>,
    /// How many there are.
    pub count: u64,
    /// Bytes of all of them alone.
    pub shallow_bytes: u64,
    /// Bytes that would go with all of them.
    pub retained_bytes: u64,
    /// Steps from the roots to the nearest one; none when nothing reaches them.
    pub distance: Option<u32>,
    /// The one that retains most.
    pub largest: NodeId,
}

/// What decides the class of an object: its name, and where its constructor stands.
type PlacedName = (u32, u32, u32, u32);

/// Finds the number of each node's class.
struct Sorter<'h> {
    heap: &'h Dominated,
    classes: Vec<Class>,
    /// Number + 1 by string, for objects and natives without a place.
    by_name: Column<u32>,
    by_place: FxHashMap<PlacedName, u32>,
    by_group: FxHashMap<String, u32>,
    /// Number + 1 by kind, for kinds that are one class each.
    by_kind: [u32; NodeKind::ALL.len()],
}

/// Marks the class of a node without bytes, which does not count.
const EMPTY: u32 = 1 << 31;

/// Every class, the one that retains most first.
pub fn classes(heap: &Dominated) -> Vec<Class> {
    let graph = heap.graph();
    let by_name = Column::zeroed(graph.string_count());
    let (by_place, by_group, by_kind) = (FxHashMap::default(), FxHashMap::default(), Default::default());
    let mut sorter = Sorter { heap, classes: Vec::new(), by_name, by_place, by_group, by_kind };
    let mut class_of = Column::zeroed(graph.node_count());
    sorter.sort(&mut class_of);
    let mut classes = sorter.classes;
    add_retained(heap, &class_of, &mut classes);
    classes.retain(|class| class.count > 0);
    classes.sort_by(|a, b| {
        let key = |c: &Class| (Reverse(c.retained_bytes), Reverse(c.shallow_bytes), Reverse(c.count));
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.location.cmp(&b.location))
    });
    classes
}

impl Sorter<'_> {
    fn sort(&mut self, class_of: &mut [u32]) {
        let graph = self.heap.graph();
        let mut places = graph.locations().peekable();
        for node in graph.nodes() {
            while places.peek().is_some_and(|(at, _)| *at < node) {
                places.next();
            }
            let place = places.peek().filter(|(at, _)| *at == node).map(|(_, place)| *place);
            let number = self.number(node, place);
            class_of[node.index()] = number;
            let bytes = self.heap.shallow_size(node);
            if bytes == 0 {
                class_of[node.index()] |= EMPTY;
                continue;
            }
            let class = &mut self.classes[number as usize];
            class.count += 1;
            class.shallow_bytes += bytes;
            if let Some(distance) = self.heap.distance(node) {
                class.distance = Some(class.distance.map_or(distance, |known| known.min(distance)));
            }
            if class.count == 1 || self.heap.retained_size(node) > self.heap.retained_size(class.largest) {
                class.largest = node;
            }
        }
    }

    fn number(&mut self, node: NodeId, place: Option<Location>) -> u32 {
        let graph = self.heap.graph();
        let kind = graph.kind(node);
        if matches!(kind, NodeKind::Object | NodeKind::Native) {
            return self.named(node, kind, place);
        }
        if let Some(number) = self.by_kind[kind as usize].checked_sub(1) {
            return number;
        }
        let number = match kind {
            NodeKind::Hidden => self.group("(system)", kind, node),
            NodeKind::Code => self.group("(compiled code)", kind, node),
            NodeKind::Closure => self.group("Function", kind, node),
            NodeKind::RegExp => self.group("RegExp", kind, node),
            other => self.group(&format!("({})", other.word()), kind, node),
        };
        self.by_kind[kind as usize] = number + 1;
        number
    }

    fn group(&mut self, name: &str, kind: NodeKind, node: NodeId) -> u32 {
        if let Some(number) = self.by_group.get(name) {
            return *number;
        }
        let number = self.add(name.to_owned(), kind, None, node);
        self.by_group.insert(name.to_owned(), number);
        number
    }

    fn named(&mut self, node: NodeId, kind: NodeKind, place: Option<Location>) -> u32 {
        let name = self.heap.graph().name_id(node);
        if let Some(place) = place.filter(|_| kind == NodeKind::Object) {
            let key = (name.get(), place.script, place.line, place.column);
            if let Some(number) = self.by_place.get(&key) {
                return *number;
            }
            let number = self.add(self.class_name(name), kind, Some(place), node);
            self.by_place.insert(key, number);
            return number;
        }
        if let Some(known) = self.by_name.get(name.index()).and_then(|number| number.checked_sub(1)) {
            return known;
        }
        // Elements such as `<div id="a">` are of one class with others of their tag.
        let text = self.class_name(name);
        let number = if text.starts_with(['<', 'D']) {
            self.group(&text, kind, node)
        } else {
            self.add(text, kind, None, node)
        };
        if let Some(known) = self.by_name.get_mut(name.index()) {
            *known = number + 1;
        }
        number
    }

    fn class_name(&self, name: StringId) -> String {
        let name = self.heap.graph().string(name);
        let tag = if let Some(rest) = name.strip_prefix("Detached <") {
            rest.find(' ').map(|at| name.len() - rest.len() + at)
        } else if name.starts_with('<') {
            name.find(' ')
        } else {
            None
        };
        tag.map_or_else(|| name.to_string(), |end| format!("{}>", &name[..end]))
    }

    fn add(&mut self, name: String, kind: NodeKind, location: Option<Location>, node: NodeId) -> u32 {
        self.classes.push(Class {
            name,
            kind,
            location,
            count: 0,
            shallow_bytes: 0,
            retained_bytes: 0,
            distance: None,
            largest: node,
        });
        self.classes.len() as u32 - 1
    }
}

/// Sums what the topmost members of each class retain: one walk over the dominator tree.
fn add_retained(heap: &Dominated, class_of: &[u32], classes: &mut [Class]) {
    let mut open = vec![0_u32; classes.len()];
    // Where the subtrees of members end that lie around the walk's place.
    let mut around: Vec<(usize, u32)> = Vec::new();
    for (at, node) in heap.subtree(heap.graph().root()).enumerate() {
        while let Some((_, class)) = around.pop_if(|(end, _)| *end <= at) {
            open[class as usize] -= 1;
        }
        let class = class_of[node.index()];
        if class & EMPTY != 0 || open[class as usize] > 0 {
            continue;
        }
        classes[class as usize].retained_bytes += heap.retained_size(node);
        let nodes = heap.retained_count(node);
        if nodes > 1 {
            open[class as usize] += 1;
            around.push((at + nodes as usize, class));
        }
    }
}
