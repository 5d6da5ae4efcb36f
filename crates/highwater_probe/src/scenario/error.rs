//! Why a scenario cannot be used. Each message says what, where, and what to do.

/// Why a scenario cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The text is neither JSON nor TOML.
    #[error("`{file}` is not {language}: {message}\n  help: {help}")]
    Syntax {
        /// The scenario file.
        file: String,
        /// "JSON" or "TOML".
        language: &'static str,
        /// What the parser says, with line and column.
        message: String,
        /// What to do.
        help: &'static str,
    },
    /// A key has no meaning, or a value has none for its key.
    #[error("{file}: {at}{message}\n  help: {help}")]
    Key {
        /// The scenario file.
        file: String,
        /// Where in it, with a colon and a blank behind: `requests[0].mode: `; empty at the top.
        at: String,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A route on the command line has no meaning.
    #[error("route `{route}`: {message}\n  help: {help}")]
    Route {
        /// The route as it was given.
        route: String,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// There is nothing to send.
    #[error(
        "there is no request to send\n  help: give a route (`--route 'GET /items/:id'`) or a scenario file"
    )]
    NoRequests,
}

/// "did you mean `x`?" when something is near, else the list of what there is.
pub(super) fn help(word: &str, known: &[&str]) -> String {
    let lower = word.to_lowercase();
    let near = known
        .iter()
        .map(|k| (strsim::jaro_winkler(&lower, &k.to_lowercase()), *k))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let all = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    match near {
        Some((_, near)) => format!("did you mean `{near}`? Known are {all}"),
        None => format!("known are {all}"),
    }
}
