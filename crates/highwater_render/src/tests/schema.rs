//! Checks JSON against a schema: the few keywords that ours uses, so that no validator is a dependency.

use serde_json::Value;

/// Everything in `value` that `schema` does not allow, with its path. `root` holds the definitions.
pub(super) fn violations(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return target.map_or_else(
            || vec![format!("{path}: no definition {reference}")],
            |target| violations(root, target, value, path),
        );
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let found: Vec<Vec<String>> =
            options.iter().map(|option| violations(root, option, value, path)).collect();
        let fits = found.iter().any(Vec::is_empty);
        return if fits { Vec::new() } else { found.concat() };
    }
    let mut found = scalar(schema, value, path);
    if let Some(properties) = schema["properties"].as_object() {
        found.extend(object(root, schema, properties, value, path));
    }
    if schema["additionalProperties"].is_object() && schema["properties"].is_null() {
        for (name, field) in value.as_object().into_iter().flatten() {
            found.extend(violations(root, &schema["additionalProperties"], field, &format!("{path}.{name}")));
        }
    }
    if !schema["items"].is_null() {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(violations(root, &schema["items"], item, &format!("{path}[{index}]")));
        }
    }
    found
}

fn scalar(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    if !types.is_empty() && !types.iter().any(|name| name.as_str().is_some_and(|name| is(value, name))) {
        found.push(format!("{path}: {value} is not {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{path}: {value} is not one of {}", schema["enum"]));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        found.push(format!("{path}: {value} is not {}", schema["const"]));
    }
    let number = value.as_f64();
    if let (Some(number), Some(minimum)) = (number, schema["minimum"].as_f64())
        && number < minimum
    {
        found.push(format!("{path}: {number} is below {minimum}"));
    }
    if let (Some(number), Some(maximum)) = (number, schema["maximum"].as_f64())
        && number > maximum
    {
        found.push(format!("{path}: {number} is above {maximum}"));
    }
    found
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn object(
    root: &Value,
    schema: &Value,
    properties: &serde_json::Map<String, Value>,
    value: &Value,
    path: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    let Some(fields) = value.as_object() else { return found };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{path}.{name} is missing"));
        }
    }
    for (name, field) in fields {
        match properties.get(name) {
            Some(schema) => found.extend(violations(root, schema, field, &format!("{path}.{name}"))),
            None => found.push(format!("{path}.{name} is not in the schema")),
        }
    }
    found
}
