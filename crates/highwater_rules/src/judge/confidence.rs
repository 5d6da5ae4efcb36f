//! How sure a verdict is, in per cent: one factor for each thing that readers of findings found to matter.

use highwater_finding::Platform;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::vocabulary::{is_always_another, is_of_traffic};
use highwater_program::graph::{Base, Kind, Life, Op, PlaceId, Rate};

use super::retention::{Cause, Retained};
use super::{Context, names, releases, spot};

/// The certainty of a cause, from what such causes are worth at their best.
pub fn confidence(cx: &Context<'_>, ops: &[Op], r: &Retained, cause: Cause, base: u8) -> u8 {
    let mut c = f64::from(base);
    let file = highwater_program::graph::places::file_of(&r.place);
    let platform = file.map_or(Platform::Server, |f| cx.l.platform(f));
    c *= match r.life {
        Life::Process => 1.0,
        Life::Unknown => 0.85,
        _ => 0.6,
    };
    let rate = r.grows.first().map_or(Rate::Never, |g| g.1);
    c *= match rate {
        Rate::External if platform == Platform::Library => 0.85,
        Rate::External => 0.75,
        Rate::Tick => 0.9,
        _ => 1.0,
    };
    c *= match &r.keys {
        Domain::Few(_) => 0.5,
        _ => 1.0,
    };
    c *= match platform {
        // What serves requests is no page and no command, whatever its package is.
        // One person gives it work, and closes it in the evening.
        Platform::Desktop => 0.58,
        Platform::Browser | Platform::Cli if rate != Rate::Request && !lists_peers(cx, r) => 0.6,
        _ => 1.0,
    };
    // A list of peers grows with each that comes; other lists of an object may be as short as its life.
    if r.kind == Kind::Array && !lists_peers(cx, r) {
        let peers = super::kinds::about_peers(&super::kinds::words(&cx.l.place_symbol(&r.place)));
        let of_object = matches!(&r.place.base, Base::Field(..)) && !peers;
        c *= if r.life == Life::Process { 1.0 } else { 0.7 };
        c *= if rate == Rate::External && of_object { 0.7 } else { 1.0 };
    }
    c *= of_owner(cx, r, platform);
    c *= of_keys(cx, ops, r, cause) * of_chain(cx, r, platform);
    let symbol = cx.l.place_symbol(&r.place);
    if said_once(&symbol) {
        c *= 0.5;
    }
    let named_key = strong(&r.keys)
        && !matches!(&r.keys, Domain::Open(k) if matches!(k.as_str(), "appended" | "merged" | "id"));
    if cause == Cause::NoRelease && assembled(&symbol) && !named_key {
        c *= 0.55;
    }
    let shown = r.grows.iter().all(|(g, _)| in_user_interface(cx, g.func.file));
    if shown || file.is_some_and(|f| in_user_interface(cx, f)) {
        c *= 0.5;
    }
    if stands_in(cx, &r.place) {
        c *= 0.5;
    }
    if sets_up(cx, &r.place) {
        c *= 0.6;
    }
    if r.life == Life::Unknown && matches!(&r.place.base, Base::Binding(_)) && rate == Rate::External {
        c *= if factory(cx, &r.place) { 1.0 } else { 0.6 };
    }
    if r.life == Life::Unknown && short_lived_by_name(cx, &r.place) {
        c *= 0.5;
    } else if r.life == Life::Unknown && !long_lived_by_name(cx, &r.place) {
        c *= if rate >= Rate::Connection { 0.85 } else { 0.65 };
    }
    if r.kind == Kind::Str && r.life != Life::Process {
        c *= 0.6;
    }
    if r.kind == Kind::Object && cause == Cause::NoRelease && r.life != Life::Process && !named_key {
        c *= 0.8;
    }
    c.round().clamp(1.0, 99.0) as u8
}

