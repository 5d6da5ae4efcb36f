//! How fast a place grows: bytes an entry from the value's shape, entries an hour from the traffic profile.
//!
//! The shares are rough and stated: a route gets an equal part of the profile's requests, one in twenty at least;
//! what runs before every route gets all of them; events and calls from outside count as one route. A key that
//! names a user adds no more entries than there are users; a key from a request repeats four times in five, unless
//! the request creates something; whatever has no key adds each time.

use highwater_finding::{Growth, Platform, Projection, Severity};
use highwater_program::graph::keys::Domain;
use highwater_program::graph::{ExprRef, FunRef, Kind, Op, OpKind, Rate, Ty};
use highwater_program::ir::*;

use super::Context;
use super::held::number;
use super::kinds::words;
use super::retention::Retained;
use super::shape::{self, Shape};
use super::tell;
use super::wording::{driving, each, is_route};
use crate::Settings;

const HOURS: [u32; 4] = [1, 8, 24, 168];
const YEAR_HOURS: u64 = 8760;
/// A route gets at least this part of all requests.
const ROUTES_MAX: u64 = 20;
/// A timer whose period cannot be read.
const TICKS_PER_HOUR: u64 = 60;
const MAP_ENTRY_BYTES: u64 = 40;
const SET_ENTRY_BYTES: u64 = 32;
const DICTIONARY_ENTRY_BYTES: u64 = 24;
const SLOT_BYTES: u64 = 8;
const KEY_BYTES: u64 = 56;
const TEXT_BYTES: u64 = 100;
/// A promise of a chain with its two reactions.
const LINK_BYTES: u64 = 200;
/// Per cent of requests whose key is new, when nothing says more.
const NEW_KEYS_PERCENT: u64 = 20;

/// The growth that an experiment measured: so many bytes a request, with the traffic and the limit of the settings.
pub fn measured(settings: &Settings, bytes_per_request: u64, shape: String) -> Growth {
    project(settings, bytes_per_request, shape, "request".into(), settings.profile.requests_per_hour, 100)
}

/// The growth of a place, from its most frequent growth site.
pub fn growth(cx: &Context<'_>, r: &Retained) -> Option<Growth> {
    let (op, _) = r.grows.first()?;
    let (bytes_per_event, shape) = entry(cx, r, op);
    let f = driving(cx, op);
    let events_per_hour = events(cx, f);
    let new_key_percent = new_keys(cx, r, op, events_per_hour);
    Some(project(cx.settings, bytes_per_event.max(1), shape, each(cx, f), events_per_hour, new_key_percent))
}

fn project(
    settings: &Settings,
    bytes_per_event: u64,
    shape: String,
    event: String,
    events_per_hour: u64,
    new_key_percent: u8,
) -> Growth {
    let entries_after = |hours: u64| {
        let all = u128::from(events_per_hour) * u128::from(hours) * u128::from(new_key_percent) / 100;
        u64::try_from(all).unwrap_or(u64::MAX)
    };
    let table = HOURS
        .iter()
        .map(|&hours| {
            let entries = entries_after(u64::from(hours));
            Projection { hours, entries, bytes: entries.saturating_mul(bytes_per_event) }
        })
        .collect();
    let limit_bytes = settings.limit.bytes;
    let per_day = entries_after(24).saturating_mul(bytes_per_event);
    let hours = (per_day > 0).then(|| u128::from(limit_bytes) * 24 / u128::from(per_day));
    let hours_to_limit = hours.and_then(|h| u64::try_from(h).ok()).filter(|h| *h <= YEAR_HOURS);
    Growth {
        bytes_per_event,
        shape,
        event,
        events_per_hour,
        new_key_percent,
        table,
        limit_bytes,
        hours_to_limit,
    }
}

/// Bytes of one entry, and what it is made of.
fn entry(cx: &Context<'_>, r: &Retained, op: &Op) -> (u64, String) {
    if r.kind == Kind::Str {
        return (TEXT_BYTES, "text of 100 characters".into());
    }
    if op.kind == OpKind::Chain {
        return (LINK_BYTES, "promise with its reactions".into());
    }
    let element = match cx.l.ty_of_place(&r.place) {
        Ty::Coll(_, element) => (*element).clone(),
        _ => Ty::Unknown,
    };
    let value = if op.value.is_some() { op.value } else { op.key };
    let value = match cx.l.expr(op.site.with(value)) {
        Expr::Spread(inner) => inner,
        _ => value,
    };
    let weight = if op.kind == OpKind::Merge {
        Shape::default()
    } else {
        shape::of_value(cx, op.site.with(value), &element)
    };
    let key = key_bytes(cx, r, op);
    let (slot, name) = match r.kind {
        Kind::Map => (MAP_ENTRY_BYTES + key, "map entry"),
        Kind::Set => (SET_ENTRY_BYTES, "set entry"),
        Kind::Array => (SLOT_BYTES, "array slot"),
        Kind::Object | Kind::Str | Kind::Weak => (DICTIONARY_ENTRY_BYTES + key, "object key"),
    };
    let mut parts = vec![name.to_string()];
    if key > 0 && matches!(r.kind, Kind::Map | Kind::Object) {
        parts.push("key string".into());
    }
    parts.extend(Some(weight.text()).filter(|t| !t.is_empty()));
    (slot + weight.bytes, parts.join(" + "))
}

