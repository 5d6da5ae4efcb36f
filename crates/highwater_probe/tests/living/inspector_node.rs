//! The inspector client against a real Node.

use crate::support::*;
use highwater_probe::inspector::{Inspector, InspectorError, Runtime, Site, SiteScript, SourceMap};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Waits as long as a busy machine needs until `holds`.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never came true: {what}");
}

#[test]
fn values_come_back_and_exceptions_are_told() {
    if !has_node() {
        return;
    }
    run(async {
        let node = Node::start("setInterval(() => {}, 1000)").await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        assert!(
            matches!(inspector.runtime().await.unwrap(), Runtime::Node { version } if version.contains('.'))
        );
        assert_eq!(
            inspector.evaluate("({ a: [1, 'b', null] })").await.unwrap(),
            json!({ "a": [1, "b", null] })
        );
        assert_eq!(inspector.evaluate("undefined").await.unwrap(), Value::Null);
        assert_eq!(inspector.evaluate("1 / 0").await.unwrap(), json!("Infinity"));
        assert_eq!(inspector.evaluate("Promise.resolve(7)").await.unwrap(), json!(7));
        assert_eq!(inspector.evaluate("typeof require('fs').open").await.unwrap(), json!("function"));
        let error =
            inspector.evaluate("(() => { throw new TypeError('no such thing') })()").await.unwrap_err();
        assert!(error.to_string().contains("TypeError: no such thing"), "{error}");
        assert!(matches!(inspector.evaluate("1 +").await, Err(InspectorError::Thrown { .. })));
        assert!(matches!(inspector.evaluate("throw 5").await, Err(InspectorError::Thrown { .. })));
    });
}

#[test]
fn figures_follow_what_the_program_does() {
    if !has_node() {
        return;
    }
    run(async {
        let node = Node::start(
            "globalThis.kept = []; setInterval(() => {}, 1000); process.on('SIGUSR2', () => {});
             globalThis.grow = () => {
               for (let i = 0; i < 1e5; i++) kept.push({ i });
               kept.push(new ArrayBuffer(8 << 20));
               kept.push(require('vm').createContext({}));
               process.on('SIGUSR2', () => {});
               setInterval(() => {}, 1000);
             }",
        )
        .await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        inspector.collect_garbage().await.unwrap();
        let before = inspector.memory().await.unwrap();
        inspector.evaluate("grow()").await.unwrap();
        inspector.collect_garbage().await.unwrap();
        let after = inspector.memory().await.unwrap();
        assert!(after.heap_used_bytes > before.heap_used_bytes + 2_000_000, "{before:?} {after:?}");
        assert!(after.array_buffers_bytes >= before.array_buffers_bytes + (8 << 20), "{before:?} {after:?}");
        assert!(after.external_bytes >= before.external_bytes + (8 << 20), "{before:?} {after:?}");
        assert_eq!(after.contexts, before.contexts + 1);
        assert_eq!(after.process_listeners, before.process_listeners + 1);
        assert_eq!(after.resources["Timeout"], before.resources["Timeout"] + 1);
        assert!(before.rss_bytes > 10_000_000 && before.heap_limit_bytes > before.heap_total_bytes);
        assert!(before.event_loop_delay_ms >= 0.0 && before.event_loop_delay_ms < 60_000.0);
    });
}

#[test]
fn what_the_console_kept_goes_with_a_collection() {
    if !has_node() {
        return;
    }
    run(async {
        let node = Node::start(
            "setInterval(() => {}, 1000); globalThis.gone = 0; console.log = ((log) => (...a) => log(...a))(console.log);
             const registry = new FinalizationRegistry(() => { gone++ });
             globalThis.talk = (n) => { for (let i = 0; i < n; i++) { const o = { i }; registry.register(o); console.log(o); } }",
        )
        .await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        inspector.evaluate("talk(500)").await.unwrap();
        until("all logged objects are collected", || async {
            inspector.collect_garbage().await.unwrap();
            inspector.evaluate("gone").await.unwrap() == json!(500)
        })
        .await;
    });
}

#[test]
fn calls_leave_nothing_behind() {
    if !has_node() {
        return;
    }
    run(async {
        let node = Node::start("setInterval(() => {}, 100000)").await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        let settled = async || {
            for _ in 0..4 {
                inspector.collect_garbage().await.unwrap();
            }
            inspector.memory().await.unwrap().heap_used_bytes.cast_signed()
        };
        let mut least = i64::MAX;
        let mut before = settled().await;
        for _ in 0..5 {
            for _ in 0..200 {
                inspector.memory().await.unwrap();
            }
            let after = settled().await;
            least = least.min(after - before);
            before = after;
        }
        // Code that V8 makes and drops moves the figure in steps; what a sample leaves is there in every round.
        assert!(least < 200 * 20, "200 samples left {least} bytes in each of five rounds");
    });
}

