//! Writes an item that was read before and keeps attributes that this version does not know.
//!
//! A put would replace the whole item, and with it every attribute that a newer version of the code
//! has added. An update sets the attributes that the value has, removes those that the type has and
//! the value lacks, and touches nothing else.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::table::attribute::{Item, attr, n};
use crate::platform::table::keys::{Sk, key};

/// An update expression that writes a value over an item, or over one of its maps.
#[derive(Debug, Clone, Default)]
pub struct Rewrite {
    key: Option<Item>,
    set: Vec<String>,
    remove: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Rewrite {
    /// Writes `value` over its item, with the time to live that goes with it (Unix seconds);
    /// absent, the item has none.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn of<T: Serialize + DeserializeOwned>(
        install: &InstallId,
        sk: &Sk<'_>,
        value: &T,
        ttl: Option<i64>,
    ) -> Result<Self> {
        let mut rewrite = Self { key: Some(key(install, sk)), ..Self::default() };
        let mut item: Item = serde_dynamo::to_item(value).map_err(Error::internal)?;
        item.insert(attr::SCHEMA.to_owned(), n(sk.kind().schema()));
        item.extend(ttl.map(|ttl| (attr::TTL.to_owned(), n(ttl))));
        rewrite.write(None, item, fields_of::<T>().iter().copied().chain([attr::TTL]));
        Ok(rewrite)
    }

    /// Writes `value` over the map `attribute` of an item, which must be there.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn of_map<T: Serialize + DeserializeOwned>(attribute: &str, value: &T) -> Result<Self> {
        let mut rewrite = Self::default();
        let map: Item = serde_dynamo::to_item(value).map_err(Error::internal)?;
        rewrite.write(Some(attribute), map, fields_of::<T>().iter().copied());
        Ok(rewrite)
    }

    /// The same without members that equal the type's default, also inside maps: every member must
    /// have a default that applies when it is absent.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn of_sparse_map<T: Serialize + DeserializeOwned + Default>(
        attribute: &str,
        value: &T,
    ) -> Result<Self> {
        let mut rewrite = Self::default();
        let mut map: Item = serde_dynamo::to_item(value).map_err(Error::internal)?;
        let defaults: Item = serde_dynamo::to_item(T::default()).map_err(Error::internal)?;
        drop_defaults(&mut map, &defaults);
        for (name, value) in &mut map {
            if let (AttributeValue::M(inner), Some(AttributeValue::M(defaults))) =
                (value, defaults.get(name))
            {
                drop_defaults(inner, defaults);
            }
        }
        let others = defaults.keys().map(String::as_str);
        let known: BTreeSet<&str> = fields_of::<T>().iter().copied().chain(others).collect();
        rewrite.write(Some(attribute), map, known.into_iter());
        Ok(rewrite)
    }

    fn write<'f>(
        &mut self,
        parent: Option<&str>,
        item: Item,
        known: impl Iterator<Item = &'f str>,
    ) {
        let path = |name: &str| {
            parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"))
        };
        let mut gone: Vec<&str> = known.filter(|field| !item.contains_key(*field)).collect();
        gone.sort_unstable();
        // In a fixed order, so that equal writes are equal requests.
        let mut attributes: Vec<(String, AttributeValue)> = item.into_iter().collect();
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (at, (attribute, value)) in attributes.into_iter().enumerate() {
            let (name, placeholder) = (format!("#w{at}"), format!(":w{at}"));
            self.set.push(format!("{} = {placeholder}", path(&name)));
            self.names.insert(name, attribute);
            self.values.insert(placeholder, value);
        }
        for (at, attribute) in gone.into_iter().enumerate() {
            let name = format!("#x{at}");
            self.remove.push(path(&name));
            self.names.insert(name, attribute.to_owned());
        }
    }

    /// Adds parts of an expression, without the keywords, to the same update.
    #[must_use]
    pub fn beside(mut self, set: &[&str], remove: &[&str]) -> Self {
        self.set.extend(set.iter().map(|part| (*part).to_owned()));
        self.remove.extend(remove.iter().map(|part| (*part).to_owned()));
        self
    }

    /// The update expression.
    fn expression(&self) -> String {
        let set = format!("SET {}", self.set.join(", "));
        if self.remove.is_empty() {
            set
        } else {
            format!("{set} REMOVE {}", self.remove.join(", "))
        }
    }

    /// The update for a transaction: a condition may follow.
    #[must_use]
    pub fn update(self, table: &str) -> UpdateBuilder {
        let expression = self.expression();
        let mut update =
            Update::builder().table_name(table).set_key(self.key).update_expression(expression);
        for (name, attribute) in self.names {
            update = update.expression_attribute_names(name, attribute);
        }
        for (placeholder, value) in self.values {
            update = update.expression_attribute_values(placeholder, value);
        }
        update
    }

    /// The update as a request of its own.
    #[must_use]
    pub fn request(
        self,
        client: &aws_sdk_dynamodb::Client,
        table: &str,
    ) -> UpdateItemFluentBuilder {
        let expression = self.expression();
        client
            .update_item()
            .table_name(table)
            .set_key(self.key)
            .update_expression(expression)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
    }
}

