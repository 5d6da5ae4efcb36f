//! ARCHITECTURE.md is a map, so every name on it exists and every crate is on it.

use crate::markdown::inline_code;
use crate::tree::{Tree, has_ending};

const MAP: &str = "ARCHITECTURE.md";
const LINES_MAX: usize = 300;

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(MAP) else { return vec![format!("{MAP} is missing")] };
    let mut out = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        out.push(format!("{MAP}: {lines} lines; {LINES_MAX} at most"));
    }
    let crates = tree.folders_in("crates/");
    let named = inline_code(text);
    for (line, name) in &named {
        let exists = if name.starts_with("highwater_") && is_word(name) {
            crates.contains(name)
        } else if is_path(name) {
            exists(tree, name)
        } else {
            true
        };
        if !exists {
            out.push(format!("{MAP}:{line}: `{name}` does not exist"));
        }
    }
    for name in
        crates.iter().copied().chain(["xtask"]).filter(|name| !named.iter().any(|(_, code)| code == name))
    {
        out.push(format!("{MAP}: the crate `{name}` is not on the map"));
    }
    out
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A path as the map writes it: with a slash or a source file's ending, and nothing that code would hold.
fn is_path(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./<>".contains(c));
    plain && (name.contains('/') || has_ending(name, "rs"))
}

/// From the root, or from inside any folder, so that `graph/` may stand beside its crate's name.
/// What follows a placeholder (`rules/<name>/doc.md`) is anything.
fn exists(tree: &Tree, name: &str) -> bool {
    let fixed = name.split('<').next().unwrap_or_default();
    let inside = format!("/{fixed}");
    let ends =
        |path: &str, end: &str| path == end || path.starts_with(&format!("{}/", end.trim_end_matches('/')));
    tree.files().any(|(path, _)| {
        if ends(path, fixed) {
            return true;
        }
        path.match_indices(&inside).any(|(at, _)| ends(&path[at + 1..], fixed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(map: &str) -> Vec<String> {
        problems(&Tree::of([
            (MAP, map),
            ("crates/highwater_program/src/graph/mod.rs", ""),
            ("xtask/src/main.rs", ""),
            (".ci/run", ""),
        ]))
    }

    #[test]
    fn names_that_exist_pass() {
        let map = "`highwater_program` in `crates/highwater_program/src/`: `graph/`, `graph/mod.rs`, `mod.rs`,\n\
            `graph/<name>/x.md`; `xtask`, `.ci/run`, `POST /projects`, `Vec<T>`, `cargo xtask docs`\n";
        assert_eq!(told(map), [""; 0]);
    }

    #[test]
    fn names_that_do_not_exist_fail() {
        for name in
            ["highwater_heap", "graph/old.rs", "old.rs", "rap/", "raph/", "crates/highwater_program/lib/"]
        {
            let problems = told(&format!("`highwater_program` `xtask` `{name}`\n"));
            assert_eq!(problems, [format!("{MAP}:1: `{name}` does not exist")]);
        }
    }

    #[test]
    fn crates_left_out_and_long_maps_fail() {
        assert_eq!(told("`xtask`\n"), ["ARCHITECTURE.md: the crate `highwater_program` is not on the map"]);
        assert!(told(&"\n".repeat(301))[0].contains("301 lines"));
    }
}
