//! `heap find`: objects by a question in a small language.

use super::words::{file_name, object_columns, object_row};
use super::{HeapOptions, warn};
use crate::{Error, closest};
use highwater_finding::sheet::{Block, Body, Cell, Fact, Sheet, Table};
use highwater_heap::{Dominated, Named, QUERY_FIELDS, Query};
use std::cmp::Reverse;
use std::path::Path;

/// Reads the question before any file is opened, so that a mistake is told at once.
pub(super) fn parse(text: &str) -> Result<Query, Error> {
    Query::parse(text).map_err(|error| {
        let field = error.unknown_field.as_deref().and_then(|field| closest(field, QUERY_FIELDS));
        let near = field.map(|field| format!("did you mean `{field}`? ")).unwrap_or_default();
        let arrow = format!("{}^", " ".repeat(error.column - 1));
        Error::Usage {
            message: format!("column {} of the question: {}\n  {text}\n  {arrow}", error.column, error.message),
            help: format!(
                "{near}a question is terms side by side, such as `class:Session retained>=1mb -kind:closure has:socket`"
            ),
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
    let mut table = Table::new(object_columns());
    for node in found.iter().take(options.limit) {
        table.push(object_row(&names, *node));
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
