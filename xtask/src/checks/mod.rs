//! The checks of the house. Each is a function from the repository's text to problems; a problem says where,
//! what and what to do.

mod architecture;
mod fences;
mod layers;
mod models;
mod reasons;
pub(crate) mod rule_folders;
mod tidy;

use crate::tree::Tree;

/// A check: its name and its function.
pub(crate) type Check = (&'static str, fn(&Tree) -> Vec<String>);

/// Every check, in the order of the explanations in CONTRIBUTING.md.
pub(crate) const ALL: &[Check] = &[
    ("layers", layers::problems),
    ("fences", fences::problems),
    ("purposes", reasons::dependency_problems),
    ("lints", reasons::lint_problems),
    ("rule folders", rule_folders::problems),
    ("models", models::problems),
    ("tidy", tidy::problems),
    ("architecture", architecture::problems),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &str) {
        let (_, check) = ALL.iter().find(|(known, _)| *known == name).unwrap();
        let problems = check(&Tree::load().unwrap());
        assert!(problems.is_empty(), "{name}:\n  {}\n", problems.join("\n  "));
    }

    #[test]
    fn layers_hold() {
        holds("layers");
    }

    #[test]
    fn fences_hold() {
        holds("fences");
    }

    #[test]
    fn dependencies_have_purposes() {
        holds("purposes");
    }

    #[test]
    fn lints_have_reasons() {
        holds("lints");
    }

    #[test]
    fn rule_folders_are_complete() {
        holds("rule folders");
    }

    #[test]
    fn models_are_listed() {
        holds("models");
    }

    #[test]
    fn files_are_tidy() {
        holds("tidy");
    }

    #[test]
    fn the_map_is_true() {
        holds("architecture");
    }
}
