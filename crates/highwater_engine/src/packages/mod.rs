//! The packages of a tree, where each of them runs, and how much memory it has.
//!
//! Every `package.json` or `deno.json` that the walk finds is a package; files belong to the nearest one above
//! them. The root always is one, so that each file has an owner.

pub mod hints;
pub mod limit;
pub mod manifest;
pub mod platform;

use crate::load::role;
use highwater_finding::{Limit, PackageInfo, Platform, Problem};
use highwater_program::{FileRole, Package};
use hints::{HintFile, HintKind};
use manifest::Manifest;
use std::collections::BTreeMap;
use std::path::Path;

/// A package with everything that was found in its folder.
pub struct Found {
    /// What rules and reports see.
    pub package: Package,
    /// What its hints say about memory, if anything.
    pub limit: Option<Limit>,
}

/// All packages of the tree by folder, the root first.
pub struct Packages {
    /// By folder; never empty.
    pub found: Vec<Found>,
    /// Manifests that could not be read.
    pub problems: Vec<Problem>,
}

/// The platform that somebody has set for a folder, and who.
type Forced<'f> = &'f dyn Fn(&str) -> Option<(Platform, &'static str)>;

/// Makes packages of what the walk found. `forced` says which platform
/// somebody has set for a folder, and who did.
pub fn find(root: &Path, hint_files: &[HintFile], forced: Forced<'_>) -> Packages {
    let mut problems = Vec::new();
    let mut manifests: BTreeMap<String, Manifest> = BTreeMap::new();
    for hint in hint_files.iter().filter(|h| matches!(h.kind, HintKind::Npm | HintKind::Deno)) {
        // A manifest inside tests describes a fixture, not a package of the product.
        if hint.kind == HintKind::Npm && role::by_path(&hint.path) == FileRole::Test {
            continue;
        }
        match manifest::read(hint) {
            Ok(read) => manifests.entry(hint.folder().to_owned()).or_default().merge(read),
            Err(problem) => problems.push(problem),
        }
    }
    if !manifests.contains_key("") {
        manifests.insert(String::new(), manifest::above(root).unwrap_or_default());
    }
    let mut hints_of: BTreeMap<&str, Vec<&HintFile>> = BTreeMap::new();
    for hint in hint_files {
        hints_of.entry(owner(&manifests, hint.folder())).or_default().push(hint);
    }
    let found = manifests
        .iter()
        .map(|(folder, manifest)| {
            let hints = hints_of.get(folder.as_str()).map_or(&[][..], Vec::as_slice);
            describe(root, folder, manifest, hints, forced)
        })
        .collect();
    Packages { found, problems }
}

fn describe(
    root: &Path,
    folder: &str,
    manifest: &Manifest,
    hints: &[&HintFile],
    forced: Forced<'_>,
) -> Found {
    let (platform, because) = match forced(folder) {
        Some((platform, who)) => (platform, who.to_owned()),
        None => platform::decide(manifest, hints),
    };
    let name = manifest.name.clone().unwrap_or_else(|| folder_name(root, folder));
    let info = PackageInfo { name, folder: folder.to_owned(), platform, because };
    let package = Package {
        info,
        dependencies: manifest.all_dependencies(),
        mentions: mentions(hints),
        is_private: manifest.private,
        has_api: manifest.has_api,
    };
    Found { package, limit: limit::stated(manifest, hints, platform) }
}

/// What looks like the name of a file in a package's manifest, and in what builds and starts it.
fn mentions(hints: &[&HintFile]) -> Vec<String> {
    let is_code = |word: &str| {
        let ends = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".tsx", ".jsx"];
        ends.iter().any(|end| word.ends_with(end))
    };
    let apart =
        |c: char| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '@' | '*' | '$' | '+'));
    let mut found = Vec::new();
    for hint in hints {
        let Some(text) = manifest::text_of(&hint.absolute) else { continue };
        let words = text.split(apart).filter(|w| w.len() < 200 && (w.contains('/') || is_code(w)));
        found.extend(words.map(str::to_owned));
    }
    found.sort();
    found.dedup();
    found
}

/// The folder of the package that owns something in `folder`.
fn owner<'m>(manifests: &'m BTreeMap<String, Manifest>, folder: &str) -> &'m str {
    let mut at = folder;
    loop {
        if let Some((found, _)) = manifests.get_key_value(at) {
            return found;
        }
        match at.rsplit_once('/') {
            Some((above, _)) => at = above,
            None if at.is_empty() => return "",
            None => at = "",
        }
    }
}

fn folder_name(root: &Path, folder: &str) -> String {
    if let Some(last) = folder.rsplit('/').next().filter(|last| !last.is_empty()) {
        return last.to_owned();
    }
    root.file_name().map_or_else(|| root.to_string_lossy().into_owned(), |n| n.to_string_lossy().into_owned())
}

impl Packages {
    /// The package that owns a file.
    pub fn owner_of(&self, path: &str) -> usize {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut at = folder;
        loop {
            if let Ok(found) = self.found.binary_search_by(|f| f.package.info.folder.as_str().cmp(at)) {
                return found;
            }
            match at.rsplit_once('/') {
                Some((above, _)) => at = above,
                None if at.is_empty() => return 0,
                None => at = "",
            }
        }
    }
}
