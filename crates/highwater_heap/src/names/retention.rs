//! Why objects are still there: the different ways from something with a name, and the shortest way to a root.

use super::Named;
use super::owners::{Found, Owner, OwnerKind};
use super::scripts::SourcePlace;
use super::words::Word;
use crate::graph::{Edge, EdgeName};
use crate::ids::NodeId;
use crate::kinds::{EdgeKind, NodeKind};
use crate::views::called;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What was asked for by name or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'q> {
    /// By V8's number.
    Id(u64),
    /// Every object of exactly this name; where there is none, every function.
    Name(&'q str),
}

impl<'q> Target<'q> {
    /// `@123` and `123` are numbers, all else is a name.
    pub fn parse(text: &'q str) -> Self {
        match text.strip_prefix('@').unwrap_or(text).parse() {
            Ok(id) => Target::Id(id),
            Err(_) => Target::Name(text),
        }
    }
}

/// Objects that are kept in the same way.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Whatever with a name keeps them.
    pub owner: Owner,
    /// Who holds the instance at which that begins, and so on outwards.
    pub holders: Vec<Owner>,
    /// How many objects.
    pub count: u64,
    /// Their own bytes.
    pub shallow_bytes: u64,
    /// Bytes that go with them.
    pub retained_bytes: u64,
    /// The largest of them.
    pub sample: NodeId,
    /// The last step to it.
    pub step: Edge,
}

/// All ways in which the objects are kept.
#[derive(Clone, Debug)]
pub struct Retentions {
    /// The objects that were found.
    pub targets: Vec<NodeId>,
    /// How many of them were followed, evenly spread.
    pub followed: u64,
    /// Ways, the one that keeps most objects first.
    pub ways: Vec<Retention>,
    /// Objects that nothing with a name keeps: only code, roots or weak references.
    pub unnamed: u64,
}

/// One step of a way to a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// Who refers.
    pub node: NodeId,
    /// What it is.
    pub class: String,
    /// How code would write the reference: `.sessions`, `[*]`, `projects`.
    pub reference: String,
    /// Where its class or function stands.
    pub place: Option<SourcePlace>,
    /// True for what the runtime keeps for itself; people fold such steps.
    pub is_internal: bool,
}

/// Objects that are followed at most, of one name.
const FOLLOWED_MAX: usize = 20_000;
/// References to one object that are followed.
const RETAINERS_MAX: usize = 64;
/// Holders of holders.
const HOLDERS_MAX: usize = 6;
/// Steps of a way.
const STEPS_MAX: usize = 10_000;

