//! TODO platform::store::alerts

use std::collections::BTreeMap;

use ulid::Ulid;

use crate::model::alert::AlertItem;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::store::{Store, attr, from_item};

impl Store {
    /// The alerts of a connection by the id of their cause, and those of all other connections of the install, with them.
    pub(crate) async fn all_alerts(&self, install: &InstallId, connection: Ulid) -> Result<(Existing, Vec<(Ulid, AlertItem)>)> {
        let (mut own, mut others) = (Existing::new(), Vec::new());
        for item in self.items(install, "ALERT#").await? {
            let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok()).and_then(|sk| sk.split('#').nth(1)).unwrap_or_default();
            let of: Ulid = sk.parse().map_err(Error::internal)?;
            let alert: AlertItem = from_item(item)?;
            if of == connection {
                own.insert(alert.id.clone(), alert);
            } else {
                others.push((of, alert));
            }
        }
        Ok((own, others))
    }
}

impl Store {
    /// The alerts of a connection, by the id of their cause.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn alerts(&self, install: &InstallId, connection: Ulid) -> Result<std::collections::BTreeMap<String, AlertItem>> {
        let items = self.items(install, &format!("ALERT#{connection}#")).await?;
        items.into_iter().map(|item| from_item(item).map(|alert: AlertItem| (alert.id.clone(), alert))).collect()
    }
}

/// The alerts of a connection by id.
pub(crate) type Existing = BTreeMap<String, AlertItem>;
