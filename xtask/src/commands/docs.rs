//! `cargo xtask docs`: the book's rule pages, made from each rule's own page. `--check` compares and writes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::args::Args;
use crate::checks::rule_folders::RULES;
use crate::tree::{Tree, root};

const PAGES: &str = "docs/rules/";

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let tree = Tree::load()?;
    let wanted = pages(&tree)?;
    if args.has("check") {
        let stale = differences(&tree, &wanted);
        return if stale.is_empty() {
            Ok(())
        } else {
            Err(format!("not up to date, run `cargo xtask docs`:\n  {}", stale.join("\n  ")))
        };
    }
    let folder = root().join(PAGES);
    let failed = |why: std::io::Error| format!("{PAGES}: {why}");
    fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in &wanted {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    for (name, _) in tree.below(PAGES).filter(|(name, _)| !wanted.contains_key(*name)) {
        fs::remove_file(folder.join(name)).map_err(failed)?;
    }
    println!("{} pages in {PAGES}", wanted.len());
    Ok(())
}

/// Files of `docs/rules/` that are missing, stale or belong to no rule.
fn differences(tree: &Tree, wanted: &BTreeMap<String, String>) -> Vec<String> {
    let is_stale = |name: &str, text: &str| tree.text(&format!("{PAGES}{name}")) != Some(text);
    let stale = wanted.iter().filter(|(name, text)| is_stale(name, text)).map(|(name, _)| name.as_str());
    let strays = tree.below(PAGES).map(|(name, _)| name).filter(|name| !wanted.contains_key(*name));
    stale.chain(strays).map(|name| format!("{PAGES}{name}")).collect()
}

/// What a rule's card says to a reader of the index.
struct Entry<'a> {
    id: String,
    title: String,
    severity: &'a str,
    fix: &'a str,
}

/// Name and text of every file of `docs/rules/`.
fn pages(tree: &Tree) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    let mut entries = Vec::new();
    for name in tree.folders_in(RULES) {
        let file = |file: &str| {
            let path = format!("{RULES}{name}/{file}");
            tree.text(&path).ok_or(format!("{path} is missing"))
        };
        let (card, page) = (file("mod.rs")?, file("doc.md")?);
        let entry = entry(name, card).ok_or(format!("{RULES}{name}/mod.rs: the card has no title"))?;
        out.insert(format!("{}.md", entry.id), page_text(name, &entry, page));
        entries.push(entry);
    }
    out.insert("README.md".into(), index_text(&entries));
    Ok(out)
}

fn entry<'a>(folder: &str, card: &'a str) -> Option<Entry<'a>> {
    let word_after = |field: &str| {
        let (_, rest) = card.split_once(field)?;
        rest.split(|c: char| !c.is_alphanumeric()).next()
    };
    Some(Entry {
        id: folder.replace('_', "-"),
        title: string_after(card, "title:")?,
        severity: word_after("Severity::").unwrap_or_default(),
        fix: match word_after("FixSafety::") {
            Some("Safe") => "safe",
            Some("NeedsReview") => "needs review",
            _ => "by hand",
        },
    })
}

/// The string literal after `field`, its escaped quotes resolved.
fn string_after(text: &str, field: &str) -> Option<String> {
    let (_, rest) = text.split_once(field)?;
    let (_, rest) = rest.split_once('"')?;
    let mut out = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => out.push(chars.next()?),
            other => out.push(other),
        }
    }
}

fn page_text(folder: &str, entry: &Entry<'_>, page: &str) -> String {
    let note = format!("<!-- Made by `cargo xtask docs` from {RULES}{folder}/doc.md. Edit that file. -->\n");
    let title = if page.starts_with("# ") { String::new() } else { format!("# {}\n\n", entry.title) };
    format!("{note}\n{title}{}\n", page.trim_end())
}

fn index_text(entries: &[Entry<'_>]) -> String {
    let mut out = format!("<!-- Made by `cargo xtask docs` from the rules under {RULES}. -->\n\n# Rules\n\n");
    if entries.is_empty() {
        out.push_str("No rules yet.\n");
        return out;
    }
    out.push_str(
        "| Rule | What leaks | Severity unless the code says otherwise | Fix |\n| --- | --- | --- | --- |\n",
    );
    for Entry { id, title, severity, fix } in entries {
        let _ = writeln!(out, "| [{id}]({id}.md) | {title} | {} | {fix} |", severity.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "pub const CARD: Card = Card {\n    id: \"unbounded-map\",\n    \
        title: \"A map that \\\"grows\\\"\",\n    default_severity: Severity::Critical,\n    \
        fix_safety: FixSafety::NeedsReview,\n};\n";

    fn tree() -> Tree {
        Tree::of([
            ("crates/highwater_rules/src/rules/mod.rs", ""),
            ("crates/highwater_rules/src/rules/unbounded_map/mod.rs", CARD),
            ("crates/highwater_rules/src/rules/unbounded_map/doc.md", "## What leaks\n\nA map.\n"),
        ])
    }

    #[test]
    fn a_page_and_the_index_are_made() {
        let made = pages(&tree()).unwrap();
        assert_eq!(made.keys().collect::<Vec<_>>(), ["README.md", "unbounded-map.md"]);
        assert!(
            made["unbounded-map.md"].ends_with("-->\n\n# A map that \"grows\"\n\n## What leaks\n\nA map.\n")
        );
        let row = "| [unbounded-map](unbounded-map.md) | A map that \"grows\" | critical | needs review |\n";
        assert!(made["README.md"].ends_with(row));
    }

    #[test]
    fn missing_stale_and_stray_pages_are_told() {
        let mut tree = tree();
        let made = pages(&tree).unwrap();
        tree.put("docs/rules/README.md", &made["README.md"]);
        tree.put("docs/rules/old.md", "");
        assert_eq!(differences(&tree, &made), ["docs/rules/unbounded-map.md", "docs/rules/old.md"]);
        assert!(pages(&Tree::of([])).unwrap()["README.md"].ends_with("No rules yet.\n"));
    }
}
