//! Requests over HTTP/2 in cleartext, with prior knowledge (RFC 9113, section 3.3): many at a time on few connections.

use super::answer::Events;
use super::connection::Failure;
use super::plan::{Route, is_own_field};
use super::worker::Opener;
use crate::scenario::{Fill, Mode, Template, Texts};
use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Method, Uri};
use std::future::poll_fn;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Requests that share a connection; services commonly allow this many.
const STREAMS: usize = 100;

/// What a service may send before it is told that it was read.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;

/// A slow reader's window, the least that every service knows.
const SLOW_WINDOW_BYTES: u32 = 65_535;

/// Connections of a load, opened when they are needed.
#[derive(Debug)]
pub(super) struct Sessions {
    all: Vec<Mutex<Session>>,
}

#[derive(Debug, Default)]
struct Session {
    sender: Option<SendRequest<Bytes>>,
    /// Drives the connection; ends with it, or when the load is dropped.
    driver: JoinSet<()>,
}

/// The texts of a request for HTTP/2.
#[derive(Debug)]
pub(super) struct Parts {
    method: Method,
    authority: String,
    path: Template,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Template>,
    /// What is announced beyond what is sent.
    beyond: usize,
}

/// What came of a request.
#[derive(Debug, Default)]
pub(super) struct Came {
    pub status: u16,
    pub bytes: u64,
    has_begun: bool,
}

impl Parts {
    /// `None`: a header field or the method is not one that HTTP/2 knows.
    pub fn new(method: &str, texts: Texts, host: &str, beyond: usize) -> Option<Parts> {
        let mut authority = host.to_owned();
        let mut headers = Vec::new();
        for (name, value) in texts.headers {
            if name.eq_ignore_ascii_case("host") {
                let mut out = Vec::new();
                value.write(Fill { key: 0, now_ms: 0 }, &mut out);
                authority = String::from_utf8(out).ok()?;
            } else if !is_own_field(&name) && !name.eq_ignore_ascii_case("upgrade") {
                headers.push((HeaderName::from_bytes(name.as_bytes()).ok()?, value));
            }
        }
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        Some(Parts { method, authority, path: texts.path, headers, body: texts.body, beyond })
    }

    fn head(&self, fill: Fill) -> Option<http::Request<()>> {
        let text = |template: &Template| {
            let mut out = Vec::with_capacity(template.length(fill));
            template.write(fill, &mut out);
            out
        };
        let path = String::from_utf8(text(&self.path)).ok()?;
        let uri: Uri = format!("http://{}{path}", self.authority).parse().ok()?;
        let mut head = http::Request::new(());
        *head.method_mut() = self.method.clone();
        *head.uri_mut() = uri;
        for (name, value) in &self.headers {
            head.headers_mut().append(name.clone(), HeaderValue::from_bytes(&text(value)).ok()?);
        }
        if self.body.is_some() || self.beyond > 0 {
            let length = self.body.as_ref().map_or(0, |body| body.length(fill)) + self.beyond;
            head.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        Some(head)
    }

    fn body(&self, fill: Fill) -> Option<Bytes> {
        let body = self.body.as_ref()?;
        let mut out = Vec::with_capacity(body.length(fill));
        body.write(fill, &mut out);
        Some(Bytes::from(out))
    }
}

impl Sessions {
    /// Room for so many requests at a time.
    pub fn new(concurrency: usize) -> Sessions {
        Sessions { all: (0..concurrency.div_ceil(STREAMS)).map(|_| Mutex::default()).collect() }
    }

    /// Ends all connections.
    pub async fn close(&self) {
        for session in &self.all {
            let mut session = session.lock().await;
            session.sender = None;
            // A connection that nobody uses says good-bye and ends; one that does not is cut.
            let _ = timeout(Duration::from_millis(100), session.driver.join_next()).await;
            session.driver.abort_all();
        }
    }

