//! What makes a finding the same finding tomorrow.

use highwater_finding::Finding;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Sets the fingerprint of every finding.
///
/// It is made of the rule and of the subject's file, path and enclosing function, never of a line: moving code
/// keeps it. Equal ones are numbered in the order of their places.
pub fn set_all(findings: &mut [Finding]) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|a, b| findings[*a].place.cmp(&findings[*b].place));
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for at in order {
        let finding = &mut findings[at];
        let subject = &finding.subject;
        let key = [finding.kind, &subject.file, &subject.path, &subject.within].join("\0");
        let ordinal = seen.entry(key.clone()).or_insert(0);
        finding.fingerprint = format!("{:016x}", xxh3_64(format!("{key}\0{ordinal}").as_bytes()));
        *ordinal += 1;
    }
}
