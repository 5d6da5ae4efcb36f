//! `highwater load` against a small server that counts what it got.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use support::{run, stderr, stdout};

type Lines = Arc<Mutex<BTreeMap<String, u64>>>;

/// Answers on a port of its own for as long as the test runs. Paths with "missing" are not found.
fn server() -> (SocketAddr, Lines) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let lines = Lines::default();
    let shared = Arc::clone(&lines);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lines = Arc::clone(&shared);
            std::thread::spawn(move || answer(&stream, &lines));
        }
    });
    (address, lines)
}

fn answer(stream: &TcpStream, lines: &Lines) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    loop {
        let (mut first, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
            if first.is_empty() {
                line.trim().trim_end_matches(" HTTP/1.1").clone_into(&mut first);
            }
            if let Some(value) = line.strip_prefix("X-Tenant: ") {
                first.push_str(&format!(" for {}", value.trim()));
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let status = if first.contains("missing") { "404 Not Found" } else { "200 OK" };
        if !body.is_empty() {
            first = format!("{first} {}", String::from_utf8(body).ok()?);
        }
        *lines.lock().ok()?.entry(first).or_default() += 1;
        out.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").as_bytes()).ok()?;
    }
}

fn json(output: &std::process::Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output))
        .unwrap_or_else(|e| panic!("{e}: {}{}", stdout(output), stderr(output)))
}

/// What the server got, without the numbers.
fn got(lines: &Lines) -> BTreeMap<String, u64> {
    lines.lock().unwrap().clone()
}

#[test]
fn exactly_as_many_requests_are_sent_as_asked_for() {
    let (address, lines) = server();
    let url = format!("http://{address}/items/{{n}}");
    let output = run(Path::new("."), &["load", &url, "-n", "300", "-c", "9", "--keys", "100", "-f", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let sheet = json(&output);
    assert_eq!(sheet["figures"]["answered"], 300);
    assert_eq!(sheet["figures"]["failed"], 0);
    assert_eq!(sheet["blocks"]["statuses"]["rows"][0], serde_json::json!({"status": "200", "answers": 300}));
    let wanted = (0..100).map(|n| (format!("GET /items/{n}"), 3)).collect::<BTreeMap<_, _>>();
    assert_eq!(got(&lines), wanted);
}

#[test]
fn routes_and_header_fields_are_sent() {
    let (address, lines) = server();
    let url = format!("{address}/v1");
    let route = ["--route", "GET /missing", "--route", "DELETE /items/:id"];
    let output = run(
        Path::new("."),
        &[&["load", &url, "-n", "20", "--keys", "1", "-H", "X-Tenant: acme"], route.as_slice()].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(told.contains("`GET /v1/missing`") || told.contains("GET /v1/missing was answered"), "{told}");
    assert!(told.contains("DELETE /v1/items/{n}"), "{told}");
    let wanted =
        [("DELETE /v1/items/0 for acme".to_owned(), 10), ("GET /v1/missing for acme".to_owned(), 10)];
    assert_eq!(got(&lines), BTreeMap::from(wanted));
}

#[test]
fn scenarios_descriptions_and_recordings_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.toml", "concurrency = 2\n[[requests]]\npath = \"/a\"\nmethod = \"POST\"\nbody = \"{n}\"\n");
    write("b.json", r#"{"openapi": "3.1.0", "paths": {"/b/{id}": {"get": {}}}}"#);
    write(
        "c.har",
        r#"{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/c", "headers": []}}]}}"#,
    );
    let (address, lines) = server();
    for (kind, file) in [("--scenario", "a.toml"), ("--openapi", "b.json"), ("--har", "c.har")] {
        let url = address.to_string();
        let output = run(folder.path(), &["load", &url, "-n", "2", "--keys", "1", kind, file]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let wanted = ["GET /b/0", "GET /c", "POST /a 0"].map(|line| (line.to_owned(), 2));
    assert_eq!(got(&lines), BTreeMap::from(wanted));
}

#[test]
fn a_load_ends_with_its_time() {
    let (address, lines) = server();
    let output = run(Path::new("."), &["load", &address.to_string(), "-d", "200ms", "-c", "2", "-f", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(json(&output)["figures"]["answered"], got(&lines)["GET /"]);
}

#[test]
fn what_cannot_be_sent_is_told_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.json"), r#"{"requests": [{"path": "/", "mod": "plain"}]}"#)
        .unwrap();
    let (address, lines) = server();
    let url = address.to_string();
    for (arguments, part) in [
        (vec!["load", "https://a.b/"], "is encrypted"),
        (vec!["load", "127.0.0.1:1/x"], "nothing answers at `127.0.0.1:1`"),
        (vec!["load", &url, "--scenario", "bad.json"], "bad.json: requests[0]: there is no key `mod`"),
        (vec!["load", &url, "--scenario", "none.json"], "cannot read `none.json`"),
        (vec!["load", &url, "-m", "PSOT"], "did you mean `POST`?"),
        (vec!["load", &url, "-H", "nonsense here"], "is no name of a header field"),
        (vec!["load", &url, "--route", "GET items"], "a path begins with `/`"),
        (vec!["load", &url, "-d", "soon"], "times are written 90s"),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(got(&lines), BTreeMap::new(), "nothing was sent");
}

#[test]
fn the_schema_is_printed() {
    let output = run(Path::new("."), &["load", "--schema"]);
    assert_eq!(json(&output)["title"], "Scenario of Highwater");
}
