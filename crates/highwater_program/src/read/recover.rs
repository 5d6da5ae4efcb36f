//! A file that does not parse still says much: the statement around the error is blanked and the rest read.

/// The text without the statement around `offset`, same length and lines; `None` when there is nothing to cut.
///
/// Statements are told by indentation: from the last line before the error that is indented as little as the
/// error's line (and does not merely close something) to the next such line that ends it.
/// `up` goes that many enclosing blocks further out. Also gives the end of what was cut.
pub(super) fn without_statement_at(text: &str, offset: usize, up: usize) -> Option<(String, usize)> {
    let lines = line_ranges(text);
    let at = lines.partition_point(|&(start, _)| start <= offset).checked_sub(1)?;
    let indent = |i: usize| {
        let line = &text[lines[i].0..lines[i].1];
        line.len() - line.trim_start().len()
    };
    let blank = |i: usize| text[lines[i].0..lines[i].1].trim().is_empty();
    let closes = |i: usize| text[lines[i].0..lines[i].1].trim_start().starts_with(['}', ')', ']']);
    let level = indent(at);
    let mut first = (0..=at).rev().find(|&i| !blank(i) && indent(i) <= level && !closes(i))?;
    for _ in 0..up {
        let level = indent(first);
        first = (0..first).rev().find(|&i| !blank(i) && indent(i) < level && !closes(i))?;
    }
    let level = indent(first);
    let last = if up == 0 && closes(at) && indent(at) == level {
        at
    } else {
        let next = (at + 1..lines.len()).find(|&i| !blank(i) && indent(i) <= level).unwrap_or(lines.len());
        if next < lines.len() && closes(next) && indent(next) == level && next > at { next } else { next - 1 }
    };
    let (from, to) = (lines[first].0, lines[last.max(at)].1);
    if text[from..to].trim().is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for b in &mut bytes[from..to] {
        if *b != b'\n' {
            *b = b' ';
        }
    }
    Some((String::from_utf8(bytes).ok()?, to))
}

fn line_ranges(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for (i, b) in text.bytes().enumerate() {
        if b == b'\n' {
            out.push((start, i));
            start = i + 1;
        }
    }
    out.push((start, text.len()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_the_broken_statement_only() {
        let text = "const a = 1;\napp.get('/x', () => {\n  try {\n    f();\n});\nconst b = 2;\n";
        let offset = text.find("});").expect("there");
        let (cut, _) = without_statement_at(text, offset, 0).expect("cut");
        assert_eq!(cut.len(), text.len());
        assert!(cut.contains("const a") && cut.contains("const b") && !cut.contains("app.get"));
    }

    #[test]
    fn gives_up_on_nothing() {
        assert!(without_statement_at("   \n", 1, 0).is_none());
    }
}
