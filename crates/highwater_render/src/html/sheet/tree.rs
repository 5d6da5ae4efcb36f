//! A tree of folding rows: figures stand under each other however deep a row is.

use highwater_finding::sheet::{Cell, Column, Tree, TreeRow};

use super::super::text::escape;
use super::{more, value};
use crate::values;

/// Deeper rows are not indented any further.
const DEPTH_MAX: u32 = 14;
/// Rows of lesser depth stand open.
const OPEN_BELOW: u32 = 2;
/// A tree of at most so many rows stands open as a whole.
const OPEN_ROWS: usize = 40;

/// The tree.
pub(super) fn html(tree: &Tree) -> String {
    if tree.rows.is_empty() {
        return format!("<p>None.</p>\n{}", more(tree.more));
    }
    let figures = tree.columns.iter().skip(1).filter(|column| column.unit.is_figure()).count();
    let mut html = format!("<div class=\"tree\" style=\"--n:{figures}\">\n{}", head(&tree.columns));
    // What is still to be closed: the depth of the row and what to put under its last child.
    let mut open: Vec<(u32, u64)> = Vec::new();
    for (index, row) in tree.rows.iter().enumerate() {
        close(&mut open, row.depth, &mut html);
        let is_parent = tree.rows.get(index + 1).is_some_and(|next| next.depth > row.depth) || row.more > 0;
        let line = line(row, &tree.columns);
        if is_parent {
            let opened = tree.rows.len() <= OPEN_ROWS || row.depth < OPEN_BELOW;
            let attribute = if opened { " open" } else { "" };
            html.push_str(&format!("<details{attribute}><summary class=\"row\">{line}</summary>\n"));
            open.push((row.depth, row.more));
        } else {
            html.push_str(&format!("<div class=\"row\">{line}</div>\n"));
        }
    }
    close(&mut open, 0, &mut html);
    html.push_str("</div>\n");
    html.push_str(&more(tree.more));
    html
}

/// Closes every row that is at least as deep.
fn close(open: &mut Vec<(u32, u64)>, depth: u32, html: &mut String) {
    while let Some((_, rest)) = open.pop_if(|(opened, _)| *opened >= depth) {
        if rest > 0 {
            let indent = (open.len() as u32 + 1).min(DEPTH_MAX);
            html.push_str(&format!(
                "<div class=\"row rest\"><span class=\"what\" style=\"--d:{indent}\">{}</span></div>\n",
                escape(&values::more(rest))
            ));
        }
        html.push_str("</details>\n");
    }
}

fn head(columns: &[Column]) -> String {
    let first = columns.first().map_or("", |column| column.label.as_str());
    let figures = columns.iter().skip(1).filter(|column| column.unit.is_figure());
    let figures: Vec<String> =
        figures.map(|column| format!("<span class=\"figure\">{}</span>", escape(&column.label))).collect();
    format!(
        "<div class=\"row head\"><span class=\"what\">{}</span>{}</div>\n",
        escape(first),
        figures.concat()
    )
}

/// The first cell with all prose under it, then the figures.
fn line(row: &TreeRow, columns: &[Column]) -> String {
    let mut what = String::new();
    let mut figures = String::new();
    for (at, (cell, column)) in row.cells.iter().zip(columns).enumerate() {
        if at == 0 {
            what.push_str(&value(cell));
        } else if column.unit.is_figure() {
            let label = escape(&column.label);
            let none = if *cell == Cell::Absent { " data-none" } else { "" };
            figures.push_str(&format!(
                "<span class=\"figure\" data-label=\"{label}\"{none}>{}</span>",
                value(cell)
            ));
        } else if *cell != Cell::Absent {
            what.push_str(&format!(" <span class=\"beside\">{}</span>", value(cell)));
        }
    }
    let deep = if row.depth > DEPTH_MAX {
        format!("<span class=\"faint\">({})</span> ", row.depth)
    } else {
        String::new()
    };
    let depth = row.depth.min(DEPTH_MAX);
    format!("<span class=\"what\" style=\"--d:{depth}\">{deep}{what}</span>{figures}")
}
