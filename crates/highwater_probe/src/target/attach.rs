//! Running processes: whether and how their inspector can be opened, and closed again.
//!
//! Node opens its inspector on SIGUSR1. The same signal ends Deno, Bun and everything that does not listen to it, so
//! it is sent only to what is known to be Node, listens to it, and has its port free. What was opened is closed when
//! we leave, by the guard if we are killed.

use super::tree::{self, Listener};
use super::{Endpoint, Part, TargetError, ready};
use crate::inspector::Inspector;
use rustix::process::Signal;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Where Node opens its inspector when nobody says otherwise.
const DEFAULT_PORT: u16 = 9229;
/// How long Node may take to open it: it does so on a thread of its own, but reports from the main one.
const OPENS: Duration = Duration::from_secs(10);
/// For one answer about what an inspector offers.
const ANSWER: Duration = Duration::from_secs(5);
/// A list of targets is small.
const LIST_BYTES: u64 = 1 << 20;

/// A runtime, as its executable's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Deno,
    Bun,
    Workerd,
    Other,
}

/// Which runtime a process is.
pub(super) fn kind(pid: u32) -> Kind {
    let name = tree::executable(pid)
        .and_then(|path| Some(path.file_name()?.to_string_lossy().to_ascii_lowercase()))
        .unwrap_or_default();
    // A running program whose file was replaced.
    let name = name.strip_suffix(" (deleted)").unwrap_or(&name);
    match name.strip_suffix(".exe").unwrap_or(name) {
        "node" | "nodejs" => Kind::Node,
        "deno" => Kind::Deno,
        "bun" | "bunx" | "bun-profile" => Kind::Bun,
        "workerd" => Kind::Workerd,
        _ => Kind::Other,
    }
}

/// The inspector of a running process.
pub(super) struct Opened {
    pub(super) endpoint: Endpoint,
    /// Whether it was closed before.
    pub(super) by_us: bool,
}

/// Finds the open inspector of a running process, or opens it.
pub(super) async fn open(pid: u32) -> Result<Opened, TargetError> {
    if !tree::lives(pid) {
        return Err(TargetError::NoProcess { pid });
    }
    let cannot = |cause: String| TargetError::CannotAttach { pid, title: tree::title(pid), cause };
    let kind = kind(pid);
    same_place(pid, kind).map_err(cannot)?;
    let options = options(pid);
    for port in likely_ports(pid, &options) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if let Ok([first, ..]) = listed(&address.to_string(), Some(pid)).await.as_deref() {
            return Ok(Opened { endpoint: first.clone(), by_us: false });
        }
    }
    may_signal(pid, kind, &options).map_err(cannot)?;
    let before = tree::listeners(&[pid]);
    tree::send(pid, Signal::USR1);
    let begin = Instant::now();
    while begin.elapsed() < OPENS {
        sleep(Duration::from_millis(20)).await;
        for listener in tree::listeners(&[pid]).into_iter().filter(|listener| !before.contains(listener)) {
            if let Ok([first, ..]) = listed(&listener.address.to_string(), Some(pid)).await.as_deref() {
                return Ok(Opened { endpoint: first.clone(), by_us: true });
            }
        }
        if !tree::lives(pid) {
            return Err(TargetError::NoProcess { pid });
        }
    }
    Err(cannot(format!(
        "it opened no inspector within {} s of SIGUSR1; its own code may listen to that signal, or its main thread is \
         blocked; start it with `--inspect=127.0.0.1:0` instead",
        OPENS.as_secs()
    )))
}

/// Whether we see the same network as the process, and may look at it.
fn same_place(pid: u32, kind: Kind) -> Result<(), String> {
    let network = |who: &str| std::fs::read_link(format!("/proc/{who}/ns/net")).ok();
    if kind == Kind::Other && tree::executable(pid).is_none() {
        return Err("it belongs to another user; run Highwater as that user".into());
    }
    if network(&pid.to_string()) != network("self") {
        return Err(
            "it runs in another network, probably a container; run Highwater in there, or forward its \
                    inspector's port and attach to that address"
                .into(),
        );
    }
    Ok(())
}

