//! A change to the install record, as an operation in a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::install::meta::{Meta, Status};
use crate::platform::table::Store;
use crate::platform::table::attribute::{n, s};
use crate::platform::table::keys::{Sk, key};

/// The attributes to write, and the conditions. Attribute names must not be reserved words, except
/// `status`.
#[derive(Debug)]
pub(crate) struct Edit {
    set: Vec<String>,
    remove: Vec<&'static str>,
    add: Vec<String>,
    conditions: Vec<String>,
    values: HashMap<String, AttributeValue>,
}

impl Edit {
    /// A change to a record whose keys are still those that were read. It increments their version.
    pub(crate) fn of(meta: &Meta) -> Self {
        let was = match meta.status {
            Status::Active => "active",
            Status::Uninstalled => "uninstalled",
        };
        let version = AttributeValue::N(meta.keys_version.to_string());
        let unversioned =
            if meta.keys_version == 0 { "attribute_not_exists(keys_version) OR " } else { "" };
        Self {
            set: Vec::new(),
            remove: Vec::new(),
            add: vec!["keys_version :one".to_owned()],
            // An earlier version of this application does not increment the version, but it changes
            // this time.
            conditions: vec![
                "#status = :was".to_owned(),
                "key_installed_at = :key_at".to_owned(),
                format!("({unversioned}keys_version = :version)"),
            ],
            values: HashMap::from([
                (":one".to_owned(), n(1)),
                (":was".to_owned(), s(was)),
                (":key_at".to_owned(), n(meta.key_installed_at.0)),
                (":version".to_owned(), version),
            ]),
        }
    }

    /// Sets an attribute.
    pub(crate) fn set(mut self, attribute: &str, value: AttributeValue) -> Self {
        let placeholder = format!(":set{}", self.set.len());
        self.set.push(format!("{attribute} = {placeholder}"));
        self.values.insert(placeholder, value);
        self
    }

    /// Copies an attribute from another one.
    pub(crate) fn copy(mut self, attribute: &str, from: &str) -> Self {
        self.set.push(format!("{attribute} = {from}"));
        self
    }

    /// Sets an attribute, or removes it if there is no value.
    pub(crate) fn put(self, attribute: &'static str, value: Option<AttributeValue>) -> Self {
        match value {
            Some(value) => self.set(attribute, value),
            None => self.remove(&[attribute]),
        }
    }

    /// Removes attributes.
    pub(crate) fn remove(mut self, attributes: &[&'static str]) -> Self {
        self.remove.extend_from_slice(attributes);
        self
    }

    /// Increments a number by one.
    pub(crate) fn raise(mut self, attribute: &str) -> Self {
        self.add.push(format!("{attribute} :one"));
        self
    }

    /// Builds the operation. When it is refused, the refusal returns the stored record.
    pub(crate) fn build(self, store: &Store, install: &InstallId) -> Result<TransactWriteItem> {
        let mut expression = format!("ADD {}", self.add.join(", "));
        for (clause, parts) in
            [("SET", self.set), ("REMOVE", self.remove.into_iter().map(str::to_owned).collect())]
        {
            if !parts.is_empty() {
                expression = format!("{clause} {} {expression}", parts.join(", "));
            }
        }
        let update = Update::builder()
            .table_name(&store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression(expression)
            .condition_expression(self.conditions.join(" AND "))
            .expression_attribute_names("#status", "status")
            .set_expression_attribute_values(Some(self.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
