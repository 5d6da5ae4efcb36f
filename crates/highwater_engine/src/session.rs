//! A project that is open: check it as often as you like.

use crate::cache::{FactsCache, NoCache, Outcome};
use crate::config::{Config, FILE_NAME};
use crate::filter::Filter;
use crate::guard::guarded;
use crate::load::budget::Budget;
use crate::load::read::Reader;
use crate::load::walk::{self, Walked};
use crate::lookup::DiskLookup;
use crate::packages::{self, Packages};
use crate::{Error, Phase, Progress, assemble, baseline, excerpt, fingerprint, guard, since};
use highwater_finding::{
    Card, CodeBase, Limit, PackageInfo, Place, Platform, Problem, ProblemKind, Report, Severity,
};
use highwater_program::{FileFacts, Program};
use highwater_rules::{Judgement, Settings};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Findings that are less sure than this are not shown unless asked for.
pub const DEFAULT_MIN_CONFIDENCE: u8 = 30;
/// Deeply nested code is parsed by recursion. The system hands out stack only as it is touched.
const STACK_BYTES: usize = 64 << 20;
/// Text that may be in memory at once, whatever the number of threads.
const TEXT_BUDGET_BYTES: u64 = 8 << 20;

/// What a front end may ask for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Configuration file; without it, `highwater.toml` in the root or above it in the same repository.
    pub config: Option<PathBuf>,
    /// Platform of every package, before any configuration.
    pub platform: Option<Platform>,
    /// Worker threads; 0 means one for each core.
    pub threads: usize,
    /// Least confidence in per cent that is shown.
    pub min_confidence: u8,
    /// Show only what is not in this baseline.
    pub baseline: Option<PathBuf>,
    /// Accept what is found now into this baseline.
    pub write_baseline: Option<PathBuf>,
    /// Show only what touches changes since this git revision.
    pub since: Option<String>,
    /// Whether facts of earlier runs may be used. There is no cache yet; the choice is kept for it.
    pub cache: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            config: None,
            platform: None,
            threads: 0,
            min_confidence: DEFAULT_MIN_CONFIDENCE,
            baseline: None,
            write_baseline: None,
            since: None,
            cache: true,
        }
    }
}

/// The rules a session judges with; tests bring their own.
pub(crate) struct Rulebook {
    pub cards: Vec<Card>,
    pub judge: fn(&Program, &Settings) -> Judgement,
}

impl Rulebook {
    fn ours() -> Self {
        Rulebook { cards: highwater_rules::cards(), judge: highwater_rules::judge }
    }
}

/// A project that is open.
pub struct Session {
    root: PathBuf,
    options: Options,
    config: Config,
    rules: Rulebook,
    pool: rayon::ThreadPool,
    cache: Box<dyn FactsCache>,
}

impl Session {
    /// Opens the folder at `root`: reads its configuration and starts the worker threads, but no file yet.
    pub fn open(root: &Path, options: Options) -> Result<Self, Error> {
        Session::open_with(root, options, Rulebook::ours())
    }