fn drop_defaults(map: &mut Item, defaults: &Item) {
    map.retain(|name, value| defaults.get(name) != Some(&*value));
}

/// The stored names of a struct's fields, which its `Deserialize` requests by name.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Fields<'f>(&'f mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Fields<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(
            self,
            _: V,
        ) -> std::result::Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only the names of fields are asked for"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> std::result::Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &'static [&'static str] = &[];
    // It always fails, after it has passed the names.
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        kept: u32,
        #[serde(rename = "old_name", skip_serializing_if = "Option::is_none")]
        named: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        list: Vec<u32>,
    }

    #[test]
    fn a_rewrite_sets_what_is_there_removes_what_could_be_and_names_nothing_else() {
        assert_eq!(fields_of::<Stored>(), ["kept", "old_name", "list"]);
        let rewrite =
            Rewrite::of_map("progress", &Stored { kept: 1, named: None, list: vec![2] }).unwrap();
        assert_eq!(
            rewrite.expression(),
            "SET progress.#w0 = :w0, progress.#w1 = :w1 REMOVE progress.#x0"
        );
        assert_eq!(rewrite.names["#w0"], "kept");
        assert_eq!(rewrite.names["#w1"], "list");
        assert_eq!(rewrite.names["#x0"], "old_name");
    }

    #[derive(Default, Serialize, Deserialize)]
    #[serde(default)]
    struct Counts {
        one: u32,
        other: u32,
    }

    #[derive(Default, Serialize, Deserialize)]
    #[serde(default)]
    struct Ended {
        counts: Counts,
        name: String,
        walk: Counts,
    }

    #[test]
    fn a_sparse_rewrite_leaves_out_what_its_absence_says() {
        let ended = Ended { counts: Counts { one: 0, other: 7 }, ..Ended::default() };
        let rewrite = Rewrite::of_sparse_map("progress", &ended).unwrap();
        assert_eq!(
            rewrite.expression(),
            "SET progress.#w0 = :w0 REMOVE progress.#x0, progress.#x1"
        );
        assert_eq!((&*rewrite.names["#x0"], &*rewrite.names["#x1"]), ("name", "walk"));
        let counts = Item::from([("other".to_owned(), n(7))]);
        assert_eq!(rewrite.values[":w0"], AttributeValue::M(counts));
    }

    /// Each rewritten type exposes its fields: without them, attributes that were cleared would not
    /// be removed.
    #[test]
    fn every_rewritten_type_exposes_its_fields() {
        assert!(fields_of::<crate::model::run::progress::Progress>().contains(&"walk"));
        assert!(fields_of::<crate::model::summary::Summary>().contains(&"last_proof"));
        assert!(fields_of::<crate::model::payout::Payouts>().contains(&"revision"));
        assert!(fields_of::<crate::model::payout::item::PayoutItem>().contains(&"reversed_by"));
        assert!(fields_of::<crate::model::payout::item::PayoutLine>().contains(&"reconciled_at"));
        assert!(fields_of::<crate::model::tracked_object::ObjectItem>().contains(&"added_up"));
        assert!(fields_of::<crate::model::suspect::record::Suspect>().contains(&"aside"));
        assert!(fields_of::<crate::model::alert::AlertItem>().contains(&"state"));
        assert!(fields_of::<crate::model::notice::message::Message>().contains(&"sent_at"));
        assert!(fields_of::<crate::model::notice::plan::StandingNotice>().contains(&"told"));
        assert!(fields_of::<crate::model::settings::Settings>().contains(&"start_date"));
        assert!(fields_of::<crate::model::ledger::Opening>().contains(&"entries"));
    }
}
