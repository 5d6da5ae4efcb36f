//! The JSON schema of a scenario file, made from the tables that the reader holds files to.

use super::keys::SCENARIO;
use super::table::{Shape, Table, in_capitals};
use serde_json::{Map, Value, json};

/// The schema as JSON text (draft 2020-12), ending in a line feed.
pub(super) fn text() -> String {
    let mut schema = table(&SCENARIO);
    if let Some(object) = schema.as_object_mut() {
        let mut whole = Map::new();
        whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        whole.insert("title".to_owned(), json!("Scenario of Highwater"));
        whole.append(object);
        *object = whole;
    }
    format!("{schema:#}\n")
}

fn table(table: &Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        let mut property = shape(&key.shape);
        if let Some(object) = property.as_object_mut() {
            object.insert("description".to_owned(), json!(key.about));
        }
        let capitals = in_capitals(key.name);
        properties.insert(key.name.to_owned(), property.clone());
        if capitals != key.name {
            properties.insert(capitals, property);
        }
    }
    let required: Vec<&str> = table.keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    json!({
        "type": "object",
        "description": table.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::TextOrJson => json!({ "type": ["string", "object", "array"] }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Choice(words) => json!({ "type": "string", "enum": words }),
        Shape::Texts => json!({
            "type": "object",
            "additionalProperties": {
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            },
        }),
        Shape::Named(of) => json!({ "type": "object", "additionalProperties": table(of) }),
        Shape::List => json!({ "type": "array", "minItems": 1, "items": { "type": "string" } }),
        Shape::Tables(of) => json!({ "type": "array", "minItems": 1, "items": table(of) }),
    }
}
