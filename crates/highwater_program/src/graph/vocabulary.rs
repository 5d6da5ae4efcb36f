//! Words that tell what ends with the deployment from what comes anew with users and traffic.
//!
//! General English of the field; never a project's own names.

/// Names of things of which a program has a handful, in lower case.
const FEW: &[&str] = &[
    "type",
    "kind",
    "level",
    "locale",
    "lang",
    "language",
    "provider",
    "platform",
    "env",
    "environment",
    "mode",
    "status",
    "method",
    "ext",
    "extension",
    "format",
    "category",
    "role",
    "plugin",
    "component",
    "classname",
    "modulename",
    "eventname",
    "event",
    "hook",
    "hookname",
    "table",
    "tablename",
    "schema",
    "queuename",
    "feature",
    "flag",
    "toolname",
    "agenttype",
    "agentname",
    "commandname",
    "region",
    "currency",
    "timezone",
    "theme",
    "strategy",
    "encoding",
    "severity",
    "priority",
    "stage",
    "phase",
    "variant",
    "driver",
    "dialect",
    "adapter",
    "servicename",
    "pluginname",
    "metricname",
    "protocol",
    "ctor",
    "constructor",
    "klass",
    "clazz",
    "cls",
    "propname",
    "attr",
    "tagname",
    "unit",
    "entityname",
    "rulename",
    "slot",
    "propertykey",
    "contenttype",
    "mimetype",
    "charset",
    "opcode",
    "country",
    "countrycode",
    "chainid",
    "network",
    "weekday",
    "month",
    "hour",
    "templatename",
    "layout",
    "breakpoint",
    "backend",
    "engine",
    "runtime",
    "loader",
    "codec",
    "algorithm",
    "alg",
    "i",
    "j",
    "idx",
    "depth",
    "port",
    "topic",
    "prefix",
    "parser",
    "modelname",
    "model",
    "service",
    "collection",
    "functionname",
    "function_name",
    "toolname",
];

/// What code declares or an operator configures: their names and ids end with the deployment.
const DECLARED: &[&str] = &[
    "name",
    "names",
    "version",
    "module",
    "loader",
    "plugin",
    "workflow",
    "connector",
    "script",
    "widget",
    "component",
    "integration",
    "definition",
    "entity",
    "column",
    "namespace",
    "slug",
    "pattern",
    "driver",
    "action",
    "handler",
    "server",
    "tool",
    "setting",
    "option",
    "config",
    "ctor",
    "root",
    "package",
    "cb",
    "callback",
    "listener",
    "schema",
    "field",
    "flag",
    "feature",
    "storage",
    "domain",
    "filename",
    "basename",
    "label",
    "provider",
    "model",
    "theme",
    "adapter",
    "backend",
    "category",
    "region",
    "platform",
];

/// Names of things of which a program has a handful.
pub fn is_few(name: &str) -> bool {
    let lower = name.trim_start_matches(['_', '#']).to_ascii_lowercase();
    FEW.contains(&lower.as_str())
        || ["type", "kind", "mode", "locale", "provider", "level"]
            .iter()
            .any(|s| lower.ends_with(s) && lower.len() > s.len())
        || is_declared(name)
}

/// `moduleId`, `toolName`, `entity`, `server_key`: the last word says what it is, but for `id` and `key`.
pub fn is_declared(name: &str) -> bool {
    let words = words(name);
    let of_people = |w: &str| {
        matches!(
            w,
            "user"
                | "client"
                | "session"
                | "room"
                | "channel"
                | "guild"
                | "nick"
                | "display"
                | "host"
                | "doc"
                | "document"
                | "queue"
                | "project"
                | "player"
        )
    };
    let mut rest = words.as_slice();
    while let [head @ .., last] = rest
        && !head.is_empty()
        && matches!(last.as_str(), "id" | "ids" | "key" | "name" | "dir" | "path" | "hash" | "url")
    {
        if head.last().is_some_and(|w| of_people(w)) {
            return false;
        }
        if last == "name" && head.len() == 1 {
            return true;
        }
        rest = head;
    }
    rest.last().is_some_and(|w| DECLARED.contains(&w.as_str()))
}

