//! What a person at a prompt sees: findings like a compiler's errors, then a summary. It must not decide colour.

mod experiment;
mod finding;
mod frame;
mod page;
mod paint;
mod sheet;
mod summary;

use highwater_finding::Report;

use crate::Options;
use paint::Paint;

pub(crate) use page::{explain, rules_table};
pub(crate) use sheet::sheet;

/// The findings, what is held (when verbose), what could not be read, and the summary; the experiment before all when
/// one was made.
pub(crate) fn report(report: &Report, options: Options) -> String {
    let screen = Screen::new(options);
    let mut out = String::new();
    if let Some(made) = &report.experiment {
        experiment::report(screen, report, made, &mut out);
        return out;
    }
    for found in &report.findings {
        finding::draw(screen, found, &mut out);
        out.push('\n');
    }
    if options.verbose {
        summary::held(screen, report, &mut out);
    }
    summary::problems(screen, report, &mut out);
    summary::draw(screen, report, &mut out);
    out
}

/// How this terminal is drawn on.
#[derive(Clone, Copy)]
struct Screen {
    paint: Paint,
    width: usize,
    verbose: bool,
}

impl Screen {
    fn new(options: Options) -> Self {
        Screen {
            paint: Paint { color: options.color },
            width: usize::from(options.width).max(40),
            verbose: options.verbose,
        }
    }
}
