//! What an experiment says, in words and figures that several formats share. It must not know any format's syntax.

use highwater_finding::{Decision, Experiment, Finding, Measure, Rate, Report, Tried, Verdict};

use crate::{plan, words};

/// Routes and round sizes told before "and N more".
const NAMED_MAX: usize = 8;

/// The verdict as it opens a report: `LEAK`.
pub(crate) fn shout(decision: Decision) -> String {
    decision.word().to_uppercase()
}

/// What was decided, in one clause that stands alone; `shout` goes before it.
pub(crate) fn headline(report: &Report, experiment: &Experiment) -> String {
    match experiment.decision {
        Decision::Leak => leak(report, experiment),
        Decision::Clean => clean(experiment),
        Decision::Undecided => undecided(experiment),
    }
}

/// The state of the whole in one clause: "Leak found in api: act before the next deploy". `place` starts with a space.
pub(crate) fn status(decision: Decision, place: &str) -> String {
    match decision {
        Decision::Leak => format!("Leak found{place}: act before the next deploy"),
        Decision::Clean => format!("No leak{place}: nothing grew with the work"),
        Decision::Undecided => format!("Not decided{place}: growth neither shown nor excluded"),
    }
}

fn leak(report: &Report, experiment: &Experiment) -> String {
    let what = match (lead(experiment), plan::numbered(report).find(|entry| is_grown(entry.finding))) {
        (Some(rate), _) => leaves(rate),
        (None, Some(entry)) => words::one_line(&entry.finding.title),
        (None, None) => "memory grows with the work and goes on doing so".to_owned(),
    };
    let until = match until(report, experiment) {
        Some(until) => format!("; {until}"),
        None => String::new(),
    };
    format!("{what}, measured over {}{until}", words::count(experiment.requests, "request"))
}

/// "the limit of 4.1 GB is reached after 6.9 million requests (29 days at 10,000 an hour)".
pub(crate) fn until(report: &Report, experiment: &Experiment) -> Option<String> {
    let requests = experiment.requests_to_limit?;
    let of = match experiment.heap_limit_bytes {
        Some(limit) => format!(" of {}", words::bytes(limit)),
        None => String::new(),
    };
    let hours = match experiment.hours_to_limit {
        Some(hours) => {
            let hourly = words::thousands(report.profile.requests_per_hour);
            format!(" ({} at {hourly} an hour)", words::hours(hours))
        }
        None => String::new(),
    };
    let word = if requests == 1 { "request" } else { "requests" };
    Some(format!("the heap limit{of} is reached after {} {word}{hours}", words::roughly(requests)))
}

fn clean(experiment: &Experiment) -> String {
    let most = experiment.rate(Measure::Heap).filter(|rate| rate.high_milli > 0);
    let most = match most {
        Some(rate) => {
            format!(
                "; the JavaScript heap gains at most {} a request",
                amount(rate.high_milli, Measure::Heap)
            )
        }
        None => String::new(),
    };
    format!("nothing grows with the work over {}{most}", work(experiment))
}

fn undecided(experiment: &Experiment) -> String {
    if experiment.requests == 0 {
        return "no request was sent, so nothing can be said".to_owned();
    }
    let heap = match experiment.rate(Measure::Heap) {
        Some(rate) => format!(" (JavaScript heap: {} a request)", interval(rate)),
        None => String::new(),
    };
    let verb = if experiment.requests == 1 { "does" } else { "do" };
    format!("{} {verb} not suffice to say whether memory grows{heap}", work(experiment))
}

/// "12,034 requests to 3 routes".
fn work(experiment: &Experiment) -> String {
    let requests = words::count(experiment.requests, "request");
    match experiment.tried.len() {
        0 => requests,
        routes => format!("{requests} to {}", words::count_of(routes, "route")),
    }
}

/// The rate to lead with: the largest of those in bytes that grow, else the first that grows.
pub(crate) fn lead(experiment: &Experiment) -> Option<&Rate> {
    let grows = || experiment.rates.iter().filter(|rate| rate.grows);
    let bytes = grows().filter(|rate| rate.measure.is_bytes());
    bytes.max_by_key(|rate| (rate.milli, std::cmp::Reverse(rate.measure))).or_else(|| grows().next())
}

