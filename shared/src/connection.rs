//! The Stripe connection, `STRIPE`: one for each install, and everything that belongs to it carries its id.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::install::{InstallId, Meta};
use crate::ledger::{Mode, UsedNames, WHOLE_HISTORY};
use crate::store::{Sk, Store, key, s, to_item};
use crate::stripe::KeyKind;
use crate::sync::Trigger;
use crate::vault::Sealed;
use crate::webhook::Webhook;

/// The word for a key that Blnk Cloud does not take.
pub(crate) const BLNK_KEY_REFUSED: &str = "blnk_key_refused";
/// The word for a key of Blnk Cloud that may not do what is needed.
pub(crate) const BLNK_PERMISSION_MISSING: &str = "blnk_permission_missing";
/// The word for a stored key that cannot be opened.
pub(crate) const KEY_UNREADABLE: &str = "key_unreadable";
/// What another delivery of the install, with a new key, may cure.
pub(crate) const OF_THE_INSTALLS_KEY: [&str; 3] = [BLNK_KEY_REFUSED, BLNK_PERMISSION_MISSING, KEY_UNREADABLE];

/// Why a connection's runs rest until a person acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// A stable word for programs.
    pub code: String,
    /// The reason, for people.
    pub reason: String,
    /// When the install's key was delivered that was in use then; absent in pauses of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_at: Option<Millis>,
}

impl Pause {
    /// A pause that began with this install's key.
    #[must_use]
    pub fn new(code: impl Into<String>, reason: impl Into<String>, key_at: Millis) -> Self {
        Self { code: code.into(), reason: reason.into(), key_at: Some(key_at) }
    }

    /// Whether it was the install's key, or what that key may do, that this rests for, and another key has been delivered since. Which
    /// key it was is remembered, and no time of the pause: the new one may have come in the moment before the pause was written down.
    #[must_use]
    pub fn is_over(&self, meta: &Meta) -> bool {
        OF_THE_INSTALLS_KEY.contains(&self.code.as_str()) && self.key_at.is_none_or(|key_at| meta.key_installed_at > key_at)
    }
}

/// A version of the leg words and the instant from which records use it (Unix seconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The version.
    pub version: u32,
    /// Records created from here on use it.
    pub from: i64,
}

/// From when on records are posted; frozen by the first run that posts, and moved to earlier times only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Unix seconds, a UTC midnight; [`crate::ledger::WHOLE_HISTORY`] when nothing is left out.
    pub at: i64,
    /// The start date that the settings named when this was decided. An earlier installation's start counts before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// The opening entries for this start are in the ledger.
    #[serde(default)]
    pub opened: bool,
}

/// The connection of an install to one Stripe account in one mode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    /// The installation it belongs to; one of another generation counts as absent.
    pub generation: String,
    /// Names this connection. Kept when a key for the same account and mode replaces the old one.
    pub connection: Ulid,
    /// `acct_…`
    pub account_id: String,
    /// What the account calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Live or test.
    pub mode: Mode,
    /// Restricted or secret.
    pub key_kind: KeyKind,
    /// What of the key may be shown.
    pub key_prefix: String,
    /// Its last four characters.
    pub key_last4: String,
    /// The key, sealed.
    pub sealed_key: Sealed,
    /// When the account was connected.
    pub connected_at: Millis,
    /// The indicator of the payments mirror, and the prefix of all account names.
    pub mirror: String,
    /// The app's own ledger in the instance, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_id: Option<String>,
    /// Names of counter accounts that were found free of others' entries, by the word of the account: entries may be on each of them.
    #[serde(default, skip_serializing_if = "UsedNames::is_empty")]
    pub accounts: UsedNames,
    /// The instant at which the last completed run began to read: never a record's `created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Millis>,
    /// The lower bound of a run that did not complete (Unix seconds; the beginning of time is `i64::MIN`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reread_from: Option<i64>,
    /// When a run that re-read two days last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_reread_at: Option<Millis>,
    /// When a run that re-read a fortnight last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_reread_at: Option<Millis>,
    /// Which leg words apply from when.
    pub words: Vec<Words>,
    /// From when on records are posted; absent before the first run that posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// The open run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_run: Option<Ulid>,
    /// Another run was asked for while one was open.
    #[serde(default)]
    pub again: bool,
    /// What asked for it: a person, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_by: Option<Trigger>,
    /// Why runs rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// How Stripe tells of events: its endpoint and what signs its deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// When the last event came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_at: Option<Millis>,
    /// When it was put aside for the clean-up, because a reinstall took its place or Stripe could not be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Millis>,
    /// A person has asked for a sync: from then on the schedule and Stripe's events may start one too.
    #[serde(default)]
    pub confirmed: bool,
    /// Records were read without the right to post them: the first run that may write reads the whole history.
    #[serde(default)]
    pub unposted: bool,
    /// Calls about single records have failed: what is known of them is stored beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspects: bool,
}

