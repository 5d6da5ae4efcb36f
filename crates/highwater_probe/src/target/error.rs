//! Why a service could not be started or found, in words for a person: what, where, what to do.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Why there is no target. The first line of each message stands alone; what the service itself wrote follows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// There is no command to start.
    #[error("no command was given; write it behind `--`, as in `-- node server.js`")]
    NoCommand,
    /// The folder to start in is not there.
    #[error("the folder {} does not exist; start from the service's own folder", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The command cannot be run.
    #[error("`{}` cannot be started: {cause}; check its spelling, or give its whole path", shown(command))]
    CannotRun {
        /// The command and its arguments.
        command: Vec<OsString>,
        /// What the system said.
        cause: String,
    },
    /// Our own supervisor failed.
    #[error("Highwater's own guard of the service failed: {cause}; nothing was left running")]
    Guard {
        /// What happened to it.
        cause: String,
    },
    /// The command ended before the service was ready.
    #[error("`{}` ended {} before it was ready{}", shown(command), how(*code, *signal), said(told))]
    EndedAtOnce {
        /// The command and its arguments.
        command: Vec<OsString>,
        /// Its exit code.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// The end of what it wrote.
        told: String,
    },
    /// Someone else listens on the port.
    #[error("port {port} is already taken{}; stop that process, or give another port", by(*pid, title))]
    PortTaken {
        /// The port.
        port: u16,
        /// Who has it, where we may see it.
        pid: Option<u32>,
        /// Its command line.
        title: String,
    },
    /// Nothing of the service listened in time.
    #[error(
        "{} within {} s, though `{}` runs{}; give the service's port, or more time{}",
        closed(*port), waited.as_secs_f32(), shown(command), opened(others), said(told)
    )]
    PortNeverOpened {
        /// The port that was expected.
        port: Option<u16>,
        /// How long we waited.
        waited: Duration,
        /// The command and its arguments.
        command: Vec<OsString>,
        /// Ports that it did open.
        others: Vec<u16>,
        /// The end of what it wrote.
        told: String,
    },
    /// It listens, but the path that says it is ready did not answer well.
    #[error(
        "{address} listens, but GET {path} did not say that it is ready within {} s: {last}; \
         check the path, or give more time{}",
        waited.as_secs_f32(), said(told)
    )]
    NeverReady {
        /// Where it listens.
        address: SocketAddr,
        /// The path that was asked.
        path: String,
        /// The last answer, or why there was none.
        last: String,
        /// How long we waited.
        waited: Duration,
        /// The end of what it wrote.
        told: String,
    },
    /// The line that says it is ready never came.
    #[error("the service wrote no line with `{line}` within {} s; check the text, or give more time{}",
        waited.as_secs_f32(), said(told))]
    LineNeverCame {
        /// The text that was waited for.
        line: String,
        /// How long we waited.
        waited: Duration,
        /// The end of what it wrote.
        told: String,
    },
    /// The process that answers has no inspector that we can reach.
    #[error("process {pid} ({title}) has no inspector that can be reached: {cause}")]
    NoInspector {
        /// The process that listens.
        pid: u32,
        /// Its command line.
        title: String,
        /// Why, and what to do.
        cause: String,
    },
    /// There is no such process.
    #[error("there is no process {pid}; look its number up again, it may have been restarted")]
    NoProcess {
        /// Its number.
        pid: u32,
    },
    /// The process is none that we can speak with.
    #[error("process {pid} ({title}) cannot be attached to: {cause}")]
    CannotAttach {
        /// Its number.
        pid: u32,
        /// Its command line.
        title: String,
        /// Why, and what to do.
        cause: String,
    },
    /// The address leads to no inspector.
    #[error("{url} leads to no inspector: {cause}")]
    NoInspectorAt {
        /// The address.
        url: String,
        /// Why, and what to do.
        cause: String,
    },
    /// It is not known where the service answers requests.
    #[error("it is not known where {} answers requests: {}{}; give its port", who(*pid), closed(*port), opened(others))]
    NoAddress {
        /// Its number, where it is on this machine.
        pid: Option<u32>,
        /// The port that was expected.
        port: Option<u16>,
        /// Ports that it has open.
        others: Vec<u16>,
    },
}

impl TargetError {
    /// The same, with what the service wrote.
    pub(super) fn with_told(mut self, words: String) -> Self {
        if let Self::EndedAtOnce { told, .. }
        | Self::PortNeverOpened { told, .. }
        | Self::NeverReady { told, .. }
        | Self::LineNeverCame { told, .. } = &mut self
        {
            *told = words;
        }
        self
    }
}

fn shown(command: &[OsString]) -> String {
    command.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn how(code: Option<i32>, signal: Option<i32>) -> String {
    match (code, signal) {
        (Some(code), _) => format!("with exit code {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "unseen".into(),
    }
}

fn said(told: &str) -> String {
    match told.trim_end() {
        "" => "; it wrote nothing".into(),
        told => format!("; it wrote:\n{told}"),
    }
}

fn who(pid: Option<u32>) -> String {
    pid.map_or_else(|| "the service".into(), |pid| format!("process {pid}"))
}

fn by(pid: Option<u32>, title: &str) -> String {
    pid.map_or_else(|| " by a process of another user".into(), |pid| format!(" by process {pid} ({title})"))
}

fn closed(port: Option<u16>) -> String {
    port.map_or_else(|| "no port was opened".into(), |port| format!("port {port} was not opened"))
}

/// To be put behind what it does else.
fn opened(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    match ports.as_slice() {
        [] => String::new(),
        [port] => format!(" and listens on port {port}"),
        ports => format!(" and listens on ports {}", ports.join(", ")),
    }
}
