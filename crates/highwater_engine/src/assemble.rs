//! Puts a report together from its parts, each in its order.

use highwater_finding::{Assurance, CodeBase, Finding, Place, Problem, ProblemKind, Verdict};
use highwater_program::{FileFacts, FileRole, Program};
use std::cmp::{Ordering, Reverse};

/// Whether rules judge a file of this part.
pub fn is_judged(role: FileRole) -> bool {
    matches!(role, FileRole::Source | FileRole::Script)
}

/// Counts what was read.
pub fn count(files: &[FileFacts]) -> CodeBase {
    let mut code = CodeBase::default();
    for file in files {
        if !is_judged(file.role) {
            code.not_judged += 1;
            continue;
        }
        let lines = u64::from(file.lines);
        code.files += 1;
        code.lines += lines;
        code.bytes += u64::from(file.bytes);
        // The first function of a file is its module body.
        code.functions += (file.functions.len() as u64).saturating_sub(1);
        // Files come sorted by path, so of two equally long ones the first is named.
        if code.largest.as_ref().is_none_or(|(_, most)| *most < lines) {
            code.largest = Some((file.path.clone(), lines));
        }
    }
    code
}

/// Counts the entry points of judged files.
pub fn entry_points(program: &Program) -> u64 {
    let role = |file: u32| program.linked.files.get(file as usize).map(|f| f.role);
    let entries = program.calls.entries.list.iter();
    entries.filter(|entry| role(entry.func.file.0).is_some_and(is_judged)).count() as u64
}

/// Most severe first, then most sure, then by place.
pub fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let rank = |f: &Finding| (Reverse(f.severity), Reverse(f.confidence));
        rank(a)
            .cmp(&rank(b))
            .then_with(|| by_place(&a.place, &b.place))
            .then_with(|| a.kind.cmp(b.kind))
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    });
}

/// What an experiment proved first, then what it saw, then what is suspected, then what it refuted.
pub fn sort_proven(findings: &mut [Finding]) {
    sort_findings(findings);
    let rank = |finding: &Finding| match finding.verdict {
        Verdict::Proven => 0,
        Verdict::Observed => 1,
        Verdict::Undecided { .. } => 2,
        Verdict::Suspected => 3,
        Verdict::Refuted => 4,
    };
    let bytes = |finding: &Finding| finding.growth.as_ref().map_or(0, |growth| growth.bytes_per_event);
    findings.sort_by_key(|finding| {
        let rank = rank(finding);
        (rank, Reverse(if rank < 2 { bytes(finding) } else { 0 }))
    });
}

/// By file and line.
pub fn sort_assurances(assurances: &mut [Assurance]) {
    assurances.sort_by(|a, b| {
        by_place(&a.place, &b.place)
            .then_with(|| a.kind.cmp(b.kind))
            .then_with(|| a.subject.cmp(&b.subject))
            .then_with(|| a.reason.cmp(&b.reason))
    });
}

/// By file and line; the same trouble is told once.
pub fn sort_problems(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| {
        by_place(&a.place, &b.place).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.message.cmp(&b.message))
    });
    problems.dedup();
}

/// What to tell somebody whose folder holds nothing for us.
pub fn nothing_found() -> Problem {
    let message = "there is no JavaScript or TypeScript source here: check the path, and whether .gitignore or \
                   `ignore` in highwater.toml leaves it out";
    Problem { kind: ProblemKind::Other, place: Place::default(), message: message.to_owned() }
}

/// What to tell somebody who names an entry point that is not there.
pub fn no_such_entry(text: &str, what: &str) -> Problem {
    let place = Place { file: crate::config::FILE_NAME.to_owned(), ..Place::default() };
    let message = format!("`{text}` of `entry_points` names {what}: mend it or take it out");
    Problem { kind: ProblemKind::Other, place, message }
}

fn by_place(a: &Place, b: &Place) -> Ordering {
    (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column))
}
