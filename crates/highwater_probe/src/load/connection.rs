//! One connection: opening it, sending, reading answers, each within the time of its request.
//!
//! Bytes go through one buffer for each thread, so that a connection that waits holds next to no memory.

use super::answer::{Answer, Progress};
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, Sleep, sleep};

/// What is read at once. Larger than most answers: a read that does not fill it spares the one that finds nothing.
const READ_BYTES: usize = 64 * 1024;

/// What the system keeps for a slow reader.
const SLOW_BUFFER_BYTES: u32 = 4096;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
    static WRITE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// Nothing listens.
    Refused,
    /// The system gave no connection.
    NoConnection,
    /// No local port or descriptor was free.
    NoRoom,
    /// Out of time while connecting.
    ConnectTime,
    /// Out of time, and no byte of an answer.
    Time,
    /// Out of time in the middle of the answer.
    AnswerTime,
    /// The service closed, or reset, without a byte of an answer.
    ClosedBefore,
    /// The same in the middle of the answer.
    ClosedWithin,
    /// The answer is not HTTP, or breaks its rules.
    Malformed,
    /// The service did not switch to WebSocket.
    NotUpgraded,
}

impl Failure {
    /// Whether the service may hang altogether.
    pub fn is_silence(self) -> bool {
        matches!(self, Failure::ConnectTime | Failure::Time)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Refused => "connection refused",
            Failure::NoConnection => "no connection",
            Failure::NoRoom => "no free local port or descriptor",
            Failure::ConnectTime => "timed out while connecting",
            Failure::Time => "timed out without an answer",
            Failure::AnswerTime => "timed out in the middle of the answer",
            Failure::ClosedBefore => "closed without an answer",
            Failure::ClosedWithin => "closed in the middle of the answer",
            Failure::Malformed => "answer is not HTTP",
            Failure::NotUpgraded => "not upgraded to WebSocket",
        })
    }
}

/// The time that a request has, checked without setting a timer for each.
#[derive(Debug)]
pub(super) struct Clock {
    limit: Duration,
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Clock {
    pub fn new(limit: Duration) -> Clock {
        let deadline = Instant::now() + limit;
        Clock { limit, deadline, timer: Box::pin(tokio::time::sleep_until(deadline)) }
    }

    /// A request begins.
    pub fn begin(&mut self, now: Instant) {
        self.deadline = now + self.limit;
    }

    /// Ready when the request has run out of time. The timer is moved only when it goes off, once for many requests.
    pub fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.timer.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            let deadline = self.deadline;
            self.timer.as_mut().reset(deadline);
        }
    }
}

/// What reading has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Read the whole answer.
    End,
    /// Read up to the first byte of the body, or the end of an answer without one.
    Body,
    /// Read the head.
    Head,
    /// Read so many events, or the end.
    Events(u64),
}

impl Until {
    /// Whether an answer that goes on has come so far.
    fn is_reached(self, answer: &Answer) -> bool {
        match self {
            Until::End => false,
            Until::Body => answer.body_bytes > 0,
            Until::Head => answer.status != 0,
            Until::Events(wanted) => answer.events.as_ref().is_some_and(|events| events.count >= wanted),
        }
    }
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub stream: TcpStream,
    /// When it was last used, and how long the service keeps it idle if it said so.
    pub used: Instant,
    pub idle_limit: Option<Duration>,
}

