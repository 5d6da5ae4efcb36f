//! Our end of the guard: start it, hear how the command does, say when it is to end.

use super::guard;
use super::output::{Output, Stream};
use super::{Launch, TargetError, tree};
use rustix::process::Signal;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// The guard's answer may be this much later than the grace it was given: it waits for the dead, too.
const LATER: Duration = Duration::from_secs(15);
/// A service's processes have this in their environment, so that they are found should the guard be killed.
const MARK: &str = "HIGHWATER_RUN";
/// How often the guard's word is looked for. Only starting and stopping wait for it.
const LOOK: Duration = Duration::from_millis(10);

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
}

/// What the guard has said until now.
#[derive(Debug, Default)]
struct Heard {
    pid: Option<u32>,
    failed: Option<String>,
    ended: Option<Status>,
    gone: Option<(bool, Vec<u32>)>,
    /// The guard itself has gone.
    silent: bool,
}

/// The guard, held by its socket. Dropped, everything below it ends.
pub(super) struct Leash {
    guard: Child,
    socket: UnixStream,
    rest: Vec<u8>,
    heard: Heard,
    mark: String,
}

impl Leash {
    /// Starts the guard and through it the command, with these additions to its environment. `mark` is like no other.
    pub(super) fn start(
        launch: &Launch,
        environment: &[(OsString, OsString)],
        output: &Output,
        mark: &str,
    ) -> Result<Self, TargetError> {
        let Some((program, own)) = launch.guard.split_first() else {
            return Err(TargetError::Guard { cause: "no guard was given".into() });
        };
        let failed = |error: std::io::Error| TargetError::Guard { cause: error.to_string() };
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let mut guard = Command::new(program)
            .args(own)
            .args(guard::words(&launch.guard, &launch.command))
            .current_dir(&launch.folder)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env(MARK, mark)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                if launch.folder.is_dir() {
                    failed(error)
                } else {
                    TargetError::NoFolder { folder: launch.folder.clone() }
                }
            })?;
        if let Some(stdout) = guard.stdout.take() {
            output.read(stdout, Stream::Out);
        }
        if let Some(stderr) = guard.stderr.take() {
            output.read(stderr, Stream::Err);
        }
        Ok(Self { guard, socket, rest: Vec::new(), heard: Heard::default(), mark: mark.to_owned() })
    }

    /// The guard's own number: everything below it is the service's.
    pub(super) fn root(&self) -> u32 {
        self.guard.id()
    }

    /// Why the command could not be started.
    pub(super) fn failed(&mut self) -> Option<String> {
        self.listen();
        self.heard.failed.clone()
    }

    /// How the command ended, when it has.
    pub(super) fn ended(&mut self) -> Option<Status> {
        self.listen();
        self.heard.ended
    }

    /// Whether the guard itself has gone, so that nobody looks after the command.
    pub(super) fn is_lost(&mut self) -> bool {
        self.listen();
        self.heard.silent && self.heard.gone.is_none()
    }

    /// Ends everything: whether it had to be killed, and what could not be.
    pub(super) async fn stop(&mut self, grace: Duration) -> (bool, Vec<u32>) {
        let order = format!("stop {}\n", grace.as_millis());
        let _ = self.socket.write_all(order.as_bytes());
        let until = Instant::now() + grace + LATER;
        while self.heard.gone.is_none() && !self.heard.silent && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
            self.listen();
        }
        // It has said its last word, or is beyond words.
        if self.heard.gone.is_none() {
            let _ = self.guard.kill();
        }
        let _ = self.guard.wait();
        match self.heard.gone.take() {
            Some(gone) => gone,
            None => (true, self.kill_marked().await),
        }
    }

    /// Without a guard, its children are nobody's; their environment still tells them.
    async fn kill_marked(&self) -> Vec<u32> {
        let mut left = Vec::new();
        for _ in 0..100 {
            left = tree::with_variable(MARK, &self.mark);
            if left.is_empty() {
                break;
            }
            for &pid in &left {
                tree::send(pid, Signal::KILL);
            }
            tokio::time::sleep(LOOK).await;
        }
        left
    }

    fn listen(&mut self) {
        let mut buffer = [0; 1024];
        loop {
            match self.socket.read(&mut buffer) {
                Ok(0) => break self.heard.silent = true,
                Ok(count) => self.rest.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break self.heard.silent = true,
            }
        }
        while let Some(end) = self.rest.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.heard.take(String::from_utf8_lossy(&line).trim());
        }
    }
}

impl Heard {
    fn take(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "started" => self.pid = rest.parse().ok(),
            "failed" => self.failed = Some(rest.to_owned()),
            "code" => self.ended = Some(Status { code: rest.parse().ok(), signal: None }),
            "signal" => self.ended = Some(Status { code: None, signal: rest.parse().ok() }),
            "gone" => {
                let mut numbers = rest.split(' ').filter_map(|number| number.parse::<u32>().ok());
                let forced = numbers.next() == Some(1);
                self.gone = Some((forced, numbers.collect()));
            }
            _ => {}
        }
    }
}
