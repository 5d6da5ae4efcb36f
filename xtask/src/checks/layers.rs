//! Which of our crates may import which. The table is the architecture; a new arrow is a decision made here.

use crate::manifest::{Need, packages};
use crate::tree::Tree;

/// Crate, and those of ours it may depend on. Rows of crates that are planned stand ready.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("highwater_finding", &[]),
    ("highwater_program", &["highwater_finding"]),
    ("highwater_heap", &["highwater_finding"]),
    ("highwater_rules", &["highwater_finding", "highwater_program", "highwater_heap"]),
    ("highwater_probe", &["highwater_finding", "highwater_heap"]),
    (
        "highwater_engine",
        &["highwater_finding", "highwater_program", "highwater_heap", "highwater_rules", "highwater_probe"],
    ),
    ("highwater_render", &["highwater_finding"]),
    ("highwater_monitor", &["highwater_finding", "highwater_engine", "highwater_render"]),
    ("highwater", &["highwater_finding", "highwater_engine", "highwater_render", "highwater_monitor"]),
    ("highwater_testkit", &["highwater_finding"]),
    ("xtask", &[]),
];

const TESTKIT: &str = "highwater_testkit";

/// Crates that `testkit` itself is made of: their tests must not lead back to them.
const BELOW_TESTKIT: &[&str] = &["highwater_finding", TESTKIT];

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let packages = match packages(tree) {
        Ok(packages) => packages,
        Err(problem) => return vec![problem],
    };
    let ours = |name: &str| name == "xtask" || name == "highwater" || name.starts_with("highwater_");
    let mut out = Vec::new();
    for package in &packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == name) else {
            out.push(format!("{}: `{name}` has no row in xtask/src/checks/layers.rs", package.path));
            continue;
        };
        for (dependency, need) in package.dependencies.iter().filter(|(dependency, _)| ours(dependency)) {
            let for_tests = *need == Need::Dev && dependency == TESTKIT && !BELOW_TESTKIT.contains(&name);
            if !allowed.contains(&dependency.as_str()) && !for_tests {
                out.push(format!(
                    "{}: `{name}` must not import `{dependency}`; it may import {}",
                    package.path,
                    if allowed.is_empty() { "none of ours".into() } else { allowed.join(", ") }
                ));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(manifest: &str) -> Vec<String> {
        problems(&Tree::of([("Cargo.toml", "[workspace]\n"), ("crates/a/Cargo.toml", manifest)]))
    }

    #[test]
    fn allowed_arrows_pass() {
        let manifest = "[package]\nname = \"highwater_program\"\n[dependencies]\nhighwater_finding.workspace = true\n\
            rayon = \"1\"\n[dev-dependencies]\nhighwater_testkit.workspace = true\n";
        assert_eq!(told(manifest), [""; 0]);
    }

    #[test]
    fn a_forbidden_arrow_fails_in_any_section() {
        for section in
            ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"]
        {
            let manifest = format!(
                "[package]\nname = \"highwater_render\"\n[{section}]\nhighwater_engine.workspace = true\n"
            );
            let problems = told(&manifest);
            assert_eq!(problems.len(), 1, "{section}");
            assert!(problems[0].contains("`highwater_render` must not import `highwater_engine`"));
        }
    }

    #[test]
    fn a_crate_without_a_row_fails() {
        assert!(told("[package]\nname = \"highwater_new\"\n")[0].contains("has no row"));
    }

    #[test]
    fn the_testkit_is_for_tests_only_and_never_for_itself() {
        let with = |name: &str, section: &str| {
            told(&format!("[package]\nname = \"{name}\"\n[{section}]\nhighwater_testkit.workspace = true\n"))
                .len()
        };
        assert_eq!(with("highwater_rules", "dependencies"), 1);
        assert_eq!(with("highwater_rules", "dev-dependencies"), 0);
        assert_eq!(with("highwater_finding", "dev-dependencies"), 1);
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_told() {
        assert!(told("[package\n")[0].starts_with("crates/a/Cargo.toml: "));
    }
}
