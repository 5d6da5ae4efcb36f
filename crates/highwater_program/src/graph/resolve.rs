//! Where import specifiers lead: files of the tree, or packages outside it.
//!
//! Relative paths and packages of the same tree are resolved from the list of files; tsconfig paths, package
//! `imports` and the rest go through `oxc_resolver` over the caller's file lookup.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{
    FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric, TsconfigDiscovery,
};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::linked::FileId;
use crate::ir::{Atom, FileFacts};
use crate::{FileLookup, FileRole, Package};

/// Where a specifier leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file of the tree.
    File(FileId),
    /// A package, by its specifier without `node:`.
    Package(Arc<str>),
}

const EXTENSIONS: &[&str] =
    &[".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro"];

/// The caller's lookup as the resolver wants it.
struct Lookup(Arc<dyn FileLookup>);

impl FileSystem for Lookup {
    fn new() -> Self {
        Lookup(Arc::new(NoFiles))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path).map(String::into_bytes).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        self.0.read(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let dir = self.0.is_dir(path).ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        Ok(FileMetadata::new(!dir, dir, false))
    }
    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.metadata(path)
    }
    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        Ok(path.to_path_buf())
    }
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.canonical(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

struct NoFiles;

impl FileLookup for NoFiles {
    fn read(&self, _: &Path) -> Option<String> {
        None
    }
    fn is_dir(&self, _: &Path) -> Option<bool> {
        None
    }
    fn canonical(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}

struct Tree<'a> {
    by_path: FxHashMap<&'a str, FileId>,
    /// Files by their path without the extension: the one whose extension comes first in [`EXTENSIONS`].
    by_stem: FxHashMap<&'a str, (usize, FileId)>,
    by_name: FxHashMap<&'a str, &'a Package>,
    dependencies: Vec<FxHashSet<&'a str>>,
}

/// Resolves every specifier of every file.
pub(super) fn resolve_all(
    files: &[FileFacts],
    packages: &[Package],
    package_of: &[Option<u32>],
    root: &Path,
    lookup: Arc<dyn FileLookup>,
) -> Vec<FxHashMap<Atom, Target>> {
    let tree = Tree {
        by_path: files.iter().enumerate().map(|(i, f)| (f.path.as_str(), FileId(i as u32))).collect(),
        by_stem: by_stem(files),
        by_name: packages.iter().map(|p| (p.info.name.as_str(), p)).collect(),
        dependencies: packages.iter().map(|p| p.dependencies.iter().map(String::as_str).collect()).collect(),
    };
    let resolver = ResolverGeneric::new_with_file_system(Lookup(lookup), options(root));
    // Files of one folder ask the same of the resolver again and again.
    let mut folders: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (i, f) in files.iter().enumerate() {
        folders.entry(folder_of(&f.path)).or_default().push(i);
    }
    let mut folders: Vec<Vec<usize>> = folders.into_values().collect();
    folders.sort_unstable();
    let found: Vec<Vec<(usize, FxHashMap<Atom, Target>)>> = folders
        .into_par_iter()
        .map(|folder| {
            let mut known = FxHashMap::default();
            let targets = |i: usize| {
                let f = &files[i];
                let deps = package_of[i].map(|p| &tree.dependencies[p as usize]);
                let asked = |s: &&Atom| !only_makes(f) || f.imports.iter().any(|i| i.source == **s);
                let target = |&s: &Atom| (s, tree.resolve(f, f.str(s), deps, root, &resolver, &mut known));
                (i, f.sources.iter().filter(asked).map(target).collect())
            };
            folder.into_iter().map(targets).collect()
        })
        .collect();
    let mut out = vec![FxHashMap::default(); files.len()];
    for (i, targets) in found.into_iter().flatten() {
        out[i] = targets;
    }
    out
}

fn by_stem(files: &[FileFacts]) -> FxHashMap<&str, (usize, FileId)> {
    let mut map: FxHashMap<&str, (usize, FileId)> = FxHashMap::default();
    for (i, f) in files.iter().enumerate() {
        let Some(dot) = f.path.rfind('.') else { continue };
        let (stem, ending) = f.path.split_at(dot);
        let Some(rank) = EXTENSIONS.iter().position(|e| *e == ending) else { continue };
        let best = map.entry(stem).or_insert((rank, FileId(i as u32)));
        if rank < best.0 {
            *best = (rank, FileId(i as u32));
        }
    }
    map
}

fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |i| &path[..i])
}

/// A test of which only the classes that it makes are known.
fn only_makes(f: &FileFacts) -> bool {
    f.role == FileRole::Test && f.stmts.is_empty() && f.classes.is_empty() && f.exports.is_empty()
}

fn options(root: &Path) -> ResolveOptions {
    ResolveOptions {
        cwd: Some(root.to_path_buf()),
        tsconfig: Some(TsconfigDiscovery::Auto),
        extensions: EXTENSIONS.iter().map(|e| (*e).to_string()).collect(),
        extension_alias: vec![
            (".js".into(), vec![".ts".into(), ".tsx".into(), ".js".into()]),
            (".mjs".into(), vec![".mts".into(), ".mjs".into()]),
            (".cjs".into(), vec![".cts".into(), ".cjs".into()]),
            (".jsx".into(), vec![".tsx".into(), ".jsx".into()]),
        ],
        condition_names: vec!["node".into(), "import".into(), "require".into(), "default".into()],
        main_fields: vec!["source".into(), "module".into(), "main".into()],
        // Packages are found by name in the tree; installed copies are not part of the program.
        modules: vec![],
        node_path: false,
        ..ResolveOptions::default()
    }
}

