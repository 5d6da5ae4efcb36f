//! Runs cases and compares what came with what the marks demand.

use std::fmt::{self, Write as _};

use highwater_finding::{Assurance, Finding, Severity};

use crate::mark::{Demand, Mark, read_marks};
use crate::markdown::{Block, CaseFile, Piece, pieces};

/// What the function under test says about one case.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Leaks.
    pub findings: Vec<Finding>,
    /// What is held.
    pub assurances: Vec<Assurance>,
}

/// How much was demanded and given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases run.
    pub cases: usize,
    /// `leak` marks that hold.
    pub leaks: usize,
    /// `held` marks that hold.
    pub held: usize,
    /// `clean` and `unsure` marks that hold.
    pub clean: usize,
    /// Known gaps, each as `name:line mark`; they failed, as they must today.
    pub gaps: Vec<String>,
}

impl Counts {
    /// Adds another file's counts to these.
    pub fn add(&mut self, other: Counts) {
        self.cases += other.cases;
        self.leaks += other.leaks;
        self.held += other.held;
        self.clean += other.clean;
        self.gaps.extend(other.gaps);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { cases, leaks, held, clean, gaps } = self;
        write!(f, "{cases} cases: {leaks} leaks, {held} held, {clean} clean, {} known gaps", gaps.len())?;
        gaps.iter().try_for_each(|gap| write!(f, "\n  known gap {gap}"))
    }
}

/// Runs every case of a case file. `name` is the file's name for messages, best its path.
///
/// `Err` is the whole text to show: each failed expectation with its line, and what came instead.
pub fn check(
    cases_markdown: &str,
    name: &str,
    run: &dyn Fn(&[CaseFile]) -> Outcome,
) -> Result<Counts, String> {
    let cases = cases_of_file(cases_markdown).map_err(|problem| format!("{name}: {problem}"))?;
    run_cases(&cases, name, run)
}

/// Runs the blocks under `## Example` of a rule's page as cases.
///
/// A block without marks is illustration unless it names a file. A block with marks may leave `file=` out; it
/// is then `src/example.ts` (or the language it states). The second block of one path opens the next case, so
/// a leaky and a fixed form follow each other without further words; JSON and TOML files carry over.
/// A page must show both sides: at least one `leak`, and at least one `held` or `clean`.
pub fn check_page(
    page_markdown: &str,
    name: &str,
    run: &dyn Fn(&[CaseFile]) -> Outcome,
) -> Result<Counts, String> {
    let cases = cases_of_page(page_markdown).map_err(|problem| format!("{name}: {problem}"))?;
    let demands: Vec<&Demand> = cases.iter().flat_map(Case::marks).map(|mark| &mark.demand).collect();
    let leaks = demands.iter().any(|d| matches!(d, Demand::Leak { .. }));
    let quiet = demands.iter().any(|d| !matches!(d, Demand::Leak { .. }));
    if !leaks || !quiet {
        return Err(format!(
            "{name}: `## Example` must show a leak (`// leak: rule symbol`) and a form that does not leak \
             (`// held: rule symbol` or `// clean`)"
        ));
    }
    run_cases(&cases, name, run)
}

/// One case, ready to run.
struct Case {
    title: String,
    files: Vec<MarkedFile>,
}

struct MarkedFile {
    file: CaseFile,
    marks: Vec<Mark>,
    /// Lines of the Markdown before the file's first line.
    offset: usize,
}

impl Case {
    fn named(title: &str) -> Self {
        Case { title: title.into(), files: Vec::new() }
    }

    fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.files.iter().flat_map(|f| &f.marks)
    }

    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|f| f.file.path == path)
    }
}

fn marked(block: &Block, path: String) -> Result<MarkedFile, String> {
    let marks =
        read_marks(&block.text).map_err(|problem| format!("block on line {}: {problem}", block.line))?;
    Ok(MarkedFile { file: CaseFile { path, text: block.text.clone() }, marks, offset: block.line })
}

