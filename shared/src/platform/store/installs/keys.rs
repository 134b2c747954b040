//! The sealed keys of candidates, `KEY`: removed when the record no longer lists them.

use crate::model::connection::{Connection, OF_THE_INSTALLS_KEY};
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::install::{Meta, Status};
use crate::model::time::Millis;
use crate::platform::store::installs::record::InstallRepository;
use crate::platform::table::attribute::attr::UNINSTALL_RECEIVED_AT;
use crate::platform::table::attribute::{attr, n, s};
use crate::platform::table::conditional;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;

/// The prefix of the sort keys of candidates' items.
pub(crate) const KEYS: &str = ItemKind::Key.prefix();

/// Whether the keys of an install still need a check, in case the wake-up was lost.
pub(crate) fn keys_open(meta: &Meta, connection: Option<&Connection>) -> bool {
    let is_paused = connection
        .and_then(|connection| connection.active_pause(meta))
        .is_some_and(|pause| OF_THE_INSTALLS_KEY.contains(&pause.code.as_str()));
    let survivors = meta.status == Status::Uninstalled && !meta.candidates.is_empty();
    meta.uninstall_pending.is_some() || survivors || (is_paused && !meta.candidates.is_empty())
}

impl InstallRepository<'_> {
    /// Removes candidates that the record does not list: those of an installation that is over.
    pub(crate) async fn drop_keys(self, install: &InstallId) -> Result<()> {
        let items = self.store.items(install, KEYS).await?;
        if items.is_empty() {
            return Ok(());
        }
        // A candidate is written together with the record. So a candidate read before the record is
        // either listed in it or was removed.
        let (meta, _) = self.meta_and_connection(install).await?;
        for item in items {
            let text = |name: &str| {
                item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
            };
            let place =
                text(attr::SK).strip_prefix(KEYS).and_then(|place| place.parse::<u8>().ok());
            let listed = meta.as_ref().is_some_and(|meta| {
                meta.candidates.iter().any(|candidate| Some(candidate.place) == place)
            });
            if let Some(place) = place.filter(|_| !listed) {
                self.drop_key(install, place, &text("fingerprint")).await?;
            }
        }
        Ok(())
    }

    /// Removes a candidate's item, if it still belongs to this candidate.
    async fn drop_key(self, install: &InstallId, place: u8, print: &str) -> Result<()> {
        let delete = self
            .store
            .client
            .delete_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Key(place))));
        let delete = if print.is_empty() {
            delete.condition_expression("attribute_not_exists(fingerprint)")
        } else {
            delete
                .condition_expression("fingerprint = :print")
                .expression_attribute_values(":print", s(print))
        };
        conditional(delete.send().await).map(|_| ())
    }

    /// Stores when the uninstall arrived, if no event has set it. The clean-up counts from then.
    pub(crate) async fn keep_uninstall_received_at(
        self,
        install: &InstallId,
        generation: &str,
        now: Millis,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression(format!(
                "SET {UNINSTALL_RECEIVED_AT} = if_not_exists({UNINSTALL_RECEIVED_AT}, :now)"
            ))
            .condition_expression("cleanup_generation = :generation")
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":generation", s(generation))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}
