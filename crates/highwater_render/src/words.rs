//! Figures and phrases that several formats share. It must not know any format's syntax.

use highwater_finding::{Effort, FixSafety, Growth, Place, Platform, Severity, Verdict, When};

/// A piece of a message: messages mark code with backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span<'a> {
    /// Prose.
    Text(&'a str),
    /// What stood between two backticks; never empty.
    Code(&'a str),
}

/// Splits a message at its backticks. A backtick without a partner stays in the prose.
pub(crate) fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, tail)) = after.split_once('`') else { break };
        if !before.is_empty() {
            spans.push(Span::Text(before));
        }
        spans.push(if code.is_empty() { Span::Text("``") } else { Span::Code(code) });
        rest = tail;
    }
    if !rest.is_empty() {
        spans.push(Span::Text(rest));
    }
    spans
}

/// The text on one line: every run of white space becomes one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text as a sentence: with a full stop unless it ends in one.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `2 files`: an English plural in `s`.
pub(crate) fn count(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(value), if value == 1 { "" } else { "s" })
}

/// A large figure as people say it: `12,034`, `6.9 million`, `12 billion`.
pub(crate) fn roughly(value: u64) -> String {
    let (unit, word) = match value {
        0..1_000_000 => return thousands(value),
        1_000_000..999_500_000 => (1_000_000, "million"),
        _ => (1_000_000_000, "billion"),
    };
    let tenths = (u128::from(value) * 10 + unit / 2) / unit;
    if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{} {word}", tenths / 10, tenths % 10)
    } else {
        let whole = (u128::from(value) + unit / 2) / unit;
        format!("{} {word}", thousands(u64::try_from(whole).unwrap_or(u64::MAX)))
    }
}

/// A span of time that was measured: `0.4 s`, `41 s`, `2 min 5 s`.
pub(crate) fn took(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", thousands(ms / 60_000), ms % 60_000 / 1000),
    }
}

/// `count` for a length.
pub(crate) fn count_of(len: usize, noun: &str) -> String {
    count(len as u64, noun)
}

/// Bytes for people, in powers of 1,024: `412 B`, `4.1 KB`, `402 KB`, `1.5 GB`.
pub(crate) fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if value < 1024 {
        return format!("{value} B");
    }
    let mut unit_bytes: u128 = 1024;
    for unit in UNITS {
        let tenths = (u128::from(value) * 10 + unit_bytes / 2) / unit_bytes;
        if tenths < 10240 || unit == "PB" {
            return if tenths < 100 && !tenths.is_multiple_of(10) {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{} {unit}", thousands(((tenths + 5) / 10) as u64))
            };
        }
        unit_bytes *= 1024;
    }
    format!("{value} B")
}

/// A span of hours for people: `8 hours`, `7 days`.
pub(crate) fn hours(value: u64) -> String {
    match value {
        0 => "less than an hour".to_owned(),
        1..24 => count(value, "hour"),
        24..72 if !value.is_multiple_of(24) => count(value, "hour"),
        _ => count(value.saturating_add(12) / 24, "day"),
    }
}

/// Time until the limit: `13 hours`, or `more than a year`.
pub(crate) fn time_to_limit(growth: &Growth) -> String {
    growth.hours_to_limit.map_or_else(|| "more than a year".to_owned(), hours)
}

/// Bytes that stay per hour at the assumed traffic.
pub(crate) fn bytes_per_hour(growth: &Growth) -> u64 {
    let exact = (u128::from(growth.bytes_per_event) * u128::from(growth.events_per_hour))
        .saturating_mul(u128::from(growth.new_key_percent))
        / 100;
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// What drives the growth and how often: "1,000 `POST /projects` per hour, 30 % of them with a new key".
pub(crate) fn rate(growth: &Growth) -> String {
    let share = match growth.new_key_percent {
        100 => String::new(),
        percent => format!(", {percent} % of them with a new key"),
    };
    format!("{} × {} per hour{share}", thousands(growth.events_per_hour), growth.event)
}

/// The growth in one line.
pub(crate) fn growth_line(growth: &Growth) -> String {
    let limit = bytes(growth.limit_bytes);
    let until = match growth.hours_to_limit {
        Some(until) => format!("limit of {limit} reached in {}", hours(until)),
        None => format!("limit of {limit} more than a year away"),
    };
    let (each, hourly) = (bytes(growth.bytes_per_event), bytes(bytes_per_hour(growth)));
    format!("{each} kept per event; {} = {hourly} per hour; {until}", rate(growth))
}

/// `part` of `whole` in per cent: `0.4 %`, `38 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    match tenths {
        0 if part > 0 => "< 0.1 %".to_owned(),
        1..100 => format!("{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{} %", thousands(u64::try_from(tenths / 10).unwrap_or(u64::MAX))),
    }
}

