//! `heap diff`: what grew between snapshots of one process.

use super::place::{of_owner, written};
use super::words::file_name;
use super::{HeapOptions, warn};
use crate::fingerprint;
use highwater_finding::sheet::{
    Block, Body, Cell, Column, Fact, Key, Line, Next, Picture, Series, Sheet, Table, Tone, Unit,
};
use highwater_heap::{Diff, Dominated, Named, OwnerGrowth, Rung, Sources, Trend, diff as compare};
use highwater_rules::{HeapContext, Work, judge_heap};
use std::path::PathBuf;

/// Lines of the picture.
const LINES_MAX: usize = 8;

pub(super) fn sheet(
    paths: &[PathBuf],
    rungs: &[Rung],
    heap: &Dominated,
    rounds: Option<u64>,
    options: &HeapOptions,
) -> Sheet {
    let named = Named::of(heap);
    let found = compare(rungs, &named);
    let sources = options.sources();
    let labels: Vec<String> = paths.iter().map(|path| file_name(path)).collect();
    let view = View { named: &named, found: &found, labels: &labels, rounds, options, sources: &sources };
    let mut sheet = view.sheet();
    if let (Some(row), Some(newest)) = (found.owners.first(), paths.last()) {
        let id = named.graph().object_id(row.node);
        sheet.next.push(Next {
            command: format!("highwater heap retainers {} @{id}", newest.display()),
            why: "every way in which it is held".into(),
        });
    }
    warn(&mut sheet, named.graph());
    sheet
}

/// All that the sheet is made of.
struct View<'v> {
    named: &'v Named<'v>,
    found: &'v Diff,
    labels: &'v [String],
    rounds: Option<u64>,
    options: &'v HeapOptions,
    sources: &'v dyn Sources,
}

