//! The inspector client against peers that misbehave.

use crate::support::*;
use futures_util::SinkExt;
use highwater_probe::inspector::{Inspector, InspectorError, Limits};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn short() -> Limits {
    let limit = Duration::from_millis(200);
    Limits { call: limit, collection: limit, snapshot_silence: limit }
}

fn chunk(text: &str) -> Value {
    json!({ "method": "HeapProfiler.addHeapSnapshotChunk", "params": { "chunk": text } })
}

#[test]
fn a_target_that_dies_in_a_snapshot_is_told_with_the_bytes_that_came() {
    run(async {
        let url = fake(|mut peer| async move {
            answer_until(&mut peer, "HeapProfiler.takeHeapSnapshot").await;
            say(&mut peer, &chunk("{\"snapshot\":")).await;
            say(&mut peer, &chunk("\"\u{e9}\"")).await;
        })
        .await;
        let inspector = Inspector::connect(&url).await.unwrap();
        let mut got = Vec::new();
        let error = inspector
            .snapshot(&mut |piece| {
                got.extend_from_slice(piece);
                ControlFlow::Continue(())
            })
            .await
            .unwrap_err();
        assert_eq!(got, "{\"snapshot\":\"\u{e9}\"".as_bytes());
        assert!(
            matches!(error, InspectorError::DiedMidSnapshot { bytes, .. } if bytes == got.len() as u64),
            "{error}"
        );
        assert!(error.to_string().contains("died in the middle of a snapshot, after 16 bytes"), "{error}");
        assert!(inspector.is_over());
        let after = inspector.evaluate("1").await.unwrap_err();
        assert!(matches!(after, InspectorError::Gone { .. }), "{after}");
    });
}

#[test]
fn a_snapshot_that_stops_coming_is_given_up_and_the_reader_may_stop_it() {
    run(async {
        let url = fake(|mut peer| async move {
            for _ in 0..2 {
                answer_until(&mut peer, "HeapProfiler.takeHeapSnapshot").await;
                say(&mut peer, &chunk("0123456789")).await;
                say(&mut peer, &chunk("0123456789")).await;
            }
            std::future::pending::<()>().await;
        })
        .await;
        let inspector = Inspector::connect_with(&url, short()).await.unwrap();
        assert_eq!(inspector.snapshot(&mut |_| ControlFlow::Break(())).await, Ok(10));
        let error = inspector.snapshot(&mut |_| ControlFlow::Continue(())).await.unwrap_err();
        assert!(matches!(error, InspectorError::Late { .. }), "{error}");
    });
}

#[test]
fn more_pieces_than_fit_into_the_queue_come_in_order() {
    run(async {
        let url = fake(|mut peer| async move {
            let id = answer_until(&mut peer, "HeapProfiler.takeHeapSnapshot").await;
            for piece in 0..1_000 {
                say(&mut peer, &chunk(&format!("{piece},"))).await;
            }
            // As workerd answers.
            say(&mut peer, &json!({ "id": id, "method": "HeapProfiler.takeHeapSnapshot", "params": {} }))
                .await;
            answer_until(&mut peer, "never").await;
        })
        .await;
        let inspector = Inspector::connect(&url).await.unwrap();
        let mut text = String::new();
        let bytes = inspector
            .snapshot(&mut |piece| {
                text.push_str(std::str::from_utf8(piece).unwrap());
                ControlFlow::Continue(())
            })
            .await
            .unwrap();
        assert_eq!(bytes, text.len() as u64);
        assert_eq!(text, (0..1_000).map(|piece| format!("{piece},")).collect::<String>());
    });
}

#[test]
fn a_refusal_names_the_method_and_what_the_target_said() {
    run(async {
        let url = fake(|mut peer| async move {
            while let Some((id, _)) = next_call(&mut peer).await {
                let error = json!({ "code": -32601, "message": "'X.y' wasn't found" });
                say(&mut peer, &json!({ "id": id, "error": error })).await;
            }
        })
        .await;
        let inspector = Inspector::connect(&url).await.unwrap();
        let error = inspector.call("X.y", Value::Null).await.unwrap_err();
        assert_eq!(error.to_string(), "the target refused X.y: 'X.y' wasn't found (code -32601)");
    });
}