    /// A way to send for the request with this index; opens a connection where there is none.
    async fn sender(
        &self,
        index: u64,
        is_slow: bool,
        open: &mut Opener<'_>,
    ) -> Result<SendRequest<Bytes>, Failure> {
        let mut session = self.all[(index % self.all.len() as u64) as usize].lock().await;
        let is_open = session.driver.try_join_next().is_none() && !session.driver.is_empty();
        if let Some(sender) = session.sender.as_ref().filter(|_| is_open) {
            return Ok(sender.clone());
        }
        let connection = open.connection(false).await?;
        let window = if is_slow { SLOW_WINDOW_BYTES } else { STREAM_WINDOW_BYTES };
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .enable_push(false)
            .handshake(connection.stream)
            .await
            .map_err(|e| failure(&e, false))?;
        session.driver.spawn(async move {
            // Its error is told to every request that it breaks.
            let _ = connection.await;
        });
        session.sender = Some(sender.clone());
        Ok(sender)
    }

    /// Sends one request and behaves as its mode says.
    pub async fn request(
        &self,
        route: &Route,
        parts: &Parts,
        fill: Fill,
        index: u64,
        came: &mut Came,
        mut open: Opener<'_>,
    ) -> Result<(), Failure> {
        let is_slow = route.mode == Mode::Slow;
        let sender = self.sender(index, is_slow, &mut open).await?;
        let mut sender = if let Ok(ready) = sender.ready().await {
            ready
        } else {
            // The connection ended while nobody used it; nothing of this request was sent.
            let again = self.sender(index, is_slow, &mut open).await?;
            again.ready().await.map_err(|e| failure(&e, false))?
        };
        let head = parts.head(fill).ok_or(Failure::NoConnection)?;
        let body = parts.body(fill).filter(|body| !body.is_empty() || parts.beyond > 0);
        let ends_here = body.is_none() && parts.beyond == 0;
        let (answer, mut out) = sender.send_request(head, ends_here).map_err(|e| failure(&e, false))?;
        if route.mode == Mode::CutUpload {
            send(&mut out, body.unwrap_or_default(), false).await?;
            sleep(route.hold).await;
            out.send_reset(Reason::CANCEL);
            return Ok(());
        }
        if let Some(body) = body {
            send(&mut out, body, true).await?;
        }
        let answer = answer.await.map_err(|e| failure(&e, false))?;
        came.status = answer.status().as_u16();
        came.has_begun = true;
        read(route, answer.into_body(), came).await
    }
}

/// Sends a body as fast as the service takes it.
async fn send(out: &mut SendStream<Bytes>, mut body: Bytes, is_end: bool) -> Result<(), Failure> {
    if body.is_empty() {
        return out.send_data(body, is_end).map_err(|e| failure(&e, false));
    }
    while !body.is_empty() {
        out.reserve_capacity(body.len());
        match poll_fn(|cx| out.poll_capacity(cx)).await {
            Some(Ok(room)) => {
                let piece = body.split_to(room.min(body.len()));
                out.send_data(piece, is_end && body.is_empty()).map_err(|e| failure(&e, false))?;
            }
            Some(Err(e)) => return Err(failure(&e, false)),
            // The service wants no more of it; its answer says why.
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Reads an answer as far as the mode wants. Dropping the rest tells the service that nobody reads it.
async fn read(route: &Route, mut body: RecvStream, came: &mut Came) -> Result<(), Failure> {
    let mut events = Events::default();
    while let Some(data) = body.data().await {
        let data = data.map_err(|e| failure(&e, true))?;
        came.bytes += data.len() as u64;
        match route.mode {
            Mode::Slow => {
                for bite in data.chunks(route.bite_bytes) {
                    sleep(route.interval).await;
                    let _ = body.flow_control().release_capacity(bite.len());
                }
            }
            _ => {
                // Fails only where there is no stream any more, which the next read tells.
                let _ = body.flow_control().release_capacity(data.len());
            }
        }
        events.feed(&data);
        let is_enough = match route.mode {
            Mode::Disconnect => true,
            Mode::Events => events.count >= u64::from(route.events),
            _ => false,
        };
        if is_enough {
            sleep(route.hold).await;
            return Ok(());
        }
    }
    Ok(())
}

fn failure(error: &h2::Error, has_begun: bool) -> Failure {
    if error.is_library() {
        return Failure::Malformed;
    }
    if has_begun { Failure::ClosedWithin } else { Failure::ClosedBefore }
}

impl Came {
    /// The failure of running out of time.
    pub fn out_of_time(&self) -> Failure {
        if self.has_begun { Failure::AnswerTime } else { Failure::Time }
    }
}
