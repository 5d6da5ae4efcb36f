//! Loads against small servers that count exactly what they got.

use super::*;
use crate::scenario::{Mode, Request};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server saw.
#[derive(Debug, Default)]
struct Seen {
    /// Request lines and how often each came.
    lines: BTreeMap<String, u64>,
    /// Bodies, in the order in which they ended.
    bodies: Vec<String>,
    connections: u64,
    /// Connections that ended in the middle of a body.
    cut: u64,
    /// Connections that the client left while it was being answered.
    left: u64,
    /// Frames of WebSockets: number of the kind and payload.
    frames: Vec<(u8, Vec<u8>)>,
}

/// A server that answers each request with what a function makes of its head.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    running: JoinHandle<()>,
}

type Reply = fn(&str) -> Vec<u8>;

impl Server {
    async fn start(reply: Reply) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let running = tokio::spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                clients.spawn(serve(stream, Arc::clone(&shared), reply));
            }
        });
        Server { address, seen, running }
    }

    fn loader(&self, scenario: &Scenario) -> Loader {
        Loader::new(scenario, self.address, &self.address.to_string()).unwrap()
    }

    /// Waits until what was seen is as wanted: a server may learn later than its client that a connection ended.
    async fn until(&self, holds: impl Fn(&Seen) -> bool) {
        for _ in 0..2000 {
            if holds(&self.seen.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("not seen: {:?}", self.seen.lock().unwrap());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Seen>>, reply: Reply) {
    let mut buffer = Vec::new();
    while let Some(head) = next_head(&mut stream, &mut buffer).await {
        let length = field(&head, "content-length").map_or(0, |v| v.parse().unwrap());
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                seen.lock().unwrap().cut += 1;
                return;
            }
        }
        let body: Vec<u8> = buffer.drain(..length).collect();
        {
            let mut seen = seen.lock().unwrap();
            let line = head.lines().next().unwrap_or_default().to_owned();
            *seen.lines.entry(line).or_default() += 1;
            seen.bodies.push(String::from_utf8(body).unwrap());
        }
        let answer = reply(&head);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
        if answer.starts_with(b"HTTP/1.1 101") {
            return frames(&mut stream, buffer, &seen).await;
        }
        if answer.windows(6).any(|w| w == b": beat") {
            let gone = stream.read_buf(&mut buffer).await.unwrap_or(0) == 0;
            seen.lock().unwrap().left += u64::from(gone);
            return;
        }
        let closes = |text: &str| field(text, "connection").is_some_and(|v| v.eq_ignore_ascii_case("close"));
        let is_last = closes(&String::from_utf8_lossy(&answer)) || field(&head, "connection").is_some();
        if is_last || answer.is_empty() {
            return;
        }
    }
}

async fn next_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
            return Some(head);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn field(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// Keeps the frames of a client, which are masked and short; answers a close with a close.
async fn frames(stream: &mut TcpStream, mut buffer: Vec<u8>, seen: &Mutex<Seen>) {
    loop {
        while let [first, second, rest @ ..] = buffer.as_slice() {
            let length = usize::from(second & 0x7f);
            if rest.len() < 4 + length {
                break;
            }
            let payload: Vec<u8> =
                rest[4..4 + length].iter().enumerate().map(|(i, b)| b ^ rest[i & 3]).collect();
            let kind = first & 0x0f;
            buffer.drain(..6 + length);
            seen.lock().unwrap().frames.push((kind, payload));
            if kind == 8 {
                let _ = stream.write_all(&[0x88, 0]).await;
                return;
            }
        }
        if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
            seen.lock().unwrap().left += 1;
            return;
        }
    }
}

fn hello(_: &str) -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec()
}

fn one(request: Request) -> Scenario {
    Scenario { concurrency: 7, ..Scenario::of(vec![request]) }
}

#[tokio::test]
async fn exactly_as_many_requests_arrive_as_the_batch_says() {
    let server = Server::start(hello).await;
    let mut loader = server.loader(&one(Request::get("/p/{n}")));
    let mut first = 0;
    for requests in [0, 1, 3, 499, 997] {
        let outcome = loader.run(&Batch::new(requests, first, Keys::Fresh)).await.unwrap();
        first += requests;
        assert_eq!((outcome.sent, outcome.answered), (requests, requests));
        assert_eq!(outcome.latency.len(), requests);
        assert_eq!(outcome.ended_early, None);
        assert_eq!(loader.done().load(Ordering::Relaxed), requests);
    }
    let seen = server.seen.lock().unwrap();
    let wanted: BTreeMap<String, u64> = (0..first).map(|n| (format!("GET /p/{n} HTTP/1.1"), 1)).collect();
    assert_eq!(seen.lines, wanted, "each number once");
    assert!(seen.connections <= 7, "connections are kept from batch to batch: {}", seen.connections);
}

