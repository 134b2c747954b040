//! Items of the wire form as the SDK has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::value::parts;

/// An item, given in DynamoDB's own form, as the SDK has it.
///
/// # Panics
/// When a value has a type that the application does not store.
#[must_use]
pub fn attributes<'i>(
    item: impl IntoIterator<Item = (&'i String, &'i Value)>,
) -> HashMap<String, AttributeValue> {
    item.into_iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

#[expect(clippy::panic, reason = "a test fails where it is wrong")]
fn attribute(value: &Value) -> AttributeValue {
    let members = |inner: &Value| -> Vec<String> {
        let all = inner.as_array().into_iter().flatten();
        all.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    };
    match parts(value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(digits)) => AttributeValue::N(digits.clone()),
        ("BOOL", Value::Bool(flag)) => AttributeValue::Bool(*flag),
        ("NULL", _) => AttributeValue::Null(true),
        ("B", Value::String(text)) => {
            AttributeValue::B(Blob::new(STANDARD.decode(text).unwrap_or_default()))
        }
        ("M", Value::Object(map)) => AttributeValue::M(attributes(map)),
        ("L", Value::Array(all)) => AttributeValue::L(all.iter().map(attribute).collect()),
        ("SS", inner) => AttributeValue::Ss(members(inner)),
        ("NS", inner) => AttributeValue::Ns(members(inner)),
        (other, _) => panic!("an attribute of type {other}"),
    }
}
