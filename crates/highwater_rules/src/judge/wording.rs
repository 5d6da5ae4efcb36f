//! The sentences about growing places: titles, impacts, and why each removal does not help.

use highwater_finding::Growth;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::{FunRef, Kind, Life, Op, OpKind, Rate};

use super::Context;
use super::kinds::{growing_values, has, idle_removal, is_idle, uncalled_sweep};
use super::releases::{Driver, Release};
use super::retention::{Cause, Retained, Verdict};
use super::tell;

/// The function that decides how often a growth happens: where the place is handed over, else where it grows.
pub fn driving(cx: &Context<'_>, op: &Op) -> FunRef {
    op.via.map_or(op.func, |v| cx.l.fn_of(v))
}

/// What drives a function, to stand after "on each": "`POST /projects`", "WebSocket message".
pub fn each(cx: &Context<'_>, f: FunRef) -> String {
    let label = tell::driver(cx, f);
    let rate = cx.rate(f);
    // Handed out while the process starts, called whenever it pleases whoever has it.
    if label.is_empty() || label == "start-up" || label == rate.phrase() {
        by_rate(rate).into()
    } else {
        occasion(&label)
    }
}

/// An entry point's label as something that happens again and again.
fn occasion(label: &str) -> String {
    if is_route(label) {
        return format!("`{label}`");
    }
    if let Some(rest) = label.strip_prefix("a call of ") {
        let name = rest.strip_suffix(" from outside").unwrap_or(rest);
        return format!("call of {}", name.replace("fields of ", "new "));
    }
    match label {
        "interval" => return "tick of an interval".into(),
        "middleware" => return "request (middleware)".into(),
        "component" => return "render".into(),
        "effect" => return "run of the effect".into(),
        "route" | "page" | "hook" | "tool" | "job" | "function" | "action" => {
            return format!("call of a {label}");
        }
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ALL" => return format!("{label} request"),
        _ => {}
    }
    let Some((kind, name)) = label.split_once(' ') else {
        // A library's name alone, where the event has none.
        let named = label.contains('.') || label.chars().next().is_some_and(char::is_uppercase);
        return if named { format!("{label} event") } else { label.into() };
    };
    let name = name.trim_matches('`');
    match kind {
        "event" | "hook" => format!("`{name}` {kind}"),
        "page" | "route" => format!("request of the {kind} `{name}`"),
        "tool" | "action" | "function" => format!("call of the {kind} `{name}`"),
        "job" | "cron" => format!("run of {kind} `{name}`"),
        "queue" => format!("message of queue `{name}`"),
        "middleware" => format!("request below `{name}`"),
        "component" => format!("render ({name})"),
        _ => label.into(),
    }
}

fn by_rate(rate: Rate) -> &'static str {
    match rate {
        Rate::Tick => "timer tick",
        Rate::Connection => "connection",
        Rate::Message => "event",
        Rate::Request => "request",
        _ => "later call",
    }
}

/// `POST /projects`: a method and a path.
pub fn is_route(label: &str) -> bool {
    label.split_once(' ').is_some_and(|(method, path)| {
        !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase()) && path.starts_with('/')
    })
}

/// One thing that a place gains.
pub fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Array => "an element",
        Kind::Object => "a key",
        Kind::Str => "more text",
        Kind::Map | Kind::Set | Kind::Weak => "an entry",
    }
}

fn first(r: &Retained) -> Option<&Op> {
    r.grows.first().map(|(op, _)| op)
}

