//! A project that is open: check it as often as you like.

use crate::cache::folder::{self, Folder};
use crate::cache::pack::Key;
use crate::cache::stamp::nanos;
use crate::cache::{Cache, Looked, Outcome, answers};
use crate::config::{Config, FILE_NAME};
use crate::filter::Filter;
use crate::guard::guarded;
use crate::load::budget::Budget;
use crate::load::read::Reader;
use crate::load::walk::{self, Walked};
use crate::lookup::{Asked, DiskLookup};
use crate::packages::{self, Packages};
use crate::{Error, Phase, Progress, assemble, baseline, excerpt, fingerprint, guard, inputs, since};
use highwater_finding::{
    Card, CodeBase, Limit, PackageInfo, Place, Platform, Problem, ProblemKind, Report, Severity,
};
use highwater_program::{EntryPoint, FileFacts, Program};
use highwater_rules::{Judgement, Settings};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Findings that are less sure than this are not shown unless asked for.
pub const DEFAULT_MIN_CONFIDENCE: u8 = 30;
/// Deeply nested code is parsed by recursion. The system hands out stack only as it is touched.
const STACK_BYTES: usize = 256 << 20;
/// Text that may be in memory at once, whatever the number of threads.
const TEXT_BUDGET_BYTES: u64 = 2 << 20;

