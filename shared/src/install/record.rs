//! The install record and its conditional writes. One write tells a new install, a replaced key, a duplicate and a mismatch apart:
//! nothing is read first, so two deliveries at once cannot both win.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::{InstallEvent, InstallId, LaunchEvent, Permission, UninstallEvent};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::store::{Item, Sk, Store, attr, from_item, key, n, pk, s, to_attr, unavailable};
use crate::vault::Sealed;

/// An uninstall dated this much before the present key was delivered belongs to an installation that is over.
const STALE_AFTER_SECONDS: i64 = 60;
/// The partition of the sparse index that lists every install for operators and sweeps.
pub(crate) const INSTALLS_PARTITION: &str = "INSTALLS";

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
    /// When the present key was delivered.
    pub key_installed_at: Millis,
    /// When it was removed.
    #[serde(default)]
    pub uninstalled_at: Option<Millis>,
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
    #[serde(default)]
    key_fingerprints: std::collections::BTreeSet<String>,
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

    fn is_of(&self, app_id: Option<&str>, instance_id: Option<&str>, organization_id: Option<&str>) -> bool {
        app_id.is_none_or(|id| id == self.app_id)
            && instance_id.is_none_or(|id| id == self.instance_id)
            && organization_id.is_none_or(|id| self.organization_id.as_deref().is_none_or(|stored| stored == id))
    }
}

/// What an install event led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallOutcome {
    /// A first install.
    New,
    /// A removed install came back: a new generation that inherits nothing.
    Reinstalled,
    /// An active install got a new key: same generation, same connection.
    KeyReplaced,
    /// The same key again, early or late: nothing changed.
    Duplicate,
}

/// What an uninstall event led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UninstallOutcome {
    /// Removed now; this generation is to be cleaned up.
    Removed(String),
    /// Removed before; this generation may still have to be cleaned up.
    Already(Option<String>),
    /// Older than the present installation: nothing changed.
    Stale,
    /// No such install: nothing to do.
    Unknown,
}

/// A fingerprint of a key for one install: tells a key seen before from a new one without keeping the key. Keyed with nothing that
/// rotates, so that a replay is known for ever; the key itself has 128 bits and cannot be guessed from it.
#[must_use]
pub fn fingerprint(install: &InstallId, api_key: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"stripe-sync/api-key-fingerprint/v1\0");
    hash.update(install.as_str());
    hash.update(b"\0");
    hash.update(api_key.expose_secret());
    hex::encode(hash.finalize())
}

fn refused_item(error: UpdateItemError) -> Result<Option<Item>> {
    match error {
        UpdateItemError::ConditionalCheckFailedException(failed) => Ok(failed.item.filter(|item| !item.is_empty())),
        other => Err(unavailable(other)),
    }
}

impl Store {
    /// Records an install event whose key is already sealed. One write.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the id is known with other ids, [`Error::Unavailable`].
    pub async fn install(&self, event: &InstallEvent, sealed: &Sealed, generation: Ulid, now: Millis) -> Result<InstallOutcome> {
        let fingerprint = fingerprint(&event.install, &event.api_key);
        let sent = self.install_update(event, sealed, generation, now, &fingerprint)?.send().await;
        match sent {
            Ok(answer) => match answer.attributes.filter(|item| !item.is_empty()) {
                None => Ok(InstallOutcome::New),
                Some(old) => Ok(match from_item::<Meta>(old)?.status {
                    Status::Active => InstallOutcome::KeyReplaced,
                    Status::Uninstalled => InstallOutcome::Reinstalled,
                }),
            },
            Err(error) => {
                let stored: Meta = from_item(
                    refused_item(error.into_service_error())?.ok_or_else(|| Error::internal("a refused install without an item"))?,
                )?;
                let ours = stored.is_of(Some(&event.app_id), Some(&event.instance_id), event.organization_id.as_deref());
                if ours && stored.key_fingerprints.contains(&fingerprint) { Ok(InstallOutcome::Duplicate) } else { Err(mismatch()) }
            }
        }
    }

