//! Attributes of items: names that all kinds share, and conversions of values.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::error::{Error, Result};

/// An item as DynamoDB holds it.
pub type Item = HashMap<String, AttributeValue>;

/// Attribute names of the primary key, the sparse index and the time to live (Unix seconds), and
/// those that differ from the names of their fields.
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
    /// Of `META`: the stored name of `uninstall_received_at`.
    pub(crate) const UNINSTALL_RECEIVED_AT: &str = "left_at";
    /// Of `STRIPE`: the stored name of `first_sync_confirmed`.
    pub(crate) const FIRST_SYNC_CONFIRMED: &str = "confirmed";
    /// Of `STRIPE`: the stored name of `has_unposted_history`.
    pub(crate) const HAS_UNPOSTED_HISTORY: &str = "unposted";
    /// Of `STRIPE`: the stored name of `rerun_requested`.
    pub(crate) const RERUN_REQUESTED: &str = "again";
    /// Of `STRIPE`: the stored name of `rerun_trigger`.
    pub(crate) const RERUN_TRIGGER: &str = "again_by";
    /// Of `RUN`: the stored name of `attempts_without_progress`.
    pub(crate) const ATTEMPTS_WITHOUT_PROGRESS: &str = "barren";
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
