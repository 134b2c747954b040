//! The published schemas, as JSON Schema.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

const SCHEMA: &str = include_str!("../../../fixtures/stripe-openapi-subset.json");

/// Converts OpenAPI 3.0 to JSON Schema, stricter than published: no unknown keys, and nullable
/// fields are present as null, as Stripe sends them.
pub(crate) fn strict(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strict),
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.get("nullable") == Some(&json!(true)) {
                nullable(object);
            }
            let described = object.get("properties").is_some_and(Value::is_object)
                && object.get("type") == Some(&json!("object"));
            if described && !object.contains_key("x-stub") {
                object.insert("additionalProperties".to_owned(), json!(false));
                let nullable = object.get("x-present-nullable").cloned().unwrap_or(json!([]));
                let required = object.entry("required").or_insert(json!([]));
                required
                    .as_array_mut()
                    .unwrap()
                    .extend(nullable.as_array().unwrap().iter().cloned());
            }
        }
        _ => {}
    }
}

pub(crate) fn nullable(object: &mut Map<String, Value>) {
    if let Some(kind) = object.get("type").cloned() {
        object.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(any) = object.get_mut("anyOf") {
        any.as_array_mut().unwrap().push(json!({"type": "null"}));
    }
    if let Some(Value::Array(values)) = object.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

pub(crate) fn validator(schema: &str) -> Validator {
    let mut document: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut schemas = document["components"]["schemas"].take();
    strict(&mut schemas);
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": {"schemas": schemas},
        "$ref": format!("#/components/schemas/{schema}"),
    });
    jsonschema::validator_for(&root).unwrap()
}

pub(crate) fn check(validator: &Validator, object: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(object)
        .map(|e| format!("at {}: {e:.300}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", object["id"]);
}
