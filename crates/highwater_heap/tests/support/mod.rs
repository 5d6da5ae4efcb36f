//! Snapshots for tests: made once for each run by the recipe, with known contents.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names a folder of snapshots to use instead of the recipe's.
const GIVEN: &str = "HIGHWATER_SNAPSHOTS";

/// Whether a folder of snapshots was given.
pub fn is_given() -> bool {
    std::env::var_os(GIVEN).is_some()
}

/// The snapshots to test with, by name; none when there is neither a folder nor a `node`, which is told.
pub fn snapshots() -> Vec<PathBuf> {
    static MADE: OnceLock<Vec<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| match std::env::var_os(GIVEN) {
        Some(folder) => listed(Path::new(&folder)),
        None => made(),
    })
    .clone()
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "heapsnapshot"));
    found.sort();
    found
}

fn made() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipe");
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipe/recipe.cjs");
    let words = ["small", "--rounds", "1"];
    let output = Command::new("node").arg(recipe).arg(&folder).args(words).output();
    match output {
        Ok(output) if output.status.success() => vec![folder.join("small.1.heapsnapshot")],
        Ok(output) => panic!("the recipe fails: {}", String::from_utf8_lossy(&output.stderr)),
        Err(why) => {
            eprintln!("skipped: no `node` on this machine makes a snapshot ({why})");
            Vec::new()
        }
    }
}

/// Numbers that look like chance and are the same in every run (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}
