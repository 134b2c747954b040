//! Alerts in the table, `ALERT`.

use std::collections::BTreeMap;

use ulid::Ulid;

use crate::model::alert::AlertItem;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::table::Store;
use crate::platform::table::attribute::attr;
use crate::platform::table::item::{known_item, known_items};
use crate::platform::table::kind::ItemKind;

/// Alerts: `ALERT`.
#[derive(Debug, Clone, Copy)]
pub struct AlertRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Alerts: `ALERT`.
    #[must_use]
    pub const fn alerts(&self) -> AlertRepository<'_> {
        AlertRepository { store: self }
    }
}

impl AlertRepository<'_> {
    /// The alerts of a connection by the id of their cause, and those of all other connections of
    /// the install, with them.
    pub(crate) async fn of_all_connections(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<(Existing, Vec<(Ulid, AlertItem)>)> {
        let (mut own, mut others) = (Existing::new(), Vec::new());
        for item in self.store.items(install, ItemKind::Alert.prefix()).await? {
            let sk = item
                .get(attr::SK)
                .and_then(|sk| sk.as_s().ok())
                .and_then(|sk| sk.split('#').nth(1))
                .unwrap_or_default();
            let of: Ulid = sk.parse().map_err(Error::internal)?;
            let Some(alert) = known_item::<AlertItem>(item)? else { continue };
            if of == connection {
                own.insert(alert.id.clone(), alert);
            } else {
                others.push((of, alert));
            }
        }
        Ok((own, others))
    }
}

impl AlertRepository<'_> {
    /// The alerts of a connection, by the id of their cause.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn all(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<std::collections::BTreeMap<String, AlertItem>> {
        let items = self.store.items(install, &ItemKind::Alert.of_connection(connection)).await?;
        let alerts: Vec<AlertItem> = known_items(items)?;
        Ok(alerts.into_iter().map(|alert| (alert.id.clone(), alert)).collect())
    }
}

/// The alerts of a connection by id.
pub(crate) type Existing = BTreeMap<String, AlertItem>;
