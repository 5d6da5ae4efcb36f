//! Everything one run has to say. Renderers see only this.

use crate::{Assurance, Card, Experiment, Finding, Place, Severity};

/// Where a package runs. Decides lifetimes and severity: a process that exits cannot leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// A long-running process: Node, Bun, Deno.
    Server,
    /// A V8 isolate of 128 MB that restarts often: Cloudflare Workers.
    Isolate,
    /// A function that is frozen between calls: AWS Lambda, Vercel.
    Function,
    /// A program with a window, for one person at a time: Electron, an editor extension.
    Desktop,
    /// A page.
    Browser,
    /// A process that exits when its work is done.
    Cli,
    /// Code for others to run; assumed long-lived.
    Library,
}

impl Platform {
    /// Lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            Platform::Server => "server",
            Platform::Isolate => "isolate",
            Platform::Function => "function",
            Platform::Desktop => "desktop",
            Platform::Browser => "browser",
            Platform::Cli => "cli",
            Platform::Library => "library",
        }
    }
}

/// A memory limit with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Bytes.
    pub bytes: u64,
    /// "Workers isolate", "highwater.toml", "default container".
    pub source: String,
}

/// One package of the scanned tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageInfo {
    /// Name from its manifest, or its folder.
    pub name: String,
    /// Folder relative to the root; empty for the root itself.
    pub folder: String,
    /// Where it runs.
    pub platform: Platform,
    /// Why we think so: "wrangler.toml", "express in dependencies", "highwater.toml".
    pub because: String,
}

/// The traffic assumed for growth figures. Printed, never hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// "default" or where it came from.
    pub name: String,
    /// Requests per hour over the whole service.
    pub requests_per_hour: u64,
    /// New connections per hour (WebSocket, SSE, sockets).
    pub connections_per_hour: u64,
    /// Distinct users per hour.
    pub users_per_hour: u64,
}

/// Size of what was read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CodeBase {
    /// Source files read.
    pub files: u64,
    /// Lines in them.
    pub lines: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Path and lines of the largest file.
    pub largest: Option<(String, u64)>,
    /// Functions seen.
    pub functions: u64,
    /// Entry points seen.
    pub entry_points: u64,
    /// Tests, declarations, generated and vendored files that were not judged.
    pub not_judged: u64,
}

/// What kind of trouble a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The file has syntax errors; what could be read still counts.
    Syntax,
    /// The file or folder could not be read.
    Unreadable,
    /// The file is larger than the limit.
    TooLarge,
    /// A suppression without a reason, or one that suppresses nothing.
    Suppression,
    /// Anything else.
    Other,
}

impl ProblemKind {
    /// Lower-case word.
    pub fn word(self) -> &'static str {
        match self {
            ProblemKind::Syntax => "syntax",
            ProblemKind::Unreadable => "unreadable",
            ProblemKind::TooLarge => "too-large",
            ProblemKind::Suppression => "suppression",
            ProblemKind::Other => "other",
        }
    }
}

/// Something that kept part of the code from being judged, or a suppression that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// Where; line 0 when the whole file is meant.
    pub place: Place,
    /// What, why, what to do.
    pub message: String,
}

/// What a service can be asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// "POST /projects/:id".
    pub label: String,
    /// Fields of the body that its handler reads.
    pub body: Vec<String>,
}

/// One step of the suggested load test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadStep {
    /// "POST /projects", or the name of a job or event.
    pub route: String,
    /// Requests to send.
    pub requests: u64,
    /// At once.
    pub concurrency: u64,
    /// What must stabilise, and where: "`projects` (orchestrator.ts:26) must stop growing".
    pub expect: String,
    /// A command that does it, ready to paste; empty when there is none.
    pub command: String,
}

/// One thing worth watching in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorItem {
    /// "entries of `projects`", "heap used".
    pub what: String,
    /// Alert threshold in words with figures.
    pub threshold: String,
    /// Expression that yields it, if one exists: "projects.size".
    pub expression: String,
}

/// Everything one run has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Version of Highwater.
    pub tool_version: String,
    /// Name of what was scanned: the root package's name or folder.
    pub project: String,
    /// Size of the code base.
    pub code: CodeBase,
    /// Packages with their platforms, by folder.
    pub packages: Vec<PackageInfo>,
    /// Memory limit used for projections.
    pub limit: Limit,
    /// Traffic assumed.
    pub profile: Profile,
    /// Findings: most severe first, then most sure, then by place.
    pub findings: Vec<Finding>,
    /// What is handled well, by file and line.
    pub assurances: Vec<Assurance>,
    /// What could not be judged.
    pub problems: Vec<Problem>,
    /// Cards of every rule that ran.
    pub cards: Vec<Card>,
    /// The suggested load test.
    pub test_plan: Vec<LoadStep>,
    /// What the service can be asked; drives an experiment, and is not told.
    pub routes: Vec<Route>,
    /// What to watch in production.
    pub monitoring: Vec<MonitorItem>,
    /// Advice for the platform: what to do.
    pub dos: Vec<String>,
    /// Advice for the platform: what not to do.
    pub donts: Vec<String>,
    /// The experiment that was made, if one was.
    pub experiment: Option<Experiment>,
    /// Findings hidden by a baseline, by `--since`, or by a suppression.
    pub hidden: u64,
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }

    /// Risk in one word if shipped as it is: `high` with a critical finding, `medium` with a moderate one, else `low`.
    pub fn risk(&self) -> &'static str {
        if self.count(Severity::Critical) > 0 {
            "high"
        } else if self.count(Severity::Moderate) > 0 {
            "medium"
        } else {
            "low"
        }
    }

    /// The card of a rule, if it ran.
    pub fn card(&self, kind: &str) -> Option<&Card> {
        self.cards.iter().find(|c| c.id == kind)
    }
}
