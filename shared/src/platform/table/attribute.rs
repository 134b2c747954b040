//! Attributes of items: their names that every kind shares, and values to and from Rust.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::error::{Error, Result};

/// An item as DynamoDB holds it.
pub type Item = HashMap<String, AttributeValue>;

/// Attribute names of the primary key, of the sparse index, and of the time to live (Unix seconds).
pub mod attr {
    /// Partition key.
    pub const PK: &str = "pk";
    /// Sort key.
    pub const SK: &str = "sk";
    /// Partition key of the index `installs`, on `META` items only.
    pub const INSTALLS_PK: &str = "installs_pk";
    /// Sort key of the index `installs`.
    pub const INSTALLS_SK: &str = "installs_sk";
    /// When DynamoDB may remove the item, Unix seconds.
    pub const TTL: &str = "ttl";
    /// The version of the item's layout.
    pub const SCHEMA: &str = "schema";
}

/// A string attribute.
pub fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
#[must_use]
pub fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A value as one attribute.
///
/// # Errors
/// [`Error::Internal`].
pub fn to_attr<T: serde::Serialize>(value: &T) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(value).map_err(Error::internal)
}
