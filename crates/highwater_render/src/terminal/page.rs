//! Rule pages and the table of rules on a terminal. It must not know findings.

use anstyle::Style;
use highwater_finding::Card;

use super::paint::{self, CODE, FAINT, FRAME, Paint, STRONG};
use crate::words;

/// A rule's page: Markdown as it is, with headings, code and lists told apart by style.
pub(crate) fn explain(card: &Card, color: bool) -> String {
    let paint = Paint { color };
    let mut out = String::new();
    let severity = paint.say(paint::severity(card.default_severity), card.default_severity.word());
    out.push_str(&format!("{}: {}\n", paint.say(STRONG, card.id), paint.message(STRONG, card.title)));
    let fix = match words::fix_safety(card.fix_safety) {
        "none" => "by hand",
        "safe" => "an exact edit, safe to make",
        _ => "an exact edit, to be reviewed",
    };
    let kind = if card.advice { ", advice" } else { "" };
    let fix = paint.message(Style::new(), fix);
    out.push_str(&format!("{severity} by default{kind}; fix: {fix}; since {}\n\n", card.since));
    let mut fenced = false;
    for line in card.page.lines() {
        let fence = line.trim_start().starts_with("```");
        out.push_str(page_line(paint, line, fenced || fence).trim_end());
        out.push('\n');
        fenced ^= fence;
    }
    out
}

fn page_line(paint: Paint, line: &str, code: bool) -> String {
    let bare = line.trim_start();
    if code {
        let style = if bare.starts_with("```") { FAINT } else { CODE };
        return paint.say(style, &line.replace('\t', "    "));
    }
    if bare.starts_with('#') {
        let text = if paint.color { bare.trim_start_matches('#').trim_start() } else { bare };
        return paint.message(FRAME, text);
    }
    if bare.starts_with("> ") {
        return paint.message(FAINT, line);
    }
    emphasis(paint, line)
}

/// `**strong**` in bold; without colour the line stays as it is.
fn emphasis(paint: Paint, line: &str) -> String {
    if !paint.color || !line.matches("**").count().is_multiple_of(2) {
        return paint.message(Style::new(), line);
    }
    let styles = [Style::new(), STRONG].into_iter().cycle();
    line.split("**").zip(styles).map(|(part, style)| paint.message(style, part)).collect()
}

/// One line per rule, in the order given.
pub(crate) fn rules_table(cards: &[Card], color: bool) -> String {
    let paint = Paint { color };
    let wide = cards.iter().map(|card| card.id.len()).max().unwrap_or(0).max(4);
    let head = format!("{:<wide$}  {:<8}  {:<12}  what", "rule", "severity", "fix");
    let mut out = format!("{}\n", paint.say(FAINT, &head));
    for card in cards {
        let id = paint.say(STRONG, &format!("{:<wide$}", card.id));
        let style = paint::severity(card.default_severity);
        let severity = paint.say(style, &format!("{:<8}", card.default_severity.word()));
        let fix = paint.say(FAINT, &format!("{:<12}", words::fix_safety(card.fix_safety)));
        let title = paint.message(Style::new(), card.title);
        let advice = if card.advice { paint.say(FAINT, " (advice)") } else { String::new() };
        out.push_str(&format!("{id}  {severity}  {fix}  {title}{advice}\n"));
    }
    out.push_str(&format!("\n{}\n", words::count_of(cards.len(), "rule")));
    out
}
