//! Keys: who calls, and what the key may read.

use std::collections::BTreeSet;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::account::{Mode, Stripe};
use super::error::Failure;

/// Read permissions of a restricted key, named as Stripe names them (its messages add `rak_`).
const READS: [&str; 12] = [
    "accounts_kyc_basic_read",
    "application_fee_read",
    "balance_read",
    "balance_transaction_source_read",
    "charge_read",
    "customer_read",
    "dispute_read",
    "event_read",
    "payment_intent_read",
    "payout_read",
    "top_up_read",
    "transfer_read",
];
/// Characters of a key that Stripe's messages show: `rk_test_` and the last four.
const SHOWN_HEAD: usize = 8;
const SHOWN_TAIL: usize = 4;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeyKind {
    /// Only what its permissions say.
    #[default]
    Restricted,
    /// Everything.
    Secret,
    /// Nothing that a server does.
    Publishable,
}

impl KeyKind {
    /// What stands first in the key.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Restricted => "rk",
            Self::Secret => "sk",
            Self::Publishable => "pk",
        }
    }
}

/// The permissions of a restricted key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permissions(BTreeSet<String>);

impl Permissions {
    /// Every permission to read.
    pub(super) fn all_reads() -> Self {
        Self(READS.iter().map(|&permission| permission.to_owned()).collect())
    }

    /// From `{"balance_read": true, …}`: exactly the true ones; if none is true, every read
    /// permission but the false ones.
    ///
    /// # Errors
    /// A name that is not a permission, since a misspelt one would make a test pass for the wrong
    /// reason.
    pub(super) fn from_flags<'a>(
        flags: &(impl Iterator<Item = (&'a str, bool)> + Clone),
    ) -> Result<Self, String> {
        let plain = |name: &'a str| name.trim_start_matches("rak_");
        let known = |name: &str| {
            let stem = name.trim_end_matches("_read").trim_end_matches("_write");
            stem == "webhook" || READS.iter().any(|r| r.trim_end_matches("_read") == stem)
        };
        if let Some((name, _)) = flags.clone().find(|&(name, _)| !known(plain(name))) {
            return Err(format!(
                "no such permission: {name}; permissions are {}",
                READS.join(", ")
            ));
        }
        let named = |on: bool| {
            let kept = flags.clone().filter(move |&(_, value)| value == on);
            kept.map(|(name, _)| plain(name).to_owned())
        };
        if flags.clone().any(|(_, on)| on) {
            return Ok(Self(named(true).collect()));
        }
        let without: BTreeSet<String> = named(false).collect();
        let Self(all) = Self::all_reads();
        Ok(Self(all.difference(&without).cloned().collect()))
    }

    /// And the permission to make and remove webhook endpoints.
    pub(super) fn with_webhooks(mut self) -> Self {
        self.0.insert("webhook_write".to_owned());
        self
    }

    /// Whether `permission` is given, or implied by one that is: writing implies reading, and
    /// reading the sources of balance transactions implies reading balance, application fees and
    /// transfers.
    pub(super) fn allows(&self, permission: &str) -> bool {
        let implied =
            matches!(permission, "balance_read" | "application_fee_read" | "transfer_read")
                && self.0.contains("balance_transaction_source_read");
        let write = permission.replace("_read", "_write");
        implied || self.0.contains(permission) || self.0.contains(&write)
    }
}

/// A key as Stripe knows it.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) account: String,
    pub(super) mode: Mode,
    pub(super) kind: KeyKind,
    pub(super) permissions: Permissions,
    pub(super) expired: bool,
}

/// A caller that has been let in.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) key: Key,
    masked: String,
}

impl Caller {
    /// Who calls.
    ///
    /// # Errors
    /// 401 without a key, with an unknown or an expired one; 403 with a publishable one, or for
    /// another account than the key's.
    pub(super) fn of(stripe: &Stripe, headers: &HeaderMap) -> Result<Self, Failure> {
        let text = credentials(headers).ok_or_else(Failure::no_key)?;
        let masked = mask(&text);
        let Some(key) = stripe.key(&text) else {
            return Err(Failure::bad_key(&masked));
        };
        if key.expired {
            return Err(Failure::expired_key(&masked));
        }
        if key.kind == KeyKind::Publishable {
            return Err(Failure::publishable_key());
        }
        let other = headers.get("stripe-account").filter(|value| **value != *key.account);
        if let Some(other) = other {
            return Err(Failure::other_account(&masked, other.to_str().unwrap_or_default()));
        }
        Ok(Self { key, masked })
    }

    /// Lets the caller go on if its key has the permission.
    ///
    /// # Errors
    /// 403, naming the permission.
    pub(super) fn require(&self, permission: &str) -> Result<(), Failure> {
        if self.key.kind == KeyKind::Secret || self.key.permissions.allows(permission) {
            return Ok(());
        }
        Err(self.lacks(permission))
    }

    /// The refusal for want of a permission.
    pub(super) fn lacks(&self, permission: &str) -> Failure {
        Failure {
            status: StatusCode::FORBIDDEN,
            message: format!(
                "The provided key '{}' does not have the required permissions for this endpoint on \
                    account '{}'. \
                 Having the 'rak_{permission}' permission would allow this request to continue.",
                self.masked, self.key.account
            ),
            ..Failure::invalid_request()
        }
    }
}

/// The key of a `Bearer` or a `Basic` header (the key is the user, the password stays empty).
fn credentials(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned()).filter(|key| !key.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let user = pair.split_once(':').map_or(pair.as_str(), |(user, _)| user);
    Some(user.to_owned()).filter(|key| !key.is_empty())
}

/// A key as messages show it.
fn mask(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    let hidden = chars.len().saturating_sub(SHOWN_HEAD + SHOWN_TAIL);
    if hidden == 0 {
        return "*".repeat(chars.len());
    }
    let head: String = chars.iter().take(SHOWN_HEAD).collect();
    let tail: String = chars.iter().skip(SHOWN_HEAD + hidden).collect();
    format!("{head}{}{tail}", "*".repeat(hidden))
}
