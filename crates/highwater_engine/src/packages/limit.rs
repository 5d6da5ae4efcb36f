//! How much memory there is before the end, and who says so.

use super::Found;
use super::hints::{HintFile, HintKind};
use super::manifest::{Manifest, text_of};
use highwater_finding::{Limit, Platform};

const MEGABYTE: u64 = 1 << 20;
/// Memory of a Workers isolate.
const ISOLATE_BYTES: u64 = 128 * MEGABYTE;
/// A function of a usual size.
const FUNCTION_BYTES: u64 = 512 * MEGABYTE;
/// A container of a usual size.
const CONTAINER_BYTES: u64 = 512 * MEGABYTE;
const FLAG: &str = "--max-old-space-size";

/// The limit that a package's files state, or that its platform implies.
pub fn stated(manifest: &Manifest, hints: &[&HintFile], platform: Platform) -> Option<Limit> {
    match platform {
        Platform::Isolate => {
            return Some(Limit { bytes: ISOLATE_BYTES, source: "Workers isolate".to_owned() });
        }
        Platform::Desktop | Platform::Browser | Platform::Cli | Platform::Library => return None,
        Platform::Server | Platform::Function => {}
    }
    let is_start = |name: &str| name.contains("start") || name.contains("serve");
    for (name, body) in manifest.scripts.iter().filter(|(name, _)| is_start(name)) {
        if let Some(bytes) = flag_in(body) {
            return Some(Limit { bytes, source: format!("`{FLAG}` in script `{name}` of package.json") });
        }
    }
    for hint in hints.iter().filter(|h| matches!(h.kind, HintKind::Container | HintKind::Serverless)) {
        let Some(text) = text_of(&hint.absolute) else { continue };
        if let Some(bytes) = flag_in(&text) {
            return Some(Limit { bytes, source: format!("`{FLAG}` in {}", hint.path) });
        }
        if let Some(bytes) = key_in(&text, hint) {
            return Some(Limit { bytes, source: format!("memory limit in {}", hint.path) });
        }
    }
    (platform == Platform::Function)
        .then(|| Limit { bytes: FUNCTION_BYTES, source: "a function of a usual size".to_owned() })
}

/// The limit for the report: the root's if it states one, else the tightest one stated, else a usual container.
pub fn choose<'f>(packages: impl Iterator<Item = &'f Found> + Clone) -> Limit {
    let root = packages.clone().find(|f| f.package.info.folder.is_empty()).and_then(|f| f.limit.clone());
    let tightest = || packages.filter_map(|f| f.limit.clone()).min_by(|a, b| a.bytes.cmp(&b.bytes));
    root.or_else(tightest)
        .unwrap_or_else(|| Limit { bytes: CONTAINER_BYTES, source: "default container".to_owned() })
}

/// `--max-old-space-size=4096` or `--max_old_space_size 4096`, in megabytes.
fn flag_in(text: &str) -> Option<u64> {
    let text = text.replace("max_old_space_size", "max-old-space-size");
    let after = text.split_once(FLAG)?.1.trim_start_matches(['=', ' ', '"', '\'', ',']);
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<u64>().ok().filter(|mb| (16..=1 << 20).contains(mb)).map(|mb| mb * MEGABYTE)
}

/// `mem_limit: 512m` and `memory: 1G` of compose files, `memorySize: 1024` of serverless ones,
/// `memory = "512mb"` of fly.toml.
fn key_in(text: &str, hint: &HintFile) -> Option<u64> {
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
        let Some((key, value)) = line.split_once(':').or_else(|| line.split_once('=')) else { continue };
        let value = value.trim().trim_matches(['"', '\'', ',']);
        let bytes = match key.trim() {
            "memorySize" | "MemorySize" | "memory_mb" => value.parse().ok().map(|mb: u64| mb * MEGABYTE),
            "mem_limit" | "memory" if hint.kind == HintKind::Container => crate::config::parse_bytes(value),
            _ => None,
        };
        if bytes.is_some_and(|b| b >= 16 * MEGABYTE) {
            return bytes;
        }
    }
    None
}
