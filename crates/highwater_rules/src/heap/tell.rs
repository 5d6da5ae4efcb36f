//! How a suspect of a heap is told: the figures of the snapshots as an argument that a reader can check.

use super::{HeapContext, Sort, Suspect, Work};
use crate::judge::held::thousands;
use highwater_finding::{Confidence, Evidence, Finding, Place, Related, Role, Severity, Verdict};
use highwater_heap::{Proportion, SourcePlace};

/// Bytes in all steps from which on a growth is critical.
const CRITICAL_BYTES: u64 = 64 << 10;

pub(super) fn finding(cx: &HeapContext<'_>, kind: &'static str, suspect: &Suspect) -> Finding {
    let place = suspect
        .declared
        .as_ref()
        .map_or_else(|| written(cx, &suspect.owner.place), |declared| shown(cx, declared));
    let single = suspect.bytes.is_empty();
    let gained: u64 = suspect.bytes.iter().sum();
    let mut related = Vec::new();
    if suspect.declared.is_some() {
        related.push(Related { role: Role::Declaration, place: place.clone(), note: "declared here".into() });
    }
    let compiled = shown(cx, &suspect.owner.place);
    if !compiled.file.is_empty() && compiled.file != place.file {
        let note = "in the script that runs".into();
        related.push(Related { role: Role::Note, place: compiled, note });
    }
    for site in &suspect.grows_at {
        if written(cx, site) == place {
            continue;
        }
        let (place, note) = (written(cx, site), "it is added to here".into());
        related.push(Related { role: Role::Growth, place, note });
    }
    if let Some(holder) = suspect.held_at.as_ref().filter(|holder| !holder.url.is_empty()) {
        let note =
            format!("the instance is held by {}", code(suspect.held_by.as_deref().unwrap_or_default()));
        related.push(Related { role: Role::Note, place: written(cx, holder), note });
    }
    if let Some(entry) = suspect.entry_place.as_ref().filter(|entry| !entry.url.is_empty()) {
        let note = format!("{} comes from here", code(&suspect.entry_class));
        related.push(Related { role: Role::Note, place: written(cx, entry), note });
    }
    Finding {
        kind,
        title: if single { still(suspect) } else { title(cx, suspect) },
        impact: if single { still_impact(suspect) } else { impact(cx, suspect, gained) },
        subject: cx.named.subject(&suspect.owner, suspect.declared.as_ref(), cx.sources),
        place,
        related,
        severity: if gained >= CRITICAL_BYTES { Severity::Critical } else { Severity::Moderate },
        confidence: Confidence::percent(if single { still_confidence(suspect) } else { confidence(suspect) }),
        verdict: Verdict::Observed,
        evidence: evidence(cx, suspect),
        growth: None,
        remedies: Vec::new(),
        fingerprint: String::new(),
    }
}

/// One snapshot shows size and no growth: a cache that is meant to be large looks the same. Many times the same
/// listener or timer is hardly ever meant.
fn still_confidence(suspect: &Suspect) -> u8 {
    match suspect.sort {
        Sort::Timers | Sort::Listeners | Sort::AbortListeners => 60,
        Sort::Promises => 50,
        _ => 40,
    }
}

/// What one snapshot shows.
fn still(suspect: &Suspect) -> String {
    let name = code(&suspect.owner.path);
    let count = number(suspect.entries.last().copied().unwrap_or(0));
    match suspect.sort {
        Sort::Timers => format!("{count} timers of {name} run with the same function"),
        Sort::Listeners | Sort::AbortListeners => format!("{name} has {count} listeners"),
        Sort::Promises => format!("{count} callbacks wait for {name}"),
        _ if suspect.entry_class.is_empty() => format!("{name} holds {count} entries"),
        _ => format!("{name} holds {count} entries, nearly all of them {}", code(&suspect.entry_class)),
    }
}

fn still_impact(suspect: &Suspect) -> String {
    format!(
        "{} bytes would go with it. One snapshot shows what is there and not what grows: compare two more after the \
         same work to be sure.",
        number(suspect.retained_bytes)
    )
}

