//! Parquet files, as much of the format as flat tables of numbers and texts need.
//!
//! Columns are plain or, for texts, by dictionary; pages are compressed with gzip. Rows are written in groups, so that
//! memory stays bounded however long the table is. A crate for this would bring fourteen others and readers, types
//! and encodings that nothing here uses. Format: <https://github.com/apache/parquet-format>, `README.md`,
//! `Encodings.md` and `src/main/thrift/parquet.thrift`; its headers are in Thrift's compact protocol.

use flate2::{Compression, write::GzEncoder};
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// Rows of a group.
const GROUP_ROWS: usize = 1 << 19;
const MAGIC: &[u8] = b"PAR1";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbers of 32 bits without sign.
    U32,
    /// Numbers of 64 bits without sign.
    U64,
    /// Texts, many of them alike.
    Text,
}

/// A column of the table: its name, what it holds, and whether values may be missing.
pub(super) type Field = (&'static str, Kind, bool);

/// Writes a table, row by row.
pub(super) struct Table<'a, W> {
    out: &'a mut W,
    offset: u64,
    fields: &'static [Field],
    columns: Vec<Column>,
    rows: usize,
    rows_in_all: u64,
    groups: Vec<(u64, Vec<Chunk>)>,
}

/// Values of one column of the group that is being filled.
#[derive(Default)]
struct Column {
    values: Vec<u8>,
    /// Positions in the dictionary.
    indices: Vec<u32>,
    dictionary: FxHashMap<u64, u32>,
    /// The dictionary's entries, each behind its length.
    entries: Vec<u8>,
    /// Whether there is a value, by row; unused where there always is.
    present: Vec<bool>,
}

/// A written column of a group.
struct Chunk {
    dictionary_offset: Option<u64>,
    data_offset: u64,
    bytes_plain: u64,
    bytes: u64,
    rows: u64,
}

impl<'a, W: Write> Table<'a, W> {
    pub(super) fn new(fields: &'static [Field], out: &'a mut W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let columns = fields.iter().map(|_| Column::default()).collect();
        Ok(Table {
            out,
            offset: MAGIC.len() as u64,
            fields,
            columns,
            rows: 0,
            rows_in_all: 0,
            groups: Vec::new(),
        })
    }

    /// The number of a column in this row, or none. Every row must give every column a value or none.
    pub(super) fn number(&mut self, column: usize, value: Option<u64>) {
        let (_, kind, optional) = self.fields[column];
        let column = &mut self.columns[column];
        if optional {
            column.present.push(value.is_some());
        }
        match (value, kind) {
            (Some(value), Kind::U32) => column.values.extend_from_slice(&(value as u32).to_le_bytes()),
            (Some(value), _) => column.values.extend_from_slice(&value.to_le_bytes()),
            (None, _) => {}
        }
    }

    /// The text of a column in this row, or none. Texts with the same key are the same.
    pub(super) fn text<T: AsRef<str>>(&mut self, column: usize, value: Option<(u64, impl FnOnce() -> T)>) {
        let (_, _, optional) = self.fields[column];
        let column = &mut self.columns[column];
        if optional {
            column.present.push(value.is_some());
        }
        let Some((key, text)) = value else { return };
        let next = column.dictionary.len() as u32;
        let entries = &mut column.entries;
        let index = *column.dictionary.entry(key).or_insert_with(|| {
            let text = text();
            entries.extend_from_slice(&(text.as_ref().len() as u32).to_le_bytes());
            entries.extend_from_slice(text.as_ref().as_bytes());
            next
        });
        column.indices.push(index);
    }

    /// The row is whole.
    pub(super) fn end_row(&mut self) -> io::Result<()> {
        self.rows += 1;
        // Long texts end a group early.
        let large = self.columns.iter().any(|column| column.entries.len() > 256 << 20);
        if self.rows == GROUP_ROWS || large { self.end_group() } else { Ok(()) }
    }

