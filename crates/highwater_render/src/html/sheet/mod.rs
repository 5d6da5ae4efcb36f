//! A sheet as one page in the look of the report: the answer, figures, then block by block. Works without script.

mod icicle;
mod series;
mod table;
mod tree;

use highwater_finding::sheet::{Block, Body, Cell, Fact, Next, Note, Picture, Sheet, Tone};

use super::text::{code, escape, rich};
use super::{finding, page};
use crate::{plan, values};

const STYLE: &str = include_str!("style.css");

/// Longer names and strings are cut, with the whole in a tooltip: one of them must not fill the page.
const ROOM: usize = 120;
/// Tooltips end here.
const TIP: usize = 1_000;

/// The whole page.
pub(crate) fn sheet(sheet: &Sheet) -> String {
    let title = sheet.title.replace('`', "");
    page(&format!("{}: Highwater", escape(&title)), STYLE, "sheet", &sheet.tool_version, |out| {
        header(sheet, out);
        out.push_str("<main>\n");
        for block in &sheet.blocks {
            self::block(block, out);
        }
        next(&sheet.next, out);
        out.push_str("</main>\n");
    })
}

fn header(sheet: &Sheet, out: &mut String) {
    out.push_str(&format!("<header>\n<p class=\"kicker\">highwater {}</p>\n", escape(sheet.command)));
    out.push_str(&format!("<h1>{}</h1>\n", rich(&sheet.title)));
    if !sheet.lead.is_empty() {
        out.push_str(&format!("<p class=\"lead\">{}</p>\n", rich(&sheet.lead)));
    }
    if !sheet.figures.is_empty() {
        out.push_str("<dl class=\"tiles\">\n");
        for fact in &sheet.figures {
            tile(fact, out);
        }
        out.push_str("</dl>\n");
    }
    out.push_str("</header>\n");
}

fn tile(fact: &Fact, out: &mut String) {
    let note =
        if fact.note.is_empty() { String::new() } else { format!(" <span>{}</span>", rich(&fact.note)) };
    let value = match &fact.value {
        Cell::Name(_) | Cell::Quote(_) | Cell::Place(_) | Cell::Trend(_) => value(&fact.value),
        value => escape(&values::text(value)),
    };
    let label = rich(&fact.label);
    out.push_str(&format!(
        "<div class=\"tile\"><dt>{label}</dt><dd><strong{}>{value}</strong>{note}</dd></div>\n",
        exact(&fact.value)
    ));
}

/// The exact figure behind a rounded one, as a tooltip.
fn exact(cell: &Cell) -> String {
    let bytes = match cell {
        Cell::Bytes(bytes) if *bytes >= 1024 => i128::from(*bytes),
        Cell::SignedBytes(bytes) if bytes.unsigned_abs() >= 1024 => i128::from(*bytes),
        _ => return String::new(),
    };
    let sign = if bytes < 0 { "-" } else { "" };
    let figure = crate::words::thousands(u64::try_from(bytes.unsigned_abs()).unwrap_or(u64::MAX));
    format!(" title=\"{sign}{figure} bytes\"")
}

fn block(block: &Block, out: &mut String) {
    if let Body::Note(note) = &block.body {
        return self::note(note, out);
    }
    let heading = rich(&block.title);
    let about = if block.about.is_empty() {
        String::new()
    } else {
        format!("<p class=\"about\">{}</p>\n", rich(&block.about))
    };
    let key = escape(block.key.as_str());
    let body = body(block);
    if block.folded {
        out.push_str(&format!(
            "<section id=\"{key}\">\n<details class=\"fold\">\n<summary><h2>{heading}</h2></summary>\n{about}{body}</details>\n</section>\n"
        ));
    } else {
        out.push_str(&format!("<section id=\"{key}\">\n<h2>{heading}</h2>\n{about}{body}</section>\n"));
    }
}

