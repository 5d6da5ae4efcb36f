//! Sources of the scripts in a heap: files on disk, and source maps that lead from compiled JavaScript to TypeScript.

use highwater_heap::{SourcePlace, Sources};
use rustc_hash::FxHashMap;
use sourcemap::{DecodedMap, decode_data_url, decode_slice};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Larger files are not read for a name.
const TEXT_MAX: u64 = 64 << 20;

/// Finds texts and source maps, and remembers them.
pub(crate) struct DiskSources {
    root: Option<PathBuf>,
    maps: Option<PathBuf>,
    texts: Mutex<FxHashMap<String, Option<Arc<str>>>>,
    decoded: Mutex<FxHashMap<String, Option<Arc<Mapped>>>>,
}

/// A source map and where its sources are relative to.
struct Mapped {
    map: DecodedMap,
    folder: PathBuf,
}

impl DiskSources {
    /// `root` is the folder of the sources; `maps` one more folder with source maps.
    pub(super) fn new(root: Option<PathBuf>, maps: Option<PathBuf>) -> Self {
        let root = root.map(|root| std::path::absolute(&root).unwrap_or(root));
        DiskSources { root, maps, texts: Mutex::default(), decoded: Mutex::default() }
    }

    /// With texts of scripts that no file has, by address.
    pub(crate) fn with_scripts(self, scripts: &[(String, String)]) -> Self {
        let mut texts = locked(&self.texts);
        for (url, text) in scripts {
            texts.insert(url.clone(), Some(text.as_str().into()));
        }
        drop(texts);
        self
    }

    /// The file that a script is: where the runtime says, else the same path below the root, with ever fewer folders in
    /// front (a snapshot may come from a container).
    fn file(&self, url: &str) -> Option<PathBuf> {
        let path = PathBuf::from(path_of(url));
        if path.is_absolute() && path.is_file() {
            return Some(path);
        }
        let root = self.root.as_ref()?;
        let parts: Vec<Component<'_>> =
            path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        (0..parts.len())
            .map(|from| parts[from..].iter().fold(root.clone(), |path, part| path.join(part)))
            .find(|path| path.is_file())
    }

    fn load(&self, url: &str) -> Option<Arc<str>> {
        let file = self.file(url)?;
        if file.metadata().ok()?.len() > TEXT_MAX {
            return None;
        }
        let bytes = std::fs::read(file).ok()?;
        Some(String::from_utf8_lossy(&bytes).into())
    }

    fn mapped(&self, url: &str) -> Option<Arc<Mapped>> {
        if let Some(known) = locked(&self.decoded).get(url) {
            return known.clone();
        }
        let found = self.find_map(url).map(Arc::new);
        if let Some(mapped) = &found {
            self.keep_contents(mapped);
        }
        locked(&self.decoded).entry(url.to_owned()).or_insert(found).clone()
    }

    fn find_map(&self, url: &str) -> Option<Mapped> {
        if url.starts_with("node:") {
            return None;
        }
        let file = self.file(url);
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let text = self.text(url);
        let named = text.as_deref().and_then(named_map);
        if let Some(data) = named.filter(|named| named.starts_with("data:")) {
            let map = decode_data_url(data).ok()?;
            return Some(Mapped { map, folder });
        }
        let beside = named.map(|named| folder.join(path_of(named)));
        let same = file.as_ref().map(|file| with_map(file));
        let given = self.maps.as_ref().map(|maps| {
            let name = Path::new(path_of(url)).file_name().map(PathBuf::from).unwrap_or_default();
            with_map(&maps.join(name))
        });
        let path = [beside, same, given].into_iter().flatten().find(|path| path.is_file())?;
        let map = decode_slice(&std::fs::read(&path).ok()?).ok()?;
        let folder = if path.parent() == self.maps.as_deref() { folder } else { path.parent()?.to_owned() };
        Some(Mapped { map, folder })
    }

