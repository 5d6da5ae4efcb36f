//! One finding in Markdown: where, what it does, why we believe it, how fast, what to do. Nothing on the whole.

use highwater_finding::{Card, Evidence, Finding, Growth, Place, Related, Remedy};

use super::table;
use super::text::{code, code_cell, fenced, inline, opening};
use crate::plan::{self, Numbered};
use crate::words;

/// The numbered section of one finding.
pub(super) fn section(cards: &[Card], entry: &Numbered<'_>, out: &mut String) {
    let finding = entry.finding;
    out.push_str(&format!(
        "<a id=\"finding-{0}\"></a>\n\n### {0}. {1}\n\n",
        entry.number,
        inline(&finding.title)
    ));
    facts(cards, finding, out);
    locations(finding, out);
    if !finding.impact.is_empty() {
        out.push_str(&format!("#### Impact\n\n{}\n\n", opening(&finding.impact)));
    }
    evidence(&finding.evidence, out);
    if let Some(growth) = &finding.growth {
        self::growth(growth, out);
    }
    remedies(finding, out);
}

fn facts(cards: &[Card], finding: &Finding, out: &mut String) {
    let title =
        plan::card(cards, finding.kind).map_or(String::new(), |card| format!(" ({})", inline(card.title)));
    let severity = format!("{}: {}", finding.severity.word(), finding.severity.meaning());
    out.push_str(&format!("- **Severity:** {severity}\n"));
    out.push_str(&format!("- **Confidence:** {}\n", finding.confidence));
    out.push_str(&format!("- **Verdict:** {}\n", words::verdict(finding.verdict)));
    out.push_str(&format!("- **Rule:** {}{title}\n", code(finding.kind)));
    let within = match finding.subject.within.as_str() {
        "" => String::new(),
        within => format!(" in {}", code(within)),
    };
    if !finding.subject.path.is_empty() {
        out.push_str(&format!("- **What grows:** {}{within}\n", code(&finding.subject.path)));
    }
    if !finding.fingerprint.is_empty() {
        out.push_str(&format!("- **Fingerprint:** {}\n", code(&finding.fingerprint)));
    }
    out.push('\n');
}

fn locations(finding: &Finding, out: &mut String) {
    let (at_main, elsewhere): (Vec<&Related>, Vec<&Related>) = finding
        .related
        .iter()
        .partition(|r| r.place.file == finding.place.file && r.place.line == finding.place.line);
    let notes: Vec<String> =
        at_main.iter().map(|r| format!("{}: {}", r.role.word(), inline(&r.note))).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(", {}", notes.join("; ")) };
    out.push_str(&format!("#### Where\n\n{}{notes}\n\n", code(&words::place(&finding.place))));
    excerpt(&finding.place, out);
    for related in elsewhere {
        let place = code(&words::place(&related.place));
        out.push_str(&format!("{place}, {}: {}\n\n", related.role.word(), inline(&related.note)));
        excerpt(&related.place, out);
    }
}

fn excerpt(place: &Place, out: &mut String) {
    if place.excerpt.is_empty() {
        return;
    }
    let (lines, more) = words::excerpt(place);
    out.push_str(&fenced(words::language(&place.file), &lines.join("\n")));
    out.push('\n');
    if more > 0 {
        out.push_str(&format!("({})\n\n", words::count_of(more, "more line")));
    }
}

fn evidence(evidence: &[Evidence], out: &mut String) {
    if evidence.is_empty() {
        return;
    }
    out.push_str("#### Evidence\n\n");
    for (index, step) in evidence.iter().enumerate() {
        let place = match &step.place {
            Some(place) if words::is_known(place) => format!(" ({})", code(&words::place(place))),
            _ => String::new(),
        };
        out.push_str(&format!("{}. {}{place}\n", index + 1, opening(&words::capital(&step.claim))));
    }
    out.push('\n');
}

fn growth(growth: &Growth, out: &mut String) {
    out.push_str("#### Growth\n\n");
    let shape = match growth.shape.as_str() {
        "" => String::new(),
        shape => format!(" ({})", inline(shape)),
    };
    out.push_str(&format!(
        "{} kept per event{shape}. {} = **{} per hour**.\n\n",
        words::bytes(growth.bytes_per_event),
        inline(&words::rate(growth)),
        words::bytes(words::bytes_per_hour(growth)),
    ));
    let limit = words::bytes(growth.limit_bytes);
    let rows = growth.table.iter().map(|row| {
        vec![
            words::hours(u64::from(row.hours)),
            words::thousands(row.entries),
            words::bytes(row.bytes),
            words::share(row.bytes, growth.limit_bytes),
        ]
    });
    if !growth.table.is_empty() {
        table(out, &["After", "Entries", "Held", &format!("Share of {limit}")], rows);
    }
    out.push_str(&format!("**Time until the limit of {limit}: {}.**\n\n", words::time_to_limit(growth)));
}

fn remedies(finding: &Finding, out: &mut String) {
    let remedies = plan::remedies(finding);
    if remedies.is_empty() {
        return;
    }
    out.push_str("#### What to do\n\n");
    let several = remedies.len() > 1;
    for (index, remedy) in remedies.into_iter().enumerate() {
        self::remedy(index, several, remedy, out);
    }
}

fn remedy(index: usize, several: bool, remedy: &Remedy, out: &mut String) {
    let name = match (several, char::from_u32(0x41 + index as u32).filter(char::is_ascii_uppercase)) {
        (true, Some(letter)) => format!("Option {letter}"),
        (true, None) => format!("Option {}", index + 1),
        (false, _) => "Remedy".to_owned(),
    };
    let mark = if remedy.recommended && several { " (recommended)" } else { "" };
    out.push_str(&format!("**{name}{mark}: {}**\n\n", inline(&remedy.title)));
    if !remedy.code.is_empty() {
        out.push_str(&fenced(&remedy.language, &remedy.code));
        out.push('\n');
    }
    if !remedy.benefit.is_empty() {
        out.push_str(&format!("- Benefit: {}\n", inline(&remedy.benefit)));
    }
    if let Some((before, after)) = &remedy.before_after {
        out.push_str(&format!("- Before: {}\n- After: {}\n", inline(before), inline(after)));
    }
    out.push_str(&format!("- Effort: {}\n", remedy.effort.word()));
    if plan::HAS_FIX && !remedy.edits.is_empty() {
        let places: Vec<String> = remedy.edits.iter().map(|e| code(&words::place(&e.place))).collect();
        out.push_str(&format!("- `highwater fix` can make this change at {}\n", places.join(", ")));
    }
    out.push('\n');
}

/// The place in a table cell, or a dash.
pub(super) fn place_cell(place: &Place) -> String {
    if words::is_known(place) { code_cell(&words::place(place)) } else { "-".to_owned() }
}