#[tokio::test]
async fn closed_keys_come_equally_often() {
    let server = Server::start(hello).await;
    let mut loader = server.loader(&one(Request::get("/p/{n}")));
    loader.run(&Batch::new(300, 50, Keys::Closed(100))).await.unwrap();
    let seen = server.seen.lock().unwrap();
    let wanted: BTreeMap<String, u64> = (0..100).map(|n| (format!("GET /p/{n} HTTP/1.1"), 3)).collect();
    assert_eq!(seen.lines, wanted);
}

#[tokio::test]
async fn routes_are_counted_apart_by_their_weights() {
    fn by_path(head: &str) -> Vec<u8> {
        let status = if head.starts_with("GET /missing") { "404 Not Found" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    }
    let server = Server::start(by_path).await;
    let often = Request { weight: 3, ..Request::get("/") };
    let post = Request { method: "POST".into(), body: Some("id={n}".into()), ..Request::get("/missing") };
    let scenario = Scenario::of(vec![often, Request::get("/missing"), Request { weight: 1, ..post }]);
    let outcome = server.loader(&scenario).run(&Batch::new(500, 0, Keys::Fresh)).await.unwrap();
    let routes: Vec<(&str, u64, u64)> =
        outcome.by_route.iter().map(|r| (r.route.as_str(), r.sent, r.answered)).collect();
    assert_eq!(routes, [("GET /", 300, 300), ("GET /missing", 100, 100), ("POST /missing", 100, 100)]);
    assert_eq!(outcome.statuses, BTreeMap::from([(200, 400), (404, 100)]));
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.bodies.iter().filter(|b| b.starts_with("id=")).count(), 100);
}

#[tokio::test]
async fn without_keep_alive_each_request_has_its_connection() {
    let server = Server::start(hello).await;
    let scenario = Scenario { keep_alive: false, ..one(Request::get("/")) };
    let outcome = server.loader(&scenario).run(&Batch::new(100, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.connections), (100, 100));
    assert_eq!(server.seen.lock().unwrap().connections, 100);
}

#[tokio::test]
async fn a_service_that_closes_after_each_answer_loses_nothing() {
    fn closing(_: &str) -> Vec<u8> {
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end".to_vec()
    }
    let server = Server::start(closing).await;
    let outcome = server.loader(&one(Request::get("/"))).run(&Batch::new(50, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed.len()), (50, 0));
}

#[tokio::test]
async fn an_idle_connection_that_the_service_closed_is_no_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // One answer for each connection, without a word that it is the last.
    let server = tokio::spawn(async move {
        let mut answered = 0_u64;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = Vec::new();
            if next_head(&mut stream, &mut buffer).await.is_some() {
                let _ = stream.write_all(&hello("")).await;
                answered += 1;
                if answered == 40 {
                    break;
                }
            }
        }
        answered
    });
    let scenario = Scenario { concurrency: 1, ..Scenario::of(vec![Request::get("/")]) };
    let mut loader = Loader::new(&scenario, address, "h").unwrap();
    let outcome = loader.run(&Batch::new(40, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed), (40, BTreeMap::new()));
    assert_eq!(server.await.unwrap(), 40);
}

#[tokio::test]
async fn who_leaves_in_the_stream_is_seen_leaving() {
    fn stream(_: &str) -> Vec<u8> {
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n: beat\n\n\r\n".to_vec()
    }
    let server = Server::start(stream).await;
    let scenario = one(Request { mode: Mode::Disconnect, ..Request::get("/events/{n}") });
    let outcome = server.loader(&scenario).run(&Batch::new(60, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.statuses), (60, BTreeMap::from([(200, 60)])));
    server.until(|seen| seen.left == 60).await;
    assert_eq!(server.seen.lock().unwrap().connections, 60);
}

#[tokio::test]
async fn who_waits_for_events_leaves_behind_the_last() {
    fn stream(head: &str) -> Vec<u8> {
        let few = head.starts_with("GET /few");
        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..if few { 2 } else { 3 } {
            out.extend(b"8\r\n: beat\n\n\r\n");
        }
        // A stream that ends by itself is whole with fewer events.
        out.extend(if few { b"0\r\n\r\n".as_slice() } else { b"" });
        out
    }
    let server = Server::start(stream).await;
    let events = |path| Request { mode: Mode::Events, events: 3, ..Request::get(path) };
    let scenario = Scenario::of(vec![events("/all"), events("/few")]);
    let outcome = server.loader(&scenario).run(&Batch::new(40, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed), (40, BTreeMap::new()));
    server.until(|seen| seen.left == 40).await;
}

