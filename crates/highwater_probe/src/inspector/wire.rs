//! One WebSocket and everything that waits on it: sends calls, hands answers to who asked, sorts events.
//!
//! A task owns the socket. It reads all the time, so that the target never has to keep what it wants to say, and it
//! keeps nothing without a bound: events that nobody asked for are dropped, pieces of a snapshot go through a queue
//! of [`CHUNKS_AHEAD`] to their reader, and while that queue is full nothing is read.

use super::InspectorError;
use super::scripts::{Script, Scripts};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Pieces of a snapshot that wait for their reader; each has about 100 kB.
const CHUNKS_AHEAD: usize = 8;
/// Calls that wait to be sent.
const CALLS_AHEAD: usize = 64;
/// No honest message is larger: the source of one script is the largest thing that comes in one piece.
const MESSAGE_BYTES: usize = 256 << 20;
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long we wait for the target to take our farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// The main thread's session; workers have names of their own.
pub(super) const MAIN: &str = "";

type Reply = Result<Value, InspectorError>;

/// Why a connection is over.
#[derive(Debug, Clone)]
enum Over {
    Gone(String),
    Ending,
    Garbled(String),
}

impl Over {
    fn into_error(self, method: &str) -> InspectorError {
        let method = method.to_owned();
        match self {
            Self::Gone(cause) => InspectorError::Gone { method, cause },
            Self::Ending => InspectorError::Ending { method },
            Self::Garbled(detail) => InspectorError::Garbled { detail },
        }
    }
}

/// A call that waits for its answer.
struct Pending {
    session: String,
    method: String,
    reply: oneshot::Sender<Reply>,
}

/// What one session (the main thread, or a worker) has told us.
#[derive(Default)]
pub(super) struct Session {
    /// Where pieces of the snapshot under way go.
    chunks: Option<mpsc::Sender<String>>,
    /// Scripts it parsed since its debugger was enabled.
    pub(super) scripts: Scripts,
    /// The execution context to evaluate in, where the runtime has no default one.
    pub(super) context: Option<i64>,
    /// Which runtime it is, once it was asked.
    pub(super) runtime: Option<super::Runtime>,
    /// Whether `Debugger.enable` was answered.
    pub(super) debugger: bool,
    /// Whether the heap came near its limit while the debugger was enabled.
    pub(super) near_heap_limit: bool,
}

/// A worker thread that the target told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkerSeen {
    pub(super) session: String,
    pub(super) title: String,
    pub(super) url: String,
}

#[derive(Default)]
struct State {
    pending: BTreeMap<u64, Pending>,
    sessions: BTreeMap<String, Session>,
    workers: Vec<WorkerSeen>,
    over: Option<Over>,
}

/// What callers and the task share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    last_id: AtomicU64,
}

impl Shared {
    /// A lock is never held over an await, and nothing in it panics; a poisoned one still holds good data.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A connection. Closes when the last handle to it is dropped.
pub(super) struct Wire {
    shared: Arc<Shared>,
    out: mpsc::Sender<String>,
}

/// A call under way; dropped, its answer is ignored.
pub(super) struct Call<'a> {
    wire: &'a Wire,
    id: u64,
    reply: oneshot::Receiver<Reply>,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.wire.shared.state().pending.remove(&self.id);
    }
}

impl Call<'_> {
    /// The answer, whenever it comes.
    pub(super) async fn answer(&mut self, method: &str) -> Reply {
        match (&mut self.reply).await {
            Ok(reply) => reply,
            Err(_) => Err(self.wire.why_over(method)),
        }
    }
}

