//! Markdown to cases: headings and fenced blocks, nothing else of the format.

/// One file of a case, as the function under test receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// Path relative to the case's root: `src/app.ts`.
    pub path: String,
    /// Its text, marks included, so that line numbers agree with the Markdown.
    pub text: String,
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// First word of the info string: `ts`.
    pub(crate) language: String,
    /// Value of `file=` in the info string.
    pub(crate) file: Option<String>,
    /// Lines between the fences, each with its newline.
    pub(crate) text: String,
    /// 1-based line of the opening fence.
    pub(crate) line: usize,
}

/// A heading or a block, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Number of `#`, and the words after them.
    Heading { level: usize, words: String, line: usize },
    /// A fenced block.
    Block(Block),
}

/// Cuts Markdown into headings and fenced blocks. `Err` when a fence is never closed.
pub(crate) fn pieces(markdown: &str) -> Result<Vec<Piece>, String> {
    let mut out = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(fence) = Fence::open(line) {
            let mut text = String::new();
            loop {
                let Some((_, inner)) = lines.next() else {
                    return Err(format!("the block opened on line {} is never closed", index + 1));
                };
                if fence.closed_by(inner) {
                    break;
                }
                text.push_str(strip_indent(inner, fence.indent));
                text.push('\n');
            }
            out.push(Piece::Block(block(fence.info, text, index + 1)));
        } else if let Some((level, words)) = heading(line) {
            out.push(Piece::Heading { level, words: words.into(), line: index + 1 });
        }
    }
    Ok(out)
}

struct Fence<'a> {
    sign: char,
    length: usize,
    indent: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn open(line: &'a str) -> Option<Self> {
        let rest = line.trim_start();
        let sign = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = rest.chars().take_while(|&c| c == sign).count();
        let info = rest[length..].trim();
        // "```x```" on one line is inline code.
        let is_fence = length >= 3 && !info.contains('`');
        is_fence.then_some(Fence { sign, length, indent: line.len() - rest.len(), info })
    }

    fn closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.sign)
    }
}

fn strip_indent(line: &str, indent: usize) -> &str {
    let spaces = line.bytes().take(indent).take_while(|&b| b == b' ').count();
    &line[spaces..]
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|&b| b == b'#').count();
    let words = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, words.trim()))
}

fn block(info: &str, text: String, line: usize) -> Block {
    let mut words = info.split_whitespace();
    let language = words.clone().next().filter(|w| !w.contains('=')).unwrap_or_default().to_string();
    let file = words.find_map(|word| word.strip_prefix("file=")).map(str::to_string);
    Block { language, file, text, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_blocks_come_in_order() {
        let found = pieces("# One\n\ntext\n\n```ts file=src/a.ts\n# no heading\n```\n\n## Two\n").unwrap();
        let block = Block {
            language: "ts".into(),
            file: Some("src/a.ts".into()),
            text: "# no heading\n".into(),
            line: 5,
        };
        assert_eq!(
            found,
            [
                Piece::Heading { level: 1, words: "One".into(), line: 1 },
                Piece::Block(block),
                Piece::Heading { level: 2, words: "Two".into(), line: 9 },
            ]
        );
    }

    #[test]
    fn longer_fences_hold_shorter_ones_and_indents_are_stripped() {
        let found = pieces("- item\n  ````md\n  ```\n    x\n  ````\n").unwrap();
        assert!(matches!(&found[..], [Piece::Block(b)] if b.text == "```\n  x\n" && b.file.is_none()));
    }

    #[test]
    fn an_open_fence_is_told() {
        assert_eq!(pieces("a\n```ts\nx\n").unwrap_err(), "the block opened on line 2 is never closed");
    }
}
