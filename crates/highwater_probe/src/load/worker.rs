//! One client: takes the next request while there is one, and behaves as its mode says.

use super::answer::{Answer, Events};
use super::connection::{Clock, Connection, Failure, Until};
use super::http2::{Came, Parts, Sessions};
use super::plan::{Plan, Route};
use super::tally::{EndedEarly, Tally};
use super::websocket::{self, Frames, Said};
use super::{Batch, Keys};
use crate::scenario::{Fill, Mode};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// A refused connection is tried again so often: a service that is being replaced refuses for a moment.
const REFUSED_TRIES: u32 = 5;
const REFUSED_REST: Duration = Duration::from_millis(20);

/// Without a free local port, connections that have ended must expire first, which takes a second on loopback.
const NO_ROOM_TRIES: u32 = 60;
const NO_ROOM_REST: Duration = Duration::from_millis(50);

/// A slow reader over HTTP/2 may take so long altogether.
const LONGEST: Duration = Duration::from_hours(1);

/// How long a closed WebSocket waits for the service to close too.
const CLOSING: Duration = Duration::from_millis(20);

/// What the clients of a batch have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub plan: Arc<Plan>,
    pub address: SocketAddr,
    pub batch: Batch,
    pub begun: Instant,
    /// When no more requests are begun.
    pub end: Option<Instant>,
    /// Connections of HTTP/2.
    pub sessions: Arc<Sessions>,
    /// Requests that were taken.
    pub taken: AtomicU64,
    /// Requests that have ended.
    pub done: Arc<AtomicU64>,
    pub tally: Mutex<Tally>,
    pub ended_early: Mutex<Option<EndedEarly>>,
    /// Whether `ended_early` is set; asked for each request.
    pub is_over: AtomicBool,
    /// Whether somebody wants no more requests to begin.
    pub is_stopped: Arc<AtomicBool>,
}

impl Shared {
    /// How many requests were taken before the next one, if it may be sent.
    fn take(&self, now: Instant) -> Option<u64> {
        if !self.goes_on(now) {
            return None;
        }
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        (taken < self.batch.requests).then_some(taken)
    }

    /// Whether requests may begin at this time.
    fn goes_on(&self, now: Instant) -> bool {
        if self.is_stopped.load(Ordering::Relaxed) {
            self.end_early(EndedEarly::Stopped);
        } else if self.end.is_some_and(|end| now >= end) {
            self.end_early(EndedEarly::Time);
        }
        !self.is_over.load(Ordering::Relaxed)
    }

    /// When a request is due, where there is a rate.
    fn due(&self, taken: u64) -> Option<Instant> {
        let apart = self.plan.apart?;
        Some(self.begun + Duration::from_secs_f64(apart.as_secs_f64() * taken as f64))
    }

    /// The number that `{n}` stands for.
    fn key(&self, index: u64) -> u64 {
        match self.batch.keys {
            Keys::Fresh => index,
            Keys::Closed(size) => index % size.max(1),
        }
    }

