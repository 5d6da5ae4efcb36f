//! What came of a load, as a sheet. Times are in milliseconds with their fractions, kept as whole microseconds.

use super::LoadOptions;
use super::address::Address;
use highwater_finding::sheet::{Block, Body, Cell, Column, Fact, Next, Sheet, Table, Tone, Unit};
use highwater_probe::load::{EndedEarly, Outcome, RouteOutcome};
use highwater_probe::scenario::Scenario;
use std::collections::BTreeMap;

/// Rows of the picture of latencies, at most.
const STEPS: u32 = 16;

/// Shares of all answers, with the keys and words for the time below which they came.
const QUANTILES: [(f64, &str, &str); 6] = [
    (0.5, "p50_ms", "50 %"),
    (0.75, "p75_ms", "75 %"),
    (0.9, "p90_ms", "90 %"),
    (0.99, "p99_ms", "99 %"),
    (0.999, "p99_9_ms", "99.9 %"),
    (1.0, "most_ms", "all"),
];

pub(super) fn sheet(
    options: &LoadOptions,
    scenario: &Scenario,
    address: &Address,
    outcome: &Outcome,
) -> Sheet {
    let mut sheet = Sheet::new("load", format!("Load on `{}`", address.host));
    sheet.lead = lead(scenario, outcome);
    sheet.figures = figures(outcome);
    if !outcome.latency.is_empty() {
        sheet.push(latencies(outcome));
        sheet.push(picture(outcome));
    }
    if !outcome.statuses.is_empty() {
        sheet.push(statuses(outcome));
    }
    if !outcome.failed.is_empty() {
        sheet.push(failures(outcome));
    }
    if outcome.by_route.len() > 1 {
        sheet.push(routes(outcome));
    }
    notes(&mut sheet, options, scenario, outcome);
    sheet.next = vec![Next {
        command: "highwater prove -- COMMAND".to_owned(),
        why: "whether the service keeps memory of these requests".to_owned(),
    }];
    sheet
}

/// A count with commas between its thousands.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Milliseconds.
fn ms(micros: u64) -> Cell {
    Cell::Ratio { over: i64::try_from(micros).unwrap_or(i64::MAX), under: 1000 }
}

fn failed(outcome: &Outcome) -> u64 {
    outcome.failed.values().sum()
}

fn per_second(outcome: &Outcome) -> u64 {
    let seconds = outcome.elapsed.as_secs_f64().max(1e-6);
    (outcome.answered as f64 / seconds).round() as u64
}

fn lead(scenario: &Scenario, outcome: &Outcome) -> String {
    let failed = failed(outcome);
    let errors: u64 = outcome.statuses.iter().filter(|(status, _)| **status >= 400).map(|(_, n)| n).sum();
    let clients = match scenario.concurrency {
        1 => "one client".to_owned(),
        many => format!("{many} clients"),
    };
    let connections = match outcome.connections {
        1 => "one connection".to_owned(),
        many => format!("{many} connections"),
    };
    let seconds = outcome.elapsed.as_secs_f64();
    let mut text =
        format!("{} requests by {clients} on {connections} in {seconds:.2} s", thousands(outcome.sent));
    text.push_str(&match (failed, errors) {
        (0, 0) => ": all were answered without an error.".to_owned(),
        (0, errors) => format!(": all were answered, {} with a status of 400 or more.", thousands(errors)),
        (failed, 0) => format!(": {} failed.", thousands(failed)),
        (failed, errors) => {
            format!(": {failed} failed, and {errors} were answered with a status of 400 or more.")
        }
    });
    text
}

fn figures(outcome: &Outcome) -> Vec<Fact> {
    let at = |quantile: f64| {
        if outcome.latency.is_empty() {
            Cell::Absent
        } else {
            ms(outcome.latency.value_at_quantile(quantile))
        }
    };
    vec![
        Fact::new("requests_per_second", "Requests per second", Cell::Count(per_second(outcome))),
        Fact::new("answered", "Answered", Cell::Count(outcome.answered)),
        Fact::new("failed", "Failed", Cell::Count(failed(outcome))),
        Fact::new("p50_ms", "Half within, ms", at(0.5)),
        Fact::new("p99_ms", "99 % within, ms", at(0.99)),
        Fact::new("received_bytes", "Received", Cell::Bytes(outcome.bytes_in)),
    ]
}

fn latencies(outcome: &Outcome) -> Block {
    let least = Fact::new("least_ms", "Least", ms(outcome.latency.min()));
    let mean = Fact::new("mean_ms", "Mean", ms(outcome.latency.mean() as u64));
    let mut facts = vec![least, mean];
    facts.extend(QUANTILES.iter().map(|(quantile, key, label)| {
        Fact::new(*key, *label, ms(outcome.latency.value_at_quantile(*quantile)))
    }));
    Block::new("latency", "Latency, ms", Body::Facts(facts)).about(
        "From the first byte sent, or from when it was due where a rate is given, to the end of the answer.",
    )
}