impl Connection {
    /// Opens a connection within the clock's time. `is_slow`: with little room for bytes that were not read, so that
    /// the service notices.
    pub async fn open(address: SocketAddr, clock: &mut Clock, is_slow: bool) -> Result<Connection, Failure> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let socket = socket.map_err(|e| connect_failure(&e))?;
        if is_slow {
            // The system may give more; that it does not give less is no harm.
            let _ = socket.set_recv_buffer_size(SLOW_BUFFER_BYTES);
        }
        let mut connecting = std::pin::pin!(socket.connect(address));
        let stream = poll_fn(|cx| {
            if let Poll::Ready(stream) = connecting.as_mut().poll(cx) {
                return Poll::Ready(stream.map_err(|e| connect_failure(&e)));
            }
            clock.poll_over(cx).map(|()| Err(Failure::ConnectTime))
        })
        .await?;
        // Requests are written at once; waiting to fill a packet would only add latency. Failing to say so is no harm.
        let _ = stream.set_nodelay(true);
        Ok(Connection { stream, used: Instant::now(), idle_limit: None })
    }

    /// Whether it is worth trying again after some rest.
    pub fn is_fresh(&self, now: Instant) -> bool {
        let idle = now.duration_since(self.used);
        if self.idle_limit.is_some_and(|limit| idle + limit / 4 >= limit) {
            return false;
        }
        let mut byte = [0];
        matches!(self.stream.try_read(&mut byte), Err(e) if e.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends what `write` makes and reads the answer as far as asked.
    pub async fn exchange(
        &mut self,
        clock: &mut Clock,
        answer: &mut Answer,
        until: Until,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Failure> {
        let mut rest = self.send_now(write)?;
        poll_fn(|cx| {
            if !rest.is_empty() && self.poll_send(cx, &mut rest).is_err() {
                // The service reads no more; it may still have answered.
                rest.clear();
            }
            match self.poll_answer(cx, answer, until) {
                Poll::Ready(read) => Poll::Ready(read),
                Poll::Pending => clock.poll_over(cx).map(|()| Err(out_of_time(answer))),
            }
        })
        .await?;
        if !rest.is_empty() {
            answer.keep_alive = false;
        }
        Ok(())
    }

    /// Reads on, as far as asked.
    pub async fn read_on(
        &mut self,
        clock: &mut Clock,
        answer: &mut Answer,
        until: Until,
    ) -> Result<(), Failure> {
        poll_fn(|cx| match self.poll_answer(cx, answer, until) {
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => clock.poll_over(cx).map(|()| Err(out_of_time(answer))),
        })
        .await
    }

    /// Sends what `write` makes, all of it, and reads nothing.
    pub async fn send(&mut self, clock: &mut Clock, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        let mut rest = self.send_now(write)?;
        poll_fn(|cx| {
            if let Err(failure) = self.poll_send(cx, &mut rest) {
                return Poll::Ready(Err(failure));
            }
            if rest.is_empty() {
                return Poll::Ready(Ok(()));
            }
            clock.poll_over(cx).map(|()| Err(Failure::Time))
        })
        .await
    }

    /// Sends what goes at once; what is left over.
    fn send_now(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<u8>, Failure> {
        WRITE.with_borrow_mut(|out| {
            out.clear();
            write(out);
            match self.stream.try_write(out) {
                Ok(sent) => Ok(out[sent..].to_vec()),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(out.clone()),
                Err(_) => Err(Failure::ClosedBefore),
            }
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, rest: &mut Vec<u8>) -> Result<(), Failure> {
        while !rest.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Ready(Ok(sent)) if sent > 0 => drop(rest.drain(..sent)),
                Poll::Ready(_) => return Err(Failure::ClosedBefore),
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        answer: &mut Answer,
        until: Until,
    ) -> Poll<Result<(), Failure>> {
        loop {
            match ready!(self.poll_step(cx, answer, READ_BYTES)) {
                Progress::Done => return Poll::Ready(Ok(())),
                Progress::Malformed => return Poll::Ready(Err(Failure::Malformed)),
                Progress::More if answer.is_over => return Poll::Ready(Err(closed(answer))),
                Progress::More => {}
            }
            if until.is_reached(answer) {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Reads once, so many bytes at most.
    fn poll_step(&mut self, cx: &mut Context<'_>, answer: &mut Answer, most: usize) -> Poll<Progress> {
        READ.with_borrow_mut(|buffer| {
            let most = most.min(buffer.len());
            let mut into = ReadBuf::new(&mut buffer[..most]);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into)) {
                Ok(()) if !into.filled().is_empty() => Poll::Ready(answer.feed(into.filled())),
                Ok(()) => Poll::Ready(answer.feed_end(true)),
                Err(_) => Poll::Ready(answer.feed_end(false)),
            }
        })
    }

    /// Reads the whole answer in bites with rests between. The time of the request is that of one bite.
    pub async fn read_slowly(
        &mut self,
        clock: &mut Clock,
        answer: &mut Answer,
        bite_bytes: usize,
        rest: Duration,
    ) -> Result<(), Failure> {
        loop {
            clock.begin(Instant::now());
            let progress = poll_fn(|cx| match self.poll_step(cx, answer, bite_bytes) {
                Poll::Ready(progress) => Poll::Ready(Ok(progress)),
                Poll::Pending => clock.poll_over(cx).map(|()| Err(out_of_time(answer))),
            })
            .await?;
            match progress {
                Progress::Done => return Ok(()),
                Progress::Malformed => return Err(Failure::Malformed),
                Progress::More if answer.is_over => return Err(closed(answer)),
                Progress::More => sleep(rest).await,
            }
        }
    }

    /// Reads whatever comes next, as it is; `false` when the service has closed.
    pub async fn read_any(&mut self, mut take: impl FnMut(&[u8])) -> bool {
        poll_fn(|cx| {
            READ.with_borrow_mut(|buffer| {
                let mut into = ReadBuf::new(buffer);
                let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut into));
                take(into.filled());
                Poll::Ready(read.is_ok() && !into.filled().is_empty())
            })
        })
        .await
    }
}

fn closed(answer: &Answer) -> Failure {
    if answer.has_begun { Failure::ClosedWithin } else { Failure::ClosedBefore }
}

fn out_of_time(answer: &Answer) -> Failure {
    if answer.has_begun { Failure::AnswerTime } else { Failure::Time }
}

fn connect_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::AddrNotAvailable => Failure::NoRoom,
        io::ErrorKind::TimedOut => Failure::ConnectTime,
        // Too many open files, of the process or of the system, have no kind of their own.
        _ if matches!(error.raw_os_error(), Some(23 | 24)) => Failure::NoRoom,
        _ => Failure::NoConnection,
    }
}
