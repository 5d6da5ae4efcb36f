//! `highwater.toml`: what a team tells Highwater about its service.
//!
//! Everything is optional. A key or value without meaning stops the run, because a setting that is silently not
//! heard is worse than none.

mod file;
mod template;

pub use file::schema;
pub use template::template;

use crate::cache::folder::DEFAULT_LIMIT_BYTES;
use crate::load::walk::slashed;
use crate::{Error, suggest};
use file::Platform as PlatformWord;
use highwater_finding::{Card, Limit, Platform, Profile, Severity};
use highwater_program::EntryPoint;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use xxhash_rust::xxh3::xxh3_64;

/// Name of the configuration file.
pub const FILE_NAME: &str = "highwater.toml";
/// Files above this many bytes are not read unless the configuration says otherwise.
pub const DEFAULT_MAX_FILE_BYTES: u64 = 5_000_000;
const DEFAULT_PROFILE: (u64, u64, u64) = (36_000, 1_000, 1_000);

/// Some functions of some files.
#[derive(Clone, Debug)]
pub struct NamedEntries {
    /// As it stands in the file.
    pub text: String,
    files: Gitignore,
    /// One function of each file; without it, all that the file exports.
    pub function: Option<String>,
}

/// The configuration of a run, checked and with defaults filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from, if there was one.
    pub source: Option<PathBuf>,
    /// Platform of every package.
    pub platform: Option<Platform>,
    /// Traffic assumed.
    pub profile: Profile,
    /// Memory limit, when the file states one.
    pub limit: Option<Limit>,
    /// Files above this are not read.
    pub max_file_bytes: u64,
    /// Functions that run again and again beside those that are recognised.
    pub entry_points: Vec<NamedEntries>,
    /// Platform of single packages, by folder relative to the configuration file.
    pub packages: BTreeMap<String, Platform>,
    /// Severity by rule; `None` switches the rule off.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// Least severity that a run fails on; `None` never fails.
    pub fail_on: Option<Severity>,
    /// Folder for what is kept from run to run; without it, where the system has such things.
    pub cache_folder: Option<PathBuf>,
    /// Bytes that it may take.
    pub cache_limit: u64,
    ignore: Gitignore,
    /// The file's text as a number.
    text: u64,
    /// Folder of the configuration file; globs are relative to it.
    base: PathBuf,
}

impl Config {
    /// What holds without a file.
    pub fn defaults(root: &Path) -> Self {
        let (requests_per_hour, connections_per_hour, users_per_hour) = DEFAULT_PROFILE;
        Config {
            source: None,
            platform: None,
            profile: Profile {
                name: "default".into(),
                requests_per_hour,
                connections_per_hour,
                users_per_hour,
            },
            limit: None,
            max_file_bytes: DEFAULT_MAX_FILE_BYTES,
            entry_points: Vec::new(),
            packages: BTreeMap::new(),
            severity: BTreeMap::new(),
            fail_on: Some(Severity::Moderate),
            cache_folder: None,
            cache_limit: DEFAULT_LIMIT_BYTES,
            ignore: Gitignore::empty(),
            text: 0,
            base: root.to_owned(),
        }
    }

    /// The file given, or `highwater.toml` in the root or above it inside the same repository, or the defaults.
    pub fn load(root: &Path, given: Option<&Path>, cards: &[Card]) -> Result<Self, Error> {
        let Some(path) = given.map(Path::to_owned).or_else(|| find(root)) else {
            return Ok(Config::defaults(root));
        };
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
            help: "give a file with `--config`, or make one with `highwater config --init`",
        })?;
        let base = match given {
            Some(_) => root.to_owned(),
            None => path.parent().unwrap_or(root).to_owned(),
        };
        parse(&text, &path, &base, cards)
    }

    /// What tells this configuration from others.
    pub fn identity(&self) -> impl std::fmt::Debug + '_ {
        (&self.source, &self.base, self.text)
    }

    /// A path below the root as the configuration file's folder sees it, `/` between parts.
    fn below_base(&self, root: &Path, path: &str) -> String {
        let full = root.join(path);
        slashed(full.strip_prefix(&self.base).unwrap_or(path.as_ref()))
    }

    /// The platform that the file gives to the package in this folder of the tree.
    pub fn platform_of(&self, root: &Path, folder: &str) -> Option<Platform> {
        if self.packages.is_empty() {
            return None;
        }
        self.packages.get(&self.below_base(root, folder)).copied()
    }

    /// The entry points that the file names in these files, and those of its words that stand for no file.
    pub fn entries<'f>(
        &self,
        root: &Path,
        files: &(impl Iterator<Item = &'f str> + Clone),
    ) -> (Vec<EntryPoint>, Vec<&str>) {
        let (mut points, mut idle) = (Vec::new(), Vec::new());
        for named in &self.entry_points {
            let fits = |path: &&str| {
                named.files.matched_path_or_any_parents(self.below_base(root, path), false).is_ignore()
            };
            let before = points.len();
            let point = |path: &str| EntryPoint { file: path.to_owned(), name: named.function.clone() };
            points.extend(files.clone().filter(fits).map(point));
            if points.len() == before {
                idle.push(named.text.as_str());
            }
        }
        (points, idle)
    }

    /// Whether the configuration leaves this path below the root out.
    pub fn ignores(&self, root: &Path, relative: &Path, is_dir: bool) -> bool {
        if self.ignore.is_empty() {
            return false;
        }
        let full = root.join(relative);
        let path = full.strip_prefix(&self.base).unwrap_or(relative);
        self.ignore.matched_path_or_any_parents(path, is_dir).is_ignore()
    }
}