/// The words of a name, in lower case: `activeWsClients` gives active, ws, clients.
pub fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut last_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            out.push(String::new());
            last_lower = false;
            continue;
        }
        if c.is_uppercase() && last_lower || out.is_empty() {
            out.push(String::new());
        }
        last_lower = !c.is_uppercase();
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    out.retain(|w| !w.is_empty());
    out
}

/// Words in keys of which there is always another: users, requests, sessions, texts.
const ALWAYS_ANOTHER: &[&str] = &[
    "user",
    "users",
    "session",
    "sid",
    "token",
    "email",
    "mail",
    "ip",
    "phone",
    "uuid",
    "guid",
    "nonce",
    "guild",
    "room",
    "channel",
    "peer",
    "client",
    "socket",
    "connection",
    "conn",
    "request",
    "req",
    "message",
    "msg",
    "tenant",
    "org",
    "organization",
    "account",
    "workspace",
    "customer",
    "member",
    "player",
    "device",
    "chat",
    "thread",
    "conversation",
    "job",
    "task",
    "order",
    "tx",
    "transaction",
    "span",
    "trace",
    "sql",
    "query",
    "prompt",
    "url",
    "uri",
    "address",
    "host",
    "nick",
    "document",
    "doc",
    "invoice",
    "item",
    "record",
    "branch",
    "post",
    "comment",
    "command",
    "counter",
    "random",
    "now",
    "id",
    "path",
    "expression",
    "template",
    "subscription",
    "subscriber",
    "track",
    "visitor",
    "viewer",
    "participant",
    "agent",
    "stream",
    "run",
    "issue",
    "ticket",
    "repo",
    "commit",
    "project",
    "product",
    "cart",
    "payment",
    "booking",
    "upload",
    "game",
    "lobby",
    "contact",
];

/// Names users, requests, sessions, texts: there is always another. Of `a.b.c` the last part says what it is, and
/// the one before when the last is `id` or the like; what a client sends is always another.
pub fn is_always_another(text: &str) -> bool {
    another(text, &|w| ALWAYS_ANOTHER.contains(&w))
}

/// The same, and it says of what: not only that it is some id or path.
pub fn is_of_traffic(text: &str) -> bool {
    const OF_ANYTHING: &[&str] = &["id", "path", "expression", "template", "item", "record"];
    let made = ["generate", "async", "random", "uuid", "nanoid", "next"]
        .iter()
        .any(|w| text.to_ascii_lowercase().contains(w));
    made || another(text, &|w| ALWAYS_ANOTHER.contains(&w) && !OF_ANYTHING.contains(&w))
}

fn another(text: &str, is: &dyn Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = text.split('.').filter(|p| !p.is_empty()).collect();
    let sent = |p: &&str| matches!(*p, "body" | "params" | "query" | "headers" | "cookies" | "signedCookies");
    if parts.len() > 2 && parts.iter().any(sent) {
        return true;
    }
    let another = |p: &&str| words(p).iter().any(|w| is(w));
    let Some((last, before)) = parts.split_last() else { return false };
    let bare = matches!(last.trim_end_matches("()"), "key" | "value" | "name" | "toString" | "id" | "getId");
    another(last) || bare && before.last().is_some_and(another)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_says_what_a_key_names() {
        for (text, another) in [
            ("userId", true),
            ("req.user.id", true),
            ("request.entity", false),
            ("req.query.name", true),
            ("order.customer.id", true),
            ("user.name", true),
            ("plugin.name", false),
            ("", false),
        ] {
            assert_eq!(is_always_another(text), another, "{text}");
        }
        assert!(
            is_of_traffic("order.customer.id")
                && !is_of_traffic("parsed.id")
                && !is_of_traffic("an expression")
        );
        assert!(is_declared("moduleId") && is_declared("tool_name") && !is_declared("userName"));
    }
}
