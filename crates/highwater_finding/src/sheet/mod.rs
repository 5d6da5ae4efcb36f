//! What a command that looks into a heap has to say: plain data, so that a renderer needs to know no heap.
//!
//! A [`Sheet`] is a title, a sentence that answers the question, and [`Block`]s: facts, tables, trees, pictures,
//! notes and findings. Every block, column and fact has a [`Key`]: renderers for programs use it as the name of a
//! field, so a key says what the value is, with its unit last (`retained_bytes`), and does not change once it is
//! out. Labels are for people and may change.
//!
//! Text in `title`, `lead`, notes and [`Cell::Text`] is a message: code in it stands between backticks. What comes
//! out of a heap (names, string values) belongs into [`Cell::Name`] or [`Cell::Quote`], never into a message as it
//! is: it may hold anything. Renderers escape both.

mod cell;
mod picture;
mod table;

use std::borrow::Cow;
use std::fmt;

pub use cell::{Cell, Unit};
pub use picture::{Icicle, Line, Picture, Piece, Series};
pub use table::{Column, Table, Tree, TreeRow};

use crate::Finding;

/// The name of a block, column or fact in machine formats: lower case, words joined by `_`, units last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Cow<'static, str>);

impl Key {
    /// The key `bytes_2` from `bytes` and 2, for columns of which there are as many as snapshots.
    pub fn numbered(base: &str, number: usize) -> Self {
        Key(Cow::Owned(format!("{base}_{number}")))
    }

    /// A key that was kept as text.
    pub fn of(key: &str) -> Self {
        Key(Cow::Owned(key.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Key {
    fn from(key: &'static str) -> Self {
        Key(Cow::Borrowed(key))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The answer of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Version of Highwater.
    pub tool_version: String,
    /// The command that answers, as it is typed after `highwater`: `heap summary`.
    pub command: &'static str,
    /// What was asked about, as a heading: "What is in `api.heapsnapshot`".
    pub title: String,
    /// The answer in one or two sentences; stands alone. Empty when the blocks say it all.
    pub lead: String,
    /// The few figures that matter most, shown large. At most six.
    pub figures: Vec<Fact>,
    /// Everything else, in the order of reading.
    pub blocks: Vec<Block>,
    /// What to run next.
    pub next: Vec<Next>,
}

impl Sheet {
    /// An empty sheet.
    pub fn new(command: &'static str, title: impl Into<String>) -> Self {
        Sheet {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            title: title.into(),
            lead: String::new(),
            figures: Vec::new(),
            blocks: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Adds a block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Puts a note before all other blocks: a warning belongs where it is read first.
    pub fn warn(&mut self, tone: Tone, text: impl Into<String>) {
        let at = self.blocks.iter().take_while(|b| matches!(b.body, Body::Note(_))).count();
        self.blocks.insert(at, Block::note(tone, text));
    }

    /// True if the answer rests on a part of the input only.
    pub fn is_partial(&self) -> bool {
        self.notes().any(|note| note.tone == Tone::Partial)
    }

    /// All notes, in order.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.blocks.iter().filter_map(|block| match &block.body {
            Body::Note(note) => Some(note),
            _ => None,
        })
    }

    /// All findings, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let lists = self.blocks.iter().filter_map(|block| match &block.body {
            Body::Findings(findings) => Some(findings),
            _ => None,
        });
        lists.flatten()
    }
}

/// One part of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Unique in its sheet, notes aside.
    pub key: Key,
    /// A heading: "Constructors".
    pub title: String,
    /// One sentence on what the block shows and how it was counted; empty when the title says it.
    pub about: String,
    /// Shown folded where a format can fold.
    pub folded: bool,
    /// The content.
    pub body: Body,
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Names with values.
    Facts(Vec<Fact>),
    /// Rows and columns.
    Table(Table),
    /// Rows that hang on each other.
    Tree(Tree),
    /// Something to look at. Formats without pictures show it as text.
    Picture(Picture),
    /// Leaks.
    Findings(Vec<Finding>),
    /// A sentence.
    Note(Note),
}

impl Block {
    /// A block with a heading.
    pub fn new(key: impl Into<Key>, title: impl Into<String>, body: Body) -> Self {
        Block { key: key.into(), title: title.into(), about: String::new(), folded: false, body }
    }

    /// A sentence; it has no heading.
    pub fn note(tone: Tone, text: impl Into<String>) -> Self {
        Block::new("note", "", Body::Note(Note { tone, text: text.into() }))
    }

    /// With a sentence on what the block shows.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Folded where a format can fold.
    #[must_use]
    pub fn folded(mut self) -> Self {
        self.folded = true;
        self
    }
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Unique in its block.
    pub key: Key,
    /// For people: "Retained size".
    pub label: String,
    /// The value.
    pub value: Cell,
    /// A few words under or behind the value; empty when there is nothing to add.
    pub note: String,
}

impl Fact {
    /// A fact without a note.
    pub fn new(key: impl Into<Key>, label: impl Into<String>, value: Cell) -> Self {
        Fact { key: key.into(), label: label.into(), value, note: String::new() }
    }

    /// With a few words to it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// How a note is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// Worth knowing.
    Info,
    /// All is well.
    Good,
    /// Read the figures with care.
    Warning,
    /// Only a part of the input was read; the figures are of that part.
    Partial,
}

impl Tone {
    /// One lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Info => "note",
            Tone::Good => "good",
            Tone::Warning => "warning",
            Tone::Partial => "partial",
        }
    }
}

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How it is meant.
    pub tone: Tone,
    /// A message; its first line stands alone.
    pub text: String,
}

/// A command worth running next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Ready to paste: `highwater heap retainers api.heapsnapshot @1234`.
    pub command: String,
    /// What it tells: "who holds the largest of them".
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_first_in_the_order_of_warning() {
        let mut sheet = Sheet::new("heap summary", "What is in `a`");
        sheet.push(Block::new("totals", "Totals", Body::Facts(Vec::new())));
        sheet.warn(Tone::Info, "one");
        sheet.warn(Tone::Partial, "two");
        sheet.push(Block::note(Tone::Good, "last"));
        let texts: Vec<&str> = sheet.notes().map(|note| note.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", "last"]);
        assert_eq!(
            sheet.blocks.iter().map(|b| b.key.as_str()).collect::<Vec<_>>(),
            ["note", "note", "totals", "note"]
        );
        assert!(sheet.is_partial());
    }

    #[test]
    fn keys_are_numbered_for_series() {
        assert_eq!(Key::numbered("bytes", 2).as_str(), "bytes_2");
        assert_eq!(Key::from("bytes").to_string(), "bytes");
    }
}
