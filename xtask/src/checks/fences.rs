//! Which third-party crates have one home, so that replacing one touches one crate.

use crate::manifest::{Need, packages};
use crate::tree::Tree;

/// A fence around third-party crates.
struct Fence {
    /// Names; a trailing `*` stands for any ending.
    crates: &'static [&'static str],
    /// Our crates that may have them; empty: none.
    homes: &'static [&'static str],
    /// Whether any crate may have them for its tests.
    free_in_tests: bool,
}

const fn fence(crates: &'static [&'static str], homes: &'static [&'static str]) -> Fence {
    Fence { crates, homes, free_in_tests: false }
}

const fn fence_but_tests(crates: &'static [&'static str], homes: &'static [&'static str]) -> Fence {
    Fence { crates, homes, free_in_tests: true }
}

const FENCES: &[Fence] = &[
    fence(&["oxc", "oxc_*"], &["highwater_program"]),
    fence(&["clap", "clap_*", "indicatif"], &["highwater"]),
    fence(&["lsp-types", "lsp-server", "tower-lsp*", "rmcp"], &["highwater"]),
    fence(&["ignore", "walkdir"], &["highwater_engine"]),
    fence(&["tokio", "tokio-*", "hyper", "hyper-*", "reqwest"], &["highwater_probe", "highwater_monitor"]),
    fence(&["memmap2", "bytemuck"], &["highwater_heap"]),
    fence(&["flate2", "ruzstd"], &["highwater_engine"]),
    fence(&["tungstenite", "futures-util"], &["highwater_probe", "highwater_monitor"]),
    fence(&["h2", "http", "bytes", "httparse", "hdrhistogram", "rustix", "procfs"], &["highwater_probe"]),
    fence(&["axum", "axum-*"], &["highwater_monitor"]),
    fence(&["anstyle", "anstream"], &["highwater_render", "highwater"]),
    fence(&["schemars", "etcetera"], &["highwater_engine"]),
    fence(&["sourcemap"], &["highwater_engine"]),
    fence(&["bitcode"], &["highwater_program", "highwater_engine"]),
    fence(&["toml"], &["highwater_program", "highwater_engine", "highwater_probe", "xtask"]),
    fence_but_tests(
        &["serde_json"],
        &[
            "highwater_heap",
            "highwater_render",
            "highwater_engine",
            "highwater_probe",
            "highwater_monitor",
            "highwater",
            "xtask",
        ],
    ),
    fence_but_tests(&["insta", "tempfile"], &[]),
];

/// Crates that have no third-party dependency at all.
const ALONE: &[&str] = &["highwater_finding", "highwater_testkit"];

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let packages = match packages(tree) {
        Ok(packages) => packages,
        Err(problem) => return vec![problem],
    };
    let mut out = Vec::new();
    for package in &packages {
        let name = package.name.as_str();
        for (dependency, need) in &package.dependencies {
            if ALONE.contains(&name) && *need == Need::Normal && !dependency.starts_with("highwater") {
                out.push(format!(
                    "{}: `{name}` has no third-party dependencies; found `{dependency}`",
                    package.path
                ));
            }
            let fence = FENCES.iter().find(|fence| fence.crates.iter().any(|c| matches(c, dependency)));
            let Some(fence) = fence else { continue };
            let free = fence.free_in_tests && *need == Need::Dev;
            if !free && !fence.homes.contains(&name) {
                let homes =
                    if fence.homes.is_empty() { "[dev-dependencies]".into() } else { fence.homes.join(", ") };
                out.push(format!("{}: `{dependency}` lives only in {homes}", package.path));
            }
        }
    }
    out
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, section: &str, dependency: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n[{section}]\n{dependency} = \"1\"\n");
        problems(&Tree::of([("Cargo.toml", "[workspace]\n"), ("crates/a/Cargo.toml", &manifest)]))
    }

    #[test]
    fn homes_are_free_and_others_are_not() {
        assert_eq!(told("highwater_program", "dependencies", "oxc_ast"), [""; 0]);
        assert_eq!(
            told("highwater_rules", "dev-dependencies", "oxc_ast"),
            ["crates/a/Cargo.toml: `oxc_ast` lives only in highwater_program"]
        );
        assert_eq!(told("highwater_engine", "target.'cfg(unix)'.dependencies", "clap_complete").len(), 1);
    }

    #[test]
    fn test_tools_stay_in_tests() {
        assert_eq!(told("highwater_render", "dev-dependencies", "insta"), [""; 0]);
        assert!(
            told("highwater_render", "dependencies", "insta")[0]
                .ends_with("lives only in [dev-dependencies]")
        );
        assert_eq!(told("highwater_rules", "dev-dependencies", "serde_json"), [""; 0]);
        assert_eq!(told("highwater_rules", "dependencies", "serde_json").len(), 1);
    }

    #[test]
    fn the_shared_words_stand_alone() {
        assert!(told("highwater_finding", "dependencies", "memchr")[0].contains("no third-party"));
    }
}
