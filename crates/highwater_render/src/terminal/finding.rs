//! One finding on a terminal: the line that stands alone, code frames, growth, argument, remedy.

use anstyle::Style;
use highwater_finding::{Finding, Related, Remedy, Role};

use super::Screen;
use super::frame::Frame;
use super::paint::{self, CODE, FAINT, FRAME, GOOD, STRONG};
use crate::{experiment, plan, words};

/// Draws the finding. Its first line stands alone.
pub(super) fn draw(screen: Screen, finding: &Finding, out: &mut String) {
    head(screen, finding, out);
    let notes = places(screen, finding, out);
    facts(notes, finding, out);
    argument(notes, finding, out);
    remedies(notes, finding, out);
}

/// The same for what an experiment saw: with what holds the memory.
pub(super) fn draw_measured(screen: Screen, finding: &Finding, out: &mut String) {
    head(screen, finding, out);
    let notes = places(screen, finding, out);
    if let Some(holder) = holder(finding) {
        notes.note(STRONG, "holder", &holder, out);
    }
    facts(notes, finding, out);
    argument(notes, finding, out);
    remedies(notes, finding, out);
}

fn head(screen: Screen, finding: &Finding, out: &mut String) {
    let style = paint::severity(finding.severity);
    let head = screen.paint.say(style, &format!("{}[{}]", finding.severity.word(), finding.kind));
    let title = screen.paint.message(STRONG, &words::one_line(&finding.title));
    out.push_str(&format!("{head}: {title}\n"));
}

/// The frames and the places without one.
fn places(screen: Screen, finding: &Finding, out: &mut String) -> Notes {
    let style = paint::severity(finding.severity);
    let frame = Frame {
        paint: screen.paint,
        width: screen.width,
        gutter: gutter(finding),
        arrow: "-->",
        mark: '^',
        style,
        label: "",
    };
    let rest = frames(screen, frame, finding, out);
    out.push_str(&format!("{}\n", frame.bar().trim_end_matches(' ')));
    let notes = Notes { screen, gutter: frame.gutter };
    for related in rest {
        let text = format!("{}: {}", words::place(&related.place), related.note);
        notes.note(FRAME, related.role.word(), &text, out);
    }
    notes
}

/// The main frame and one for the first growth site (all sites when verbose); returns the places without one.
fn frames<'a>(screen: Screen, frame: Frame<'_>, finding: &'a Finding, out: &mut String) -> Vec<&'a Related> {
    let at_main = finding.related.iter().find(|r| same_line(r, finding));
    frame_with_label(frame, at_main.map(|r| r.note.as_str()), finding, out);
    let mut rest = Vec::new();
    let mut drawn = false;
    for related in finding.related.iter().filter(|r| at_main.is_none_or(|main| !std::ptr::eq(main, *r))) {
        let wanted = screen.verbose || (related.role == Role::Growth && !drawn);
        if wanted && !related.place.excerpt.is_empty() && !same_line(related, finding) {
            drawn |= related.role == Role::Growth;
            out.push_str(&format!("{}\n", frame.bar().trim_end_matches(' ')));
            let further = Frame { arrow: ":::", mark: '-', style: FRAME, label: &related.note, ..frame };
            further.draw(&related.place, out);
        } else {
            rest.push(related);
        }
    }
    rest
}

fn frame_with_label(frame: Frame<'_>, label: Option<&str>, finding: &Finding, out: &mut String) {
    Frame { label: label.unwrap_or(""), ..frame }.draw(&finding.place, out);
}

fn same_line(related: &Related, finding: &Finding) -> bool {
    related.place.file == finding.place.file && related.place.line == finding.place.line
}

/// Columns for the largest line number shown.
fn gutter(finding: &Finding) -> usize {
    let places = finding.related.iter().map(|r| &r.place).chain([&finding.place]);
    let last = places.map(|p| u64::from(p.line) + p.excerpt.lines().count() as u64).max();
    last.unwrap_or(1).to_string().len().max(2)
}

/// Lines under the frames: `= label: text`.
#[derive(Clone, Copy)]
struct Notes {
    screen: Screen,
    gutter: usize,
}

