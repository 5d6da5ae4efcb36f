//! Closes an inspector that we opened in somebody else's process: when we say so, and when we die.
//!
//! The guard's program in another part: `guard close URL` waits for a line or the end of its standard input, closes
//! the inspector, and ends.

use super::{TargetError, attach};
use std::ffi::OsString;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Closing takes a moment in the target's own loop, which may be busy.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct Keeper {
    child: Child,
    socket: UnixStream,
    url: String,
}

impl Keeper {
    pub(super) fn start(guard: &[OsString], url: &str) -> Result<Self, TargetError> {
        let failed = |error: std::io::Error| TargetError::Guard { cause: error.to_string() };
        let Some((program, own)) = guard.split_first() else {
            return Err(TargetError::Guard { cause: "no guard was given".into() });
        };
        let (socket, theirs) = UnixStream::pair().map_err(failed)?;
        let child = Command::new(program)
            .args(own)
            .args(["close", url])
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Self { child, socket, url: url.to_owned() })
    }

    /// Has the inspector closed.
    pub(super) async fn stop(mut self) {
        let _ = self.socket.write_all(b"stop\n");
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return,
                Ok(None) => {}
                // It was ended before it could.
                _ => break,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            waited += Duration::from_millis(20);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        attach::close(&self.url).await;
    }
}
