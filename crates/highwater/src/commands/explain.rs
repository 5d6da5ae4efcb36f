//! `highwater explain RULE`.

use crate::console::{self, Color, Failure, Outcome};

/// Arguments of `explain`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the rule, as `highwater rules` lists it.
    rule: String,
}

/// Prints the page of a rule.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    let cards = highwater_engine::cards();
    let Some(card) = cards.iter().find(|c| c.id == arguments.rule) else {
        let near = highwater_engine::closest(&arguments.rule, cards.iter().map(|c| c.id));
        let help = near.map_or_else(
            || "`highwater rules` lists them all".to_owned(),
            |n| format!("did you mean `{n}`?"),
        );
        return Err(Failure::new(format!("there is no rule `{}`\n  help: {help}", arguments.rule)));
    };
    console::print(|out| highwater_render::explain(card, color.on_stdout(), out))?;
    Ok(Outcome::Clean)
}