#[test]
fn a_snapshot_comes_whole_and_in_pieces() {
    if !has_node() {
        return;
    }
    run(async {
        let node =
            Node::start("class Kept {}; globalThis.kept = [new Kept()]; setInterval(() => {}, 1000)").await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        let (mut text, mut pieces) = (Vec::new(), 0);
        let bytes = inspector
            .snapshot(&mut |piece| {
                text.extend_from_slice(piece);
                pieces += 1;
                ControlFlow::Continue(())
            })
            .await
            .unwrap();
        assert_eq!(bytes, text.len() as u64);
        assert!(pieces > 1, "{pieces} pieces");
        let snapshot: Value = serde_json::from_slice(&text).expect("a whole JSON document");
        assert!(snapshot["strings"].as_array().unwrap().contains(&json!("Kept")));
        assert_eq!(inspector.evaluate("kept.length").await.unwrap(), json!(1));
    });
}

#[test]
fn a_node_that_is_killed_in_a_snapshot_is_told() {
    if !has_node() {
        return;
    }
    run(async {
        let mut node = Node::start("setInterval(() => {}, 1000)").await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        let child = &mut node.child;
        let error = inspector
            .snapshot(&mut |_| {
                child.start_kill().ok();
                ControlFlow::Continue(())
            })
            .await;
        // The rest may all be in the socket already; then the snapshot is whole.
        assert!(matches!(error, Ok(_) | Err(InspectorError::DiedMidSnapshot { .. })), "{error:?}");
        node.child.wait().await.unwrap();
        until("the connection ends", || async { inspector.is_over() }).await;
        assert!(inspector.evaluate("1").await.is_err());
    });
}

#[test]
fn a_program_that_comes_to_its_end_does_not_wait_for_us() {
    if !has_node() {
        return;
    }
    for end in ["process.exit(7)", "process.exitCode = 7; clearInterval(timer)"] {
        run(async {
            let mut node = Node::start("globalThis.timer = setInterval(() => {}, 100000)").await;
            let inspector = Inspector::connect(&node.url).await.unwrap();
            inspector.enable_debugger().await.unwrap();
            inspector.evaluate(&format!("setTimeout(() => {{ {end} }}, 1); 0")).await.unwrap();
            assert_eq!(node.child.wait().await.unwrap().code(), Some(7), "{end}");
            until("the connection ends", || async { inspector.is_over() }).await;
        });
    }
}

#[test]
fn scripts_are_listed_with_their_source_maps() {
    if !has_node() {
        return;
    }
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("served.js");
        std::fs::write(&file, "exports.a = 1\n//# sourceMappingURL=served.js.map").unwrap();
        let node =
            Node::start(&format!("require({:?}); setInterval(() => {{}}, 1000)", file.display())).await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        let scripts = inspector.scripts().await.unwrap();
        let served = scripts.iter().find(|script| script.url.ends_with("/served.js")).expect("it is listed");
        assert_eq!(served.source_map, SourceMap::Url("served.js.map".into()));
        assert!(inspector.source(&served.id).await.unwrap().contains("exports.a = 1"));
        assert!(scripts.iter().any(|script| script.url.starts_with("node:")));
    });
}

#[test]
fn a_probe_sees_a_collection_without_a_pause() {
    if !has_node() {
        return;
    }
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("served.js");
        let lines = [
            "const sessions = new Map();",
            "class Log { constructor() { this.items = []; } add(x) {",
            "  this.items.push(x); debugger;",
            "} }",
            "const log = new Log();",
            "exports.serve = (n) => {",
            "  sessions.set(n, {});",
            "  log.add(n);",
            "};",
        ];
        std::fs::write(&file, lines.join("\n")).unwrap();
        let program =
            format!("globalThis.served = require({:?}); setInterval(() => {{}}, 1000)", file.display());
        let node = Node::start(&program).await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        let scripts = inspector.scripts().await.unwrap();
        let served = scripts.iter().find(|script| script.url.ends_with("/served.js")).expect("it is listed");
        let by_id = Site { script: SiteScript::Id(served.id.clone()), line: 6, column: 2 };
        let by_url = Site { script: SiteScript::Url(served.url.clone()), line: 2, column: 2 };
        let sessions = inspector.set_probe(&by_id, "sessions").await.unwrap();
        let items = inspector.set_probe(&by_url, "this.items").await.unwrap();
        let nothing = inspector.set_probe(&by_id, "noSuchName").await;
        assert_eq!(sessions.placed, [(6, 2)]);
        // `debugger` in the program would stop it for ever if pauses were not left out.
        inspector.evaluate("served.serve(1); served.serve(2); served.serve(3)").await.unwrap();
        let seen = inspector.probed().await.unwrap();
        let held = |slot| seen.iter().find(|reading| reading.slot == slot).expect("a row for each probe");
        assert_eq!(held(sessions.slot).hits, 3);
        assert_eq!(
            (held(sessions.slot).alive[0].kind.as_str(), held(sessions.slot).alive[0].size),
            ("Map", 3)
        );
        assert_eq!((held(items.slot).alive[0].kind.as_str(), held(items.slot).alive[0].size), ("Array", 3));
        // V8 takes one breakpoint for each place.
        if let Ok(nothing) = nothing {
            assert!(held(nothing.slot).failed.as_ref().is_some_and(|why| why.contains("noSuchName")));
        }
        inspector.remove_probe(&sessions).await.unwrap();
        inspector.remove_probe(&items).await.unwrap();
        inspector.evaluate("served.serve(4)").await.unwrap();
        let seen = inspector.probed().await.unwrap();
        assert_eq!((seen[0].hits, seen[0].alive[0].size), (3, 4), "the collection is still seen: {seen:?}");
        inspector.forget_probes().await.unwrap();
        assert_eq!(inspector.probed().await.unwrap(), []);
    });
}

