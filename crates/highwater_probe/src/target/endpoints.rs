//! Which inspector belongs to which process, and which process serves.

use super::attach::{self, Kind};
use super::output::Output;
use super::tree::{self, Listener};
use super::{TargetError, ready};
use crate::inspector::Inspector;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long after the service is ready the address of its inspector may still come.
const PATIENCE: Duration = Duration::from_secs(5);
/// A cluster's workers come one after the other; there are no more when none came for so long.
const WORKERS: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(50);

/// What a process with an inspector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Serves requests: the process that listens, or a worker of its cluster.
    Serves,
    /// Listens and hands out to workers, or stands before the process that serves.
    Front,
    /// Starts others: a package manager, a runner, a watcher; or helps.
    Other,
}

/// An inspector of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ws://host:port/id`.
    pub url: String,
    /// The process it belongs to, where that is known.
    pub pid: Option<u32>,
    /// Its command line, shortened; or the title that the runtime gave it.
    pub title: String,
    /// What the process is for.
    pub part: Part,
}

/// Where to look.
pub(super) struct Place<'a> {
    /// All processes of the service are below this one.
    pub(super) root: u32,
    /// The process that listens.
    pub(super) pid: u32,
    /// Where it does.
    pub(super) port: u16,
    /// The path of Bun's inspectors.
    pub(super) bun_path: &'a str,
}

/// What serves.
pub(super) struct Serving {
    /// The process whose memory is looked at.
    pub(super) pid: u32,
    pub(super) inspectors: Vec<Endpoint>,
}

/// The inspectors of a service that is up.
pub(super) async fn find(place: &Place<'_>, output: &Output) -> Result<Serving, TargetError> {
    let begin = Instant::now();
    let workers = workers(place).await;
    let first = workers.first().copied().unwrap_or(place.pid);
    let kind = attach::kind(first);
    loop {
        let below = tree::below(place.root);
        let listeners = tree::listeners(&below);
        let mut found = told(&listeners, output, place, &workers);
        match kind {
            Kind::Workerd => {
                if let Some((pid, endpoint)) = workerd(place, &below, &listeners).await {
                    found.insert(0, endpoint);
                    return Ok(Serving { pid, inspectors: found });
                }
            }
            Kind::Bun => found.extend(bun(place, first, &listeners).await),
            _ => {}
        }
        found.sort_by_key(|endpoint| (endpoint.part, endpoint.pid));
        // A cluster's workers open theirs side by side, and one whose port is taken has none: then the others do.
        let serving = found.iter().filter(|endpoint| endpoint.part == Part::Serves).count();
        let enough = serving >= workers.len().max(1) || serving > 0 && begin.elapsed() >= WORKERS * 4;
        if let Some(pid) = found.first().and_then(|endpoint| endpoint.pid).filter(|_| enough) {
            return Ok(Serving { pid, inspectors: found });
        }
        // A script that sets NODE_OPTIONS itself has taken ours away. The process is below us, so that nobody else can
        // mind that its inspector is opened otherwise.
        if attach::is_deaf(first) {
            found.insert(0, attach::open(first).await?.endpoint);
            return Ok(Serving { pid: first, inspectors: found });
        }
        if begin.elapsed() >= PATIENCE {
            return Err(missing(first, kind));
        }
        sleep(LOOK).await;
    }
}

/// The workers of a cluster whose first process listens; they serve. Node tells them their number in their environment
/// (`lib/internal/cluster/primary.js`).
async fn workers(place: &Place<'_>) -> Vec<u32> {
    let numbered = |pid: u32| {
        let environment = tree::process(pid).and_then(|process| process.environ().ok()).unwrap_or_default();
        environment.contains_key(std::ffi::OsStr::new("NODE_UNIQUE_ID"))
    };
    let look = || -> Vec<u32> {
        let children = tree::below(place.pid).into_iter();
        children.filter(|&pid| tree::parent(pid) == Some(place.pid) && numbered(pid)).collect()
    };
    let mut workers = look();
    let mut since = Instant::now();
    while !workers.is_empty() && since.elapsed() < WORKERS {
        sleep(LOOK).await;
        let now = look();
        if now != workers {
            (workers, since) = (now, Instant::now());
        }
    }
    workers
}

