//! The items of an install that most calls need, in one strongly consistent read.

use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::settings::Settings;
use crate::model::summary::Summary;
use crate::platform::store::installs::record::InstallRepository;
use crate::platform::table::attribute::attr;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key};

impl InstallRepository<'_> {
    /// Reads `META` and `STRIPE` of an install in one strongly consistent read.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn meta_and_connection(
        self,
        install: &InstallId,
    ) -> Result<(Option<Meta>, Option<Connection>)> {
        let head = self.items_at_head(install, &[Sk::Meta, Sk::Stripe]).await?;
        Ok((head.meta, head.connection))
    }

    /// Reads all items at the head of an install's partition in one strongly consistent read.
    pub(crate) async fn head(self, install: &InstallId) -> Result<Head> {
        self.items_at_head(install, &[Sk::Meta, Sk::Stripe, Sk::Summary, Sk::Settings]).await
    }

    async fn items_at_head(self, install: &InstallId, wanted: &[Sk<'_>]) -> Result<Head> {
        let keys = wanted.iter().map(|sk| key(install, sk)).collect();
        let mut head = Head::default();
        for item in self.store.read_all(keys).await? {
            match item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("META") => head.meta = Some(from_item(item)?),
                Some("STRIPE") => head.connection = Some(from_item(item)?),
                Some("SUMMARY") => head.summary = Some(from_item(item)?),
                Some("SETTINGS") => head.settings = Some(from_item(item)?),
                _ => {}
            }
        }
        Ok(head)
    }
}

/// The items at the head of an install's partition.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) meta: Option<Meta>,
    pub(crate) connection: Option<Connection>,
    pub(crate) summary: Option<Summary>,
    pub(crate) settings: Option<Settings>,
}

impl Head {
    /// The connection of a generation, while it is active.
    pub(crate) fn connection_of(&self, generation: &str) -> Option<&Connection> {
        let active = self.meta.as_ref().and_then(Meta::active_generation) == Some(generation);
        self.connection.as_ref().filter(|connection| active && connection.generation == generation)
    }
}