#[test]
fn a_heap_at_its_limit_is_noticed_and_not_stopped() {
    if !has_node() {
        return;
    }
    run(async {
        let program = "setInterval(() => {}, 1000); globalThis.fill = () => {
            const kept = []; const t = setInterval(() => {
              for (let i = 0; i < 50000; i++) kept.push({ i, text: 'x' + i });
              if (process.memoryUsage().heapUsed > 60 << 20) clearInterval(t);
            }, 1); globalThis.kept = kept; }";
        let node = Node::start_with(["--inspect=127.0.0.1:0", "--max-old-space-size=40"], program).await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        inspector.enable_debugger().await.unwrap();
        inspector.evaluate("fill()").await.unwrap();
        until("the limit is noticed", || async { inspector.near_heap_limit() || inspector.is_over() }).await;
        assert!(inspector.near_heap_limit());
        // It goes on, for whoever wants to ask it something.
        assert_eq!(inspector.evaluate("1 + 1").await.unwrap(), json!(2));
    });
}

#[test]
fn worker_threads_are_asked_through_the_main_thread() {
    if !has_node() {
        return;
    }
    run(async {
        let program = "const { Worker } = require('worker_threads'); setInterval(() => {}, 1000);
            const code = 'globalThis.kept = []; setInterval(() => {}, 1000); require(\"worker_threads\").parentPort.on(\"message\", (n) => { for (let i = 0; i < n; i++) kept.push({ i }); })';
            globalThis.worker = new Worker(code, { eval: true, name: 'cruncher' });
            globalThis.other = new Worker(code, { eval: true });";
        let node = Node::start(program).await;
        let inspector = Inspector::connect(&node.url).await.unwrap();
        until("both workers are told", || async { inspector.workers().await.unwrap().len() == 2 }).await;
        let workers = inspector.workers().await.unwrap();
        assert!(workers.iter().any(|worker| worker.title.contains("cruncher")), "{workers:?}");
        let first = inspector.of_worker(&workers[0]);
        let second = inspector.of_worker(&workers[1]);
        until("the worker has run", || async {
            first.evaluate("typeof kept").await.unwrap() == json!("object")
        })
        .await;
        first.collect_garbage().await.unwrap();
        let before = first.memory().await.unwrap().heap_used_bytes;
        first.evaluate("for (let i = 0; i < 1e5; i++) kept.push({ i })").await.unwrap();
        first.collect_garbage().await.unwrap();
        assert!(first.memory().await.unwrap().heap_used_bytes > before + 2_000_000);
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let mut into_one = |piece: &[u8]| {
            one.extend_from_slice(piece);
            ControlFlow::Continue(())
        };
        let mut into_two = |piece: &[u8]| {
            two.extend_from_slice(piece);
            ControlFlow::Continue(())
        };
        let (a, b) = tokio::join!(first.snapshot(&mut into_one), second.snapshot(&mut into_two));
        a.unwrap();
        b.unwrap();
        for text in [&one, &two] {
            serde_json::from_slice::<Value>(text).expect("a whole JSON document");
        }
        assert!(one.len() > two.len() + 1_000_000, "the first holds more");
        // A worker that ends while it is asked is told, and the main thread can still be asked.
        let (waits, ends) = tokio::join!(
            first.evaluate("new Promise(() => {})"),
            inspector.evaluate("Promise.all([worker.terminate(), other.terminate()])")
        );
        assert!(
            matches!(waits, Err(InspectorError::Gone { .. } | InspectorError::Refused { .. })),
            "{waits:?}"
        );
        ends.unwrap();
        until("they are gone", || async { inspector.workers().await.unwrap().is_empty() }).await;
    });
}

#[test]
fn a_lost_connection_can_be_had_again() {
    if !has_node() {
        return;
    }
    run(async {
        let node = Node::start("globalThis.here = 1; setInterval(() => {}, 1000)").await;
        let mut inspector = Inspector::connect(&node.url).await.unwrap();
        inspector.reconnect().await.unwrap();
        assert_eq!(inspector.evaluate("here").await.unwrap(), json!(1));
        assert!(inspector.scripts().await.unwrap().len() > 1);
        drop(node);
        until("the connection ends", || async { inspector.is_over() }).await;
        assert!(matches!(inspector.reconnect().await, Err(InspectorError::Unreachable { .. })));
    });
}
