//! A rule is one folder: its card, its code, its page, its cases. Nothing of it lies elsewhere but two lines in
//! `rules/mod.rs`.

use crate::markdown::headings;
use crate::tree::{Tree, has_ending};

/// Where the rules live.
pub(crate) const RULES: &str = "crates/highwater_rules/src/rules/";

/// Headings of a rule's page, in their order.
pub(crate) const HEADINGS: &[&str] = &[
    "## What leaks",
    "## Why it matters",
    "## Example",
    "## How to prove it",
    "## How to fix it",
    "## When it is wrong",
    "## Fix safety",
];

/// Files every rule has.
const FILES: &[&str] = &["mod.rs", "find_in_code.rs", "doc.md"];

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let list_path = format!("{RULES}mod.rs");
    let list = tree.text(&list_path);
    let mut out = Vec::new();
    for name in tree.folders_in(RULES) {
        out.extend(folder_problems(tree, name));
        let lines = || list.unwrap_or_default().lines().map(str::trim);
        let module = format!("mod {name};");
        if !lines()
            .any(|line| line == module || line.starts_with("pub") && line.ends_with(&format!(" {module}")))
        {
            out.push(format!("{list_path}: no line `{module}` for the folder {RULES}{name}"));
        }
        if !lines().any(|line| !line.starts_with("//") && line.contains(&format!("{name}::CARD"))) {
            out.push(format!("{list_path}: no row for `{name}` in the table of rules"));
        }
    }
    out
}

fn folder_problems(tree: &Tree, name: &str) -> Vec<String> {
    let folder = format!("{RULES}{name}/");
    let mut out = Vec::new();
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        out.push(format!("{folder}: a rule's folder is in snake_case"));
    }
    for file in FILES.iter().filter(|file| tree.text(&format!("{folder}{file}")).is_none()) {
        out.push(format!("{folder}: {file} is missing"));
    }
    let id = name.replace('_', "-");
    if tree.text(&format!("{folder}mod.rs")).is_some_and(|text| !text.contains(&format!("\"{id}\""))) {
        out.push(format!("{folder}mod.rs: the card's id is not `{id}`, as the folder says"));
    }
    if let Some(page) = tree.text(&format!("{folder}doc.md")) {
        let found = headings(page, 2);
        if found != HEADINGS {
            let wanted = HEADINGS.join(", ");
            out.push(format!("{folder}doc.md: its headings are {}; they must be {wanted}", found.join(", ")));
        }
    }
    let cases = format!("{folder}cases/");
    let strays = tree.below(&cases).filter(|(path, _)| path.contains('/') || !has_ending(path, "md"));
    out.extend(strays.map(|(path, _)| format!("{cases}{path}: cases are Markdown files, side by side")));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "//! Rules.\nmod unbounded_map;\n\npub static RULES: &[Rule] = &[\n    \
        Rule { card: unbounded_map::CARD, find: unbounded_map::find_in_code::find },\n];\n";

    fn whole() -> Tree {
        let page = HEADINGS.join("\n\ntext\n\n");
        let mut tree = Tree::of([("crates/highwater_rules/src/rules/mod.rs", LIST)]);
        for (file, text) in [
            ("mod.rs", "pub const CARD: Card = Card { id: \"unbounded-map\" };"),
            ("find_in_code.rs", ""),
            ("doc.md", page.as_str()),
            ("cases/basic.md", ""),
        ] {
            tree.put(&format!("{RULES}unbounded_map/{file}"), text);
        }
        tree
    }

    #[test]
    fn a_whole_folder_passes_and_so_does_no_folder() {
        assert_eq!(problems(&whole()), [""; 0]);
        assert_eq!(problems(&Tree::of([])), [""; 0]);
    }

    #[test]
    fn an_unregistered_folder_is_told_twice() {
        let mut tree = whole();
        tree.put(&format!("{RULES}mod.rs"), "//! Rules.\n// mod unbounded_map;\n// unbounded_map::CARD\n");
        let told = problems(&tree);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("no line `mod unbounded_map;`")
                && told[1].contains("no row for `unbounded_map`")
        );
    }

    #[test]
    fn missing_files_and_headings_out_of_order_are_told() {
        let mut tree = whole();
        tree.put(&format!("{RULES}unbounded_map/doc.md"), "## Example\n\n## What leaks\n");
        assert!(problems(&tree)[0].contains("its headings are ## Example, ## What leaks;"));
        let bare = Tree::of([("crates/highwater_rules/src/rules/unbounded_map/mod.rs", "\"unbounded-set\"")]);
        let told = problems(&bare).join("\n");
        for words in ["find_in_code.rs is missing", "doc.md is missing", "id is not `unbounded-map`"] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn strays_and_odd_names_are_told() {
        let mut tree = whole();
        tree.put(&format!("{RULES}unbounded_map/cases/deep/a.md"), "");
        tree.put(&format!("{RULES}unbounded_map/cases/a.ts"), "");
        assert_eq!(problems(&tree).len(), 2);
        tree.put(&format!("{RULES}timer-leak/mod.rs"), "");
        assert!(problems(&tree).iter().any(|problem| problem.contains("snake_case")));
    }
}
