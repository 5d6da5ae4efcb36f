//! What tests of living processes share: a Node with its inspector open, and an inspector that misbehaves.

use futures_util::{SinkExt, StreamExt};
use std::ffi::OsStr;
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Runs a test in the runtime that the crate is used in, with an end that no honest run reaches.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(3), test).await.expect("the test ends within three minutes")
    })
}

/// Whether there is a Node to test with. Where there is none, these tests say so and pass.
pub fn has_node() -> bool {
    let found = std::process::Command::new("node").arg("--version").output().is_ok();
    if !found {
        #[expect(clippy::print_stderr, reason = "who runs the tests must know what was not tested")]
        {
            eprintln!("no `node` here: nothing was tested");
        }
    }
    found
}

/// A program in Node with its inspector open. Dies with the value.
pub struct Node {
    pub child: Child,
    pub url: String,
    /// Kept open: a program that can no longer write there would fail.
    _errors: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
}

impl Node {
    pub async fn start(program: &str) -> Self {
        Self::start_with(["--inspect=127.0.0.1:0"], program).await
    }

    pub async fn start_with<A: AsRef<OsStr>>(options: impl IntoIterator<Item = A>, program: &str) -> Self {
        let mut child = Command::new("node")
            .args(options)
            .args(["-e", &format!("{program}\n;process.stderr.write('ready\\n')")])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let mut errors = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let (mut said, mut url) = (String::new(), None);
        while let Some(line) = errors.next_line().await.expect("its standard error is text") {
            match (line.strip_prefix("Debugger listening on "), url.take()) {
                (Some(told), _) => url = Some(told.to_owned()),
                // The address comes before the program has run.
                (None, Some(url)) if line == "ready" => return Self { child, url, _errors: errors },
                (None, earlier) => url = earlier,
            }
            said.push_str(&line);
        }
        panic!("node opened no inspector: {said}");
    }
}

pub type Peer = WebSocketStream<TcpStream>;

/// An inspector that does what a test says with the one client that comes.
pub async fn fake<F>(behave: impl FnOnce(Peer) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        behave(tokio_tungstenite::accept_async(stream).await.expect("a handshake")).await;
    });
    format!("ws://{address}/fake")
}

/// The next call of the client: its id and method. `None` when it left.
pub async fn next_call(peer: &mut Peer) -> Option<(u64, String)> {
    while let Some(Ok(message)) = peer.next().await {
        let Message::Text(text) = message else { continue };
        let call: serde_json::Value = serde_json::from_str(&text).expect("a call is JSON");
        let method = call["method"].as_str().expect("a call has a method").to_owned();
        return Some((call["id"].as_u64().expect("a call has an id"), method));
    }
    None
}

pub async fn say(peer: &mut Peer, message: &serde_json::Value) {
    peer.send(Message::text(message.to_string())).await.expect("the client listens");
}

/// Answers calls as Node would, until one of `last` comes; gives its id.
pub async fn answer_until(peer: &mut Peer, last: &str) -> u64 {
    while let Some((id, method)) = next_call(peer).await {
        if method == last {
            return id;
        }
        let result = match method.as_str() {
            "Runtime.evaluate" => serde_json::json!({ "result": { "value": ["node", "20.0.0"] } }),
            _ => serde_json::json!({}),
        };
        say(peer, &serde_json::json!({ "id": id, "result": result })).await;
    }
    panic!("the client left before it called {last}");
}
