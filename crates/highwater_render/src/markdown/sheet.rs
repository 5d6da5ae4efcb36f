//! A sheet in Markdown: figures as a list, tables as tables, trees as nested lists. It must not escape by hand.

use highwater_finding::sheet::{
    Block, Body, Cell, Column, Fact, Icicle, Note, Picture, Series, Sheet, Tone, Tree,
};

use super::text::{code, code_cell, inline, opening};
use super::{finding, table};
use crate::{plan, values, words};

/// Longer names and strings are cut: a table is read, not searched.
const ROOM: usize = 160;
/// Deeper rows are not indented any further.
const DEPTH_MAX: u32 = 16;
/// Rows of an icicle.
const PIECES_MAX: usize = 12;

/// The whole sheet.
pub(crate) fn sheet(sheet: &Sheet) -> String {
    let mut out = format!("# {}\n\n", inline(&sheet.title));
    if !sheet.lead.is_empty() {
        out.push_str(&format!("{}\n\n", opening(&sheet.lead)));
    }
    if !sheet.figures.is_empty() {
        facts(&sheet.figures, &mut out);
    }
    for block in &sheet.blocks {
        self::block(block, &mut out);
    }
    if !sheet.next.is_empty() {
        out.push_str("## Next\n\n");
        for next in &sheet.next {
            out.push_str(&format!("- {}: {}\n", code(&values::visible(&next.command)), inline(&next.why)));
        }
        out.push('\n');
    }
    out.push_str(&format!("Highwater {}, `{}`\n", inline(&sheet.tool_version), sheet.command));
    out
}

fn block(block: &Block, out: &mut String) {
    if !block.title.is_empty() {
        out.push_str(&format!("## {}\n\n", inline(&block.title)));
    }
    if !block.about.is_empty() {
        out.push_str(&format!("{}\n\n", opening(&block.about)));
    }
    match &block.body {
        Body::Facts(facts) => self::facts(facts, out),
        Body::Table(table) => {
            let table = values::known(table);
            let rows: Vec<&[Cell]> = table.rows.iter().map(Vec::as_slice).collect();
            self::rows(&table.columns, &rows, out);
            more(table.more, out);
        }
        Body::Tree(tree) => self::tree(tree, out),
        Body::Picture(Picture::Icicle(icicle)) => self::icicle(icicle, out),
        Body::Picture(Picture::Series(series)) => self::series(series, out),
        Body::Findings(findings) => {
            for entry in plan::numbers(findings) {
                finding::section(&[], &entry, out);
            }
            if findings.is_empty() {
                out.push_str("None.\n\n");
            }
        }
        Body::Note(note) => self::note(note, out),
    }
}

fn note(note: &Note, out: &mut String) {
    let word = match note.tone {
        Tone::Info => "Note",
        Tone::Good => "Good",
        Tone::Warning => "Warning",
        Tone::Partial => "Partial",
    };
    out.push_str(&format!("> **{word}:** {}\n\n", inline(&note.text)));
}

fn more(rows: u64, out: &mut String) {
    if rows > 0 {
        out.push_str(&format!("{}\n\n", values::more(rows).replace("--limit", "`--limit`")));
    }
}

fn facts(facts: &[Fact], out: &mut String) {
    for fact in facts {
        let note = if fact.note.is_empty() { String::new() } else { format!(" ({})", inline(&fact.note)) };
        out.push_str(&format!("- **{}:** {}{note}\n", inline(&fact.label), value(&fact.value)));
    }
    out.push_str(if facts.is_empty() { "Nothing.\n\n" } else { "\n" });
}

/// A value in a line of text.
fn value(cell: &Cell) -> String {
    match cell {
        Cell::Name(_) | Cell::Quote(_) | Cell::Place(_) => code(&values::cut(cell, ROOM)),
        Cell::Text(text) => inline(text),
        cell => values::text(cell),
    }
}

