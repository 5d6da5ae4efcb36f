//! Files made of a snapshot are there whole or not at all, and nothing is written over what is read.

use crate::{HeapOptions, Heaps, Keys, Silent};
use highwater_testkit::Snapshot;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn copies_are_whole_or_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (sound, broken) = (at("a.heapsnapshot"), at("b.heapsnapshot"));
    std::fs::write(&sound, Snapshot::sample().text()).expect("written");
    std::fs::write(&broken, &Snapshot::sample().text()[..900]).expect("written");
    let heaps = Heaps::new(HeapOptions::default(), &Silent).expect("threads");

    let done = heaps.redact(&sound, Keys::Redact, &at("r.heapsnapshot")).expect("a copy");
    assert!(done.replaced > 0 && done.replaced < done.strings, "{done:?}");
    heaps.redact(&at("r.heapsnapshot"), Keys::Redact, &at("r.heapsnapshot")).expect_err("the same file");
    heaps.redact(&broken, Keys::Redact, &at("x.heapsnapshot")).expect_err("a broken file");
    if cfg!(target_os = "linux") {
        heaps.redact(&sound, Keys::Redact, Path::new("/dev/full")).expect_err("a full disk");
    }

    let tables = heaps.parquet(&sound, &at("tables")).expect("tables");
    assert_eq!((tables.nodes, tables.edges), (14, 20));
    heaps.parquet(&sound, &at("tables")).expect_err("the folder is there");
    heaps.parquet(&broken, &at("others")).expect_err("a broken file");
    heaps.parquet(&sound, &at("no/such/folder")).expect_err("no folder around it");

    assert_eq!(names(folder.path()), ["a.heapsnapshot", "b.heapsnapshot", "r.heapsnapshot", "tables"]);
    assert_eq!(names(&at("tables")), ["edges.parquet", "nodes.parquet"]);
}