    /// Texts that a map carries are as good as files.
    fn keep_contents(&self, mapped: &Mapped) {
        let DecodedMap::Regular(map) = &mapped.map else { return };
        let mut texts = locked(&self.texts);
        for (at, source) in map.sources().enumerate() {
            if let Some(text) = map.get_source_contents(at as u32) {
                texts.entry(resolved(&mapped.folder, source)).or_insert_with(|| Some(text.into()));
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path in a URL of a file.
fn path_of(url: &str) -> &str {
    url.strip_prefix("file://").unwrap_or(url)
}

fn with_map(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".map");
    PathBuf::from(name)
}

/// What the last `//# sourceMappingURL=` of a text says.
fn named_map(text: &str) -> Option<&str> {
    let at = text.rfind("sourceMappingURL=")?;
    let named = text[at + "sourceMappingURL=".len()..].lines().next()?.trim();
    let named = named.trim_end_matches("*/").trim();
    (!named.is_empty()).then_some(named)
}

/// A source of a map, as a path.
fn resolved(folder: &Path, source: &str) -> String {
    let source = path_of(source);
    let source = source.split_once("://").map_or(source, |(_, path)| path);
    let joined = folder.join(source);
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::ParentDir => _ = clean.pop(),
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean.to_string_lossy().replace('\\', "/")
}

impl Sources for DiskSources {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        if let Some(known) = locked(&self.texts).get(url) {
            return known.clone();
        }
        let text = self.load(url);
        locked(&self.texts).entry(url.to_owned()).or_insert(text).clone()
    }

    fn original(&self, place: &SourcePlace) -> Option<SourcePlace> {
        let mapped = self.mapped(&place.url)?;
        let (line, column) = (place.line.checked_sub(1)?, place.column.saturating_sub(1));
        let token = mapped.map.lookup_token(line, column)?;
        let source = token.get_source()?;
        Some(SourcePlace {
            url: resolved(&mapped.folder, source),
            line: token.get_src_line() + 1,
            column: token.get_src_col() + 1,
        })
    }

    fn shown(&self, url: &str) -> String {
        let path = PathBuf::from(path_of(url));
        let Some(root) = &self.root else { return path_of(url).to_owned() };
        let file = self.file(url).unwrap_or(path);
        let below = file.strip_prefix(root).unwrap_or(&file);
        below.to_string_lossy().replace('\\', "/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Generated line 1 column 1 is line 3 column 1 of `../src/app.ts`.
    const MAP: &str = r#"{"version":3,"sources":["../src/app.ts"],"names":[],"mappings":"AAEA","sourcesContent":["\n\nconst a = 1;\n"]}"#;

    #[test]
    fn maps_beside_the_file_lead_to_what_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let dist = folder.path().join("dist");
        std::fs::create_dir(&dist).expect("dist");
        std::fs::write(dist.join("app.js"), "const a = 1;\n//# sourceMappingURL=app.js.map\n")
            .expect("app.js");
        std::fs::write(dist.join("app.js.map"), MAP).expect("a map");
        let sources = DiskSources::new(Some(folder.path().to_owned()), None);
        let url = format!("file://{}", dist.join("app.js").display());
        let place = SourcePlace { url: url.clone(), line: 1, column: 5 };
        let original = sources.original(&place).expect("an original");
        assert_eq!((original.line, original.column), (3, 1));
        assert_eq!(sources.shown(&original.url), "src/app.ts");
        assert_eq!(sources.text(&original.url).as_deref(), Some("\n\nconst a = 1;\n"));
        assert_eq!(sources.shown(&url), "dist/app.js");
        // The same file, as a container calls it.
        assert_eq!(sources.shown("file:///srv/container/dist/app.js"), "dist/app.js");
        assert!(sources.text("/srv/container/dist/app.js").is_some());
        assert_eq!(sources.text("/srv/none.js"), None);
    }

    #[test]
    fn maps_of_another_folder_are_found_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("app.js.map"), MAP).expect("a map");
        let sources = DiskSources::new(None, Some(folder.path().to_owned()));
        let place = SourcePlace { url: "/srv/dist/app.js".into(), line: 1, column: 1 };
        let original = sources.original(&place).expect("an original");
        assert!(original.url.ends_with("src/app.ts"), "{}", original.url);
    }
}