impl Notes {
    fn note(self, style: Style, label: &str, text: &str, out: &mut String) {
        let paint = self.screen.paint;
        let sign = paint.say(FRAME, "=");
        let indent = self.gutter + 3 + label.len() + 2;
        let text = paint.wrapped(Style::new(), text, indent, self.screen.width);
        let margin = " ".repeat(self.gutter);
        let line = format!("{margin} {sign} {} {text}", paint.say(style, &format!("{label}:")));
        out.push_str(line.trim_end());
        out.push('\n');
    }

    fn code(self, code: &str, out: &mut String) {
        let margin = " ".repeat(self.gutter + 5);
        out.push('\n');
        for line in code.lines() {
            let line = line.replace('\t', "    ");
            out.push_str(format!("{margin}{}", self.screen.paint.say(CODE, &line)).trim_end());
            out.push('\n');
        }
        out.push('\n');
    }
}

fn facts(notes: Notes, finding: &Finding, out: &mut String) {
    let sure = format!("{}; {}", finding.confidence, words::verdict(finding.verdict));
    notes.note(STRONG, "confidence", &sure, out);
    if !finding.impact.is_empty() {
        notes.note(STRONG, "impact", &finding.impact, out);
    }
    if let Some(growth) = &finding.growth {
        notes.note(STRONG, "growth", &words::growth_line(growth), out);
        if notes.screen.verbose && !growth.shape.is_empty() {
            notes.note(FAINT, "one entry", &growth.shape, out);
        }
    }
}

/// What holds the memory, once it was seen: "`Queue.#waiting` in `Queue`".
fn holder(finding: &Finding) -> Option<String> {
    let name = experiment::name(finding);
    let within = match finding.subject.within.as_str() {
        "" => String::new(),
        within => format!(" in `{within}`"),
    };
    (experiment::is_grown(finding) && !name.is_empty()).then(|| format!("`{name}`{within}"))
}

fn argument(notes: Notes, finding: &Finding, out: &mut String) {
    if finding.evidence.is_empty() {
        return;
    }
    notes.note(STRONG, "because", "", out);
    let margin = " ".repeat(notes.gutter + 5);
    for (index, step) in finding.evidence.iter().enumerate() {
        let place = match &step.place {
            Some(place) if words::is_known(place) => format!(" ({})", words::place(place)),
            _ => String::new(),
        };
        let number = format!("{}. ", index + 1);
        let indent = margin.len() + number.len();
        let text = format!("{}{place}", step.claim);
        let text = notes.screen.paint.wrapped(Style::new(), &text, indent, notes.screen.width);
        out.push_str(&format!("{margin}{number}{text}\n"));
    }
}

fn remedies(notes: Notes, finding: &Finding, out: &mut String) {
    let remedies = plan::remedies(finding);
    let shown = if notes.screen.verbose { remedies.len() } else { 1 };
    for (index, remedy) in remedies.iter().take(shown).enumerate() {
        self::remedy(notes, if index == 0 { "fix" } else { "or" }, remedy, out);
    }
    if remedies.len() > shown {
        let more = format!("{} with `--verbose`", words::count_of(remedies.len() - shown, "more option"));
        notes.note(FAINT, "or", &more, out);
    }
}

fn remedy(notes: Notes, label: &str, remedy: &Remedy, out: &mut String) {
    let by_tool = if remedy.edits.is_empty() || !plan::HAS_FIX { "" } else { ", `highwater fix` can do it" };
    let text = format!("{} ({}{by_tool})", remedy.title, remedy.effort.word());
    notes.note(GOOD, label, &text, out);
    if let Some((before, after)) = &remedy.before_after {
        notes.note(FAINT, "before", before, out);
        notes.note(FAINT, "after", after, out);
    }
    if notes.screen.verbose {
        if !remedy.benefit.is_empty() {
            notes.note(FAINT, "benefit", &remedy.benefit, out);
        }
        if !remedy.code.is_empty() {
            notes.code(&remedy.code, out);
        }
    }
}
