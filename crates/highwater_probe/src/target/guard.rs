//! The guard: a small process between us and the service, so that nothing is left behind whatever happens to us.
//!
//! ```text
//! highwater --socket--> highwater guard hold ... --starts--> highwater guard exec ... --becomes--> COMMAND
//! ```
//!
//! The guard is the reaper of everything below it: a process whose parent has gone becomes the guard's child, so the
//! tree stays whole. Its standard input is one end of a socket. What we say there ends the service; so does the end of
//! the socket, which comes when we die in any way. `exec` asks the kernel to end the command should the guard itself
//! be killed, and then becomes the command.
//!
//! The talk is lines. From the guard: `started PID`, `failed WORDS`, `code N` or `signal N` for the end of the command,
//! and at last `gone FORCED LEFT...`. To the guard: `stop GRACE_MS`.

use super::tree;
use rustix::process::{Pid, Signal, WaitOptions};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::{Signal as Arrivals, SignalKind, signal};
use tokio::time::Instant;

/// Time for a service to end by itself when nobody is there to say how long it may take.
const GRACE: Duration = Duration::from_secs(2);
/// How often the tree is looked at while it ends.
const LOOK: Duration = Duration::from_millis(20);
/// How long a process may stay after it was killed before we give it up (one in an uninterruptible wait does).
const GIVE_UP: Duration = Duration::from_secs(10);

/// The words after `guard` that let it start a command. `guard` is the guard's own command line.
pub(super) fn words(guard: &[OsString], command: &[OsString]) -> Vec<OsString> {
    let mut out = vec![OsString::from("hold"), guard.len().to_string().into()];
    out.extend(guard.iter().cloned());
    out.extend(command.iter().cloned());
    out
}

/// Runs the guard. `arguments` are the words behind the guard's own command line, as `words` makes them. Speaks only
/// over its standard input, which must be a socket; returns when everything below it has ended.
pub fn run(arguments: &[OsString]) -> ExitCode {
    let done = match arguments.split_first() {
        Some((first, rest)) if first == "hold" => hold(rest),
        Some((first, rest)) if first == "exec" => become_command(rest),
        Some((first, [url])) if first == "close" => close(&url.to_string_lossy()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is for Highwater's own use")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Who started us reads this; a person who did has the exit code.
            tell(&format!("failed {error}"));
            ExitCode::from(2)
        }
    }
}

/// Says one line over standard input, as well as that goes.
fn tell(line: &str) {
    if let Ok(socket) = control() {
        let _ = (&socket).write_all(format!("{}\n", line.replace('\n', " ")).as_bytes());
    }
}

/// A handle of our own to the socket at standard input; it is closed when a command is started.
fn control() -> io::Result<StdUnixStream> {
    let fd: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
    Ok(StdUnixStream::from(fd))
}

/// Turns this process into the command.
fn become_command(command: &[OsString]) -> io::Result<()> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let guard = rustix::process::getppid();
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // The guard may have died before the kernel knew what we want then.
    if rustix::process::getppid() != guard {
        return Err(io::Error::other("the guard has gone"));
    }
    let socket = control()?;
    let error = Command::new(program).args(arguments).stdin(Stdio::null()).exec();
    (&socket).write_all(format!("failed {error}\n").as_bytes())?;
    Ok(())
}

/// Waits for a word, or for nobody to be there, and closes an inspector.
fn close(url: &str) -> io::Result<()> {
    rustix::process::setsid().ok();
    let mut word = [0; 1];
    // Either way it is to be closed now.
    let _ = (&control()?).read(&mut word);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(super::attach::close(url));
    Ok(())
}

