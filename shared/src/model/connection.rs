//! The Stripe connection, `STRIPE`: one per install. Everything that belongs to it carries its id.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::install::Meta;
use crate::model::ledger::{LEG_KINDS_VERSION, LaterOpening, Mode, UsedNames, WHOLE_HISTORY};
use crate::model::run::request::Trigger;
use crate::model::run::resume::Resume;
use crate::model::sealed::Sealed;
use crate::model::stripe::key::KeyKind;
use crate::model::time::Millis;
use crate::model::webhook::{EndpointSeen, Webhook};

/// The code for a key that Blnk Cloud does not accept.
pub(crate) const BLNK_KEY_REFUSED: &str = "blnk_key_refused";

/// The code for a Blnk Cloud key without the required permission.
pub(crate) const BLNK_PERMISSION_MISSING: &str = "blnk_permission_missing";

/// The code for a stored key that cannot be decrypted.
pub(crate) const KEY_UNREADABLE: &str = "key_unreadable";

/// Pause reasons that another delivery of the install, with a new key, may fix.
pub(crate) const OF_THE_INSTALLS_KEY: [&str; 3] =
    [BLNK_KEY_REFUSED, BLNK_PERMISSION_MISSING, KEY_UNREADABLE];

/// Why a connection's runs are paused until a person acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// A stable code for programs.
    pub code: String,
    /// The reason, for people.
    pub reason: String,
    /// When the install's key that was then in use was delivered. Absent in pauses of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_at: Option<Millis>,
}

impl Pause {
    /// A pause that began with this install's key.
    #[must_use]
    pub fn new(code: impl Into<String>, reason: impl Into<String>, key_at: Millis) -> Self {
        Self { code: code.into(), reason: reason.into(), key_at: Some(key_at) }
    }

    /// Whether the pause is due to the install's key or its permissions, and another key has been
    /// delivered since. The key is compared, not the time of the pause: the new key may have
    /// arrived just before the pause was written.
    #[must_use]
    pub fn is_over(&self, meta: &Meta) -> bool {
        OF_THE_INSTALLS_KEY.contains(&self.code.as_str())
            && self.key_at.is_none_or(|key_at| meta.key_installed_at > key_at)
    }
}

/// Since when records use a version of the leg kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegKindsSince {
    /// The version.
    pub version: u32,
    /// Records created from this time on use it (Unix seconds).
    pub from: i64,
}

/// The time from which records are posted. The first run that posts fixes it. It can only move
/// earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Unix seconds, a UTC midnight. [`crate::model::ledger::WHOLE_HISTORY`] for the whole history.
    pub at: i64,
    /// The start date in the settings when this was decided. An earlier installation's start takes
    /// precedence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// The opening entries for this start are in the ledger.
    #[serde(default)]
    pub opened: bool,
    /// The opening entries that take effect later than this start, because the start was moved back
    /// after they were posted. Absent until the openings are posted, and in starts of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Vec<LaterOpening>>,
}

/// The connection of an install to one Stripe account in one mode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    /// The installation it belongs to. A connection of another generation counts as absent.
    pub generation: String,
    /// The id of this connection. It is kept when a key for the same account and mode replaces the
    /// old one.
    pub connection: Ulid,
    /// `acct_…`
    pub account_id: String,
    /// The account's display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Live or test.
    pub mode: Mode,
    /// Restricted or secret.
    pub key_kind: KeyKind,
    /// The part of the key that may be shown.
    pub key_prefix: String,
    /// Its last four characters.
    pub key_last4: String,
    /// The encrypted key.
    pub sealed_key: Sealed,
    /// When the account was connected.
    pub connected_at: Millis,
    /// The indicator of the payments mirror, and the prefix of all account names.
    pub mirror: String,
    /// This app's ledger in the instance, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_id: Option<String>,
    /// Names of offset accounts that were found free of foreign entries, by the account's key. Each
    /// of them may hold entries.
    #[serde(default, skip_serializing_if = "UsedNames::is_empty")]
    pub accounts: UsedNames,
    /// The watermark: when the last completed run began to read. Never a record's `created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Millis>,
    /// The lower bound of a run that did not complete (Unix seconds; the beginning of time is
    /// `i64::MIN`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reread_from: Option<i64>,
    /// What a run that did not complete has read. The next run continues from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Box<Resume>>,
    /// When a run that re-read two days last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_reread_at: Option<Millis>,
    /// When a run that re-read a fortnight last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_reread_at: Option<Millis>,
    /// Which leg kinds apply from when.
    #[serde(rename = "words")]
    pub leg_kinds: Vec<LegKindsSince>,
    /// The time from which records are posted. Absent before the first run that posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// The open run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_run: Option<Ulid>,
    /// Another run was requested while one was open.
    #[serde(default)]
    #[serde(rename = "again")]
    pub rerun_requested: bool,
    /// What requested it: a person, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "again_by")]
    pub rerun_trigger: Option<Trigger>,
    /// Why runs are paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// How Stripe delivers events: the endpoint and its signing secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// When the last event arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_at: Option<Millis>,
    /// The last known state of the endpoint at Stripe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_seen: Option<EndpointSeen>,
    /// When it was put aside for the clean-up, because a reinstall replaced it or Stripe was
    /// unreachable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "left_at")]
    pub disconnected_at: Option<Millis>,
    /// A person has requested a sync. From then on, the schedule and Stripe's events may start one
    /// too.
    #[serde(default)]
    #[serde(rename = "confirmed")]
    pub first_sync_confirmed: bool,
    /// Records were read without permission to post them. The first run that may write reads the
    /// whole history.
    #[serde(default)]
    #[serde(rename = "unposted")]
    pub has_unposted_history: bool,
    /// Everything that is mirrored has figures. Connections of earlier versions get them in steps.
    #[serde(default)]
    pub figures_complete: bool,
    /// The notices that were open when an earlier connection of the account ended have been taken
    /// over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notices_adopted: bool,
    /// Calls about single records have failed. The details are stored in separate items.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspects: bool,
}

