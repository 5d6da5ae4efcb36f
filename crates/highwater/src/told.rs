//! What a scan came to, in the form in which it is kept from run to run: how bad it is, one line, and the report.

use crate::console::{self, Failure};
use highwater_finding::{Report, Severity};
use highwater_render::{Format, Options};

const SEVERITIES: [Severity; 3] = [Severity::Low, Severity::Moderate, Severity::Critical];

/// How a report is to be written.
#[derive(Debug)]
pub struct Plan {
    /// In which form.
    pub format: Format,
    /// How it is to look.
    pub options: Options,
}

/// What a scan came to.
pub struct Told {
    /// The severity of the worst finding.
    pub worst: Option<Severity>,
    bytes: Vec<u8>,
    summary_end: usize,
}

/// The number of the worst severity, the length of the summary.
const HEAD: usize = 5;

/// A report by a plan, as bytes. Without a plan nobody is going to look at it.
pub fn write(report: &Report, plan: Option<&Plan>) -> Vec<u8> {
    let worst = report.findings.iter().map(|f| f.severity).max();
    let number =
        worst.and_then(|worst| SEVERITIES.iter().position(|s| *s == worst)).map_or(0, |n| n as u8 + 1);
    let summary = console::summary(report);
    let mut bytes = vec![number];
    bytes.extend_from_slice(&(summary.len() as u32).to_le_bytes());
    bytes.extend_from_slice(summary.as_bytes());
    if let Some(plan) = plan {
        // Memory takes everything that is written to it.
        let _ = highwater_render::render(report, plan.format, &plan.options, &mut bytes);
    }
    bytes
}

impl Told {
    /// What [`write()`] has written.
    pub fn read(bytes: Vec<u8>) -> Result<Told, Failure> {
        let parts = bytes.split_first_chunk::<HEAD>().and_then(|([worst, length @ ..], rest)| {
            let length = u32::from_le_bytes(*length) as usize;
            (length <= rest.len()).then_some((*worst, HEAD + length))
        });
        let Some((worst, summary_end)) = parts else {
            return Err(Failure::new("what was kept of an earlier run is broken\n  help: use `--no-cache`"));
        };
        let worst = usize::from(worst).checked_sub(1).and_then(|n| SEVERITIES.get(n)).copied();
        Ok(Told { worst, bytes, summary_end })
    }

    /// "2 critical, 1 moderate, 0 low".
    pub fn summary(&self) -> String {
        String::from_utf8_lossy(&self.bytes[HEAD..self.summary_end]).into_owned()
    }

    /// The report.
    pub fn report(&self) -> &[u8] {
        &self.bytes[self.summary_end..]
    }
}
