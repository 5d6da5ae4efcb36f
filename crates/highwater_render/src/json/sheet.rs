//! A sheet as JSON, described by `schema/sheet-1.schema.json`: blocks by key, rows as objects, figures as they are.
//!
//! Names and strings from a heap are whole and unchanged once parsed, but nothing that steers a terminal or the
//! direction of writing stands in the text as such: it is written as `\u` escapes.

use std::io;

use highwater_finding::sheet::{
    Block, Body, Cell, Column, Fact, Icicle, Key, Picture, Series, Sheet, Table, Tree,
};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use serde_json::{Map, Value, json};

use crate::{plan, values};

const SCHEMA: &str = "https://highwater.dev/schema/sheet-1.json";
const SCHEMA_VERSION: u32 = 1;

/// The sheet, pretty-printed.
pub(crate) fn sheet(sheet: &Sheet) -> io::Result<String> {
    let mut bytes = Vec::new();
    let formatter = Plain(PrettyFormatter::new());
    root(sheet).serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn root(sheet: &Sheet) -> Value {
    let mut blocks = Map::new();
    for block in sheet.blocks.iter().filter(|block| !matches!(block.body, Body::Note(_))) {
        let value = self::block(block);
        insert(&mut blocks, &block.key, value);
    }
    let notes: Vec<Value> =
        sheet.notes().map(|note| json!({ "tone": note.tone.word(), "text": note.text })).collect();
    let next: Vec<Value> =
        sheet.next.iter().map(|next| json!({ "command": next.command, "why": next.why })).collect();
    json!({
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "tool": { "name": "highwater", "version": sheet.tool_version },
        "command": sheet.command,
        "title": sheet.title,
        "lead": sheet.lead,
        "partial": sheet.is_partial(),
        "notes": notes,
        "figures": facts(&sheet.figures),
        "blocks": blocks,
        "next": next,
    })
}

/// Puts a value under its key; a key that is taken gets a number, so that nothing is lost.
fn insert(map: &mut Map<String, Value>, key: &Key, value: Value) {
    let mut name = key.to_string();
    let mut number = 2;
    while map.contains_key(&name) {
        name = Key::numbered(key.as_str(), number).to_string();
        number += 1;
    }
    map.insert(name, value);
}

fn block(block: &Block) -> Value {
    let (kind, content) = match &block.body {
        Body::Facts(facts) => ("facts", json!({ "values": self::facts(facts) })),
        Body::Table(table) => ("table", self::table(table)),
        Body::Tree(tree) => ("tree", self::tree(tree)),
        Body::Picture(Picture::Icicle(icicle)) => ("icicle", self::icicle(icicle)),
        Body::Picture(Picture::Series(series)) => ("series", self::series(series)),
        Body::Findings(findings) => {
            ("findings", json!({ "findings": super::findings(plan::numbers(findings)) }))
        }
        Body::Note(_) => ("note", json!({})),
    };
    let mut value = Map::new();
    value.insert("type".to_owned(), kind.into());
    value.insert("title".to_owned(), block.title.as_str().into());
    value.insert("about".to_owned(), block.about.as_str().into());
    if let Value::Object(content) = content {
        value.extend(content);
    }
    Value::Object(value)
}

fn facts(facts: &[Fact]) -> Value {
    let mut values = Map::new();
    for fact in facts {
        insert(&mut values, &fact.key, cell(&fact.value));
    }
    Value::Object(values)
}

fn columns(columns: &[Column]) -> Vec<Value> {
    let column = |c: &Column| json!({ "key": c.key.as_str(), "label": c.label, "unit": c.unit.word() });
    columns.iter().map(column).collect()
}

fn row(columns: &[Column], cells: &[Cell]) -> Map<String, Value> {
    let mut row = Map::new();
    for (column, cell) in columns.iter().zip(cells) {
        insert(&mut row, &column.key, self::cell(cell));
    }
    row
}

fn table(table: &Table) -> Value {
    let rows: Vec<_> = table.rows.iter().map(|cells| row(&table.columns, cells)).collect();
    json!({ "columns": columns(&table.columns), "rows": rows, "more": table.more })
}

fn tree(tree: &Tree) -> Value {
    let rows: Vec<Value> = tree
        .rows
        .iter()
        .map(|row| {
            let values = self::row(&tree.columns, &row.cells);
            json!({ "depth": row.depth, "values": values, "more": row.more })
        })
        .collect();
    json!({ "columns": columns(&tree.columns), "rows": rows, "more": tree.more })
}

fn icicle(icicle: &Icicle) -> Value {
    let pieces: Vec<Value> = icicle
        .pieces
        .iter()
        .map(|p| {
            json!({ "depth": p.depth, "name": p.name, "id": p.id, "bytes": p.bytes, "count": p.count, "note": p.note })
        })
        .collect();
    json!({ "pieces": pieces })
}

fn series(series: &Series) -> Value {
    let lines: Vec<Value> = series
        .lines
        .iter()
        .map(|line| json!({ "name": line.name, "note": line.note, "values": line.values }))
        .collect();
    json!({ "labels": series.labels, "unit": series.unit.word(), "lines": lines })
}

/// A value as it is: bytes and counts as whole numbers, shares and ratios as fractions, nothing as `null`.
fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Absent => Value::Null,
        Cell::Text(text) | Cell::Name(text) | Cell::Quote(text) => text.as_str().into(),
        Cell::Bytes(value) | Cell::Count(value) | Cell::Id(value) => (*value).into(),
        Cell::SignedBytes(value) | Cell::SignedCount(value) => (*value).into(),
        Cell::Share { whole: 0, .. } | Cell::Ratio { under: 0, .. } => Value::Null,
        Cell::Share { part, whole } => (*part as f64 / *whole as f64).into(),
        Cell::Ratio { over, under } => (*over as f64 / *under as f64).into(),
        Cell::Place(place) => json!({ "file": place.file, "line": place.line, "column": place.column }),
        Cell::Trend(values) => values.as_slice().into(),
    }
}

/// Pretty-printing that writes hidden characters as escapes.
struct Plain(PrettyFormatter<'static>);

impl Formatter for Plain {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| values::is_hidden(*c)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &after[c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_steers_a_terminal_is_escaped_and_comes_back_whole() {
        let nasty = "\u{1b}[31m\u{9b}0m\u{202e}é\u{7f}\u{e0041}";
        let mut sheet = Sheet::new("heap find", "x");
        sheet.figures = vec![
            Fact::new("name", "Name", Cell::Name(nasty.into())),
            Fact::new("name", "Name", Cell::Count(1)),
        ];
        let text = super::sheet(&sheet).expect("memory");
        assert!(!text.chars().any(|c| c != '\n' && values::is_hidden(c)), "{text}");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["figures"], json!({ "name": nasty, "name_2": 1 }));
    }
}
