//! Manifests as data: which package depends on which, in every section a manifest may have.

use toml::{Table, Value};

use crate::tree::Tree;

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To build and run.
    Normal,
    /// For tests, examples and benches.
    Dev,
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Path of its manifest.
    pub(crate) path: String,
    /// Real names of what it depends on, renames resolved.
    pub(crate) dependencies: Vec<(String, Need)>,
}

/// The packages under `crates/` and `xtask`. `Err` tells the manifest that cannot be read.
pub(crate) fn packages(tree: &Tree) -> Result<Vec<Package>, String> {
    let shared = shared_dependencies(tree)?;
    let is_member = |path: &str| {
        path == "xtask/Cargo.toml" || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
    };
    let members = tree.files().filter(|(path, _)| is_member(path));
    members.map(|(path, text)| package(path, &read(path, text)?, &shared)).collect()
}

fn read(path: &str, text: &str) -> Result<Table, String> {
    text.parse().map_err(|why| format!("{path}: {why}"))
}

fn shared_dependencies(tree: &Tree) -> Result<Table, String> {
    let text = tree.text("Cargo.toml").ok_or("Cargo.toml: the root manifest is missing")?;
    let root = read("Cargo.toml", text)?;
    let shared = root.get("workspace").and_then(|w| w.get("dependencies")).and_then(Value::as_table);
    Ok(shared.cloned().unwrap_or_default())
}

fn package(path: &str, manifest: &Table, shared: &Table) -> Result<Package, String> {
    let name = manifest.get("package").and_then(|p| p.get("name")).and_then(Value::as_str);
    let name = name.ok_or_else(|| format!("{path}: the package has no name"))?.to_string();
    let mut dependencies = sections(manifest, shared);
    for target in manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values) {
        dependencies.extend(target.as_table().into_iter().flat_map(|table| sections(table, shared)));
    }
    Ok(Package { name, path: path.into(), dependencies })
}

fn sections(table: &Table, shared: &Table) -> Vec<(String, Need)> {
    let mut out = Vec::new();
    for (section, entries) in table {
        let need = match section.replace('_', "-").as_str() {
            "dependencies" | "build-dependencies" => Need::Normal,
            "dev-dependencies" => Need::Dev,
            _ => continue,
        };
        for (key, value) in entries.as_table().into_iter().flatten() {
            out.push((real_name(key, value, shared), need));
        }
    }
    out
}

fn real_name(key: &str, value: &Value, shared: &Table) -> String {
    let renamed = |value: &Value| value.get("package").and_then(Value::as_str).map(str::to_string);
    let inherits = value.get("workspace").is_some();
    let from_shared = || shared.get(key).filter(|_| inherits).and_then(renamed);
    renamed(value).or_else(from_shared).unwrap_or_else(|| key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_read_and_renames_are_resolved() {
        let root = "[workspace.dependencies]\nj = { package = \"serde_json\", version = \"1\" }\n";
        let member = "[package]\nname = \"a\"\n[dependencies]\nj.workspace = true\n\
            b = { package = \"oxc_ast\", path = \"x\" }\n[dev-dependencies]\ninsta = \"1\"\n\
            [target.'cfg(unix)'.dependencies]\nclap = \"4\"\n[build-dependencies]\ncc = \"1\"\n";
        let tree = Tree::of([("Cargo.toml", root), ("crates/a/Cargo.toml", member)]);
        let mut found = packages(&tree).unwrap().remove(0).dependencies;
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let wanted = [
            ("cc", Need::Normal),
            ("clap", Need::Normal),
            ("insta", Need::Dev),
            ("oxc_ast", Need::Normal),
            ("serde_json", Need::Normal),
        ];
        assert_eq!(found, wanted.map(|(name, need)| (name.to_string(), need)));
    }
}
