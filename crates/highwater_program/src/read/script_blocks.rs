//! Script text of `.vue`, `.svelte` and `.astro` files: everything else becomes blanks, so offsets stay true.

use oxc_span::SourceType;

/// The script of a component file, padded to the length of the file.
pub(super) struct Script {
    pub(super) text: String,
    pub(super) source_type: SourceType,
}

/// `None` when the file is not of these kinds.
pub(super) fn extract(path: &str, text: &str) -> Option<Script> {
    let ext = path.rsplit('.').next()?;
    let mut ranges = Vec::new();
    let mut typescript = ext == "astro";
    match ext {
        "vue" | "svelte" => scripts(text, &mut ranges, &mut typescript),
        "astro" => {
            frontmatter(text, &mut ranges);
            scripts(text, &mut ranges, &mut typescript);
        }
        _ => return None,
    }
    let source_type = if typescript { SourceType::tsx() } else { SourceType::mjs().with_jsx(true) };
    Some(Script { text: blank_outside(text, &ranges), source_type })
}

fn frontmatter(text: &str, ranges: &mut Vec<(usize, usize)>) {
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with("---")
        && let Some(end) = text[start + 3..].find("\n---")
    {
        ranges.push((start + 3, start + 3 + end));
    }
}

fn scripts(text: &str, ranges: &mut Vec<(usize, usize)>, typescript: &mut bool) {
    let lower = text.to_ascii_lowercase();
    let mut from = ranges.last().map_or(0, |r| r.1);
    while let Some(open) = lower[from..].find("<script").map(|i| i + from) {
        let Some(tag_end) = lower[open..].find('>').map(|i| i + open) else { return };
        let tag = &lower[open..tag_end];
        let Some(close) = lower[tag_end..].find("</script").map(|i| i + tag_end) else { return };
        if tag.contains("ts") && (tag.contains("lang=\"ts") || tag.contains("lang='ts")) {
            *typescript = true;
        }
        if !tag.ends_with('/') && !tag.contains("json") {
            ranges.push((tag_end + 1, close));
        }
        from = close;
    }
}

fn blank_outside(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for (i, &(start, end)) in ranges.iter().enumerate() {
        out.extend(text.as_bytes()[at..start].iter().map(|&b| if b == b'\n' { b'\n' } else { b' ' }));
        if i > 0 && start > at {
            // Two blocks must not run into one statement.
            let last = out.len() - 1;
            if out[last] == b' ' {
                out[last] = b';';
            }
        }
        out.extend_from_slice(&text.as_bytes()[start..end]);
        at = end;
    }
    out.extend(text.as_bytes()[at..].iter().map(|&b| if b == b'\n' { b'\n' } else { b' ' }));
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_offsets_and_both_blocks() {
        let text = "<template><p>ü {{ a }}</p></template>\n<script>\nconst a = 1\n</script>\n<script setup lang=\"ts\">\nlet b: number\n</script>\n";
        let s = extract("x.vue", text).expect("vue");
        assert_eq!(s.text.len(), text.len());
        assert_eq!(s.text.find("const a"), text.find("const a"));
        assert_eq!(s.text.find("let b"), text.find("let b"));
        assert!(!s.text.contains("template"));
        assert!(s.source_type.is_typescript());
    }

    #[test]
    fn astro_frontmatter() {
        let text = "---\nimport a from './a'\n---\n<h1>{a}</h1>";
        let s = extract("x.astro", text).expect("astro");
        assert!(s.text.contains("import a"));
        assert!(!s.text.contains("h1"));
    }

    #[test]
    fn an_unclosed_script_is_nothing() {
        let s = extract("x.svelte", "<script>let a").expect("svelte");
        assert_eq!(s.text.trim(), "");
    }
}
