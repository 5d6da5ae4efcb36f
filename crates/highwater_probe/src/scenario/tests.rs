//! Scenario files as people and other programs write them.

use super::*;

fn read(text: &str) -> Scenario {
    Scenario::from_text(text, "scenario.json").unwrap()
}

fn told(text: &str) -> String {
    Scenario::from_text(text, "s.json").unwrap_err().to_string()
}

#[test]
fn a_file_in_json_is_read() {
    let scenario = read(
        r#"{"requests": [
            {"method": "POST", "path": "/p/{n}", "headers": {"content-type": "text/plain", "x": ["1", "2"]},
             "body": "hello {n}", "mode": "cut-upload"},
            {"path": "/events", "mode": "disconnect", "weight": 3, "holdMs": 7}
        ], "concurrency": 5, "keepAlive": false, "settleMs": 9000}"#,
    );
    assert_eq!((scenario.concurrency, scenario.keep_alive), (5, false));
    assert_eq!(scenario.settle, Some(Duration::from_secs(9)));
    let [first, second] = scenario.requests.as_slice() else { panic!("two requests") };
    assert_eq!(first.name(), "POST /p/{n} (cut-upload)");
    let headers: Vec<_> = first.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(headers, [("content-type", "text/plain"), ("x", "1"), ("x", "2")]);
    assert_eq!(first.body.as_deref(), Some("hello {n}"));
    assert_eq!((second.weight, second.hold), (3, Some(Duration::from_millis(7))));
}

#[test]
fn a_file_in_toml_says_the_same() {
    let toml = "concurrency = 5\nkeep_alive = false\nsettle_ms = 9000\n\n[[requests]]\npath = \"/p/{n}\"\n\
                headers = { accept = \"text/html\" }\nhold_ms = 3\nmode = \"disconnect\"\n";
    let json = r#"{"concurrency": 5, "keepAlive": false, "settleMs": 9000, "requests": [
        {"path": "/p/{n}", "headers": {"accept": "text/html"}, "holdMs": 3, "mode": "disconnect"}]}"#;
    assert_eq!(Scenario::from_text(toml, "load.toml").unwrap(), read(json));
    assert_eq!(Scenario::from_text(toml, "stdin").unwrap(), read(json));
}

