//! What is known about libraries, as data: one TOML file a library under `models/`.
//!
//! Adding a library is adding a file; `xtask`'s table of models is made from the folder at build time.
//! Every field is optional but `name` and `packages`. A *maker* names how a value comes to be, relative to the
//! packages of the file: `"new LRUCache"` (a class), `"createServer"` (an exported function called),
//! `"default"` (the default export or the module itself called), `"new default"`. For globals the packages list
//! is empty: `"new WebSocket"`, `"fetch"`.

use serde::Deserialize;

/// How often a callback runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelRate {
    /// Once, while the service comes up.
    Startup,
    /// On a timer.
    Tick,
    /// Per connection, session or socket.
    Connection,
    /// Per message, job or event.
    Message,
    /// Per HTTP request, RPC or page.
    Request,
    /// Once, while the service goes down.
    Shutdown,
}

/// How long a value of a type lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelLife {
    /// As long as the process, in practice.
    Process,
    /// A connection or session.
    Connection,
    /// One request.
    Request,
    /// The call that made it.
    Call,
}

/// A call that registers callbacks which then run again and again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryModel {
    /// Names of the receiver's types (see [`TypeModel::name`]); empty for a free function.
    #[serde(default)]
    pub on: Vec<String>,
    /// Method or exported function names that register.
    pub calls: Vec<String>,
    /// Only when the first argument is one of these literals (event names); empty: any.
    #[serde(default)]
    pub events: Vec<String>,
    /// How often the callbacks run.
    pub rate: ModelRate,
    /// Index of the argument that names the route, queue or event.
    #[serde(default)]
    pub route: Option<u8>,
    /// `"{METHOD} {route}"`, `"job {route}"`, `"tool {route}"`: METHOD is the method's name in capitals.
    #[serde(default)]
    pub label: String,
    /// Property names of an options argument that are callbacks (`fetch`, `handler`, `resolve` ...).
    #[serde(default)]
    pub properties: Vec<String>,
    /// Type names of the callback's parameters in order; "" for unknown.
    #[serde(default)]
    pub params: Vec<String>,
}

/// A function or method that the platform calls because of where it is and what it is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConventionModel {
    /// Globs on the file's path (`**/app/**/route.{ts,js}`); empty: any file of a package that uses the library.
    #[serde(default)]
    pub files: Vec<String>,
    /// Exported names (`GET`, `default`, `default.fetch` for a property of the default export).
    #[serde(default)]
    pub exports: Vec<String>,
    /// Methods of classes that extend or implement one of `bases` or carry one of `class_decorators`.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Base classes or interfaces.
    #[serde(default)]
    pub bases: Vec<String>,
    /// Decorators on the class.
    #[serde(default)]
    pub class_decorators: Vec<String>,
    /// Decorators on the method.
    #[serde(default)]
    pub method_decorators: Vec<String>,
    /// How often it runs.
    pub rate: ModelRate,
    /// What a reader should see: `"route {path}"`, `"Durable Object fetch"`.
    #[serde(default)]
    pub label: String,
}

/// A store: something that holds entries for longer than a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreModel {
    /// How it is made.
    pub makers: Vec<String>,
    /// Option names any of which bounds it (`max`, `maxSize`, `ttl` when swept); ignored when `bounded`.
    #[serde(default)]
    pub bounded_by: Vec<String>,
    /// True when it is bounded whatever the options.
    #[serde(default)]
    pub bounded: bool,
    /// True when a bare number as first argument bounds it (`new QuickLRU(100)`).
    #[serde(default)]
    pub bounded_by_number: bool,
    /// Options that expire entries by timer or sweep, not only on read.
    #[serde(default)]
    pub swept_by: Vec<String>,
    /// Options that make it keep nothing when they are false.
    #[serde(default)]
    pub off_by: Vec<String>,
    /// Methods that add.
    #[serde(default)]
    pub grow: Vec<String>,
    /// Methods that remove.
    #[serde(default)]
    pub shrink: Vec<String>,
    /// What bounds it, for an assurance: "evicts the least recently used beyond `max`".
    #[serde(default)]
    pub why: String,
}

