//! The shape of `highwater.toml`, and the JSON schema made from it. The comments here are the schema's texts.

use highwater_finding as words;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;

/// Configuration of Highwater. Every key is optional; an unknown key is an error.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "highwater.toml")]
pub struct File {
    /// Where the code runs. Without it, each package is judged by its manifest.
    pub platform: Option<Platform>,
    /// Traffic assumed for growth figures.
    pub profile: Option<ProfileTable>,
    /// Limits of memory and of what is read.
    pub limits: Option<LimitsTable>,
    /// What is kept from run to run.
    pub cache: Option<CacheTable>,
    /// Where requests, jobs and events come in, beside what Highwater recognises by itself.
    pub entry_points: Option<EntryPointsTable>,
    /// Packages of the tree by their folders, relative to this file.
    pub packages: Option<BTreeMap<String, PackageTable>>,
    /// Severity by rule: "low", "moderate", "critical", or "off".
    #[schemars(with = "Option<BTreeMap<String, Level>>")]
    pub severity: Option<BTreeMap<Spanned<String>, Level>>,
    /// Files to leave out, as globs of .gitignore, relative to this file.
    #[schemars(with = "Option<Vec<String>>")]
    pub ignore: Option<Vec<Spanned<String>>>,
    /// The exit code is 1 when a finding is at least this severe; "off" never fails. Default: "moderate".
    pub fail_on: Option<Level>,
}

/// Traffic assumed for growth figures. Printed in every report.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileTable {
    /// A name for the report. Default: "highwater.toml".
    pub name: Option<String>,
    /// Requests per hour over the whole service. Default: 36000.
    pub requests_per_hour: Option<u64>,
    /// New connections per hour. Default: 1000.
    pub connections_per_hour: Option<u64>,
    /// Distinct users per hour. Default: 1000.
    pub users_per_hour: Option<u64>,
}

/// Limits of memory and of what is read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsTable {
    /// Memory of the process: "512MB", "2GB". Units are powers of 1024.
    #[schemars(with = "Option<String>")]
    pub memory: Option<Spanned<String>>,
    /// Files with more bytes are not read. Default: 5000000.
    pub max_file_bytes: Option<u64>,
}

/// What is kept from run to run, so that only changed files are read again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheTable {
    /// Its folder, relative to this file. Default: `highwater` where the system keeps caches.
    pub folder: Option<PathBuf>,
    /// What it may take: "200MB", "2GB". What was not used for longest goes first. Default: "1GB".
    #[schemars(with = "Option<String>")]
    pub limit: Option<Spanned<String>>,
}

/// Where requests, jobs and events come in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryPointsTable {
    /// Globs of files whose exported functions run again and again, or one function of them: "src/jobs/*.ts",
    /// "src/worker.ts#handleJob", "src/worker.ts#Worker.run". As globs of .gitignore, relative to this file.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
}

/// A package of the tree.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageTable {
    /// Where its code runs.
    pub platform: Platform,
}

/// Where code runs.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// A long-running process: Node, Bun, Deno.
    Server,
    /// A V8 isolate of 128 MB: Cloudflare Workers.
    Isolate,
    /// A function that is frozen between calls: AWS Lambda.
    Function,
    /// A program with a window, for one person at a time: Electron, an editor extension.
    Desktop,
    /// A page.
    Browser,
    /// A process that exits when its work is done.
    Cli,
    /// Code for others to run.
    Library,
}

impl Platform {
    /// In the words every part shares.
    pub fn meaning(self) -> words::Platform {
        match self {
            Platform::Server => words::Platform::Server,
            Platform::Isolate => words::Platform::Isolate,
            Platform::Function => words::Platform::Function,
            Platform::Desktop => words::Platform::Desktop,
            Platform::Browser => words::Platform::Browser,
            Platform::Cli => words::Platform::Cli,
            Platform::Library => words::Platform::Library,
        }
    }
}

/// A severity, or none.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Do not report.
    Off,
    /// Acceptable today, worth knowing.
    Low,
    /// May exhaust memory under high load or over a long run.
    Moderate,
    /// Will exhaust memory in production.
    Critical,
}

impl Level {
    /// In the words every part shares; `None` is off.
    pub fn meaning(self) -> Option<words::Severity> {
        match self {
            Level::Off => None,
            Level::Low => Some(words::Severity::Low),
            Level::Moderate => Some(words::Severity::Moderate),
            Level::Critical => Some(words::Severity::Critical),
        }
    }
}

/// JSON schema of `highwater.toml`, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
