//! The service: started under a guard or attached to, found by its port, measured, and ended without a trace.
//!
//! [`Target::start`] changes neither the service nor its arguments. Its environment says that every Node below it
//! opens its inspector on a free port of this machine, so that a service started by a package manager, a TypeScript
//! runner or a cluster is found in whatever process it ends up.

mod attach;
mod endpoints;
mod error;
pub mod guard;
mod keeper;
mod leash;
mod output;
mod ready;
mod tree;
mod usage;

pub use endpoints::{Endpoint, Part};
pub use error::TargetError;
pub use usage::Usage;

use keeper::Keeper;
use leash::{Leash, Status};
use output::Output;
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// A command that starts a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// Where it is started.
    pub folder: PathBuf,
    /// What is added to our own environment for it.
    pub env: Vec<(OsString, OsString)>,
    /// The command line of our own supervisor, whose body is [`guard::run`]: as in `["highwater", "guard"]`.
    pub guard: Vec<OsString>,
    /// When it counts as ready.
    pub ready: Ready,
}

/// When a service counts as ready: it listens, and what else is asked for here came, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// It listens on this port. `None` or 0: on any; then the one that `--port` in the command or the variable `PORT`
    /// names goes before others, and those that somebody chose before those that the system handed out.
    pub port: Option<u16>,
    /// GET of this path answers with a status from 200 to 399.
    pub path: Option<String>,
    /// It has written a line with this text.
    pub log_line: Option<String>,
    /// How long all this may take.
    pub timeout: Duration,
}

/// How a target ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Exit code of the command, where it has one and we may know it.
    pub code: Option<i32>,
    /// The signal that ended the command.
    pub signal: Option<i32>,
    /// The end of its standard error, at most 8 kB; of its standard output when there is none.
    pub told: String,
    /// Whether it ran out of memory: its heap's limit, or the kernel's.
    pub out_of_memory: bool,
}

/// How a target was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How the command had ended, when it did so before it was told to.
    pub ended: Option<Ended>,
    /// Whether something had to be killed because the grace was over.
    pub forced: bool,
    /// Processes that are still there though they were killed; empty but for a kernel that holds on to one.
    pub left: Vec<u32>,
}

/// A living service. Dropped without [`Target::stop`], everything that was started ends soon after, and what was
/// attached to goes on with its inspector closed again.
pub struct Target {
    held: Held,
    address: SocketAddr,
    pid: Option<u32>,
    other_ports: Vec<u16>,
    inspectors: Vec<Endpoint>,
    /// When it was first seen to be gone.
    missed: Option<Instant>,
}

/// How we came by a target, and what is to be done when we leave.
enum Held {
    /// We started it.
    Started {
        leash: Leash,
        output: Output,
        /// How many processes the kernel had killed in our control group before.
        kills_before: u64,
    },
    /// It ran before, and goes on. `Some`: its inspector was closed before.
    Attached(Option<Keeper>),
}

/// After the end was seen, the last words may need this long to arrive.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// After the service ended, what started it may need this long to end with its exit code.
const STARTER_ENDS: Duration = Duration::from_secs(1);
/// For a service that did not come up.
const SHORT_GRACE: Duration = Duration::from_secs(1);

impl Target {
    /// Starts a service and waits until it is ready. When that fails, nothing is left running.
    pub async fn start(launch: &Launch) -> Result<Self, TargetError> {
        if launch.command.is_empty() {
            return Err(TargetError::NoCommand);
        }
        if let Some(port) = launch.ready.port.filter(|&port| tree::is_taken(port)) {
            let pid = tree::owner(port);
            return Err(TargetError::PortTaken {
                port,
                pid,
                title: pid.map(tree::title).unwrap_or_default(),
            });
        }
        let output = Output::waiting_for(launch.ready.log_line.as_deref());
        let kills_before = usage::kills(std::process::id());
        let secret = new_secret();
        let mut leash = Leash::start(launch, &environment(launch, &secret), &output, &secret)?;
        match Self::come_up(&mut leash, launch, &output, &secret).await {
            Ok((found, serving)) => Ok(Self {
                held: Held::Started { leash, output, kills_before },
                address: found.address,
                pid: Some(serving.pid),
                other_ports: without(found.others, &serving.inspectors),
                inspectors: serving.inspectors,
                missed: None,
            }),
            Err(error) => {
                leash.stop(SHORT_GRACE).await;
                output.finished().await;
                Err(error.with_told(output.told()))
            }
        }
    }

