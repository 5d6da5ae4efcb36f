//! Running processes that we attach to: they go on as they were.

use crate::support::*;
use crate::target::{SERVER, folder_with, gone, guard, launch, marked};
use highwater_probe::inspector::Inspector;
use highwater_probe::target::{Target, TargetError};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that is killed when the test leaves it.
struct Running(Child);

impl Running {
    fn start(folder: &Path, program: &str, arguments: &[&str]) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env("HIGHWATER_TEST", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        Self(child)
    }

    /// Waits until it has written this file, as services of these tests do when they are up.
    async fn up(self, file: &Path) -> Self {
        for _ in 0..600 {
            if file.exists() {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never came up");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn server() -> String {
    format!("{SERVER}; setTimeout(() => require('fs').writeFileSync('up', ''), 10)")
}

/// A free port for an inspector, so that tests do not fight for Node's usual one.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn is_open(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_running_node_is_opened_and_closed_again() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", &server())]);
    run(async {
        let port = free_port();
        let option = format!("--inspect-port=127.0.0.1:{port}");
        let node = Running::start(folder.path(), "node", &[&option, "server.js"]);
        let node = node.up(&folder.path().join("up")).await;
        let mut target = Target::attach_pid(node.0.id(), None, &guard()).await.unwrap();
        assert_eq!(target.pid(), Some(node.0.id()));
        assert!(is_open(port) && target.address().port() != port);
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert_eq!(inspector.evaluate("process.pid").await.unwrap(), node.0.id());
        assert!(target.usage().is_some_and(|usage| usage.rss_bytes > 10_000_000));
        assert_eq!(target.ended(), None);
        // A client that has not left must not keep it open.
        let stopped = target.stop(Duration::from_secs(5)).await;
        assert_eq!((stopped.forced, stopped.ended), (false, None));
        assert!(!is_open(port), "its inspector is closed");
        drop(inspector);
        // Again, with an end that nobody asked for.
        let target = Target::attach_pid(node.0.id(), None, &guard()).await.unwrap();
        drop(target);
        for _ in 0..600 {
            if !is_open(port) && marked(folder.path()) == [node.0.id()] {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(!is_open(port), "its inspector is closed");
        assert_eq!(marked(folder.path()), [node.0.id()], "it runs, and nothing else");
    });
}

#[test]
fn an_inspector_that_was_open_stays_open() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", &server())]);
    run(async {
        let port = free_port();
        let option = format!("--inspect=127.0.0.1:{port}");
        let node = Running::start(folder.path(), "node", &[&option, "server.js"]);
        let node = node.up(&folder.path().join("up")).await;
        let by_pid = Target::attach_pid(node.0.id(), None, &guard()).await.unwrap();
        let address = by_pid.address();
        let url = by_pid.inspectors()[0].url.clone();
        by_pid.stop(Duration::from_secs(5)).await;
        for written in [url, format!("http://127.0.0.1:{port}"), format!("127.0.0.1:{port}")] {
            let target = Target::attach_url(&written, None).await.unwrap();
            assert_eq!((target.address(), target.pid()), (address, Some(node.0.id())), "{written}");
            Inspector::connect(&target.inspectors()[0].url).await.unwrap();
            target.stop(Duration::from_secs(5)).await;
        }
        let given: std::net::SocketAddr = "127.0.0.1:1".parse().unwrap();
        let target = Target::attach_url(&format!("127.0.0.1:{port}"), Some(given)).await.unwrap();
        assert_eq!(target.address(), given);
        let wrong = Target::attach_pid(node.0.id(), Some(1), &guard()).await.err().unwrap().to_string();
        assert!(wrong.contains("port 1 was not opened and listens on port "), "{wrong}");
        let wrong =
            Target::attach_url(&format!("ws://127.0.0.1:{port}/no-such-id"), None).await.err().unwrap();
        assert!(matches!(wrong, TargetError::NoInspectorAt { .. }), "{wrong}");
        let service = Target::attach_url(&address.to_string(), None).await.err().unwrap().to_string();
        assert!(service.contains("its answer is no list of inspectors"), "{service}");
        assert!(is_open(port), "we did not open it, so we do not close it");
    });
}

#[test]
fn what_the_signal_would_end_is_not_sent_it() {
    let folder = folder_with(&[("server.js", &server())]);
    run(async {
        let sleep = Running::start(folder.path(), "sleep", &["1000"]);
        let error = Target::attach_pid(sleep.0.id(), None, &guard()).await.err().unwrap().to_string();
        assert!(error.contains("(sleep 1000) cannot be attached to: it is no Node"), "{error}");
        if has_node() {
            let taken = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = taken.local_addr().unwrap().port();
            let option = format!("--inspect-port=127.0.0.1:{port}");
            let node = Running::start(folder.path(), "node", &[&option, "server.js"]);
            let node = node.up(&folder.path().join("up")).await;
            let error = Target::attach_pid(node.0.id(), None, &guard()).await.err().unwrap().to_string();
            assert!(
                error.contains(&format!("port {port}, where it would open its inspector, is taken")),
                "{error}"
            );
            assert!(marked(folder.path()).contains(&node.0.id()));
            // An argument that only looks like the option is enough to be careful.
            let deaf = Running::start(folder.path(), "node", &["server.js", "--disable-sigusr1"]);
            let error = Target::attach_pid(deaf.0.id(), None, &guard()).await.err().unwrap().to_string();
            assert!(error.contains("--disable-sigusr1"), "{error}");
        }
        assert!(marked(folder.path()).contains(&sleep.0.id()), "it still runs");
    });
    let missing = run(Target::attach_pid(4_000_000, None, &guard())).err().unwrap();
    assert_eq!(missing, TargetError::NoProcess { pid: 4_000_000 });
}

#[test]
fn a_script_that_sets_its_own_options_is_opened_by_signal() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", SERVER)]);
    run(async {
        let script = format!("NODE_OPTIONS=--inspect-port={} exec node server.js", free_port());
        // An option of that name tells the port only; the inspector is closed.
        let target = Target::start(&launch(folder.path(), &["sh", "-c", &script])).await.unwrap();
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert_eq!(inspector.evaluate("process.pid").await.unwrap(), target.pid().unwrap());
        target.stop(Duration::from_secs(20)).await;
        gone(folder.path()).await;
    });
}