    fn end_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows) as u64;
        if rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::with_capacity(self.fields.len());
        for (at, (_, kind, optional)) in self.fields.iter().enumerate() {
            let column = std::mem::take(&mut self.columns[at]);
            let begin = self.offset;
            let (mut plain, mut dictionary_offset) = (0, None);
            let mut page = Vec::new();
            if *optional {
                let levels =
                    packed(column.present.iter().map(|present| u32::from(*present)), rows as usize, 1);
                page.extend_from_slice(&(levels.len() as u32).to_le_bytes());
                page.extend_from_slice(&levels);
            }
            if *kind == Kind::Text {
                dictionary_offset = Some(self.offset);
                plain += self.page(&column.entries, Page::Dictionary, column.dictionary.len() as u64)?;
                let width = u32::BITS - (column.dictionary.len().max(2) as u32 - 1).leading_zeros();
                page.push(width as u8);
                page.extend(packed(column.indices.iter().copied(), column.indices.len(), width));
            } else {
                page.extend_from_slice(&column.values);
            }
            let data_offset = self.offset;
            let encoding = if *kind == Kind::Text { Page::Indices } else { Page::Plain };
            plain += self.page(&page, encoding, rows)?;
            let bytes = self.offset - begin;
            chunks.push(Chunk { dictionary_offset, data_offset, bytes_plain: plain, bytes, rows });
        }
        self.groups.push((rows, chunks));
        self.rows_in_all += rows;
        Ok(())
    }

    /// Writes a page; gives how long it would be without compression.
    fn page(&mut self, text: &[u8], page: Page, values: u64) -> io::Result<u64> {
        let mut packed = GzEncoder::new(Vec::with_capacity(text.len() / 2), Compression::fast());
        packed.write_all(text)?;
        let packed = packed.finish()?;
        let mut header = Thrift::default();
        header.number(1, I32, if page == Page::Dictionary { 2 } else { 0 });
        header.number(2, I32, text.len() as u64);
        header.number(3, I32, packed.len() as u64);
        header.begin(if page == Page::Dictionary { 7 } else { 5 });
        header.number(1, I32, values);
        header.number(2, I32, if page == Page::Indices { RLE_DICTIONARY } else { PLAIN });
        if page != Page::Dictionary {
            header.number(3, I32, RLE);
            header.number(4, I32, RLE);
        }
        header.end();
        header.end();
        self.out.write_all(&header.bytes)?;
        self.out.write_all(&packed)?;
        self.offset += (header.bytes.len() + packed.len()) as u64;
        Ok((header.bytes.len() + text.len()) as u64)
    }

    /// Writes what is left, and the footer. Gives the number of rows.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.end_group()?;
        let mut footer = Thrift::default();
        footer.number(1, I32, 1);
        footer.list(2, STRUCT, self.fields.len() + 1);
        footer.element();
        footer.text(4, "schema");
        footer.number(5, I32, self.fields.len() as u64);
        footer.end();
        for (name, kind, optional) in self.fields {
            footer.element();
            footer.number(1, I32, kind.physical());
            footer.number(3, I32, u64::from(*optional));
            footer.text(4, name);
            footer.number(6, I32, kind.converted());
            footer.end();
        }
        footer.number(3, I64, self.rows_in_all);
        footer.list(4, STRUCT, self.groups.len());
        for (rows, chunks) in &self.groups {
            footer.element();
            footer.list(1, STRUCT, chunks.len());
            for (chunk, (name, kind, _)) in chunks.iter().zip(self.fields) {
                chunk.describe(name, *kind, &mut footer);
            }
            footer.number(2, I64, chunks.iter().map(|chunk| chunk.bytes_plain).sum());
            footer.number(3, I64, *rows);
            footer.end();
        }
        footer.text(6, concat!("highwater ", env!("CARGO_PKG_VERSION")));
        footer.end();
        self.out.write_all(&footer.bytes)?;
        self.out.write_all(&(footer.bytes.len() as u32).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        Ok(self.rows_in_all)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Dictionary,
    Indices,
    Plain,
}

impl Kind {
    fn physical(self) -> u64 {
        match self {
            Kind::U32 => 1,
            Kind::U64 => 2,
            Kind::Text => 6,
        }
    }

    /// UTF8, UINT_32 or UINT_64.
    fn converted(self) -> u64 {
        match self {
            Kind::Text => 0,
            Kind::U32 => 13,
            Kind::U64 => 14,
        }
    }
}

