//! What no compiler checks: heads of files, lengths, forbidden words, paths of a developer's machine.
//!
//! Needles are written in two halves, so that this file does not find itself.

use crate::tree::{Tree, has_ending};

const LINES_MAX: usize = 1000;
const MAIN: &str = "crates/highwater/src/main.rs";
const MAIN_LINES_MAX: usize = 40;

/// Words that no Rust file holds, each with what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("#[ign", "ore"), "a test runs or is deleted; a known gap is a `todo` mark in a case"),
    (concat!("#[should", "_panic"), "return a Result and assert on the error"),
    (concat!("#[al", "low("), "use #[expect(..., reason = \"...\")]"),
    (concat!("#![al", "low("), "use #![expect(..., reason = \"...\")]"),
    (concat!("tod", "o!("), "write it, or leave it out"),
    (concat!("unimpl", "emented!("), "write it, or leave it out"),
];

/// Folders of somebody's machine.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/", "corpus")];

/// Facts about other people's code, or written by tools: their text is not ours to tidy.
const FOREIGN: &[&str] = &["corpus/", "Cargo.lock"];

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in
        tree.files().filter(|(path, _)| !FOREIGN.iter().any(|foreign| path.starts_with(foreign)))
    {
        if has_ending(path, "rs") {
            out.extend(rust_problems(path, text));
        }
        out.extend(text_problems(path, text));
    }
    out
}

fn rust_problems(path: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    if !text.starts_with("//!") {
        out.push(format!("{path}:1: open with `//!`: what the file holds and what it must not do"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        out.push(format!("{path}: {lines} lines; {LINES_MAX} at most, split it by subject"));
    }
    if path == MAIN && lines > MAIN_LINES_MAX {
        out.push(format!(
            "{path}: {lines} lines; {MAIN_LINES_MAX} at most: parse, call, map to the exit code"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        for (word, instead) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
            out.push(format!("{path}:{}: `{word}`: {instead}", index + 1));
        }
    }
    out.extend(expects_without_reason(path, text));
    out
}

fn expects_without_reason(path: &str, text: &str) -> Vec<String> {
    let opening = [concat!("#[exp", "ect("), concat!("#![exp", "ect(")];
    let mut out = Vec::new();
    for (at, _) in opening.iter().flat_map(|open| text.match_indices(open)) {
        let attribute = text[at..].split(")]").next().unwrap_or_default();
        if !attribute.contains("reason") {
            let line = text[..at].matches('\n').count() + 1;
            out.push(format!("{path}:{line}: the expectation has no `reason = \"...\"`"));
        }
    }
    out
}

fn text_problems(path: &str, text: &str) -> Vec<String> {
    // Snapshots hold output as it is, trailing blanks included.
    let is_snapshot = has_ending(path, "snap");
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.ends_with([' ', '\t']) && !is_snapshot {
            out.push(format!("{path}:{}: trailing blanks", index + 1));
        }
        for needle in MACHINE_PATHS.iter().filter(|needle| starts_a_path(line, needle)) {
            out.push(format!("{path}:{}: `{needle}` is a path of one machine", index + 1));
        }
    }
    out
}

/// Whether `needle` stands in `line` as the start of an absolute path: `homework/` and `docs/work/` do not count.
fn starts_a_path(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*}>$".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> String {
        problems(&Tree::of([(path, text)])).join("\n")
    }

    #[test]
    fn a_tidy_file_passes() {
        let text =
            format!("//! Head.\n{}lint, reason = \"why\")]\nfn main() {{}}\n", concat!("#[exp", "ect("));
        assert_eq!(told("a.rs", &text), "");
        assert_eq!(
            told("a.md", &format!("see docs{}x and frame{}y\n", MACHINE_PATHS[0], &MACHINE_PATHS[0][1..])),
            ""
        );
    }

    #[test]
    fn heads_and_lengths_are_checked() {
        assert!(told("a.rs", "fn main() {}\n").contains("a.rs:1: open with"));
        let long = "//! Head.\n".to_string() + &"\n".repeat(LINES_MAX);
        assert!(told("a.rs", &long).contains("1001 lines"));
        assert!(told(MAIN, &long[..60]).contains("40 at most"));
    }

    #[test]
    fn every_forbidden_word_is_found() {
        for (word, _) in FORBIDDEN {
            let text = format!("//! Head.\n    {word}\n");
            assert!(told("a.rs", &text).starts_with(&format!("a.rs:2: `{word}`")), "{word}");
        }
    }

    #[test]
    fn an_expectation_needs_a_reason() {
        let text = format!("//! Head.\n{}\n    lint\n)]\n", concat!("#[exp", "ect("));
        assert!(told("a.rs", &text).starts_with("a.rs:2: the expectation has no"));
    }

    #[test]
    fn blanks_and_machine_paths_are_found_in_any_file() {
        assert_eq!(told("a.md", "x \ny\n"), "a.md:1: trailing blanks");
        for needle in MACHINE_PATHS {
            assert!(told("b.toml", &format!("a = \"{needle}x\"\n")).contains("path of one machine"));
            assert_eq!(told("corpus/a.jsonl", needle), "");
        }
    }
}