    fn end_early(&self, why: EndedEarly) {
        let mut ended = self.ended_early.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(why);
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client.
pub(super) struct Worker {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    answer: Answer,
    clock: Clock,
}

impl Worker {
    /// A client that may go on with a connection of an earlier batch.
    pub fn new(shared: Arc<Shared>, idle: Option<Connection>) -> Worker {
        let clock = Clock::new(shared.plan.timeout);
        let now = Instant::now();
        let connection = idle.filter(|connection| connection.is_fresh(now));
        Worker { shared, connection, answer: Answer::default(), clock }
    }

    /// Sends until there is nothing left to send; gives back a connection that can serve more.
    pub async fn work(mut self) -> Option<Connection> {
        let shared = Arc::clone(&self.shared);
        let mut now = Instant::now();
        while let Some(taken) = shared.take(now) {
            let mut begun = now;
            if let Some(due) = shared.due(taken) {
                if due > now {
                    sleep_until(due).await;
                }
                if !shared.goes_on(due) {
                    break;
                }
                begun = due;
            }
            let index = shared.batch.first.wrapping_add(taken);
            let number = shared.plan.route(index);
            let route = &shared.plan.routes[number];
            self.clock.begin(begun.max(now));
            self.answer.begin(route.is_head);
            let now_ms = if shared.plan.needs_time { unix_ms() } else { 0 };
            let fill = Fill { key: shared.key(index), now_ms };
            let ended = self.request(route, fill, index).await;
            now = Instant::now();
            self.count(number, ended, now - begun);
            if !shared.plan.think.is_zero() {
                sleep(shared.plan.think).await;
                now = Instant::now();
            }
        }
        if let Some(connection) = &mut self.connection {
            connection.used = now;
            connection.idle_limit = self.answer.keep_alive_seconds.map(Duration::from_secs);
        }
        self.connection
    }

    async fn request(&mut self, route: &Route, fill: Fill, index: u64) -> Result<(), Failure> {
        if let Some(parts) = &route.http2 {
            return self.http2(route, parts, fill, index).await;
        }
        match route.mode {
            Mode::Plain => self.plain(route, fill, index).await,
            Mode::Disconnect => self.leave(route, fill, index, Until::Body).await,
            Mode::Events => {
                self.answer.events = Some(Events::default());
                self.leave(route, fill, index, Until::Events(u64::from(route.events))).await
            }
            Mode::Slow => self.slow(route, fill, index).await,
            Mode::CutUpload => self.cut_upload(route, fill, index).await,
            Mode::WebSocket | Mode::WebSocketDrop => self.websocket(route, fill, index).await,
        }
    }

    fn count(&self, route: usize, ended: Result<(), Failure>, took: Duration) {
        let shared = &self.shared;
        let bytes = self.answer.bytes;
        let status = Some(self.answer.status).filter(|status| *status != 0);
        let mut tally = shared.tally();
        match ended {
            Ok(()) => tally.answered(route, status, took, bytes),
            Err(failure) => {
                tally.failed(route, failure, status, bytes);
                if failure == Failure::Refused {
                    shared.end_early(EndedEarly::Refused);
                } else if tally.silent_in_a_row >= shared.plan.concurrency.max(3) {
                    shared.end_early(EndedEarly::Silent);
                }
            }
        }
        shared.done.fetch_add(1, Ordering::Relaxed);
    }

    async fn open(&mut self, is_slow: bool) -> Result<Connection, Failure> {
        Opener { shared: &self.shared, clock: &mut self.clock }.connection(is_slow).await
    }

    async fn plain(&mut self, route: &Route, fill: Fill, index: u64) -> Result<(), Failure> {
        let mut reused = self.connection.take();
        loop {
            let was_reused = reused.is_some();
            let mut connection = match reused.take() {
                Some(connection) => connection,
                None => self.open(false).await?,
            };
            let write = |out: &mut Vec<u8>| route.write(fill, index, out);
            let read = connection.exchange(&mut self.clock, &mut self.answer, Until::End, write).await;
            match read {
                Ok(()) => {
                    if route.keep_alive && self.answer.keep_alive {
                        self.connection = Some(connection);
                    }
                    return Ok(());
                }
                // The service closed an idle connection just when it was used again: it has not seen this request.
                Err(Failure::ClosedBefore) if was_reused => self.answer.begin(route.is_head),
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Reads so far and leaves.
    async fn leave(&mut self, route: &Route, fill: Fill, index: u64, until: Until) -> Result<(), Failure> {
        let mut connection = self.open(false).await?;
        let write = |out: &mut Vec<u8>| route.write(fill, index, out);
        connection.exchange(&mut self.clock, &mut self.answer, until, write).await?;
        if !route.hold.is_zero() {
            let reading = connection.read_on(&mut self.clock, &mut self.answer, Until::End);
            let _ = timeout(route.hold, reading).await;
        }
        Ok(())
    }

    async fn slow(&mut self, route: &Route, fill: Fill, index: u64) -> Result<(), Failure> {
        let mut connection = self.open(true).await?;
        connection.send(&mut self.clock, |out| route.write(fill, index, out)).await?;
        let (bite, rest) = (route.bite_bytes, route.interval);
        connection.read_slowly(&mut self.clock, &mut self.answer, bite, rest).await
    }

    async fn cut_upload(&mut self, route: &Route, fill: Fill, index: u64) -> Result<(), Failure> {
        let mut connection = self.open(false).await?;
        connection.send(&mut self.clock, |out| route.write(fill, index, out)).await?;
        sleep(route.hold).await;
        Ok(())
    }

    async fn http2(&mut self, route: &Route, parts: &Parts, fill: Fill, index: u64) -> Result<(), Failure> {
        let shared = Arc::clone(&self.shared);
        let mut came = Came::default();
        let limit = if route.mode == Mode::Slow { LONGEST } else { shared.plan.timeout };
        let open = Opener { shared: &shared, clock: &mut self.clock };
        let request = shared.sessions.request(route, parts, fill, index, &mut came, open);
        let ended = timeout(limit, request).await.unwrap_or_else(|_| Err(came.out_of_time()));
        (self.answer.status, self.answer.bytes) = (came.status, came.bytes);
        ended
    }

    async fn websocket(&mut self, route: &Route, fill: Fill, index: u64) -> Result<(), Failure> {
        let mut connection = self.open(false).await?;
        let write = |out: &mut Vec<u8>| route.write(fill, index, out);
        connection.exchange(&mut self.clock, &mut self.answer, Until::Head, write).await?;
        if self.answer.status != 101 {
            return Err(Failure::NotUpgraded);
        }
        let mut socket = Socket { connection, frames: Frames::default(), index, bytes: 0 };
        let mut open = !socket.frames.feed(&self.answer.surplus).contains(&Said::Close);
        let message = route.message(fill);
        for number in 0..route.messages {
            let Some(message) = message.as_deref().filter(|_| open) else { break };
            if number > 0 && !route.interval.is_zero() {
                open = !socket.converse(&mut self.clock, route.interval).await;
            }
            self.clock.begin(Instant::now());
            open = open && socket.send(&mut self.clock, |out| websocket::text(message, index, out)).await;
        }
        open = open && !socket.converse(&mut self.clock, route.hold).await;
        if open && route.mode == Mode::WebSocket {
            socket.send(&mut self.clock, |out| websocket::close(index, out)).await;
            socket.converse(&mut self.clock, CLOSING).await;
        }
        self.answer.bytes += socket.bytes;
        Ok(())
    }
}

/// Opens connections for a client.
pub(super) struct Opener<'w> {
    shared: &'w Shared,
    clock: &'w mut Clock,
}

impl Opener<'_> {
    /// A new connection, with patience for what passes.
    pub async fn connection(&mut self, is_slow: bool) -> Result<Connection, Failure> {
        let mut tries = 0;
        loop {
            let failure = match Connection::open(self.shared.address, self.clock, is_slow).await {
                Ok(connection) => {
                    self.shared.tally().connections += 1;
                    return Ok(connection);
                }
                Err(failure) => failure,
            };
            tries += 1;
            let rest = match failure {
                Failure::Refused if tries < REFUSED_TRIES => REFUSED_REST,
                Failure::NoRoom if tries < NO_ROOM_TRIES => NO_ROOM_REST,
                _ => return Err(failure),
            };
            sleep(rest).await;
        }
    }
}

/// Milliseconds since 1970.
fn unix_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A connection that has become a WebSocket.
struct Socket {
    connection: Connection,
    frames: Frames,
    index: u64,
    bytes: u64,
}

impl Socket {
    /// Sends a frame; whether it went out.
    async fn send(&mut self, clock: &mut Clock, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.connection.send(clock, write).await.is_ok()
    }

    /// Reads and answers pings for a time; whether the service has closed before it was over.
    async fn converse(&mut self, clock: &mut Clock, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let mut said = Vec::new();
            let frames = &mut self.frames;
            let bytes = &mut self.bytes;
            let reading = self.connection.read_any(|read| {
                *bytes += read.len() as u64;
                said.extend(frames.feed(read));
            });
            match timeout(left, reading).await {
                Err(_) => return false,
                Ok(false) => return true,
                Ok(true) => {}
            }
            for one in said {
                match one {
                    Said::Message => {}
                    Said::Ping(payload) => {
                        let index = self.index;
                        self.send(clock, |out| websocket::pong(&payload, index, out)).await;
                    }
                    Said::Close | Said::Malformed => return true,
                }
            }
        }
    }
}