#[tokio::test]
async fn slow_readers_read_it_all_in_bites() {
    fn large(_: &str) -> Vec<u8> {
        let mut out = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
        out.resize(out.len() + 100_000, b'x');
        out
    }
    let server = Server::start(large).await;
    let slow = Request {
        mode: Mode::Slow,
        bite_bytes: 5000,
        interval: Some(Duration::from_millis(2)),
        ..Request::get("/")
    };
    let outcome = server.loader(&one(slow)).run(&Batch::new(10, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed.len()), (10, 0));
    assert!(outcome.latency.min() >= 40_000, "20 bites with rests of 2 ms: {} µs", outcome.latency.min());
}

#[tokio::test]
async fn a_rate_spreads_requests_over_time() {
    let server = Server::start(hello).await;
    let scenario = Scenario { rate: Some(200.0), ..one(Request::get("/")) };
    let outcome = server.loader(&scenario).run(&Batch::new(40, 0, Keys::Fresh)).await.unwrap();
    assert_eq!(outcome.answered, 40);
    assert!(outcome.elapsed >= Duration::from_millis(195), "{:?}", outcome.elapsed);
    let timed = Batch { time: Some(Duration::from_millis(100)), ..Batch::new(1_000_000, 0, Keys::Fresh) };
    let outcome = server.loader(&scenario).run(&timed).await.unwrap();
    assert!(outcome.sent <= 20, "no more than were due: {}", outcome.sent);
}

#[tokio::test]
async fn clients_rest_between_requests() {
    let server = Server::start(hello).await;
    let scenario = Scenario { think: Duration::from_millis(20), concurrency: 2, ..one(Request::get("/")) };
    let outcome = server.loader(&scenario).run(&Batch::new(10, 0, Keys::Fresh)).await.unwrap();
    assert!(outcome.elapsed >= Duration::from_millis(80), "{:?}", outcome.elapsed);
}

#[tokio::test]
async fn cut_uploads_arrive_in_part() {
    let server = Server::start(hello).await;
    let cut = Request { mode: Mode::CutUpload, body: Some("part {n}".into()), ..Request::get("/up") };
    let outcome = server.loader(&one(cut)).run(&Batch::new(30, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.statuses), (30, BTreeMap::new()));
    server.until(|seen| seen.cut == 30).await;
    assert_eq!(server.seen.lock().unwrap().lines.len(), 0, "none was whole");
}

fn upgraded(_: &str) -> Vec<u8> {
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi"
        .to_vec()
}

#[tokio::test]
async fn websockets_say_their_message_and_close() {
    let server = Server::start(upgraded).await;
    let socket = Request { mode: Mode::WebSocket, body: Some("m{n}".into()), ..Request::get("/ws") };
    let outcome = server.loader(&one(socket.clone())).run(&Batch::new(20, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.statuses), (20, BTreeMap::from([(101, 20)])));
    server.until(|seen| seen.frames.len() == 40).await;
    {
        let seen = server.seen.lock().unwrap();
        let mut texts: Vec<String> = (0..20).map(|n| format!("m{n}")).collect();
        texts.sort();
        let mut got: Vec<String> = seen
            .frames
            .iter()
            .filter(|(kind, _)| *kind == 1)
            .map(|(_, payload)| String::from_utf8(payload.clone()).unwrap())
            .collect();
        got.sort();
        assert_eq!(got, texts);
        assert_eq!(seen.frames.iter().filter(|(kind, _)| *kind == 8).count(), 20);
        assert_eq!(seen.left, 0);
    }
    let dropped = Request { mode: Mode::WebSocketDrop, ..socket.clone() };
    server.loader(&one(dropped)).run(&Batch::new(20, 0, Keys::Fresh)).await.unwrap();
    server.until(|seen| seen.left == 20 && seen.frames.len() == 60).await;
    let many = Request { messages: 5, interval: Some(Duration::from_millis(1)), ..socket };
    server.loader(&one(many)).run(&Batch::new(10, 0, Keys::Fresh)).await.unwrap();
    server.until(|seen| seen.frames.len() == 120).await;
}