    fn install_update(
        &self,
        event: &InstallEvent,
        sealed: &Sealed,
        generation: Ulid,
        now: Millis,
        fingerprint: &str,
    ) -> Result<UpdateItemFluentBuilder> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":app", s(&event.app_id))
            .expression_attribute_values(":instance", s(&event.instance_id))
            .expression_attribute_values(":prefix", s(&event.api_key_prefix))
            .expression_attribute_values(":sealed", to_attr(sealed)?)
            .expression_attribute_values(":scopes", to_attr(&event.granted_permissions)?)
            .expression_attribute_values(":generation", s(generation.to_string()))
            .expression_attribute_values(":now", n(now.0))
            .expression_attribute_values(":seen", AttributeValue::Ss(vec![fingerprint.to_owned()]))
            .expression_attribute_values(":key", s(fingerprint))
            .expression_attribute_values(":index", s(INSTALLS_PARTITION))
            .expression_attribute_values(":pk", s(pk(&event.install)))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut set = format!(
            "SET #status = :active, app_id = :app, instance_id = :instance, api_key_prefix = :prefix, sealed_key = :sealed, \
             granted_permissions = :scopes, generation = if_not_exists(generation, :generation), installed_at = if_not_exists(installed_at, :now), \
             key_installed_at = :now, {} = :index, {} = :pk",
            attr::INSTALLS_PK,
            attr::INSTALLS_SK
        );
        let mut condition =
            "attribute_not_exists(pk) OR (app_id = :app AND instance_id = :instance AND NOT contains(key_fingerprints, :key)".to_owned();
        if let Some(organization) = &event.organization_id {
            set.push_str(", organization_id = :organization");
            condition.push_str(" AND (attribute_not_exists(organization_id) OR organization_id = :organization)");
            update = update.expression_attribute_values(":organization", s(organization));
        }
        condition.push(')');
        Ok(update.update_expression(format!("{set} ADD key_fingerprints :seen REMOVE uninstalled_at")).condition_expression(condition))
    }

    /// Records an uninstall event. One write. From here on every session, run and launch of the install is refused.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when ids that were sent do not match, [`Error::Unavailable`].
    pub async fn uninstall(&self, event: &UninstallEvent, now: Millis) -> Result<UninstallOutcome> {
        let happened = event.uninstalled_at.unwrap_or(now);
        let mut condition = "#status = :active AND key_installed_at <= :latest".to_owned();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":uninstalled", s("uninstalled"))
            .expression_attribute_values(":pending", s("pending"))
            .expression_attribute_values(":at", n(happened.0))
            .expression_attribute_values(":latest", n(happened.plus_seconds(STALE_AFTER_SECONDS).0))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, placeholder, value) in [("app_id", ":app", &event.app_id), ("instance_id", ":instance", &event.instance_id)] {
            if let Some(value) = value {
                condition.push_str(&format!(" AND {name} = {placeholder}"));
                update = update.expression_attribute_values(placeholder, s(value));
            }
        }
        if let Some(organization) = &event.organization_id {
            condition.push_str(" AND (attribute_not_exists(organization_id) OR organization_id = :organization)");
            update = update.expression_attribute_values(":organization", s(organization));
        }
        let sent = update
            .update_expression(
                "SET #status = :uninstalled, uninstalled_at = :at, cleanup_generation = generation, cleanup_state = :pending \
                 ADD cleanup_round :one REMOVE generation, sealed_key, installed_at, cleanup_settles_at",
            )
            .expression_attribute_values(":one", n(1))
            .condition_expression(condition)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let old: Meta = from_item(answer.attributes.ok_or_else(|| Error::internal("an uninstall without an old record"))?)?;
                Ok(UninstallOutcome::Removed(old.generation.unwrap_or_default()))
            }
            Err(error) => {
                let Some(item) = refused_item(error.into_service_error())? else { return Ok(UninstallOutcome::Unknown) };
                let stored: Meta = from_item(item)?;
                if !stored.is_of(event.app_id.as_deref(), event.instance_id.as_deref(), event.organization_id.as_deref()) {
                    return Err(mismatch());
                }
                Ok(match stored.status {
                    Status::Uninstalled => {
                        let pending = stored.cleanup_state == Some(CleanupState::Pending);
                        UninstallOutcome::Already(stored.cleanup_generation.filter(|_| pending))
                    }
                    Status::Active => UninstallOutcome::Stale,
                })
            }
        }
    }

    /// The condition under which a launch of this event may be made, as an operation of a transaction.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn launchable(&self, event: &LaunchEvent) -> Result<TransactWriteItem> {
        let mut condition = "#status = :active AND app_id = :app AND instance_id = :instance".to_owned();
        let mut check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(&event.install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":app", s(&event.app_id))
            .expression_attribute_values(":instance", s(&event.instance_id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(organization) = &event.organization_id {
            condition.push_str(" AND (attribute_not_exists(organization_id) OR organization_id = :organization)");
            check = check.expression_attribute_values(":organization", s(organization));
        }
        let check = check.condition_expression(condition).build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Why a launch was refused, from the record that refused it.
    ///
    /// # Errors
    /// Always: that is its answer.
    pub fn launch_refused(event: &LaunchEvent, item: Option<Item>) -> Error {
        let stored: Meta = match item.map(from_item).transpose() {
            Ok(Some(stored)) => stored,
            Ok(None) => return Error::NotFound,
            Err(error) => return error,
        };
        if !stored.is_of(Some(&event.app_id), Some(&event.instance_id), event.organization_id.as_deref()) {
            return mismatch();
        }
        Error::conflict("inactive", "the app is not installed any more")
    }

    /// The condition that an install is active in a generation: part of every transaction that stores a key or creates a run.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn active_in(&self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .condition_expression("#status = :active AND generation = :generation")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":generation", s(generation))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

impl Store {
    /// The operation that asks for a clean-up of what an active installation has put aside. Refuses when it is not active in this
    /// generation, or when another generation's clean-up is pending.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn clean_up_in(&self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression("SET cleanup_generation = :generation, cleanup_state = :pending ADD cleanup_round :one")
            .condition_expression(
                "#status = :active AND generation = :generation AND \
                 (attribute_not_exists(cleanup_state) OR cleanup_state <> :pending OR cleanup_generation = :generation)",
            )
            .expression_attribute_values(":pending", s("pending"));
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    /// The operation that gives a clean-up which is pending, of this generation, more to do. Refuses when the install is not active in its
    /// generation, or when that clean-up has ended: then nobody would look at what is put aside.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn clean_up_more_in(&self, install: &InstallId, generation: &str, pending: &str) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression("ADD cleanup_round :one")
            .condition_expression(
                "#status = :active AND generation = :generation AND cleanup_state = :pending AND cleanup_generation = :cleaned",
            )
            .expression_attribute_values(":pending", s("pending"))
            .expression_attribute_values(":cleaned", s(pending));
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    /// The operation under which an active installation puts aside what an older one has left, whose clean-up has not ended yet. Refuses
    /// when it is not active in this generation.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_aside_in(&self, install: &InstallId, generation: &str) -> Result<TransactWriteItem> {
        let update = self
            .more_to_clean_up(install, generation)
            .update_expression("ADD cleanup_round :one")
            .condition_expression("#status = :active AND generation = :generation");
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    fn more_to_clean_up(&self, install: &InstallId, generation: &str) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s("active"))
            .expression_attribute_values(":generation", s(generation))
            .expression_attribute_values(":one", n(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

fn mismatch() -> Error {
    Error::forbidden("mismatch", "the ids do not belong to this install")
}
