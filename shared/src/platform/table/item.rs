//! Conversions between items and their types.

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::table::attribute::{Item, attr, n};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::unknown::unknown_variant;

/// A stored item as its type. An item that does not parse is a defect of this app, unless it holds
/// a word that only a newer version knows: such an item is not touched.
///
/// # Errors
/// [`Error::NewerVersion`], otherwise [`Error::Internal`].
pub fn from_item<T: serde::de::DeserializeOwned>(item: Item) -> Result<T> {
    let error = match serde_dynamo::from_item(item.clone()) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
    match unknown_variant::<T>(item) {
        Some(variant) => {
            tracing::warn!(%sk, %variant, "an item of a newer version is left alone");
            Err(Error::NewerVersion(variant.into()))
        }
        None => Err(Error::internal(error)),
    }
}

/// A value as an item, with its key and the version of its layout.
///
/// # Errors
/// [`Error::Internal`].
pub fn to_item<T: serde::Serialize>(install: &InstallId, sk: &Sk<'_>, value: &T) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(Error::internal)?;
    item.extend(key(install, sk));
    item.insert(attr::SCHEMA.to_owned(), n(sk.kind().schema()));
    Ok(item)
}

/// A stored item as its type. `None` when it holds a word that only a newer version knows: such an
/// item is not touched, and fails no message.
///
/// # Errors
/// [`Error::Internal`] when the item does not parse for another reason.
pub fn known_item<T: serde::de::DeserializeOwned>(item: Item) -> Result<Option<T>> {
    match from_item(item) {
        Ok(value) => Ok(Some(value)),
        Err(Error::NewerVersion(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The items of a list as their type, without those for which [`known_item`] returns `None`.
///
/// # Errors
/// As [`known_item`].
pub fn known_items<T: serde::de::DeserializeOwned>(
    items: impl IntoIterator<Item = Item>,
) -> Result<Vec<T>> {
    items.into_iter().filter_map(|item| known_item(item).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    use crate::model::tracked_object::ObjectItem;

    fn item(kind: &str, amount: &serde_json::Value) -> Item {
        let object = json!({"id": "po_1", "kind": kind, "amount": amount, "currency": "usd",
            "status": "paid", "created": 1,
            "first_seen": 1, "checked_at": 1, "next_check": 1, "settled": false});
        serde_dynamo::to_item(object).unwrap()
    }

    #[test]
    fn an_item_with_a_word_of_a_newer_version_is_left_alone_and_a_broken_one_is_an_error() {
        let known = item("payout", &json!("5"));
        let read: Result<Vec<ObjectItem>> =
            known_items([known.clone(), item("subscription_schedule", &json!("5")), known]);
        assert_eq!(read.unwrap().len(), 2);
        assert!(known_item::<ObjectItem>(item("payout", &json!("many"))).is_err());
    }
}