/// An answer that is found again writes down what it saw of files only when that saves opening more than so many.
const NEWS_WORTH_WRITING: usize = 32;

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
    /// Whether to use what earlier runs have kept, and to keep something for later ones.
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
            cache: false,
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
        Ok(Session { root, options, config, rules, pool })
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
        self.at_work(|| {
            let filter = self.filter()?;
            let cache = self.cache();
            progress.begin(Phase::Discover, 0);
            let walked = self.walk();
            let looked = look(cache.as_ref(), &walked);
            Ok(self.run(filter, cache.as_ref(), walked, &looked, progress)?.report)
        })
    }

    /// What [`Session::check`] comes to, put into words by `tell`; the words of an earlier run when nothing has
    /// changed since. `form` tells one `tell` from another.
    pub fn answer(
        &self,
        progress: &dyn Progress,
        form: &str,
        tell: &(dyn Fn(&Report) -> Vec<u8> + Sync),
    ) -> Result<Vec<u8>, Error> {
        let name = inputs::request(&self.root, &self.options, &self.config, form);
        self.at_work(|| {
            let filter = self.filter()?;
            let cache = self.cache();
            progress.begin(Phase::Discover, 0);
            let walked = self.walk();
            let looked = look(cache.as_ref(), &walked);
            let keeping = cache.as_ref().zip(name);
            if let Some((cache, name)) = keeping
                && let Some(told) = self.recall(cache, name, &walked, &looked)
            {
                return Ok(told);
            }
            let ran = self.run(filter, cache.as_ref(), walked, &looked, progress)?;
            let told = tell(&ran.report);
            if let (Some((cache, name)), Some(tree), Some(asked)) = (keeping, ran.tree, ran.asked) {
                answers::keep(cache.folder(), name, tree, asked, &told);
            }
            Ok(told)
        })
    }

    fn at_work<T: Send>(&self, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
        guarded(|| self.pool.install(work))
            .unwrap_or_else(|message| Err(Error::Broken { stage: "at work", message }))
    }

    /// Nothing when there is to be none, or no place for one.
    fn cache(&self) -> Option<Cache> {
        let all = self.options.cache.then(|| self.config.cache_folder.clone().or_else(folder::usual))??;
        let now = nanos(SystemTime::now());
        Some(Cache::open(Folder::new(all, &self.root, self.config.cache_limit), now))
    }

    fn recall(&self, cache: &Cache, name: u64, walked: &Walked, looked: &[Looked]) -> Option<Vec<u8>> {
        if !answers::is_there(cache.folder(), name) {
            return None;
        }
        let budget = Budget::new(TEXT_BUDGET_BYTES);
        let reader = Reader { cache: Some(cache), budget: &budget, max_bytes: self.config.max_file_bytes };
        let contents = inputs::contents(&reader, &walked.files, looked);
        let told = answers::find(cache.folder(), name, inputs::tree(&self.root, walked, &contents)?)?;
        if cache.news() > NEWS_WORTH_WRITING {
            cache.finish();
        }
        Some(told)
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

    fn run(
        &self,
        filter: Filter<'_>,
        cache: Option<&Cache>,
        walked: Walked,
        looked: &[Looked],
        progress: &dyn Progress,
    ) -> Result<Ran, Error> {
        let packages = packages::find(&self.root, &walked.hints, &|folder| self.forced_platform(folder));
        progress.begin(Phase::Read, walked.files.len() as u64);
        let mut read = self.read(cache, &walked, looked, progress);
        let tree = cache.and_then(|_| inputs::tree(&self.root, &walked, &read.contents));
        if let Some(cache) = cache {
            cache.finish();
        }
        read.code.not_judged += walked.not_judged;
        let mut problems = walked.problems;
        problems.extend(packages.problems.iter().cloned());
        problems.append(&mut read.problems);
        let paths = read.facts.iter().map(|f| f.path.as_str());
        let (named, idle) = self.config.entries(&self.root, &paths);
        problems.extend(idle.iter().map(|text| assemble::no_such_entry(text, "no file that was read")));
        if read.facts.is_empty() && problems.is_empty() {
            problems.push(assemble::nothing_found());
        }
        let (infos, limit) = self.deployed(&packages, &read.facts);
        let settings = Settings { profile: self.config.profile.clone(), limit };
        progress.begin(Phase::Link, 0);
        let lookup = Arc::new(DiskLookup::new(walked.known, tree.is_some()));
        let packages = packages.found.into_iter().map(|f| f.package).collect();
        let shared = Arc::clone(&lookup);
        let program =
            guarded(|| highwater_program::link_with(read.facts, packages, &self.root, shared, &named))
                .map_err(|message| Error::Broken { stage: "linking the program", message })?;
        problems.extend(self.empty_entries(&named, &program));
        progress.begin(Phase::Judge, 0);
        let judgement = guarded(|| (self.rules.judge)(&program, &settings))
            .map_err(|message| Error::Broken { stage: "judging the program", message })?;
        progress.begin(Phase::Report, 0);
        let report =
            self.report(Parts { filter, infos, settings, code: read.code, problems, program, judgement })?;
        Ok(Ran { report, tree, asked: lookup.asked() })
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

    /// Complaints about functions that the configuration names and that no file has.
    fn empty_entries(&self, named: &[EntryPoint], program: &Program) -> Vec<Problem> {
        let is_empty = |function: &Option<String>| {
            let mut of_name = named.iter().filter(|point| point.name == *function).peekable();
            of_name.peek().is_some() && !of_name.any(|point| point.is_in(&program.linked))
        };
        let empty = self.config.entry_points.iter().filter(|e| e.function.is_some() && is_empty(&e.function));
        empty.map(|e| assemble::no_such_entry(&e.text, "no function of its file")).collect()
    }

    fn forced_platform(&self, folder: &str) -> Option<(Platform, &'static str)> {
        let by_hand = self.options.platform.map(|p| (p, "--platform"));
        let set = self.config.platform_of(&self.root, folder).or(self.config.platform);
        by_hand.or_else(|| set.map(|p| (p, FILE_NAME)))
    }

    fn read(
        &self,
        cache: Option<&Cache>,
        walked: &Walked,
        looked: &[Looked],
        progress: &dyn Progress,
    ) -> ReadAll {
        let budget = Budget::new(TEXT_BUDGET_BYTES);
        let reader = Reader { cache, budget: &budget, max_bytes: self.config.max_file_bytes };
        let outcomes: Vec<Outcome> = walked
            .files
            .par_iter()
            .enumerate()
            .map(|(at, file)| {
                let outcome = reader.read(file, looked.get(at).copied().unwrap_or_default());
                progress.step();
                outcome
            })
            .collect();
        self.pool.broadcast(|_| highwater_program::done_reading());
        let mut all = ReadAll { facts: Vec::with_capacity(outcomes.len()), ..ReadAll::default() };
        let mut skipped = 0;
        for outcome in outcomes {
            skipped += u64::from(outcome.facts.is_none() && outcome.problem.is_none());
            all.contents.push(outcome.key);
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
            routes: judgement.routes,
            monitoring: judgement.monitoring,
            dos: judgement.dos,
            donts: judgement.donts,
            experiment: None,
            hidden: filtered.hidden,
        })
    }
}

#[derive(Default)]
struct ReadAll {
    /// Of every file of the walk.
    contents: Vec<Option<Key>>,
    facts: Vec<FileFacts>,
    problems: Vec<Problem>,
    code: CodeBase,
}

/// What a run came to.
struct Ran {
    report: Report,
    /// The tree it read; `None` when that cannot be told from another.
    tree: Option<Key>,
    /// What it looked up beyond the tree.
    asked: Option<Vec<Asked>>,
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

/// What the cache knows of each file.
fn look(cache: Option<&Cache>, walked: &Walked) -> Vec<Looked> {
    let Some(cache) = cache else { return Vec::new() };
    walked.files.par_iter().map(|file| cache.look(&file.path, &file.absolute)).collect()
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Read { path: path.to_owned(), source, help: "check that you may read the folder" }
}

/// A rule that broke down is a problem of ours, and no reason to hide what the others say.
fn broken_rule(rule: &str) -> Problem {
    let message = format!("the rule `{rule}` broke down on this code and is left out; please report it");
    Problem { kind: ProblemKind::Other, place: Place::default(), message }
}