fn confidence(suspect: &Suspect) -> u8 {
    match (suspect.exact, suspect.entries_known) {
        _ if suspect.per_request.is_some_and(|told| told.exact) => 98,
        _ if suspect.per_request.is_some() => {
            if suspect.even {
                95
            } else {
                80
            }
        }
        (Some(_), _) => 95,
        (None, true) => 85,
        (None, false) => 60,
    }
}

/// The name between backticks. It may come from a heap and hold anything.
fn code(name: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c == '`' || c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("`{clean}`")
}

/// How a rise is told: "exactly 3 entries in every step" or "1 entry with every request".
struct Rate {
    each: String,
    when: &'static str,
    rounds: String,
}

impl Rate {
    fn of(cx: &HeapContext<'_>, suspect: &Suspect) -> Rate {
        if let Some(told) = suspect.per_request {
            let (each, when) = each_request(told);
            return Rate { each, when, rounds: String::new() };
        }
        let steps = suspect.bytes.len().max(1) as u64;
        let gained =
            suspect.entries.last().unwrap_or(&0).saturating_sub(*suspect.entries.first().unwrap_or(&0));
        let each = match suspect.exact {
            Some(exact) => format!("exactly {}", number(exact)),
            None => format!("about {}", number(gained / steps)),
        };
        let rounds = per_round(cx, suspect).map(|rate| format!(", {rate}")).unwrap_or_default();
        Rate { each, when: "in every step", rounds }
    }
}

/// "exactly 1", "about 2.3" with every request, or "about 375" with every 1,000.
fn each_request(told: Proportion) -> (String, &'static str) {
    let rate = told.per_request;
    if rate < 0.995 {
        let thousand = (rate * 1000.0).round().max(1.0) as u64;
        return (format!("about {}", number(thousand)), "with every 1,000 requests");
    }
    let near = (rate - rate.round()).abs() < 0.005 * rate;
    let each = match (told.exact, near) {
        (true, true) => format!("exactly {}", number(rate.round() as u64)),
        (false, true) => number(rate.round() as u64),
        _ => format!("about {rate:.1}"),
    };
    (each, "with every request")
}

fn title(cx: &HeapContext<'_>, suspect: &Suspect) -> String {
    let name = code(&suspect.owner.path);
    let Rate { each, when, rounds } = Rate::of(cx, suspect);
    let after = if suspect.per_request.is_some() { when } else { "after every step" };
    match suspect.sort {
        Sort::Timers => format!("{each} more timers of {name} run {after}{rounds}"),
        Sort::Listeners | Sort::AbortListeners => {
            format!("{name} has {each} more listeners {after}{rounds}")
        }
        Sort::Resources => {
            let class = code(&suspect.owner.symbol);
            format!("{each} more {class} stay open {after}{rounds}")
        }
        Sort::Promises if suspect.owner.steps.is_empty() || suspect.entry_class != "Promise" => {
            format!("{each} more callbacks wait for {name} {after}{rounds}")
        }
        Sort::Object if suspect.entries.first() == Some(&0) => {
            let (bytes, per) = cx.bytes_each(suspect);
            format!("{name} keeps {} more bytes {per}{rounds}", number(bytes))
        }
        _ if !suspect.entries_known => {
            format!("{name} needs more room {after}: it is a collection of numbers that grows")
        }
        _ if each.ends_with(" 1") || each == "1" => {
            format!("{name} gains {each} entry {when} and nothing removes it{rounds}")
        }
        _ => format!("{name} gains {each} entries {when} and nothing removes them{rounds}"),
    }
}

impl HeapContext<'_> {
    /// Bytes that stay, and each time what is done.
    fn bytes_each(&self, suspect: &Suspect) -> (u64, &'static str) {
        match &self.work {
            Work::Requests(rounds) => {
                let requests = rounds.iter().sum::<u64>().max(1);
                (suspect.bytes.iter().sum::<u64>() / requests, "with every request")
            }
            _ => (mean(&suspect.bytes), "after every step"),
        }
    }
}

/// `1 per round`, when the rounds are known.
fn per_round(cx: &HeapContext<'_>, suspect: &Suspect) -> Option<String> {
    let Work::Rounds(rounds @ 1..) = &cx.work else { return None };
    let exact = suspect.exact?;
    Some(if exact.is_multiple_of(*rounds) {
        format!("{} per round", number(exact / rounds))
    } else {
        format!("{:.2} per round", exact as f64 / *rounds as f64)
    })
}

