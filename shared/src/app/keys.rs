//! Decides which of an install's keys is in force. The current key stays in force while Blnk Cloud
//! accepts it. When it is refused, the candidates are tried.
//!
//! Only an answer from Blnk Cloud changes the key. An event never does, because events are not
//! signed.

use std::time::Duration;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::install::permission::Permission;
use crate::model::install::{Candidate, CandidateKey, Meta, Status, in_turn};
use crate::model::retention::Retention;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;
use crate::platform::blnk::{BlnkClient, KeyVerdict};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::installs::changes::KeyChange;
use crate::platform::table::Store;
use crate::platform::vault::{Purpose, Vault};

/// The time limit for checking one key. It includes the reserve of each call.
const ASK_BUDGET: Duration = Duration::from_secs(8);

/// Checks an install's keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'a> {
    /// The table.
    pub(crate) store: &'a Store,
    /// The vault.
    pub(crate) vault: &'a Vault,
    /// The shared HTTP client.
    pub(crate) http: &'a reqwest::Client,
    /// Blnk Cloud's API.
    pub(crate) blnk_base: &'a str,
    /// How long the audit trail is kept.
    pub(crate) retention: Retention,
}

/// The result of checking an install's keys.
#[derive(Debug)]
pub(crate) enum KeyStatus {
    /// The current key was not refused and stays in force.
    Present,
    /// A candidate's key is now in force. Holds the updated record.
    Replaced(Box<Meta>),
    /// Every key was refused.
    AllRefused,
    /// The current key was refused, and not every candidate could be checked.
    Unknown,
}

impl KeyStatus {
    /// A name for the log; the record must not be logged.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Replaced(_) => "replaced",
            Self::AllRefused => "all_refused",
            Self::Unknown => "unknown",
        }
    }
}

impl Keys<'_> {
    /// Checks the current key. If it is refused, checks the candidates, newest first. The first one
    /// that is accepted comes into force.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the table does not answer.
    pub(crate) async fn ask(
        &self,
        install: &InstallId,
        meta: &Meta,
        now: Millis,
        deadline: Deadline,
    ) -> Result<KeyStatus> {
        if let Some(sealed) = &meta.sealed_key {
            let verdict =
                self.verdict(install, meta, sealed, &meta.granted_permissions, deadline).await;
            tracing::info!(%install, key = meta.api_key_prefix, answer = ?verdict,
                "checked the current key");
            if verdict != KeyVerdict::Invalid {
                return Ok(KeyStatus::Present);
            }
        }
        self.successor(install, meta, now, deadline).await
    }

    /// Tries the candidates of an install whose current key is refused.
    async fn successor(
        &self,
        install: &InstallId,
        meta: &Meta,
        now: Millis,
        deadline: Deadline,
    ) -> Result<KeyStatus> {
        let (mut refused, mut unclear) = (Vec::new(), false);
        for candidate in in_turn(&meta.candidates) {
            let key = self
                .store
                .installs()
                .candidate_key(install, candidate.place, &candidate.fingerprint)
                .await?;
            let verdict = match key.as_ref().and_then(|key| Some((key, key.sealed_key.as_ref()?))) {
                Some((key, sealed)) => {
                    self.verdict(install, meta, sealed, &key.granted_permissions, deadline).await
                }
                None => KeyVerdict::Invalid,
            };
            tracing::info!(%install, key = key.as_ref().map(|key| &key.api_key_prefix),
                answer = ?verdict, "checked a candidate key");
            match (verdict, &key) {
                (KeyVerdict::Accepted, Some(key)) => {
                    return self.promote(install, meta, candidate, key, now).await;
                }
                (KeyVerdict::Unknown, _) => unclear = true,
                _ => refused.push(candidate.fingerprint.clone()),
            }
        }
        if !refused.is_empty()
            && !self.store.installs().refuse(install, meta, &refused, now).await?
        {
            // Another key arrived, or another worker has already decided.
            return Ok(KeyStatus::Unknown);
        }
        Ok(if unclear { KeyStatus::Unknown } else { KeyStatus::AllRefused })
    }

    async fn promote(
        &self,
        install: &InstallId,
        meta: &Meta,
        candidate: &Candidate,
        key: &CandidateKey,
        now: Millis,
    ) -> Result<KeyStatus> {
        let change = KeyChange { now, id: clock::new_ulid(), retention: self.retention };
        if !self.store.installs().bring_into_force(install, meta, candidate, key, change).await? {
            return Ok(KeyStatus::Unknown);
        }
        tracing::info!(%install, key = key.api_key_prefix, "replaced the key in force");
        let (meta, _) = self.store.installs().meta_and_connection(install).await?;
        let meta = meta.filter(|meta| meta.status == Status::Active);
        Ok(meta.map_or(KeyStatus::Unknown, |meta| KeyStatus::Replaced(Box::new(meta))))
    }

    /// Asks Blnk Cloud about a key. A key that cannot be opened counts as refused.
    async fn verdict(
        &self,
        install: &InstallId,
        meta: &Meta,
        sealed: &Sealed,
        granted: &[Permission],
        deadline: Deadline,
    ) -> KeyVerdict {
        let key = match self.vault.open(install, Purpose::BlnkApiKey, sealed).await {
            Ok(key) => key,
            Err(Error::Internal(_)) => return KeyVerdict::Invalid,
            Err(_) => return KeyVerdict::Unknown,
        };
        match BlnkClient::new(self.http.clone(), self.blnk_base, key, meta.instance_id.clone()) {
            Ok(blnk) => {
                blnk.check_key(granted, Deadline::after(ASK_BUDGET.min(deadline.remaining()))).await
            }
            // The key contains characters that no header can carry.
            Err(_) => KeyVerdict::Invalid,
        }
    }
}
