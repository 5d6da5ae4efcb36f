//! Prints the collections of a snapshot with their owners: for measuring, not for users.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring tool"
)]

use highwater_heap::{Dominated, HeapGraph, Named, Sizes, Sources, census, dead_variables, decode};
use std::fs::File;
use std::time::Instant;

struct Disk;

impl Sources for Disk {
    fn text(&self, url: &str) -> Option<std::sync::Arc<str>> {
        std::fs::read_to_string(self.shown(url)).ok().map(Into::into)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: heap_names FILE [ENTRIES_MIN]")?;
    let least = std::env::args().nth(2).map_or(Ok(100), |word| word.parse())?;
    let heap =
        Dominated::compute(HeapGraph::build(decode(File::open(path)?, None, &|_, _| {})?), Sizes::default());
    let start = Instant::now();
    let named = Named::of(&heap);
    let words = start.elapsed();
    let collections = named.collections(least);
    println!("words after {words:?}, {} collections after {:?}", collections.len(), start.elapsed());
    for found in collections {
        let owner = named.owner(found.node);
        let held = owner.as_ref().and_then(|owner| named.held_by(owner)).map(|holder| holder.path);
        let declared = owner.as_ref().and_then(|o| named.declaration(o, &Disk)).map(|p| (p.line, p.column));
        let told = owner.map(|o| {
            format!(
                "{:?} {} [{}] in {} {}:{}:{}",
                o.kind, o.path, o.symbol, o.within, o.place.url, o.place.line, o.place.column
            )
        });
        println!(
            "@{} {} {}{} of {} own {} unused {} retained {}: {} held by {:?} declared {declared:?}",
            heap.graph().object_id(found.node),
            found.kind.word(),
            found.entries,
            if found.exact { "" } else { "+" },
            found.capacity,
            found.own_bytes,
            found.unused_bytes,
            heap.retained_size(found.node),
            told.unwrap_or_default(),
            held
        );
    }
    let begun = start.elapsed();
    let found = census(&named);
    println!("census of {} owners in {:?}", found.collections.len(), start.elapsed().saturating_sub(begun));
    let begun = start.elapsed();
    let dead = dead_variables(&named, &Disk);
    println!(
        "{} dead variables ({} unknown) in {:?}",
        dead.found.len(),
        dead.unknown,
        start.elapsed().saturating_sub(begun)
    );
    println!("done after {:?}", start.elapsed());
    Ok(())
}
