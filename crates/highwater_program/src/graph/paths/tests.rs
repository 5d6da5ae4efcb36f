//! The interpreter on small functions.

use std::sync::Arc;

use super::*;
use crate::graph::linked::{At, FileId};
use crate::{FileLookup, FileRole};

struct NoFiles;

impl FileLookup for NoFiles {
    fn read(&self, _: &std::path::Path) -> Option<String> {
        None
    }
    fn is_dir(&self, _: &std::path::Path) -> Option<bool> {
        None
    }
    fn canonical(&self, _: &std::path::Path) -> Option<std::path::PathBuf> {
        None
    }
}

/// Exits of the first `setInterval` or `open(...)` of a text, as `Kind:line`.
fn exits(text: &str) -> Vec<String> {
    let facts = crate::read_file("a.ts", text, FileRole::Source);
    let p = crate::link(vec![facts], vec![], std::path::Path::new("/"), Arc::new(NoFiles));
    let file = FileId(0);
    let f = p.linked.file(file);
    let site = p.linked.ix(file).calls.iter().copied().find(|&c| match f.expr(c) {
        Expr::Call { callee, .. } | Expr::New { callee, .. } => {
            matches!(crate::graph::entry::callee_name(f, callee), Some("setInterval" | "open" | "Socket"))
        }
        _ => false,
    });
    let site = At { file, id: site.expect("no acquisition") };
    let protocol = Protocol {
        by_call: vec!["clearInterval".into()],
        by_method: vec!["close".into(), "terminate".into()],
        closed_with: vec!["connect".into()],
    };
    let (Holder::Name(b), outer) = holder(&p.linked, site) else { return vec!["no name".into()] };
    let ask = Ask { l: &p.linked, calls: &p.calls, site, protocol: &protocol };
    let paths = of_name(&ask, b, outer);
    assert!(!paths.gave_up);
    paths
        .uncovered
        .iter()
        .filter(|u| u.exit != Exit::Call)
        .map(|u| format!("{:?}:{}", u.exit, f.line_col(u.at.start).0))
        .collect()
}

#[test]
fn success_only_leaves_the_await() {
    let t = "async function f() {\n const t = setInterval(g, 5);\n await work();\n clearInterval(t);\n}";
    assert_eq!(exits(t), ["Await:3"]);
}

#[test]
fn finally_covers_every_way_out() {
    let t = "async function f(a) {\n const t = setInterval(g, 5);\n try {\n if (a) return 1;\n await work();\n throw a;\n } finally {\n clearInterval(t);\n }\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn early_return_and_throw_are_named() {
    let t = "async function f(a) {\n const t = open();\n if (!a) return;\n if (a.b) throw new Error();\n t.close();\n}";
    assert_eq!(exits(t), ["Return:3", "Throw:4"]);
}

#[test]
fn catch_that_awaits_before_it_releases() {
    let t = "async function f() {\n const t = open();\n try {\n await a();\n t.close();\n } catch (e) {\n await tell(e);\n t.close();\n }\n}";
    assert_eq!(exits(t), ["Await:7"]);
}

#[test]
fn branches_on_the_handle_are_followed() {
    let t = "async function f(a) {\n let t;\n try {\n if (a) t = open();\n await work();\n } finally {\n if (t) t.close();\n }\n}";
    assert_eq!(exits(t), [""; 0]);
    let t = "function f(a) {\n let t;\n if (a) t = open();\n work();\n if (a) t.close();\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn loops_run_no_times_too() {
    let t = "function f(xs) {\n const t = open();\n for (const x of xs) {\n t.close();\n }\n}";
    assert_eq!(exits(t), ["End:6"]);
    let t =
        "function f(xs) {\n const t = open();\n while (true) {\n if (xs.done()) { t.close(); break; }\n }\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn owners_take_over() {
    for rest in ["return t;", "this.t = t;", "list.push(t);", "keep({ t });", "return () => t.close();"] {
        let t = format!("function f() {{\n const t = open();\n {rest}\n}}");
        assert_eq!(exits(&t), [""; 0], "{rest}");
    }
}