/// How far an object of a library may be one of many that come and go: one that is put together by chained calls is.
fn of_owner(cx: &Context<'_>, r: &Retained, platform: Platform) -> f64 {
    if platform != Platform::Library && r.life == Life::Process && short_lived_by_name(cx, &r.place) {
        return 0.75;
    }
    if platform != Platform::Library || !matches!(&r.place.base, Base::Field(..)) {
        return 1.0;
    }
    // `Map.set` gives the map back as well.
    let collects = matches!(r.kind, Kind::Map | Kind::Set);
    let chained = !collects
        && r.grows.iter().all(|(g, rate)| *rate == Rate::External && spot::returns_this(cx, g.func));
    let short = r.life == Life::Process && short_lived_by_name(cx, &r.place);
    if chained || short { 0.55 } else { 1.0 }
}

/// How far the keys are of a sort of which there is always another.
fn of_keys(cx: &Context<'_>, ops: &[Op], r: &Retained, cause: Cause) -> f64 {
    let external = r.grows.first().is_some_and(|g| g.1 == Rate::External);
    // Who gives entries an age expects that there are always others.
    let aged = matches!(cause, Cause::ExpiryOnRead | Cause::SweepNeverCalled);
    // Far from what drives it, a key may come from anywhere.
    let far = r
        .grows
        .first()
        .is_some_and(|(g, _)| cx.program.rates.chain(cx.l, &cx.program.calls, g.func).steps.len() > 2);
    let of_anything = if far { 0.6 } else { 0.75 };
    let peers = super::kinds::about_peers(&super::kinds::words(&cx.l.place_symbol(&r.place)));
    match &r.keys {
        Domain::Open(text) if text == "merged" => of_anything,
        Domain::Open(text) if is_always_another(text) && !is_of_traffic(text) && !peers => of_anything,
        keys if strong(keys) => 1.0,
        _ if aged => 0.9,
        _ if external && !releases::is_cache(cx, &r.place, ops) => 0.65,
        Domain::Open(k) if k.to_ascii_lowercase().contains("key") => 0.8,
        _ => 0.7,
    }
}

/// How far the way from what drives the growth can be trusted: each step may be the wrong one.
fn of_chain(cx: &Context<'_>, r: &Retained, platform: Platform) -> f64 {
    let Some(&(g, rate)) = r.grows.first() else { return 1.0 };
    let chain = cx.program.rates.chain(cx.l, &cx.program.calls, g.func);
    let mut c = if chain.steps.len() > 8 { 0.85 } else { 1.0 };
    if !cx.may_recur(&chain) {
        c *= 0.4;
    } else if !cx.is_used(g.func) || rate == Rate::External && !cx.is_used(chain.first) {
        c *= 0.65;
    }
    if rate == Rate::External && platform != Platform::Library && cx.is_uncalled_method(chain.first) {
        c *= 0.75;
    }
    c
}

/// `this.clients` of something that lives as long as the service.
fn lists_peers(cx: &Context<'_>, r: &Retained) -> bool {
    super::kinds::about_peers(&super::kinds::words(&cx.l.place_symbol(&r.place)))
        && long_lived_by_name(cx, &r.place)
}

/// What libraries call the classes of which there is one for each thing they work on.
fn short_lived_by_name(cx: &Context<'_>, place: &PlaceId) -> bool {
    let Base::Field(c, _) = &place.base else { return false };
    let words = super::kinds::words(cx.l.file(c.file).str(cx.l.class(*c).name));
    words.last().is_some_and(|w| names::SHORT_LIVED.contains(&w.as_str()))
}

/// What libraries call the classes that live as long as the service.
fn long_lived_by_name(cx: &Context<'_>, place: &PlaceId) -> bool {
    let Base::Field(c, _) = &place.base else { return true };
    if cx.l.container(*c).is_some() {
        return true;
    }
    let name = cx.l.file(c.file).str(cx.l.class(*c).name).to_ascii_lowercase();
    names::LONG_LIVED.iter().any(|w| name.contains(w))
}

/// Keys that name users, requests, sessions and the like: there is always another.
fn strong(keys: &Domain) -> bool {
    let Domain::Open(text) = keys else { return false };
    text == "appended" || text == "merged" || is_always_another(text)
}

