//! What can be told of a picture in a few lines of text.

use highwater_finding::sheet::{Icicle, Picture, Series};

use super::super::Screen;
use super::super::paint::{self, CODE, FAINT};
use crate::{values, words};

/// Columns of a bar.
const BAR: usize = 24;
/// Rows of an icicle.
const ROWS_MAX: usize = 12;

/// Draws what fits.
pub(super) fn draw(screen: Screen, picture: &Picture, out: &mut String) {
    match picture {
        Picture::Icicle(icicle) => self::icicle(screen, icicle, out),
        Picture::Series(series) => self::series(screen, series, out),
    }
}

/// The pieces directly under the first one, each with its bar.
fn icicle(screen: Screen, icicle: &Icicle, out: &mut String) {
    let Some(top) = icicle.pieces.first() else { return };
    let pieces: Vec<_> = icicle.pieces.iter().filter(|piece| piece.depth == 1).collect();
    for piece in pieces.iter().take(ROWS_MAX) {
        let bar = values::bar(piece.bytes, top.bytes, BAR);
        let pad = " ".repeat(BAR - paint::width(&bar));
        let bytes = words::bytes(piece.bytes);
        let share = words::share(piece.bytes, top.bytes);
        let room = screen.width.saturating_sub(BAR + 24).max(12);
        let name = paint::fit_middle(&values::visible(&piece.name), room);
        let bar = screen.paint.say(FAINT, &bar);
        out.push_str(&format!("  {bar}{pad} {bytes:>9} {share:>7}  {}\n", screen.paint.say(CODE, &name)));
    }
    if pieces.len() > ROWS_MAX {
        let rest = words::count_of(pieces.len() - ROWS_MAX, "smaller piece");
        out.push_str(&format!("  {}\n", screen.paint.say(FAINT, &format!("… {rest}"))));
    }
}

fn series(screen: Screen, series: &Series, out: &mut String) {
    let changes: Vec<String> = series.lines.iter().map(|line| values::change(line, series)).collect();
    let wide = changes.iter().map(|change| paint::width(change)).max().unwrap_or(0);
    for (line, change) in series.lines.iter().zip(&changes) {
        let curve = values::curve(&line.values);
        let room = screen.width.saturating_sub(wide + curve.chars().count() + 8).max(12);
        let name = paint::fit_middle(&values::visible(&line.name), room);
        let note = match line.note.as_str() {
            note if note.is_empty() || paint::width(&name) + paint::width(note) + 2 > room => String::new(),
            note => format!("  {}", screen.paint.message(FAINT, &paint::flat(note))),
        };
        let name = screen.paint.say(CODE, &name);
        out.push_str(&format!("  {curve}  {change:>wide$}  {name}{note}\n"));
    }
}
