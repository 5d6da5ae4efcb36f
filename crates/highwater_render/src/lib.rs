//! Report or sheet to text: one file or folder per format. It sees only [`Report`] and [`Sheet`]; it reads no files,
//! clock or environment.
//!
//! The same report gives the same bytes. Text that comes from scanned code or from a heap is escaped for the format it
//! enters: a file name or a comment in somebody's source must not become markup, a workflow command or a
//! terminal sequence.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod curve;
mod experiment;
mod format;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod plan;
mod sarif;
mod terminal;
mod values;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_experiment;
#[cfg(test)]
mod sample_sheet;
#[cfg(test)]
mod tests;

use std::io;

use highwater_finding::sheet::Sheet;
use highwater_finding::{Card, Report};

pub use format::{Format, SheetFormat, UnknownFormat};

/// How a report is shown. Only the terminal looks at it; files look the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// ANSI colours. The caller decides from NO_COLOR and the kind of output.
    pub color: bool,
    /// Columns of the terminal; lines are wrapped to it. Values below 40 count as 40.
    pub width: u16,
    /// In the terminal: every remedy with its code, and what is held with the reason.
    pub verbose: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { color: false, width: 100, verbose: false }
    }
}

/// Writes `report` to `out` in `format`. The only errors are those of `out`.
pub fn render(report: &Report, format: Format, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let text = match format {
        Format::Terminal => terminal::report(report, *options),
        Format::Markdown => markdown::report(report),
        Format::Html => html::report(report),
        Format::Json => json::report(report)?,
        Format::Sarif => sarif::report(report)?,
        Format::Github => github::report(report),
        Format::Gitlab => gitlab::report(report)?,
        Format::Junit => junit::report(report),
    };
    out.write_all(text.as_bytes())
}

/// Writes `sheet` to `out` in `format`. The only errors are those of `out`.
pub fn render_sheet(
    sheet: &Sheet,
    format: SheetFormat,
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let text = match format {
        SheetFormat::Terminal => terminal::sheet(sheet, *options),
        SheetFormat::Markdown => markdown::sheet(sheet),
        SheetFormat::Html => html::sheet(sheet),
        SheetFormat::Json => json::sheet(sheet)?,
    };
    out.write_all(text.as_bytes())
}

/// Writes a rule's Markdown page, lightly styled for a terminal.
pub fn explain(card: &Card, color: bool, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(terminal::explain(card, color).as_bytes())
}

/// Writes one line per rule: id, default severity, whether Highwater can fix it, title.
pub fn rules_table(cards: &[Card], color: bool, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(terminal::rules_table(cards, color).as_bytes())
}
