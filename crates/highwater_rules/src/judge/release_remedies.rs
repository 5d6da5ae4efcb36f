//! Remedies of rules about things that must be given back: the same few moves, with the name at hand.

use highwater_finding::{Effort, Remedy};

/// The move that ends the leak of a rule; `None` for rules that write their own remedies.
///
/// `symbol` is the handle, emitter or client as the code names it; `file` decides the language tag.
pub fn release(kind: &str, symbol: &str, file: &str) -> Option<Remedy> {
    let named = !symbol.is_empty() && symbol.chars().all(|c| c.is_alphanumeric() || "_$#.".contains(c));
    let name = |other: &'static str| if named { symbol.to_string() } else { other.to_string() };
    let (title, benefit, code, after) = match kind {
        "timer-not-cleared" => {
            let timer = if symbol == "setInterval" { "timer".into() } else { name("timer") };
            (
                format!("Clear `{timer}` in `finally`, and when the other side closes"),
                "Every way out clears it: the normal end, an early return, a throw, and a client that hangs up.",
                format!(
                    "const stop = () => clearInterval({timer});\nres.once('close', stop); // or socket, stream, request\ntry {{\n  // the work that the timer goes with\n}} finally {{\n  stop();\n}}"
                ),
                "at most one timer for each piece of work that is under way",
            )
        }
        "listener-not-removed" | "subscription-not-removed" => {
            let emitter = name("emitter");
            (
                format!("Remove the listener from `{emitter}` when the work is over"),
                "The same function that was added is removed on every way out, so nothing piles up.",
                format!(
                    "{emitter}.on(event, listener);\ntry {{\n  // the work that listens\n}} finally {{\n  {emitter}.off(event, listener);\n}}"
                ),
                "at most one listener for each piece of work that is under way",
            )
        }
        "abort-listener-not-removed" => {
            let signal = name("signal");
            (
                format!("Remove the abort listener from `{signal}` once the work has settled"),
                "A signal that lives longer than the work no longer keeps it.",
                format!(
                    "{signal}.addEventListener('abort', onAbort, {{ once: true }});\ntry {{\n  // the work that may be aborted\n}} finally {{\n  {signal}.removeEventListener('abort', onAbort);\n}}"
                ),
                "at most one listener for each piece of work that is under way",
            )
        }
        "resource-not-closed" => {
            let handle = name("resource");
            (
                format!("Give `{handle}` back in `finally`"),
                "Every way out closes it, the failing ones too. Use the method that its library names: close, destroy, release, end.",
                format!("try {{\n  // use {handle}\n}} finally {{\n  {handle}.close();\n}}"),
                "as many open as are in use",
            )
        }
        "client-per-request" => {
            let client = name("client");
            (
                format!("Make `{client}` once, at module level, and share it"),
                "One pool of connections for the process, not one for each request.",
                format!(
                    "// at module level, not in the handler\nexport const {client} = /* as it is made now */;"
                ),
                "one client for the process",
            )
        }
        _ => return None,
    };
    Some(remedy(title, benefit, code, after, file))
}

fn remedy(title: String, benefit: &str, code: String, after: &str, file: &str) -> Remedy {
    let typescript = file.rsplit('.').next().is_some_and(|e| e.starts_with("ts") || e.ends_with("ts"));
    Remedy {
        title,
        benefit: benefit.into(),
        code,
        language: if typescript { "ts" } else { "js" }.into(),
        before_after: Some((
            "one more with each call, for as long as the process lives".into(),
            after.into(),
        )),
        effort: Effort::Minutes,
        recommended: true,
        edits: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn names_the_handle_and_the_language() {
        let r = release("timer-not-cleared", "heartbeat", "src/a.ts").expect("a remedy");
        assert!(r.code.contains("clearInterval(heartbeat)") && r.language == "ts" && r.recommended);
        let r = release("timer-not-cleared", "setInterval", "src/a.js").expect("a remedy");
        assert!(r.code.contains("clearInterval(timer)") && r.language == "js");
        assert!(release("unbounded-map", "m", "a.ts").is_none());
    }
}