#[tokio::test]
async fn a_refused_upgrade_is_a_failure_with_its_status() {
    let server = Server::start(hello).await;
    let socket = Request { mode: Mode::WebSocket, ..Request::get("/ws") };
    let outcome = server.loader(&one(socket)).run(&Batch::new(5, 0, Keys::Fresh)).await.unwrap();
    assert_eq!(outcome.failed, BTreeMap::from([("not upgraded to WebSocket".to_owned(), 5)]));
    assert_eq!(outcome.statuses, BTreeMap::from([(200, 5)]));
}

#[tokio::test]
async fn failures_are_told_by_kind() {
    fn broken(head: &str) -> Vec<u8> {
        match head.split(' ').nth(1) {
            Some("/reset") => Vec::new(),
            Some("/half") => {
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf".to_vec()
            }
            Some("/ssh") => b"SSH-2.0-x\r\nConnection: close\r\n\r\n".to_vec(),
            _ => hello(head),
        }
    }
    let server = Server::start(broken).await;
    let paths = ["/reset", "/half", "/ssh", "/"];
    let scenario = Scenario::of(paths.into_iter().map(Request::get).collect());
    let outcome = server.loader(&scenario).run(&Batch::new(40, 0, Keys::Fresh)).await.unwrap();
    let failed: Vec<(&str, u64)> = outcome.failed.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(
        failed,
        [
            ("answer is not HTTP", 10),
            ("closed in the middle of the answer", 10),
            ("closed without an answer", 10)
        ]
    );
    assert_eq!((outcome.sent, outcome.answered), (40, 10));
}

#[tokio::test]
async fn a_service_that_says_nothing_ends_the_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let scenario = Scenario { timeout: Duration::from_millis(30), ..one(Request::get("/")) };
    let mut loader = Loader::new(&scenario, address, "h").unwrap();
    let outcome = loader.run(&Batch::new(10_000, 0, Keys::Fresh)).await.unwrap();
    assert_eq!(outcome.ended_early, Some(EndedEarly::Silent));
    assert_eq!(outcome.answered, 0);
    assert!(outcome.sent < 100, "{}", outcome.sent);
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), ["timed out without an answer"]);
    drop(listener);
}

#[tokio::test]
async fn a_service_that_is_gone_ends_the_batch_with_what_was_done() {
    let server = Server::start(hello).await;
    let mut loader = server.loader(&one(Request::get("/")));
    let before = loader.run(&Batch::new(20, 0, Keys::Fresh)).await.unwrap();
    assert_eq!(before.answered, 20);
    loader.close().await;
    server.running.abort();
    server.until(|_| server.running.is_finished()).await;
    let after = loader.run(&Batch::new(10_000, 20, Keys::Fresh)).await.unwrap();
    assert_eq!((after.answered, after.ended_early), (0, Some(EndedEarly::Refused)));
    assert_eq!(after.sent, after.failed["connection refused"]);
    assert!(after.sent <= 7, "{}", after.sent);
}

#[tokio::test]
async fn a_batch_can_end_with_its_time() {
    let server = Server::start(hello).await;
    let batch = Batch { time: Some(Duration::from_millis(50)), ..Batch::new(u64::MAX, 0, Keys::Fresh) };
    let outcome = server.loader(&one(Request::get("/"))).run(&batch).await.unwrap();
    assert_eq!(outcome.ended_early, Some(EndedEarly::Time));
    assert!(outcome.answered > 0 && outcome.answered == outcome.sent);
    assert_eq!(server.seen.lock().unwrap().bodies.len() as u64, outcome.answered);
}

#[tokio::test]
async fn large_bodies_go_both_ways() {
    fn large(_: &str) -> Vec<u8> {
        let mut out = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n".to_vec();
        out.resize(out.len() + 3_000_000, b'x');
        out
    }
    let server = Server::start(large).await;
    let body = "y".repeat(3_000_000);
    let post = Request { method: "PUT".into(), body: Some(body), ..Request::get("/") };
    let outcome = server.loader(&one(post)).run(&Batch::new(5, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed), (5, BTreeMap::new()));
    assert!(outcome.bytes_in > 15_000_000);
    assert!(server.seen.lock().unwrap().bodies.iter().all(|b| b.len() == 3_000_000));
}

#[tokio::test]
async fn what_a_dropped_batch_had_begun_ends_with_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut loader = Loader::new(&one(Request::get("/")), address, "h").unwrap();
    let batch = Batch::new(7, 0, Keys::Fresh);
    let _ = tokio::time::timeout(Duration::from_millis(50), loader.run(&batch)).await;
    for _ in 0..7 {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut all)).await.unwrap();
    }
}

