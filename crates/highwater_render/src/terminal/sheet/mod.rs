//! A sheet on a terminal: the answer, figures, then block by block. It must not know tables from the inside.

mod picture;
mod table;
mod tree;

use anstyle::{AnsiColor, Style};
use highwater_finding::sheet::{Block, Body, Cell, Fact, Note, Sheet, Table, Tone, Unit};

use super::paint::{self, CODE, FAINT, FRAME, GOOD, STRONG};
use super::{Screen, finding};
use crate::{Options, values, words};

/// Columns left of everything under a heading.
const INDENT: usize = 2;

/// The whole sheet.
pub(crate) fn sheet(sheet: &Sheet, options: Options) -> String {
    let screen = Screen::new(options);
    let mut out = String::new();
    let title = screen.paint.wrapped(STRONG, &paint::flat(&sheet.title), 0, screen.width);
    out.push_str(&format!("{title}\n"));
    if !sheet.lead.is_empty() {
        let lead = screen.paint.wrapped(Style::new(), &paint::flat(&sheet.lead), 0, screen.width);
        out.push_str(&format!("{lead}\n"));
    }
    if !sheet.figures.is_empty() {
        out.push('\n');
        facts(screen, &sheet.figures, &mut out);
    }
    for block in &sheet.blocks {
        out.push('\n');
        self::block(screen, block, &mut out);
    }
    next(screen, sheet, &mut out);
    out
}

/// A table by itself.
pub(super) fn table(screen: Screen, table: &Table, out: &mut String) {
    table::draw(screen, table, out);
}

fn block(screen: Screen, block: &Block, out: &mut String) {
    if !block.title.is_empty() {
        out.push_str(&format!("{}\n", screen.paint.message(FRAME, &paint::flat(&block.title))));
    }
    if !block.about.is_empty() {
        let about = screen.paint.wrapped(FAINT, &paint::flat(&block.about), INDENT, screen.width);
        out.push_str(&format!("  {about}\n"));
    }
    match &block.body {
        Body::Facts(facts) => self::facts(screen, facts, out),
        Body::Table(table) => table::draw(screen, &values::known(table), out),
        Body::Tree(tree) => tree::draw(screen, tree, out),
        Body::Picture(picture) => picture::draw(screen, picture, out),
        Body::Findings(findings) => {
            for (index, found) in findings.iter().enumerate() {
                if index > 0 {
                    out.push('\n');
                }
                finding::draw(screen, found, out);
            }
            if findings.is_empty() {
                out.push_str(&format!("  {}\n", screen.paint.say(GOOD, "none")));
            }
        }
        Body::Note(note) => self::note(screen, note, out),
    }
}

fn facts(screen: Screen, facts: &[Fact], out: &mut String) {
    let wide = facts.iter().map(|fact| paint::width(&paint::flat(&fact.label))).max().unwrap_or(0);
    let figures = facts.iter().filter(|fact| fact.value.unit().is_some_and(Unit::is_figure));
    let figure = figures.map(|fact| paint::width(&values::text(&fact.value))).max().unwrap_or(0);
    for fact in facts {
        let label = paint::flat(&fact.label);
        let pad = " ".repeat(wide - paint::width(&label));
        let label = screen.paint.say(FAINT, &label);
        let indent = INDENT + wide + 2;
        let value = if fact.value.unit().is_some_and(Unit::is_figure) {
            let text = values::text(&fact.value);
            format!("{}{}", " ".repeat(figure - paint::width(&text)), screen.paint.say(STRONG, &text))
        } else {
            value(screen, &fact.value, indent)
        };
        let note = match fact.note.as_str() {
            "" => String::new(),
            note => format!("  {}", screen.paint.message(FAINT, &paint::flat(note))),
        };
        out.push_str(format!("  {label}{pad}  {value}{note}").trim_end());
        out.push('\n');
    }
    if facts.is_empty() {
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, "nothing")));
    }
}

/// A value that stands alone and may take further lines.
fn value(screen: Screen, cell: &Cell, indent: usize) -> String {
    match cell {
        Cell::Text(text) => screen.paint.wrapped(Style::new(), &paint::flat(text), indent, screen.width),
        cell => {
            let room = screen.width.saturating_sub(indent).max(20);
            screen.paint.say(style(cell), &paint::fit(cell, room))
        }
    }
}

/// How a value is told apart from others.
fn style(cell: &Cell) -> Style {
    match cell {
        Cell::Absent | Cell::Id(_) | Cell::Place(_) => FAINT,
        Cell::Name(_) => CODE,
        Cell::SignedBytes(change) | Cell::SignedCount(change) if *change > 0 => {
            AnsiColor::Yellow.on_default()
        }
        Cell::SignedBytes(change) | Cell::SignedCount(change) if *change < 0 => AnsiColor::Green.on_default(),
        _ => Style::new(),
    }
}

fn note(screen: Screen, note: &Note, out: &mut String) {
    let style = match note.tone {
        Tone::Info => FRAME,
        Tone::Good => GOOD,
        Tone::Warning | Tone::Partial => AnsiColor::Yellow.on_default().bold(),
    };
    let word = note.tone.word();
    let text = screen.paint.wrapped(Style::new(), &paint::flat(&note.text), word.len() + 2, screen.width);
    out.push_str(&format!("{} {text}\n", screen.paint.say(style, &format!("{word}:"))));
}

fn next(screen: Screen, sheet: &Sheet, out: &mut String) {
    if sheet.next.is_empty() {
        return;
    }
    out.push_str(&format!("\n{}\n", screen.paint.say(FRAME, "Next")));
    let wide = sheet.next.iter().map(|next| paint::width(&values::visible(&next.command))).max().unwrap_or(0);
    for next in &sheet.next {
        let command = values::visible(&next.command);
        let pad = " ".repeat(wide - paint::width(&command));
        let why = screen.paint.message(Style::new(), &paint::flat(&next.why));
        let fits = INDENT + wide + 2 + paint::width(&next.why) <= screen.width;
        let gap = if fits { format!("{pad}  ") } else { "\n      ".to_owned() };
        out.push_str(format!("  {}{gap}{why}", screen.paint.say(CODE, &command)).trim_end());
        out.push('\n');
    }
}

/// How many rows the limit left out; nothing when it left out none.
fn more(screen: Screen, indent: &str, rows: u64, out: &mut String) {
    if rows > 0 {
        out.push_str(&format!("{indent}{}\n", screen.paint.say(FAINT, &values::more(rows))));
    }
}

/// The heads of a table in upper case words would shout; they are faint instead.
fn head(screen: Screen, label: &str) -> String {
    screen.paint.say(FAINT, &words::one_line(label))
}
