//! Waits until a service answers: which port, of which process, and whether it says that it is ready.

use super::leash::Leash;
use super::output::Output;
use super::tree::{self, Listener};
use super::{Launch, TargetError, endpoints};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// How often we look, at least this far apart.
const LOOK: Duration = Duration::from_millis(25);
/// At most this far apart. Between, four times as long as a look takes: it reads about every process of the machine, and
/// the service needs the CPU to start.
const LONGEST_LOOK: Duration = Duration::from_millis(500);
/// When no port was given, how long after the first one opened others may follow: metrics, health, a second server.
const OTHERS: Duration = Duration::from_millis(300);
/// As long when only such ports are open as the system hands out: a service seldom means to have one of those.
const A_CHOSEN_ONE: Duration = Duration::from_secs(3);
/// For one answer of the path that says the service is ready.
const ANSWER: Duration = Duration::from_secs(5);
/// From here on, numbers of ports are handed out by the system.
const EPHEMERAL: u16 = 32_768;
/// Where inspectors are opened when nobody says otherwise: Node's and wrangler's, Bun's.
const INSPECTORS: [u16; 2] = [9229, 6499];

/// Where the service answers.
pub(super) struct Found {
    pub(super) address: SocketAddr,
    pub(super) pid: u32,
    /// Other ports that it listens on.
    pub(super) others: Vec<u16>,
}

/// Waits until the service is ready, or cannot be any more.
pub(super) async fn wait(
    leash: &mut Leash,
    launch: &Launch,
    wanted_port: Option<u16>,
    output: &Output,
    bun_path: &str,
) -> Result<Found, TargetError> {
    let begin = Instant::now();
    let given = launch.ready.port.filter(|&port| port != 0);
    let mut silent = BTreeSet::new();
    let mut first_seen = None;
    let mut last = String::from("no answer");
    loop {
        let looked = Instant::now();
        let below = tree::below(leash.root());
        still_possible(leash, launch, &below)?;
        let mut listeners = services(&tree::listeners(&below), output);
        listeners.retain(|listener| !silent.contains(&listener.address.port()));
        let chosen = choose(&listeners, given, wanted_port);
        if chosen.is_some() && first_seen.is_none() {
            first_seen = Some(Instant::now());
        }
        let certain = given.or(wanted_port);
        let settled = |listener: Listener| {
            let port = listener.address.port();
            let patience = if port >= EPHEMERAL && wanted_port != Some(0) { A_CHOSEN_ONE } else { OTHERS };
            certain == Some(port) || first_seen.is_some_and(|seen| seen.elapsed() >= patience)
        };
        if let Some(listener) = chosen.filter(|&listener| settled(listener) && output.wanted_seen()) {
            let address = reachable(listener.address).await;
            // Bun opens its inspector without a word; only where it could be the service is it asked.
            if certain != Some(address.port())
                && address.port() >= EPHEMERAL
                && endpoints::is_buns(listener, bun_path).await
            {
                silent.insert(address.port());
                continue;
            }
            let answer = match &launch.ready.path {
                Some(path) => get(address, path).await,
                None => Ok(()),
            };
            match answer {
                Ok(()) => {
                    let others = ports(&listeners).into_iter().filter(|&port| port != address.port());
                    return Ok(Found { address, pid: listener.pid, others: others.collect() });
                }
                Err(why) => last = why,
            }
        }
        if begin.elapsed() >= launch.ready.timeout {
            return Err(late(launch, chosen, &listeners, last, output));
        }
        sleep((looked.elapsed() * 4).clamp(LOOK, LONGEST_LOOK)).await;
    }
}

/// An error when the service cannot come up any more.
fn still_possible(leash: &mut Leash, launch: &Launch, below: &[u32]) -> Result<(), TargetError> {
    if let Some(cause) = leash.failed() {
        return Err(TargetError::CannotRun { command: launch.command.clone(), cause });
    }
    if leash.is_lost() {
        return Err(TargetError::Guard { cause: "it was ended by something else".into() });
    }
    match leash.ended() {
        // A command may end and leave its service running; the guard still has it.
        Some(status) if below.is_empty() => Err(TargetError::EndedAtOnce {
            command: launch.command.clone(),
            code: status.code,
            signal: status.signal,
            told: String::new(),
        }),
        _ => Ok(()),
    }
}