/// Sets of warnings already given.
fn said_once(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    ["warned", "warning", "deprecat", "emitted", "logged", "reported", "notified"]
        .iter()
        .any(|w| n.contains(w))
}

/// The variable belongs to a function that makes things.
fn factory(cx: &Context<'_>, place: &PlaceId) -> bool {
    let Base::Binding(b) = &place.base else { return false };
    // Who may bring a collection of his own means it to stay.
    if cx.l.default_of(*b).is_some() {
        return true;
    }
    let name = cx.l.fn_name(b.with(cx.l.binding(*b).func)).to_ascii_lowercase();
    [
        "create", "make", "build", "new", "factory", "init", "use", "with", "memo", "cache", "limit",
        "throttle", "debounce",
    ]
    .iter()
    .any(|w| name.contains(w))
}

/// What a program is put together from: a few of each, whoever adds them.
fn assembled(name: &str) -> bool {
    let n = name.trim_start_matches(['_', '#']).to_ascii_lowercase();
    [
        "processors",
        "interceptors",
        "middleware",
        "middlewares",
        "plugins",
        "hooks",
        "readers",
        "exporters",
        "extensions",
        "providers",
        "validators",
        "resolvers",
        "adapters",
        "transforms",
        "rules",
        "views",
        "filters",
        "strategies",
        "factories",
        "registrations",
        "overrides",
        "routes",
        "before",
        "after",
        "collectors",
        "schemas",
        "commands",
        "modules",
        "loaders",
        "formatters",
        "serializers",
        "parsers",
        "policies",
        "guards",
        "projections",
        "migrations",
        "instrumentations",
        "integrations",
        "detectors",
        "propagators",
        "layers",
    ]
    .iter()
    .any(|w| n == *w || (w.len() > 6 && n.ends_with(w)))
}

/// Work that an operator does a few times: installers and the like.
fn sets_up(cx: &Context<'_>, place: &PlaceId) -> bool {
    let Base::Field(c, _) = &place.base else { return false };
    let name = cx.l.file(c.file).str(cx.l.class(*c).name);
    super::kinds::words(name).iter().any(|w| {
        matches!(
            w.as_str(),
            "install" | "installer" | "bootstrap" | "bootstrapper" | "migration" | "migrator"
        )
    })
}

/// A database in memory: many collections in one class or file of that name, to develop and to test with.
fn stands_in(cx: &Context<'_>, place: &PlaceId) -> bool {
    let (file, of_class) = match &place.base {
        Base::Field(c, _) => (c.file, cx.l.file(c.file).str(cx.l.class(*c).name).to_ascii_lowercase()),
        Base::Binding(b) => (b.file, String::new()),
        _ => return false,
    };
    let path = cx.l.file(file).path.to_ascii_lowercase();
    let by_name = of_class.contains("inmemory")
        || ["in-memory", "in_memory", "inmemory"].iter().any(|w| path.contains(w));
    by_name && {
        let same = |p: &PlaceId| {
            highwater_program::graph::places::file_of(p) == Some(file)
                && p.path.is_empty()
                && cx.l.kind_of_place(p).is_some()
        };
        let folder = path.rsplit_once('/').map_or("", |x| x.0);
        let here = cx.program.effects.places.iter().filter(|(p, _)| same(p)).count();
        here >= 4 || folder.contains("memory")
    }
}

/// Components, hooks and pages: browser code, whatever the package is.
fn in_user_interface(cx: &Context<'_>, file: highwater_program::graph::FileId) -> bool {
    let f = cx.l.file(file);
    let name = f.path.rsplit('/').next().unwrap_or("");
    let hook =
        name.starts_with("use") && name.chars().nth(3).is_some_and(|c| c == '-' || c.is_ascii_uppercase());
    f.is_component
        || hook
        || f.path.split('/').any(|p| {
            matches!(
                p,
                "components" | "ui" | "tui" | "frontend" | "browser" | "renderer" | "webview" | "webview-ui"
            )
        })
}
