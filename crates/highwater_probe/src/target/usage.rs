//! What a process uses, as the kernel counts it.

use super::tree;
use procfs::process::FDTarget;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a process uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory.
    pub rss_bytes: u64,
    /// Of it, memory that no file backs: heaps, stacks, buffers.
    pub anonymous_bytes: u64,
    /// Open file descriptors, sockets included. 0 when we may not look.
    pub descriptors: u64,
    /// Of them, sockets.
    pub sockets: u64,
    /// Threads.
    pub threads: u64,
    /// CPU time of all its threads since it started.
    pub cpu: Duration,
    /// Where the kernel ends it: the smallest limit of the control groups it is in.
    pub limit_bytes: Option<u64>,
}

/// What this process uses now. `None` when it is gone.
pub(super) fn of(pid: u32) -> Option<Usage> {
    const KIB: u64 = 1024;
    let process = tree::process(pid)?;
    let stat = process.stat().ok()?;
    if matches!(stat.state, 'Z' | 'X') {
        return None;
    }
    let status = process.status().ok()?;
    let (mut descriptors, mut sockets) = (0, 0);
    for entry in process.fd().into_iter().flatten().flatten() {
        descriptors += 1;
        sockets += u64::from(matches!(entry.target, FDTarget::Socket(_)));
    }
    let ticks = stat.utime + stat.stime;
    Some(Usage {
        rss_bytes: status.vmrss.unwrap_or_default() * KIB,
        anonymous_bytes: status.rssanon.unwrap_or_default() * KIB,
        descriptors,
        sockets,
        threads: status.threads,
        cpu: Duration::from_millis(ticks * 1000 / procfs::ticks_per_second().max(1)),
        limit_bytes: limit(&groups(pid)),
    })
}

/// How often the kernel has ended a process of this one's control group for want of memory.
pub(super) fn kills(pid: u32) -> u64 {
    let count = |folder: &PathBuf| {
        let text = ["memory.events", "memory.oom_control"]
            .iter()
            .find_map(|file| std::fs::read_to_string(folder.join(file)).ok())?;
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok())
    };
    groups(pid).iter().find_map(count).unwrap_or_default()
}

/// The folders of a process's memory control group, from its own up to the root; empty where there are none.
fn groups(pid: u32) -> Vec<PathBuf> {
    let Some(groups) = tree::process(pid).and_then(|process| process.cgroups().ok()) else {
        return Vec::new();
    };
    let group = groups.0.iter().find_map(|group| {
        let base = match group.hierarchy {
            0 => "/sys/fs/cgroup",
            _ if group.controllers.iter().any(|name| name == "memory") => "/sys/fs/cgroup/memory",
            _ => return None,
        };
        let path = Path::new(base).join(group.pathname.trim_start_matches('/'));
        Some((base, path))
    });
    let Some((base, path)) = group else { return Vec::new() };
    // In a container the path may be the host's, which is not to be seen here; the root then is the container's own.
    path.ancestors().take_while(|folder| folder.starts_with(base)).map(Path::to_path_buf).collect()
}

fn limit(groups: &[PathBuf]) -> Option<u64> {
    /// Version 1 says "no limit" with a number near the largest.
    const NONE_FROM: u64 = 1 << 60;
    let read = |folder: &PathBuf| {
        ["memory.max", "memory.limit_in_bytes"]
            .iter()
            .filter_map(|file| std::fs::read_to_string(folder.join(file)).ok())
            .find_map(|text| text.trim().parse::<u64>().ok())
    };
    groups.iter().filter_map(read).filter(|&bytes| bytes < NONE_FROM).min()
}
