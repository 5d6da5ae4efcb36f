//! Sheets as they lie in an index.

use bitcode::{Decode, Encode};
use highwater_finding::Place;
use highwater_finding::sheet::{
    Block, Body, Cell, Column, Fact, Icicle, Key, Line, Next, Note, Picture, Piece, Series, Sheet, Table,
    Tone, Tree, TreeRow, Unit,
};

/// Commands whose sheets are kept.
const COMMANDS: [&str; 5] = ["heap summary", "heap dominators", "heap strings", "heap find", "heap object"];
const UNITS: [Unit; 10] = [
    Unit::Text,
    Unit::Name,
    Unit::Quote,
    Unit::Bytes,
    Unit::Count,
    Unit::Share,
    Unit::Ratio,
    Unit::Id,
    Unit::Place,
    Unit::Trend,
];
const TONES: [Tone; 4] = [Tone::Info, Tone::Good, Tone::Warning, Tone::Partial];

/// A sheet.
#[derive(Encode, Decode)]
pub(super) struct Kept {
    tool_version: String,
    command: String,
    title: String,
    lead: String,
    figures: Vec<KeptFact>,
    blocks: Vec<KeptBlock>,
    next: Vec<(String, String)>,
}

#[derive(Encode, Decode)]
struct KeptFact {
    key: String,
    label: String,
    value: KeptCell,
    note: String,
}

#[derive(Encode, Decode)]
struct KeptBlock {
    key: String,
    title: String,
    about: String,
    folded: bool,
    body: KeptBody,
}

#[derive(Encode, Decode)]
enum KeptBody {
    Facts(Vec<KeptFact>),
    Table { columns: Vec<KeptColumn>, rows: Vec<Vec<KeptCell>>, more: u64 },
    Tree { columns: Vec<KeptColumn>, rows: Vec<(u32, Vec<KeptCell>, u64)>, more: u64 },
    Icicle(Vec<KeptPiece>),
    Series { labels: Vec<String>, unit: u8, lines: Vec<(String, String, Vec<u64>)> },
    Note { tone: u8, text: String },
}

#[derive(Encode, Decode)]
struct KeptColumn {
    key: String,
    label: String,
    unit: u8,
    bar: bool,
}

#[derive(Encode, Decode)]
struct KeptPiece {
    depth: u32,
    name: String,
    id: Option<u64>,
    bytes: u64,
    count: u64,
    note: String,
}

#[derive(Encode, Decode)]
enum KeptCell {
    Absent,
    Text(String),
    Name(String),
    Quote(String),
    Bytes(u64),
    SignedBytes(i64),
    Count(u64),
    SignedCount(i64),
    Share { part: u64, whole: u64 },
    Ratio { over: i64, under: u64 },
    Id(u64),
    Place { file: String, ends: [u32; 4], excerpt: String },
    Trend(Vec<u64>),
}

impl Kept {
    /// A sheet to keep; none for one that is not kept.
    pub(super) fn of(sheet: &Sheet) -> Option<Kept> {
        COMMANDS.contains(&sheet.command).then_some(())?;
        Some(Kept {
            tool_version: sheet.tool_version.clone(),
            command: sheet.command.to_owned(),
            title: sheet.title.clone(),
            lead: sheet.lead.clone(),
            figures: sheet.figures.iter().map(KeptFact::of).collect(),
            blocks: sheet.blocks.iter().map(KeptBlock::of).collect::<Option<_>>()?,
            next: sheet.next.iter().map(|next| (next.command.clone(), next.why.clone())).collect(),
        })
    }

    /// The sheet; none if this is not one.
    pub(super) fn sheet(&self) -> Option<Sheet> {
        let command = COMMANDS.into_iter().find(|command| *command == self.command)?;
        let mut sheet = Sheet::new(command, self.title.clone());
        sheet.tool_version.clone_from(&self.tool_version);
        sheet.lead.clone_from(&self.lead);
        sheet.figures = self.figures.iter().map(KeptFact::fact).collect();
        sheet.blocks = self.blocks.iter().map(KeptBlock::block).collect::<Option<_>>()?;
        let next = self.next.iter();
        sheet.next = next.map(|(command, why)| Next { command: command.clone(), why: why.clone() }).collect();
        Some(sheet)
    }
}

