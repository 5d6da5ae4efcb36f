//! Answers that are kept beside a snapshot are those of the snapshot, and only as long as it is the same.

use crate::{HeapOptions, Heaps, Silent};
use highwater_finding::sheet::Sheet;
use highwater_testkit::Snapshot;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

fn heaps(index: bool) -> Heaps<'static> {
    Heaps::new(HeapOptions { index, ..HeapOptions::default() }, &Silent).expect("threads")
}

fn ask(heaps: &Heaps<'_>, path: &Path) -> Vec<Sheet> {
    vec![
        heaps.summary(path).expect("summary"),
        heaps.strings(path).expect("strings"),
        heaps.dominators(path, 3).expect("dominators"),
        heaps.find(path, "class:Session").expect("find"),
        heaps.object(path, "@11").expect("object"),
    ]
}

/// Puts other bytes in the middle of a file, and gives it back its time.
fn spoil(path: &Path) {
    let modified = std::fs::metadata(path).and_then(|meta| meta.modified()).expect("a time");
    let mut file = OpenOptions::new().write(true).open(path).expect("a file");
    file.seek(SeekFrom::Start(100_000)).expect("long enough");
    file.write_all(b"}]}]").expect("written");
    file.set_modified(modified).expect("a time");
}

#[test]
fn kept_answers_are_those_of_the_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.heapsnapshot");
    let index = folder.path().join("a.heapsnapshot.hwindex");
    let mut snapshot = Snapshot::sample();
    snapshot.unknown = format!("\"blanks\":[{}],", " ".repeat(300_000));
    std::fs::write(&path, snapshot.text()).expect("written");

    let expected = ask(&heaps(false), &path);
    assert!(!index.exists());
    assert_eq!(ask(&heaps(true), &path), expected);
    assert!(index.exists());

    // The middle of the snapshot is not looked at again, by those who want the index.
    spoil(&path);
    assert_eq!(ask(&heaps(true), &path), expected);
    heaps(false).summary(&path).expect_err("it is spoilt");
    heaps(true).dominators(&path, 5).expect_err("that was not asked before");

    // A broken index is as none, and so is one of another snapshot.
    let whole = std::fs::read(&index).expect("the index");
    for cut in [0, 7, 20, whole.len() - 1] {
        std::fs::write(&index, &whole[..cut]).expect("written");
        heaps(true).summary(&path).expect_err("no index to answer from");
    }
    std::fs::write(&index, &whole).expect("written");
    assert_eq!(heaps(true).summary(&path).expect("from the index"), expected[0]);
    File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .expect("a time");
    heaps(true).summary(&path).expect_err("the snapshot was written since");
}