/// "each request leaves 598 B in the JavaScript heap"; "100 requests leave 1 file descriptor".
fn leaves(rate: &Rate) -> String {
    let noun = match rate.measure {
        Measure::Heap | Measure::External | Measure::Native => {
            let article = if rate.measure == Measure::Heap { "the " } else { "" };
            let (each, place) = (amount(rate.milli, rate.measure), rate.measure.words());
            return format!("each request leaves {each} in {article}{place}");
        }
        Measure::Handles => "open handle",
        Measure::Descriptors => "file descriptor",
        Measure::Contexts => "script context",
        Measure::Threads => "thread",
    };
    let milli = rate.milli.unsigned_abs();
    if (1..=100).contains(&milli) {
        return format!("{} leave 1 {noun}", words::count((1000 + milli / 2) / milli, "request"));
    }
    let each = amount(rate.milli, rate.measure);
    let plural = if each == "1" { "" } else { "s" };
    format!("each request leaves {each} {noun}{plural}")
}

/// A rate for people: bytes as the house writes them, with decimals where there are few: `598 B`, `0.4 B`, `1.003`.
pub(crate) fn amount(milli: i64, measure: Measure) -> String {
    let size = milli.unsigned_abs();
    let text = match (measure.is_bytes(), size) {
        (true, 10_000..) => words::bytes(size.saturating_add(500) / 1000),
        (true, _) => format!("{} B", decimal(size.saturating_add(5) / 10 * 10)),
        (false, 100_000..) => words::thousands(size.saturating_add(500) / 1000),
        (false, _) => decimal(size),
    };
    if milli < 0 && !matches!(text.as_str(), "0" | "0 B") { format!("-{text}") } else { text }
}