impl KeptFact {
    fn of(fact: &Fact) -> KeptFact {
        KeptFact {
            key: fact.key.as_str().to_owned(),
            label: fact.label.clone(),
            value: KeptCell::of(&fact.value),
            note: fact.note.clone(),
        }
    }

    fn fact(&self) -> Fact {
        Fact::new(Key::of(&self.key), self.label.clone(), self.value.cell()).note(self.note.clone())
    }
}

impl KeptBlock {
    fn of(block: &Block) -> Option<KeptBlock> {
        let cells = |row: &Vec<Cell>| row.iter().map(KeptCell::of).collect();
        let columns = |columns: &[Column]| columns.iter().map(KeptColumn::of).collect();
        let body = match &block.body {
            Body::Facts(facts) => KeptBody::Facts(facts.iter().map(KeptFact::of).collect()),
            Body::Table(table) => KeptBody::Table {
                columns: columns(&table.columns),
                rows: table.rows.iter().map(cells).collect(),
                more: table.more,
            },
            Body::Tree(tree) => KeptBody::Tree {
                columns: columns(&tree.columns),
                rows: tree.rows.iter().map(|row| (row.depth, cells(&row.cells), row.more)).collect(),
                more: tree.more,
            },
            Body::Picture(Picture::Icicle(icicle)) => {
                KeptBody::Icicle(icicle.pieces.iter().map(KeptPiece::of).collect())
            }
            Body::Picture(Picture::Series(series)) => KeptBody::Series {
                labels: series.labels.clone(),
                unit: place(&UNITS, series.unit),
                lines: series
                    .lines
                    .iter()
                    .map(|line| (line.name.clone(), line.note.clone(), line.values.clone()))
                    .collect(),
            },
            Body::Note(note) => KeptBody::Note { tone: place(&TONES, note.tone), text: note.text.clone() },
            // Findings read sources.
            Body::Findings(_) => return None,
        };
        Some(KeptBlock {
            key: block.key.as_str().to_owned(),
            title: block.title.clone(),
            about: block.about.clone(),
            folded: block.folded,
            body,
        })
    }

    fn block(&self) -> Option<Block> {
        let cells = |row: &Vec<KeptCell>| row.iter().map(KeptCell::cell).collect();
        let columns =
            |columns: &[KeptColumn]| columns.iter().map(KeptColumn::column).collect::<Option<Vec<Column>>>();
        let body = match &self.body {
            KeptBody::Facts(facts) => Body::Facts(facts.iter().map(KeptFact::fact).collect()),
            KeptBody::Table { columns: heads, rows, more } => Body::Table(Table {
                columns: columns(heads)?,
                rows: rows.iter().map(cells).collect(),
                more: *more,
            }),
            KeptBody::Tree { columns: heads, rows, more } => {
                let row = |(depth, row, more): &(u32, Vec<KeptCell>, u64)| TreeRow {
                    depth: *depth,
                    cells: cells(row),
                    more: *more,
                };
                Body::Tree(Tree {
                    columns: columns(heads)?,
                    rows: rows.iter().map(row).collect(),
                    more: *more,
                })
            }
            KeptBody::Icicle(pieces) => Body::Picture(Picture::Icicle(Icicle {
                pieces: pieces.iter().map(KeptPiece::piece).collect(),
            })),
            KeptBody::Series { labels, unit, lines } => {
                let line = |(name, note, values): &(String, String, Vec<u64>)| Line {
                    name: name.clone(),
                    note: note.clone(),
                    values: values.clone(),
                };
                let unit = *UNITS.get(usize::from(*unit))?;
                let lines = lines.iter().map(line).collect();
                Body::Picture(Picture::Series(Series { labels: labels.clone(), unit, lines }))
            }
            KeptBody::Note { tone, text } => {
                Body::Note(Note { tone: *TONES.get(usize::from(*tone))?, text: text.clone() })
            }
        };
        let mut block = Block::new(Key::of(&self.key), self.title.clone(), body).about(self.about.clone());
        block.folded = self.folded;
        Some(block)
    }
}

