//! `heap leaks`: what in one heap looks like a leak.

use super::place::{of_owner, written};
use super::words::file_name;
use super::{HeapOptions, warn};
use crate::fingerprint;
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Sheet, Table, Tone, Unit};
use highwater_heap::{Census, DeadVariables, Dominated, Named, Sources, census, dead_variables};
use highwater_rules::{HeapContext, judge_heap};
use std::path::Path;

/// Duplicated strings that waste less are told with `heap strings` only.
const WASTED_MIN: u64 = 64 << 10;
/// Suspended calls of one function that are told.
const SUSPENDED_MIN: u64 = 50;

pub(super) fn sheet(path: &Path, heap: &Dominated, options: &HeapOptions) -> Sheet {
    let named = Named::of(heap);
    let sources = options.sources();
    let (found, dead) = rayon::join(|| census(&named), || dead_variables(&named, &sources));
    let view = View { named: &named, census: &found, dead: &dead, limit: options.limit, sources: &sources };
    let mut sheet = Sheet::new("heap leaks", format!("What looks like a leak in `{}`", file_name(path)));
    let cx = HeapContext::of_census(&named, &found, &sources);
    let mut findings = judge_heap(&cx);
    fingerprint::set_all(&mut findings);
    sheet.lead = findings.first().map_or_else(
        || "Nothing stands out.".to_owned(),
        |worst| format!("{}. One snapshot shows what is there; `heap diff` shows what grows.", worst.title),
    );
    sheet.figures.push(Fact::new("suspicions", "Suspicions", Cell::Count(findings.len() as u64)));
    let dead_bytes = dead.found.iter().map(|dead| dead.retained_bytes).sum();
    sheet.figures.push(Fact::new(
        "dead_bytes",
        "In variables that nothing can read",
        Cell::Bytes(dead_bytes),
    ));
    if !findings.is_empty() {
        findings.truncate(options.limit);
        sheet.push(Block::new("findings", "Suspicions", Body::Findings(findings)));
    }
    view.blocks(&mut sheet);
    warn(&mut sheet, named.graph());
    sheet
}

/// All that the tables are made of.
struct View<'v> {
    named: &'v Named<'v>,
    census: &'v Census,
    dead: &'v DeadVariables,
    limit: usize,
    sources: &'v dyn Sources,
}

