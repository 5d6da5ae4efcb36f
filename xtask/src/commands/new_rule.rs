//! `cargo xtask new-rule <id>`: the folder of a rule and its two lines in the list of rules.

use std::fs;

use crate::args::Args;
use crate::checks::rule_folders::{HEADINGS, RULES};
use crate::tree::root;

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let [id] = &args.plain[..] else {
        return Err("usage: cargo xtask new-rule <id>, as `timer-never-cleared`".into());
    };
    check_id(id)?;
    let rules = root().join(RULES);
    let folder = rules.join(id.replace('-', "_"));
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()));
    }
    let list_path = rules.join("mod.rs");
    let list = fs::read_to_string(&list_path).map_err(|why| format!("{}: {why}", list_path.display()))?;
    let list = register(&list, id)?;
    let write = |path: std::path::PathBuf, text: &str| {
        fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))
    };
    fs::create_dir_all(folder.join("cases")).map_err(|why| format!("{}: {why}", folder.display()))?;
    for (name, text) in files(id) {
        write(folder.join(name), &text)?;
    }
    write(list_path, &list)?;
    println!("{RULES}{}: fill in the card, `find`, the page and the cases", id.replace('-', "_"));
    Ok(())
}

/// An id names the leak, not the cure, and reads well after "ignore".
fn check_id(id: &str) -> Result<(), String> {
    let kebab = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !id.contains("--")
        && !id.ends_with('-');
    if !kebab {
        return Err(format!("`{id}` is not kebab-case, as `timer-never-cleared`"));
    }
    if ["no-", "prefer-", "require-", "disallow-"].iter().any(|cure| id.starts_with(cure)) {
        return Err(format!("`{id}` names the cure; name the leak, so that \"ignore {id}\" reads well"));
    }
    Ok(())
}

/// Name and text of every file of the new folder.
fn files(id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("mod.rs", CARD.replace("ID", id)),
        ("find_in_code.rs", FIND.replace("ID", id)),
        ("doc.md", page(id)),
        ("cases/basic.md", CASES.replace("ID", id)),
    ]
}

const CARD: &str = "\
//! `ID`: say in one line what leaks.

use highwater_finding::{Card, FixSafety, Severity};

pub mod find_in_code;

/// The card of the rule.
pub const CARD: Card = Card {
    id: \"ID\",
    title: \"Say in one line what leaks\",
    page: include_str!(\"doc.md\"),
    since: env!(\"CARGO_PKG_VERSION\"),
    default_severity: Severity::Moderate,
    fix_safety: FixSafety::None,
    advice: false,
};
";

const FIND: &str = "\
//! Finds `ID` in the program graph.

use crate::{Context, Sink};

/// Judges every candidate of the program: a finding when nothing holds it, an assurance with the reason when
/// something does.
pub fn find(_cx: &Context<'_>, _out: &mut Sink) {}
";

const CASES: &str = "\
# ID

## Nothing to see

```ts file=src/app.ts
// clean
export const answer = 42;
```

## The leak that the rule is for

```ts file=src/app.ts
// todo leak: ID subject -- the rule is not written yet
export const subject = new Map<string, string>();
```
";

const EXAMPLE: &str = "
Leaks:

```ts
// todo leak: ID subject -- the rule is not written yet
export const subject = new Map<string, string>();
```

Held:

```ts
// clean
export const subject = new WeakMap<object, string>();
```
";

fn page(id: &str) -> String {
    let sections = HEADINGS.iter().map(|heading| {
        let body =
            if *heading == "## Example" { EXAMPLE.replace("ID", id) } else { "\nTo be written.\n".into() };
        format!("{heading}\n{body}")
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// The list of rules with one `mod` line and one row more.
fn register(list: &str, id: &str) -> Result<String, String> {
    let name = id.replace('-', "_");
    let mut lines: Vec<String> = list.lines().map(str::to_string).collect();
    let table = lines.iter().position(|line| line.contains(" RULES:")).ok_or("mod.rs: no table `RULES`")?;
    let end = lines[table..]
        .iter()
        .position(|line| line.trim() == "];")
        .ok_or("mod.rs: `RULES` has no end `];`")?;
    let row = format!("    Rule {{ card: {name}::CARD, find: {name}::find_in_code::find }},");
    lines.insert(table + end, row);
    let is_module = |line: &String| line.starts_with("mod ") || line.starts_with("pub mod ");
    // Without a module yet: above the table, its comments and attributes.
    let belongs = |line: &&String| ["///", "#["].iter().any(|start| line.starts_with(start));
    let top = table - lines[..table].iter().rev().take_while(belongs).count();
    let first = lines.iter().position(is_module).unwrap_or(top);
    let module_name = |line: &String| line.trim_start_matches("pub ").to_string();
    let module = format!("mod {name};");
    let after =
        lines[first..].iter().take_while(|line| is_module(line) && module_name(line) < module).count();
    lines.insert(first + after, module);
    if first == top {
        lines.insert(top + 1, String::new());
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use crate::checks::ALL;
    use crate::tree::Tree;

    use super::*;

    const LIST: &str = "//! Rules.\n\nmod a_rule;\nmod z_rule;\n\npub static RULES: &[Rule] = &[\n    Rule { card: a_rule::CARD, find: a_rule::find_in_code::find },\n];\n";

    #[test]
    fn two_lines_are_added_in_their_places() {
        let list = register(LIST, "timer-never-cleared").unwrap();
        assert!(list.contains("mod a_rule;\nmod timer_never_cleared;\nmod z_rule;\n\npub static"), "{list}");
        let row = "    Rule { card: timer_never_cleared::CARD, find: timer_never_cleared::find_in_code::find },\n];\n";
        assert!(list.ends_with(row), "{list}");
        assert!(register("//! Rules.\n", "a").is_err());
        let first = register("//! Rules.\n\n/// All.\npub static RULES: &[Rule] = &[\n];\n", "a").unwrap();
        assert!(first.contains("\n\nmod a;\n\n/// All.\npub static RULES"), "{first}");
    }

    #[test]
    fn a_new_folder_passes_the_checks_of_the_house() {
        let list =
            register("//! Rules.\n\npub static RULES: &[Rule] = &[\n];\n", "timer-never-cleared").unwrap();
        let mut tree = Tree::default();
        tree.put(&format!("{RULES}mod.rs"), &list);
        for (name, text) in files("timer-never-cleared") {
            tree.put(&format!("{RULES}timer_never_cleared/{name}"), &text);
        }
        for (name, check) in ALL.iter().filter(|(name, _)| ["rule folders", "tidy"].contains(name)) {
            assert_eq!(check(&tree), [""; 0], "{name}");
        }
    }

    #[test]
    fn ids_name_the_leak() {
        assert_eq!(check_id("timer-never-cleared"), Ok(()));
        for id in ["", "TimerLeak", "a_b", "a-", "a--b", "no-timer-leak"] {
            assert!(check_id(id).is_err(), "{id}");
        }
    }
}