/// Starts the command and stays until everything below has ended.
fn hold(words: &[OsString]) -> io::Result<()> {
    let broken = || io::Error::new(io::ErrorKind::InvalidInput, "the guard's words are incomplete");
    let (count, rest) = words.split_first().ok_or_else(broken)?;
    let count: usize = count.to_str().and_then(|count| count.parse().ok()).ok_or_else(broken)?;
    let (program, own) = rest.get(..count).and_then(<[OsString]>::split_first).ok_or_else(broken)?;
    let command = rest.get(count..).ok_or_else(broken)?;
    let socket = control()?;
    socket.set_nonblocking(true)?;
    // A session of our own: keys pressed at the terminal reach us, not the guard, which must outlive us.
    rustix::process::setsid().ok();
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (heard, said) = UnixStream::from_std(socket)?.into_split();
        let mut guard = Guard {
            heard: BufReader::new(heard),
            said,
            children: signal(SignalKind::child())?,
            asked: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::hangup())?,
            ],
            main: None,
        };
        let main = Command::new(program)
            .args(own)
            .arg("exec")
            .args(command)
            .stdin(Stdio::from(control()?.try_clone().map(OwnedFd::from)?))
            // A group of its own: a service that signals its whole group must not end its guard.
            .process_group(0)
            .spawn()?;
        guard.main = Pid::from_raw(main.id().cast_signed());
        guard.say(&format!("started {}", main.id())).await;
        let grace = guard.watch().await;
        guard.end(grace).await;
        Ok(())
    })
}

struct Guard {
    heard: BufReader<OwnedReadHalf>,
    said: OwnedWriteHalf,
    children: Arrivals,
    asked: [Arrivals; 3],
    /// The command itself.
    main: Option<Pid>,
}

/// What happened next.
enum Event {
    Child,
    Stop(Duration),
}

impl Guard {
    /// Until someone wants the end: how long it may take.
    async fn watch(&mut self) -> Duration {
        loop {
            match self.next().await {
                Event::Child => self.reap().await,
                Event::Stop(grace) => return grace,
            }
        }
    }

    async fn next(&mut self) -> Event {
        let mut line = String::new();
        let [terminate, interrupt, hangup] = &mut self.asked;
        tokio::select! {
            read = self.heard.read_line(&mut line) => match read {
                // Nobody is there any more.
                Ok(0) | Err(_) => Event::Stop(GRACE),
                Ok(_) => Event::Stop(grace(&line)),
            },
            _ = self.children.recv() => Event::Child,
            _ = terminate.recv() => Event::Stop(GRACE),
            _ = interrupt.recv() => Event::Stop(GRACE),
            _ = hangup.recv() => Event::Stop(GRACE),
        }
    }

    /// Takes leave of every child that has ended, and tells how the command did.
    async fn reap(&mut self) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            if Some(pid) != self.main {
                continue;
            }
            self.main = None;
            let line = match (status.exit_status(), status.terminating_signal()) {
                (_, Some(signal)) => format!("signal {signal}"),
                (Some(code), None) => format!("code {code}"),
                (None, None) => continue,
            };
            self.say(&line).await;
        }
    }

    /// Ends everything below: asks, waits, kills.
    async fn end(&mut self, grace: Duration) {
        let me = std::process::id();
        let asked = Instant::now();
        let mut kill_at = asked + grace;
        let mut told: Vec<u32> = Vec::new();
        let mut forced = false;
        let mut left = tree::below(me);
        while !left.is_empty() && Instant::now() < kill_at + GIVE_UP {
            let kill = Instant::now() >= kill_at;
            for &pid in &left {
                if kill {
                    forced = true;
                    tree::send(pid, Signal::KILL);
                } else if !told.contains(&pid) {
                    // Processes that start while we wait are asked, too.
                    told.push(pid);
                    tree::send(pid, Signal::TERM);
                }
            }
            // Whoever waits may lose patience, or die.
            if let Ok(Event::Stop(grace)) = tokio::time::timeout(LOOK, self.next()).await {
                kill_at = kill_at.min(Instant::now() + grace);
                tokio::time::sleep(LOOK).await;
            }
            self.reap().await;
            left = tree::below(me);
        }
        let left: String = left.iter().map(|pid| format!(" {pid}")).collect();
        self.say(&format!("gone {}{left}", u8::from(forced))).await;
    }

    /// Nobody may be there to hear it.
    async fn say(&mut self, line: &str) {
        let _ = self.said.write_all(format!("{line}\n").as_bytes()).await;
    }
}

/// The time that `stop GRACE_MS` gives.
fn grace(line: &str) -> Duration {
    let ms = line.trim().strip_prefix("stop ").and_then(|ms| ms.parse().ok());
    ms.map_or(GRACE, Duration::from_millis)
}