#[test]
fn garbage_ends_the_connection_and_everyone_who_waits_is_told() {
    let garbage = [
        Message::text("{\"id\":"),
        Message::text("[]"),
        Message::text("{\"method\":\"HeapProfiler.addHeapSnapshotChunk\",\"params\":7}"),
        Message::text("{}"),
        Message::binary(vec![0_u8, 159, 146, 150]),
    ];
    for frame in garbage {
        let shown = format!("{frame:?}");
        run(async {
            let url = fake(|mut peer| async move {
                answer_until(&mut peer, "Slow.call").await;
                peer.send(frame).await.unwrap();
                answer_until(&mut peer, "never").await;
            })
            .await;
            let inspector = Inspector::connect(&url).await.unwrap();
            let error = inspector.call("Slow.call", Value::Null).await.unwrap_err();
            assert!(matches!(error, InspectorError::Garbled { .. }), "{shown}: {error}");
            assert!(inspector.is_over());
        });
    }
}

#[test]
fn a_reply_that_never_comes_is_given_up_and_the_connection_stays() {
    run(async {
        let url = fake(|mut peer| async move {
            let late = answer_until(&mut peer, "Slow.call").await;
            let id = answer_until(&mut peer, "Quick.call").await;
            // The late answer comes after all, and an answer that nobody asked for.
            for id in [late, 999_999, id] {
                say(&mut peer, &json!({ "id": id, "result": { "for": id } })).await;
            }
            answer_until(&mut peer, "never").await;
        })
        .await;
        let inspector = Inspector::connect(&url).await.unwrap();
        let limit = Duration::from_millis(50);
        let error = inspector.call_within("Slow.call", Value::Null, limit).await.unwrap_err();
        assert_eq!(error, InspectorError::Late { method: "Slow.call".into(), limit });
        assert!(error.to_string().contains("within 0.05 s"), "{error}");
        let answer = inspector.call("Quick.call", Value::Null).await.unwrap();
        assert!(answer["for"].as_u64().is_some_and(|id| id != 999_999));
    });
}

#[test]
fn a_pause_that_nobody_asked_for_is_ended_at_once() {
    run(async {
        let url = fake(|mut peer| async move {
            let id = answer_until(&mut peer, "Some.call").await;
            let paused =
                json!({ "method": "Debugger.paused", "params": { "reason": "OOM", "callFrames": [] } });
            say(&mut peer, &paused).await;
            answer_until(&mut peer, "Debugger.resume").await;
            say(&mut peer, &json!({ "id": id, "result": {} })).await;
            answer_until(&mut peer, "never").await;
        })
        .await;
        let inspector = Inspector::connect(&url).await.unwrap();
        assert!(!inspector.near_heap_limit());
        inspector.call("Some.call", Value::Null).await.unwrap();
        assert!(inspector.near_heap_limit());
    });
}

#[test]
fn addresses_that_are_none_and_peers_that_are_no_inspector_are_told() {
    run(async {
        for url in ["http://127.0.0.1:9229", "ws://127.0.0.1/x", "ws://:1/x", "wss://localhost:1/x", ""] {
            let error = Inspector::connect(url).await.err().unwrap();
            assert!(matches!(error, InspectorError::Unreachable { .. }), "{url}: {error}");
        }
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = closed.local_addr().unwrap();
        drop(closed);
        let error = Inspector::connect(&format!("ws://{address}/x")).await.err().unwrap();
        assert!(error.to_string().contains("no inspector answers at ws://127.0.0.1:"), "{error}");
        let http = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = http.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = http.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        });
        let error = Inspector::connect(&format!("ws://{address}/x")).await.err().unwrap();
        assert!(matches!(error, InspectorError::Unreachable { .. }), "{error}");
    });
}