fn late(
    launch: &Launch,
    chosen: Option<Listener>,
    listeners: &[Listener],
    last: String,
    output: &Output,
) -> TargetError {
    let (waited, told) = (launch.ready.timeout, String::new());
    let command = launch.command.clone();
    match (chosen, &launch.ready.log_line, &launch.ready.path) {
        (None, ..) => {
            let others = ports(listeners);
            TargetError::PortNeverOpened { port: launch.ready.port, waited, command, others, told }
        }
        (Some(_), Some(line), _) if !output.wanted_seen() => {
            TargetError::LineNeverCame { line: line.clone(), waited, told }
        }
        (Some(listener), _, path) => {
            let path = path.clone().unwrap_or_default();
            TargetError::NeverReady { address: listener.address, path, last, waited, told }
        }
    }
}

/// The port that the environment or an argument of the command asks the service to have.
pub(super) fn wanted_port(launch: &Launch) -> Option<u16> {
    let words = || launch.command.iter().filter_map(|word| word.to_str());
    let joined = words().find_map(|word| word.strip_prefix("--port="));
    let apart = || words().zip(words().skip(1)).find(|(word, _)| *word == "--port").map(|(_, port)| port);
    let argument = joined.or_else(apart).and_then(|port| port.parse().ok());
    argument.or_else(|| super::variable(launch, "PORT").and_then(|port| port.to_str()?.parse().ok()))
}

/// Listening sockets that are no inspector's.
fn services(listeners: &[Listener], output: &Output) -> Vec<Listener> {
    let inspectors: BTreeSet<u16> = output.urls().iter().filter_map(|url| port_of(url)).collect();
    listeners.iter().copied().filter(|listener| !inspectors.contains(&listener.address.port())).collect()
}

/// The port of a `ws://host:port/...` address.
pub(super) fn port_of(url: &str) -> Option<u16> {
    let authority = url.split("://").nth(1)?.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

pub(super) fn ports(listeners: &[Listener]) -> Vec<u16> {
    let ports: BTreeSet<u16> = listeners.iter().map(|listener| listener.address.port()).collect();
    ports.into_iter().collect()
}

/// The service's socket: the given port and no other; else the one that the environment asks for; else the lowest
/// that the system did not hand out.
pub(super) fn choose(listeners: &[Listener], given: Option<u16>, wanted: Option<u16>) -> Option<Listener> {
    let on = |port: u16| listeners.iter().copied().find(|listener| listener.address.port() == port);
    match given {
        Some(port) => on(port),
        None => wanted.and_then(on).or_else(|| {
            let order = |listener: &&Listener| {
                let port = listener.address.port();
                (port >= EPHEMERAL, port, listener.pid)
            };
            listeners.iter().filter(|l| !INSPECTORS.contains(&l.address.port())).min_by_key(order).copied()
        }),
    }
}

/// The address to send requests to, for one to listen on.
pub(super) async fn reachable(listening: SocketAddr) -> SocketAddr {
    let port = listening.port();
    match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            // Most take both kinds of addresses; a socket can be told not to.
            let both = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            match TcpStream::connect(both).await {
                Ok(_) => both,
                Err(_) => SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
            }
        }
        _ => listening,
    }
}

/// Asks a path once. An error says what came instead of a good answer.
async fn get(address: SocketAddr, path: &str) -> Result<(), String> {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        stream.take(1024).read_to_end(&mut head).await?;
        Ok::<_, std::io::Error>(head)
    };
    let head = match timeout(ANSWER, ask).await {
        Ok(Ok(head)) => head,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no answer within {} s", ANSWER.as_secs())),
    };
    let line = String::from_utf8_lossy(&head);
    let line = line.lines().next().unwrap_or_default();
    let status: Option<u16> = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    match status {
        Some(200..=399) => Ok(()),
        Some(_) => Err(format!("it answered `{line}`")),
        None => Err("its answer is not HTTP".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(address: &str, pid: u32) -> Listener {
        Listener { address: address.parse().unwrap(), pid }
    }

    #[test]
    fn the_given_port_is_taken_then_the_environments_then_the_lowest_that_was_chosen_by_someone() {
        let all = [
            listener("127.0.0.1:40001", 7),
            listener("0.0.0.0:9090", 7),
            listener("[::]:3000", 8),
            listener("[::]:3000", 7),
        ];
        assert_eq!(choose(&all, Some(9090), Some(3000)), Some(all[1]));
        assert_eq!(choose(&all, Some(1), Some(3000)), None);
        assert_eq!(choose(&all, None, Some(9090)), Some(all[1]));
        assert_eq!(choose(&all, None, Some(1)), Some(all[3]));
        assert_eq!(choose(&all[..1], None, None), Some(all[0]));
        let inspector = [listener("127.0.0.1:9229", 7)];
        assert_eq!(choose(&inspector, None, None), None);
        assert_eq!(choose(&inspector, Some(9229), None), Some(inspector[0]));
    }
}
