//! `// highwater-ignore rule: reason` comments: which findings they hide, and which of them are wrong.

use crate::config::rule_help;
use highwater_finding::{Finding, Place, Problem, ProblemKind, Role};
use highwater_program::{FileFacts, FileRole, Suppression};
use rustc_hash::FxHashMap;

/// What the comments of a program come to.
pub struct Suppressed {
    /// For each finding, whether a comment hides it.
    pub hidden: Vec<bool>,
    /// Comments that name no rule or an unknown one, give no reason, or hide nothing.
    pub problems: Vec<Problem>,
}

/// Applies the suppressions of all files to all findings. `known` are the ids of the rules.
pub fn apply(files: &[FileFacts], findings: &[Finding], known: &[&str]) -> Suppressed {
    let mut at: FxHashMap<(&str, u32), Vec<usize>> = FxHashMap::default();
    for (index, finding) in findings.iter().enumerate() {
        for place in places(finding) {
            at.entry((&place.file, place.line)).or_default().push(index);
        }
    }
    let mut hidden = vec![false; findings.len()];
    let mut problems = Vec::new();
    for file in files.iter().filter(|f| matches!(f.role, FileRole::Source | FileRole::Script)) {
        for suppression in &file.suppressions {
            let here = at.get(&(file.path.as_str(), suppression.applies_to)).map_or(&[][..], Vec::as_slice);
            let mut say = |message| problems.push(problem(&file.path, suppression, message));
            one(suppression, here, findings, known, &mut hidden, &mut say);
        }
    }
    Suppressed { hidden, problems }
}

fn one(
    suppression: &Suppression,
    here: &[usize],
    findings: &[Finding],
    known: &[&str],
    hidden: &mut [bool],
    say: &mut dyn FnMut(String),
) {
    if suppression.rules.is_empty() {
        say("names no rule and hides nothing: write `highwater-ignore <rule>: <reason>`".to_owned());
        return;
    }
    if suppression.reason.trim().is_empty() {
        let rules = suppression.rules.join(", ");
        say(format!("gives no reason and hides nothing: write `highwater-ignore {rules}: <why it is fine>`"));
        return;
    }
    for rule in &suppression.rules {
        if !known.contains(&rule.as_str()) {
            say(format!("names `{rule}`, which is no rule: {}", rule_help(rule, known)));
            continue;
        }
        let mut used = false;
        for index in here.iter().filter(|index| findings[**index].kind == rule) {
            hidden[*index] = true;
            used = true;
        }
        if !used {
            let line = suppression.applies_to;
            say(format!("hides nothing: there is no `{rule}` finding at line {line}; remove the comment"));
        }
    }
}

/// Places at which a person would put the comment: what is declared or registered, and what makes it grow.
fn places(finding: &Finding) -> Vec<&Place> {
    let related = finding.related.iter().filter(|r| matches!(r.role, Role::Declaration | Role::Growth));
    let mut all: Vec<&Place> = related.map(|r| &r.place).chain([&finding.place]).collect();
    all.sort_by_key(|p| (&p.file, p.line));
    all.dedup_by_key(|p| (p.file.as_str(), p.line));
    all
}

fn problem(path: &str, suppression: &Suppression, message: String) -> Problem {
    let line = suppression.line;
    let place = Place {
        file: path.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 1,
        excerpt: String::new(),
    };
    Problem { kind: ProblemKind::Suppression, place, message }
}
