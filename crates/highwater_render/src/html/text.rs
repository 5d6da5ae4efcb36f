//! Text that is safe inside HTML: prose, code, excerpts. It must not know reports.

use highwater_finding::Place;

use crate::words::{self, Span};

/// Text with markup escaped, for content and for attributes in double quotes.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(c),
            c if c.is_control() => html.push('\u{FFFD}'),
            '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => html.push('\u{FFFD}'),
            c => html.push(c),
        }
    }
    html
}

/// A message: its code in `code` elements, the rest as it reads.
pub(super) fn rich(text: &str) -> String {
    words::spans(text)
        .into_iter()
        .map(|span| match span {
            Span::Text(text) => escape(text),
            Span::Code(code) => self::code(code),
        })
        .collect()
}

/// `rich` as a sentence: it starts in upper case and ends in a full stop.
pub(super) fn sentence(text: &str) -> String {
    rich(&words::sentence(&words::capital(text)))
}

/// A `code` element.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The name of a place, which may break after each folder.
pub(super) fn place(place: &Place) -> String {
    let name = escape(&words::place(place)).replace('/', "/<wbr>");
    format!("<code class=\"path\">{name}</code>")
}

/// A block of code.
pub(super) fn block(text: &str) -> String {
    format!("<pre><code>{}</code></pre>\n", escape(text.trim_end()))
}

/// The lines of a place with their numbers, the span marked; empty without lines.
pub(super) fn excerpt(place: &Place) -> String {
    if place.excerpt.is_empty() {
        return String::new();
    }
    let (lines, more) = words::excerpt(place);
    let mut html = String::from("<pre class=\"excerpt\"><code>");
    for (index, line) in lines.iter().enumerate() {
        let number = place.line.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        let attribute = if place.line == 0 { String::new() } else { format!(" data-line=\"{number}\"") };
        html.push_str(&format!("<span class=\"line\"{attribute}>{}</span>\n", marked(line, number, place)));
    }
    html.push_str("</code></pre>\n");
    if more > 0 {
        html.push_str(&format!("<p class=\"faint\">{}</p>\n", words::count_of(more, "more line")));
    }
    html
}

/// A source line with the part that lies in the span marked.
fn marked(line: &str, number: u32, place: &Place) -> String {
    let first = if number == place.line { place.column } else { 1 };
    let last = if number == place.end_line { place.end_column } else { u32::MAX };
    let inside = place.line > 0 && place.column > 0 && number <= place.end_line.max(place.line);
    if !inside {
        return escape(line);
    }
    let (mut before, mut inner, mut after) = (String::new(), String::new(), String::new());
    let mut column = 1;
    for c in line.chars() {
        if column < first {
            before.push(c);
        } else if column < last {
            inner.push(c);
        } else {
            after.push(c);
        }
        column += c.len_utf16() as u32;
    }
    let indent = inner.len() - inner.trim_start().len();
    let (space, inner) = inner.split_at(indent);
    let mark = if inner.is_empty() { String::new() } else { format!("<mark>{}</mark>", escape(inner)) };
    format!("{}{}{mark}{}", escape(&before), escape(space), escape(&after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(escape("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
        assert_eq!(rich("`<b>` is <b>"), "<code>&lt;b&gt;</code> is &lt;b&gt;");
    }

    #[test]
    fn a_span_is_marked_in_utf16_columns() {
        let place = Place {
            file: "a.ts".into(),
            line: 3,
            column: 6,
            end_line: 3,
            end_column: 11,
            excerpt: "\"😀\", cache<T>\nnext".into(),
        };
        assert_eq!(
            excerpt(&Place { column: 7, end_column: 12, ..place }),
            "<pre class=\"excerpt\"><code><span class=\"line\" data-line=\"3\">&quot;😀&quot;, \
             <mark>cache</mark>&lt;T&gt;</span>\n<span class=\"line\" data-line=\"4\">next</span>\n</code></pre>\n"
        );
    }
}
