//! Every page and case of the folder of rules in one call.
#![expect(
    clippy::disallowed_methods,
    reason = "cases are read from disk, so that adding one is adding a file"
)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::{CaseFile, Counts, Outcome, check, check_page};

/// Runs `doc.md` and `cases/*.md` of each rule folder under `rules`, in the order of their names.
///
/// `Err` joins the texts of every file that failed, so that one run shows all of them.
pub fn check_rules(rules: &Path, run: &dyn Fn(&[CaseFile]) -> Outcome) -> Result<Counts, String> {
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for folder in entries(rules)?.into_iter().filter(|path| path.is_dir()) {
        let page = folder.join("doc.md");
        let mut results = vec![read(&page).and_then(|text| check_page(&text, &name(&page), run))];
        let cases = folder.join("cases");
        if cases.is_dir() {
            let files =
                entries(&cases)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"));
            results.extend(files.map(|path| read(&path).and_then(|text| check(&text, &name(&path), run))));
        }
        for result in results {
            match result {
                Ok(more) => counts.add(more),
                Err(text) => failures.push(text),
            }
        }
    }
    if failures.is_empty() { Ok(counts) } else { Err(failures.join("\n")) }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut paths: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_cases_of_every_folder_are_run() {
        let root = std::env::temp_dir().join(format!("highwater-testkit-{}", std::process::id()));
        let folder = root.join("some_rule/cases");
        fs::create_dir_all(&folder).unwrap();
        fs::write(root.join("mod.rs"), "").unwrap();
        fs::write(folder.join("a.md"), "# T\n```ts file=a.ts\n// clean\n```\n").unwrap();
        fs::write(folder.join("b.md"), "# T\n```ts file=a.ts\n// leak: a-b c\nx\n```\n").unwrap();
        let result = check_rules(&root, &|_| Outcome::default());
        fs::remove_dir_all(&root).unwrap();
        let text = result.unwrap_err();
        assert!(text.contains("doc.md: "), "{text}");
        assert!(text.contains("b.md: 1 of 1 expectations failed"), "{text}");
        assert!(!text.contains("a.md: "), "{text}");
    }
}