impl Connection {
    /// Why it rests, unless the key for which it does has been replaced.
    #[must_use]
    pub fn rests(&self, meta: &Meta) -> Option<&Pause> {
        self.paused.as_ref().filter(|pause| !pause.is_over(meta))
    }

    /// Whether a run may start without a person: never the first one, since connecting an account starts no write.
    #[must_use]
    pub const fn may_start_by_itself(&self) -> bool {
        self.confirmed || (self.watermark.is_some() && !self.unposted)
    }

    /// Whether syncs are made of it, if only to compare: from the first one on it has a proof, which must not grow old.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.confirmed || self.watermark.is_some()
    }

    /// From when on records are posted, Unix seconds; nothing as long as none were.
    #[must_use]
    pub fn posted_from(&self) -> Option<i64> {
        let whole = (self.watermark.is_some() && !self.unposted).then_some(WHOLE_HISTORY);
        self.start.as_ref().map(|start| start.at).or(whole)
    }
}

impl Store {
    /// The operation that stores a first connection, or one in the place of an older generation's. Refuses when the connection
    /// that stands there is not the one expected.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_connection(&self, install: &InstallId, connection: &Connection, replaces: Option<&Connection>) -> Result<TransactWriteItem> {
        let mut put = Put::builder().table_name(&self.table).set_item(Some(to_item(install, &Sk::Stripe, connection)?));
        put = match replaces {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(old) => put
                .condition_expression("#connection = :old")
                .expression_attribute_names("#connection", "connection")
                .expression_attribute_values(":old", s(old.connection.to_string())),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::internal)?).build())
    }

    /// The operation that keeps an older generation's connection for the clean-up.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_cleanup(&self, install: &InstallId, old: &Connection, now: Millis) -> Result<TransactWriteItem> {
        self.put_aside(install, &old.generation, old, now)
    }

    /// The operation that keeps a disconnected connection for the clean-up: an installation may leave several.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_disconnected(&self, install: &InstallId, old: &Connection, now: Millis) -> Result<TransactWriteItem> {
        self.put_aside(install, &format!("{}#{}", old.generation, old.connection), old, now)
    }

    fn put_aside(&self, install: &InstallId, name: &str, old: &Connection, now: Millis) -> Result<TransactWriteItem> {
        let kept = Connection { left_at: Some(now), ..old.clone() };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(to_item(install, &Sk::Cleanup(name), &kept)?))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The operation that puts a new key into a connection and lifts its pause.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn replace_key(&self, install: &InstallId, connection: &Connection) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(
                "SET sealed_key = :sealed, key_kind = :kind, key_prefix = :prefix, key_last4 = :last4, display_name = :name REMOVE paused",
            )
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":sealed", crate::store::to_attr(&connection.sealed_key)?)
            .expression_attribute_values(":kind", crate::store::to_attr(&connection.key_kind)?)
            .expression_attribute_values(":prefix", s(&connection.key_prefix))
            .expression_attribute_values(":last4", s(&connection.key_last4))
            .expression_attribute_values(":name", crate::store::to_attr(&connection.display_name)?)
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The operation that deletes a connection, if it is still that one.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn delete_connection(&self, install: &InstallId, connection: Ulid) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