impl View<'_> {
    fn sheet(&self) -> Sheet {
        let (first, last) = (self.labels.first(), self.labels.last());
        let name = |label: Option<&String>| label.cloned().unwrap_or_default();
        let mut sheet =
            Sheet::new("heap diff", format!("What grew from `{}` to `{}`", name(first), name(last)));
        let work = self.rounds.map_or(Work::Unknown, Work::Rounds);
        let cx = HeapContext::of_diff(self.named, self.found, work, self.sources);
        let mut findings = judge_heap(&cx);
        fingerprint::set_all(&mut findings);
        sheet.lead = match (findings.first(), self.labels.len()) {
            (Some(worst), _) => format!("{}.", worst.title),
            (None, 2) => {
                "Two snapshots show what is more, not what keeps growing: take a third after the same work."
                    .to_owned()
            }
            (None, _) => "Nothing grew in every step.".to_owned(),
        };
        self.figures(&mut sheet);
        self.warnings(&mut sheet);
        if !findings.is_empty() {
            sheet.push(Block::new("findings", "What keeps growing", Body::Findings(findings)));
        }
        if let Some(picture) = self.picture() {
            sheet.push(Block::new("growth", "Entries from snapshot to snapshot", Body::Picture(picture)));
        }
        let about = "Who holds more than in the first snapshot; what grew in every step first.";
        let table = self.owners(&self.found.owners);
        sheet.push(Block::new("owners", "Holders", Body::Table(table)).about(about));
        sheet.push(Block::new("classes", "Classes", Body::Table(self.classes())));
        if !self.found.runtime.is_empty() {
            let table = self.owners(&self.found.runtime);
            let about = "Caches, handles and lists of the runtime itself; rarely the cause.";
            sheet.push(Block::new("runtime", "The runtime's own", Body::Table(table)).about(about).folded());
        }
        sheet
    }

    fn figures(&self, sheet: &mut Sheet) {
        let (Some((nodes, bytes)), Some((last_nodes, last_bytes))) =
            (self.found.totals.first(), self.found.totals.last())
        else {
            return;
        };
        let change = |from: u64, to: u64| to.cast_signed() - from.cast_signed();
        sheet.figures.push(Fact::new("gained_bytes", "Heap", Cell::SignedBytes(change(*bytes, *last_bytes))));
        sheet.figures.push(Fact::new(
            "gained_objects",
            "Objects",
            Cell::SignedCount(change(*nodes, *last_nodes)),
        ));
        sheet.figures.push(Fact::new(
            "heap_bytes",
            "Heap in each",
            Cell::Trend(self.found.totals.iter().map(|(_, bytes)| *bytes).collect()),
        ));
        let code: u64 = self.found.code_bytes.iter().sum();
        if code > 0 {
            sheet.figures.push(
                Fact::new("code_bytes", "Compiled code", Cell::SignedBytes(code.cast_signed()))
                    .note("left out of all lists"),
            );
        }
    }

    fn warnings(&self, sheet: &mut Sheet) {
        if !self.found.by_id {
            let text = "The snapshots do not share object ids (Bun; or the debugger was detached between them, which \
                makes V8 number objects anew). Collections are compared by their names, and bytes are estimates.";
            sheet.warn(Tone::Warning, text);
        }
        if self.labels.len() == 2 {
            sheet.warn(Tone::Info, "With two snapshots nothing is called a leak: three or more decide.");
        }
    }

    fn picture(&self) -> Option<Picture> {
        let lines: Vec<Line> = self
            .found
            .owners
            .iter()
            .filter(|row| row.trend == Trend::Growth)
            .take(LINES_MAX)
            .map(|row| Line {
                name: row.owner.path.clone(),
                note: row.exact().map(|exact| format!("+{exact} in every step, exactly")).unwrap_or_default(),
                values: row.entries.clone(),
            })
            .collect();
        (!lines.is_empty())
            .then(|| Picture::Series(Series { labels: self.labels.to_vec(), unit: Unit::Count, lines }))
    }

    fn owners(&self, rows: &[OwnerGrowth]) -> Table {
        let mut columns = vec![
            Column::new("owner", "Holder", Unit::Name),
            Column::new("kind", "What", Unit::Text),
            Column::new("place", "Declared", Unit::Place),
            Column::new("entries", "Entries", Unit::Trend),
        ];
        for step in 1..self.labels.len() {
            columns.push(Column::new(
                Key::numbered("entries_step", step),
                format!("Step {step}"),
                Unit::Count,
            ));
        }
        if self.rounds.is_some() {
            columns.push(Column::new("entries_per_round", "Per round", Unit::Ratio));
        }
        columns.push(Column::new("exact", "Exact", Unit::Text));
        columns.push(Column::new("gained_bytes", "Bytes", Unit::Bytes).bar());
        columns.push(Column::new("entry_class", "Mostly", Unit::Name));
        columns.push(Column::new("trend", "Trend", Unit::Text));
        columns.push(Column::new("id", "Object", Unit::Id));
        let mut table = Table::new(columns);
        for row in rows.iter().take(self.options.limit) {
            table.push(self.owner_row(row));
        }
        table.more = rows.len().saturating_sub(self.options.limit) as u64;
        table
    }

    fn owner_row(&self, row: &OwnerGrowth) -> Vec<Cell> {
        let declared = self.named.declaration(&row.owner, self.sources);
        let mut cells = vec![
            Cell::name(row.owner.path.clone()),
            Cell::text(row.what),
            of_owner(&row.owner, declared.as_ref(), self.sources),
            Cell::Trend(row.entries.clone()),
        ];
        for pair in row.entries.windows(2) {
            cells.push(Cell::SignedCount(pair[1].cast_signed() - pair[0].cast_signed()));
        }
        if let Some(rounds) = self.rounds {
            let steps = row.entries.len().saturating_sub(1) as u64;
            cells.push(Cell::Ratio { over: row.gained_entries().cast_signed(), under: rounds * steps });
        }
        cells.push(match (row.exact(), row.entries_known) {
            (Some(_), _) => Cell::text("yes"),
            (None, true) => Cell::text("no"),
            (None, false) => Cell::text("room only"),
        });
        cells.push(Cell::Bytes(row.gained_bytes()));
        cells.push(Cell::name(row.entry_class.clone()));
        cells.push(Cell::text(row.trend.word()));
        cells.push(Cell::Id(self.named.graph().object_id(row.node)));
        cells
    }

    fn classes(&self) -> Table {
        let mut table = Table::new(vec![
            Column::new("class", "Class", Unit::Name),
            Column::new("place", "Declared", Unit::Place),
            Column::new("count", "Objects", Unit::Trend),
            Column::new("gained_count", "More", Unit::Count),
            Column::new("gained_bytes", "Bytes", Unit::Bytes).bar(),
            Column::new("trend", "Trend", Unit::Text),
        ]);
        let change = |values: &[u64]| {
            values.last().unwrap_or(&0).cast_signed() - values.first().unwrap_or(&0).cast_signed()
        };
        let rows = &self.found.classes;
        for class in rows.iter().take(self.options.limit) {
            let place = class.place.as_ref().map(|place| written(place, self.sources));
            let name = if class.name.is_empty() { "(anonymous)".to_owned() } else { class.name.clone() };
            table.push(vec![
                Cell::name(name),
                place.unwrap_or_default(),
                Cell::Trend(class.count.clone()),
                Cell::SignedCount(change(&class.count)),
                Cell::SignedBytes(change(&class.bytes)),
                Cell::text(class.trend.word()),
            ]);
        }
        table.more = rows.len().saturating_sub(self.options.limit) as u64;
        table
    }
}
