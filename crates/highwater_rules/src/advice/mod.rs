//! What the whole report advises beside its findings: load test, monitoring, platform.

mod monitoring;
mod platform;
mod test_plan;

pub use monitoring::items as monitoring;
pub use platform::advice as platform;
pub use test_plan::{routes, steps as test_plan};

use highwater_finding::{Finding, Severity};

/// Findings that are worth a test and a gauge.
fn worth(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|f| f.severity >= Severity::Moderate && f.confidence.as_percent() >= 50)
}