fn impact(cx: &HeapContext<'_>, suspect: &Suspect, gained: u64) -> String {
    let held = suspect.entries.last().copied().unwrap_or(0);
    let kept = match cx.bytes_each(suspect) {
        (bytes, "with every request") => {
            format!("Every request left {} bytes that stay ({} in all).", number(bytes), number(gained))
        }
        (bytes, _) => {
            format!("Every step left {} bytes that stay ({} in all).", number(bytes), number(gained))
        }
    };
    match suspect.sort {
        Sort::Timers => {
            format!("{kept} Each timer keeps its callback and all that it captures until it is cleared.")
        }
        Sort::Listeners | Sort::AbortListeners => {
            format!("{kept} Each listener keeps all that it captures as long as what it listens to lives.")
        }
        Sort::Resources => {
            format!("{kept} Nothing of the program holds them: they were opened and never closed.")
        }
        _ => format!("{kept} It holds {} now.", number(held)),
    }
}

fn evidence(cx: &HeapContext<'_>, suspect: &Suspect) -> Vec<Evidence> {
    let claim = |claim: String| Evidence { claim, place: None };
    let list = |values: &[u64]| values.iter().map(|v| number(*v)).collect::<Vec<_>>().join(", then ");
    let mut out = Vec::new();
    let entries = if suspect.entries_known { "entries" } else { "room for entries" };
    if suspect.bytes.is_empty() {
        let bytes = number(suspect.retained_bytes);
        out.push(claim(format!("{entries}: {}; {bytes} bytes would go with them", list(&suspect.entries))));
    } else {
        if let Work::Requests(rounds) = &cx.work {
            out.push(claim(format!("requests between the snapshots: {}", list(rounds))));
        }
        out.push(claim(format!("{entries} in the snapshots, in order: {}", list(&suspect.entries))));
        let bytes = list(&suspect.bytes);
        out.push(claim(format!("bytes that each step added and that are still held: {bytes}")));
    }
    if suspect.members > 1 {
        out.push(claim(format!(
            "{} collections of this name were counted together",
            number(suspect.members)
        )));
    }
    if !suspect.entry_class.is_empty() {
        out.push(Evidence {
            claim: format!(
                "most of {} is {}",
                if suspect.bytes.is_empty() { "it" } else { "what is new" },
                code(&suspect.entry_class)
            ),
            place: suspect
                .entry_place
                .as_ref()
                .filter(|entry| !entry.url.is_empty())
                .map(|entry| written(cx, entry)),
        });
    }
    if let Some(holder) = &suspect.held_by {
        out.push(claim(format!("the instance is held by {}", code(holder))));
    }
    for other in &suspect.also {
        out.push(claim(format!("{} holds the same entries", code(other))));
    }
    out
}

fn mean(values: &[u64]) -> u64 {
    values.iter().sum::<u64>() / values.len().max(1) as u64
}

/// A place as it was written, through a source map where there is one.
fn written(cx: &HeapContext<'_>, place: &SourcePlace) -> Place {
    shown(cx, &cx.sources.original(place).unwrap_or_else(|| place.clone()))
}

fn shown(cx: &HeapContext<'_>, place: &SourcePlace) -> Place {
    Place {
        file: cx.sources.shown(&place.url),
        line: place.line,
        column: place.column,
        end_line: place.line,
        end_column: place.column,
        excerpt: String::new(),
    }
}

/// With a comma at every thousand.
fn number(value: u64) -> String {
    thousands(i64::try_from(value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_a_heap_stay_between_their_marks() {
        assert_eq!(code("a`b\nc"), "`a\u{fffd}b\u{fffd}c`");
    }

    #[test]
    fn rates_are_told_so_that_they_can_be_checked() {
        let told = |per_request, exact| each_request(Proportion { per_request, exact });
        assert_eq!(told(1.0, true), ("exactly 1".to_owned(), "with every request"));
        assert_eq!(told(3.001, false), ("3".to_owned(), "with every request"));
        assert_eq!(told(1.4, false), ("about 1.4".to_owned(), "with every request"));
        assert_eq!(told(0.01, false), ("about 10".to_owned(), "with every 1,000 requests"));
    }
}
