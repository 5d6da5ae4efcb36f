//! Every dependency states its purpose and every lint setting its reason, in a comment where it stands.
//!
//! A comment covers the lines below it up to a blank line or the next comment: one for a group is enough.

use crate::tree::Tree;

/// Each third-party dependency line has a purpose.
pub(super) fn dependency_problems(tree: &Tree) -> Vec<String> {
    let manifests = tree.files().filter(|(path, _)| path.ends_with("Cargo.toml") && is_ours(path));
    manifests
        .flat_map(|(path, text)| {
            uncovered(text, is_dependency_section)
                .into_iter()
                .filter(|entry| !entry.key.starts_with("highwater"))
                .map(move |Entry { line, key }| {
                    format!("{path}:{line}: `{key}` has no purpose; write a comment above it that says what it is for")
                })
        })
        .collect()
}

/// Each lint setting has a reason, and so has each entry of clippy.toml.
pub(super) fn lint_problems(tree: &Tree) -> Vec<String> {
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let is_lints = |section: &str| section.starts_with("workspace.lints.") || section.starts_with("lints.");
    let mut out: Vec<String> = uncovered(root, is_lints)
        .into_iter()
        // A group of lints (`pedantic`) sets the level that the lines below it answer to.
        .filter(|entry| !["all", "pedantic", "nursery", "restriction"].contains(&entry.key.as_str()))
        .map(|Entry { line, key }| {
            format!("Cargo.toml:{line}: `{key}` has no reason; write it behind the line")
        })
        .collect();
    let clippy = tree.text("clippy.toml").unwrap_or_default();
    match clippy.parse::<toml::Table>() {
        Err(why) => out.push(format!("clippy.toml: {why}")),
        Ok(table) => out.extend(bans_without_reason(&table)),
    }
    out
}

fn bans_without_reason(table: &toml::Table) -> Vec<String> {
    let bans = table.iter().filter(|(key, _)| key.starts_with("disallowed-"));
    let entries = bans.flat_map(|(_, list)| list.as_array().into_iter().flatten());
    let bare = entries.filter(|entry| entry.get("reason").is_none());
    bare.map(|entry| format!("clippy.toml: {entry} has no `reason`")).collect()
}

fn is_ours(path: &str) -> bool {
    path == "Cargo.toml" || path == "xtask/Cargo.toml" || path.starts_with("crates/")
}

fn is_dependency_section(section: &str) -> bool {
    section.rsplit('.').next().is_some_and(|last| last.ends_with("dependencies"))
}

/// An entry that no comment covers.
struct Entry {
    line: usize,
    key: String,
}

fn uncovered(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Entry> {
    let mut out = Vec::new();
    let (mut in_section, mut covered, mut depth) = (false, false, 0);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let inside_a_value = depth > 0;
        let code = line.split(" #").next().unwrap_or_default();
        if line.starts_with('#') {
            covered = true;
        } else if line.is_empty() {
            covered = false;
        } else if line.starts_with('[') && !inside_a_value {
            in_section = wanted(code.trim_matches(['[', ']']));
            covered = false;
        } else {
            let key = code.split(['=', '.', ' ']).next().unwrap_or_default().trim_matches('"');
            covered |= line.contains(" #");
            if in_section && !inside_a_value && !covered {
                out.push(Entry { line: index + 1, key: key.into() });
            }
            let count = |signs: [char; 2]| code.matches(signs).count();
            depth = (depth + count(['{', '['])).saturating_sub(count(['}', ']']));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_covers_its_group() {
        let text = "[dependencies]\nhighwater_finding.workspace = true\n# Trees.\noxc_ast = \"1\"\noxc_span = { version = \"1\", features = [\n  \"x\",\n] }\n\
            rayon = \"1\" # Threads.\n\nclap = \"4\"\n[package]\nname = \"a\"\n";
        let problems = dependency_problems(&Tree::of([("crates/a/Cargo.toml", text)]));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("crates/a/Cargo.toml:10: `clap` has no purpose"));
    }

    #[test]
    fn target_sections_and_shared_versions_count() {
        let text = "[workspace.dependencies]\na = \"1\"\n[target.'cfg(unix)'.dev-dependencies]\nb.workspace = true\n";
        assert_eq!(dependency_problems(&Tree::of([("Cargo.toml", text)])).len(), 2);
    }

    #[test]
    fn lints_and_bans_need_reasons() {
        let cargo = "[workspace.lints.clippy]\npedantic = { level = \"warn\", priority = -1 }\nexit = \"warn\"\n\
            dbg_macro = \"warn\" # noise\nprint_stdout = \"warn\"\n";
        let clippy = "disallowed-methods = [{ path = \"a\", reason = \"b\" }, { path = \"c\" }]\n";
        let problems = lint_problems(&Tree::of([("Cargo.toml", cargo), ("clippy.toml", clippy)]));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("Cargo.toml:3: `exit`"));
        assert!(problems[1].starts_with("clippy.toml: "));
    }
}
