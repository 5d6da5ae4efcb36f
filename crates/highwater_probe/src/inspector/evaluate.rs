//! Expressions in the target, and which runtime it is.

use super::{Inspector, InspectorError};
use serde_json::{Value, json};
use std::time::Duration;

/// Objects of answers have this name, so that they can be let go together.
const GROUP: &str = "highwater";
const METHOD: &str = "Runtime.evaluate";

/// A JavaScript runtime, with its version as it writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// Node.js.
    Node {
        /// As in `20.20.2`.
        version: String,
    },
    /// Deno.
    Deno {
        /// As in `2.9.6`.
        version: String,
    },
    /// Cloudflare's workerd, alone or under wrangler.
    Workerd,
    /// Bun.
    Bun {
        /// As in `1.4.5`.
        version: String,
    },
    /// Speaks the protocol, but is none of these.
    Other,
}

impl std::fmt::Display for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node { version } => write!(f, "Node {version}"),
            Self::Deno { version } => write!(f, "Deno {version}"),
            Self::Workerd => f.write_str("workerd"),
            Self::Bun { version } => write!(f, "Bun {version}"),
            Self::Other => f.write_str("the runtime"),
        }
    }
}

/// Bun and Deno have `process` too, so they are asked for first.
const WHO: &str = "(() => {
  const g = globalThis;
  if (g.Bun?.version) return ['bun', String(g.Bun.version)];
  if (g.Deno?.version) return ['deno', String(g.Deno.version.deno)];
  if (String(g.navigator?.userAgent).includes('Cloudflare')) return ['workerd', ''];
  if (g.process?.versions?.node) return ['node', String(g.process.versions.node)];
  return ['', ''];
})()";

impl Inspector {
    /// Which runtime this is. Asked once for each connection.
    pub async fn runtime(&self) -> Result<Runtime, InspectorError> {
        if let Some(runtime) = self.wire().session(self.session_name(), |session| session.runtime.clone()) {
            return Ok(runtime);
        }
        let who = self.evaluate_v8(WHO).await?;
        let text = |at: usize| who.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = text(1);
        let runtime = match text(0).as_str() {
            "bun" => Runtime::Bun { version },
            "deno" => Runtime::Deno { version },
            "workerd" => Runtime::Workerd,
            "node" => Runtime::Node { version },
            _ => Runtime::Other,
        };
        self.wire().session(self.session_name(), |session| session.runtime = Some(runtime.clone()));
        Ok(runtime)
    }

    /// Evaluates an expression in the target's global scope and gives its value, as JSON can say it: `undefined` and
    /// functions are `null`, numbers that JSON has not are text. A promise is waited for. In Node, `require` is known.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, InspectorError> {
        match self.runtime().await? {
            Runtime::Bun { .. } => self.evaluate_jsc(expression).await,
            _ => self.evaluate_v8(expression).await,
        }
    }

    async fn evaluate_v8(&self, expression: &str) -> Result<Value, InspectorError> {
        let context = self.wire().session(self.session_name(), |session| session.context);
        match self.evaluate_in(expression, context).await {
            Err(InspectorError::Refused { message, .. })
                if context.is_none() && message.contains("default execution context") =>
            {
                let context = self.find_context().await?;
                self.evaluate_in(expression, Some(context)).await
            }
            answer => answer,
        }
    }

    async fn evaluate_in(&self, expression: &str, context: Option<i64>) -> Result<Value, InspectorError> {
        let mut params = json!({
            "expression": expression,
            "includeCommandLineAPI": true,
            "returnByValue": true,
            "awaitPromise": true,
            "silent": true,
            "objectGroup": GROUP,
        });
        if let Some(context) = context {
            params["contextId"] = context.into();
        }
        let answer = self.call(METHOD, params).await?;
        self.value_of(answer).await
    }

    /// JSC gives a promise's own value, which is nothing; it has to be asked for what it comes to.
    async fn evaluate_jsc(&self, expression: &str) -> Result<Value, InspectorError> {
        let params = json!({ "expression": expression, "objectGroup": GROUP });
        let answer = self.call(METHOD, params).await?;
        let text = |at: &str| answer.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text("/result/objectId");
        if thrown(&answer).is_some() || id.is_empty() {
            return self.value_of(answer).await;
        }
        let whole = if text("/result/className") == "Promise" {
            self.call("Runtime.awaitPromise", json!({ "promiseObjectId": id, "returnByValue": true })).await
        } else {
            let params = json!({ "objectId": id, "functionDeclaration": "function () { return this }", "returnByValue": true });
            self.call("Runtime.callFunctionOn", params).await
        };
        self.let_go().await?;
        self.value_of(whole?).await
    }

    /// The value in an answer. What was thrown is kept by the target until it is let go.
    async fn value_of(&self, mut answer: Value) -> Result<Value, InspectorError> {
        if let Some(text) = thrown(&answer) {
            self.let_go().await?;
            return Err(InspectorError::Thrown { text });
        }
        let Some(result) = answer.get_mut("result") else {
            return Err(InspectorError::Unexpected { method: METHOD.into(), missing: "result" });
        };
        if let Some(odd) = result.get("unserializableValue") {
            return Ok(odd.clone());
        }
        Ok(result.get_mut("value").map_or(Value::Null, Value::take))
    }

    /// Lets go of every object of the target that an answer named.
    async fn let_go(&self) -> Result<(), InspectorError> {
        self.call("Runtime.releaseObjectGroup", json!({ "objectGroup": GROUP })).await.map(drop)
    }

    /// The context of a runtime that has no default one (workerd). The only place where `Runtime.enable` is sent; its
    /// console entries are discarded before each collection, and it is disabled again at once.
    async fn find_context(&self) -> Result<i64, InspectorError> {
        /// Contexts are told after the answer, and only while the isolate runs.
        const LOOKS: u32 = 250;
        self.call("Runtime.enable", Value::Null).await?;
        let mut context = None;
        for _ in 0..LOOKS {
            context = self.wire().session(self.session_name(), |session| session.context);
            if context.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.call("Runtime.disable", Value::Null).await?;
        context.ok_or(InspectorError::Unexpected { method: METHOD.into(), missing: "execution context" })
    }
}

/// The words of an exception, in V8's form or in JSC's.
fn thrown(answer: &Value) -> Option<String> {
    let text = |at: &str| answer.pointer(at).and_then(Value::as_str).map(str::to_owned);
    if let Some(details) = answer.get("exceptionDetails") {
        let words = text("/exceptionDetails/exception/description")
            .or_else(|| details.pointer("/exception/value").map(Value::to_string))
            .or_else(|| text("/exceptionDetails/text"));
        return Some(first_lines(&words.unwrap_or_else(|| "unknown exception".into())));
    }
    if answer.get("wasThrown").and_then(Value::as_bool) == Some(true) {
        let words =
            text("/result/description").or_else(|| answer.pointer("/result/value").map(Value::to_string));
        return Some(first_lines(&words.unwrap_or_else(|| "unknown exception".into())));
    }
    None
}

fn first_lines(text: &str) -> String {
    text.lines().take(3).flat_map(|line| [line.trim(), " "]).collect::<String>().trim_end().to_owned()
}