/// A type with a lifetime, and what its emitters and methods do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeModel {
    /// Unique over all models, prefixed by the library: `express.App`, `http.IncomingMessage`.
    pub name: String,
    /// How values are made.
    #[serde(default)]
    pub makers: Vec<String>,
    /// Type annotation names that mean it when imported from the packages (`Request`, `Express`).
    #[serde(default)]
    pub annotations: Vec<String>,
    /// True when it has `on`/`once`/`addListener` or `addEventListener`.
    #[serde(default)]
    pub emitter: bool,
    /// Lifetime when nothing in the code says better.
    #[serde(default)]
    pub life: Option<ModelLife>,
    /// Methods that return a value of a type: `{ "route" = "express.App" }`.
    #[serde(default)]
    pub returns: std::collections::BTreeMap<String, String>,
}

/// Something that must be given back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceModel {
    /// How it is acquired: makers, or `"express.App.listen"`-like method of a modelled type.
    pub makers: Vec<String>,
    /// What it is, for people: "read stream", "Redis client", "pool client".
    pub what: String,
    /// Methods on the value that give it back.
    pub release: Vec<String>,
    /// Functions that take it as an argument and give it back or take it over (`pipeline`, `finished`).
    #[serde(default)]
    pub released_by: Vec<String>,
    /// True for something that costs a connection or a pool, meant to be made once per process.
    #[serde(default)]
    pub client: bool,
    /// True when it closes itself after normal use (a read stream read to its end).
    #[serde(default)]
    pub self_closing: bool,
    /// True when its close hook fires only after a call of `release`: no peer that goes away closes it.
    #[serde(default)]
    pub closed_by_hand: bool,
    /// True when it starts nothing unless it is given a function to call (or an object with one of `onTick`).
    #[serde(default)]
    pub with_callback: bool,
    /// Methods that hand the value a part of its own that ends it too: after `client.connect(transport)`,
    /// `transport.close()` closes the client.
    #[serde(default)]
    pub closed_with: Vec<String>,
    /// True when the garbage collector takes it back once nobody refers to it: no socket, thread or timer of its
    /// own keeps it alive. Forgetting it costs order, not memory (unless its options say `keepAlive: true`).
    #[serde(default)]
    pub collected: bool,
}

/// A listener-like registration with its way back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionModel {
    /// Receiver types; empty: any receiver of a package that uses the library.
    #[serde(default)]
    pub on: Vec<String>,
    /// Methods that register.
    pub calls: Vec<String>,
    /// Methods on the receiver that take the same arguments back.
    #[serde(default)]
    pub undo: Vec<String>,
    /// True when the call returns a function that undoes it.
    #[serde(default)]
    pub returns_undo: bool,
    /// Methods on the returned value that undo it (`unsubscribe`, `dispose`).
    #[serde(default)]
    pub handle_undo: Vec<String>,
    /// True when it listens on abort signals that it is given.
    #[serde(default)]
    pub on_signals: bool,
}

/// A metric whose label values are kept for ever.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricModel {
    /// How it is made (`new Counter`, `meter.createCounter`).
    pub makers: Vec<String>,
    /// Methods that record (`inc`, `observe`, `add`, `labels`).
    pub calls: Vec<String>,
    /// Index of the argument with the labels or attributes.
    pub labels: u8,
    /// True when newer versions fold all values beyond a limit into one series.
    #[serde(default)]
    pub capped: bool,
}

/// One library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Name for people.
    pub name: String,
    /// npm packages and subpaths whose import means this library; empty for globals of a runtime.
    pub packages: Vec<String>,
    /// True for promises that refer to those which they were made by, even when these have settled.
    #[serde(default)]
    pub keeps_origins: bool,
    /// Entry points by registration.
    #[serde(default)]
    pub entry: Vec<EntryModel>,
    /// Entry points by convention.
    #[serde(default)]
    pub convention: Vec<ConventionModel>,
    /// Stores.
    #[serde(default)]
    pub store: Vec<StoreModel>,
    /// Types.
    #[serde(default, rename = "type")]
    pub types: Vec<TypeModel>,
    /// Resources.
    #[serde(default)]
    pub resource: Vec<ResourceModel>,
    /// Subscriptions beyond `on`/`addEventListener`.
    #[serde(default)]
    pub subscription: Vec<SubscriptionModel>,
    /// Metrics.
    #[serde(default)]
    pub metric: Vec<MetricModel>,
}
