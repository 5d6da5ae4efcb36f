//! `cargo xtask verify-heap`: every node's size and distance against Chrome DevTools' own engine, and what retained
//! sizes say against taking nodes away, on snapshots of all runtimes.
//!
//! The comparison itself is `crates/highwater_heap/tests/exactness.rs`, which is given the folder.

use std::process::Command;

use super::snapshots;
use super::tools::Work;
use crate::args::Args;
use crate::tree::root;

pub(crate) const FLAGS: &[&str] = &["work"];

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let folder = snapshots::to_verify(&Work::open(args)?)?;
    let status = Command::new("cargo")
        .args(["test", "--release", "-p", "highwater_heap", "--test", "exactness", "--", "--nocapture"])
        .env("HIGHWATER_SNAPSHOTS", &folder)
        .current_dir(root())
        .status()
        .map_err(|why| format!("cargo does not start: {why}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("figures differ; the files are in {}", folder.display()))
    }
}