/// A server of HTTP/2 that answers each request with five bytes, or goes on for ever where the path says so; counts
/// requests by path, bodies, and streams that the client reset.
async fn http2_server() -> (SocketAddr, Arc<Mutex<Seen>>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let shared = Arc::clone(&seen);
    let running = tokio::spawn(async move {
        let mut clients = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().connections += 1;
            let shared = Arc::clone(&shared);
            clients.spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut streams = JoinSet::new();
                while let Some(Ok((request, answer))) = connection.accept().await {
                    streams.spawn(http2_answer(request, answer, Arc::clone(&shared)));
                }
            });
        }
    });
    (address, seen, running)
}

async fn http2_answer(
    request: http::Request<h2::RecvStream>,
    mut answer: h2::server::SendResponse<bytes::Bytes>,
    seen: Arc<Mutex<Seen>>,
) {
    let line = format!("{} {}", request.method(), request.uri().path());
    let mut body = request.into_body();
    let mut text = Vec::new();
    while let Some(data) = body.data().await {
        let Ok(data) = data else {
            seen.lock().unwrap().cut += 1;
            return;
        };
        let _ = body.flow_control().release_capacity(data.len());
        text.extend_from_slice(&data);
    }
    let goes_on = line.contains("/events");
    {
        let mut seen = seen.lock().unwrap();
        *seen.lines.entry(line).or_default() += 1;
        seen.bodies.push(String::from_utf8(text).unwrap());
    }
    let mut out = answer.send_response(http::Response::new(()), false).unwrap();
    if !goes_on {
        let _ = out.send_data("hello".into(), true);
        return;
    }
    let _ = out.send_data("data: 1\n\ndata: 2\n\n".into(), false);
    let reset = std::future::poll_fn(|cx| out.poll_reset(cx)).await;
    seen.lock().unwrap().left += u64::from(matches!(reset, Ok(h2::Reason::CANCEL)));
}

#[tokio::test]
async fn http2_shares_a_connection() {
    let (address, seen, running) = http2_server().await;
    let post = Request { method: "POST".into(), body: Some("id={n}".into()), ..Request::get("/p") };
    let scenario =
        Scenario { http2: true, concurrency: 30, ..Scenario::of(vec![Request::get("/g/{n}"), post]) };
    let mut loader = Loader::new(&scenario, address, "service").unwrap();
    for first in [0, 100] {
        let outcome = loader.run(&Batch::new(100, first, Keys::Fresh)).await.unwrap();
        assert_eq!((outcome.answered, outcome.failed), (100, BTreeMap::new()));
        assert_eq!(outcome.statuses, BTreeMap::from([(200, 100)]));
        assert_eq!(outcome.bytes_in, 500);
    }
    loader.close().await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.connections, 1);
    assert_eq!((seen.lines["POST /p"], seen.lines["GET /g/198"], seen.lines.len()), (100, 1, 101));
    assert_eq!(seen.bodies.iter().filter(|b| b.starts_with("id=")).count(), 100);
    running.abort();
}

#[tokio::test]
async fn http2_clients_leave_their_streams() {
    let (address, seen, running) = http2_server().await;
    let leave = Request { mode: Mode::Disconnect, ..Request::get("/events") };
    let events = Request { mode: Mode::Events, events: 2, ..Request::get("/events") };
    let cut = Request { mode: Mode::CutUpload, body: Some("part".into()), ..Request::get("/up") };
    let slow = Request { mode: Mode::Slow, ..Request::get("/") };
    let scenario = Scenario { http2: true, ..Scenario::of(vec![leave, events, cut, slow]) };
    let mut loader = Loader::new(&scenario, address, "service").unwrap();
    let outcome = loader.run(&Batch::new(80, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed), (80, BTreeMap::new()));
    for _ in 0..2000 {
        if matches!(*seen.lock().unwrap(), Seen { left: 40, cut: 20, .. }) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = seen.lock().unwrap();
    assert_eq!((seen.left, seen.cut, seen.lines["GET /"]), (40, 20, 20));
    running.abort();
}

#[tokio::test]
async fn a_service_without_http2_is_told() {
    fn refuses(_: &str) -> Vec<u8> {
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec()
    }
    let server = Server::start(refuses).await;
    let scenario = Scenario { http2: true, ..one(Request::get("/")) };
    let outcome = server.loader(&scenario).run(&Batch::new(5, 0, Keys::Fresh)).await.unwrap();
    assert_eq!((outcome.answered, outcome.failed.values().sum::<u64>()), (0, 5));
}
