//! Gives places their source lines, and columns as editors count them.
//!
//! Rules speak in byte columns because facts keep no text. Here the files that a report speaks of are read once
//! more: columns become UTF-16 units and each place gets the lines of its span. A file that has gone or changed
//! since keeps its places without an excerpt.

use crate::load::read::{open, read_bytes};
use crate::load::text;
use highwater_finding::{Assurance, Evidence, Finding, Place, Problem};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Lines of an excerpt at most.
const MAX_LINES: usize = 6;
/// Bytes of an excerpt's line at most.
const MAX_LINE_BYTES: usize = 400;

/// Fills in every place of a report. Files above `max_bytes` were not read before and are not read now.
pub fn fill(
    root: &Path,
    max_bytes: u64,
    findings: &mut [Finding],
    assurances: &mut [Assurance],
    problems: &mut [Problem],
) {
    let mut by_file: BTreeMap<String, Vec<&mut Place>> = BTreeMap::new();
    let mut gather = |place| add(&mut by_file, place);
    for finding in findings {
        of_finding(finding, &mut gather);
    }
    for assurance in assurances {
        gather(&mut assurance.place);
        of_evidence(&mut assurance.evidence, &mut gather);
    }
    for problem in problems {
        gather(&mut problem.place);
    }
    by_file.into_par_iter().for_each(|(file, places)| fill_file(&root.join(&file), max_bytes, places));
}

fn add<'p>(by_file: &mut BTreeMap<String, Vec<&'p mut Place>>, place: &'p mut Place) {
    if place.line == 0 {
        return;
    }
    match by_file.get_mut(&place.file) {
        Some(places) => places.push(place),
        None => {
            by_file.insert(place.file.clone(), vec![place]);
        }
    }
}

fn of_finding<'p>(finding: &'p mut Finding, gather: &mut dyn FnMut(&'p mut Place)) {
    gather(&mut finding.place);
    for related in &mut finding.related {
        gather(&mut related.place);
    }
    of_evidence(&mut finding.evidence, gather);
    for remedy in &mut finding.remedies {
        for edit in &mut remedy.edits {
            gather(&mut edit.place);
        }
    }
}

fn of_evidence<'p>(evidence: &'p mut [Evidence], gather: &mut dyn FnMut(&'p mut Place)) {
    for reason in evidence {
        if let Some(place) = &mut reason.place {
            gather(place);
        }
    }
}

fn fill_file(path: &Path, max_bytes: u64, places: Vec<&mut Place>) {
    let Ok((file, size)) = open(path) else { return };
    if size > max_bytes {
        return;
    }
    let Ok(bytes) = read_bytes(file, size, max_bytes) else { return };
    let decoded = text::decode(&bytes);
    let lines: Vec<Line<'_>> = decoded.text.split('\n').map(Line::new).collect();
    for place in places {
        fill_place(place, &lines);
    }
}

/// A line without its end. Whether it is ASCII is asked once, for thousands of places may lie on one long line.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    is_ascii: bool,
}

impl<'t> Line<'t> {
    fn new(text: &'t str) -> Self {
        let text = text.strip_suffix('\r').unwrap_or(text);
        Line { text, is_ascii: text.is_ascii() }
    }
}

fn fill_place(place: &mut Place, lines: &[Line<'_>]) {
    let line = |number: u32| lines.get((number as usize).saturating_sub(1)).copied();
    if let Some(text) = line(place.line) {
        place.column = wide_column(text, place.column);
    }
    if let Some(text) = line(place.end_line) {
        place.end_column = wide_column(text, place.end_column);
    }
    let first = (place.line as usize).saturating_sub(1);
    let last = (place.end_line.max(place.line) as usize).min(first + MAX_LINES).min(lines.len());
    if let Some(span) = lines.get(first..last) {
        place.excerpt = span.iter().map(|l| clip(l.text)).collect::<Vec<_>>().join("\n");
    }
}

/// A 1-based byte column as a 1-based column of UTF-16 units. A column inside of a character means its start.
fn wide_column(line: Line<'_>, column: u32) -> u32 {
    let offset = (column as usize).saturating_sub(1);
    if line.is_ascii {
        return column.max(1);
    }
    let line = line.text;
    let units: usize = line
        .char_indices()
        .take_while(|(at, c)| at + c.len_utf8() <= offset)
        .map(|(_, c)| c.len_utf16())
        .sum();
    let beyond = offset.saturating_sub(line.len());
    (units + beyond) as u32 + 1
}

fn clip(line: &str) -> &str {
    &line[..line.floor_char_boundary(MAX_LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u32, column: u32, end_line: u32, end_column: u32) -> Place {
        Place { file: "x.ts".into(), line, column, end_line, end_column, excerpt: String::new() }
    }

    #[test]
    fn columns_become_utf16_units() {
        let mut umlaut = place(1, 5, 1, 7);
        fill_place(&mut umlaut, &[Line::new("äö x = 1")]);
        assert_eq!((umlaut.column, umlaut.end_column), (3, 5));
        let mut astral = place(1, 5, 1, 6);
        fill_place(&mut astral, &[Line::new("😀x")]);
        assert_eq!((astral.column, astral.end_column), (3, 4));
    }

    #[test]
    fn excerpts_are_short_and_never_out_of_bounds() {
        let lines: Vec<String> = (1..=20).map(|n| format!("line {n}")).collect();
        let lines: Vec<Line<'_>> = lines.iter().map(|l| Line::new(l)).collect();
        let mut long = place(3, 1, 19, 2);
        fill_place(&mut long, &lines);
        assert_eq!(long.excerpt, "line 3\nline 4\nline 5\nline 6\nline 7\nline 8");
        let mut gone = place(90, 1, 91, 2);
        fill_place(&mut gone, &lines);
        assert_eq!(gone.excerpt, "");
        let mut wide = place(1, 1, 1, 900);
        let text = "ä".repeat(500);
        fill_place(&mut wide, &[Line::new(&text)]);
        assert_eq!(wide.excerpt.len(), 400);
    }
}