    async fn come_up(
        leash: &mut Leash,
        launch: &Launch,
        output: &Output,
        secret: &str,
    ) -> Result<(ready::Found, endpoints::Serving), TargetError> {
        let port = ready::wanted_port(launch);
        let found = ready::wait(leash, launch, port, output, secret).await?;
        let place = endpoints::Place {
            root: leash.root(),
            pid: found.pid,
            port: found.address.port(),
            bun_path: secret,
        };
        let serving = endpoints::find(&place, output).await?;
        Ok((found, serving))
    }

    /// Attaches to a running Node. Opens its inspector by SIGUSR1 where it is closed, and then closes it again in
    /// [`Target::stop`]; `guard` (see [`Launch::guard`]) does that when we cannot. `port`: where it answers requests,
    /// found when not given.
    ///
    /// The signal is sent only to a process whose executable is Node's, that listens to the signal, and whose
    /// inspector's port is free; it would end any other.
    pub async fn attach_pid(pid: u32, port: Option<u16>, guard: &[OsString]) -> Result<Self, TargetError> {
        let opened = attach::open(pid).await?;
        let keeper = if opened.by_us { Some(Keeper::start(guard, &opened.endpoint.url)?) } else { None };
        let inspector = ready::port_of(&opened.endpoint.url);
        match attach::address(pid, port, inspector).await {
            Ok((address, other_ports)) => Ok(Self {
                held: Held::Attached(keeper),
                address,
                pid: Some(pid),
                other_ports,
                inspectors: vec![opened.endpoint],
                missed: None,
            }),
            Err(error) => {
                if let Some(keeper) = keeper {
                    keeper.stop().await;
                }
                Err(error)
            }
        }
    }

    /// Attaches to an inspector that is open: `ws://host:port/id`, or `http://host:port` (or only `host:port`) for the
    /// first that it offers. `address`: where the service answers requests, found when not given and the process is on
    /// this machine.
    pub async fn attach_url(url: &str, address: Option<SocketAddr>) -> Result<Self, TargetError> {
        let (inspectors, pid) = attach::at(url).await?;
        let inspector = inspectors.first().and_then(|endpoint| ready::port_of(&endpoint.url));
        let (address, other_ports) = match (address, pid) {
            (Some(address), _) => (address, Vec::new()),
            (None, Some(pid)) => attach::address(pid, None, inspector).await?,
            (None, None) => return Err(TargetError::NoAddress { pid, port: None, others: Vec::new() }),
        };
        Ok(Self { held: Held::Attached(None), address, pid, other_ports, inspectors, missed: None })
    }

    /// Where it answers HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Other ports that its processes listen on, inspectors left out.
    pub fn other_ports(&self) -> &[u16] {
        &self.other_ports
    }

    /// The process that serves: the one that listens, which is a child of what was started when that is a package
    /// manager or a runner; a worker of it when it is a cluster's first process or wrangler's proxy.
    /// `None` for what was attached to on another machine.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Its inspectors. First the one of the process that serves, then those of the cluster's other workers and of its
    /// first process, then those of what started it.
    pub fn inspectors(&self) -> &[Endpoint] {
        &self.inspectors
    }

    /// What the process that listens uses now, as the kernel counts. `None` when it is gone.
    pub fn usage(&self) -> Option<Usage> {
        usage::of(self.pid?)
    }