/// `file:line`, or what is known of it.
pub(crate) fn place(place: &Place) -> String {
    match (place.file.is_empty(), place.line) {
        (true, _) => "(no place)".to_owned(),
        (false, 0) => place.file.clone(),
        (false, _) => place.short(),
    }
}

/// The lines of a place for a document, and how many more there are: a page has room, but not for a bundle.
pub(crate) fn excerpt(place: &Place) -> (Vec<String>, usize) {
    const LINES_MAX: usize = 40;
    const CHARS_MAX: usize = 400;
    let shown = place.excerpt.lines().take(LINES_MAX).map(|line| match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{} ...", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    });
    (shown.collect(), place.excerpt.lines().count().saturating_sub(LINES_MAX))
}

/// True if the place names a file.
pub(crate) fn is_known(place: &Place) -> bool {
    !place.file.is_empty()
}

/// What the verdict means, with its word.
pub(crate) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Suspected => "suspected: the code says so".to_owned(),
        Verdict::Observed => "observed: a heap shows it".to_owned(),
        Verdict::Proven => "proven: an experiment shows it".to_owned(),
        Verdict::Refuted => "refuted: it was exercised and did not grow".to_owned(),
        Verdict::Undecided { rounds_missing } => {
            format!("undecided: the experiment needs {} more", count(u64::from(rounds_missing), "round"))
        }
    }
}

/// One lower-case word for `when`.
pub(crate) fn when(when: When) -> &'static str {
    match when {
        When::Now => "now",
        When::Next => "next",
        When::Later => "later",
    }
}

/// One lower-case word for an effort, for machine formats.
pub(crate) fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Minutes => "minutes",
        Effort::Hours => "hours",
        Effort::Days => "days",
    }
}

/// Kebab-case word for the safety of an edit.
pub(crate) fn fix_safety(safety: FixSafety) -> &'static str {
    match safety {
        FixSafety::Safe => "safe",
        FixSafety::NeedsReview => "needs-review",
        FixSafety::None => "none",
    }
}

/// What a platform does with memory, for readers who do not know the word.
pub(crate) fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Server => "long-running process",
        Platform::Isolate => "small isolate, restarts often",
        Platform::Function => "function, frozen between calls",
        Platform::Desktop => "long-running program of one person",
        Platform::Browser => "page",
        Platform::Cli => "process that exits when done",
        Platform::Library => "code for others, assumed long-lived",
    }
}

/// Most severe first, as every format lists them.
pub(crate) const SEVERITIES: [Severity; 3] = [Severity::Critical, Severity::Moderate, Severity::Low];

/// Language tag for a fenced block, from the file's extension; empty when unknown.
pub(crate) fn language(file: &str) -> &'static str {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "ts" | "mts" | "cts" => "ts",
        "tsx" => "tsx",
        "js" | "mjs" | "cjs" => "js",
        "jsx" => "jsx",
        "vue" => "vue",
        "svelte" => "svelte",
        "astro" => "astro",
        "json" => "json",
        "toml" => "toml",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_figures_and_spans_of_time_are_said_as_people_say_them() {
        let figures = [
            (999_999, "999,999"),
            (1_000_000, "1 million"),
            (6_912_000, "6.9 million"),
            (9_960_000, "10 million"),
            (999_499_999, "999 million"),
            (999_500_000, "1 billion"),
            (u64::MAX, "18,446,744,074 billion"),
        ];
        assert_eq!(figures.map(|(value, _)| roughly(value)), figures.map(|(_, told)| told));
        let spans = [(0, "0.0 s"), (9_999, "9.9 s"), (41_280, "41 s"), (125_000, "2 min 5 s")];
        assert_eq!(spans.map(|(ms, _)| took(ms)), spans.map(|(_, told)| told));
    }
}
