//! The one place where code and process meet: a suspicion and what an experiment saw become one finding, and its verdict
//! rises or falls.

use highwater_finding::{Decision, Evidence, Finding, Place, Related, Tried, Verdict};

/// What the experiment drove.
pub(crate) struct Exercised<'e> {
    /// Routes with their requests.
    pub tried: &'e [Tried],
    /// What was decided.
    pub decision: Decision,
    /// Whether snapshots show holders; else nothing can be refuted.
    pub looked: bool,
}

/// Lines between two places that mean the same thing.
const NEAR_LINES: u32 = 3;
/// A suspicion is exercised by so many requests that were answered.
const EXERCISED_MIN: u64 = 500;

/// Joins suspicions from the code with holders from the process. Each holder takes the first suspicion that is about the
/// same subject; what no suspicion explains stays as it was seen.
pub(crate) fn join(
    suspicions: Vec<Finding>,
    holders: Vec<Finding>,
    exercised: &Exercised<'_>,
) -> Vec<Finding> {
    let mut open: Vec<Option<Finding>> = suspicions.into_iter().map(Some).collect();
    let mut out = Vec::new();
    for holder in holders {
        let at = [is_same, is_part].iter().find_map(|same| {
            open.iter().position(|slot| slot.as_ref().is_some_and(|known| same(known, &holder)))
        });
        let at = at.or_else(|| only_one(&open, &holder));
        out.push(match at.and_then(|at| open[at].take()) {
            Some(suspicion) => raised(suspicion, holder),
            None => holder,
        });
    }
    let grown: Vec<(String, String)> = out
        .iter()
        .map(|holder| (holder.subject.file.clone(), root(&holder.subject.path).to_owned()))
        .collect();
    let is_part_of_what_grew = |suspicion: &Finding| {
        grown.iter().any(|(file, name)| {
            *file == suspicion.subject.file
                && (*name == suspicion.subject.symbol || name == root(&suspicion.subject.path))
        })
    };
    out.extend(open.into_iter().flatten().map(|suspicion| {
        if is_part_of_what_grew(&suspicion) { suspicion } else { tried(suspicion, exercised) }
    }));
    out
}

/// Whether both are about the same thing: the same name in the same file, or a place of the one next to a place of the
/// other.
fn is_same(suspicion: &Finding, holder: &Finding) -> bool {
    let (a, b) = (&suspicion.subject, &holder.subject);
    let file = |x: &str, y: &str| {
        !x.is_empty() && (x == y || x.ends_with(&format!("/{y}")) || y.ends_with(&format!("/{x}")))
    };
    let named = file(&a.file, &b.file) && !a.symbol.is_empty() && a.symbol == b.symbol;
    let next = |x: &Place, y: &Place| file(&x.file, &y.file) && x.line.abs_diff(y.line) <= NEAR_LINES;
    named || (suspicion.kind == holder.kind && places(suspicion).any(|x| places(holder).any(|y| next(x, y))))
}

/// Whether the holder is inside of what the suspicion is about: the series of a metric, the entries of a cache.
fn is_part(suspicion: &Finding, holder: &Finding) -> bool {
    let root = root(&holder.subject.path);
    suspicion.subject.file == holder.subject.file && !root.is_empty() && suspicion.subject.symbol == root
}

/// Kinds that leave open what only the runtime holds.
const LEFT_OPEN: &[&str] = &["resource-not-closed", "client-per-request"];

/// What only the runtime holds has no place in the program. When one suspicion alone is about such things, it is it.
fn only_one(open: &[Option<Finding>], holder: &Finding) -> Option<usize> {
    let unplaced = holder.place.file.is_empty() || holder.place.file.starts_with("node:");
    let alike =
        |kind: &str| kind == holder.kind || LEFT_OPEN.contains(&kind) && LEFT_OPEN.contains(&holder.kind);
    let mut found = open
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.as_ref().is_some_and(|known| alike(known.kind)))
        .map(|(at, _)| at);
    let first = found.next().filter(|_| unplaced)?;
    found.next().is_none().then_some(first)
}

/// The variable at which a path begins.
fn root(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}

fn places(finding: &Finding) -> impl Iterator<Item = &Place> {
    std::iter::once(&finding.place).chain(finding.related.iter().map(|related| &related.place))
}

/// The suspicion with the proof: its own words for what and what to do, the experiment's for how much.
fn raised(suspicion: Finding, holder: Finding) -> Finding {
    let mut evidence = suspicion.evidence;
    evidence.extend(holder.evidence);
    let mut related: Vec<Related> = suspicion.related;
    related.extend(holder.related.into_iter().filter(|r| r.place != suspicion.place));
    Finding {
        title: holder.title,
        impact: holder.impact,
        severity: suspicion.severity.max(holder.severity),
        confidence: suspicion.confidence.max(holder.confidence),
        // Seen growing, though unevenly, where the code says that it does: that is proof enough.
        verdict: Verdict::Proven,
        growth: holder.growth.or(suspicion.growth),
        evidence,
        related,
        ..suspicion
    }
}

