//! Services that are started, found, measured and ended; nothing may stay behind.

use crate::support::*;
use highwater_probe::inspector::Inspector;
use highwater_probe::target::{Launch, Ready, Target, TargetError};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The command line of the guard.
pub fn guard() -> Vec<OsString> {
    vec![guarded().into(), "guard".into()]
}

/// The program that is the guard of these tests.
fn guarded() -> PathBuf {
    env!("CARGO_BIN_EXE_guarded").into()
}

pub fn launch(folder: &Path, command: &[&str]) -> Launch {
    Launch {
        command: command.iter().map(OsString::from).collect(),
        folder: folder.to_path_buf(),
        env: vec![("HIGHWATER_TEST".into(), folder.into()), ("PORT".into(), "0".into())],
        guard: guard(),
        ready: Ready { port: None, path: None, log_line: None, timeout: Duration::from_mins(1) },
    }
}

/// Processes that carry this folder's mark in their environment: what a test started, wherever it is in the tree.
pub fn marked(folder: &Path) -> Vec<u32> {
    let mark = format!("HIGHWATER_TEST={}", folder.display());
    let mut out = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes()) {
            out.push(pid);
        }
    }
    out
}

/// Waits until nothing that the test started is there any more.
pub async fn gone(folder: &Path) {
    for _ in 0..600 {
        if marked(folder).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("left behind: {:?}", marked(folder));
}

pub const SERVER: &str = "const http = require('http');
    http.createServer((q, s) => { s.statusCode = q.url === '/bad' ? 500 : 200; s.end('pid ' + process.pid) })
      .listen(0, '127.0.0.1', () => console.log('open for business'));";

pub fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file in it");
    }
    folder
}

