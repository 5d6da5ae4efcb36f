//! Processes as the kernel shows them: who is below whom, who listens where, what a process is and uses.

use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::{FDTarget, Process};
use rustix::process::{Pid, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// All living processes below `root`, without it, by number. What has ended and waits for its parent is not alive.
pub(super) fn below(root: u32) -> Vec<u32> {
    let Ok(all) = procfs::process::all_processes() else { return Vec::new() };
    let mut children: BTreeMap<u32, Vec<(u32, bool)>> = BTreeMap::new();
    for stat in all.filter_map(|process| process.ok()?.stat().ok()) {
        let ended = matches!(stat.state, 'Z' | 'X');
        children.entry(stat.ppid.cast_unsigned()).or_default().push((stat.pid.cast_unsigned(), ended));
    }
    let (mut out, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(parent) = open.pop() {
        for &(child, ended) in children.get(&parent).into_iter().flatten() {
            // The first thread may have ended while others of its process run; then it has children still.
            if !ended {
                out.insert(child);
            }
            if child != root && child != parent {
                open.push(child);
            }
        }
    }
    out.into_iter().collect()
}

/// Living processes with this variable in the environment they were started with.
pub(super) fn with_variable(name: &str, value: &str) -> Vec<u32> {
    let Ok(all) = procfs::process::all_processes() else { return Vec::new() };
    let has = |process: &Process| {
        let environment = process.environ().unwrap_or_default();
        environment.get(OsStr::new(name)).is_some_and(|found| found == OsStr::new(value))
    };
    let pids = all.filter_map(Result::ok).filter(has).map(|process| process.pid().cast_unsigned());
    pids.filter(|&pid| lives(pid)).collect()
}

/// Sends a signal. A process that is not there any more, or is not ours, stays as it is.
pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Whether a process is there and has not ended.
pub(super) fn lives(pid: u32) -> bool {
    process(pid).and_then(|process| process.stat().ok()).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
}

pub(super) fn process(pid: u32) -> Option<Process> {
    Process::new(i32::try_from(pid).ok()?).ok()
}

/// A socket that waits for connections, and who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listener {
    pub(super) address: SocketAddr,
    pub(super) pid: u32,
}

/// The listening sockets of these processes, by address, then process.
pub(super) fn listeners(pids: &[u32]) -> Vec<Listener> {
    let Some(first) = pids.iter().find_map(|&pid| process(pid)) else { return Vec::new() };
    let by_inode: BTreeMap<u64, SocketAddr> =
        listening(first.tcp().unwrap_or_default().into_iter().chain(first.tcp6().unwrap_or_default()));
    let mut out = BTreeSet::new();
    for &pid in pids {
        let Some(open) = process(pid).and_then(|process| process.fd().ok()) else { continue };
        for entry in open.flatten() {
            let FDTarget::Socket(inode) = entry.target else { continue };
            if let Some(&address) = by_inode.get(&inode) {
                out.insert(Listener { address, pid });
            }
        }
    }
    out.into_iter().collect()
}

fn listening(entries: impl Iterator<Item = TcpNetEntry>) -> BTreeMap<u64, SocketAddr> {
    entries
        .filter(|entry| entry.state == TcpState::Listen)
        .map(|entry| (entry.inode, entry.local_address))
        .collect()
}

/// Whether anybody on this machine listens on a port, seen from here.
pub(super) fn is_taken(port: u16) -> bool {
    let entries = procfs::net::tcp().unwrap_or_default().into_iter();
    let mut entries = entries.chain(procfs::net::tcp6().unwrap_or_default());
    entries.any(|entry| entry.state == TcpState::Listen && entry.local_address.port() == port)
}

/// The process that listens on a port, where we may see it.
pub(super) fn owner(port: u16) -> Option<u32> {
    let all = procfs::process::all_processes().ok()?;
    let pids: Vec<u32> = all.filter_map(|process| Some(process.ok()?.pid().cast_unsigned())).collect();
    listeners(&pids).into_iter().find(|listener| listener.address.port() == port).map(|listener| listener.pid)
}

/// The process that a process was started by, or was handed to.
pub(super) fn parent(pid: u32) -> Option<u32> {
    Some(process(pid)?.stat().ok()?.ppid.cast_unsigned())
}

/// The command line of a process, shortened for a person.
pub(super) fn title(pid: u32) -> String {
    const CHARS: usize = 120;
    let words = process(pid).and_then(|process| process.cmdline().ok()).unwrap_or_default();
    let mut words = words.into_iter();
    let program = words.next().unwrap_or_default();
    let name = Path::new(&program).file_name().map_or(program.clone(), |name| name.to_string_lossy().into());
    let text = std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ");
    if text.chars().count() > CHARS {
        return text.chars().take(CHARS).chain(['\u{2026}']).collect();
    }
    text
}

/// The file that a process runs.
pub(super) fn executable(pid: u32) -> Option<PathBuf> {
    process(pid)?.exe().ok()
}
