//! `heap find`: objects by a question in a small language.

use super::words::{file_name, object_columns, object_row};
use super::{HeapOptions, warn};
use crate::{Error, suggest};
use highwater_finding::sheet::{Block, Body, Cell, Fact, Sheet, Table};
use highwater_heap::{Dominated, Named, Query};
use std::cmp::Reverse;
use std::path::Path;

/// Reads the question before any file is opened, so that a mistake is told at once.
pub(super) fn parse(text: &str) -> Result<Query, Error> {
    Query::parse(text).map_err(|error| {
        // Tabs and the like would move the mark away from the mistake.
        let shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mark = format!("{}^", " ".repeat(error.column - 1));
        let help = if error.known.is_empty() {
            "terms stand side by side: `class:Session retained>=1mb not kind:closure has:socket`".to_owned()
        } else {
            suggest::help(&error.word, &error.known)
        };
        Error::Usage {
            message: format!(
                "column {} of the question: {}\n  {shown}\n  {mark}",
                error.column, error.message
            ),
            help,
        }
    })
}

pub(super) fn sheet(
    path: &Path,
    heap: &Dominated,
    text: &str,
    query: &Query,
    options: &HeapOptions,
) -> Sheet {
    let names = Named::of(heap);
    let mut found = query.find(&names);
    let shallow: u64 = found.iter().map(|node| heap.shallow_size(*node)).sum();
    found.sort_by_key(|node| (Reverse(heap.retained_size(*node)), *node));
    let mut sheet = Sheet::new("heap find", format!("Objects in `{}`", file_name(path)));
    sheet.figures = vec![
        Fact::new("found", "Found", Cell::Count(found.len() as u64)),
        Fact::new("shallow_bytes", "Their own bytes", Cell::Bytes(shallow)),
    ];
    let sources = options.sources();
    let mut table = Table::new(object_columns());
    for node in found.iter().take(options.limit) {
        table.push(object_row(&names, *node, &sources));
    }
    table.more = found.len().saturating_sub(options.limit) as u64;
    sheet.push(Block::new(
        "question",
        "Question",
        Body::Facts(vec![Fact::new("query", "Asked", Cell::name(text))]),
    ));
    sheet.push(Block::new("objects", "Objects", Body::Table(table)));
    warn(&mut sheet, heap.graph());
    sheet
}
