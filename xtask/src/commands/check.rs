//! `cargo xtask check`: every check of the house at once.

use crate::args::Args;
use crate::checks::ALL;
use crate::tree::Tree;

pub(crate) fn run(_args: &Args) -> Result<(), String> {
    let tree = Tree::load()?;
    let mut count = 0;
    for (name, check) in ALL {
        for problem in check(&tree) {
            println!("{name}: {problem}");
            count += 1;
        }
    }
    if count == 0 { Ok(()) } else { Err(format!("{count} problems")) }
}
