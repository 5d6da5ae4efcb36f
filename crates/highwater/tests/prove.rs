//! `highwater prove` from outside: a service that leaks, its mended twin, and what cannot be run.

mod support;

use std::path::Path;
use std::process::{Command, Output};
use support::{run, stderr, stdout};

/// A service on the port of its environment that keeps each id it is asked for, or the last thousand.
fn service(folder: &Path, keeps: &str) {
    let text = format!(
        "const http = require('http');\nconst visits = new Map();\n\
         http.createServer((req, res) => {{\n  const id = req.url;\n  visits.set(id, {{ id, at: new Date() }});\n  {keeps}\n  \
         res.end('ok');\n}}).listen(Number(process.env.PORT), '127.0.0.1');\n"
    );
    std::fs::write(folder.join("service.cjs"), text).expect("a file");
}

fn has_node() -> bool {
    Command::new("node").arg("--version").output().is_ok()
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Requests end the run on a quick machine, the budget on a slow one.
fn prove(folder: &Path, arguments: &[&str]) -> Output {
    let port = free_port().to_string();
    let own = ["prove", "--no-progress", "--format", "json", "--budget", "120s", "--port", &port];
    run(folder, &[&own, arguments].concat())
}

#[test]
fn a_map_without_a_limit_is_proven_and_its_line_is_named() {
    if !has_node() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    service(folder.path(), "");
    let told = prove(
        folder.path(),
        &["--requests", "6000", "--route", "GET /visits/:id", "--", "node", "service.cjs"],
    );
    assert_eq!(told.status.code(), Some(1), "{}", stderr(&told));
    let report: serde_json::Value = serde_json::from_str(&stdout(&told)).expect("JSON");
    assert_eq!(report["verdict"], "leak");
    let finding = &report["findings"][0];
    assert_eq!(finding["verdict"], "proven");
    assert_eq!(finding["place"]["file"], "service.cjs");
    assert_eq!(finding["place"]["line"], 2);
    assert!(
        finding["title"].as_str().expect("a title").contains("exactly 1 entry with every request"),
        "{finding}"
    );
}

#[test]
fn a_map_that_forgets_is_clean() {
    if !has_node() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    service(folder.path(), "if (visits.size > 1000) visits.delete(visits.keys().next().value);");
    let told = prove(
        folder.path(),
        &["--requests", "12000", "--route", "GET /visits/:id", "--", "node", "service.cjs"],
    );
    let report: serde_json::Value = serde_json::from_str(&stdout(&told)).expect("JSON");
    assert_eq!(report["verdict"], "clean", "{}", report["experiment"]);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
}

#[test]
fn what_cannot_run_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = prove(folder.path(), &["--route", "GET /", "--", "no-such-command-anywhere"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(stderr(&told).contains("no-such-command-anywhere"), "{}", stderr(&told));
    let told = prove(folder.path(), &["--", "node", "service.cjs"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(stderr(&told).contains("--route"), "{}", stderr(&told));
}