fn cases_of_file(markdown: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for piece in pieces(markdown)? {
        match piece {
            Piece::Heading { level: 1, words, .. } if cases.is_empty() => cases.push(Case::named(&words)),
            Piece::Heading { level: 2, words, .. } if !cases.is_empty() => cases.push(Case::named(&words)),
            Piece::Heading { level: 1 | 2, line, .. } => {
                return Err(format!(
                    "line {line}: a case file has one `# title`, first; cases are `## ` headings"
                ));
            }
            Piece::Heading { .. } => {}
            Piece::Block(block) => {
                let Some(case) = cases.last_mut() else {
                    return Err(format!("block on line {}: the `# title` must come first", block.line));
                };
                add_block(case, &block)?;
            }
        }
    }
    // The title of a file with several cases is no case of its own.
    cases.retain(|case| !case.files.is_empty());
    match cases.iter().find(|case| case.marks().next().is_none()) {
        _ if cases.is_empty() => Err("no case in it: no block names a file (`ts file=src/app.ts`)".into()),
        Some(case) => Err(format!("case \"{}\" expects nothing; add a mark", case.title)),
        None => Ok(cases),
    }
}

fn add_block(case: &mut Case, block: &Block) -> Result<(), String> {
    let Some(path) = block.file.clone() else {
        let stray = marked(block, String::new()).is_ok_and(|f| !f.marks.is_empty());
        return if stray {
            Err(format!("block on line {}: it has marks but no `file=` in its info string", block.line))
        } else {
            Ok(())
        };
    };
    if case.has(&path) {
        return Err(format!("block on line {}: `{path}` is twice in case \"{}\"", block.line, case.title));
    }
    case.files.push(marked(block, path)?);
    Ok(())
}

fn cases_of_page(markdown: &str) -> Result<Vec<Case>, String> {
    let mut in_example = false;
    let mut seen = false;
    let mut cases = vec![Case::named("Example")];
    for piece in pieces(markdown)? {
        match piece {
            Piece::Heading { level: 1 | 2, words, .. } => {
                in_example = words == "Example";
                seen |= in_example;
            }
            Piece::Heading { level: 3, words, .. } if in_example => cases.push(Case::named(&words)),
            Piece::Block(block) if in_example => add_page_block(&mut cases, &block)?,
            _ => {}
        }
    }
    if !seen {
        return Err("no `## Example` in the page".into());
    }
    cases.retain(|case| case.marks().next().is_some());
    Ok(cases)
}

fn add_page_block(cases: &mut Vec<Case>, block: &Block) -> Result<(), String> {
    let default_path = || {
        let known = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"].contains(&block.language.as_str());
        format!("src/example.{}", if known { &block.language } else { "ts" })
    };
    let file = marked(block, block.file.clone().unwrap_or_else(default_path))?;
    if file.marks.is_empty() && block.file.is_none() {
        return Ok(());
    }
    let Some(case) = cases.last_mut() else { return Ok(()) };
    if !case.has(&file.file.path) {
        case.files.push(file);
        return Ok(());
    }
    let is_setup = |f: &&MarkedFile| {
        [".json", ".toml"].iter().any(|end| f.file.path.ends_with(end)) && f.file.path != file.file.path
    };
    let carried: Vec<MarkedFile> = case
        .files
        .iter()
        .filter(is_setup)
        .map(|f| MarkedFile { file: f.file.clone(), marks: Vec::new(), offset: f.offset })
        .collect();
    let mut next = Case::named(&case.title);
    next.files = carried;
    next.files.push(file);
    cases.push(next);
    Ok(())
}

fn run_cases(cases: &[Case], name: &str, run: &dyn Fn(&[CaseFile]) -> Outcome) -> Result<Counts, String> {
    let mut counts = Counts { cases: cases.len(), ..Counts::default() };
    let mut failures = String::new();
    let (mut demanded, mut failed) = (0, 0);
    for case in cases {
        let files: Vec<CaseFile> = case.files.iter().map(|f| f.file.clone()).collect();
        let outcome = run(&files);
        let mut told = false;
        for file in &case.files {
            for mark in &file.marks {
                demanded += 1;
                let Some(problem) = judge(mark, file, name, &outcome, &mut counts) else { continue };
                failed += 1;
                if !told {
                    let _ = writeln!(failures, "\ncase \"{}\"", case.title);
                    told = true;
                }
                failures.push_str(&problem);
            }
        }
    }
    for gap in &counts.gaps {
        say_gap(gap);
    }
    if failed == 0 {
        Ok(counts)
    } else {
        Err(format!("{name}: {failed} of {demanded} expectations failed\n{failures}"))
    }
}

