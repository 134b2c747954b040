//! The install record, `META`, as it stands in the table.

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
    /// Removed; the record stays as a tombstone, so that a replayed install cannot revive it.
    Uninstalled,
}

/// How far the clean-up after an uninstall has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanupState {
    /// Something is left.
    Pending,
    /// Nothing is left.
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
    /// The organization, where the platform named it.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// What of the key may be logged.
    #[serde(default)]
    pub api_key_prefix: String,
    /// The key, sealed. Gone once uninstalled.
    #[serde(default)]
    pub sealed_key: Option<Sealed>,
    /// The scopes granted.
    #[serde(default)]
    pub granted_permissions: Vec<Permission>,
    /// Names one installation; absent once uninstalled.
    #[serde(default)]
    pub generation: Option<String>,
    /// When this installation began.
    #[serde(default)]
    pub installed_at: Option<Millis>,
    /// When the present key came into force.
    pub key_installed_at: Millis,
    /// When the event came that brought it; absent where both were one moment.
    #[serde(default)]
    pub key_arrived_at: Option<Millis>,
    /// The fingerprint of the present key; absent in records of earlier versions.
    #[serde(default)]
    pub key_fingerprint: Option<String>,
    /// Keys that wait until the present one is refused.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// Raised by every change to the keys: what was decided on other keys than these is decided anew.
    #[serde(default)]
    pub keys_version: u64,
    /// An uninstall that came late: whether it holds is for the keys to say.
    #[serde(default)]
    pub uninstall_pending: Option<LateUninstall>,
    /// When it was removed, as the platform dates it.
    #[serde(default)]
    pub uninstalled_at: Option<Millis>,
    /// When the last uninstall came: what it left is kept no longer than a day from here. A reinstall leaves it.
    #[serde(default)]
    pub left_at: Option<Millis>,
    /// The installation whose remains are to be cleaned up.
    #[serde(default)]
    pub cleanup_generation: Option<String>,
    /// How far that is.
    #[serde(default)]
    pub cleanup_state: Option<CleanupState>,
    /// Raised by everything that gives the clean-up something to do: one that began before cannot say that it is done.
    #[serde(default)]
    pub cleanup_round: u64,
    /// No worker of what is cleaned up can still write from here on: only then is it done.
    #[serde(default)]
    pub cleanup_settles_at: Option<Millis>,
    /// The keys that are known, by fingerprint. Those of candidates are not among them while they wait.
    #[serde(default)]
    keys_seen: BTreeMap<String, SeenKey>,
    /// The same as an earlier version kept it, without times.
    #[serde(default)]
    key_fingerprints: BTreeSet<String>,
}

/// An uninstall dated shortly before the delivery of a key: it may be about the installation before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateUninstall {
    /// When it happened, as the platform dates it.
    pub at: Millis,
    /// When its event came.
    pub received_at: Millis,
}

/// What the delivery of a key means for an active install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// The present key, or one whose turn is over: nothing changes.
    Known,
    /// It waits already, since then.
    Waiting(Millis),
    /// A candidate from now on.
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

    /// The generation whose clean-up is not done.
    #[must_use]
    pub fn pending_clean_up(&self) -> Option<&str> {
        self.cleanup_generation.as_deref().filter(|_| self.cleanup_state == Some(CleanupState::Pending))
    }

    /// Whether a scope was granted.
    #[must_use]
    pub fn grants(&self, permission: Permission) -> bool {
        self.granted_permissions.contains(&permission)
    }

    /// When the event came that brought the present key.
    #[must_use]
    pub fn key_arrived(&self) -> Millis {
        self.key_arrived_at.unwrap_or(self.key_installed_at)
    }

    /// Whether a key waits that was never refused.
    #[must_use]
    pub fn has_untried(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.refused_at.is_none())
    }

    /// Every key that is known but those that wait.
    pub(crate) fn known(&self) -> BTreeMap<String, SeenKey> {
        seen::all(&self.keys_seen, &self.key_fingerprints, self.key_installed_at)
    }

    /// The known keys with others beside them, as they are to be stored.
    pub(crate) fn known_with(&self, more: impl IntoIterator<Item = (String, SeenKey)>, present: Option<&str>) -> BTreeMap<String, SeenKey> {
        let mut known = self.known();
        known.extend(more);
        seen::bounded(known, present.as_slice())
    }

    /// Whether a key was ever delivered, as far as that is remembered.
    pub(crate) fn knows(&self, fingerprint: &str) -> bool {
        let waits = self.candidates.iter().any(|candidate| candidate.fingerprint == fingerprint);
        waits || self.known().contains_key(fingerprint)
    }

    /// What the delivery of a key means while the install is active.
    pub(crate) fn delivered(&self, fingerprint: &str) -> Delivered {
        if self.key_fingerprint.as_deref() == Some(fingerprint) {
            return Delivered::Known;
        }
        if let Some(waits) = self.candidates.iter().find(|candidate| candidate.fingerprint == fingerprint) {
            return if waits.refused_at.is_some() { Delivered::New } else { Delivered::Waiting(waits.arrived_at) };
        }
        match self.known().get(fingerprint) {
            Some(known) if !known.refused => Delivered::Known,
            _ => Delivered::New,
        }
    }

    pub(crate) fn is_of(&self, app_id: Option<&str>, instance_id: Option<&str>, organization_id: Option<&str>) -> bool {
        app_id.is_none_or(|id| id == self.app_id)
            && instance_id.is_none_or(|id| id == self.instance_id)
            && organization_id.is_none_or(|id| self.organization_id.as_deref().is_none_or(|stored| stored == id))
    }
}