/// Inspectors whose address was written and that are still open.
fn told(listeners: &[Listener], output: &Output, place: &Place<'_>, workers: &[u32]) -> Vec<Endpoint> {
    let owner = |url: &str| {
        let port = ready::port_of(url)?;
        listeners.iter().find(|listener| listener.address.port() == port).map(|listener| listener.pid)
    };
    let endpoint = |url: String| {
        let pid = owner(&url)?;
        let part = match (workers.contains(&pid), pid == place.pid) {
            (true, _) => Part::Serves,
            (false, true) if workers.is_empty() => Part::Serves,
            (false, true) => Part::Front,
            (false, false) => Part::Other,
        };
        Some(Endpoint { url, pid: Some(pid), title: tree::title(pid), part })
    };
    output.urls().into_iter().filter_map(endpoint).collect()
}

/// Bun's inspector: it was told the path, and chose the port.
async fn bun(place: &Place<'_>, pid: u32, listeners: &[Listener]) -> Option<Endpoint> {
    let own =
        listeners.iter().filter(|listener| listener.pid == pid && listener.address.port() != place.port);
    for &listener in own {
        if is_buns(listener, place.bun_path).await {
            let url = buns(listener, place.bun_path);
            return Some(Endpoint { url, pid: Some(pid), title: tree::title(pid), part: Part::Serves });
        }
    }
    None
}

fn buns(listener: Listener, path: &str) -> String {
    format!("ws://{}/{path}", listener.address)
}

/// Whether a socket is the inspector of a Bun that was told this path.
pub(super) async fn is_buns(listener: Listener, path: &str) -> bool {
    listener.address.ip().is_loopback()
        && attach::kind(listener.pid) == Kind::Bun
        && Inspector::connect(&buns(listener, path)).await.is_ok()
}

/// workerd's inspector, and the process that runs the worker. wrangler puts one workerd before another; the first has
/// a proxy to the inspector of the second, which takes no second client.
async fn workerd(place: &Place<'_>, below: &[u32], listeners: &[Listener]) -> Option<(u32, Endpoint)> {
    let has_inspector = |pid: u32| {
        let words = tree::process(pid).and_then(|process| process.cmdline().ok()).unwrap_or_default();
        words.iter().any(|word| word.starts_with("--inspector-addr") || word.starts_with("-i"))
    };
    let runs = below.iter().copied().filter(|&pid| attach::kind(pid) == Kind::Workerd);
    let pid = runs.clone().find(|&pid| has_inspector(pid)).unwrap_or(place.pid);
    let order = [place.pid].into_iter().chain(runs.filter(|&pid| pid != place.pid));
    for owner in order {
        let own = listeners
            .iter()
            .filter(|listener| listener.pid == owner && listener.address.port() != place.port);
        for listener in own {
            let Ok(listed) = attach::listed(&listener.address.to_string(), Some(pid)).await else { continue };
            // Workers of wrangler's own stand in the same list.
            let users = listed.iter().position(|endpoint| endpoint.url.contains("core:user:")).unwrap_or(0);
            return listed.into_iter().nth(users).map(|endpoint| (pid, endpoint));
        }
    }
    None
}

fn missing(pid: u32, kind: Kind) -> TargetError {
    let program = tree::executable(pid).map(|path| path.display().to_string()).unwrap_or_default();
    let cause = match kind {
        Kind::Node | Kind::Deno => {
            "no address of one was written to its standard error; let its script keep NODE_OPTIONS and its standard \
             error as they are, or start the program itself"
                .into()
        }
        Kind::Bun => "let its script keep BUN_INSPECT as it is, or start `bun` itself".into(),
        Kind::Workerd => "start it with `--inspector-addr=127.0.0.1:0`, or through `wrangler dev`".into(),
        Kind::Other => format!(
            "it runs {program}, which is no JavaScript runtime that is known here; give the port of the process that is \
             one, or start `node` itself"
        ),
    };
    TargetError::NoInspector { pid, title: tree::title(pid), cause }
}