fn body(block: &Block) -> String {
    match &block.body {
        Body::Facts(facts) => self::facts(facts),
        Body::Table(table) => table::html(&values::known(table)),
        Body::Tree(tree) => tree::html(tree),
        Body::Picture(Picture::Icicle(icicle)) => icicle::html(icicle),
        Body::Picture(Picture::Series(series)) => series::html(series),
        Body::Findings(findings) => {
            let mut html = String::new();
            for entry in plan::numbers(findings) {
                finding::article(&[], &entry, &mut html);
            }
            if findings.is_empty() { "<p>None.</p>\n".to_owned() } else { html }
        }
        Body::Note(_) => String::new(),
    }
}

fn note(note: &Note, out: &mut String) {
    let word = note.tone.word();
    let label = match note.tone {
        Tone::Info => "Note",
        Tone::Good => "Good",
        Tone::Warning => "Warning",
        Tone::Partial => "Partial",
    };
    out.push_str(&format!("<p class=\"note {word}\"><strong>{label}</strong> {}</p>\n", rich(&note.text)));
}

fn facts(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return "<p>Nothing.</p>\n".to_owned();
    }
    let mut html = String::from("<dl class=\"facts\">\n");
    for fact in facts {
        let note = if fact.note.is_empty() {
            String::new()
        } else {
            format!(" <span class=\"faint\">{}</span>", rich(&fact.note))
        };
        html.push_str(&format!(
            "<div><dt>{}</dt><dd>{}{note}</dd></div>\n",
            rich(&fact.label),
            value(&fact.value)
        ));
    }
    html.push_str("</dl>\n");
    html
}

/// A value in a line, a table or a tree.
fn value(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "<span class=\"faint\">-</span>".to_owned(),
        Cell::Text(text) => rich(text),
        Cell::Name(_) => {
            let shown = values::cut(cell, ROOM);
            format!("<code class=\"name\"{}>{}</code>", tip(cell, &shown), breakable(&shown))
        }
        Cell::Quote(_) => {
            let shown = values::cut(cell, ROOM);
            format!("<code class=\"quote\"{}>{}</code>", tip(cell, &shown), escape(&shown))
        }
        Cell::Place(_) => {
            let shown = values::cut(cell, ROOM);
            format!("<code class=\"path\"{}>{}</code>", tip(cell, &shown), breakable(&shown))
        }
        Cell::Id(id) => format!("<span class=\"id\">@{id}</span>"),
        Cell::Bytes(_) | Cell::SignedBytes(_) => {
            format!("<span{}>{}</span>", exact(cell), escape(&values::text(cell)))
        }
        Cell::Trend(values) => series::spark(values),
        cell => escape(&values::text(cell)),
    }
}

/// The whole text as a tooltip when only a part is shown.
fn tip(cell: &Cell, shown: &str) -> String {
    let whole = values::text(cell);
    if whole == shown {
        String::new()
    } else {
        format!(" title=\"{}\"", escape(&values::cut_end(&whole, TIP)))
    }
}

/// Text that may break where a name has a joint.
fn breakable(text: &str) -> String {
    escape(text).replace('/', "/<wbr>").replace('.', ".<wbr>").replace('_', "_<wbr>")
}

fn more(rows: u64) -> String {
    if rows == 0 {
        return String::new();
    }
    format!(
        "<p class=\"faint\">{}</p>\n",
        escape(&values::more(rows)).replace("--limit", "<code>--limit</code>")
    )
}

fn next(list: &[Next], out: &mut String) {
    if list.is_empty() {
        return;
    }
    out.push_str("<section id=\"next\">\n<h2>Next</h2>\n<dl class=\"next\">\n");
    for next in list {
        let command = code(&values::visible(&next.command));
        out.push_str(&format!("<div><dt>{command}</dt><dd>{}</dd></div>\n", rich(&next.why)));
    }
    out.push_str("</dl>\n</section>\n");
}
