//! "Did you mean": the nearest known word to a misspelt one.

/// The known word nearest to `word`, if any is near enough to be meant.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let mut likeness = strsim::jaro_winkler(&lower, &candidate.to_lowercase());
        if lower.len() > 3 && candidate.contains(&lower) {
            likeness = likeness.max(0.9);
        }
        if best.is_none_or(|(b, _)| likeness > b) {
            best = Some((likeness, candidate));
        }
    }
    best.filter(|(likeness, _)| *likeness >= 0.8).map(|(_, word)| word)
}

/// "did you mean `x`?" when something is near, else the list of what there is.
pub fn help(word: &str, known: &[&str]) -> String {
    match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is nothing to choose from".to_owned(),
        None => {
            format!("known are {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
