//! Items to and from their types.

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::store::attribute::{Item, attr, n};
use crate::platform::store::keys::{Sk, key};

/// A stored item as its type. An item that does not parse is our defect, never a caller's.
///
/// # Errors
/// [`Error::Internal`].
pub fn from_item<T: serde::de::DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::from_item(item).map_err(Error::internal)
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