impl Wire {
    pub(super) async fn connect(url: &str) -> Result<Self, InspectorError> {
        let unreachable = |cause: String| InspectorError::Unreachable { url: url.to_owned(), cause };
        let authority = authority(url).map_err(unreachable)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let open = async {
            let stream =
                TcpStream::connect(authority).await.map_err(|error| unreachable(error.to_string()))?;
            // Small calls must not wait for one another.
            stream.set_nodelay(true).ok();
            client_async_with_config(url, stream, Some(config))
                .await
                .map_err(|error| unreachable(error.to_string()))
        };
        let (socket, _) = tokio::time::timeout(CONNECT, open)
            .await
            .map_err(|_| unreachable(format!("no answer within {} s", CONNECT.as_secs())))??;
        let (out, calls) = mpsc::channel(CALLS_AHEAD);
        let shared = Arc::new(Shared::default());
        tokio::spawn(run(socket, calls, Arc::clone(&shared)));
        Ok(Self { shared, out })
    }

    /// Sends a call in a session.
    pub(super) async fn send(
        &self,
        session: &str,
        method: &str,
        params: &Value,
    ) -> Result<Call<'_>, InspectorError> {
        let id = self.shared.new_id();
        let (sender, reply) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if let Some(over) = &state.over {
                return Err(over.clone().into_error(method));
            }
            let pending = Pending { session: session.to_owned(), method: method.to_owned(), reply: sender };
            state.pending.insert(id, pending);
        }
        let call = Call { wire: self, id, reply };
        let text = message(&self.shared, session, id, method, params);
        self.out.send(text).await.map_err(|_| self.why_over(method))?;
        Ok(call)
    }

    /// Lets pieces of a session's snapshot come in from now on. `None` when another snapshot has them.
    pub(super) fn take_chunks(&self, session: &str) -> Option<mpsc::Receiver<String>> {
        let mut state = self.shared.state();
        let session = state.sessions.entry(session.to_owned()).or_default();
        if session.chunks.as_ref().is_some_and(|sender| !sender.is_closed()) {
            return None;
        }
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        session.chunks = Some(sender);
        Some(receiver)
    }

    /// Looks at, or changes, what a session told us.
    pub(super) fn session<T>(&self, session: &str, look: impl FnOnce(&mut Session) -> T) -> T {
        look(self.shared.state().sessions.entry(session.to_owned()).or_default())
    }

    /// Workers that are alive, in the order they appeared.
    pub(super) fn workers(&self) -> Vec<WorkerSeen> {
        self.shared.state().workers.clone()
    }

    /// Whether the connection has ended.
    pub(super) fn is_over(&self) -> bool {
        self.shared.state().over.is_some()
    }

    fn why_over(&self, method: &str) -> InspectorError {
        let over = self.shared.state().over.clone();
        over.unwrap_or_else(|| Over::Gone("connection closed".into())).into_error(method)
    }
}

/// Host and port of a WebSocket address.
fn authority(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("ws://").ok_or("an inspector's address begins with ws://")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(authority.to_owned()),
        _ => Err("an inspector's address has a host and a port, as in ws://127.0.0.1:9229/...".into()),
    }
}

/// The text of a call; a worker's is wrapped in a call to the thread that owns it.
fn message(shared: &Shared, session: &str, id: u64, method: &str, params: &Value) -> String {
    let mut call = json!({ "id": id, "method": method });
    if !params.is_null() {
        call["params"] = params.clone();
    }
    if session == MAIN {
        return call.to_string();
    }
    let params = json!({ "sessionId": session, "message": call.to_string() });
    json!({ "id": shared.new_id(), "method": "NodeWorker.sendMessageToWorker", "params": params }).to_string()
}

/// What to do after a message was understood.
enum Next {
    Nothing,
    /// A piece of a snapshot for who reads it.
    Deliver(mpsc::Sender<String>, String),
    /// Something to say at once.
    Say(String),
    /// The target wants us gone.
    Leave,
}

