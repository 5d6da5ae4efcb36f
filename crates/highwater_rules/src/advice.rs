//! What the whole report advises beside its findings: load test, monitoring, platform.

use highwater_finding::{Finding, LoadStep, MonitorItem};
use highwater_program::Program;

/// The suggested load test and monitoring.
pub fn plans(_findings: &[Finding]) -> (Vec<LoadStep>, Vec<MonitorItem>) {
    (vec![], vec![])
}

/// What to do and not to do on the platform.
pub fn platform(_program: &Program) -> (Vec<String>, Vec<String>) {
    (vec![], vec![])
}
