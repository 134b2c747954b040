//! The install record, `META`, as stored in the table.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::install::candidates::Candidate;
use crate::model::install::permission::Permission;
use crate::model::install::seen;
use crate::model::install::seen::SeenKey;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;

/// Whether the app is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Installed.
    Active,
    /// Removed. The record stays as a tombstone, so that a replayed install cannot revive it.
    Uninstalled,
}

/// The state of the clean-up after an uninstall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanupState {
    /// Something is left to remove.
    Pending,
    /// Nothing is left to remove.
    Done,
}

/// The install record, `META`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Meta {
    /// Installed or removed.
    pub status: Status,
    /// The platform's app id.
    pub app_id: String,
    /// The Blnk instance the key is bound to.
    pub instance_id: String,
    /// The organization, if the platform named it.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// The part of the key that may be logged.
    #[serde(default)]
    pub api_key_prefix: String,
    /// The encrypted key. Absent once uninstalled.
    #[serde(default)]
    pub sealed_key: Option<Sealed>,
    /// The granted permissions.
    #[serde(default)]
    pub granted_permissions: Vec<Permission>,
    /// The id of the installation. Absent once uninstalled.
    #[serde(default)]
    pub generation: Option<String>,
    /// When this installation began.
    #[serde(default)]
    pub installed_at: Option<Millis>,
    /// When the current key came into force.
    pub key_installed_at: Millis,
    /// When the event with the current key arrived. Absent when both times are the same.
    #[serde(default)]
    pub key_arrived_at: Option<Millis>,
    /// The fingerprint of the current key. Absent in records of earlier versions.
    #[serde(default)]
    pub key_fingerprint: Option<String>,
    /// Keys that wait until the current one is refused.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// The version of the keys, incremented by every change to them. A decision based on another
    /// version is made again.
    #[serde(default)]
    pub keys_version: u64,
    /// A late uninstall. The keys decide whether it applies.
    #[serde(default)]
    pub uninstall_pending: Option<LateUninstall>,
    /// When it was removed, as dated by the platform.
    #[serde(default)]
    pub uninstalled_at: Option<Millis>,
    /// When the last uninstall arrived. The remaining data is kept for at most a day from here. A
    /// reinstall keeps this value.
    #[serde(rename = "left_at", default)]
    pub uninstall_received_at: Option<Millis>,
    /// The installation whose data is to be removed.
    #[serde(default)]
    pub cleanup_generation: Option<String>,
    /// The state of that clean-up.
    #[serde(default)]
    pub cleanup_state: Option<CleanupState>,
    /// Incremented by everything that gives the clean-up more to do: a clean-up that began earlier
    /// cannot mark itself as done.
    #[serde(default)]
    pub cleanup_round: u64,
    /// From this time on, no worker of the removed installation can still write. Only then is the
    /// clean-up done.
    #[serde(default)]
    pub cleanup_settles_at: Option<Millis>,
    /// The known keys, by fingerprint. Keys of waiting candidates are not among them.
    #[serde(default)]
    keys_seen: BTreeMap<String, SeenKey>,
    /// The same in the format of an earlier version, without times.
    #[serde(default)]
    key_fingerprints: BTreeSet<String>,
}

/// An uninstall dated shortly before the delivery of a key: it may be about the previous
/// installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateUninstall {
    /// When it happened, as dated by the platform.
    pub at: Millis,
    /// When its event arrived.
    pub received_at: Millis,
}

/// What the delivery of a key means for an active install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// The current key, or one that was replaced. Nothing changes.
    Known,
    /// It has been waiting since this time.
    Waiting(Millis),
    /// A new candidate.
    New,
}

impl Meta {
    /// The generation of an active install.
    #[must_use]
    pub fn active_generation(&self) -> Option<&str> {
        match self.status {
            Status::Active => self.generation.as_deref(),
            Status::Uninstalled => None,
        }
    }

    /// The generation whose clean-up is not done yet.
    #[must_use]
    pub fn pending_clean_up(&self) -> Option<&str> {
        self.cleanup_generation
            .as_deref()
            .filter(|_| self.cleanup_state == Some(CleanupState::Pending))
    }

    /// Whether a scope was granted.
    #[must_use]
    pub fn grants(&self, permission: Permission) -> bool {
        self.granted_permissions.contains(&permission)
    }

    /// When the event with the current key arrived.
    #[must_use]
    pub fn key_arrived(&self) -> Millis {
        self.key_arrived_at.unwrap_or(self.key_installed_at)
    }

    /// Whether a key waits that was never refused.
    #[must_use]
    pub fn has_untried(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.refused_at.is_none())
    }

    /// All known keys except the waiting ones.
    pub(crate) fn known(&self) -> BTreeMap<String, SeenKey> {
        seen::all(&self.keys_seen, &self.key_fingerprints, self.key_installed_at)
    }

    /// The known keys together with more of them, in the stored form.
    pub(crate) fn known_with(
        &self,
        more: impl IntoIterator<Item = (String, SeenKey)>,
        present: Option<&str>,
    ) -> BTreeMap<String, SeenKey> {
        let mut known = self.known();
        known.extend(more);
        seen::bounded(known, present.as_slice())
    }

    /// Whether a key was delivered before, as far as this is remembered.
    pub(crate) fn knows(&self, fingerprint: &str) -> bool {
        let waits = self.candidates.iter().any(|candidate| candidate.fingerprint == fingerprint);
        waits || self.known().contains_key(fingerprint)
    }

    /// What the delivery of a key means while the install is active.
    pub(crate) fn delivered(&self, fingerprint: &str) -> Delivered {
        if self.key_fingerprint.as_deref() == Some(fingerprint) {
            return Delivered::Known;
        }
        if let Some(waits) =
            self.candidates.iter().find(|candidate| candidate.fingerprint == fingerprint)
        {
            return if waits.refused_at.is_some() {
                Delivered::New
            } else {
                Delivered::Waiting(waits.arrived_at)
            };
        }
        match self.known().get(fingerprint) {
            Some(known) if !known.refused => Delivered::Known,
            _ => Delivered::New,
        }
    }

    pub(crate) fn is_of(
        &self,
        app_id: Option<&str>,
        instance_id: Option<&str>,
        organization_id: Option<&str>,
    ) -> bool {
        app_id.is_none_or(|id| id == self.app_id)
            && instance_id.is_none_or(|id| id == self.instance_id)
            && organization_id
                .is_none_or(|id| self.organization_id.as_deref().is_none_or(|stored| stored == id))
    }
}