/// What the experiment says of a suspicion that it did not confirm.
fn tried(suspicion: Finding, exercised: &Exercised<'_>) -> Finding {
    let driven = |tried: &&Tried| {
        let name = format!("`{}`", tried.route.replace("{n}", ""));
        names(&suspicion).any(|text| same_route(text, &tried.route) || text.contains(&name))
    };
    let sent: u64 = exercised.tried.iter().filter(driven).map(|tried| tried.requests - tried.failed).sum();
    // Advice about what may happen is not about growth.
    let judged = exercised.looked && exercised.decision != Decision::Undecided && suspicion.growth.is_some();
    if !judged || sent < EXERCISED_MIN {
        return suspicion;
    }
    let claim = format!("{sent} requests to what drives it did not make it grow");
    let mut evidence = suspicion.evidence;
    evidence.push(Evidence { claim, place: None });
    Finding { verdict: Verdict::Refuted, evidence, ..suspicion }
}

/// Texts of a finding that may name the route which drives it.
fn names(finding: &Finding) -> impl Iterator<Item = &str> {
    let growth = finding.growth.iter().map(|growth| growth.event.as_str());
    let related = finding.related.iter().map(|related| related.note.as_str());
    let evidence = finding.evidence.iter().map(|evidence| evidence.claim.as_str());
    growth.chain([finding.title.as_str()]).chain(related).chain(evidence)
}

/// Whether a text names the route, whose parameters are numbers in what was sent.
fn same_route(text: &str, sent: &str) -> bool {
    text.split('`').skip(1).step_by(2).any(|quoted| {
        let Some(((method, path), (sent_method, sent_path))) =
            quoted.split_once(' ').zip(sent.split_once(' '))
        else {
            return false;
        };
        let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (declared, sent) = (parts(path), parts(sent_path.split(['?', ' ']).next().unwrap_or(sent_path)));
        method == sent_method
            && declared.len() == sent.len()
            && declared.iter().zip(&sent).all(|(d, s)| d == s || s.contains("{n}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_finding::{Confidence, Growth, Severity, Subject};

    fn finding(kind: &'static str, file: &str, symbol: &str, line: u32, verdict: Verdict) -> Finding {
        Finding {
            kind,
            title: format!("`{symbol}` grows with `POST /projects/:id`"),
            impact: String::new(),
            subject: Subject {
                file: file.into(),
                path: symbol.into(),
                symbol: symbol.into(),
                within: String::new(),
            },
            place: Place { file: file.into(), line, ..Place::default() },
            related: Vec::new(),
            severity: Severity::Moderate,
            confidence: Confidence::percent(80),
            verdict,
            evidence: Vec::new(),
            growth: Some(Growth {
                bytes_per_event: 100,
                shape: String::new(),
                event: "`POST /projects/:id`".into(),
                events_per_hour: 1,
                new_key_percent: 100,
                table: Vec::new(),
                limit_bytes: 1,
                hours_to_limit: None,
            }),
            remedies: Vec::new(),
            fingerprint: String::new(),
        }
    }

    fn tried(route: &str, requests: u64) -> Vec<Tried> {
        vec![Tried { route: route.into(), requests, failed: 0 }]
    }

    fn joined(tried: &[Tried], decision: Decision, holders: Vec<Finding>) -> Vec<(String, Verdict)> {
        let suspicions = vec![
            finding("unbounded-map", "src/app.ts", "projects", 10, Verdict::Suspected),
            finding("unbounded-array", "src/log.ts", "lines", 4, Verdict::Suspected),
        ];
        let exercised = Exercised { tried, decision, looked: true };
        let all = join(suspicions, holders, &exercised);
        all.into_iter().map(|finding| (finding.subject.symbol, finding.verdict)).collect()
    }

    #[test]
    fn the_same_subject_is_one_finding_and_what_did_not_grow_is_refuted() {
        let sent = tried("POST /projects/{n}", 9000);
        let holder = finding("unbounded-map", "app.ts", "projects", 10, Verdict::Proven);
        let other = finding("unbounded-set", "src/seen.ts", "seen", 3, Verdict::Proven);
        assert_eq!(
            joined(&sent, Decision::Leak, vec![holder, other]),
            [
                ("projects".to_owned(), Verdict::Proven),
                ("seen".to_owned(), Verdict::Proven),
                ("lines".to_owned(), Verdict::Refuted)
            ]
        );
    }

    #[test]
    fn what_only_the_runtime_holds_is_explained_by_the_one_suspicion_there_is() {
        let open = |count: usize| {
            let suspicion = finding("client-per-request", "src/app.ts", "agent", 9, Verdict::Suspected);
            let holder = finding("resource-not-closed", "node:net", "Socket", 359, Verdict::Proven);
            let exercised = Exercised { tried: &[], decision: Decision::Leak, looked: true };
            let all = join(vec![suspicion; count], vec![holder], &exercised);
            all.first().map(|first| (first.place.short(), first.verdict))
        };
        assert_eq!(open(1), Some(("src/app.ts:9".to_owned(), Verdict::Proven)));
        assert_eq!(open(2), Some(("node:net:359".to_owned(), Verdict::Proven)));
    }

    #[test]
    fn what_was_not_driven_or_not_decided_stays_suspected() {
        let suspected =
            [("projects".to_owned(), Verdict::Suspected), ("lines".to_owned(), Verdict::Suspected)];
        assert_eq!(joined(&tried("GET /projects/{n}", 9000), Decision::Clean, Vec::new()), suspected);
        assert_eq!(joined(&tried("POST /projects/{n}", 9), Decision::Clean, Vec::new()), suspected);
        assert_eq!(joined(&tried("POST /projects/{n}", 9000), Decision::Undecided, Vec::new()), suspected);
    }
}