async fn run(mut socket: WebSocketStream<TcpStream>, mut calls: mpsc::Receiver<String>, shared: Arc<Shared>) {
    let over = loop {
        tokio::select! {
            call = calls.recv() => match call {
                Some(text) => if let Err(error) = socket.send(Message::text(text)).await {
                    break Over::Gone(error.to_string());
                },
                None => break Over::Gone("we left".into()),
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => match understand(&shared, MAIN, text.as_str()) {
                    Ok(Next::Nothing) => {}
                    Ok(Next::Deliver(reader, chunk)) => drop(reader.send(chunk).await),
                    Ok(Next::Say(text)) => if let Err(error) = socket.send(Message::text(text)).await {
                        break Over::Gone(error.to_string());
                    },
                    Ok(Next::Leave) => break Over::Ending,
                    Err(detail) => break Over::Garbled(detail),
                },
                Some(Ok(Message::Binary(bytes))) => {
                    break Over::Garbled(format!("{} bytes of binary data", bytes.len()));
                }
                Some(Ok(Message::Close(_))) => break Over::Gone("the target closed it".into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => break Over::Gone(error.to_string()),
                None => break Over::Gone("end of stream".into()),
            },
        }
    };
    end(&shared, &over);
    // Calls that were queued after the end are answered by the lock above; nobody may wait for the socket.
    drop(calls);
    drop(tokio::time::timeout(FAREWELL, socket.close(None)).await);
}

/// Tells everybody who waits that nothing more will come.
fn end(shared: &Shared, over: &Over) {
    let mut state = shared.state();
    state.over = Some(over.clone());
    for pending in std::mem::take(&mut state.pending).into_values() {
        let error = over.clone().into_error(&pending.method);
        pending.reply.send(Err(error)).ok();
    }
    for session in state.sessions.values_mut() {
        session.chunks = None;
    }
}

/// The beginning of every message with a piece of a snapshot, in every V8 so far.
const CHUNK: &str = "{\"method\":\"HeapProfiler.addHeapSnapshotChunk\"";

#[derive(Deserialize)]
struct ChunkMessage<'a> {
    #[serde(borrow)]
    params: ChunkParams<'a>,
}

#[derive(Deserialize)]
struct ChunkParams<'a> {
    #[serde(borrow)]
    chunk: Cow<'a, str>,
}

/// Sorts one message. An error says why it is none.
fn understand(shared: &Shared, session: &str, text: &str) -> Result<Next, String> {
    if text.starts_with(CHUNK) {
        let message: ChunkMessage<'_> = serde_json::from_str(text).map_err(|error| garbled(&error, text))?;
        return Ok(deliver(shared, session, message.params.chunk.into_owned()));
    }
    let mut message: Value = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(error) => serde_json::from_str(&with_whole_pairs(text)).map_err(|_| garbled(&error, text))?,
    };
    if let Some(id) = message.get("id").and_then(Value::as_u64) {
        answer(shared, id, &mut message);
        return Ok(Next::Nothing);
    }
    let params = message.get_mut("params").map_or(Value::Null, Value::take);
    let Some(method) = message.get("method").and_then(Value::as_str) else {
        // Workers of some versions answer broken calls without an id; nobody waits for that.
        let told = message.get("error").is_some();
        return if told { Ok(Next::Nothing) } else { Err(garbled(&"neither id nor method", text)) };
    };
    event(shared, session, method, params)
}

/// JavaScript's strings can have halves of surrogate pairs, and runtimes write them as they are. JSON's readers here
/// know whole characters only.
fn with_whole_pairs(text: &str) -> String {
    let escape = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text[at..].find('\\') {
        let start = at + next;
        out.push_str(&text[at..start]);
        let length = match (escape(start), escape(start + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                out.push('\u{fffd}');
                at = start + 6;
                continue;
            }
            (Some(_), _) => 6,
            // A backslash and what it escapes, which may be of more than one byte in broken text.
            (None, _) => 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&text[start..start + length]);
        at = start + length;
    }
    out.push_str(&text[at..]);
    out
}

fn garbled(error: &dyn std::fmt::Display, text: &str) -> String {
    let start: String = text.chars().take(80).collect();
    format!("{error}: {start:?}")
}

fn deliver(shared: &Shared, session: &str, chunk: String) -> Next {
    let state = shared.state();
    match state.sessions.get(session).and_then(|session| session.chunks.clone()) {
        Some(reader) => Next::Deliver(reader, chunk),
        None => Next::Nothing,
    }
}