impl Connection {
    /// Why it is paused, unless the key that caused the pause has been replaced.
    #[must_use]
    pub fn active_pause(&self, meta: &Meta) -> Option<&Pause> {
        self.paused.as_ref().filter(|pause| !pause.is_over(meta))
    }

    /// Whether a run may start without a person. Never the first one, because connecting an account
    /// starts no write.
    #[must_use]
    pub const fn may_start_by_itself(&self) -> bool {
        self.first_sync_confirmed || (self.watermark.is_some() && !self.has_unposted_history)
    }

    /// Whether it is synced, even if only to compare. From the first sync on it has a proof, which
    /// must stay fresh.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.first_sync_confirmed || self.watermark.is_some()
    }

    /// The time from which records are posted, in Unix seconds. `None` while no records were
    /// posted.
    #[must_use]
    pub fn posted_from(&self) -> Option<i64> {
        let whole =
            (self.watermark.is_some() && !self.has_unposted_history).then_some(WHOLE_HISTORY);
        self.start.as_ref().map(|start| start.at).or(whole)
    }
}

/// What a connection begins with.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// The installation it belongs to.
    pub generation: String,
    /// The id of the connection.
    pub connection: Ulid,
    /// `acct_…`
    pub account_id: String,
    /// Live or test.
    pub mode: Mode,
    /// The kind of the Stripe key.
    pub key_kind: KeyKind,
    /// The key's prefix.
    pub key_prefix: String,
    /// The key's last four characters.
    pub key_last4: String,
    /// The sealed key.
    pub sealed_key: Sealed,
    /// When the account was connected.
    pub connected_at: Millis,
    /// The account name of the mirror.
    pub mirror: String,
}

impl Connection {
    /// A new connection without any activity.
    #[must_use]
    pub fn new(new: NewConnection) -> Self {
        Self {
            generation: new.generation,
            connection: new.connection,
            account_id: new.account_id,
            display_name: None,
            mode: new.mode,
            key_kind: new.key_kind,
            key_prefix: new.key_prefix,
            key_last4: new.key_last4,
            sealed_key: new.sealed_key,
            connected_at: new.connected_at,
            mirror: new.mirror,
            ledger_id: None,
            watermark: None,
            reread_from: None,
            resume: None,
            daily_reread_at: None,
            weekly_reread_at: None,
            leg_kinds: vec![LegKindsSince { version: LEG_KINDS_VERSION, from: i64::MIN }],
            start: None,
            current_run: None,
            rerun_requested: false,
            rerun_trigger: None,
            paused: None,
            accounts: Default::default(),
            webhook: None,
            event_at: None,
            endpoint_seen: None,
            disconnected_at: None,
            first_sync_confirmed: false,
            has_unposted_history: false,
            figures_complete: true,
            notices_adopted: false,
            suspects: false,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ulid::Ulid;

    use crate::model::connection::{Connection, NewConnection};

    use crate::model::ledger::Mode;

    use crate::model::stripe::key::KeyKind;

    use crate::model::time::Millis;

    /// A new connection without any activity.
    pub(crate) fn connection() -> Connection {
        Connection::new(NewConnection {
            generation: "01GEN".into(),
            connection: Ulid::from_parts(1_760_000_000_000, 1),
            account_id: "acct_1".into(),
            mode: Mode::Test,
            key_kind: KeyKind::Restricted,
            key_prefix: "rk_test_".into(),
            key_last4: "WXYZ".into(),
            sealed_key: serde_json::from_str(
                r#"{"v":1,"wrapped_key":"","nonce":"","ciphertext":""}"#,
            )
            .unwrap(),
            connected_at: Millis(0),
            mirror: "@stripe_test".into(),
        })
    }
}
