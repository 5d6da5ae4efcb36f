//! The keys of a scenario file. The texts here are the schema's and the errors' texts.

use super::table::{Key, Shape, Table};

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about, required: false }
}

/// Methods that a request can have.
pub(super) const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"];

/// The words of `Mode`, in its order.
pub(super) const MODES: &[&str] =
    &["plain", "disconnect", "events", "slow", "cut-upload", "websocket", "websocket-drop"];

/// Kinds of generators.
pub(super) const KINDS: &[&str] = &["counter", "uuid", "integer", "choice", "rows", "time"];

/// How the time of day is written.
pub(super) const TIME_FORMS: &[&str] = &["iso", "unix", "unix_ms"];

/// How values are taken from a list.
pub(super) const ORDERS: &[&str] = &["in-order", "random"];

/// The file.
pub(super) const SCENARIO: Table = Table {
    about: "What is sent to a service, and how.",
    keys: &[
        Key {
            name: "requests",
            shape: Shape::Tables(&REQUEST),
            about: "What is sent, in turn: a list of tables with `path`, `method`, `headers`, `body`, `mode`.",
            required: true,
        },
        key(
            "concurrency",
            Shape::Whole(1, 20_000),
            "How many requests are under way at a time. Default: 20.",
        ),
        key(
            "keep_alive",
            Shape::Flag,
            "Whether a connection serves more than one request: true or false. Default: true.",
        ),
        key(
            "settle_ms",
            Shape::Whole(0, 3_600_000),
            "How long the service rests before a measurement, in milliseconds. Default: as long as it needs.",
        ),
        key(
            "timeout_ms",
            Shape::Whole(1, 3_600_000),
            "How long a request may take, in milliseconds. Default: 30000.",
        ),
        key("http2", Shape::Flag, "HTTP/2 over cleartext: true or false. Default: false, HTTP/1.1."),
        key(
            "rate",
            Shape::Whole(1, 1_000_000),
            "Requests that begin each second, however long answers take, with at most `concurrency` under way. \
             Latency then counts from when a request was due. Default: as fast as answers come.",
        ),
        key(
            "think_ms",
            Shape::Whole(0, 3_600_000),
            "How long a client rests between an answer and its next request, in milliseconds. Default: 0.",
        ),
        key(
            "generators",
            Shape::Named(&GENERATOR),
            "Sources of values by the names that stand between braces in paths, header fields and bodies.",
        ),
    ],
};

/// One of `generators`.
pub(super) const GENERATOR: Table = Table {
    about: "A source of values. The number of the request decides the value, so a closed list of numbers gives a \
            closed list of values.",
    keys: &[
        Key {
            name: "kind",
            shape: Shape::Choice(KINDS),
            about: "\"counter\": `start`, `start + step`, and so on. \"uuid\". \"integer\": from `least` to `most`. \
                    \"choice\": one of the texts in `of`. \"rows\": a column of `file`, as `{name.column}`. \"time\": \
                    the time of day, as `form` says.",
            required: true,
        },
        key("start", Shape::Whole(0, u64::MAX), "Where a counter begins. Default: 0."),
        key("step", Shape::Whole(1, u64::MAX), "What a counter adds. Default: 1."),
        key("least", Shape::Whole(0, u64::MAX), "The least integer. Default: 0."),
        key("most", Shape::Whole(0, u64::MAX), "The greatest integer. Default: 999999."),
        key("of", Shape::List, "The texts to choose from."),
        key(
            "file",
            Shape::Text,
            "The file with the rows, relative to this one: CSV whose first line names the columns, or one JSON object \
             a line (.ndjson, .jsonl).",
        ),
        key("order", Shape::Choice(ORDERS), "How texts and rows are taken. Default: \"in-order\"."),
        key("form", Shape::Choice(TIME_FORMS), "How the time is written. Default: \"iso\"."),
    ],
};

/// One of `requests`.
pub(super) const REQUEST: Table = Table {
    about: "One kind of request.",
    keys: &[
        Key {
            name: "path",
            shape: Shape::Text,
            about: "The path with its query: \"/items/{n}\". `{n}` is a number that is new for every request, \
                    `{$uuid}`, `{$time}` and `{$time_ms}` are made for it; other names are those of `generators`.",
            required: true,
        },
        key("method", Shape::Text, "The method. Default: \"GET\"."),
        key(
            "headers",
            Shape::Texts,
            "Header fields: names and texts. `{n}` stands for the request's number.",
        ),
        key(
            "body",
            Shape::TextOrJson,
            "The body: text as it is sent, or an object to send as JSON. `{n}` stands for the request's number.",
        ),
        key(
            "mode",
            Shape::Choice(MODES),
            "How the client behaves. \"plain\": reads the whole answer. \"disconnect\": leaves at the first bytes of \
             the answer's body. \"events\": reads so many server-sent events as `events` says, then leaves. \"slow\": \
             reads the answer in small bites. \"cut-upload\": announces a longer body than it sends, then leaves. \"websocket\": \
             upgrades, sends the body as text frames, as many as `messages` says, closes. \"websocket-drop\": the same, but leaves without \
             closing. Default: \"plain\".",
        ),
        key(
            "weight",
            Shape::Whole(1, 1000),
            "How often it comes, relative to the other requests. Default: 1.",
        ),
        key(
            "hold_ms",
            Shape::Whole(0, 3_600_000),
            "How long the client stays before it leaves, in milliseconds, in all modes but \"plain\" and \"slow\". \
             Default: 0 for \"disconnect\" and \"events\", 2 for \"cut-upload\", 5 for WebSockets.",
        ),
        key("events", Shape::Whole(1, 1_000_000), "Events to read in mode \"events\". Default: 1."),
        key("messages", Shape::Whole(0, 1_000_000), "How often a WebSocket sends the body. Default: 1."),
        key(
            "interval_ms",
            Shape::Whole(0, 3_600_000),
            "Rest between two messages of a WebSocket, or between two bites of mode \"slow\", in milliseconds. \
             Default: 0 between messages, 10 between bites.",
        ),
        key("bite_bytes", Shape::Whole(1, 1 << 20), "Bytes read at a time in mode \"slow\". Default: 1024."),
    ],
};