fn answer(shared: &Shared, id: u64, message: &mut Value) {
    let Some(pending) = shared.state().pending.remove(&id) else { return };
    let reply = match message.get("error") {
        Some(error) => Err(InspectorError::Refused {
            method: pending.method,
            code: error.get("code").and_then(Value::as_i64).unwrap_or_default(),
            message: error.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned(),
        }),
        // workerd echoes a snapshot's request where others send an empty result.
        None => Ok(message.get_mut("result").map_or(Value::Null, Value::take)),
    };
    pending.reply.send(reply).ok();
}

fn event(shared: &Shared, session: &str, method: &str, mut params: Value) -> Result<Next, String> {
    match method {
        "HeapProfiler.addHeapSnapshotChunk" => {
            if let Some(Value::String(chunk)) = params.get_mut("chunk").map(Value::take) {
                return Ok(deliver(shared, session, chunk));
            }
        }
        "Debugger.scriptParsed" => {
            if let Some(script) = Script::from_event(&params) {
                shared.state().sessions.entry(session.to_owned()).or_default().scripts.add(script);
            }
        }
        // We never ask for a pause. V8 makes one of its own near the heap's limit, and Bun has `debugger` statements.
        "Debugger.paused" => {
            if params.get("reason").and_then(Value::as_str) == Some("OOM") {
                shared.state().sessions.entry(session.to_owned()).or_default().near_heap_limit = true;
            }
            return Ok(Next::Say(message(shared, session, shared.new_id(), "Debugger.resume", &Value::Null)));
        }
        "Runtime.executionContextCreated" => {
            let context = params.pointer("/context/id").and_then(Value::as_i64);
            let mut state = shared.state();
            let session = state.sessions.entry(session.to_owned()).or_default();
            session.context = session.context.or(context);
        }
        "NodeRuntime.waitingForDisconnect" if session == MAIN => return Ok(Next::Leave),
        "NodeWorker.attachedToWorker" => attached(shared, &params),
        "NodeWorker.detachedFromWorker" => detached(shared, &params),
        "NodeWorker.receivedMessageFromWorker" => {
            let inner = params.get("message").and_then(Value::as_str).unwrap_or_default();
            let worker = params.get("sessionId").and_then(Value::as_str).unwrap_or_default();
            // One level only: a worker's workers are listed by the main thread.
            if session == MAIN && worker != MAIN {
                return understand(shared, worker, inner);
            }
        }
        _ => {}
    }
    Ok(Next::Nothing)
}

/// More workers than anybody looks at; a service that starts one for each request must not fill our memory.
const MAX_WORKERS: usize = 1_000;

fn attached(shared: &Shared, params: &Value) {
    let text = |at: &str| params.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let worker = WorkerSeen {
        session: text("/sessionId"),
        title: text("/workerInfo/title"),
        url: text("/workerInfo/url"),
    };
    let mut state = shared.state();
    if state.workers.len() < MAX_WORKERS && worker.session != MAIN {
        state.workers.push(worker);
    }
}

fn detached(shared: &Shared, params: &Value) {
    let session = params.get("sessionId").and_then(Value::as_str).unwrap_or_default();
    let mut state = shared.state();
    state.workers.retain(|worker| worker.session != session);
    state.sessions.remove(session);
    for (_, pending) in state.pending.extract_if(.., |_, pending| pending.session == session) {
        let cause = "the worker ended".to_owned();
        pending.reply.send(Err(InspectorError::Gone { method: pending.method, cause })).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_are_replaced_and_all_else_stays() {
        let fixed = |text: &str| with_whole_pairs(text);
        assert_eq!(fixed(r"a\ud800b\n\\ud800"), "a\u{fffd}b\\n\\\\ud800");
        assert_eq!(fixed(r"\ud83d\ude00\udc00\u00e9"), "\\ud83d\\ude00\u{fffd}\\u00e9");
        for broken in ["\\", "\\u", "\\u12", "\\\u{1f600}", "\\ud8zz", ""] {
            assert_eq!(fixed(broken), broken);
        }
    }
}