impl Tree<'_> {
    /// `known` is what the resolver said to files of the same folder.
    fn resolve<'f>(
        &self,
        from: &'f FileFacts,
        specifier: &'f str,
        deps: Option<&FxHashSet<&str>>,
        root: &Path,
        resolver: &ResolverGeneric<Lookup>,
        known: &mut FxHashMap<&'f str, Target>,
    ) -> Target {
        if let Some(target) = known.get(specifier) {
            return target.clone();
        }
        let target = self.resolve_anew(from, specifier, deps, root, resolver);
        known.insert(specifier, target.clone());
        target
    }

    fn resolve_anew(
        &self,
        from: &FileFacts,
        specifier: &str,
        deps: Option<&FxHashSet<&str>>,
        root: &Path,
        resolver: &ResolverGeneric<Lookup>,
    ) -> Target {
        let bare = specifier.strip_prefix("node:").unwrap_or(specifier);
        let package = || Target::Package(bare.into());
        if specifier.starts_with('.') {
            return match self.probe(&mut join(folder_of(&from.path), specifier)) {
                Some(f) => Target::File(f),
                None => package(),
            };
        }
        if specifier.starts_with("node:") {
            return package();
        }
        let name = package_name(bare);
        if let Some(p) = self.by_name.get(name) {
            return self.workspace(p, &bare[name.len()..]).map_or_else(package, Target::File);
        }
        if deps.is_some_and(|d| d.contains(name)) || is_builtin(name) {
            return package();
        }
        match resolver.resolve_file(root.join(&from.path), specifier) {
            Ok(r) => self.relative(r.path(), root).map_or_else(package, Target::File),
            Err(_) => package(),
        }
    }

    fn relative(&self, path: &Path, root: &Path) -> Option<FileId> {
        let rel = path.strip_prefix(root).ok()?;
        let rel = rel.to_str()?.replace('\\', "/");
        self.by_path.get(rel.as_str()).copied()
    }

    /// A file by its path without, with, or with another extension, or the index of a folder. Leaves the path
    /// as something else.
    fn probe(&self, path: &mut String) -> Option<FileId> {
        if let Some(&f) = self.by_path.get(path.as_str()) {
            return Some(f);
        }
        for (from, to) in
            [(".js", ".ts"), (".js", ".tsx"), (".mjs", ".mts"), (".cjs", ".cts"), (".jsx", ".tsx")]
        {
            if let Some(stem) = path.strip_suffix(from)
                && self.by_stem.contains_key(stem)
                && let Some(&f) = self.by_path.get(format!("{stem}{to}").as_str())
            {
                return Some(f);
            }
        }
        if let Some(&(_, f)) = self.by_stem.get(path.as_str()) {
            return Some(f);
        }
        path.push_str(if path.is_empty() { "index" } else { "/index" });
        self.by_stem.get(path.as_str()).map(|&(_, f)| f)
    }

    /// The source of a package of the tree: what its manifest would build from.
    fn workspace(&self, p: &Package, sub: &str) -> Option<FileId> {
        let folder = p.info.folder.as_str();
        let sub = sub.trim_start_matches('/');
        let try_at = |path: &str| self.probe(&mut join(folder, path));
        if sub.is_empty() {
            return ["src/index", "index", "lib/index", "src/main", "source/index", "src"]
                .into_iter()
                .find_map(try_at);
        }
        let stem = sub.trim_start_matches("dist/").trim_start_matches("lib/").trim_start_matches("build/");
        try_at(sub)
            .or_else(|| try_at(&format!("src/{sub}")))
            .or_else(|| try_at(&format!("src/{stem}")))
            .or_else(|| try_at(&format!("source/{stem}")))
    }
}

fn package_name(specifier: &str) -> &str {
    let mut parts = specifier.splitn(3, '/');
    let first = parts.next().unwrap_or("");
    if first.starts_with('@') {
        let second = parts.next().unwrap_or("");
        &specifier[..(first.len() + 1 + second.len()).min(specifier.len())]
    } else {
        first
    }
}

fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "assert"
            | "async_hooks"
            | "buffer"
            | "child_process"
            | "cluster"
            | "console"
            | "constants"
            | "crypto"
            | "dgram"
            | "diagnostics_channel"
            | "dns"
            | "domain"
            | "events"
            | "fs"
            | "http"
            | "http2"
            | "https"
            | "inspector"
            | "module"
            | "net"
            | "os"
            | "path"
            | "perf_hooks"
            | "process"
            | "punycode"
            | "querystring"
            | "readline"
            | "repl"
            | "stream"
            | "string_decoder"
            | "sys"
            | "timers"
            | "tls"
            | "trace_events"
            | "tty"
            | "url"
            | "util"
            | "v8"
            | "vm"
            | "wasi"
            | "worker_threads"
            | "zlib"
            | "bun"
    )
}

/// Joins a folder and a relative path, resolving `.` and `..` by text.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut out = String::with_capacity(folder.len() + path.len() + 8);
    out.push_str(folder.trim_matches('/'));
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => out.truncate(folder_of(&out).len()),
            part => {
                if !out.is_empty() {
                    out.push('/');
                }
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_by_text() {
        assert_eq!(join("a/b", "../c/./d"), "a/c/d");
        assert_eq!(join("", "./x"), "x");
        assert_eq!(join("a", "../../x"), "x");
        assert_eq!(join("a/b/c", "../.."), "a");
    }

    #[test]
    fn package_names() {
        assert_eq!(package_name("@a/b/c/d"), "@a/b");
        assert_eq!(package_name("a/b"), "a");
        assert_eq!(package_name("a"), "a");
    }
}
