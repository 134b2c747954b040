//! Real time: Stripe sends events, and each becomes a wake-up.
//!
//! `app::webhook` takes deliveries in, and creates and removes the endpoint that Stripe delivers to.
//! Many events of a few seconds become one wake-up: a message for an interval, which the worker
//! answers after the interval has ended.

pub mod standing;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
pub use standing::{EndpointSeen, EndpointStanding};
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::model::sealed::Sealed;
use crate::model::time::Millis;

/// The events of so many seconds become one wake-up.
pub const BUCKET_SECONDS: i64 = 5;

/// A signing secret that was replaced is accepted for so long: Stripe signs with both for up to a day while one is rolled.
pub const PREVIOUS_SECRET_SECONDS: i64 = 86_400;

/// How Stripe reaches a connection: `STRIPE`'s `webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Named anew by every change, so that a change is conditional on the one before it.
    pub version: Ulid,
    /// The endpoint that this application made at Stripe; absent when a person registers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<String>,
    /// What signs the deliveries; absent until it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// Why no endpoint could be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<EndpointMissing>,
}

/// The secrets that sign an endpoint's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The present one.
    pub secret: Sealed,
    /// Tells whether a secret is this one, to those who may not open it.
    #[serde(default)]
    pub fingerprint: String,
    /// Since when.
    pub since: Millis,
    /// The one before, while it is still accepted.
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
    /// A new secret in the place of what was there, which stays valid for a day. If that has not `proved` itself by an event, while the
    /// one before it is still accepted, it is that one which stays, for what is left of its day: whoever pastes a wrong secret, and then
    /// another, must not lose the one that works.
    #[must_use]
    pub fn after(old: Option<&Self>, (secret, fingerprint): (Sealed, String), proved: bool, now: Millis) -> Self {
        let kept = old.filter(|_| !proved).and_then(|old| old.accepted_before(now).cloned());
        let replaced = old.map(|old| Previous { secret: old.secret.clone(), until: now.plus_seconds(PREVIOUS_SECRET_SECONDS) });
        Self { secret, fingerprint, since: now, previous: kept.or(replaced) }
    }

    /// The secret before the present one, while it is accepted.
    #[must_use]
    pub fn accepted_before(&self, now: Millis) -> Option<&Previous> {
        self.previous.as_ref().filter(|previous| now < previous.until)
    }
}

/// A fingerprint of a signing secret of one connection. The secret is random and long; nobody guesses it from this.
#[must_use]
pub fn fingerprint(connection: Ulid, secret: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"stripe-sync/signing-secret-fingerprint/v1\0");
    hash.update(connection.to_string());
    hash.update(b"\0");
    hash.update(secret.expose_secret());
    hex::encode(hash.finalize())
}

/// Why an endpoint could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointMissing {
    /// The key may not make endpoints.
    Right,
    /// Stripe does not take the URL: live mode wants HTTPS, for example.
    Refused,
    /// The account has as many endpoints as Stripe allows.
    Limit,
    /// Stripe did not answer in time.
    Unreachable,
}

/// Where Stripe delivers an install's events.
#[must_use]
pub fn url_of(public_base_url: &str, install: &InstallId) -> String {
    format!("{public_base_url}/api/stripe/{install}")
}

/// The end of the interval in which an instant lies: intervals are open below and closed above, so that an instant is never after the end
/// of its own.
#[must_use]
pub const fn bucket_end(at: Millis) -> Millis {
    let length = BUCKET_SECONDS * 1000;
    let into = at.0.rem_euclid(length);
    if into == 0 { at } else { Millis(at.0.saturating_add(length - into)) }
}

#[cfg(test)]
mod tests;
