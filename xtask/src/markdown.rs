//! The little Markdown that checks read: headings and inline code, both outside fenced blocks.

/// Lines outside fenced blocks, with their 1-based numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<usize> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let ticks = line.trim_start().bytes().take_while(|&b| b == b'`').count();
        match fence {
            Some(open) => {
                if ticks >= open {
                    fence = None;
                }
                None
            }
            None if ticks >= 3 => {
                fence = Some(ticks);
                None
            }
            None => Some((index + 1, line)),
        }
    })
}

/// Headings of exactly this level, as written, `## ` included.
pub(crate) fn headings(text: &str, level: usize) -> Vec<&str> {
    let is_heading = |line: &&str| {
        line.bytes().take_while(|&b| b == b'#').count() == level && line[level..].starts_with(' ')
    };
    prose(text).map(|(_, line)| line.trim_end()).filter(is_heading).collect()
}

/// Inline code with its 1-based line.
pub(crate) fn inline_code(text: &str) -> Vec<(usize, &str)> {
    let on_line = |(number, line)| {
        let parts: Vec<&str> = str::split(line, '`').collect();
        // Between an odd and an even tick; a tick without a partner opens nothing.
        let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
        parts.into_iter().take(closed).skip(1).step_by(2).map(move |code| (number, code)).collect::<Vec<_>>()
    };
    prose(text).flat_map(on_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_blocks_are_not_prose() {
        let text = "# A\n```md\n## B\n`x`\n```\n## C\n````\n```\n## D\n````\nsee `y` and `z/w`, not ` this\n";
        assert_eq!(headings(text, 2), ["## C"]);
        assert_eq!(inline_code(text), [(11, "y"), (11, "z/w")]);
    }
}