impl KeptColumn {
    fn of(column: &Column) -> KeptColumn {
        KeptColumn {
            key: column.key.as_str().to_owned(),
            label: column.label.clone(),
            unit: place(&UNITS, column.unit),
            bar: column.bar,
        }
    }

    fn column(&self) -> Option<Column> {
        let unit = *UNITS.get(usize::from(self.unit))?;
        let column = Column::new(Key::of(&self.key), self.label.clone(), unit);
        Some(if self.bar { column.bar() } else { column })
    }
}

impl KeptPiece {
    fn of(piece: &Piece) -> KeptPiece {
        let Piece { depth, name, id, bytes, count, note } = piece.clone();
        KeptPiece { depth, name, id, bytes, count, note }
    }

    fn piece(&self) -> Piece {
        let KeptPiece { depth, name, id, bytes, count, note } = self;
        Piece { depth: *depth, name: name.clone(), id: *id, bytes: *bytes, count: *count, note: note.clone() }
    }
}

impl KeptCell {
    fn of(cell: &Cell) -> KeptCell {
        match cell.clone() {
            Cell::Absent => KeptCell::Absent,
            Cell::Text(text) => KeptCell::Text(text),
            Cell::Name(text) => KeptCell::Name(text),
            Cell::Quote(text) => KeptCell::Quote(text),
            Cell::Bytes(bytes) => KeptCell::Bytes(bytes),
            Cell::SignedBytes(bytes) => KeptCell::SignedBytes(bytes),
            Cell::Count(count) => KeptCell::Count(count),
            Cell::SignedCount(count) => KeptCell::SignedCount(count),
            Cell::Share { part, whole } => KeptCell::Share { part, whole },
            Cell::Ratio { over, under } => KeptCell::Ratio { over, under },
            Cell::Id(id) => KeptCell::Id(id),
            Cell::Place(Place { file, line, column, end_line, end_column, excerpt }) => {
                KeptCell::Place { file, ends: [line, column, end_line, end_column], excerpt }
            }
            Cell::Trend(values) => KeptCell::Trend(values),
        }
    }

    fn cell(&self) -> Cell {
        match self {
            KeptCell::Absent => Cell::Absent,
            KeptCell::Text(text) => Cell::Text(text.clone()),
            KeptCell::Name(text) => Cell::Name(text.clone()),
            KeptCell::Quote(text) => Cell::Quote(text.clone()),
            KeptCell::Bytes(bytes) => Cell::Bytes(*bytes),
            KeptCell::SignedBytes(bytes) => Cell::SignedBytes(*bytes),
            KeptCell::Count(count) => Cell::Count(*count),
            KeptCell::SignedCount(count) => Cell::SignedCount(*count),
            KeptCell::Share { part, whole } => Cell::Share { part: *part, whole: *whole },
            KeptCell::Ratio { over, under } => Cell::Ratio { over: *over, under: *under },
            KeptCell::Id(id) => Cell::Id(*id),
            KeptCell::Place { file, ends: [line, column, end_line, end_column], excerpt } => {
                Cell::Place(Place {
                    file: file.clone(),
                    line: *line,
                    column: *column,
                    end_line: *end_line,
                    end_column: *end_column,
                    excerpt: excerpt.clone(),
                })
            }
            KeptCell::Trend(values) => Cell::Trend(values.clone()),
        }
    }
}

fn place<T: PartialEq + Copy>(list: &[T], value: T) -> u8 {
    list.iter().position(|known| *known == value).unwrap_or(usize::from(u8::MAX)) as u8
}