/// A key that is text is kept with its entry; a number or an object is not counted.
fn key_bytes(cx: &Context<'_>, r: &Retained, op: &Op) -> u64 {
    if !matches!(r.kind, Kind::Map | Kind::Object) || op.kind == OpKind::Merge {
        return if r.kind == Kind::Object { KEY_BYTES } else { 0 };
    }
    match cx.l.type_of(op.site.with(op.key)) {
        Ty::Instance(_) | Ty::Lib(_) | Ty::Fn(_) | Ty::AnyFn | Ty::Finite => 0,
        _ => match cx.l.expr(op.site.with(op.key)) {
            Expr::Num(_) | Expr::Update { .. } => 0,
            _ => KEY_BYTES,
        },
    }
}

/// How often a function runs in an hour of the assumed traffic.
pub fn events(cx: &Context<'_>, f: FunRef) -> u64 {
    let profile = &cx.settings.profile;
    match cx.rate(f) {
        Rate::Never | Rate::Shutdown | Rate::Init => 0,
        Rate::Tick => ticks(cx, f),
        Rate::Connection => profile.connections_per_hour,
        Rate::Request if runs_for_all(&tell::driver(cx, f)) => profile.requests_per_hour,
        Rate::Request | Rate::Message | Rate::External => {
            profile.requests_per_hour / routes(cx).clamp(1, ROUTES_MAX)
        }
    }
    .max(1)
}

/// Middleware and whole-server handlers see every request.
fn runs_for_all(label: &str) -> bool {
    !is_route(label)
        && ["middleware", "HTTP request", "hook", "not found"].iter().any(|w| label.starts_with(w))
}

/// Distinct routes of the program.
fn routes(cx: &Context<'_>) -> u64 {
    *cx.routes.get_or_init(|| {
        let entries = cx.program.calls.entries.list.iter();
        let mut labels: Vec<&str> = entries
            .filter(|e| e.rate == Rate::Request && !runs_for_all(&e.label))
            .map(|e| e.label.as_str())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels.len() as u64
    })
}

fn ticks(cx: &Context<'_>, f: FunRef) -> u64 {
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, f);
    let period = chain.entry_site.and_then(|site| period_ms(cx, site));
    period.map_or(TICKS_PER_HOUR, |ms| (3_600_000.0 / ms.max(1.0)) as u64)
}

/// The period of `setInterval(f, ms)`.
fn period_ms(cx: &Context<'_>, site: ExprRef) -> Option<f64> {
    let f = cx.l.file(site.file);
    let Expr::Call { callee, args } = f.expr(site.id) else { return None };
    if highwater_program::graph::entry::callee_name(f, callee) != Some("setInterval") {
        return None;
    }
    number(cx, site.with(f.nth(args, 1)), 0)
}

/// How many in a hundred events add an entry.
fn new_keys(cx: &Context<'_>, r: &Retained, op: &Op, events_per_hour: u64) -> u8 {
    if matches!(r.kind, Kind::Array | Kind::Str) || matches!(op.kind, OpKind::Chain | OpKind::GrowEnd) {
        return 100;
    }
    let f = driving(cx, op);
    let label = tell::driver(cx, f);
    let key = match &r.keys {
        Domain::Open(text) | Domain::Few(text) => words(text),
        Domain::Const | Domain::Finite(_) => vec![],
    };
    let any = |list: &[&str]| key.iter().any(|w| list.contains(&w.as_str()));
    let percent = if any(FRESH) || label.starts_with("POST ") && !any(USERS) || cx.rate(f) == Rate::Connection
    {
        100
    } else if any(USERS) {
        cx.settings.profile.users_per_hour.saturating_mul(100) / events_per_hour.max(1)
    } else {
        NEW_KEYS_PERCENT
    };
    percent.clamp(1, 100) as u8
}

const FRESH: &[&str] =
    &["uuid", "nanoid", "random", "now", "nonce", "timestamp", "next", "sequence", "request", "message"];
const USERS: &[&str] = &[
    "user",
    "users",
    "tenant",
    "account",
    "owner",
    "guild",
    "ip",
    "email",
    "address",
    "customer",
    "member",
    "player",
    "chat",
    "author",
    "visitor",
    "phone",
    "org",
    "organization",
    "workspace",
];

/// How bad: from what drives it, how fast, where it runs, and how sure.
pub fn severity(cx: &Context<'_>, r: &Retained, growth: Option<&Growth>, confidence: u8) -> Severity {
    let file = highwater_program::graph::places::file_of(&r.place);
    let platform = file.map_or(Platform::Server, |f| cx.l.platform(f));
    if confidence < 35 || matches!(platform, Platform::Browser | Platform::Cli) {
        return Severity::Low;
    }
    if matches!(platform, Platform::Isolate | Platform::Function) {
        return Severity::Moderate;
    }
    let rate = r.grows.first().map_or(Rate::Never, |g| g.1);
    let hours = growth.and_then(|g| g.hours_to_limit);
    let open = matches!(r.keys, Domain::Open(_));
    match (rate >= Rate::Connection, hours) {
        (true, _) if confidence >= 80 && open => Severity::Critical,
        (true, Some(h)) if confidence >= 80 && h <= 24 * 30 => Severity::Critical,
        // How often code outside the tree calls is not known; a known slow beat is.
        (false, None) if rate != Rate::External => Severity::Low,
        _ => Severity::Moderate,
    }
}
