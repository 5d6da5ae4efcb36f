//! `// highwater-ignore <rule>[, <rule>]: reason` comments.

use oxc_ast::ast::Comment;

use crate::Suppression;

const MARK: &str = "highwater-ignore";

/// Every suppression comment of a file, in order. A comment after code applies to its own line, one on a line of
/// its own to the next line that is neither empty nor a comment.
pub(super) fn suppressions(comments: &[Comment], text: &str, line_starts: &[u32]) -> Vec<Suppression> {
    let mut out = Vec::new();
    // Lines whose next line of code is known: thousands of comments may stand in a row.
    let mut known = 0..0;
    for c in comments {
        let span = c.content_span();
        let Some(body) = text.get(span.start as usize..span.end as usize) else { continue };
        let body = body.trim().trim_start_matches('*').trim();
        let Some(rest) = body.strip_prefix(MARK) else { continue };
        if rest.starts_with(|ch: char| ch.is_alphanumeric() || ch == '-') {
            continue;
        }
        let (rules, reason) = rest.split_once(':').unwrap_or((rest, ""));
        let rules =
            rules.split(',').map(str::trim).filter(|r| !r.is_empty()).map(str::to_string).collect::<Vec<_>>();
        let line = line_starts.partition_point(|&s| s <= c.span.start) as u32;
        let start = line_starts[line as usize - 1] as usize;
        let alone = text[start..c.span.start as usize].trim().is_empty();
        if alone && !known.contains(&line) {
            known = line..next_code_line(text, line_starts, line).unwrap_or(u32::MAX);
        }
        let applies_to = if alone && known.end < u32::MAX { known.end } else { line };
        out.push(Suppression { line, applies_to, rules, reason: reason.trim().to_string() });
    }
    out
}

fn next_code_line(text: &str, line_starts: &[u32], after: u32) -> Option<u32> {
    for (i, &start) in line_starts.iter().enumerate().skip(after as usize) {
        let end = line_starts.get(i + 1).map_or(text.len(), |&e| e as usize);
        let line = text[start as usize..end].trim();
        if !line.is_empty() && !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*") {
            return Some(i as u32 + 1);
        }
    }
    None
}
