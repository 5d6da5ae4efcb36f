//! Values that fit a schema: what it says as an example, else the simplest that it lets through.

use serde_json::{Map, Value, json};

/// References and schemas that contain themselves end here.
const DEPTH_MAX: u32 = 6;

/// Holes that stand in values made here.
pub(super) const HOLES: [&str; 3] = ["{n}", "{$uuid}", "{$time}"];

/// Follows references of one description.
pub(super) struct Resolver<'d> {
    tree: &'d Value,
}

impl<'d> Resolver<'d> {
    pub fn new(tree: &'d Value) -> Self {
        Resolver { tree }
    }

    /// What a value refers to, or the value. A reference to another file stays what it is.
    pub fn resolve(&self, value: &'d Value) -> &'d Value {
        let mut value = value;
        for _ in 0..DEPTH_MAX {
            let target = value.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
            match target.and_then(|pointer| self.tree.pointer(pointer)) {
                Some(found) => value = found,
                None => break,
            }
        }
        value
    }

    /// The example of a parameter or of a body, as its author wrote it.
    pub fn said(&self, of: &'d Map<String, Value>) -> Option<&'d Value> {
        let first = of.get("examples").and_then(Value::as_object).and_then(|all| all.values().next());
        of.get("example").or_else(|| self.resolve(first?).get("value"))
    }

    /// A value that fits a schema. `name` is what it is for.
    pub fn value(&self, schema: &'d Value, name: &str) -> Value {
        self.fitting(schema, name, 0)
    }

    fn fitting(&self, schema: &'d Value, name: &str, depth: u32) -> Value {
        let schema = self.resolve(schema);
        let listed = |key: &str| schema.get(key).and_then(Value::as_array).and_then(|all| all.first());
        let said = schema.get("example").or_else(|| listed("examples")).or_else(|| schema.get("const"));
        if let Some(said) = said.or_else(|| schema.get("default")).or_else(|| listed("enum")) {
            return said.clone();
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            let mut whole = Map::new();
            for part in all.iter().chain(schema.get("properties").map(|_| schema)) {
                let part = if std::ptr::eq(part, schema) {
                    self.object(schema, depth)
                } else {
                    self.fitting(part, name, depth + 1)
                };
                whole.extend(part.as_object().cloned().unwrap_or_default());
            }
            return Value::Object(whole);
        }
        if let Some(one) = listed("oneOf").or_else(|| listed("anyOf")) {
            return if depth < DEPTH_MAX { self.fitting(one, name, depth + 1) } else { Value::Null };
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => match schema.get("items").filter(|_| depth < DEPTH_MAX) {
                Some(items) => json!([self.fitting(items, name, depth + 1)]),
                None => json!([]),
            },
            "integer" | "number" => number(schema),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => Value::String(text(schema, name)),
        }
    }

    /// An object with the properties that it needs, or with all where it says of none that it is needed.
    fn object(&self, schema: &'d Value, depth: u32) -> Value {
        let needed: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut out = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_ours = self.resolve(property).get("readOnly").and_then(Value::as_bool) == Some(true);
            let is_wanted = needed.is_empty() || needed.contains(&name.as_str());
            if is_wanted && !is_ours && depth < DEPTH_MAX {
                out.insert(name.clone(), self.fitting(property, name, depth + 1));
            }
        }
        Value::Object(out)
    }
}

/// The type of a schema, the first of several that is a value (3.1 allows a list), or what its keys betray.
fn kind(schema: &Value) -> &str {
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        other => other.and_then(Value::as_str),
    };
    kinds.unwrap_or(if schema.get("properties").is_some() {
        "object"
    } else if schema.get("items").is_some() {
        "array"
    } else {
        "string"
    })
}

fn number(schema: &Value) -> Value {
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|n| n.saturating_add(1)));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|n| n.saturating_sub(1)));
    json!(least.unwrap_or(1).min(most.unwrap_or(i64::MAX)).max(least.unwrap_or(i64::MIN)))
}

/// A text of the form that the schema names; else one that is new for each request.
fn text(schema: &Value, name: &str) -> String {
    let fixed = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "{$uuid}",
        Some("date-time") => "{$time}",
        Some("date") => "2026-01-31",
        Some("time") => "12:00:00Z",
        Some("email") => "user{n}@example.com",
        Some("uri" | "url") => "https://example.com/{n}",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte") => "aGVsbG8=",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64).map(|n| n as usize);
    let (least, most) = (bound("minLength").unwrap_or(0).min(4096), bound("maxLength").unwrap_or(usize::MAX));
    // Ten digits hold any number of a load.
    if most < 10 {
        return "x".repeat(least.max(1).min(most));
    }
    let head = if name.len() + 11 <= most { format!("{name}-") } else { String::new() };
    format!("{head}{}{{n}}", "x".repeat(least.saturating_sub(head.len() + 1)))
}

/// A value outside JSON: texts without quotes.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