impl Named<'_> {
    /// The nodes that are meant, by number; empty when there are none.
    pub fn targets(&self, target: Target<'_>) -> Vec<NodeId> {
        let graph = self.graph();
        match target {
            Target::Id(id) => graph.by_object_id(id).into_iter().collect(),
            Target::Name(text) => {
                let Some(name) = graph.find_string(text) else { return Vec::new() };
                let thing = |kind| {
                    matches!(kind, NodeKind::Object | NodeKind::Closure | NodeKind::Native | NodeKind::RegExp)
                };
                let mut found: Vec<NodeId> = graph
                    .nodes()
                    .filter(|node| graph.name_id(*node) == name && thing(graph.kind(*node)))
                    .collect();
                // Who names a class means its instances, not the class.
                if found.iter().any(|node| graph.kind(*node) == NodeKind::Object) {
                    found.retain(|node| graph.kind(*node) == NodeKind::Object);
                }
                found
            }
        }
    }

    /// Why these objects are still there. For one object every way counts, for many only the nearest of each.
    pub fn retentions(&self, targets: Vec<NodeId>) -> Retentions {
        let stride = targets.len().div_ceil(FOLLOWED_MAX).max(1);
        let followed: Vec<NodeId> = targets.iter().copied().step_by(stride).collect();
        let every = followed.len() == 1;
        let found: Vec<Vec<(Owner, NodeId, Edge)>> =
            followed.par_iter().map(|node| self.ways_of(*node, every)).collect();
        let unnamed = found.iter().filter(|ways| ways.is_empty()).count() as u64;
        let mut ways: BTreeMap<(String, String, String), Retention> = BTreeMap::new();
        for (owner, node, step) in found.into_iter().flatten() {
            let key = (owner.path.clone(), owner.place.url.clone(), owner.within.clone());
            let (shallow, retained) = (self.graph().shallow_size(node), self.heap().retained_size(node));
            let way = ways.entry(key).or_insert_with(|| Retention {
                owner,
                holders: Vec::new(),
                count: 0,
                shallow_bytes: 0,
                retained_bytes: 0,
                sample: node,
                step,
            });
            way.count += 1;
            way.shallow_bytes += shallow;
            way.retained_bytes += retained;
            if retained > self.heap().retained_size(way.sample) {
                (way.sample, way.step) = (node, step);
            }
        }
        let mut ways: Vec<Retention> = ways.into_values().collect();
        ways.sort_by_key(|way| {
            (
                way.owner.kind == OwnerKind::Runtime,
                Reverse(way.count),
                way.owner.steps.len(),
                way.owner.path.clone(),
            )
        });
        for way in &mut ways {
            way.holders = self.holders(&way.owner);
        }
        Retentions { targets, followed: followed.len() as u64, ways, unnamed }
    }

    /// Who holds the instance at which an owner begins, outwards.
    pub fn holders(&self, owner: &Owner) -> Vec<Owner> {
        let mut holders: Vec<Owner> = Vec::new();
        let mut next = self.held_by(owner);
        while let Some(holder) = next.filter(|_| holders.len() < HOLDERS_MAX) {
            if holders.iter().any(|known| known.anchor == holder.anchor) {
                break;
            }
            next = self.held_by(&holder);
            holders.push(holder);
        }
        holders
    }

    fn ways_of(&self, node: NodeId, every: bool) -> Vec<(Owner, NodeId, Edge)> {
        if !every {
            return self
                .search(node)
                .and_then(|found| {
                    let step = found.steps.last()?.1;
                    Some((self.describe(found), node, step))
                })
                .into_iter()
                .collect();
        }
        let mut ways = Vec::new();
        for (from, edge) in self.graph().retainers(node).take(RETAINERS_MAX) {
            if self.step_cost(from, &edge).is_none_or(|cost| cost >= DETOUR) {
                continue;
            }
            let found = match self.anchor(from, &edge) {
                Some((kind, _)) => Some(Found { kind, anchor: from, steps: vec![(from, edge)] }),
                None => self.search(from).map(|mut found| {
                    found.steps.push((from, edge));
                    found
                }),
            };
            ways.extend(found.map(|found| (self.describe(found), node, edge)));
        }
        ways
    }

    /// The shortest way from an object to a root, by DevTools' distances: the nearest step first.
    pub fn way_to_root(&self, node: NodeId) -> Vec<PathStep> {
        let graph = self.graph();
        let mut steps = Vec::new();
        let mut at = node;
        while let Some((from, id)) = self.heap().parent_edge(at) {
            if steps.len() >= STEPS_MAX {
                break;
            }
            let edge = graph.edge(id);
            let mut reference = String::new();
            self.write_step(&mut reference, from, &edge);
            if reference.is_empty() {
                reference = match edge.name {
                    EdgeName::Named(id) => format!("({})", graph.string(id)),
                    EdgeName::Index(at) => format!("({at})"),
                };
            }
            steps.push(PathStep {
                node: from,
                class: self.class_name(from),
                reference,
                place: self.place(from),
                is_internal: self.is_internal(from, &edge),
            });
            at = from;
        }
        steps
    }

    /// What a person calls a node.
    pub fn class_name(&self, node: NodeId) -> String {
        let graph = self.graph();
        if graph.raw_string(graph.name_id(node)).starts_with(b"system / Context") {
            return "(variables)".to_owned();
        }
        called(graph, node)
    }

    fn is_internal(&self, from: NodeId, edge: &Edge) -> bool {
        let reads_like_code = matches!(edge.kind, EdgeKind::Property | EdgeKind::Element | EdgeKind::Context)
            && !matches!(
                self.words.of_edge(edge.name),
                Some(Word::Proto | Word::Constructor | Word::Prototype)
            );
        let thing = matches!(
            self.graph().kind(from),
            NodeKind::Object | NodeKind::Closure | NodeKind::Native | NodeKind::Synthetic
        );
        !(reads_like_code && thing) && self.graph().kind(from) != NodeKind::Synthetic
    }
}

/// A reference that costs as much is a detour over prototypes, hidden classes or code.
const DETOUR: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Built;

    #[test]
    fn numbers_and_names_are_told_apart() {
        assert_eq!(Target::parse("@12"), Target::Id(12));
        assert_eq!(Target::parse("12"), Target::Id(12));
        assert_eq!(Target::parse("RequestContext"), Target::Name("RequestContext"));
    }

    #[test]
    fn ways_are_grouped_and_counted() {
        let mut built = Built::new();
        let context = built.module("file:///srv/app.mjs", 9, 4);
        let map = built.map((context, EdgeKind::Context, "sessions"), 30);
        let list = built.child((context, EdgeKind::Context, "recent"), NodeKind::Object, "Array", 32);
        let both = built.child((list, EdgeKind::Element, "0"), NodeKind::Object, "Session", 48);
        built.edge(context, EdgeKind::Context, "latest", both);
        let heap = built.heap();
        let named = Named::of(&heap);
        let found = named.retentions(named.targets(Target::Name("Session")));
        let told: Vec<(&str, u64)> =
            found.ways.iter().map(|way| (way.owner.path.as_str(), way.count)).collect();
        assert_eq!(told, [("sessions[*]", 30), ("latest", 1)]);
        assert_eq!((found.targets.len(), found.unnamed), (31, 0));

        let one = named.retentions(named.targets(Target::Id(both as u64 * 2 + 1)));
        let told: Vec<&str> = one.ways.iter().map(|way| way.owner.path.as_str()).collect();
        assert_eq!(told, ["latest", "recent[*]"]);

        let way = named.way_to_root(one.ways[0].sample);
        assert!(way.iter().any(|step| step.reference.ends_with("latest") && !step.is_internal), "{way:?}");
        assert!(named.targets(Target::Name("Nothing")).is_empty());
        assert!(map > 0);
    }
}
