//! A code frame: numbered source lines with the span underlined. It must not know findings.

use anstyle::Style;
use highwater_finding::Place;

use super::paint::{self, FAINT, FRAME, Paint};
use crate::words;

/// Source lines shown of one place.
const LINES_MAX: usize = 6;

/// How a frame is drawn.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) paint: Paint,
    /// Columns of the terminal.
    pub(super) width: usize,
    /// Columns of the line numbers.
    pub(super) gutter: usize,
    /// Before the file's name: `-->` for the first frame, `:::` for further ones.
    pub(super) arrow: &'a str,
    /// Underlines with this.
    pub(super) mark: char,
    /// Colour of underline and label.
    pub(super) style: Style,
    /// Stands after the underline.
    pub(super) label: &'a str,
}

impl Frame<'_> {
    /// Draws `place`: its name, then its lines if they are known.
    pub(super) fn draw(self, place: &Place, out: &mut String) {
        let margin = " ".repeat(self.gutter);
        let column =
            if place.column > 0 && place.line > 0 { format!(":{}", place.column) } else { String::new() };
        let name = self.paint.say(Style::new(), &format!("{}{column}", words::place(place)));
        out.push_str(&format!("{margin}{} {name}\n", self.paint.say(FRAME, self.arrow)));
        if place.excerpt.is_empty() || place.line == 0 {
            if !self.label.is_empty() {
                let label = self.paint.wrapped(self.style, self.label, self.gutter + 3, self.width);
                out.push_str(&format!("{}{label}\n", self.bar()));
            }
            return;
        }
        out.push_str(&format!("{}\n", self.bar().trim_end_matches(' ')));
        self.lines(place, out);
    }

    /// The empty margin with its bar.
    pub(super) fn bar(self) -> String {
        format!("{} {} ", " ".repeat(self.gutter), self.paint.say(FRAME, "|"))
    }

    fn lines(self, place: &Place, out: &mut String) {
        let all: Vec<&str> = place.excerpt.lines().collect();
        for (index, line) in all.iter().take(LINES_MAX).enumerate() {
            let number = u64::from(place.line) + index as u64;
            let number = self.paint.say(FRAME, &format!("{number:>width$} |", width = self.gutter));
            let span = if index == 0 { first_line_span(place) } else { None };
            let view = View::new(line, span, self.width.saturating_sub(self.gutter + 3).max(20));
            out.push_str(format!("{number} {}", view.text).trim_end());
            out.push('\n');
            if index == 0 {
                self.underline(&view, out);
            }
        }
        if all.len() > LINES_MAX {
            let more = format!("... {}", words::count_of(all.len() - LINES_MAX, "more line"));
            out.push_str(&format!("{}{}\n", self.bar(), self.paint.say(FAINT, &more)));
        }
    }

    fn underline(self, view: &View, out: &mut String) {
        let marks: String = std::iter::repeat_n(self.mark, view.marked).collect();
        let used = view.before + view.marked + 1;
        let room = self.width.saturating_sub(self.gutter + 3);
        let fits = used + paint::width(self.label) <= room;
        if view.marked > 0 {
            let label = if fits { self.label } else { "" };
            let marks = self.paint.say(self.style, &marks);
            let label = self.paint.message(self.style, label);
            let line = format!("{}{}{marks} {label}", self.bar(), " ".repeat(view.before));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if !self.label.is_empty() && (view.marked == 0 || !fits) {
            let label = self.paint.wrapped(self.style, self.label, self.gutter + 3, self.width);
            let label =
                label.replace(&format!("\n{}", " ".repeat(self.gutter + 3)), &format!("\n{}", self.bar()));
            out.push_str(&format!("{}{label}\n", self.bar()));
        }
    }
}

/// First and last column (excluded) of the span on its first line, in UTF-16 code units from 1.
fn first_line_span(place: &Place) -> Option<(u32, u32)> {
    let end = if place.end_line > place.line { u32::MAX } else { place.end_column };
    (place.column > 0).then_some((place.column, end.max(place.column.saturating_add(1))))
}