    pub(crate) fn open_with(root: &Path, options: Options, rules: Rulebook) -> Result<Self, Error> {
        let meta = std::fs::metadata(root).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NoSuchFolder(root.to_owned()),
            _ => unreadable(root, source),
        })?;
        if !meta.is_dir() {
            return Err(Error::NotAFolder(root.to_owned()));
        }
        let root = std::fs::canonicalize(root).map_err(|source| unreadable(root, source))?;
        let config = Config::load(&root, options.config.as_deref(), &rules.cards)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .stack_size(STACK_BYTES)
            .thread_name(|n| format!("highwater-{n}"))
            .start_handler(|_| guard::this_thread_is_ours())
            .build()
            .map_err(|e| Error::Threads { threads: options.threads, message: e.to_string() })?;
        Ok(Session { root, options, config, rules, pool, cache: Box::new(NoCache) })
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What a run fails on unless the command line says otherwise; `None` is never.
    pub fn fail_on(&self) -> Option<Severity> {
        self.config.fail_on
    }

    /// Reads and judges the whole project as it is now.
    pub fn check(&self, progress: &dyn Progress) -> Result<Report, Error> {
        guarded(|| self.pool.install(|| self.run(progress)))
            .unwrap_or_else(|message| Err(Error::Broken { stage: "at work", message }))
    }

    /// A number that changes when a file of the project changes, for watching. Looks at folders and at times of
    /// change, never into files.
    pub fn stamp(&self) -> u64 {
        let walked = self.walk();
        let sources = walked.files.iter().map(|f| &f.absolute);
        let hints = walked.hints.iter().map(|h| &h.absolute);
        // The configuration counts also while there is none: one may appear.
        let configs = [self.root.join(FILE_NAME), self.config.source.clone().unwrap_or_default()];
        walk::stamp(sources.chain(hints).chain(&configs))
    }

    /// Runs something on every worker thread, for tests that hand them what a plain function cannot carry.
    #[cfg(test)]
    pub(crate) fn on_workers(&self, work: impl Fn() + Sync) {
        self.pool.broadcast(|_| work());
    }

    fn walk(&self) -> Walked {
        walk::walk(&self.root, &|path, is_dir| self.config.ignores(&self.root, path, is_dir))
    }

    fn run(&self, progress: &dyn Progress) -> Result<Report, Error> {
        let filter = self.filter()?;
        progress.begin(Phase::Discover, 0);
        let walked = self.walk();
        let packages = packages::find(&self.root, &walked.hints, self.forced_platform());
        progress.begin(Phase::Read, walked.files.len() as u64);
        let mut read = self.read(&walked, progress);
        read.code.not_judged += walked.not_judged;
        let mut problems = walked.problems;
        problems.extend(packages.problems.iter().cloned());
        problems.append(&mut read.problems);
        if !self.config.entry_points.is_empty() {
            problems.push(assemble::entry_points_unused());
        }
        if read.facts.is_empty() && problems.is_empty() {
            problems.push(assemble::nothing_found());
        }
        let (infos, limit) = self.deployed(&packages, &read.facts);
        let settings = Settings { profile: self.config.profile.clone(), limit };
        progress.begin(Phase::Link, 0);
        let lookup = Arc::new(DiskLookup::new(walked.known));
        let packages = packages.found.into_iter().map(|f| f.package).collect();
        let program = guarded(|| highwater_program::link(read.facts, packages, &self.root, lookup))
            .map_err(|message| Error::Broken { stage: "linking the program", message })?;
        progress.begin(Phase::Judge, 0);
        let judgement = guarded(|| (self.rules.judge)(&program, &settings))
            .map_err(|message| Error::Broken { stage: "judging the program", message })?;
        progress.begin(Phase::Report, 0);
        self.report(Parts { filter, infos, settings, code: read.code, problems, program, judgement })
    }

    fn filter(&self) -> Result<Filter<'_>, Error> {
        let options = &self.options;
        Ok(Filter {
            config: &self.config,
            min_confidence: options.min_confidence,
            baseline: options.baseline.as_deref().map(baseline::read).transpose()?,
            changes: options.since.as_deref().map(|rev| since::changes(&self.root, rev)).transpose()?,
        })
    }

    fn forced_platform(&self) -> Option<(Platform, &'static str)> {
        let by_hand = self.options.platform.map(|p| (p, "--platform"));
        by_hand.or_else(|| self.config.platform.map(|p| (p, "highwater.toml")))
    }

    fn read(&self, walked: &Walked, progress: &dyn Progress) -> ReadAll {
        let budget = Budget::new(TEXT_BUDGET_BYTES);
        let reader =
            Reader { cache: self.cache.as_ref(), budget: &budget, max_bytes: self.config.max_file_bytes };
        let outcomes: Vec<Outcome> = walked
            .files
            .par_iter()
            .map(|file| {
                let outcome = reader.read(file);
                progress.step();
                outcome
            })
            .collect();
        let mut all = ReadAll { facts: Vec::with_capacity(outcomes.len()), ..ReadAll::default() };
        let mut skipped = 0;
        for outcome in outcomes {
            skipped += u64::from(outcome.facts.is_none() && outcome.problem.is_none());
            all.problems.extend(outcome.problem);
            let Some(facts) = outcome.facts else { continue };
            if assemble::is_judged(facts.role) {
                all.problems.extend(facts.problems.iter().cloned());
            }
            all.facts.push(*facts);
        }
        all.code = assemble::count(&all.facts);
        all.code.not_judged += skipped;
        all
    }

    /// Packages that own judged code, and the memory that they have.
    fn deployed(&self, packages: &Packages, facts: &[FileFacts]) -> (Vec<PackageInfo>, Limit) {
        let mut owns = vec![false; packages.found.len()];
        for file in facts.iter().filter(|f| assemble::is_judged(f.role)) {
            owns[packages.owner_of(&file.path)] = true;
        }
        owns[0] |= owns.iter().all(|owns| !owns);
        let deployed = || packages.found.iter().zip(&owns).filter(|(_, owns)| **owns).map(|(found, _)| found);
        let limit = self.config.limit.clone().unwrap_or_else(|| packages::limit::choose(deployed()));
        (deployed().map(|found| found.package.info.clone()).collect(), limit)
    }

    fn report(&self, parts: Parts<'_>) -> Result<Report, Error> {
        let Parts { filter, infos, settings, mut code, mut problems, program, judgement } = parts;
        code.entry_points = assemble::entry_points(&program);
        problems.extend(judgement.broken.iter().map(|rule| broken_rule(rule)));
        let mut findings = judgement.findings;
        fingerprint::set_all(&mut findings);
        let known: Vec<&str> = self.rules.cards.iter().map(|c| c.id).collect();
        let accept = self.options.write_baseline.as_deref();
        let mut filtered = filter.apply(&program.linked.files, findings, &known, accept.is_some());
        if let Some(path) = accept {
            baseline::write(path, &filtered.acceptable)?;
        }
        problems.append(&mut filtered.problems);
        let mut assurances = judgement.assurances;
        let max_bytes = self.config.max_file_bytes;
        excerpt::fill(&self.root, max_bytes, &mut filtered.shown, &mut assurances, &mut problems);
        assemble::sort_findings(&mut filtered.shown);
        assemble::sort_assurances(&mut assurances);
        assemble::sort_problems(&mut problems);
        Ok(Report {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            project: program.linked.packages.first().map(|p| p.info.name.clone()).unwrap_or_default(),
            code,
            packages: infos,
            limit: settings.limit,
            profile: settings.profile,
            findings: filtered.shown,
            assurances,
            problems,
            cards: self.rules.cards.clone(),
            test_plan: judgement.test_plan,
            monitoring: judgement.monitoring,
            dos: judgement.dos,
            donts: judgement.donts,
            hidden: filtered.hidden,
        })
    }
}

#[derive(Default)]
struct ReadAll {
    facts: Vec<FileFacts>,
    problems: Vec<Problem>,
    code: CodeBase,
}

/// What a report is made of.
struct Parts<'p> {
    filter: Filter<'p>,
    infos: Vec<PackageInfo>,
    settings: Settings,
    code: CodeBase,
    problems: Vec<Problem>,
    program: Program,
    judgement: Judgement,
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Read { path: path.to_owned(), source, help: "check that you may read the folder" }
}

/// A rule that broke down is a problem of ours, and no reason to hide what the others say.
fn broken_rule(rule: &str) -> Problem {
    let message = format!("the rule `{rule}` broke down on this code and is left out; please report it");
    Problem { kind: ProblemKind::Other, place: Place::default(), message }
}
