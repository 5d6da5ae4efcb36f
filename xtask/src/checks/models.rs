//! Library models are TOML files compiled into the binary: each file is named where they are included.

use crate::tree::{Tree, has_ending};

const MODELS: &str = "crates/highwater_program/models/";
const SOURCES: &str = "crates/highwater_program/src/";

pub(super) fn problems(tree: &Tree) -> Vec<String> {
    let models: Vec<&str> =
        tree.below(MODELS).map(|(path, _)| path).filter(|path| has_ending(path, "toml")).collect();
    // Either one file `models.rs` or a folder `models/` holds the table.
    let is_table = |path: &str| path.ends_with("models.rs") || path.contains("models/");
    let tables: Vec<&str> =
        tree.below(SOURCES).filter(|(path, _)| is_table(path)).map(|(_, text)| text).collect();
    if tables.is_empty() {
        return Vec::new();
    }
    let listed = |model: &&str| tables.iter().any(|text| text.contains(&format!("models/{model}")));
    models
        .into_iter()
        .filter(|model| !listed(model))
        .map(|model| format!("{MODELS}{model}: not in the table of models, so it is never read"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_nobody_reads_is_told() {
        let table = "include_str!(\"../models/express.toml\")";
        let model = ("crates/highwater_program/models/express.toml", "");
        let stray = ("crates/highwater_program/models/ws.toml", "");
        let models = ("crates/highwater_program/src/models.rs", table);
        assert_eq!(problems(&Tree::of([model, models])), [""; 0]);
        assert_eq!(problems(&Tree::of([model, stray])), [""; 0]);
        let told = problems(&Tree::of([model, stray, models]));
        assert!(matches!(&told[..], [one] if one.contains("models/ws.toml: not in the table")), "{told:?}");
    }
}