/// Options that a process was started with, by command line and environment, in order.
fn options(pid: u32) -> Vec<String> {
    let Some(process) = tree::process(pid) else { return Vec::new() };
    let environment = process.environ().unwrap_or_default();
    let from_environment = environment.get(std::ffi::OsStr::new("NODE_OPTIONS"));
    let mut out: Vec<String> = from_environment
        .map(|options| options.to_string_lossy().split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default();
    out.extend(process.cmdline().unwrap_or_default().into_iter().skip(1));
    out
}

/// The port that options ask the inspector to have.
fn asked_port(options: &[String]) -> Option<u16> {
    options.iter().rev().find_map(|option| {
        let (name, value) = option.split_once('=')?;
        let ours = matches!(name, "--inspect" | "--inspect-brk" | "--inspect-wait" | "--inspect-port");
        ours.then(|| value.rsplit(':').next().and_then(|port| port.parse().ok())).flatten()
    })
}

/// Whether a process is a Node that was not told to open its inspector.
pub(super) fn is_deaf(pid: u32) -> bool {
    kind(pid) == Kind::Node && !options(pid).iter().any(|option| opens(option))
}

/// Whether an option opens the inspector; others only say where it would be.
fn opens(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or_default();
    matches!(name, "--inspect" | "--inspect-brk" | "--inspect-wait")
}

/// Ports of the process on which an inspector may be open already.
fn likely_ports(pid: u32, options: &[String]) -> Vec<u16> {
    let open = ready::ports(&tree::listeners(&[pid]));
    let asked = asked_port(options);
    // Once it is open, it can be on any: the option may say 0. Then all are asked, the service's own among them.
    let any = options.iter().any(|option| opens(option));
    let likely = |port: &u16| any || *port == DEFAULT_PORT || Some(*port) == asked;
    open.into_iter().filter(likely).collect()
}

/// Whether SIGUSR1 opens an inspector there and does nothing else.
fn may_signal(pid: u32, kind: Kind, options: &[String]) -> Result<(), String> {
    match kind {
        Kind::Node => {}
        Kind::Deno => {
            return Err("Deno opens no inspector while it runs; start it with `--inspect=127.0.0.1:0`".into());
        }
        Kind::Bun => {
            return Err("Bun opens no inspector while it runs; start it with `--inspect=127.0.0.1:0`".into());
        }
        Kind::Workerd => {
            return Err("workerd opens no inspector while it runs; start it with `--inspector-addr`, or attach to the \
                        address that `wrangler dev` shows"
                .into());
        }
        Kind::Other => {
            return Err("it is no Node; give the number of the process that runs the service".into());
        }
    }
    if options.iter().any(|option| option == "--disable-sigusr1") {
        return Err("it was started with --disable-sigusr1; start it without that, or with \
                    `--inspect=127.0.0.1:0`"
            .into());
    }
    if !catches_usr1(pid) {
        return Err(
            "it does not listen to SIGUSR1 (it may have just started); the signal would end it".into()
        );
    }
    let port = asked_port(options).unwrap_or(DEFAULT_PORT);
    if port != 0 && tree::is_taken(port) {
        let who = tree::owner(port).map(|owner| format!(" by process {owner} ({})", tree::title(owner)));
        return Err(format!(
            "port {port}, where it would open its inspector, is taken{}; close that one first, or start this process \
             with `--inspect-port=127.0.0.1:0`",
            who.unwrap_or_default()
        ));
    }
    Ok(())
}

/// Whether the process has a handler for SIGUSR1, which Node's is.
fn catches_usr1(pid: u32) -> bool {
    const USR1: u64 = 1 << 9;
    tree::process(pid)
        .and_then(|process| process.status().ok())
        .is_some_and(|status| status.sigcgt & USR1 != 0)
}

/// What an inspector at `host:port` offers, its first target first.
pub(super) async fn listed(authority: &str, pid: Option<u32>) -> Result<Vec<Endpoint>, String> {
    let ask = async {
        let mut stream = TcpStream::connect(authority).await?;
        // HTTP/1.0: the answer comes in one piece.
        let request = format!("GET /json/list HTTP/1.0\r\nHost: {authority}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let mut stream = stream.take(LIST_BYTES);
        // Some say how long it is and leave the connection open, others end it.
        while !is_whole(&answer) && stream.read_buf(&mut answer).await? > 0 {}
        Ok::<_, std::io::Error>(answer)
    };
    let answer = match timeout(ANSWER, ask).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no answer within {} s", ANSWER.as_secs())),
    };
    let text = String::from_utf8_lossy(&answer);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let list: Vec<serde_json::Value> =
        serde_json::from_str(body).map_err(|_| "its answer is no list of inspectors".to_owned())?;
    let endpoint = |entry: &serde_json::Value| {
        let text = |key: &str| entry.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        let path = text("webSocketDebuggerUrl").split_once("://")?.1.split_once('/')?.1;
        // The address that we reached it by, which may be a forwarded one.
        let url = format!("ws://{authority}/{path}");
        let title = if text("title").is_empty() { text("url") } else { text("title") };
        Some(Endpoint { url, pid, title: title.to_owned(), part: Part::Serves })
    };
    let endpoints: Vec<Endpoint> = list.iter().filter_map(endpoint).collect();
    if endpoints.is_empty() { Err("it offers nothing to inspect".into()) } else { Ok(endpoints) }
}

/// Whether an HTTP answer has all the bytes that it announces.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| answer.len() >= head.len() + 4 + length)
}