#[expect(clippy::print_stderr, reason = "known gaps are shown by `cargo test -- --nocapture`")]
fn say_gap(gap: &str) {
    eprintln!("known gap {gap}");
}

/// Counts a mark that holds; gives the text of one that does not.
fn judge(
    mark: &Mark,
    file: &MarkedFile,
    name: &str,
    outcome: &Outcome,
    counts: &mut Counts,
) -> Option<String> {
    let holds = holds(mark, &file.file.path, outcome);
    let at = format!("{name}:{}", file.offset + mark.line as usize);
    match (holds, mark.todo) {
        (true, false) => {
            match mark.demand {
                Demand::Leak { .. } => counts.leaks += 1,
                Demand::Held { .. } => counts.held += 1,
                Demand::Clean | Demand::Unsure => counts.clean += 1,
            }
            None
        }
        (false, true) => {
            counts.gaps.push(format!("{at} {}", mark.demand.text()));
            None
        }
        (true, true) => Some(format!(
            "  {at}\n    known gap passes now: drop the word `todo` from `todo {}`\n",
            mark.demand.text()
        )),
        (false, false) => Some(failure_text(mark, file, &at, outcome)),
    }
}

fn holds(mark: &Mark, path: &str, outcome: &Outcome) -> bool {
    let is = |rule: &str, symbol: &Option<String>, kind: &str, has: &str| {
        kind == rule
            && symbol.as_ref().is_none_or(|s| s.trim_start_matches('#') == has.trim_start_matches('#'))
    };
    let serious = |f: &Finding| f.place.file == path && f.severity >= Severity::Moderate;
    match &mark.demand {
        Demand::Leak { rule, symbol } => outcome.findings.iter().any(|f| {
            f.place.file == path && f.place.line == mark.line && is(rule, symbol, f.kind, &f.subject.symbol)
        }),
        Demand::Held { rule, symbol } => {
            let held = outcome.assurances.iter().any(|a| {
                a.place.file == path
                    && a.place.line == mark.line
                    && is(rule, symbol, a.kind, &a.subject.symbol)
            });
            // Without a symbol only the same line can be meant.
            let contradicted = |f: &&Finding| {
                let same_thing = symbol.is_some() || f.place.line == mark.line;
                serious(f) && same_thing && is(rule, symbol, f.kind, &f.subject.symbol)
            };
            held && outcome.findings.iter().find(contradicted).is_none()
        }
        Demand::Clean => !outcome.findings.iter().any(serious),
        Demand::Unsure => !outcome.findings.iter().any(|f| serious(f) && f.confidence.as_percent() >= 50),
    }
}

fn failure_text(mark: &Mark, file: &MarkedFile, at: &str, outcome: &Outcome) -> String {
    let path = &file.file.path;
    let mut out = format!("  {at} ({path}:{})\n    expected  {}\n", mark.line, mark.demand.text());
    if !matches!(mark.demand, Demand::Clean | Demand::Unsure) {
        let code = file.file.text.lines().nth(mark.line as usize - 1).unwrap_or_default();
        let _ = writeln!(out, "    for line  {}", code.trim());
    }
    let here = said(outcome, |p| p == path);
    let elsewhere = said(outcome, |p| p != path);
    if here.is_empty() && elsewhere.is_empty() {
        out.push_str("    but nothing was reported at all\n");
    }
    for (words, lines) in [("but found ", here), ("elsewhere ", elsewhere)] {
        for line in lines {
            let _ = writeln!(out, "    {words}{line}");
        }
    }
    out
}

/// Everything that was said about the files that `wanted` picks, a line each, in the order of the code.
fn said(outcome: &Outcome, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let findings = outcome.findings.iter().map(|f| {
        let how = format!("({}, {})", f.severity.word(), f.confidence);
        (&f.place, format!("leak: {} {} at {} {how}", f.kind, f.subject.symbol, f.place.short()))
    });
    let assurances = outcome.assurances.iter().map(|a| {
        let how = format!("({}: {})", a.held_by.word(), a.reason);
        (&a.place, format!("held: {} {} at {} {how}", a.kind, a.subject.symbol, a.place.short()))
    });
    let mut lines: Vec<_> = findings.chain(assurances).filter(|(place, _)| wanted(&place.file)).collect();
    lines.sort();
    lines.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests;