/// Thousandths as a decimal figure without closing zeros.
fn decimal(milli: u64) -> String {
    let text = format!("{}.{:03}", words::thousands(milli / 1000), milli % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// "590 B to 606 B".
pub(crate) fn interval(rate: &Rate) -> String {
    let (low, high) = (amount(rate.low_milli, rate.measure), amount(rate.high_milli, rate.measure));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Whether it grows, as far as that is known.
pub(crate) fn says(rate: &Rate, decision: Decision) -> &'static str {
    match (rate.grows, decision) {
        (true, _) => "yes",
        (false, Decision::Undecided) => "not shown",
        (false, _) => "no",
    }
}

/// The measures worth a picture: the heap, and the one that the verdict rests on when it is another.
pub(crate) fn pictured(experiment: &Experiment) -> Vec<Measure> {
    let mut measures = vec![Measure::Heap];
    measures.extend(lead(experiment).map(|rate| rate.measure).filter(|measure| *measure != Measure::Heap));
    measures
}

/// The measures of which something was read, in the order in which they are told.
pub(crate) fn read(experiment: &Experiment) -> Vec<Measure> {
    let read = |measure: &Measure| experiment.readings.iter().any(|reading| reading.of(*measure) > 0);
    Measure::ALL.into_iter().filter(read).collect()
}

/// Whether a figure was found to grow.
pub(crate) fn grows(experiment: &Experiment, measure: Measure) -> bool {
    experiment.rate(measure).is_some_and(|rate| rate.grows)
}

/// Requests of each round: from one reading after the warm-up to the next.
pub(crate) fn round_sizes(experiment: &Experiment) -> Vec<u64> {
    let pairs = experiment.readings.windows(2).filter_map(|pair| match pair {
        [before, after] if !after.warm_up => Some(after.requests.saturating_sub(before.requests)),
        _ => None,
    });
    pairs.filter(|requests| *requests > 0).collect()
}

/// Figures that tell how it was done: label and text.
pub(crate) fn facts(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let mut facts = vec![("service", service(experiment))];
    let failed = failed(experiment.failed);
    let took = words::took(experiment.took_ms);
    facts.push(("load", format!("{} in {took}{failed}", words::count(experiment.requests, "request"))));
    let sizes = round_sizes(experiment);
    if !sizes.is_empty() {
        let noun = if sizes.len() == 1 { "round" } else { "rounds" };
        facts.push(("rounds", format!("{} {noun} of {} requests", sizes.len(), listed(&sizes))));
    }
    if !experiment.rounds.is_empty() {
        let taken = words::thousands(experiment.rounds.len() as u64 + 1);
        facts.push(("snapshots", format!("{taken} taken, {} requests apart", listed(&experiment.rounds))));
    }
    if let Some(after) = experiment.seen_after {
        facts
            .push(("seen", format!("growth in every round, first after {}", words::count(after, "request"))));
    }
    facts
}

fn service(experiment: &Experiment) -> String {
    let command = words::one_line(&experiment.command).replace('`', "'");
    let command = if command.is_empty() { String::new() } else { format!("`{command}`") };
    let parts = [command, words::one_line(&experiment.runtime)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// ", 3 failed"; empty when none did.
fn failed(failed: u64) -> String {
    if failed == 0 { String::new() } else { format!(", {} failed", words::thousands(failed)) }
}

/// "997, 1,994 and 3,989".
fn listed(figures: &[u64]) -> String {
    let mut parts: Vec<String> = figures.iter().take(NAMED_MAX).map(|f| words::thousands(*f)).collect();
    if figures.len() > NAMED_MAX {
        parts.push(format!("{} more", figures.len() - NAMED_MAX));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The routes that are named, and how many more there are.
pub(crate) fn routes(experiment: &Experiment, all: bool) -> (&[Tried], usize) {
    let shown = if all { experiment.tried.len() } else { experiment.tried.len().min(NAMED_MAX) };
    let (named, rest) = experiment.tried.split_at(shown);
    (named, rest.len())
}

/// A level of a measure.
pub(crate) fn level(value: u64, measure: Measure) -> String {
    if measure.is_bytes() { words::bytes(value) } else { words::thousands(value) }
}

/// A level as exact as a list of readings needs it, where a small step must show: `8,192 KB`.
pub(crate) fn exact(value: u64, measure: Measure) -> String {
    if measure.is_bytes() {
        format!("{} KB", words::thousands(value / 1024))
    } else {
        words::thousands(value)
    }
}

/// A lower and an upper level; the upper one by its distance when both would read the same.
pub(crate) fn levels(low: u64, high: u64, measure: Measure) -> (String, String) {
    let (below, above) = (level(low, measure), level(high, measure));
    if below == above { (below, format!("+{}", level(high.abs_diff(low), measure))) } else { (below, above) }
}

/// The heading of `to_decide`; empty when there is nothing to say.
pub(crate) fn to_decide_heading(decision: Decision) -> &'static str {
    match decision {
        Decision::Leak => "",
        Decision::Clean => "What this does not say",
        Decision::Undecided => "What would decide it",
    }
}

/// What a reader can do to know more, one sentence each.
pub(crate) fn to_decide(report: &Report, experiment: &Experiment) -> Vec<String> {
    match experiment.decision {
        Decision::Leak => Vec::new(),
        Decision::Clean => beyond(report, experiment),
        Decision::Undecided => missing(report, experiment),
    }
}

fn beyond(report: &Report, experiment: &Experiment) -> Vec<String> {
    let mut lines = vec![
        "Only what was driven is cleared: `--route` and `--scenario` drive other work, a longer `--budget` finds \
         slower growth."
            .to_owned(),
    ];
    let open = report.findings.iter().filter(|f| f.verdict == Verdict::Suspected).count();
    if open > 0 {
        let (are, they) = if open == 1 { ("is", "it") } else { ("are", "they") };
        let open = words::count_of(open, "suspicion");
        lines.push(format!("{open} of the code {are} neither proven nor refuted: drive what {they} need."));
    }
    lines.extend(errors(experiment));
    lines
}

fn missing(report: &Report, experiment: &Experiment) -> Vec<String> {
    let mut lines: Vec<String> = errors(experiment).into_iter().collect();
    if experiment.tried.is_empty() || experiment.requests == 0 {
        lines.push(
            "Work to do: name a route with `--route 'METHOD PATH'`, or a scenario with `--scenario`.".into(),
        );
    }
    let rounds = report.findings.iter().filter_map(|finding| match finding.verdict {
        Verdict::Undecided { rounds_missing } if rounds_missing > 0 => Some(u64::from(rounds_missing)),
        _ => None,
    });
    match rounds.max() {
        Some(1) => lines.push("One more round: give it a longer `--budget`.".to_owned()),
        Some(rounds) => {
            lines.push(format!("{} more rounds: give it a longer `--budget`.", words::thousands(rounds)));
        }
        None => lines.push("More rounds: give it a longer `--budget`.".to_owned()),
    }
    let open = experiment.rates.iter().find(|rate| !rate.grows && rate.low_milli <= 0 && rate.high_milli > 0);
    if let Some(rate) = open {
        let what = rate.measure.words();
        lines.push(format!(
            "A narrower interval for the {what}: {} a request is both growth and none.",
            interval(rate)
        ));
    }
    lines
}

/// What to do about requests that failed, when they are many.
fn errors(experiment: &Experiment) -> Option<String> {
    let many = experiment.failed > 0 && experiment.failed >= experiment.requests / 10;
    many.then(|| {
        format!(
            "Requests that succeed: {} of {} failed; correct the route or the body in a scenario, or what the service \
             needs to answer.",
            words::thousands(experiment.failed),
            words::thousands(experiment.requests),
        )
    })
}

/// True for what grew: it is told in full.
pub(crate) fn is_grown(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Proven | Verdict::Observed)
}

/// What is told in short: the word of its verdict, and the heading.
pub(crate) const SHORT: [(&str, &str); 3] = [
    ("undecided", "Not decided yet"),
    ("suspected", "Suspected in the code, neither proven nor refuted"),
    ("refuted", "What the load exercised and did not grow"),
];

/// What is known of a finding in one clause: for a refuted one the figures, which its last piece of evidence has.
pub(crate) fn in_short(finding: &Finding) -> String {
    match finding.verdict {
        Verdict::Refuted => {
            finding.evidence.last().map_or_else(|| finding.title.clone(), |step| step.claim.clone())
        }
        Verdict::Undecided { rounds_missing } => {
            let rounds = words::count(u64::from(rounds_missing), "more round");
            format!("{}; {rounds} would tell", finding.title)
        }
        _ => finding.title.clone(),
    }
}

/// The name to tell a finding by.
pub(crate) fn name(finding: &Finding) -> &str {
    let subject = &finding.subject;
    if subject.path.is_empty() { &subject.symbol } else { &subject.path }
}

/// "1 proven, 2 refuted"; empty without findings.
pub(crate) fn counts(report: &Report) -> String {
    let words = ["proven", "observed", "undecided", "suspected", "refuted"];
    let parts: Vec<String> = words
        .into_iter()
        .map(|word| (word, report.findings.iter().filter(|f| f.verdict.word() == word).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{} {word}", words::thousands(count as u64)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_figures_that_people_read() {
        let cases = [
            (598_000, Measure::Heap, "598 B"),
            (120, Measure::Heap, "0.12 B"),
            (4_242, Measure::External, "4.24 B"),
            (2_500_000, Measure::Heap, "2.4 KB"),
            (-800, Measure::Heap, "-0.8 B"),
            (-4, Measure::Heap, "0 B"),
            (1_003, Measure::Handles, "1.003"),
            (-1_000, Measure::Threads, "-1"),
            (0, Measure::Contexts, "0"),
        ];
        for (milli, measure, told) in cases {
            assert_eq!(amount(milli, measure), told, "{milli}");
        }
    }

    #[test]
    fn what_a_request_leaves_is_said_in_whole_things() {
        let rate = |measure, milli| Rate { measure, milli, low_milli: 0, high_milli: milli, grows: true };
        assert_eq!(leaves(&rate(Measure::Handles, 1_000)), "each request leaves 1 open handle");
        assert_eq!(leaves(&rate(Measure::Descriptors, 2_500)), "each request leaves 2.5 file descriptors");
        assert_eq!(leaves(&rate(Measure::Threads, 10)), "100 requests leave 1 thread");
        assert_eq!(leaves(&rate(Measure::Native, 12_000)), "each request leaves 12 B in native memory");
    }
}
