//! Services whose real process is not the one that was started, and runtimes other than Node.

use crate::support::*;
use crate::target::{folder_with, launch, marked};
use highwater_probe::inspector::{Inspector, InspectorError, Runtime};
use highwater_probe::target::{Part, Target};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::process::Command;
use std::time::Duration;

/// Whether a runtime is here to be tested with.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

async fn snapshot(inspector: &Inspector) -> Value {
    let mut text = Vec::new();
    let mut sink = |piece: &[u8]| {
        text.extend_from_slice(piece);
        ControlFlow::Continue(())
    };
    inspector.snapshot(&mut sink).await.unwrap();
    serde_json::from_slice(&text).expect("a whole JSON document")
}

#[test]
fn the_workers_of_a_cluster_come_first() {
    if !has_node() {
        return;
    }
    let program = "const cluster = require('cluster');
        if (cluster.isPrimary) { cluster.fork(); cluster.fork(); }
        else require('http').createServer((q, s) => s.end()).listen(0, '127.0.0.1');";
    let folder = folder_with(&[("server.js", program)]);
    run(async {
        let target = Target::start(&launch(folder.path(), &["node", "server.js"])).await.unwrap();
        let parts: Vec<Part> = target.inspectors().iter().map(|endpoint| endpoint.part).collect();
        // Node gives workers the next ports, and one that is taken leaves its worker without.
        assert!(parts.starts_with(&[Part::Serves]) && parts.ends_with(&[Part::Front]), "{parts:?}");
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert_eq!(inspector.evaluate("require('cluster').isWorker").await.unwrap(), true);
        assert_eq!(inspector.evaluate("process.pid").await.unwrap(), target.pid().unwrap());
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn a_server_in_a_worker_thread_is_found() {
    if !has_node() {
        return;
    }
    let program = "const { Worker, isMainThread } = require('worker_threads');
        if (isMainThread) new Worker(__filename);
        else { globalThis.here = true; require('http').createServer((q, s) => s.end()).listen(0, '127.0.0.1'); }";
    let folder = folder_with(&[("server.js", program)]);
    run(async {
        let target = Target::start(&launch(folder.path(), &["node", "server.js"])).await.unwrap();
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        let worker = inspector.serving_worker().await.unwrap().expect("the main thread does not serve");
        assert_eq!(inspector.of_worker(&worker).evaluate("here").await.unwrap(), true);
        assert_eq!(inspector.of_worker(&worker).serving_worker().await.unwrap(), None);
        target.stop(Duration::from_secs(20)).await;
    });
}

#[test]
fn deno_is_opened_by_its_environment() {
    if !has("deno") {
        return;
    }
    let program =
        "Deno.serve({ port: 0, hostname: '127.0.0.1' }, () => new Response('x')); globalThis.kept = [];";
    let folder = folder_with(&[("server.ts", program)]);
    run(async {
        let target =
            Target::start(&launch(folder.path(), &["deno", "run", "-A", "server.ts"])).await.unwrap();
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert!(matches!(inspector.runtime().await.unwrap(), Runtime::Deno { .. }));
        inspector.collect_garbage().await.unwrap();
        let before = inspector.memory().await.unwrap();
        inspector.evaluate("for (let i = 0; i < 1e5; i++) kept.push({ i })").await.unwrap();
        inspector.collect_garbage().await.unwrap();
        assert!(inspector.memory().await.unwrap().heap_used_bytes > before.heap_used_bytes + 2_000_000);
        assert!(before.rss_bytes > 0 && before.heap_limit_bytes > 0, "{before:?}");
        assert!(snapshot(&inspector).await["nodes"].is_array());
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn bun_does_what_its_engine_can() {
    if !has("bun") {
        return;
    }
    let program = "Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('x') });
        class Kept {}; globalThis.Kept = Kept; globalThis.kept = [];";
    let folder = folder_with(&[("server.ts", program)]);
    run(async {
        let target = Target::start(&launch(folder.path(), &["bun", "server.ts"])).await.unwrap();
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        assert!(matches!(inspector.runtime().await.unwrap(), Runtime::Bun { .. }));
        assert_eq!(inspector.evaluate("({ a: [1] })").await.unwrap(), json!({ "a": [1] }));
        assert_eq!(inspector.evaluate("Promise.resolve(7)").await.unwrap(), json!(7));
        assert!(matches!(inspector.evaluate("nothing").await, Err(InspectorError::Thrown { .. })));
        inspector.collect_garbage().await.unwrap();
        let before = inspector.memory().await.unwrap();
        inspector.evaluate("for (let i = 0; i < 1e5; i++) kept.push(new Kept())").await.unwrap();
        inspector.collect_garbage().await.unwrap();
        let after = inspector.memory().await.unwrap();
        assert!(after.heap_used_bytes > before.heap_used_bytes + 1_000_000, "{before:?} {after:?}");
        assert!(inspector.type_counts().await.unwrap().values().sum::<u64>() > 100_000);
        assert!(snapshot(&inspector).await["nodes"].is_array());
        let scripts = inspector.scripts().await.unwrap();
        assert!(scripts.iter().any(|script| script.url.ends_with("/server.ts")), "{scripts:?}");
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}

#[test]
fn workerd_is_let_run_when_it_owes_an_answer() {
    if !has("workerd") {
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = "using Workerd = import \"/workerd/workerd.capnp\";
        const config :Workerd.Config = (services = [(name = \"main\", worker = .w)],
          sockets = [(name = \"http\", address = \"127.0.0.1:PORT\", http = (), service = \"main\")]);
        const w :Workerd.Worker = (modules = [(name = \"w\", esModule = embed \"w.js\")],
          compatibilityDate = \"2024-01-01\");"
        .replace("PORT", &port.to_string());
    let worker = "const kept = []; export default { fetch() { for (let i = 0; i < 1e4; i++) kept.push({ i });
        return new Response('x'); } }";
    let folder = folder_with(&[("config.capnp", &config), ("w.js", worker)]);
    run(async {
        let command = ["workerd", "serve", "config.capnp", "-i127.0.0.1:0"];
        let mut launch = launch(folder.path(), &command);
        launch.ready.port = Some(port);
        let target = Target::start(&launch).await.unwrap();
        let inspector = Inspector::connect(&target.inspectors()[0].url).await.unwrap();
        let inspector = inspector.kicked_by(target.address());
        assert_eq!(inspector.runtime().await.unwrap(), Runtime::Workerd);
        inspector.collect_garbage().await.unwrap();
        assert!(inspector.memory().await.unwrap().heap_used_bytes > 0);
        assert!(snapshot(&inspector).await["nodes"].is_array());
        target.stop(Duration::from_secs(20)).await;
        assert_eq!(marked(folder.path()), [0; 0]);
    });
}