#[test]
fn summaries_of_called_functions() {
    let t = "function done(x) { x.close(); }\nfunction f() {\n const t = open();\n done(t);\n}";
    assert_eq!(exits(t), [""; 0]);
    let t = "function look(x) { x.read(); }\nfunction f() {\n const t = open();\n look(t);\n}";
    assert_eq!(exits(t), ["End:5"]);
}

#[test]
fn handlers_hear_of_endings() {
    let t = |event: &str| {
        format!(
            "function f(req, res) {{\n const t = setInterval(g, 5);\n res.on('{event}', () => clearInterval(t));\n}}"
        )
    };
    assert_eq!(exits(&t("close")), [""; 0]);
    assert_eq!(exits(&t("finish")), ["Gone:4"]);
    assert_eq!(exits(&t("error")), ["End:4"]);
}

#[test]
fn local_cleanup_functions_are_followed() {
    let t = "function f(req, res) {\n const t = setInterval(g, 5);\n const stop = () => { clearInterval(t); };\n req.on('close', stop);\n}";
    assert_eq!(exits(t), [""; 0]);
    let t = "async function f() {\n const t = setInterval(g, 5);\n function stop() { clearInterval(t); }\n await work();\n stop();\n}";
    assert_eq!(exits(t), ["Await:4"]);
}

#[test]
fn own_callback_that_stops_itself() {
    let t = "function f() {\n const t = setInterval(() => {\n if (ready()) clearInterval(t);\n }, 5);\n}";
    assert_eq!(exits(t), [""; 0]);
    let t = "function f() {\n const t = setInterval(() => {\n try { send(); } catch { clearInterval(t); }\n }, 5);\n}";
    assert_eq!(exits(t), ["End:5"]);
}

#[test]
fn a_time_out_that_rejects_must_release() {
    let body = |inner: &str| {
        format!(
            "function f() {{\n return new Promise((resolve, reject) => {{\n const s = new Socket();\n const t = setTimeout(() => {{\n {inner}\n reject(new Error());\n }}, 5);\n s.once('open', () => resolve(s));\n s.once('error', reject);\n }});\n}}"
        )
    };
    assert_eq!(exits(&body("")), ["Settled:6"]);
    assert_eq!(exits(&body("s.terminate();")), [""; 0]);
}

#[test]
fn acquired_after_the_promise_settled() {
    let t = |stop: &str| {
        format!(
            "function f(n) {{\n return new Promise((resolve) => {{\n if (n === 0) {{\n resolve(0);\n {stop}\n }}\n const s = open();\n s.on('end', () => resolve(1));\n }});\n}}"
        )
    };
    assert_eq!(exits(&t("")), ["AfterSettled:4"]);
    assert_eq!(exits(&t("return;")), [""; 0]);
}

#[test]
fn a_test_of_the_handles_state_is_trusted() {
    let t = "async function f() {\n let t;\n try {\n t = open();\n await work();\n } finally {\n if (t && t.state !== 3) t.close();\n }\n}";
    assert_eq!(exits(t), [""; 0]);
    let t = "async function f() {\n let done = false;\n const t = open();\n try {\n await work();\n } finally {\n if (!done) t.close();\n }\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn a_settling_function_that_releases_first() {
    let t = "function f() {\n return new Promise((resolve, reject) => {\n const s = new Socket();\n const settle = (then) => {\n s.close();\n then();\n };\n other.on('timeout', () => settle(() => reject(1)));\n s.on('close', () => resolve(1));\n });\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn an_executor_runs_once() {
    let t = "async function f(x) {\n const t = open();\n await new Promise((resolve) => {\n t.close();\n resolve();\n });\n}";
    assert_eq!(exits(t), [""; 0]);
}

#[test]
fn handed_on_before_a_later_rejection() {
    let t = "function f() {\n return new Promise((resolve, reject) => {\n const s = new Socket(() => {\n keep(s);\n hello().catch((e) => reject(e));\n });\n });\n}";
    assert_eq!(exits(t), [""; 0]);
}
