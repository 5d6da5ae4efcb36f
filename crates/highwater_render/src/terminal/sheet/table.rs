//! A table on a terminal. Columns take what they need; when that is too much, names and paths are cut, and when it
//! still is, each row takes several lines. Figures are never cut.

use anstyle::Style;
use highwater_finding::sheet::{Cell, Column, Table, Unit};

use super::super::Screen;
use super::super::paint::{self, FAINT};
use super::{INDENT, head, more, style};
use crate::values;

/// Columns between two columns.
const GAP: usize = 2;
/// A name or path is not cut below this.
const LEAST: usize = 14;
/// No column asks for more than this.
const MOST: usize = 120;

/// Draws the table.
pub(super) fn draw(screen: Screen, table: &Table, out: &mut String) {
    if table.rows.is_empty() {
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, "none")));
        return more(screen, "  ", table.more, out);
    }
    let rows: Vec<&[Cell]> = table.rows.iter().map(Vec::as_slice).collect();
    match widths(&table.columns, &rows, &[], screen.width.saturating_sub(INDENT)) {
        Some(widths) => aligned(screen, table, &widths, out),
        None => stacked(screen, table, out),
    }
    more(screen, "  ", table.more, out);
}

/// How wide each column is to be; `None` when they do not fit however much is cut. `before` has what stands before
/// the first cell of each row.
pub(super) fn widths(
    columns: &[Column],
    rows: &[&[Cell]],
    before: &[usize],
    room: usize,
) -> Option<Vec<usize>> {
    let mut wide: Vec<usize> = columns.iter().map(|c| paint::width(&paint::flat(&c.label))).collect();
    let heads = wide.clone();
    for (number, row) in rows.iter().enumerate() {
        for (index, (cell, wide)) in row.iter().zip(&mut wide).enumerate() {
            let ahead = if index == 0 { before.get(number).copied().unwrap_or(0) } else { 0 };
            *wide = (*wide).max((paint::width(&values::text(cell)).min(MOST) + ahead).min(MOST));
        }
    }
    let ahead = before.iter().copied().max().unwrap_or(0).min(MOST / 2);
    let least: Vec<usize> = columns
        .iter()
        .zip(heads)
        .zip(&wide)
        .enumerate()
        .map(|(index, ((column, head), wide))| {
            let least = if index == 0 { LEAST + ahead } else { LEAST };
            if can_be_cut(column.unit) { head.max(least).min(*wide) } else { *wide }
        })
        .collect();
    let gaps = GAP * columns.len().saturating_sub(1);
    while wide.iter().sum::<usize>() + gaps > room {
        let largest =
            (0..wide.len()).filter(|i| wide[*i] > least[*i]).max_by_key(|i| (wide[*i], usize::MAX - i))?;
        wide[largest] -= 1;
    }
    Some(wide)
}

fn can_be_cut(unit: Unit) -> bool {
    matches!(unit, Unit::Text | Unit::Name | Unit::Quote | Unit::Place)
}

/// The heads of the columns over their cells.
pub(super) fn heads(screen: Screen, columns: &[Column], widths: &[usize]) -> String {
    let cells = columns.iter().zip(widths).map(|(column, wide)| {
        let label = paint::fit_text(&paint::flat(&column.label), *wide);
        let pad = " ".repeat(wide.saturating_sub(paint::width(&label)));
        let label = head(screen, &label);
        if column.unit.is_figure() { format!("{pad}{label}") } else { format!("{label}{pad}") }
    });
    cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
}

fn aligned(screen: Screen, table: &Table, widths: &[usize], out: &mut String) {
    out.push_str(&format!("  {}\n", heads(screen, &table.columns, widths)));
    for row in &table.rows {
        out.push_str(&line(screen, &table.columns, row, widths, ""));
    }
}

/// One row, of several lines when a text in it needs them. `before` is drawn before the first cell.
pub(super) fn line(
    screen: Screen,
    columns: &[Column],
    row: &[Cell],
    widths: &[usize],
    before: &str,
) -> String {
    let ahead = paint::width(before);
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(index, (cell, wide))| {
            let wide = if index == 0 { wide.saturating_sub(ahead) } else { *wide };
            match cell {
                Cell::Text(text) => paint::wrap(&paint::flat(text), wide.max(1)),
                cell => vec![paint::fit(cell, wide)],
            }
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for index in 0..height {
        let mut text = String::new();
        for (at, (lines, wide)) in cells.iter().zip(widths).enumerate() {
            let shown = lines.get(index).map_or("", String::as_str);
            let ahead = if at == 0 { ahead } else { 0 };
            let pad = " ".repeat(wide.saturating_sub(paint::width(shown) + ahead));
            let styled = painted(screen, row.get(at), columns.get(at), shown);
            let before = if at > 0 {
                String::new()
            } else if index == 0 {
                screen.paint.say(FAINT, before)
            } else {
                " ".repeat(ahead)
            };
            let gap = if at == 0 { "" } else { "  " };
            let right = columns.get(at).is_some_and(|column| column.unit.is_figure());
            text.push_str(&if right {
                format!("{gap}{pad}{before}{styled}")
            } else {
                format!("{gap}{before}{styled}{pad}")
            });
        }
        out.push_str(&format!("  {}\n", text.trim_end()));
    }
    out
}

fn painted(screen: Screen, cell: Option<&Cell>, column: Option<&Column>, text: &str) -> String {
    let style = match cell {
        Some(Cell::Text(_)) => return screen.paint.message(Style::new(), text),
        Some(cell) if column.is_some_and(|column| column.bar) => style(cell).bold(),
        Some(cell) => style(cell),
        None => Style::new(),
    };
    screen.paint.say(style, text)
}

/// Rows that take several lines each: what they are about, then label and value.
fn stacked(screen: Screen, table: &Table, out: &mut String) {
    let labels = table.columns.iter().skip(1).map(|column| paint::width(&paint::flat(&column.label)));
    let wide = labels.max().unwrap_or(0);
    for row in &table.rows {
        let mut cells = row.iter().zip(&table.columns);
        if let Some((first, _)) = cells.next() {
            out.push_str(&format!("  {}\n", super::value(screen, first, INDENT)));
        }
        for (cell, column) in cells.filter(|(cell, _)| **cell != Cell::Absent) {
            let label = paint::flat(&column.label);
            let pad = " ".repeat(wide - paint::width(&label));
            let value = super::value(screen, cell, INDENT * 2 + wide + GAP);
            out.push_str(format!("    {}{pad}  {value}", head(screen, &label)).trim_end());
            out.push('\n');
        }
    }
}
