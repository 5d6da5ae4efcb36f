//! Three small snapshots of one process, compared.

use super::*;
use crate::built::Built;

/// A snapshot after so many requests: `leaked` gains an object for each, `sessions` gets new values for old keys.
fn after(requests: usize) -> Built {
    let mut built = Built::new();
    let context = built.module("file:///srv/app.mjs", 9, 4);
    let leaked = built.child((context, EdgeKind::Context, "leaked"), NodeKind::Object, "Array", 32);
    let sessions = built.child((context, EdgeKind::Context, "sessions"), NodeKind::Object, "Array", 32);
    let mut ids = 1001;
    // Every request makes two objects; of those in `sessions` the last ten live.
    for request in 0..requests {
        built.next_id = ids;
        let context = built.child(
            (leaked, EdgeKind::Element, &request.to_string()),
            NodeKind::Object,
            "RequestContext",
            200,
        );
        built.locate(context, crate::built::SCRIPT, 4, 2);
        if request + 10 >= requests {
            built.next_id = ids + 2;
            let slot = (request % 10).to_string();
            built.child((sessions, EdgeKind::Element, &slot), NodeKind::Object, "Session", 100);
        }
        ids += 4;
    }
    built
}

fn compared(requests: &[usize]) -> Diff {
    let (last, old) = requests.split_last().expect("a snapshot");
    let old: Vec<Rung> = old.iter().map(|requests| Rung::of(after(*requests).graph())).collect();
    let heap = after(*last).heap();
    diff(&old, &Named::of(&heap))
}

#[test]
fn the_holder_is_told_with_its_exact_rate_and_nothing_else_is() {
    let found = compared(&[30, 60, 90]);
    assert!(found.by_id);
    let [row] = &found.owners[..] else { panic!("one owner: {:?}", found.owners) };
    assert_eq!((row.owner.path.as_str(), row.what), ("leaked", "Array"));
    assert_eq!(row.entries, [30, 60, 90]);
    assert_eq!(row.exact(), Some(30));
    assert_eq!(row.bytes, [30 * 200, 30 * 200]);
    assert_eq!(row.trend, Trend::Growth);
    assert_eq!(row.entry_class, "RequestContext");
    assert_eq!(row.entry_place.as_ref().map(|place| place.line), Some(5));
    let class = &found.classes[0];
    assert_eq!((class.name.as_str(), &class.count[..]), ("RequestContext", &[30, 60, 90][..]));
}

#[test]
fn what_stops_does_not_grow_and_two_snapshots_decide_nothing() {
    assert!(compared(&[30, 60, 60]).owners.is_empty());
    assert!(compared(&[30, 30, 30]).owners.is_empty());
    let found = compared(&[30, 60]);
    assert_eq!(found.owners.iter().map(|row| row.trend).collect::<Vec<_>>(), [Trend::NotEnoughData]);
    assert_eq!(found.owners[0].exact(), None);
}

#[test]
fn without_stable_ids_names_are_compared() {
    let renumbered = |requests: usize, by: u64| {
        let mut built = Built::new();
        // Other objects come first, so that no id is what it was.
        for filler in 0..by {
            built.child((0, EdgeKind::Element, "9"), NodeKind::Object, &format!("Filler{by}{filler}"), 8);
        }
        let context = built.module("file:///srv/app.mjs", 9, 4);
        let map = built.map((context, EdgeKind::Context, "cache"), requests);
        assert!(map > 0);
        built
    };
    let old = [Rung::of(renumbered(20, 3).graph()), Rung::of(renumbered(40, 7).graph())];
    let heap = renumbered(60, 0).heap();
    let found = diff(&old, &Named::of(&heap));
    assert!(!found.by_id);
    let [row] = &found.owners[..] else { panic!("one owner: {:?}", found.owners) };
    assert_eq!((row.owner.path.as_str(), &row.entries[..]), ("cache", &[20, 40, 60][..]));
    assert_eq!(row.entry_class, "Session");
}