/// The part of a source line that fits, and where its mark goes.
struct View {
    text: String,
    /// Columns before the mark.
    before: usize,
    /// Columns of the mark; 0 without one.
    marked: usize,
}

struct Cell {
    shown: char,
    width: usize,
    /// UTF-16 column, from 1.
    column: u32,
}

impl View {
    fn new(line: &str, span: Option<(u32, u32)>, room: usize) -> View {
        let cells = cells(line);
        let (start, end) = span.unwrap_or((0, 0));
        let total: usize = cells.iter().map(|cell| cell.width).sum();
        let ahead: usize = cells.iter().take_while(|cell| cell.column < start).map(|cell| cell.width).sum();
        let skipped = if total <= room || ahead < room / 2 { 0 } else { ahead - room / 4 };
        let mut view = View { text: String::new(), before: 0, marked: 0 };
        if skipped > 0 {
            view.text.push_str("...");
            view.before = 3;
        }
        let mut seen = 0;
        let mut used = view.before;
        for cell in &cells {
            seen += cell.width;
            if seen <= skipped {
                continue;
            }
            if used + cell.width + 3 > room && total - (seen - cell.width) > room - used {
                view.text.push_str("...");
                break;
            }
            used += cell.width;
            view.text.push(cell.shown);
            if cell.column < start {
                view.before += cell.width;
            } else if cell.column < end && !(cell.shown == ' ' && end == u32::MAX && view.marked == 0) {
                view.marked += cell.width;
            }
        }
        view
    }
}

fn cells(line: &str) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(line.len());
    let mut column = 1;
    for c in line.chars() {
        if c == '\t' {
            cells.extend((0..4).map(|_| Cell { shown: ' ', width: 1, column }));
        } else {
            let shown = paint::safe_char(c);
            cells.push(Cell { shown, width: paint::char_width(shown), column });
        }
        column += c.len_utf16() as u32;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(place: &Place, width: usize) -> String {
        let frame = Frame {
            paint: Paint { color: false },
            width,
            gutter: 2,
            arrow: "-->",
            mark: '^',
            style: Style::new(),
            label: "here",
        };
        let mut out = String::new();
        frame.draw(place, &mut out);
        out
    }

    fn place(excerpt: &str, column: u32, end_column: u32) -> Place {
        Place { file: "a.ts".into(), line: 7, column, end_line: 7, end_column, excerpt: excerpt.into() }
    }

    #[test]
    fn columns_count_utf16_units_and_tabs_count_four() {
        let text = frame(&place("\t\"😀\", cache", 8, 13), 80);
        assert_eq!(text, "  --> a.ts:7:8\n   |\n 7 |     \"😀\", cache\n   |           ^^^^^ here\n");
    }

    #[test]
    fn a_very_long_line_is_cut_around_its_span() {
        let line = format!("{}cache{}", "x".repeat(5000), "y".repeat(5000));
        let text = frame(&place(&line, 5001, 5006), 60);
        assert!(text.contains("cache"), "{text}");
        assert!(text.lines().all(|line| paint::width(line) <= 60), "{text}");
        let (code, marks) = (text.lines().nth(2).unwrap_or(""), text.lines().nth(3).unwrap_or(""));
        assert_eq!(code.find("cache"), marks.find("^^^^^"));
    }

    #[test]
    fn columns_outside_the_line_draw_no_mark() {
        assert_eq!(frame(&place("x", 90, 95), 80), "  --> a.ts:7:90\n   |\n 7 | x\n   | here\n");
        assert_eq!(frame(&place("", 1, 2), 80), "  --> a.ts:7:1\n   | here\n");
    }

    #[test]
    fn many_lines_are_cut() {
        let text = frame(&place("a\nb\nc\nd\ne\nf\ng\nh", 1, 2), 80);
        assert!(text.ends_with("12 | f\n   | ... 2 more lines\n"), "{text}");
    }
}