#[test]
fn a_service_is_started_found_measured_and_stopped() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", SERVER)]);
    run(async {
        let mut target = Target::start(&launch(folder.path(), &["node", "server.js"])).await.unwrap();
        assert_eq!(target.inspectors().len(), 1);
        assert_eq!(target.inspectors()[0].pid, target.pid());
        assert_eq!(target.inspectors()[0].title, "node server.js");
        assert!(target.address().ip().is_loopback());
        let usage = target.usage().unwrap();
        assert!(usage.rss_bytes > 10_000_000 && usage.anonymous_bytes < usage.rss_bytes, "{usage:?}");
        assert!(usage.descriptors > usage.sockets && usage.sockets >= 2 && usage.threads > 1, "{usage:?}");
        assert!(usage.cpu > Duration::ZERO);
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert_eq!(inspector.evaluate("process.pid").await.unwrap(), target.pid().unwrap());
        assert_eq!(target.ended(), None);
        // We stay attached: a debugger must not keep the service from ending.
        let stopped = target.stop(Duration::from_secs(20)).await;
        assert_eq!((stopped.forced, stopped.left, stopped.ended), (false, vec![], None));
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn the_process_that_listens_is_found_below_npm() {
    if !has_node() || Command::new("npm").arg("--version").output().is_err() {
        return;
    }
    let package = r#"{ "name": "x", "scripts": { "start": "npm run inner", "inner": "node server.js" } }"#;
    let folder = folder_with(&[("server.js", SERVER), ("package.json", package)]);
    run(async {
        let mut launch = launch(folder.path(), &["npm", "start"]);
        launch.env.push(("NODE_OPTIONS".into(), "--max-old-space-size=300".into()));
        let target = Target::start(&launch).await.unwrap();
        assert_eq!(target.inspectors()[0].title, "node server.js", "{:?}", target.inspectors());
        assert!(target.inspectors().len() > 1, "npm's own come behind it: {:?}", target.inspectors());
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        let limit = inspector.memory().await.unwrap().heap_limit_bytes;
        assert!((300 << 20..600 << 20).contains(&limit), "the service keeps its own options: {limit}");
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn a_service_that_ignores_requests_to_end_is_killed_with_all_its_children() {
    if !has_node() {
        return;
    }
    let stubborn = format!(
        "process.on('SIGTERM', () => {{}});
         const {{ spawn }} = require('child_process');
         spawn('sh', ['-c', 'trap \"\" TERM; sleep 1000 & sleep 1000'], {{ stdio: 'ignore' }});
         spawn('setsid', ['sleep', '1000'], {{ stdio: 'ignore', detached: true }}).unref();
         {SERVER}"
    );
    let folder = folder_with(&[("server.js", &stubborn)]);
    run(async {
        let target = Target::start(&launch(folder.path(), &["node", "server.js"])).await.unwrap();
        let stopped = target.stop(Duration::from_millis(300)).await;
        assert_eq!((stopped.forced, stopped.left), (true, vec![]));
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn a_service_that_goes_into_the_background_is_still_ours() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", SERVER)]);
    run(async {
        let command = ["sh", "-c", "setsid node server.js & exit 0"];
        let mut target = Target::start(&launch(folder.path(), &command)).await.unwrap();
        assert_eq!(target.ended(), None, "its starter has ended, it has not");
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn ready_is_what_was_asked_for() {
    if !has_node() {
        return;
    }
    let late = "const http = require('http'); let ready = false;
        setTimeout(() => { ready = true; console.error('warm'); }, 700);
        http.createServer((q, s) => { s.statusCode = ready ? 204 : 503; s.end() }).listen(0, '127.0.0.1');";
    let folder = folder_with(&[("server.js", late)]);
    run(async {
        for (path, line) in [(Some("/health"), None), (None, Some("warm"))] {
            let mut launch = launch(folder.path(), &["node", "server.js"]);
            launch.ready.path = path.map(str::to_owned);
            launch.ready.log_line = line.map(str::to_owned);
            let target = Target::start(&launch).await.unwrap();
            let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
            assert!(inspector.evaluate("process.uptime()").await.unwrap().as_f64().unwrap() > 0.7);
            target.stop(Duration::from_secs(20)).await;
        }
        let mut launch = launch(folder.path(), &["node", "server.js"]);
        launch.ready.timeout = Duration::from_secs(2);
        launch.ready.log_line = Some("never said".into());
        let error = Target::start(&launch).await.err().unwrap().to_string();
        assert!(error.starts_with("the service wrote no line with `never said` within 2 s"), "{error}");
        assert!(error.ends_with("it wrote:\nwarm"), "{error}");
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn what_cannot_come_up_is_told_with_its_own_words() {
    let folder = folder_with(&[("text", "no program")]);
    let told = |command: &[&str], change: &dyn Fn(&mut Launch)| {
        run(async {
            let mut launch = launch(folder.path(), command);
            launch.ready.timeout = Duration::from_secs(2);
            change(&mut launch);
            let error = Target::start(&launch).await.err().expect("it cannot come up");
            gone(folder.path()).await;
            error.to_string()
        })
    };
    let nothing = |_: &mut Launch| {};
    assert!(told(&[], &nothing).starts_with("no command was given"));
    let missing = told(&["no-such-program", "x"], &nothing);
    assert!(missing.starts_with("`no-such-program x` cannot be started: No such file"), "{missing}");
    let text = told(&["./text"], &nothing);
    assert!(text.starts_with("`./text` cannot be started: Permission denied"), "{text}");
    let early = told(&["sh", "-c", "echo going; echo bad luck >&2; exit 3"], &nothing);
    assert!(early.contains("ended with exit code 3 before it was ready; it wrote:\nbad luck"), "{early}");
    let killed = told(&["sh", "-c", "kill -9 $$"], &nothing);
    assert!(killed.contains("ended by signal 9 before it was ready; it wrote nothing"), "{killed}");
    let idle = told(&["sleep", "100"], &nothing);
    assert!(idle.starts_with("no port was opened within 2 s, though `sleep 100` runs"), "{idle}");
    let folder = told(&["sleep", "100"], &|launch| launch.folder = "/no/such/folder".into());
    assert!(folder.starts_with("the folder /no/such/folder does not exist"), "{folder}");
    let guard = told(&["sleep", "100"], &|launch| launch.guard = vec!["/no/such/guard".into()]);
    assert!(guard.contains("guard of the service failed: No such file"), "{guard}");
}

#[test]
fn a_wrong_port_and_a_taken_port_are_told() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", SERVER)]);
    run(async {
        let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = held.local_addr().unwrap().port();
        let mut launch = launch(folder.path(), &["node", "server.js"]);
        launch.ready.port = Some(port);
        let error = Target::start(&launch).await.err().unwrap();
        let own = std::process::id();
        assert!(matches!(error, TargetError::PortTaken { pid: Some(pid), .. } if pid == own), "{error}");
        drop(held);
        launch.ready.timeout = Duration::from_secs(3);
        let error = Target::start(&launch).await.err().unwrap().to_string();
        assert!(
            error.contains("was not opened within 3 s, though `node server.js` runs and listens on port "),
            "{error}"
        );
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn a_service_that_dies_is_told_with_its_last_words() {
    if !has_node() {
        return;
    }
    let fills = format!(
        "{SERVER} process.on('SIGUSR2', () => {{ const kept = []; for (;;) kept.push({{ x: new Array(1000).fill(1.5) }}); }});
         process.on('SIGWINCH', () => {{ throw new Error('lost my mind') }});"
    );
    let folder = folder_with(&[("server.js", &fills)]);
    for (signal, words, out_of_memory) in
        [("WINCH", "lost my mind", false), ("USR2", "heap out of memory", true), ("KILL", "", false)]
    {
        run(async {
            let command = ["node", "--max-old-space-size=30", "server.js"];
            let mut target = Target::start(&launch(folder.path(), &command)).await.unwrap();
            let pid = target.pid().unwrap().to_string();
            assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
            let ended = loop {
                if let Some(ended) = target.ended() {
                    break ended;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            assert!(ended.told.contains(words), "{ended:?}");
            assert_eq!(ended.out_of_memory, out_of_memory, "{ended:?}");
            match signal {
                "WINCH" => assert_eq!(ended.code, Some(1)),
                "USR2" => assert_eq!(ended.signal, Some(6)),
                _ => assert_eq!(ended.signal, Some(9)),
            }
            assert!(target.usage().is_none());
            let stopped = target.stop(Duration::from_secs(5)).await;
            assert_eq!(stopped.ended, Some(ended));
            assert_eq!(marked(folder.path()), [0; 0]);
        });
    }
}

#[test]
fn nothing_stays_when_a_target_is_dropped() {
    if !has_node() {
        return;
    }
    let folder = folder_with(&[("server.js", SERVER)]);
    run(async {
        let launch = launch(folder.path(), &["node", "server.js"]);
        drop(Target::start(&launch).await.unwrap());
        gone(folder.path()).await;
        // Also when it is given up before it was ready.
        let early = tokio::time::timeout(Duration::from_millis(100), Target::start(&launch)).await;
        drop(early);
        gone(folder.path()).await;
    });
}

#[test]
fn nothing_stays_when_we_or_the_guard_are_killed() {
    if !has_node() {
        return;
    }
    let package = r#"{ "name": "x", "scripts": { "start": "node server.js" } }"#;
    let stubborn = format!("process.on('SIGTERM', () => {{}}); {SERVER}");
    let folder = folder_with(&[("server.js", &stubborn), ("package.json", package)]);
    for (command, victim) in
        [(["node", "server.js"], "us"), (["npm", "start"], "us"), (["node", "server.js"], "the guard")]
    {
        let mut holder = Command::new(guarded())
            .arg("hold")
            .args(command)
            .current_dir(folder.path())
            .env("HIGHWATER_TEST", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let service: u32 = line.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(marked(folder.path()).contains(&service));
        let killed = match victim {
            "us" => holder.id(),
            _ => child_of(holder.id()),
        };
        assert!(Command::new("kill").args(["-KILL", &killed.to_string()]).status().unwrap().success());
        run(async {
            for _ in 0..600 {
                let left = marked(folder.path());
                if left.is_empty() || left == [holder.id()] {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert_eq!(marked(folder.path()), [0; 0], "{command:?}: {victim} killed");
    }
}

#[test]
fn a_target_whose_guard_was_killed_is_ended_all_the_same() {
    if !has_node() {
        return;
    }
    let script = "node server.js & node server.js; wait";
    let folder = folder_with(&[("server.js", &format!("process.on('SIGTERM', () => {{}}); {SERVER}"))]);
    run(async {
        let mut target = Target::start(&launch(folder.path(), &["sh", "-c", script])).await.unwrap();
        let guards = marked(folder.path()).into_iter().filter(|&pid| {
            let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            words.windows(6).any(|word| word == b"\0hold\0")
        });
        for guard in guards {
            assert!(Command::new("kill").args(["-KILL", &guard.to_string()]).status().unwrap().success());
        }
        assert_eq!(target.ended(), None, "the service does not need its guard");
        let stopped = target.stop(Duration::from_secs(5)).await;
        assert_eq!((stopped.forced, stopped.left), (true, vec![]));
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

fn child_of(parent: u32) -> u32 {
    let all =
        std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).expect("it has children");
    all.split(' ').next().unwrap().parse().expect("the guard")
}
