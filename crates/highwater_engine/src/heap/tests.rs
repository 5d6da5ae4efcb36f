//! Snapshots of a small service that Node writes here and now. Where there is no Node, there is nothing to compare.

use super::*;
use crate::Silent;
use highwater_finding::sheet::{Body, Cell};
use highwater_finding::{Finding, Verdict};
use std::process::Command;

const SERVICE: &str = r"'use strict';
const { EventEmitter } = require('node:events');
const { writeHeapSnapshot } = require('node:v8');

const projects = new Map();
const bus = new EventEmitter();
bus.setMaxListeners(0);
const recent = [];
class Pool {
  #sessions = new Set();
  add(n) { this.#sessions.add({ session: n }); }
}
const pool = new Pool();
let requests = 0;
const makers = [];
function maker(id) {
  const big = new Array(2000).fill(id);
  const sum = () => big.length;
  return sum() > 1e9 ? sum : () => id;
}

function handle() {
  const id = requests++;
  projects.set(`project-${id}`, { id, steps: ['plan', 'run'] });
  bus.on('change', () => id);
  recent.push({ id });
  if (recent.length > 50) recent.shift();
  pool.add(id);
  if (id % 2 === 0) setInterval(() => id, 1e8).unref();
  makers.push(maker(id));
}

for (let rung = 1; rung <= 3; rung++) {
  for (let n = 0; n < 100; n++) handle();
  writeHeapSnapshot(`${process.argv[2]}/${rung}.heapsnapshot`);
}
";

/// A folder with the service and its three snapshots.
fn snapshots() -> Option<(tempfile::TempDir, Vec<PathBuf>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let service = folder.path().join("service.cjs");
    std::fs::write(&service, SERVICE).expect("a file");
    let ran = Command::new("node").arg(&service).arg(folder.path()).output().ok()?;
    assert!(ran.status.success(), "the service fails: {}", String::from_utf8_lossy(&ran.stderr));
    let files = (1..=3).map(|rung| folder.path().join(format!("{rung}.heapsnapshot"))).collect();
    Some((folder, files))
}

fn heaps(folder: &tempfile::TempDir) -> Heaps<'static> {
    let options = HeapOptions { root: Some(folder.path().to_owned()), threads: 1, ..HeapOptions::default() };
    Heaps::new(options, &Silent).expect("threads")
}

fn found(sheet: &Sheet, path: &str) -> Finding {
    let all: Vec<&str> = sheet.findings().map(|finding| finding.title.as_str()).collect();
    let finding = sheet.findings().find(|finding| finding.subject.path == path);
    finding.unwrap_or_else(|| panic!("`{path}` is not among {all:?}")).clone()
}

#[test]
fn what_grows_is_told_with_its_declaration_and_its_rate() {
    let Some((folder, files)) = snapshots() else { return };
    let sheet = heaps(&folder).diff(&files, Some(100)).expect("a sheet");
    let projects = found(&sheet, "projects");
    assert_eq!(projects.kind, "unbounded-map");
    assert_eq!(
        projects.title,
        "`projects` gains exactly 100 entries in every step and nothing removes them, 1 per round"
    );
    assert_eq!((projects.place.file.as_str(), projects.place.line), ("service.cjs", 5));
    assert_eq!(projects.subject.short(), "service.cjs projects");
    assert_eq!(projects.verdict, Verdict::Observed);
    let bus = found(&sheet, "bus.on(\"change\")");
    assert_eq!((bus.kind, bus.place.line), ("listener-not-removed", 6));
    let sessions = found(&sheet, "Pool.#sessions");
    assert_eq!((sessions.kind, sessions.place.line), ("unbounded-set", 10));
    let timers = found(&sheet, "setInterval");
    assert_eq!((timers.kind, timers.place.line), ("timer-not-cleared", 29));
    let makers = found(&sheet, "makers");
    assert_eq!((makers.kind, makers.place.line), ("unbounded-array", 15));
    assert_eq!(sheet.findings().count(), 5, "{:?}", sheet.findings().map(|f| &f.title).collect::<Vec<_>>());
}

#[test]
fn two_snapshots_show_what_is_more_and_call_nothing_a_leak() {
    let Some((folder, files)) = snapshots() else { return };
    let sheet = heaps(&folder).diff(&files[1..], None).expect("a sheet");
    assert_eq!(sheet.findings().count(), 0);
    let owners = sheet.blocks.iter().find(|block| block.key.as_str() == "owners").expect("holders");
    let Body::Table(table) = &owners.body else { panic!("a table") };
    assert!(table.rows.iter().any(|row| row[0] == Cell::name("projects")));
    assert!(matches!(heaps(&folder).diff(&files[..1], None), Err(Error::NothingToCompare)));
}

#[test]
fn ways_lead_to_the_variable() {
    let Some((folder, files)) = snapshots() else { return };
    let sheet = heaps(&folder).retainers(&files[2], "Pool").expect("a sheet");
    let ways = sheet.blocks.iter().find(|block| block.key.as_str() == "ways").expect("ways");
    let Body::Table(table) = &ways.body else { panic!("a table") };
    assert!(table.rows.iter().any(|row| row[0] == Cell::name("pool")), "{:?}", table.rows);
    assert!(matches!(heaps(&folder).retainers(&files[2], "NoSuchClass"), Err(Error::NotInHeap { .. })));
}

#[test]
fn one_snapshot_shows_listeners_timers_and_variables_that_nothing_reads() {
    let Some((folder, files)) = snapshots() else { return };
    let sheet = heaps(&folder).leaks(&files[2]).expect("a sheet");
    assert_eq!(found(&sheet, "bus.on(\"change\")").title, "`bus.on(\"change\")` has 300 listeners");
    assert_eq!(found(&sheet, "setInterval").kind, "timer-not-cleared");
    let block = sheet.blocks.iter().find(|block| block.key.as_str() == "dead_variables");
    let Some(Body::Table(table)) = block.map(|block| &block.body) else { panic!("a table") };
    let row = table.rows.first().expect("a variable");
    assert_eq!((&row[0], &row[1], &row[4]), (&Cell::name("big"), &Cell::name("maker"), &Cell::Count(300)));
    let Cell::Place(declared) = &row[2] else { panic!("a place") };
    assert_eq!((declared.file.as_str(), declared.line), ("service.cjs", 17));
}
