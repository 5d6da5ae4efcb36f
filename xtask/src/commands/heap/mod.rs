//! Commands about heap snapshots: `cargo xtask bench heap` measures, `cargo xtask verify-heap` compares with Chrome
//! DevTools. Both make their snapshots themselves; what is not ours is pinned here and fetched at run time into a work
//! folder that is kept.

pub(crate) mod bench;
pub(crate) mod meter;
mod peers;
mod snapshots;
pub(crate) mod tools;
pub(crate) mod verify;

/// Versions of what is fetched.
mod pins {
    /// Node releases; npm's `node` packages carry the binaries.
    pub(super) const NODES: &[&str] = &["20.20.2", "22.23.3", "24.21.0", "26.10.0"];
    pub(super) const DENO: &str = "2.9.6";
    pub(super) const BUN: &str = "1.4.5";
    /// Chrome's own heap engine, and the code base that large heaps are made of.
    pub(super) const DEVTOOLS: &str = "1.0.1705227";
    pub(super) const ESBUILD: &str = "0.28.2";
    pub(super) const TYPESCRIPT: &str = "5.9.3";
    pub(super) const MEMLAB: &str = "2.0.5";
    pub(super) const V8_HEAP_PARSER: &str = "1.1.0";
}
