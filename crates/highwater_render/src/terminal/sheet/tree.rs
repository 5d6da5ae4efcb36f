//! A tree on a terminal: a table whose first column hangs on lines.

use highwater_finding::sheet::{Cell, Tree};

use super::super::Screen;
use super::super::paint::{self, FAINT};
use super::table::{heads, line, widths};
use super::{INDENT, more};
use crate::values;

/// Deeper rows are not indented any further; their depth is told instead.
const DEPTH_MAX: usize = 24;

/// Draws the tree.
pub(super) fn draw(screen: Screen, tree: &Tree, out: &mut String) {
    if tree.rows.is_empty() {
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, "none")));
        return more(screen, "  ", tree.more, out);
    }
    let guides = guides(tree);
    let before: Vec<usize> = guides.iter().map(|guide| paint::width(&guide.own)).collect();
    let rows: Vec<&[Cell]> = tree.rows.iter().map(|row| row.cells.as_slice()).collect();
    let room = screen.width.saturating_sub(INDENT);
    let widths = widths(&tree.columns, &rows, &before, room);
    if let Some(widths) = &widths {
        out.push_str(&format!("  {}\n", heads(screen, &tree.columns, widths)));
    }
    for (row, guide) in tree.rows.iter().zip(&guides) {
        match &widths {
            Some(widths) => out.push_str(&line(screen, &tree.columns, &row.cells, widths, &guide.own)),
            None => narrow(screen, &row.cells, guide, room, out),
        }
        let indent = format!("  {}", screen.paint.say(FAINT, &guide.under));
        more(screen, &indent, row.more, out);
    }
    more(screen, "  ", tree.more, out);
}

/// A row that does not fit: the first cell, then the others on a line of their own.
fn narrow(screen: Screen, cells: &[Cell], guide: &Guide, room: usize, out: &mut String) {
    let Some((first, others)) = cells.split_first() else { return };
    let left = room.saturating_sub(paint::width(&guide.own)).max(8);
    let own = screen.paint.say(FAINT, &guide.own);
    out.push_str(&format!("  {own}{}\n", screen.paint.say(super::style(first), &paint::fit(first, left))));
    let under = screen.paint.say(FAINT, &guide.under);
    let others: Vec<String> = others
        .iter()
        .filter(|cell| **cell != Cell::Absent)
        .map(|cell| screen.paint.say(super::style(cell), &paint::fit(cell, left)))
        .collect();
    if !others.is_empty() {
        out.push_str(&format!("  {under}{}\n", others.join("  ")));
    }
}

/// The lines before a row, and before what stands directly under it.
struct Guide {
    own: String,
    under: String,
}

fn guides(tree: &Tree) -> Vec<Guide> {
    // From the last row to the first: `open[d]` says that a row of depth d follows before any of lesser depth.
    let mut open: Vec<bool> = Vec::new();
    let mut guides: Vec<Guide> = Vec::with_capacity(tree.rows.len());
    for row in tree.rows.iter().rev() {
        let depth = row.depth as usize;
        open.resize(open.len().max(depth + 1).min(DEPTH_MAX + 2), false);
        let shown = depth.min(DEPTH_MAX);
        let line = |d: usize| if open.get(d).copied().unwrap_or(false) { "│ " } else { "  " };
        let mut base: String = (1..shown).map(line).collect();
        let has_child = open.get(shown + 1).copied().unwrap_or(false);
        let mut own = base.clone();
        if shown > 0 {
            let follows = open.get(shown).copied().unwrap_or(false);
            own.push_str(if follows { "├ " } else { "└ " });
            base.push_str(line(shown));
        }
        if depth > DEPTH_MAX {
            own.push_str(&format!("({depth}) "));
        }
        let under = format!("{base}{}", if row.more > 0 && has_child { "│ " } else { "  " });
        open.truncate(shown + 1);
        if let Some(open) = open.get_mut(shown) {
            *open = true;
        }
        guides.push(Guide { own, under: values::visible(&under) });
    }
    guides.reverse();
    guides
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_finding::sheet::{Column, Unit};

    fn drawn(depths: &[u32], width: usize) -> String {
        let mut tree =
            Tree::new(vec![Column::new("name", "Name", Unit::Name), Column::new("n", "N", Unit::Count)]);
        for (index, depth) in depths.iter().enumerate() {
            tree.push(*depth, vec![Cell::Name(format!("n{index}")), Cell::Count(index as u64)], 0);
        }
        let mut out = String::new();
        let options = crate::Options { width: width as u16, ..crate::Options::default() };
        draw(Screen::new(options), &tree, &mut out);
        out
    }

    #[test]
    fn lines_lead_from_parent_to_child() {
        let text = drawn(&[0, 1, 2, 1, 0, 1], 80);
        let names: Vec<&str> =
            text.lines().skip(1).filter_map(|line| line.rsplit_once("  ")).map(|l| l.0.trim_end()).collect();
        assert_eq!(names, ["  n0", "  ├ n1", "  │ └ n2", "  └ n3", "  n4", "  └ n5"]);
    }

    #[test]
    fn a_very_deep_path_stays_on_the_screen() {
        let depths: Vec<u32> = (0..9000).collect();
        let text = drawn(&depths, 80);
        assert!(text.contains("(8999) n8999"));
        assert!(text.lines().all(|line| paint::width(line) <= 80));
    }
}
