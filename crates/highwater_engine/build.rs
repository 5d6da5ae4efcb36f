//! Names this build: a hash over the sources of every crate, so that a changed reader or rule never sees what
//! another one has kept. Where only this crate's sources are at hand (from a registry), the version stands for all.

use std::fs;
use std::path::{Path, PathBuf};

/// FNV-1a: small enough to stand here, and nobody attacks their own build.
fn add(hash: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

fn gather(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            gather(&path, out);
        } else {
            out.push(path);
        }
    }
}

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut roots = vec![here.join("src")];
    let workspace = here.join("../..");
    if workspace.join("crates/highwater_program/src").is_dir() {
        for name in
            ["highwater", "highwater_finding", "highwater_program", "highwater_rules", "highwater_render"]
        {
            roots.push(workspace.join("crates").join(name).join("src"));
        }
        roots.push(workspace.join("crates/highwater_program/models"));
        roots.push(workspace.join("Cargo.lock"));
    }
    let mut files = Vec::new();
    for root in &roots {
        println!("cargo::rerun-if-changed={}", root.display());
        if root.is_dir() {
            gather(root, &mut files);
        } else {
            files.push(root.clone());
        }
    }
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for file in files {
        add(&mut hash, file.strip_prefix(&here).unwrap_or(&file).to_string_lossy().as_bytes());
        add(&mut hash, &fs::read(&file).unwrap_or_default());
    }
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=HIGHWATER_BUILD={version}-{hash:016x}");
}
