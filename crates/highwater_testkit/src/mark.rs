//! Expectations in comments: which mark a line of code carries and which line it speaks about.

/// What a mark demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A finding of this rule, and of this symbol where one is named.
    Leak { rule: String, symbol: Option<String> },
    /// An assurance of this rule, and of this symbol where one is named.
    Held { rule: String, symbol: Option<String> },
    /// Nothing at moderate or above in the file.
    Clean,
    /// Nothing at moderate or above in the file that is at least 50 % sure.
    Unsure,
}

impl Demand {
    /// The mark as its author wrote it, without the comment signs.
    pub(crate) fn text(&self) -> String {
        let named = |word: &str, rule: &str, symbol: &Option<String>| match symbol {
            Some(symbol) => format!("{word}: {rule} {symbol}"),
            None => format!("{word}: {rule}"),
        };
        match self {
            Demand::Leak { rule, symbol } => named("leak", rule, symbol),
            Demand::Held { rule, symbol } => named("held", rule, symbol),
            Demand::Clean => "clean".into(),
            Demand::Unsure => "unsure".into(),
        }
    }
}

/// One mark of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// What it demands.
    pub(crate) demand: Demand,
    /// A known gap: must fail today.
    pub(crate) todo: bool,
    /// 1-based line of the file that it speaks about; its own line for `clean` and `unsure`.
    pub(crate) line: u32,
}

/// Reads every mark of a file's text. `Err` names the line and what is wrong with the mark.
pub(crate) fn read_marks(text: &str) -> Result<Vec<Mark>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut marks = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((before, comment)) = comment_of(line) else { continue };
        let at = |problem: String| format!("line {}: {problem}", index + 1);
        let Some((demand, todo)) = read_demand(comment).map_err(at)? else { continue };
        let alone = matches!(before.trim(), "" | "{");
        let target = if matches!(demand, Demand::Clean | Demand::Unsure) || !alone {
            index
        } else {
            next_code_line(&lines, index + 1)
                .ok_or_else(|| at(format!("no line of code follows `{}`", demand.text())))?
        };
        marks.push(Mark { demand, todo, line: target as u32 + 1 });
    }
    Ok(marks)
}

/// Splits a line into what stands before its mark and the comment's text, if some comment of it opens like a mark.
fn comment_of(line: &str) -> Option<(&str, &str)> {
    for (at, _) in line.match_indices('/') {
        let rest = &line[at..];
        let comment = if let Some(rest) = rest.strip_prefix("//") {
            rest
        } else if let Some(rest) = rest.strip_prefix("/*") {
            rest.split_once("*/").map_or(rest, |(inside, _)| inside)
        } else {
            continue;
        };
        let comment = comment.trim();
        if opens_like_a_mark(comment) {
            return Some((&line[..at], comment));
        }
    }
    None
}

fn opens_like_a_mark(comment: &str) -> bool {
    let comment = comment.strip_prefix("todo ").map_or(comment, str::trim_start);
    let word = comment.split(" --").next().unwrap_or(comment).trim_end();
    comment.starts_with("leak:") || comment.starts_with("held:") || matches!(word, "clean" | "unsure")
}

/// `None` when the comment is no mark.
fn read_demand(comment: &str) -> Result<Option<(Demand, bool)>, String> {
    let (todo, rest) = match comment.strip_prefix("todo ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, comment),
    };
    let rest = rest.split(" --").next().unwrap_or(rest).trim();
    if rest == "clean" {
        return Ok(Some((Demand::Clean, todo)));
    }
    if rest == "unsure" {
        return Ok(Some((Demand::Unsure, todo)));
    }
    let Some((word, names)) = rest.split_once(':') else { return Ok(None) };
    let mut names = names.split_whitespace();
    let Some(rule) = names.next() else {
        return Err(format!("`{word}:` names no rule; write `{word}: rule symbol`"));
    };
    let symbol = names.next().map(str::to_string);
    if names.next().is_some() {
        return Err(format!("`{rest}` has more than a rule and a symbol; put a remark after ` -- `"));
    }
    if !is_rule_id(rule) {
        return Err(format!("`{rule}` is no rule id; ids are kebab-case, as `unbounded-map`"));
    }
    let rule = rule.to_string();
    let demand = if word == "leak" { Demand::Leak { rule, symbol } } else { Demand::Held { rule, symbol } };
    Ok(Some((demand, todo)))
}

fn is_rule_id(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Index of the first line from `from` on that is neither blank nor only comment.
fn next_code_line(lines: &[&str], from: usize) -> Option<usize> {
    let mut in_block = false;
    for (index, line) in lines.iter().enumerate().skip(from) {
        let line = line.trim();
        if in_block {
            in_block = !line.contains("*/");
            continue;
        }
        let opens = line.starts_with("/*") || line.starts_with("{/*");
        if opens && !line.contains("*/") {
            in_block = true;
            continue;
        }
        let only_block = opens && (line.ends_with("*/") || line.ends_with("*/}"));
        if line.is_empty() || line.starts_with("//") || only_block {
            continue;
        }
        return Some(index);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leak(rule: &str, symbol: &str) -> Demand {
        Demand::Leak { rule: rule.into(), symbol: Some(symbol.into()) }
    }

    #[test]
    fn a_mark_above_speaks_about_the_next_line_of_code() {
        let text = "// leak: unbounded-map seen\n// held: unbounded-map seen\n\n/* why\n it is */\nconst seen = new Map()\n";
        let marks = read_marks(text).unwrap();
        assert_eq!(marks.iter().map(|m| m.line).collect::<Vec<_>>(), [6, 6]);
        assert_eq!(marks[0].demand, leak("unbounded-map", "seen"));
    }

    #[test]
    fn a_mark_after_code_speaks_about_its_own_line() {
        let marks = read_marks("go('https://x.y/z') // leak: timer-never-cleared #beat\n").unwrap();
        assert_eq!(marks, [Mark { demand: leak("timer-never-cleared", "#beat"), todo: false, line: 1 }]);
    }

    #[test]
    fn todo_remarks_and_block_comments_are_read() {
        let text =
            "// todo leak: a-b c -- through a tuple\nx()\n{/* leak: d-e */}\ny() /* todo clean -- why */\n";
        let marks = read_marks(text).unwrap();
        assert_eq!(marks[0], Mark { demand: leak("a-b", "c"), todo: true, line: 2 });
        assert_eq!(marks[1].demand, Demand::Leak { rule: "d-e".into(), symbol: None });
        assert_eq!(marks[1].line, 4);
        assert_eq!((marks[2].todo, &marks[2].demand), (true, &Demand::Clean));
    }

    #[test]
    fn ordinary_comments_are_no_marks() {
        let text =
            "// clean up on close\n// held in memory\n// todo: later\n// a leak: no\nx('http://clean')\n";
        assert_eq!(read_marks(text).unwrap(), []);
    }

    #[test]
    fn unreadable_marks_are_told() {
        assert!(read_marks("// leak:\nx()").unwrap_err().contains("names no rule"));
        assert!(read_marks("// leak: a-b c because of d\nx()").unwrap_err().contains("after ` -- `"));
        assert!(read_marks("// held: UnboundedMap x\nx()").unwrap_err().contains("kebab-case"));
        assert!(
            read_marks("x()\n// leak: a-b c\n// end\n").unwrap_err().starts_with("line 2: no line of code")
        );
    }
}
