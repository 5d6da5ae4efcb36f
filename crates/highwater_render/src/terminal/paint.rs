//! Colour and width on a terminal. It must not know reports.

use anstyle::{AnsiColor, Style};
use highwater_finding::Severity;
use highwater_finding::sheet::Cell;

use crate::values;
use crate::words::{self, Span};

/// Applies styles, or nothing at all.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

/// The frame around code: line numbers, bars, arrows.
pub(super) const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
/// What a reader looks for first.
pub(super) const STRONG: Style = Style::new().bold();
/// Code inside a message, and commands to run.
pub(super) const CODE: Style = AnsiColor::Cyan.on_default();
/// What can be skipped.
pub(super) const FAINT: Style = Style::new().dimmed();
/// Good news and remedies.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();

/// The colour of a severity.
pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightRed.on_default().bold(),
        Severity::Moderate => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::BrightBlue.on_default().bold(),
    }
}

impl Paint {
    /// `text` in `style`, made safe.
    pub(super) fn say(self, style: Style, text: &str) -> String {
        let text = safe(text);
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text }
    }

    /// A message: prose in `style`, code in the code colour with its backticks kept.
    pub(super) fn message(self, style: Style, text: &str) -> String {
        if !self.color {
            return safe(text);
        }
        let mut line = String::new();
        for span in words::spans(text) {
            match span {
                Span::Text(text) => line.push_str(&self.say(style, text)),
                Span::Code(code) => {
                    let code_style = CODE.effects(style.get_effects());
                    line.push_str(&self.say(code_style, &format!("`{code}`")));
                }
            }
        }
        line
    }

    /// A message wrapped to `width`, its further lines indented by `indent` columns.
    pub(super) fn wrapped(self, style: Style, text: &str, indent: usize, width: usize) -> String {
        let room = width.saturating_sub(indent).max(20);
        let lines: Vec<String> = wrap(text, room).iter().map(|line| self.message(style, line)).collect();
        lines.join(&format!("\n{}", " ".repeat(indent)))
    }
}

/// The text without what would steer a terminal: control characters and bidirectional overrides.
pub(super) fn safe(text: &str) -> String {
    text.chars().map(safe_char).collect()
}

/// One character of `safe`.
pub(super) fn safe_char(c: char) -> char {
    match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() => '\u{FFFD}',
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            '\u{FFFD}'
        }
        c => c,
    }
}

/// A message on one line.
pub(super) fn flat(text: &str) -> String {
    words::one_line(text)
}

/// A value of a sheet in at most `room` columns. Figures are never cut.
pub(super) fn fit(cell: &Cell, room: usize) -> String {
    fitting(room, |characters| values::cut(cell, characters))
}

/// A name in at most `room` columns, its middle left out.
pub(super) fn fit_middle(text: &str, room: usize) -> String {
    fitting(room, |characters| values::cut_middle(text, characters))
}

/// A text in at most `room` columns, its end left out.
pub(super) fn fit_text(text: &str, room: usize) -> String {
    fitting(room, |characters| values::cut_end(text, characters))
}

/// Cuts to fewer and fewer characters until wide ones fit too.
fn fitting(room: usize, cut: impl Fn(usize) -> String) -> String {
    let mut characters = room.max(1);
    loop {
        let text = cut(characters);
        let over = width(&text).saturating_sub(room);
        if over == 0 || characters == 1 || text.chars().count() > characters {
            return text;
        }
        characters -= over.div_ceil(2).min(characters - 1);
    }
}

/// Lines of at most `room` columns, broken at spaces; a longer word keeps its own line.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if !line.is_empty() && used + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    lines.push(line);
    lines
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns that a character takes: none for combining marks, two for East Asian wide ones and emoji.
pub(super) fn char_width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200D | 0x20D0..=0x20FF | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1F9FF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanned_text_cannot_steer_the_terminal() {
        let paint = Paint { color: false };
        assert_eq!(paint.say(STRONG, "a\u{1b}[31mb\u{202E}c\rd"), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 4), ["incomprehensible"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(width("日本x"), 5);
    }
}
