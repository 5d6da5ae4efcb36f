//! Descriptions as services have them.

use super::*;

const SHOP: &str = r##"{
  "openapi": "3.0.3",
  "servers": [{"url": "https://api.example/v1/"}],
  "paths": {
    "/items/{itemId}": {
      "parameters": [{"name": "itemId", "in": "path", "required": true, "schema": {"type": "integer"}}],
      "get": {"parameters": [
        {"name": "fields", "in": "query", "required": true, "schema": {"type": "array", "items": {"enum": ["a b", "c"]}}},
        {"name": "q", "in": "query", "required": true, "schema": {"type": "string"}},
        {"name": "page", "in": "query", "schema": {"type": "integer"}},
        {"name": "x-tenant", "in": "header", "required": true, "example": "acme"}]},
      "put": {"requestBody": {"$ref": "#/components/requestBodies/Item"}},
      "delete": {}
    },
    "/orders/{id}/{kind}": {
      "post": {
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
          {"name": "kind", "in": "path", "required": true, "schema": {"enum": ["big", "small"]}}],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object",
          "properties": {"note": {"type": "string", "example": "a&b"}, "mail": {"type": "string", "format": "email"}}}}}}
      }
    },
    "/forgotten/{id}.json": {"get": {}}
  },
  "components": {
    "requestBodies": {"Item": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}},
    "schemas": {
      "Item": {"allOf": [{"$ref": "#/components/schemas/Named"}, {"type": "object", "required": ["count", "parent"],
        "properties": {"count": {"type": "integer", "minimum": 3}, "parent": {"$ref": "#/components/schemas/Item"},
        "left_out": {"type": "string"}}}]},
      "Named": {"type": "object", "properties": {"id": {"type": "string", "readOnly": true},
        "name": {"type": ["string", "null"]}, "when": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "maxLength": 3}, "on": {"type": "boolean"}}}
    }
  }
}"##;

#[test]
fn every_operation_becomes_a_request() {
    let scenario = scenario(SHOP, "openapi.json").unwrap();
    let names: Vec<String> = scenario.requests.iter().map(Request::name).collect();
    assert_eq!(
        names,
        [
            "GET /v1/items/{n}?fields=a%20b&q=q-{n}",
            "PUT /v1/items/{n}",
            "DELETE /v1/items/{n}",
            "POST /v1/orders/{$uuid}/big",
            "GET /v1/forgotten/{n}.json",
        ]
    );
    assert_eq!(scenario.requests[0].headers, [("x-tenant".to_owned(), "acme".to_owned())]);
    assert_eq!(scenario.requests[3].body.as_deref(), Some("note=a%26b&mail=user{n}%40example.com"));
}

#[test]
fn bodies_fit_their_schema_and_end() {
    let scenario = scenario(SHOP, "openapi.json").unwrap();
    let put = &scenario.requests[1];
    assert_eq!(put.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    let body: Value = serde_json::from_str(put.body.as_deref().unwrap()).unwrap();
    assert_eq!(body["name"], "name-{n}");
    assert_eq!((&body["when"], &body["code"], &body["on"]), (&"{$time}".into(), &"x".into(), &true.into()));
    assert_eq!((&body["count"], body.get("id"), body.get("left_out")), (&3.into(), None, None));
    assert_eq!(body["parent"]["name"], "name-{n}", "a schema that contains itself is followed for a while");
}

#[test]
fn what_is_no_description_is_told_with_what_to_do() {
    let told = |text| scenario(text, "api.json").unwrap_err().to_string();
    assert!(told("openapi: 3.0.0\npaths: {}\n").contains("convert YAML first"));
    assert!(
        told(r#"{"swagger": "2.0"}"#).starts_with("api.json: this is Swagger 2.0\n  help: convert it first")
    );
    assert!(told("{}").contains("there is no `openapi`"));
    assert!(told(r#"{"openapi": "3.1.0"}"#).contains("the description has no operation"));
    assert!(told(r#"{"openapi": "4.0.0"}"#).contains("OpenAPI 4.0.0 is not known"));
}
