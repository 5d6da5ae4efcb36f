//! One finding as a folding part of the page. Nothing on the whole.

use highwater_finding::{Card, Finding, Growth, Related, Remedy, Severity};

use super::chart;
use super::table;
use super::text::{block, code, escape, excerpt, place, rich, sentence};
use crate::plan::{self, Numbered};
use crate::words;

/// The finding; what is worth acting on stands open.
pub(super) fn article(cards: &[Card], entry: &Numbered<'_>, out: &mut String) {
    let finding = entry.finding;
    let word = finding.severity.word();
    let open = if finding.severity == Severity::Low { "" } else { " open" };
    out.push_str(&format!(
        "<details class=\"finding {word}\" id=\"finding-{}\" data-severity=\"{word}\"{open}>\n",
        entry.number
    ));
    out.push_str(&format!(
        "<summary><span class=\"badge\">{word}</span><h3>{}. {}</h3>",
        entry.number,
        rich(&finding.title)
    ));
    out.push_str(&format!("<span class=\"meta\">{}</span></summary>\n", meta(finding)));
    if !finding.impact.is_empty() {
        out.push_str(&format!("<p class=\"impact\">{}</p>\n", sentence(&finding.impact)));
    }
    facts(cards, finding, out);
    locations(finding, out);
    evidence(finding, out);
    if let Some(growth) = &finding.growth {
        self::growth(growth, out);
    }
    remedies(finding, out);
    out.push_str("</details>\n");
}

fn meta(finding: &Finding) -> String {
    let mut parts = vec![place(&finding.place), format!("{} sure", finding.confidence)];
    if let Some(growth) = &finding.growth {
        parts.push(format!("limit in {}", words::time_to_limit(growth)));
    }
    parts.iter().map(|part| format!("<span>{part}</span>")).collect::<Vec<_>>().join(" ")
}

fn facts(cards: &[Card], finding: &Finding, out: &mut String) {
    let title =
        plan::card(cards, finding.kind).map_or(String::new(), |card| format!(": {}", rich(card.title)));
    let within = match finding.subject.within.as_str() {
        "" => String::new(),
        within => format!(" in {}", code(within)),
    };
    let mut rows = vec![
        ("Severity", format!("{}: {}", finding.severity.word(), finding.severity.meaning())),
        ("Confidence", finding.confidence.to_string()),
        ("Verdict", escape(&words::verdict(finding.verdict))),
        ("Rule", format!("{}{title}", code(finding.kind))),
    ];
    if !finding.subject.path.is_empty() {
        rows.push(("What grows", format!("{}{within}", code(&finding.subject.path))));
    }
    out.push_str("<dl class=\"facts\">\n");
    for (name, value) in rows {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
    }
    out.push_str("</dl>\n");
}

fn locations(finding: &Finding, out: &mut String) {
    let (at_main, elsewhere): (Vec<&Related>, Vec<&Related>) = finding
        .related
        .iter()
        .partition(|r| r.place.file == finding.place.file && r.place.line == finding.place.line);
    let notes: Vec<String> =
        at_main.iter().map(|r| format!("{}: {}", r.role.word(), rich(&r.note))).collect();
    out.push_str("<h4>Where</h4>\n");
    figure(&finding.place, &notes.join("; "), out);
    for related in elsewhere {
        figure(&related.place, &format!("{}: {}", related.role.word(), rich(&related.note)), out);
    }
}

fn figure(at: &highwater_finding::Place, note: &str, out: &mut String) {
    let note = if note.is_empty() { String::new() } else { format!(" <span>{note}</span>") };
    let caption = format!("<figcaption>{}{note}</figcaption>", place(at));
    out.push_str(&format!("<figure>{caption}\n{}</figure>\n", excerpt(at)));
}

fn evidence(finding: &Finding, out: &mut String) {
    if finding.evidence.is_empty() {
        return;
    }
    out.push_str("<h4>Evidence</h4>\n<ol>\n");
    for step in &finding.evidence {
        let at = match &step.place {
            Some(at) if words::is_known(at) => format!(" {}", place(at)),
            _ => String::new(),
        };
        out.push_str(&format!("<li>{}{at}</li>\n", rich(&words::capital(&step.claim))));
    }
    out.push_str("</ol>\n");
}

fn growth(growth: &Growth, out: &mut String) {
    let shape = match growth.shape.as_str() {
        "" => String::new(),
        shape => format!(" ({})", rich(shape)),
    };
    out.push_str(&format!(
        "<h4>Growth</h4>\n<p>{} kept per event{shape}. {} = <strong>{} per hour</strong>. \
         Time until the limit of {}: <strong>{}</strong>.</p>\n",
        words::bytes(growth.bytes_per_event),
        rich(&words::rate(growth)),
        words::bytes(words::bytes_per_hour(growth)),
        words::bytes(growth.limit_bytes),
        words::time_to_limit(growth),
    ));
    let picture = chart::svg(growth);
    if !picture.is_empty() {
        out.push_str(&format!("<figure>{picture}</figure>\n"));
    }
    let rows = growth.table.iter().map(|row| {
        vec![
            words::hours(u64::from(row.hours)),
            words::thousands(row.entries),
            words::bytes(row.bytes),
            words::share(row.bytes, growth.limit_bytes),
        ]
    });
    if !growth.table.is_empty() {
        let share = format!("Share of {}", words::bytes(growth.limit_bytes));
        out.push_str(
            &table(&["After", "Entries", "Held", &share], rows)
                .replace("<table>", "<table class=\"figures\">"),
        );
    }
}

fn remedies(finding: &Finding, out: &mut String) {
    let remedies = plan::remedies(finding);
    if remedies.is_empty() {
        return;
    }
    out.push_str("<h4>What to do</h4>\n");
    for (index, remedy) in remedies.into_iter().enumerate() {
        self::remedy(remedy, index == 0, out);
    }
}

fn remedy(remedy: &Remedy, open: bool, out: &mut String) {
    let (class, mark) = if remedy.recommended {
        ("remedy recommended", "<span class=\"badge good\">recommended</span>")
    } else {
        ("remedy", "<span class=\"badge\">option</span>")
    };
    let open = if open { " open" } else { "" };
    out.push_str(&format!(
        "<details class=\"{class}\"{open}>\n<summary>{mark}<strong>{}</strong>",
        rich(&remedy.title)
    ));
    out.push_str(&format!("<span class=\"meta\"><span>{}</span></span></summary>\n", remedy.effort.word()));
    if !remedy.benefit.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", sentence(&remedy.benefit)));
    }
    if !remedy.code.is_empty() {
        out.push_str(&block(&remedy.code));
    }
    if let Some((before, after)) = &remedy.before_after {
        out.push_str(&format!(
            "<dl class=\"facts\">\n<div><dt>Before</dt><dd>{}</dd></div>\n<div><dt>After</dt><dd>{}</dd></div>\n</dl>\n",
            rich(before),
            rich(after)
        ));
    }
    if plan::HAS_FIX && !remedy.edits.is_empty() {
        let places: Vec<String> = remedy.edits.iter().map(|edit| place(&edit.place)).collect();
        let places = places.join(", ");
        out.push_str(&format!("<p><code>highwater fix</code> can make this change at {places}.</p>\n"));
    }
    out.push_str("</details>\n");
}
