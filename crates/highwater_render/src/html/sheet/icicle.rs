//! An icicle: each piece lies under the one it belongs to and is as wide as it has bytes.
//!
//! An SVG whose pieces are placed in per cent and whose text has a fixed size: it fits every screen, and a label is
//! as legible on a phone as on a wall. Labels that have no room are left out; each piece tells all in its title.

use highwater_finding::sheet::{Icicle, Piece};

use super::super::text::escape;
use crate::{values, words};

/// Height of a piece.
const HEIGHT: usize = 30;
/// Colours; they repeat.
const TONES: usize = 6;
/// Pieces narrower than this, in parts of ten thousand, are not drawn.
const LEAST: u64 = 12;
/// Rows that are drawn.
const ROWS_MAX: u32 = 24;

/// Where a piece lies, in parts of a million of the whole width.
struct Spot {
    left: u64,
    width: u64,
    /// Where the next piece under it begins.
    next: u64,
}

/// The picture; empty without pieces.
pub(super) fn html(icicle: &Icicle) -> String {
    let Some(top) = icicle.pieces.first().filter(|top| top.bytes > 0) else { return String::new() };
    let mut spots: Vec<Spot> = Vec::new();
    let coloured = coloured(icicle, top);
    let mut tone = 0;
    let mut deepest = 0;
    let mut pieces = String::new();
    for piece in icicle.pieces.iter().filter(|piece| piece.depth < ROWS_MAX) {
        let depth = piece.depth as usize;
        // A piece whose parent is not drawn, or which is deeper than a step, has no place.
        if depth > spots.len() {
            continue;
        }
        spots.truncate(depth);
        if (1..=coloured).contains(&piece.depth) {
            tone += 1;
        }
        let spot = place(piece, top, spots.last_mut());
        if spot.width < LEAST * 100 {
            continue;
        }
        deepest = deepest.max(depth);
        draw(piece, top, &spot, tone, &mut pieces);
        spots.push(spot);
    }
    let height = (deepest + 1) * HEIGHT;
    let name = format!("Who holds how much of {}", words::bytes(top.bytes));
    format!(
        "<svg class=\"icicle\" width=\"100%\" height=\"{height}\" role=\"img\" aria-label=\"{name}\">\n{pieces}</svg>\n"
    )
}

/// The depth down to which each piece has a colour of its own: one row further for each that is mostly one piece.
fn coloured(icicle: &Icicle, top: &Piece) -> u32 {
    const DEPTH_MAX: u32 = 4;
    let is_one = |depth: &u32| {
        let widest = icicle.pieces.iter().filter(|p| p.depth == *depth).map(|p| p.bytes).max();
        widest.unwrap_or(0) / 6 >= top.bytes / 10
    };
    (1..DEPTH_MAX).take_while(is_one).count() as u32 + 1
}

/// The spot of a piece behind its elder siblings; it never leaves that of its parent.
fn place(piece: &Piece, top: &Piece, parent: Option<&mut Spot>) -> Spot {
    let width = (u128::from(piece.bytes) * 1_000_000 / u128::from(top.bytes.max(1))) as u64;
    let Some(parent) = parent else { return Spot { left: 0, width: 1_000_000, next: 0 } };
    let left = parent.next.min(parent.left + parent.width);
    let width = width.min(parent.left + parent.width - left);
    parent.next = left + width;
    Spot { left, width, next: left }
}

fn draw(piece: &Piece, top: &Piece, spot: &Spot, tone: usize, out: &mut String) {
    let percent = |parts: u64| format!("{}.{:03}%", parts / 10_000, parts % 10_000 / 10);
    let class = match (piece.depth, tone) {
        (0, _) => "top".to_owned(),
        (_, tone) => {
            format!("t{} {}", (tone - 1) % TONES, if piece.depth.is_multiple_of(2) { "even" } else { "odd" })
        }
    };
    let name = values::visible(&piece.name);
    let bytes = words::bytes(piece.bytes);
    let mut tip =
        format!("{} — {bytes}, {}", values::cut_end(&name, 300), words::share(piece.bytes, top.bytes));
    if let Some(id) = piece.id {
        tip.push_str(&format!(", @{id}"));
    }
    if piece.count > 1 {
        tip.push_str(&format!(", {}", words::count(piece.count, "object")));
    }
    if !piece.note.is_empty() {
        tip.push_str(&format!("\n{}", values::visible(&piece.note)));
    }
    out.push_str(&format!(
        "<svg class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\"><title>{}</title><rect width=\"100%\" height=\"100%\" rx=\"2\"/>",
        percent(spot.left),
        piece.depth as usize * HEIGHT,
        percent(spot.width),
        escape(&tip)
    ));
    // About 7 pixels a character; the page is 340 to 1,040 pixels wide.
    let room = |pixels: u64| (spot.width * pixels / 1_000_000).saturating_sub(10) / 7;
    let label = format!("{name} {bytes}");
    let (wide, narrow) = (fitted(&name, &label, room(1040)), fitted(&name, &label, room(340)));
    if wide == narrow {
        text(&wide, "", out);
    } else {
        text(&wide, " class=\"wide\"", out);
        text(&narrow, " class=\"narrow\"", out);
    }
    out.push_str("</svg>\n");
}

/// Name and bytes, the name alone, or as much of it as has room; nothing when that would tell nothing.
fn fitted(name: &str, label: &str, room: u64) -> String {
    let room = room as usize;
    if label.chars().count() <= room {
        label.to_owned()
    } else if room >= 4 {
        values::cut_end(name, room)
    } else {
        String::new()
    }
}

fn text(label: &str, class: &str, out: &mut String) {
    if !label.is_empty() {
        out.push_str(&format!("<text{class} x=\"6\" y=\"20\">{}</text>", escape(label)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(depth: u32, name: &str, bytes: u64) -> Piece {
        Piece { depth, name: name.into(), id: None, bytes, count: 1, note: String::new() }
    }

    #[test]
    fn pieces_lie_side_by_side_under_their_parent() {
        let pieces = vec![
            piece(0, "all", 100),
            piece(1, "a", 60),
            piece(2, "b", 60),
            piece(1, "c", 40),
            piece(2, "d", 1000),
        ];
        let html = html(&Icicle { pieces });
        for wanted in [
            "x=\"0.000%\" y=\"30\" width=\"60.000%\"",
            "x=\"0.000%\" y=\"60\" width=\"60.000%\"",
            "x=\"60.000%\" y=\"30\" width=\"40.000%\"",
            "x=\"60.000%\" y=\"60\" width=\"40.000%\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
    }

    #[test]
    fn odd_pieces_draw_nothing_wrong() {
        assert_eq!(html(&Icicle::default()), "");
        assert_eq!(html(&Icicle { pieces: vec![piece(0, "x", 0)] }), "");
        let html = html(&Icicle {
            pieces: vec![piece(0, "x", u64::MAX), piece(5, "y", 3), piece(1, "z", u64::MAX)],
        });
        assert_eq!(html.matches("<rect").count(), 2);
    }
}