/// The first line of a finding.
pub fn title(cx: &Context<'_>, rule: &str, r: &Retained) -> String {
    let path = cx.l.place_path(&r.place);
    let on = first(r).map_or(String::new(), |op| format!(" on each {}", each(cx, driving(cx, op))));
    let gains = format!("`{path}` gains {}{on}", unit(r.kind));
    if let Some(x) = idle_removal(cx, r) {
        let line = cx.l.place_of_expr(x.op.site).line;
        return format!(
            "{gains}, and the removal at line {line} asks for a key or a value that is never stored"
        );
    }
    match rule {
        "sweep-never-called" => match dead_sweep(cx, r) {
            Some(name) => format!("{gains}, and nothing ever calls `{name}`, which would sweep it"),
            None => format!("{gains}, and the code that would sweep it is never called"),
        },
        "expiry-only-on-read" => {
            format!("{gains}; an expired one goes only when the same key is read again")
        }
        "cap-never-enforced" => format!("{gains}, and the check of its size removes nothing"),
        "partial-cleanup" => format!("{gains} and loses it only {}", partly(cx, r)),
        "session-not-removed" => format!("{gains} and {}", no_removal(cx, r, "when the other side is gone")),
        "pending-request-not-removed" => {
            format!("{gains} and {}", no_removal(cx, r, "when no answer comes"))
        }
        "lock-not-released" => format!("{gains} and {}", no_removal(cx, r, "when the work is done")),
        "unbounded-queue" => match first(r) {
            Some(op) if op.kind == OpKind::Chain => {
                format!("`{path}` takes one more link{on}: nothing limits how much work waits in the chain")
            }
            _ => match r.verdict {
                Verdict::Leak(Cause::Requeued) => {
                    format!("{gains}, gets back what could not be sent, and has no limit")
                }
                Verdict::Leak(Cause::DrainedOnSuccess) => {
                    format!("{gains} and is emptied only when sending went well")
                }
                _ if !r.releases.is_empty() && r.releases.iter().all(|x| x.driver == Driver::Shutdown) => {
                    format!("{gains} and is emptied only at the end of the process")
                }
                _ => format!("{gains}, and nothing limits how many may wait"),
            },
        },
        "string-accumulation" => format!("`{path}` gets longer{on} and is never cut"),
        "nested-collection" if growing_values(cx, &r.place).is_some() => {
            format!("{gains}, its values grow as well, and nothing removes from either")
        }
        _ if has_other_removals(r) => format!("{gains}, and nothing removes one while the service runs"),
        _ => format!("{gains} and nothing ever removes one"),
    }
}

fn has_other_removals(r: &Retained) -> bool {
    r.releases.iter().any(|x| x.driver != Driver::Replace)
}

fn no_removal(cx: &Context<'_>, r: &Retained, when: &str) -> String {
    if has(r, Driver::SuccessOnly) || has(r, Driver::ErrorOnly) {
        return format!("loses it only {}", partly(cx, r));
    }
    if has(r, Driver::Driven) || has(r, Driver::Api) {
        return format!("loses it only if somebody asks for it, not {when}");
    }
    format!("nothing removes it {when}")
}

fn partly(cx: &Context<'_>, r: &Retained) -> String {
    let Some(x) = r.releases.iter().find(|x| matches!(x.driver, Driver::SuccessOnly | Driver::ErrorOnly))
    else {
        return "on some paths".into();
    };
    let line = cx.l.place_of_expr(x.op.site).line;
    match x.driver {
        Driver::ErrorOnly => format!("when something fails (line {line})"),
        _ => format!("when all goes well (line {line})"),
    }
}

/// The name of the sweep that nothing calls.
pub fn dead_sweep(cx: &Context<'_>, r: &Retained) -> Option<String> {
    uncalled_sweep(cx, r).map(|x| cx.l.fn_name(x.op.func))
}

/// Why a removal does not hold the place, to stand after its location.
pub fn why_not(cx: &Context<'_>, x: &Release) -> String {
    let name = cx.l.fn_name(x.op.func);
    match x.driver {
        Driver::SuccessOnly => {
            "removes at the end of the work: an error or an early return on the way skips it".into()
        }
        Driver::ErrorOnly => "removes only when something fails; what succeeds stays".into(),
        Driver::Driven => {
            format!("removes only on each {}, which may never come", each(cx, x.op.func))
        }
        Driver::Api => format!("`{name}` removes, if whoever uses it remembers to call it"),
        Driver::ReadExpiry => "removes an expired entry only when the same key is read again".into(),
        Driver::Replace => "makes room for the same key only; other keys stay".into(),
        Driver::Shutdown if cx.rate(x.op.func) == Rate::Init => {
            format!("`{name}` runs while the process starts, not while it serves")
        }
        Driver::Shutdown => format!("`{name}` is for the end of the whole, not for the time it serves"),
        Driver::Dead if is_idle(cx, x) => {
            "compares the entry with a value that is never stored under the key, so it never removes".into()
        }
        Driver::Dead => format!("`{name}` would remove, and nothing calls it"),
        Driver::Finally | Driver::Teardown | Driver::Timeout | Driver::Sweep | Driver::Reset => {
            format!("`{name}` removes here")
        }
    }
}

/// How long the place lives, for the first step of the argument.
pub fn lifetime(r: &Retained) -> &'static str {
    match r.life {
        Life::Process => "declared here; it lives as long as the process",
        Life::Entry => "declared here; it lives as long as the entry that holds it",
        Life::Unknown => "declared here; it outlives the calls that fill it",
        Life::Call | Life::NotInProduction => "declared here",
    }
}

