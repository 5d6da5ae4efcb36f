//! The keys of a scenario file. The texts here are the schema's and the errors' texts.

use super::table::{Key, Shape, Table};

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about, required: false }
}

/// Methods that a request can have.
pub(super) const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"];

/// The words of `Mode`, in its order.
pub(super) const MODES: &[&str] = &["plain", "disconnect", "cut-upload", "websocket", "websocket-drop"];

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
    ],
};

/// One of `requests`.
pub(super) const REQUEST: Table = Table {
    about: "One kind of request.",
    keys: &[
        Key {
            name: "path",
            shape: Shape::Text,
            about: "The path with its query: \"/items/{n}\". `{n}` is a number that is new for every request.",
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
             the answer's body. \"cut-upload\": announces a longer body than it sends, then leaves. \"websocket\": \
             upgrades, sends the body as one text frame, closes. \"websocket-drop\": the same, but leaves without \
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
            "How long the client stays before it leaves, in milliseconds, in all modes but \"plain\". Default: 0 for \
             \"disconnect\", 2 for \"cut-upload\", 5 for WebSockets.",
        ),
    ],
};