impl View<'_> {
    fn blocks(&self, sheet: &mut Sheet) {
        if !self.dead.found.is_empty() {
            let about = "Captured, and mentioned by no function that is still there and shares the scope.";
            sheet.push(
                Block::new("dead_variables", "Variables that nothing can read", Body::Table(self.dead()))
                    .about(about),
            );
        }
        if self.dead.unknown > 0 {
            let text = format!(
                "{} captured variables were not judged: the source of a function that shares them is not at hand. \
                 Give its folder with `--root`.",
                self.dead.unknown
            );
            sheet.push(Block::note(Tone::Info, text));
        }
        let about = "Everything that the program or a package keeps, what keeps most bytes first.";
        sheet.push(Block::new("collections", "Collections", Body::Table(self.collections())).about(about));
        let suspended = self.suspended();
        if !suspended.rows.is_empty() {
            sheet.push(Block::new("suspended", "Calls that wait to go on", Body::Table(suspended)));
        }
        let strings = self.strings();
        if !strings.rows.is_empty() {
            sheet.push(Block::new("strings", "The same text many times", Body::Table(strings)));
        }
        let detached = self.detached();
        if !detached.rows.is_empty() {
            sheet.push(Block::new("detached", "Elements outside any document", Body::Table(detached)));
        }
    }

    fn id(&self, node: highwater_heap::NodeId) -> Cell {
        Cell::Id(self.named.graph().object_id(node))
    }

    fn dead(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("variable", "Variable", Unit::Name),
            Column::new("within", "Function", Unit::Name),
            Column::new("place", "Declared", Unit::Place),
            Column::new("kept_by", "Kept by", Unit::Place),
            Column::new("count", "Scopes", Unit::Count),
            Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
            Column::new("id", "Largest", Unit::Id),
        ]);
        for dead in self.dead.found.iter().take(self.limit) {
            let declared = dead.declared.as_ref();
            table.push(vec![
                Cell::name(dead.variable.clone()),
                Cell::name(dead.within.clone()),
                declared.map_or(Cell::Absent, |at| Cell::at(self.sources.shown(&at.url), at.line, at.column)),
                written(&dead.kept_by, self.sources),
                Cell::Count(dead.count),
                Cell::Bytes(dead.retained_bytes),
                self.id(dead.node),
            ]);
        }
        table.more = self.dead.found.len().saturating_sub(self.limit) as u64;
        table
    }

    fn collections(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("owner", "Owner", Unit::Name),
            Column::new("kind", "What", Unit::Text),
            Column::new("place", "Declared", Unit::Place),
            Column::new("held_by", "Held by", Unit::Name),
            Column::new("entries", "Entries", Unit::Count),
            Column::new("entry_class", "Mostly", Unit::Name),
            Column::new("unused_bytes", "Unused", Unit::Bytes),
            Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
            Column::new("id", "Object", Unit::Id),
        ]);
        for held in self.census.collections.iter().take(self.limit) {
            let declared = self.named.declaration(&held.owner, self.sources);
            table.push(vec![
                Cell::name(held.owner.path.clone()),
                Cell::text(held.kind.word()),
                of_owner(&held.owner, declared.as_ref(), self.sources),
                Cell::or_absent(held.held_by.as_ref(), |holder| Cell::name(holder.path.clone())),
                Cell::Count(if held.exact { held.entries } else { held.capacity }),
                Cell::name(held.entry_class.clone()),
                Cell::Bytes(held.unused_bytes),
                Cell::Bytes(held.retained_bytes),
                self.id(held.node),
            ]);
        }
        table.more = self.census.collections.len().saturating_sub(self.limit) as u64;
        table
    }

    fn suspended(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("function", "Function", Unit::Name),
            Column::new("place", "Declared", Unit::Place),
            Column::new("count", "Calls", Unit::Count).bar(),
            Column::new("retained_bytes", "Retained", Unit::Bytes),
            Column::new("id", "Largest", Unit::Id),
        ]);
        let many = self.census.suspended.iter().filter(|group| group.count >= SUSPENDED_MIN);
        for group in many.take(self.limit) {
            table.push(vec![
                Cell::name(group.function.clone()),
                written(&group.place, self.sources),
                Cell::Count(group.count),
                Cell::Bytes(group.retained_bytes),
                self.id(group.node),
            ]);
        }
        table
    }

    fn strings(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("text", "Text", Unit::Quote),
            Column::new("count", "Times", Unit::Count),
            Column::new("wasted_bytes", "Wasted", Unit::Bytes).bar(),
            Column::new("id", "One of them", Unit::Id),
        ]);
        let large = self.census.strings.iter().filter(|string| string.wasted_bytes >= WASTED_MIN);
        for string in large.take(self.limit) {
            table.push(vec![
                Cell::Quote(string.text.clone()),
                Cell::Count(string.count),
                Cell::Bytes(string.wasted_bytes),
                self.id(string.node),
            ]);
        }
        table
    }

    fn detached(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("class", "Class", Unit::Name),
            Column::new("count", "Objects", Unit::Count),
            Column::new("retained_bytes", "Retained", Unit::Bytes).bar(),
            Column::new("id", "Largest", Unit::Id),
        ]);
        for group in self.census.detached.iter().take(self.limit) {
            table.push(vec![
                Cell::name(group.class.clone()),
                Cell::Count(group.count),
                Cell::Bytes(group.retained_bytes),
                self.id(group.node),
            ]);
        }
        table
    }
}