/// Closes an inspector that was opened by a signal, and waits until its port is closed. Does nothing when the process
/// has gone.
pub(crate) async fn close(url: &str) {
    // Later, so that the call is answered: closing waits until all clients have left.
    const CLOSE: &str = "(() => {
      const inspector = process.getBuiltinModule ? process.getBuiltinModule('inspector') : require('inspector');
      setTimeout(() => inspector.close(), 20);
    })()";
    let Ok(inspector) = Inspector::connect(url).await else { return };
    if inspector.evaluate(CLOSE).await.is_err() {
        return;
    }
    drop(inspector);
    let Some(port) = ready::port_of(url) else { return };
    for _ in 0..100 {
        if !tree::is_taken(port) {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The inspectors at an address, and the process they belong to where it is on this machine.
pub(super) async fn at(url: &str) -> Result<(Vec<Endpoint>, Option<u32>), TargetError> {
    let nothing = |cause: String| TargetError::NoInspectorAt { url: url.to_owned(), cause };
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or_default();
    let port: u16 = port.parse().map_err(|_| {
        nothing("write it as ws://host:port/id or http://host:port, as the runtime shows it".into())
    })?;
    let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
    let pid = if here { tree::owner(port) } else { None };
    if url.starts_with("ws://") {
        let title = pid.map(tree::title).unwrap_or_default();
        // A wrong one is told now, not in the middle of an experiment.
        Inspector::connect(url).await.map_err(|error| nothing(error.to_string()))?;
        return Ok((vec![Endpoint { url: url.to_owned(), pid, title, part: Part::Serves }], pid));
    }
    Ok((listed(authority, pid).await.map_err(nothing)?, pid))
}

/// Where a process answers requests: on the given port, or the one it most likely serves on.
pub(super) async fn address(
    pid: u32,
    port: Option<u16>,
    inspector: Option<u16>,
) -> Result<(SocketAddr, Vec<u16>), TargetError> {
    let listeners: Vec<Listener> = tree::listeners(&[pid])
        .into_iter()
        .filter(|listener| Some(listener.address.port()) != inspector)
        .collect();
    let ports = ready::ports(&listeners);
    match (ready::choose(&listeners, port, None), port) {
        (Some(listener), _) => {
            let address = ready::reachable(listener.address).await;
            Ok((address, ports.into_iter().filter(|&other| other != address.port()).collect()))
        }
        // Behind a cluster's first process, or another server: what was asked for goes.
        (None, Some(port)) if tree::is_taken(port) => {
            Ok((SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ports))
        }
        (None, _) => Err(TargetError::NoAddress { pid: Some(pid), port, others: ports }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_option_says_the_port() {
        let port = |options: &[&str]| {
            asked_port(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(port(&["--inspect-port=127.0.0.1:0", "server.js"]), Some(0));
        assert_eq!(port(&["--inspect=9230", "--inspect=[::1]:9231"]), Some(9231));
        assert_eq!(port(&["--inspect", "--port=80"]), None);
    }
}
