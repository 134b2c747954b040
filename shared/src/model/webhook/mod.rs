//! Webhooks: how Stripe reaches a connection, and the intervals that group its events.
//!
//! Many events within a few seconds become one wake-up: a message for an interval, which is
//! processed after the interval has ended.

pub mod standing;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
pub use standing::{EndpointSeen, EndpointStanding};
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;

/// The length of an interval in seconds. Its events become one wake-up.
pub const BUCKET_SECONDS: i64 = 5;

/// How long a replaced signing secret is accepted: Stripe signs with both for up to a day while one
/// is rolled.
pub const PREVIOUS_SECRET_SECONDS: i64 = 86_400;

/// How Stripe reaches a connection: `STRIPE`'s `webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// A new id for every change. A change is conditional on the previous one.
    pub version: Ulid,
    /// The endpoint that this application created at Stripe. Absent when a person registers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<String>,
    /// The signing secrets of the deliveries. Absent until known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// Why no endpoint could be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<EndpointMissing>,
}

/// The secrets that sign an endpoint's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The current secret.
    pub secret: Sealed,
    /// The fingerprint of the secret: shows whether a secret is this one without decrypting it.
    #[serde(default)]
    pub fingerprint: String,
    /// When it came into use.
    pub since: Millis,
    /// The previous secret, while it is still accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The secret.
    pub secret: Sealed,
    /// Until when it is accepted.
    pub until: Millis,
}

impl Signing {
    /// Replaces the current secret, which stays valid for a day. If the current secret has not yet
    /// `proved` itself with an event while the previous one is still accepted, the previous one is
    /// kept instead, for the rest of its day: a person who pastes a wrong secret, and then another,
    /// must not lose the one that works.
    #[must_use]
    pub fn after(
        old: Option<&Self>,
        secret: Sealed,
        fingerprint: String,
        proved: bool,
        now: Millis,
    ) -> Self {
        let kept = old.filter(|_| !proved).and_then(|old| old.accepted_before(now).cloned());
        let replaced = old.map(|old| Previous {
            secret: old.secret.clone(),
            until: now.plus_seconds(PREVIOUS_SECRET_SECONDS),
        });
        Self { secret, fingerprint, since: now, previous: kept.or(replaced) }
    }

    /// The previous secret, while it is accepted.
    #[must_use]
    pub fn accepted_before(&self, now: Millis) -> Option<&Previous> {
        self.previous.as_ref().filter(|previous| now < previous.until)
    }
}

/// The fingerprint of a signing secret of one connection. The secret is random and long, and cannot
/// be guessed from it.
#[must_use]
pub fn fingerprint(connection: Ulid, secret: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"stripe-sync/signing-secret-fingerprint/v1\0");
    hash.update(connection.to_string());
    hash.update(b"\0");
    hash.update(secret.expose_secret());
    hex::encode(hash.finalize())
}

/// Why no endpoint could be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointMissing {
    /// The key lacks the permission to create endpoints.
    #[serde(rename = "right")]
    Permission,
    /// Stripe refuses the URL: for example, live mode requires HTTPS.
    Refused,
    /// The account has reached Stripe's limit of endpoints.
    Limit,
    /// Stripe did not answer in time.
    Unreachable,
}

/// The URL to which Stripe delivers an install's events.
#[must_use]
pub fn url_of(public_base_url: &str, install: &InstallId) -> String {
    format!("{public_base_url}/api/stripe/{install}")
}

/// The end of the interval that contains an instant. Intervals exclude their start and include
/// their end, so an instant is never after the end of its own.
#[must_use]
pub const fn bucket_end(at: Millis) -> Millis {
    let length = BUCKET_SECONDS * 1000;
    let into = at.0.rem_euclid(length);
    if into == 0 { at } else { Millis(at.0.saturating_add(length - into)) }
}

#[cfg(test)]
mod tests;
