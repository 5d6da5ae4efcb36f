//! `heap retainers`: in which ways objects are kept alive.

use super::place::{of_owner, written};
use super::words::file_name;
use super::{HeapOptions, warn};
use crate::Error;
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Sheet, Table, Tone, Tree, Unit};
use highwater_heap::{Dominated, Named, Owner, PathStep, Retention, Retentions, Sources, Target};
use std::path::Path;

/// Why the objects of this number or name are still there.
pub(super) fn sheet(
    path: &Path,
    heap: &Dominated,
    wanted: &str,
    options: &HeapOptions,
) -> Result<Sheet, Error> {
    let named = Named::of(heap);
    let targets = named.targets(Target::parse(wanted));
    if targets.is_empty() {
        return Err(Error::NotInHeap {
            path: path.to_owned(),
            wanted: wanted.to_owned(),
            help: "give a number as snapshots show it (`@123`), or the exact name of a class or function",
        });
    }
    let found = named.retentions(targets);
    let sources = options.sources();
    let mut sheet =
        Sheet::new("heap retainers", format!("What keeps `{}` in `{}`", clean(wanted), file_name(path)));
    lead(&mut sheet, &named, &found);
    let about = "The nearest thing with a name; who holds its instance stands beside it.";
    sheet.push(Block::new("ways", "Ways", Body::Table(ways(&named, &found, options, &sources))).about(about));
    let samples = found.ways.iter().map(|way| way.sample);
    if let Some(sample) = samples.chain(found.targets.iter().copied()).next() {
        let tree = root_way(&named, sample, &named.way_to_root(sample), &sources);
        let about = "The shortest way from the largest of them to a root, by DevTools' distances; what the runtime \
            keeps for itself is folded.";
        sheet.push(Block::new("root_way", "Shortest way to a root", Body::Tree(tree)).about(about));
    }
    warn(&mut sheet, named.graph());
    Ok(sheet)
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '`' || c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn lead(sheet: &mut Sheet, named: &Named<'_>, found: &Retentions) {
    let count = found.targets.len() as u64;
    let bytes: u64 = found.targets.iter().map(|node| named.heap().shallow_size(*node)).sum();
    sheet.figures.push(Fact::new("objects", "Objects", Cell::Count(count)));
    sheet.figures.push(Fact::new("shallow_bytes", "Their own bytes", Cell::Bytes(bytes)));
    sheet.figures.push(Fact::new("ways", "Different ways", Cell::Count(found.ways.len() as u64)));
    if found.followed < count {
        let text = format!("{} of {count} objects were followed, evenly spread.", found.followed);
        sheet.warn(Tone::Info, text);
    }
    if found.unnamed > 0 {
        let text = format!(
            "{} of them are kept by nothing with a name: by code, by roots of the runtime, or weakly.",
            found.unnamed
        );
        sheet.warn(Tone::Info, text);
    }
}

fn ways(named: &Named<'_>, found: &Retentions, options: &HeapOptions, sources: &dyn Sources) -> Table {
    let mut table = Table::new(vec![
        Column::new("owner", "Kept by", Unit::Name),
        Column::new("kind", "What", Unit::Text),
        Column::new("place", "Declared", Unit::Place),
        Column::new("holders", "Held by", Unit::Name),
        Column::new("objects", "Objects", Unit::Count).bar(),
        Column::new("retained_bytes", "Retained", Unit::Bytes),
        Column::new("id", "Largest", Unit::Id),
    ]);
    for way in found.ways.iter().take(options.limit) {
        table.push(way_row(named, way, sources));
    }
    table.more = found.ways.len().saturating_sub(options.limit) as u64;
    table
}

fn way_row(named: &Named<'_>, way: &Retention, sources: &dyn Sources) -> Vec<Cell> {
    let declared = named.declaration(&way.owner, sources);
    let told = |owner: &Owner| {
        if owner.within.is_empty() {
            owner.path.clone()
        } else {
            format!("{} in {}", owner.path, owner.within)
        }
    };
    let holders: Vec<String> = way.holders.iter().map(told).collect();
    vec![
        Cell::name(way.owner.path.clone()),
        Cell::text(way.owner.kind.word()),
        of_owner(&way.owner, declared.as_ref(), sources),
        Cell::name(holders.join(" <- ")),
        Cell::Count(way.count),
        Cell::Bytes(way.retained_bytes),
        Cell::Id(named.graph().object_id(way.sample)),
    ]
}

/// From the object outwards; runs of internal steps are one row.
fn root_way(
    named: &Named<'_>,
    from: highwater_heap::NodeId,
    steps: &[PathStep],
    sources: &dyn Sources,
) -> Tree {
    let mut tree = Tree::new(vec![
        Column::new("object", "Object", Unit::Name),
        Column::new("reference", "Refers by", Unit::Name),
        Column::new("place", "Declared", Unit::Place),
        Column::new("id", "Id", Unit::Id),
    ]);
    let graph = named.graph();
    let place = named.place(from).map(|place| written(&place, sources)).unwrap_or_default();
    tree.push(
        0,
        vec![Cell::name(named.class_name(from)), Cell::Absent, place, Cell::Id(graph.object_id(from))],
        0,
    );
    let mut depth = 1;
    let mut at = 0;
    while let Some(step) = steps.get(at) {
        let run = steps[at..].iter().take_while(|step| step.is_internal).count();
        if run > 1 {
            let told = format!("({run} internal steps)");
            tree.push(depth, vec![Cell::name(told), Cell::Absent, Cell::Absent, Cell::Absent], 0);
            at += run;
        } else {
            let place = step.place.as_ref().map(|place| written(place, sources)).unwrap_or_default();
            tree.push(
                depth,
                vec![
                    Cell::name(step.class.clone()),
                    Cell::name(step.reference.trim_start_matches(" -> ").to_owned()),
                    place,
                    Cell::Id(graph.object_id(step.node)),
                ],
                0,
            );
            at += 1;
        }
        depth += 1;
    }
    tree
}
