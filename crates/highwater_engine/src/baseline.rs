//! Baselines: the findings a team has accepted for now, so that only new ones are shown.

use crate::{Error, output};
use highwater_finding::Finding;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::path::Path;

const SCHEMA: &str = "highwater-baseline/1";

#[derive(Serialize, Deserialize)]
struct Baseline {
    schema: String,
    findings: Vec<Entry>,
}

/// Only the fingerprint is compared; the rest is for people who read the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    subject: String,
}

/// Fingerprints of a baseline.
pub fn read(path: &Path) -> Result<FxHashSet<String>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
        help: "write one with `highwater scan PATH --write-baseline FILE`",
    })?;
    let wrong = |message: String| Error::Baseline { path: path.to_owned(), message };
    let baseline: Baseline = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if baseline.schema != SCHEMA {
        return Err(wrong(format!("its schema is `{}`, not `{SCHEMA}`", baseline.schema)));
    }
    Ok(baseline.findings.into_iter().map(|entry| entry.fingerprint).collect())
}

/// Writes the findings as a baseline, ordered so that a version control system shows small differences.
pub fn write<'f>(path: &Path, findings: impl IntoIterator<Item = &'f Finding>) -> Result<(), Error> {
    let mut entries: Vec<Entry> = findings
        .into_iter()
        .map(|f| Entry {
            fingerprint: f.fingerprint.clone(),
            rule: f.kind.to_owned(),
            file: f.subject.file.clone(),
            subject: f.subject.path.clone(),
        })
        .collect();
    entries.sort_by(|a, b| {
        (&a.file, &a.rule, &a.subject, &a.fingerprint).cmp(&(&b.file, &b.rule, &b.subject, &b.fingerprint))
    });
    let baseline = Baseline { schema: SCHEMA.to_owned(), findings: entries };
    let mut text = serde_json::to_string_pretty(&baseline)
        .map_err(|error| Error::Write { path: path.to_owned(), source: error.into() })?;
    text.push('\n');
    output::write_whole(path, text.as_bytes())
}