    /// How it ended, when it has. May be late by a second: what started the service ends after it, with its code.
    /// Of what was attached to, only that it is gone is known.
    pub fn ended(&mut self) -> Option<Ended> {
        let status = match &mut self.held {
            Held::Started { leash, .. } => leash.ended(),
            Held::Attached(_) => None,
        };
        if self.pid.is_none_or(tree::lives) {
            return None;
        }
        let since = self.missed.get_or_insert_with(Instant::now).elapsed();
        if since < LAST_WORDS || status.is_none() && since < STARTER_ENDS {
            return None;
        }
        Some(self.held.end(status))
    }

    /// Stops it as a platform would: asks every process of it to end, waits for at most `grace`, kills what is left.
    /// What was attached to goes on; its inspector is closed if we opened it.
    pub async fn stop(self, grace: Duration) -> Stopped {
        let gone = !self.pid.is_none_or(tree::lives);
        let mut held = self.held;
        let ended = match &mut held {
            Held::Started { leash, .. } => leash.ended().filter(|_| gone),
            Held::Attached(_) => None,
        };
        let ended = ended.map(|status| held.end(Some(status)));
        let (forced, left) = match held {
            Held::Started { mut leash, .. } => leash.stop(grace).await,
            Held::Attached(Some(keeper)) => {
                keeper.stop().await;
                (false, Vec::new())
            }
            Held::Attached(None) => (false, Vec::new()),
        };
        Stopped { ended, forced, left }
    }
}

impl Held {
    fn end(&self, status: Option<Status>) -> Ended {
        const KILLED: i32 = 9;
        let status = status.unwrap_or(Status { code: None, signal: None });
        let (told, kills_before) = match self {
            Self::Started { output, kills_before, .. } => (output.told(), *kills_before),
            Self::Attached(_) => (String::new(), u64::MAX),
        };
        let by_kernel = (status.signal == Some(KILLED) || status.code == Some(128 + KILLED))
            && usage::kills(std::process::id()) > kills_before;
        let out_of_memory = by_kernel || says_out_of_memory(&told);
        Ended { code: status.code, signal: status.signal, told, out_of_memory }
    }
}

/// Ports that are not those of inspectors.
fn without(ports: Vec<u16>, inspectors: &[Endpoint]) -> Vec<u16> {
    let theirs = |port: &u16| inspectors.iter().any(|endpoint| ready::port_of(&endpoint.url) == Some(*port));
    ports.into_iter().filter(|port| !theirs(port)).collect()
}

/// What V8 and JavaScriptCore write when they give up.
fn says_out_of_memory(told: &str) -> bool {
    const WORDS: [&str; 4] =
        ["JavaScript heap out of memory", "JavaScript out of memory", "Reached heap limit", "OutOfMemory"];
    WORDS.iter().any(|words| told.contains(words))
}

/// A variable as the service would see it without us.
fn variable(launch: &Launch, name: &str) -> Option<OsString> {
    let given = launch.env.iter().rev().find(|(given, _)| given == OsStr::new(name));
    given.map(|(_, value)| value.clone()).or_else(|| std::env::var_os(name))
}

/// A path that nobody guesses: an inspector lets whoever finds it run code.
fn new_secret() -> String {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    format!("highwater-{}", uuid.trim())
}

/// What the service's environment has more than ours. Node and Deno open their inspectors by `NODE_OPTIONS`, Bun by
/// `BUN_INSPECT` (silently, so that its path has to be ours).
fn environment(launch: &Launch, secret: &str) -> Vec<(OsString, OsString)> {
    const OPEN: &str = "--inspect=127.0.0.1:0";
    let mut options = OsString::from(OPEN);
    if let Some(others) = variable(launch, "NODE_OPTIONS").filter(|others| !others.is_empty()) {
        options.push(" ");
        options.push(others);
    }
    let mut out = launch.env.clone();
    out.push(("NODE_OPTIONS".into(), options));
    out.push(("BUN_INSPECT".into(), format!("ws://127.0.0.1:0/{secret}").into()));
    out
}
