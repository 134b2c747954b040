//! Reads the ledger with the install's key while an account is being connected.

use crate::app::connect::connector::{Connector, blnk_refused};
use crate::app::keys::{KeyStatus, Keys};
use crate::app::ownership::{AppLedger, app_ledgers};
use crate::model::error::{Error, Result};
use crate::model::install::Meta;
use crate::model::session::Portal;
use crate::platform::blnk::{BlnkClient, RefusalCode};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::vault::Purpose;

impl Connector {
    /// The app's ledgers, read with the install's key. If Blnk Cloud refuses it and another key was
    /// delivered, that key is used.
    pub(crate) async fn ledgers(
        &self,
        portal: &Portal,
        deadline: Deadline,
    ) -> Result<(BlnkClient, Vec<AppLedger>)> {
        let blnk = self.blnk(portal, &portal.meta).await?;
        let refused = match app_ledgers(&blnk, deadline).await {
            Ok(ledgers) => return Ok((blnk, ledgers)),
            Err(refused) => refused,
        };
        if refused.code() != Some(RefusalCode::Unauthorized) || portal.meta.candidates.is_empty() {
            return Err(blnk_refused(refused));
        }
        let keys = Keys {
            store: &self.store,
            vault: &self.vault,
            http: &self.http,
            blnk_base: &self.blnk_base,
            retention: self.retention,
        };
        match keys.ask(&portal.install, &portal.meta, clock::now(), deadline).await? {
            KeyStatus::Replaced(meta) => {
                let blnk = self.blnk(portal, &meta).await?;
                let ledgers = app_ledgers(&blnk, deadline).await.map_err(blnk_refused)?;
                Ok((blnk, ledgers))
            }
            KeyStatus::Present | KeyStatus::AllRefused | KeyStatus::Unknown => {
                Err(blnk_refused(refused))
            }
        }
    }

    /// A client for the install's ledger.
    pub(crate) async fn blnk(&self, portal: &Portal, meta: &Meta) -> Result<BlnkClient> {
        let sealed = meta
            .sealed_key
            .as_ref()
            .ok_or_else(|| Error::internal("an active install without a key"))?;
        let key = self.vault.open(&portal.install, Purpose::BlnkApiKey, sealed).await?;
        BlnkClient::new(self.http.clone(), &self.blnk_base, key, meta.instance_id.clone())
            .map_err(Error::internal)
    }
}
