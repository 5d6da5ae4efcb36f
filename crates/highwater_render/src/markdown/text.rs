//! Text that is safe inside Markdown: prose, table cells, code. It must not know reports.

use crate::values;
use crate::words::{self, Span};

/// A message as inline Markdown: its code in backticks stays code, the rest means only itself.
pub(super) fn inline(text: &str) -> String {
    let line = values::visible(&words::one_line(text));
    let mut markdown = String::with_capacity(line.len());
    for span in words::spans(&line) {
        match span {
            Span::Text(text) => escape(text, &mut markdown),
            Span::Code(code) => markdown.push_str(&self::code(code)),
        }
    }
    markdown
}

/// `inline` for the start of a line, where `#`, `-` or `1.` would open a block.
pub(super) fn opening(text: &str) -> String {
    let markdown = inline(text);
    let digits = markdown.len() - markdown.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match markdown.get(digits..).and_then(|rest| rest.chars().next()) {
        Some('#' | '-' | '+' | '=') if digits == 0 => format!("\\{markdown}"),
        Some('.' | ')') if digits > 0 => {
            let (number, rest) = markdown.split_at(digits);
            format!("{number}\\{rest}")
        }
        _ => markdown,
    }
}

/// `inline` for a table cell, where a pipe ends the cell even inside code.
pub(super) fn cell(text: &str) -> String {
    inline(text).replace("\\|", "|").replace('|', "\\|")
}

/// A code span, with a delimiter longer than any run of backticks inside.
pub(super) fn code(text: &str) -> String {
    let text = values::visible(&words::one_line(text));
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A code span for a table cell.
pub(super) fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A fenced block, with a fence longer than any run of backticks inside.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let language: String = language.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches(['\n', '\r']))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn escape(text: &str, markdown: &mut String) {
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let escaped = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => true,
            '<' => !after.is_whitespace() && !after.is_ascii_digit() && after != '=',
            '&' => after == '#' || after.is_ascii_alphabetic(),
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            _ => false,
        };
        if escaped {
            markdown.push('\\');
        }
        markdown.push(c);
        before = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_means_only_itself() {
        assert_eq!(inline("a <b> *c* `d*e` [f](g)"), "a \\<b> \\*c\\* `d*e` \\[f\\](g)");
        assert_eq!(inline("snake_case and _this_"), "snake_case and \\_this\\_");
        assert_eq!(inline("odd ` tick"), "odd \\` tick");
        assert_eq!(inline("two\nlines"), "two lines");
        assert_eq!(inline("a < 3 && b &amp; c"), "a < 3 && b \\&amp; c");
    }

    #[test]
    fn a_line_start_opens_no_block() {
        assert_eq!(opening("# not a heading"), "\\# not a heading");
        assert_eq!(opening("1. not a list"), "1\\. not a list");
        assert_eq!(opening("412 B per event"), "412 B per event");
        assert_eq!(opening(""), "");
    }

    #[test]
    fn pipes_stay_inside_their_cell() {
        assert_eq!(cell("a | b and `c | d`"), "a \\| b and `c \\| d`");
        assert_eq!(code_cell("a|b"), "`a\\|b`");
    }

    #[test]
    fn fences_outgrow_their_content() {
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`b`"), "`` `b` ``");
        assert_eq!(fenced("ts", "```\nx\n```"), "````ts\n```\nx\n```\n````\n");
    }
}
