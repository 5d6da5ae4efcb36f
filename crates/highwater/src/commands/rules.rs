//! `highwater rules`.

use crate::console::{self, Color, Failure, Outcome};

/// Prints the table of rules.
pub fn run(color: Color) -> Result<Outcome, Failure> {
    let cards = highwater_engine::cards();
    console::print(|out| highwater_render::rules_table(&cards, color.on_stdout(), out))?;
    Ok(Outcome::Clean)
}
