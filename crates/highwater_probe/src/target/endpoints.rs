//! Which inspector belongs to which process.

use super::output::Output;
use super::tree::{self, Listener};
use super::{TargetError, attach, ready};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long after the service is ready the address of its inspector may still come.
const PATIENCE: Duration = Duration::from_secs(3);

/// An inspector of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ws://host:port/id`.
    pub url: String,
    /// The process it belongs to, where that is known.
    pub pid: Option<u32>,
    /// Its command line, shortened; or the title that the runtime gave it.
    pub title: String,
}

/// The inspectors of the processes below `root`, the one of `pid` first.
pub(super) async fn find(root: u32, pid: u32, output: &Output) -> Result<Vec<Endpoint>, TargetError> {
    let begin = Instant::now();
    loop {
        let below = tree::below(root);
        let mut found = told(&tree::listeners(&below), output);
        found.sort_by_key(|endpoint| (endpoint.pid != Some(pid), endpoint.pid));
        if found.first().is_some_and(|endpoint| endpoint.pid == Some(pid)) {
            return Ok(found);
        }
        // A script that sets NODE_OPTIONS itself has taken ours away. The process is below us, so that nobody else can
        // mind that its inspector is opened otherwise.
        if attach::is_deaf(pid) {
            let opened = attach::open(pid).await?;
            found.insert(0, opened.endpoint);
            return Ok(found);
        }
        if begin.elapsed() >= PATIENCE {
            return Err(missing(pid));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Inspectors whose address was written and that are still open.
fn told(listeners: &[Listener], output: &Output) -> Vec<Endpoint> {
    let owner = |url: &str| {
        let port = ready::port_of(url)?;
        listeners.iter().find(|listener| listener.address.port() == port).map(|listener| listener.pid)
    };
    let endpoint = |url: String| {
        let pid = owner(&url)?;
        Some(Endpoint { url, pid: Some(pid), title: tree::title(pid) })
    };
    output.urls().into_iter().filter_map(endpoint).collect()
}

fn missing(pid: u32) -> TargetError {
    let program = tree::executable(pid).map(|path| path.display().to_string()).unwrap_or_default();
    let cause = format!(
        "it runs {program} and wrote no inspector's address to its standard error; if it is Node, let its script keep \
         NODE_OPTIONS and its standard error as they are, or start `node` itself"
    );
    TargetError::NoInspector { pid, title: tree::title(pid), cause }
}