fn find(root: &Path) -> Option<PathBuf> {
    for folder in root.ancestors() {
        let path = folder.join(FILE_NAME);
        if path.is_file() {
            return Some(path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Reads the text of a configuration file. `path` is for messages, `base` for globs.
pub fn parse(text: &str, path: &Path, base: &Path, cards: &[Card]) -> Result<Config, Error> {
    let wrong = Wrong { text, path };
    let file: file::File = toml::from_str(text).map_err(|error| wrong.of_toml(&error))?;
    let mut config = Config::defaults(base);
    config.source = Some(path.to_owned());
    config.text = xxh3_64(text.as_bytes());
    config.platform = file.platform.map(PlatformWord::meaning);
    if let Some(level) = file.fail_on {
        config.fail_on = level.meaning();
    }
    set_profile(&mut config.profile, file.profile);
    if let Some(limits) = file.limits {
        if let Some(memory) = limits.memory {
            let bytes = wrong.bytes(&memory)?;
            config.limit = Some(Limit { bytes, source: FILE_NAME.to_owned() });
        }
        config.max_file_bytes = limits.max_file_bytes.unwrap_or(DEFAULT_MAX_FILE_BYTES);
    }
    if let Some(cache) = file.cache {
        config.cache_folder = cache.folder.map(|folder| base.join(folder));
        config.cache_limit = cache.limit.map_or(Ok(DEFAULT_LIMIT_BYTES), |limit| wrong.bytes(&limit))?;
    }
    for include in file.entry_points.map(|e| e.include).unwrap_or_default() {
        config.entry_points.push(wrong.entries(&include)?);
    }
    for (folder, package) in file.packages.unwrap_or_default() {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        config
            .packages
            .insert(if folder == "." { "" } else { folder }.to_owned(), package.platform.meaning());
    }
    let known: Vec<&str> = cards.iter().map(|c| c.id).collect();
    for (rule, level) in file.severity.unwrap_or_default() {
        if !known.contains(&rule.get_ref().as_str()) {
            let message = format!("there is no rule `{}`", rule.get_ref());
            return Err(wrong.at(rule.span().start, message, rule_help(rule.get_ref(), &known)));
        }
        config.severity.insert(rule.into_inner(), level.meaning());
    }
    let mut ignore = GitignoreBuilder::new("");
    for glob in file.ignore.unwrap_or_default() {
        ignore.add_line(None, glob.get_ref()).map_err(|error| {
            let message = format!("`{}` is not a glob: {error}", glob.get_ref());
            wrong.at(
                glob.span().start,
                message,
                "globs are those of .gitignore: \"legacy/\", \"**/*.gen.ts\"".into(),
            )
        })?;
    }
    config.ignore = ignore.build().map_err(|error| {
        wrong.at(
            0,
            format!("the globs of `ignore` cannot be used: {error}"),
            "write fewer or simpler ones".into(),
        )
    })?;
    Ok(config)
}

fn set_profile(profile: &mut Profile, file: Option<file::ProfileTable>) {
    let Some(file) = file else { return };
    profile.name = file.name.unwrap_or_else(|| FILE_NAME.to_owned());
    profile.requests_per_hour = file.requests_per_hour.unwrap_or(profile.requests_per_hour);
    profile.connections_per_hour = file.connections_per_hour.unwrap_or(profile.connections_per_hour);
    profile.users_per_hour = file.users_per_hour.unwrap_or(profile.users_per_hour);
}

/// What to say to somebody who named a rule that is not there.
pub fn rule_help(rule: &str, known: &[&str]) -> String {
    match suggest::closest(rule, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`highwater rules` lists them all".to_owned(),
    }
}

/// "512MB", "2 GiB", "1g", "1048576" in bytes. Units are powers of 1024, as memory limits are.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let number: f64 = text[..digits].replace('_', "").parse().ok()?;
    let unit = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "ki" | "kib" => 10,
        "m" | "mb" | "mi" | "mib" => 20,
        "g" | "gb" | "gi" | "gib" => 30,
        "t" | "tb" | "ti" | "tib" => 40,
        _ => return None,
    };
    let bytes = number * (1_u64 << unit) as f64;
    (bytes >= 1.0 && bytes < (1_u64 << 50) as f64).then_some(bytes as u64)
}

/// A platform from its word, for the command line.
pub fn parse_platform(word: &str) -> Result<Platform, Error> {
    let all = [
        Platform::Server,
        Platform::Isolate,
        Platform::Function,
        Platform::Desktop,
        Platform::Browser,
        Platform::Cli,
        Platform::Library,
    ];
    all.into_iter().find(|p| p.word() == word).ok_or_else(|| Error::Usage {
        message: format!("there is no platform `{word}`"),
        help: suggest::help(word, &all.map(Platform::word)),
    })
}

/// A severity from its word, for the command line; `off` is `None`.
pub fn parse_severity(word: &str) -> Result<Option<Severity>, Error> {
    let all = [Severity::Low, Severity::Moderate, Severity::Critical];
    if word == "off" || word == "never" {
        return Ok(None);
    }
    all.into_iter().find(|s| s.word() == word).map(Some).ok_or_else(|| Error::Usage {
        message: format!("there is no severity `{word}`"),
        help: suggest::help(word, &["low", "moderate", "critical", "off"]),
    })
}

/// Turns offsets of a configuration file into errors with line and column.
struct Wrong<'t> {
    text: &'t str,
    path: &'t Path,
}

impl Wrong<'_> {
    /// `src/jobs/*.ts` or `src/worker.ts#handleJob`.
    fn entries(&self, include: &Spanned<String>) -> Result<NamedEntries, Error> {
        let text = include.get_ref().clone();
        let (glob, function) = match text.split_once('#') {
            Some((glob, function)) => (glob, Some(function.to_owned())),
            None => (text.as_str(), None),
        };
        let mut files = GitignoreBuilder::new("");
        let built = files.add_line(None, glob).and_then(|builder| builder.build());
        let files = built.map_err(|error| {
            let message = format!("`{glob}` is not a glob: {error}");
            let help = "globs are those of .gitignore: \"src/jobs/*.ts\", \"src/worker.ts#handleJob\"";
            self.at(include.span().start, message, help.to_owned())
        })?;
        Ok(NamedEntries { text, files, function })
    }

    fn bytes(&self, amount: &Spanned<String>) -> Result<u64, Error> {
        parse_bytes(amount.get_ref()).ok_or_else(|| {
            let message = format!("`{}` is not an amount of memory", amount.get_ref());
            self.at(amount.span().start, message, "write a number and a unit: \"512MB\", \"2GB\"".to_owned())
        })
    }

    fn at(&self, offset: usize, message: String, help: String) -> Error {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Error::Config { path: self.path.to_owned(), line, column, message, help }
    }

    fn of_toml(&self, error: &toml::de::Error) -> Error {
        let offset = error.span().map_or(0, |s| s.start);
        let said = error.message();
        let mut quoted = said.split('`').skip(1).step_by(2);
        let wrong_key = said.starts_with("unknown field");
        if !wrong_key && !said.starts_with("unknown variant") {
            let help = "`highwater config --schema` prints what each key takes".to_owned();
            return self.at(offset, said.replace('\n', " "), help);
        }
        let word = quoted.next().unwrap_or_default().to_owned();
        let known: Vec<&str> = quoted.collect();
        let what = if wrong_key { "key" } else { "value" };
        self.at(offset, format!("unknown {what} `{word}`"), suggest::help(&word, &known))
    }
}
