//! Prints what grew between snapshots: for measuring, not for users.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measuring tool"
)]

use highwater_heap::{Dominated, HeapGraph, Named, OwnerGrowth, Rung, Sizes, decode, diff};
use std::fs::File;
use std::time::Instant;

fn open(path: &str) -> Result<HeapGraph, Box<dyn std::error::Error>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    Ok(HeapGraph::build(decode(file, Some(size), &|_, _| {})?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let (last, old) = paths.split_last().ok_or("usage: heap_diff FILE FILE ...")?;
    let start = Instant::now();
    let mut rungs = Vec::new();
    for path in old {
        rungs.push(Rung::of(open(path)?));
    }
    let light = start.elapsed();
    let heap = Dominated::compute(open(last)?, Sizes::default());
    let dominated = start.elapsed();
    let named = Named::of(&heap);
    let found = diff(&rungs, &named);
    println!(
        "old {light:?}, dominated {dominated:?}, done {:?}; totals {:?} code {:?} ids {}",
        start.elapsed(),
        found.totals,
        found.code_bytes,
        found.by_id
    );
    for row in found.owners.iter().take(8) {
        print(row);
    }
    println!("-- runtime");
    for row in found.runtime.iter().take(4) {
        print(row);
    }
    println!("-- classes");
    for class in found.classes.iter().take(8) {
        println!(
            "{:?} {} {:?} {:?} {:?} {:?}",
            class.trend, class.name, class.kind, class.count, class.bytes, class.place
        );
    }
    Ok(())
}

fn print(row: &OwnerGrowth) {
    let o = &row.owner;
    println!(
        "{:?} {:?} {} x{} `{}` in {} {}:{} held by {:?} entries {:?}{} bytes {:?} of {} {:?} also {:?}",
        row.trend,
        o.kind,
        row.what,
        row.members,
        o.path,
        o.within,
        o.place.url,
        o.place.line,
        row.held_by.as_ref().map(|holder| holder.path.as_str()),
        row.entries,
        if row.entries_known { "" } else { "~" },
        row.bytes,
        row.entry_class,
        row.entry_place.as_ref().map(|place| format!("{}:{}", place.url, place.line)),
        row.also
    );
}
