//! A tree on a terminal: a table whose first column hangs on lines.

use highwater_finding::sheet::{Cell, Tree, TreeRow};

use super::super::Screen;
use super::super::paint::{self, FAINT};
use super::table::{heads, line, widths};
use super::{INDENT, more};

/// Deeper rows are not indented any further; their depth is told instead.
const DEPTH_MAX: usize = 24;

/// A row, or how many rows the limit left out there.
enum Item<'a> {
    Row(&'a TreeRow),
    More(u32, u64),
}

impl Item<'_> {
    fn depth(&self) -> u32 {
        match self {
            Item::Row(row) => row.depth,
            Item::More(depth, _) => *depth,
        }
    }
}

/// The rows with what was left out behind the last row under the same one.
fn items(tree: &Tree) -> Vec<Item<'_>> {
    let mut items = Vec::with_capacity(tree.rows.len());
    let mut open: Vec<(u32, u64)> = Vec::new();
    for row in &tree.rows {
        while let Some((depth, more)) = open.pop_if(|(depth, _)| *depth > row.depth) {
            items.push(Item::More(depth, more));
        }
        items.push(Item::Row(row));
        if row.more > 0 {
            open.push((row.depth + 1, row.more));
        }
    }
    items.extend(open.into_iter().rev().map(|(depth, more)| Item::More(depth, more)));
    items
}

/// Draws the tree.
pub(super) fn draw(screen: Screen, tree: &Tree, out: &mut String) {
    if tree.rows.is_empty() {
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, "none")));
        return more(screen, "  ", tree.more, out);
    }
    let items = items(tree);
    let depths: Vec<u32> = items.iter().map(Item::depth).collect();
    let guides = guides(&depths);
    let (mut rows, mut before) = (Vec::<&[Cell]>::new(), Vec::new());
    for (item, guide) in items.iter().zip(&guides) {
        if let Item::Row(row) = item {
            rows.push(&row.cells);
            before.push(paint::width(&guide.own));
        }
    }
    let room = screen.width.saturating_sub(INDENT);
    let widths = widths(&tree.columns, &rows, &before, room);
    if let Some(widths) = &widths {
        out.push_str(&format!("  {}\n", heads(screen, &tree.columns, widths)));
    }
    for (item, guide) in items.iter().zip(&guides) {
        match (item, &widths) {
            (Item::More(_, rows), _) => {
                more(screen, &format!("  {}", screen.paint.say(FAINT, &guide.own)), *rows, out);
            }
            (Item::Row(row), Some(widths)) => {
                out.push_str(&line(screen, &tree.columns, &row.cells, widths, &guide.own));
            }
            (Item::Row(row), None) => narrow(screen, &row.cells, guide, room, out),
        }
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

fn guides(depths: &[u32]) -> Vec<Guide> {
    // From the last row to the first: `open[d]` says that a row of depth d follows before any of lesser depth.
    let mut open: Vec<bool> = Vec::new();
    let mut guides: Vec<Guide> = Vec::with_capacity(depths.len());
    for depth in depths.iter().rev().map(|depth| *depth as usize) {
        open.resize(open.len().max(depth + 1).min(DEPTH_MAX + 2), false);
        let shown = depth.min(DEPTH_MAX);
        let line = |d: usize| if open.get(d).copied().unwrap_or(false) { "│ " } else { "  " };
        let mut under: String = (1..shown).map(line).collect();
        let has_child = open.get(shown + 1).copied().unwrap_or(false);
        let mut own = under.clone();
        if shown > 0 {
            let follows = open.get(shown).copied().unwrap_or(false);
            own.push_str(if follows { "├ " } else { "└ " });
            under.push_str(line(shown));
        }
        if depth > DEPTH_MAX {
            own.push_str(&format!("({depth}) "));
        }
        under.push_str(if has_child { "│ " } else { "  " });
        open.truncate(shown + 1);
        if let Some(open) = open.get_mut(shown) {
            *open = true;
        }
        guides.push(Guide { own, under });
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
