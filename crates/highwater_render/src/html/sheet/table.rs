//! A table that becomes a list of cards on a narrow screen.

use highwater_finding::sheet::{Cell, Column, Table};

use super::super::text::escape;
use super::{more, value};

/// The table.
pub(super) fn html(table: &Table) -> String {
    if table.rows.is_empty() {
        return format!("<p>None.</p>\n{}", more(table.more));
    }
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("<th scope=\"col\"{}>{}</th>", class(column), escape(&column.label)))
        .collect();
    let mut html = format!(
        "<div class=\"scroll\"><table class=\"cards\">\n<thead><tr>{}</tr></thead>\n<tbody>\n",
        heads.concat()
    );
    let most: Vec<u64> = (0..table.columns.len()).map(|at| most(&table.rows, at)).collect();
    for row in &table.rows {
        html.push_str("<tr>");
        for (at, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            html.push_str(&self::cell(cell, column, at, most.get(at).copied().unwrap_or(0)));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table></div>\n");
    html.push_str(&more(table.more));
    html
}

fn class(column: &Column) -> &'static str {
    match (column.unit.is_figure(), column.bar) {
        (true, true) => " class=\"figure barred\"",
        (true, false) => " class=\"figure\"",
        _ => "",
    }
}

fn cell(cell: &Cell, column: &Column, at: usize, most: u64) -> String {
    let label = escape(&column.label);
    let bar = match size(cell) {
        Some(size) if column.bar && most > 0 => {
            let share = u128::from(size) * 1000 / u128::from(most);
            format!("<i class=\"bar\" style=\"width:{}.{}%\"></i>", share / 10, share % 10)
        }
        _ => String::new(),
    };
    let value = value(cell);
    if at == 0 {
        format!("<th scope=\"row\"{}>{value}{bar}</th>", class(column))
    } else if *cell == Cell::Absent {
        format!("<td{} data-none>{value}</td>", class(column))
    } else {
        format!("<td{} data-label=\"{label}\">{value}{bar}</td>", class(column))
    }
}

/// How large the figure is that a bar stands for.
fn size(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::Bytes(value) | Cell::Count(value) => Some(*value),
        Cell::SignedBytes(value) | Cell::SignedCount(value) => Some(value.unsigned_abs()),
        Cell::Share { part, whole } if *whole > 0 => {
            Some((u128::from(*part) * 10_000 / u128::from(*whole)) as u64)
        }
        _ => None,
    }
}

fn most(rows: &[Vec<Cell>], at: usize) -> u64 {
    rows.iter().filter_map(|row| size(row.get(at)?)).max().unwrap_or(0)
}