/// What the keys are drawn from, as a step of the argument; nothing for what has no keys.
pub fn keys(r: &Retained) -> Option<String> {
    match &r.keys {
        Domain::Few(name) => {
            Some(format!("its keys are `{name}`: perhaps few, but nothing in the code says so"))
        }
        Domain::Open(_) if matches!(r.kind, Kind::Array | Kind::Str) => None,
        Domain::Open(text) if text == "merged" => Some("whatever keys are merged in stay".into()),
        Domain::Open(text) if text == "an expression" => Some("nothing limits the set of its keys".into()),
        Domain::Open(text) => Some(format!("its keys come from `{text}`: nothing limits how many there are")),
        Domain::Const | Domain::Finite(_) => None,
    }
}

/// What happens, to whom, when: two or three sentences without code.
pub fn impact(cx: &Context<'_>, rule: &str, r: &Retained, growth: Option<&Growth>) -> String {
    let op = first(r);
    let rate = op.map_or(Rate::Never, |o| cx.rate(driving(cx, o)));
    let what = match rule {
        "sweep-never-called" => {
            "What has expired is never used again and never let go either, because the sweep has no caller."
        }
        "expiry-only-on-read" => {
            "Keys that are asked for once and never again stay for ever, expired or not."
        }
        "cap-never-enforced" => "The limit is looked at and not kept, so the memory rises past it.",
        "partial-cleanup" => "Each piece of work that takes the other path leaves its entry behind for good.",
        "session-not-removed" => {
            "Peers that vanish without a goodbye (closed tabs, lost networks, crashed clients) stay in it for ever, with all they hold on to."
        }
        "pending-request-not-removed" => {
            "Requests whose answer never comes stay in it for ever, with the callbacks and everything these can see."
        }
        "lock-not-released" => "Each key that was ever locked leaves its entry behind.",
        "unbounded-queue" => {
            "While the consumer is slower than the producer, or down, everything that waits is held in memory and nothing pushes back."
        }
        "string-accumulation" => "The text is kept whole, and each use of it copies all of it.",
        "nested-collection" => {
            "Each key has its own collection, and a single busy key is enough to fill memory."
        }
        _ => "What was added stays reachable, so the collector can never take it back.",
    };
    let mut out = what.to_string();
    if let Some(g) = growth {
        out.push(' ');
        out.push_str(&figures(rule, g));
    }
    if rate >= Rate::Connection && r.life != Life::Entry {
        out.push_str(" Clients drive it: whoever sends enough requests exhausts the memory sooner.");
    }
    out
}

fn figures(rule: &str, g: &Growth) -> String {
    let exact =
        u128::from(g.bytes_per_event) * u128::from(g.events_per_hour) * u128::from(g.new_key_percent) / 100;
    let per_hour = u64::try_from(exact).unwrap_or(u64::MAX);
    let until = match g.hours_to_limit {
        Some(h) => format!("reaches the limit of {} after about {}", bytes(g.limit_bytes), span(h)),
        None => format!("stays below the limit of {} for more than a year", bytes(g.limit_bytes)),
    };
    let when = if rule == "unbounded-queue" {
        "While nothing is taken out, it"
    } else {
        "At the assumed traffic it"
    };
    format!("{when} rises by {} an hour and {until}.", bytes(per_hour))
}

/// "412 B", "1.5 MB": rounded as reports round.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 3] = ["KB", "MB", "GB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut unit_bytes = 1024u128;
    for unit in UNITS {
        let tenths = (u128::from(n) * 10 + unit_bytes / 2) / unit_bytes;
        if tenths < 10_240 || unit == "GB" {
            return if tenths < 100 && !tenths.is_multiple_of(10) {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{} {unit}", (tenths + 5) / 10)
            };
        }
        unit_bytes *= 1024;
    }
    format!("{n} B")
}

/// The first letter in upper case.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// "5 hours", "12 days".
fn span(hours: u64) -> String {
    match hours {
        0 => "less than an hour".into(),
        1 => "an hour".into(),
        h if h < 24 || h < 72 && !h.is_multiple_of(24) => format!("{h} hours"),
        h => match h.saturating_add(12) / 24 {
            1 => "a day".into(),
            days => format!("{days} days"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(412), "412 B");
        assert_eq!(bytes(1_572_864), "1.5 MB");
        assert_eq!(bytes(512 << 20), "512 MB");
        assert_eq!(bytes(6_042_624), "5.8 MB");
        assert_eq!(
            (span(0), span(30), span(90)),
            ("less than an hour".into(), "30 hours".into(), "4 days".into())
        );
        assert_eq!(occasion("event `close`"), "`close` event");
        assert_eq!(occasion("a call of `fields of A` from outside"), "call of `new A`");
        assert_eq!(occasion("WebSocket message"), "WebSocket message");
        assert!(is_route("POST /a") && !is_route("event `a`") && !is_route("UDP message"));
    }
}