#[test]
fn what_is_left_out_is_usual() {
    let scenario = read(r#"{"requests": [{"path": "/", "headers": null}], "settleMs": null}"#);
    assert_eq!(scenario, Scenario::of(vec![Request::get("/")]));
}

#[test]
fn a_body_that_is_an_object_goes_as_json() {
    let scenario =
        read(r#"{"requests": [{"path": "/", "method": "post", "body": {"id": "{n}", "n": [1]}}]}"#);
    let request = &scenario.requests[0];
    assert_eq!(request.body.as_deref(), Some(r#"{"id":"{n}","n":[1]}"#));
    assert_eq!(request.headers, [("content-type".to_owned(), "application/json".to_owned())]);
}

#[test]
fn mistakes_are_told_with_file_key_and_what_is_allowed() {
    for (text, wanted) in [
        (
            r#"{"requests": [{"path": "/"}], "concurency": 4}"#,
            "s.json: there is no key `concurency`\n  help: did you mean `concurrency`? Known are `requests`, \
             `concurrency`, `keep_alive`, `settle_ms`, `timeout_ms`, `http2`, `rate`, `think_ms`, `generators`",
        ),
        (
            r#"{"requests": [{"path": "/"}, {"path": "/", "mode": "disconect"}]}"#,
            "s.json: requests[1].mode: `disconect` is not known\n  help: did you mean `disconnect`? Known are \
             `plain`, `disconnect`, `events`, `slow`, `cut-upload`, `websocket`, `websocket-drop`",
        ),
        (
            r#"{"requests": [{"path": "/items/{id}"}]}"#,
            "s.json: requests[0].path: `{id}` stands for nothing\n  help: known are `n`, `$uuid`, `$time`, \
             `$time_ms`; others are declared under `generators`",
        ),
        (
            r#"{"requests": [{"path": "items"}]}"#,
            "s.json: requests[0].path: `items` is no path\n  help: a path begins with `/`; host and port are given \
             on the command line",
        ),
        (
            r#"{"requests": [{"path": "/", "method": "PSOT"}]}"#,
            "s.json: requests[0].method: `PSOT` is no method\n  help: did you mean `POST`? Known are `GET`, `HEAD`, \
             `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`, `TRACE`, `QUERY`",
        ),
        (
            r#"{"requests": [{"path": "/"}], "concurrency": 0}"#,
            "s.json: concurrency: `0` where a whole number from 1 to 20000 is wanted\n  help: How many requests are \
             under way at a time. Default: 20.",
        ),
        (
            r#"{"requests": []}"#,
            "s.json: requests: an empty list where a list with at least one table is wanted\n  help: What is sent, \
             in turn: a list of tables with `path`, `method`, `headers`, `body`, `mode`.",
        ),
        (
            r#"{"requests": [{"path": "/", "headers": {"a b": "c"}}]}"#,
            "s.json: requests[0].headers.a b: `a b` is no name of a header field\n  help: letters, digits and `-`, \
             without a colon",
        ),
        (
            r#"{"requests": [{"path": "/", "headers": {"a": "b\r\nc: d"}}]}"#,
            "s.json: requests[0].headers.a: the value has a control character in it\n  help: a header field is one \
             line of text",
        ),
        (
            r#"{"requests": [{"path": "/"}], "keepAlive": true, "keep_alive": false}"#,
            "s.json: keep_alive: the key is there twice, in both spellings\n  help: keep `keep_alive`",
        ),
        (
            r#"{"concurrency": 1}"#,
            "s.json: `requests` is missing\n  help: What is sent, in turn: a list of tables \
             with `path`, `method`, `headers`, `body`, `mode`.",
        ),
    ] {
        assert_eq!(told(text), wanted);
    }
    assert!(told("[]").contains("s.json: an empty list is no table"), "{}", told("[]"));
    assert!(told("{").starts_with("`s.json` is not JSON: EOF while parsing"), "{}", told("{"));
    let toml = Scenario::from_text("requests = 1\nx", "a.toml").unwrap_err().to_string();
    assert!(toml.starts_with("`a.toml` is not TOML: TOML parse error at line 2"), "{toml}");
}

#[test]
fn the_schema_knows_every_key_and_mode() {
    let schema: serde_json::Value = serde_json::from_str(&Scenario::schema()).unwrap();
    let request = &schema["properties"]["requests"]["items"];
    assert_eq!(request["required"], serde_json::json!(["path"]));
    let modes: Vec<&str> = Mode::ALL.iter().map(|m| m.word()).collect();
    assert_eq!(request["properties"]["mode"]["enum"], serde_json::json!(modes));
    assert_eq!(schema["properties"]["keepAlive"]["type"], "boolean");
    assert_eq!(schema["properties"]["settle_ms"]["maximum"], 3_600_000);
}

#[test]
fn no_route_is_nothing_to_send() {
    assert_eq!(Scenario::from_routes([]).unwrap_err(), ScenarioError::NoRequests);
    assert_eq!(Scenario::from_routes(["/a", "POST /b"]).unwrap().requests.len(), 2);
}

fn with_generator(generator: &str, path: &str) -> Result<Scenario, ScenarioError> {
    let text = format!(r#"{{"requests": [{{"path": "{path}"}}], "generators": {{"user": {generator}}}}}"#);
    Scenario::from_text(&text, "s.json")
}

#[test]
fn generators_that_make_no_sense_are_told() {
    for (generator, wanted) in [
        (
            r#"{"kind": "uid"}"#,
            "s.json: generators.user.kind: `uid` is not known\n  help: did you mean `uuid`? Known are `counter`, `uuid`, \
             `integer`, `choice`, `rows`, `time`",
        ),
        (
            r#"{"kind": "uuid", "start": 1}"#,
            "s.json: generators.user: a generator of kind `uuid` has no `start`\n  help: beside `kind` it has no other \
             keys",
        ),
        (
            r#"{"kind": "integer", "least": 5, "most": 4}"#,
            "s.json: generators.user: 5 is more than 4\n  help: `least` is at most `most`; without it `most` is 999999",
        ),
        (
            r#"{"kind": "choice"}"#,
            "s.json: generators.user: `of` is missing\n  help: kind `choice` cannot do without it",
        ),
        (
            r#"{"kind": "rows", "file": "users.csv"}"#,
            "s.json: generators.user.file: cannot read `users.csv`: No such file or directory (os error 2)\n  help: the \
             path is relative to the scenario file",
        ),
    ] {
        assert_eq!(with_generator(generator, "/").unwrap_err().to_string(), wanted);
    }
    let unknown = with_generator(r#"{"kind": "uuid"}"#, "/{usr}").unwrap_err().to_string();
    assert!(unknown.contains("`{usr}` stands for nothing\n  help: did you mean `user`?"), "{unknown}");
}

#[test]
fn rows_lie_beside_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.csv"), "id,email\n7,a@b.c\n8,d e\n").unwrap();
    let file = folder.path().join("load.toml").display().to_string();
    let text = "[[requests]]\npath = \"/u/{user.id}?to={user.email}\"\n\n[generators.user]\nkind = \"rows\"\n\
                file = \"users.csv\"\n";
    let scenario = Scenario::from_text(text, &file).unwrap();
    let texts = Texts::of(&scenario.requests[0], &scenario.generators).unwrap();
    let written = |key| {
        let mut out = Vec::new();
        texts.path.write(Fill { key, now_ms: 0 }, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!([written(0), written(1), written(2)], ["/u/7?to=a%40b.c", "/u/8?to=d%20e", "/u/7?to=a%40b.c"]);
    let unknown = Scenario::from_text(&text.replace("user.id", "user.name"), &file).unwrap_err().to_string();
    assert!(unknown.contains("`user.email`, `user.id`") || unknown.contains("`user.id`"), "{unknown}");
}

#[test]
fn websockets_do_not_go_over_http2() {
    let text = r#"{"requests": [{"path": "/", "mode": "websocket"}], "http2": true}"#;
    assert!(
        told(text).starts_with("s.json: requests[0].mode: WebSockets go over HTTP/1.1 here"),
        "{}",
        told(text)
    );
}

#[test]
fn requests_from_elsewhere_are_checked_too() {
    let told = |request| Scenario::from_request(request).unwrap_err().to_string();
    assert!(told(Request::get("/{id}")).starts_with("route `GET /{id}`: path: `{id}` stands for nothing"));
    let get = Request { method: "PSOT".into(), ..Request::get("/") };
    assert!(told(get).contains("`PSOT` is no method\n  help: did you mean `POST`?"));
    let mut scenario = Scenario::from_request(Request::get("/")).unwrap();
    scenario.add_header("Accept: text/html").unwrap();
    scenario.add_header("accept: a:b").unwrap();
    assert_eq!(scenario.requests[0].headers, [("accept".to_owned(), "a:b".to_owned())]);
    let told = scenario.add_header("no field").unwrap_err().to_string();
    assert!(told.contains("`no field` is no name of a header field"), "{told}");
}