/// Answers by latency, in steps that grow by the same factor.
fn picture(outcome: &Outcome) -> Block {
    let mut table = Table::new(vec![
        Column::new("up_to_ms", "Up to, ms", Unit::Ratio),
        Column::new("answers", "Answers", Unit::Count).bar(),
        Column::new("share", "Share", Unit::Share),
        Column::new("picture", "", Unit::Text),
    ]);
    let latency = &outcome.latency;
    let whole = latency.len();
    let (least, most) = (latency.min().max(1), latency.max().max(1));
    let factor = (most as f64 / least as f64).powf(1.0 / f64::from(STEPS)).max(1.05);
    let mut steps = Vec::new();
    let (mut from, mut edge) = (0, least as f64);
    while from <= most {
        edge *= factor;
        let to = (edge.ceil() as u64).max(from + 1);
        let to = if to >= most { most } else { to };
        steps.push((to, latency.count_between(from, to)));
        from = to + 1;
    }
    let highest = steps.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    for (to, count) in steps {
        let blocks = (count * 32).div_ceil(highest) as usize;
        table.push(vec![
            ms(to),
            Cell::Count(count),
            Cell::Share { part: count, whole },
            Cell::text("█".repeat(blocks)),
        ]);
    }
    Block::new("latencies", "Answers by latency", Body::Table(table))
}

fn statuses(outcome: &Outcome) -> Block {
    let mut table = Table::new(vec![
        Column::new("status", "Status", Unit::Name),
        Column::new("answers", "Answers", Unit::Count).bar(),
    ]);
    for (status, count) in &outcome.statuses {
        table.push(vec![Cell::name(status.to_string()), Cell::Count(*count)]);
    }
    Block::new("statuses", "Answers by status", Body::Table(table))
}

fn failures(outcome: &Outcome) -> Block {
    let mut table = Table::new(vec![
        Column::new("failure", "What went wrong", Unit::Text),
        Column::new("requests", "Requests", Unit::Count).bar(),
    ]);
    let mut kinds: Vec<(&String, &u64)> = outcome.failed.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (kind, count) in kinds {
        table.push(vec![Cell::text(kind.clone()), Cell::Count(*count)]);
    }
    Block::new("failures", "Failed requests", Body::Table(table))
}

fn routes(outcome: &Outcome) -> Block {
    let mut table = Table::new(vec![
        Column::new("route", "Request", Unit::Name),
        Column::new("answered", "Answered", Unit::Count).bar(),
        Column::new("failed", "Failed", Unit::Count),
        Column::new("statuses", "Statuses", Unit::Text),
        Column::new("p50_ms", "50 %, ms", Unit::Ratio),
        Column::new("p99_ms", "99 %, ms", Unit::Ratio),
    ]);
    for route in &outcome.by_route {
        let at = |quantile: f64| {
            if route.latency.is_empty() {
                Cell::Absent
            } else {
                ms(route.latency.value_at_quantile(quantile))
            }
        };
        table.push(vec![
            Cell::name(route.route.clone()),
            Cell::Count(route.answered),
            Cell::Count(route.failed),
            Cell::text(counted(&route.statuses)),
            at(0.5),
            at(0.99),
        ]);
    }
    Block::new("routes", "By request", Body::Table(table))
}

/// "200: 950, 404: 50".
fn counted(statuses: &BTreeMap<u16, u64>) -> String {
    statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect::<Vec<_>>().join(", ")
}

fn notes(sheet: &mut Sheet, options: &LoadOptions, scenario: &Scenario, outcome: &Outcome) {
    match outcome.ended_early {
        Some(EndedEarly::Refused) => {
            sheet.warn(Tone::Warning, "The service went away: nothing listens at its address any more.");
        }
        Some(EndedEarly::Silent) => {
            let text = "The service says nothing any more: every request under way ran out of time.";
            sheet.warn(Tone::Warning, text);
        }
        Some(EndedEarly::Stopped) => {
            sheet.warn(Tone::Partial, "Interrupted: the figures are of what was sent until then.");
        }
        Some(EndedEarly::Time) if options.requests.is_some() => {
            sheet.warn(Tone::Info, "The time was over before all requests were sent.");
        }
        _ => {}
    }
    if scenario.http2 && outcome.statuses.is_empty() {
        let text =
            "Nothing was answered over HTTP/2: a service must speak it in cleartext, without an upgrade.";
        sheet.warn(Tone::Warning, text);
    }
    let none = |route: &&RouteOutcome| {
        route.sent > 0 && !route.statuses.is_empty() && route.statuses.keys().all(|status| *status >= 400)
    };
    let errors: Vec<&RouteOutcome> = outcome.by_route.iter().filter(none).collect();
    if let Some(first) = errors.first() {
        let name = first.route.replace('`', "'");
        let text = match errors.len() {
            1 => format!("`{name}` was answered with errors only ({}).", counted(&first.statuses)),
            many => format!("{many} kinds of requests were answered with errors only, `{name}` among them."),
        };
        sheet.warn(Tone::Warning, text);
    }
}