/// A value in a table.
fn value_cell(cell: &Cell) -> String {
    match cell {
        Cell::Name(_) | Cell::Quote(_) | Cell::Place(_) => code_cell(&values::cut(cell, ROOM)),
        Cell::Text(text) => super::text::cell(text),
        cell => values::text(cell),
    }
}

/// A table with figures to the right.
fn rows(columns: &[Column], rows: &[&[Cell]], out: &mut String) {
    if rows.is_empty() {
        out.push_str("None.\n\n");
        return;
    }
    let heads: Vec<String> = columns.iter().map(|column| super::text::cell(&column.label)).collect();
    let lines: Vec<&str> = columns.iter().map(|c| if c.unit.is_figure() { "--:" } else { "---" }).collect();
    out.push_str(&format!("| {} |\n| {} |\n", heads.join(" | "), lines.join(" | ")));
    for row in rows {
        let cells: Vec<String> = row.iter().map(value_cell).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out.push('\n');
}

fn tree(tree: &Tree, out: &mut String) {
    if tree.rows.is_empty() {
        out.push_str("None.\n\n");
    }
    let mut open: Vec<(u32, u64)> = Vec::new();
    for row in &tree.rows {
        close(&mut open, row.depth, out);
        let indent = "  ".repeat(row.depth.min(DEPTH_MAX) as usize);
        let mut cells = row.cells.iter().zip(&tree.columns);
        let first = cells.next().map_or(String::new(), |(cell, _)| value(cell));
        let others: Vec<String> = cells
            .filter(|(cell, _)| **cell != Cell::Absent)
            .map(|(cell, column)| match cell {
                Cell::Id(_) | Cell::Place(_) | Cell::Text(_) => value(cell),
                cell => format!("{} {}", inline(&column.label.to_lowercase()), value(cell)),
            })
            .collect();
        let gap = if others.is_empty() { "" } else { ": " };
        out.push_str(&format!("{indent}- {first}{gap}{}\n", others.join(", ")));
        if row.more > 0 {
            open.push((row.depth, row.more));
        }
    }
    close(&mut open, 0, out);
    out.push('\n');
    more(tree.more, out);
}

/// Tells what was left out under rows that are at least as deep.
fn close(open: &mut Vec<(u32, u64)>, depth: u32, out: &mut String) {
    while let Some((above, rest)) = open.pop_if(|(above, _)| *above >= depth) {
        let indent = "  ".repeat((above + 1).min(DEPTH_MAX) as usize);
        out.push_str(&format!("{indent}- {}\n", values::more(rest).replace("--limit", "`--limit`")));
    }
}

fn icicle(icicle: &Icicle, out: &mut String) {
    let Some(top) = icicle.pieces.first() else { return };
    let pieces = icicle.pieces.iter().filter(|piece| piece.depth == 1).take(PIECES_MAX);
    let rows: Vec<Vec<String>> = pieces
        .map(|piece| {
            let name = code_cell(&values::cut_middle(&values::visible(&piece.name), ROOM));
            let (bytes, share) = (words::bytes(piece.bytes), words::share(piece.bytes, top.bytes));
            vec![name, bytes, share, values::bar(piece.bytes, top.bytes, 20)]
        })
        .collect();
    table(out, &["What", "Bytes", "Share", ""], rows);
}

fn series(series: &Series, out: &mut String) {
    let labels: Vec<String> = series.labels.iter().map(|label| super::text::cell(label)).collect();
    let mut head = vec!["What"];
    head.extend(labels.iter().map(String::as_str));
    head.extend(["Change", ""]);
    let rows = series.lines.iter().map(|line| {
        let mut row = vec![code_cell(&values::cut_middle(&values::visible(&line.name), ROOM))];
        let figure =
            |index: usize| line.values.get(index).map_or("-".to_owned(), |v| values::figure(*v, series.unit));
        row.extend((0..series.labels.len()).map(figure));
        row.extend([values::change(line, series), values::curve(&line.values)]);
        row
    });
    table(out, &head, rows);
}