impl Chunk {
    fn describe(&self, name: &str, kind: Kind, footer: &mut Thrift) {
        let encodings: &[u64] =
            if kind == Kind::Text { &[PLAIN, RLE, RLE_DICTIONARY] } else { &[PLAIN, RLE] };
        footer.element();
        footer.number(2, I64, self.dictionary_offset.unwrap_or(self.data_offset));
        footer.begin(3);
        footer.number(1, I32, kind.physical());
        footer.list(2, I32, encodings.len());
        for encoding in encodings {
            footer.zigzag(*encoding);
        }
        footer.list(3, BINARY, 1);
        footer.varint(name.len() as u64);
        footer.bytes.extend_from_slice(name.as_bytes());
        footer.number(4, I32, GZIP);
        footer.number(5, I64, self.rows);
        footer.number(6, I64, self.bytes_plain);
        footer.number(7, I64, self.bytes);
        footer.number(9, I64, self.data_offset);
        if let Some(offset) = self.dictionary_offset {
            footer.number(11, I64, offset);
        }
        footer.end();
        footer.end();
    }
}

// Numbers of encodings and of the compression in `parquet.thrift`.
const PLAIN: u64 = 0;
const RLE: u64 = 3;
const RLE_DICTIONARY: u64 = 8;
const GZIP: u64 = 2;

// Types of Thrift's compact protocol.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Structures in Thrift's compact protocol.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    /// The last field's number, and those of the structures around.
    last: u8,
    around: Vec<u8>,
}

impl Thrift {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// Numbers here are never negative.
    fn zigzag(&mut self, value: u64) {
        self.varint(value << 1);
    }

    fn field(&mut self, number: u8, kind: u8) {
        self.bytes.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    fn number(&mut self, number: u8, kind: u8, value: u64) {
        self.field(number, kind);
        self.zigzag(value);
    }

    fn text(&mut self, number: u8, text: &str) {
        self.field(number, BINARY);
        self.varint(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn list(&mut self, number: u8, kind: u8, count: usize) {
        self.field(number, LIST);
        if count < 15 {
            self.bytes.push((count as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            self.varint(count as u64);
        }
    }

    /// Begins a structure that is an element of a list.
    fn element(&mut self) {
        self.around.push(std::mem::take(&mut self.last));
    }

    /// Begins a structure that is a field.
    fn begin(&mut self, number: u8) {
        self.field(number, STRUCT);
        self.element();
    }

    fn end(&mut self) {
        self.bytes.push(0);
        self.last = self.around.pop().unwrap_or(0);
    }
}

/// Numbers of some bits each, in one run of the hybrid of run lengths and packed bits.
fn packed(values: impl Iterator<Item = u32>, count: usize, width: u32) -> Vec<u8> {
    let groups = count.div_ceil(8);
    let mut head = Thrift::default();
    head.varint((groups as u64) << 1 | 1);
    let mut out = head.bytes;
    let end = out.len() + groups * width as usize;
    let (mut bits, mut held) = (0_u64, 0);
    for value in values {
        bits |= u64::from(value) << held;
        held += width;
        while held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(bits as u8);
    }
    out.resize(end, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_from_the_lowest() {
        // The example of `Encodings.md`: 0 to 7 in three bits each.
        assert_eq!(packed(0..8, 8, 3), [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        assert_eq!(packed([1, 0, 1].into_iter(), 3, 1), [0b11, 0b101]);
    }

    #[test]
    fn a_table_begins_and_ends_as_the_format_wants() {
        const FIELDS: &[Field] = &[("n", Kind::U32, false), ("t", Kind::Text, true)];
        let mut out = Vec::new();
        let mut table = Table::new(FIELDS, &mut out).expect("memory");
        for at in 0..10 {
            table.number(0, Some(at));
            table.text(1, (at % 3 != 0).then_some((at % 2, || format!("text {}", at % 2))));
            table.end_row().expect("memory");
        }
        assert_eq!(table.finish().expect("memory"), 10);
        assert!(out.starts_with(MAGIC) && out.ends_with(MAGIC));
        let length = u32::from_le_bytes(out[out.len() - 8..out.len() - 4].try_into().expect("four")) as usize;
        let footer = &out[out.len() - 8 - length..out.len() - 8];
        assert!(footer.windows(6).any(|bytes| bytes == b"schema"));
    }
}
