//! Writes: each is sent once, and its outcome is told as far as it is known.

use std::time::Duration;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::client::BlnkClient;
use super::error::{Answer, BlnkError, RefusalCode, UnknownCause, classify};
use super::types::{Identity, IdentityCreation, Ledger, LedgerBalance, MetaData, NewBalance, NewIdentity};
use crate::http::{Deadline, Fault, Reply};

/// Core's default limit for a request body. It answers a larger one like a malformed one, so it is never sent.
pub const MAX_BULK_BYTES: usize = 5 * 1024 * 1024;

/// What is known after a bulk post. After anything but [`Self::AllApplied`] and [`Self::NotSent`] any number of entries from the front of
/// the bulk may be in the ledger, and none after the first that failed: look the references up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkOutcome {
    /// Every entry is in the ledger.
    AllApplied,
    /// The ledger stopped at an entry, or refused the whole.
    Refused {
        /// The entry it stopped at, counted from 0, when the answer names it.
        position: Option<usize>,
        /// That entry's reference, when the answer names it.
        reference: Option<String>,
        /// Why.
        code: RefusalCode,
        /// Core's message, shortened; for people.
        message: String,
        /// Whether the same entry may be taken later.
        retryable: bool,
        /// How long Cloud asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// No answer, or one that says nothing of what was done.
    Unknown(UnknownCause),
    /// Nothing left this process: no time, no connection, or a body that the ledger would not take.
    NotSent(NotSent),
}

/// Why a bulk was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// No time left, or no connection.
    Network(Fault),
    /// Over [`MAX_BULK_BYTES`]: send fewer entries.
    TooLarge,
    /// An entry that cannot be written as JSON.
    NotJson,
}

#[derive(Serialize)]
struct Bulk<'a, T> {
    transactions: &'a [T],
    /// A roll-back would burn the references of all entries.
    atomic: bool,
    inflight: bool,
    run_async: bool,
    /// Written when answered, in order, with its effective date.
    skip_queue: bool,
}

#[derive(Deserialize)]
struct BulkReceipt {
    #[serde(default)]
    transaction_count: Option<usize>,
}

#[derive(Serialize)]
struct NewLedger<'a> {
    name: &'a str,
    meta_data: &'a MetaData,
}

impl BlnkClient {
    /// Posts entries in order, each applied before the next is begun. It is never repeated here.
    pub async fn bulk<T: Serialize>(&self, entries: &[T], deadline: Deadline) -> BulkOutcome {
        if entries.is_empty() {
            return BulkOutcome::AllApplied;
        }
        let bulk = Bulk { transactions: entries, atomic: false, inflight: false, run_async: false, skip_queue: true };
        let Ok(body) = serde_json::to_vec(&bulk) else {
            return BulkOutcome::NotSent(NotSent::NotJson);
        };
        if body.len() > MAX_BULK_BYTES {
            return BulkOutcome::NotSent(NotSent::TooLarge);
        }
        let reply = match self.post("/proxy/transactions/bulk", &[], body, deadline).await {
            Ok(reply) => reply,
            Err(fault) if fault.nothing_sent() => {
                return BulkOutcome::NotSent(NotSent::Network(fault));
            }
            Err(fault) => return BulkOutcome::Unknown(UnknownCause::Network(fault)),
        };
        if reply.status == StatusCode::CREATED {
            return applied(&reply, entries.len());
        }
        match classify(&reply, &self.key) {
            Answer::Unknown(cause) => BulkOutcome::Unknown(cause),
            Answer::Refused(refusal) => BulkOutcome::Refused {
                position: refusal.position.filter(|position| *position < entries.len()),
                reference: refusal.reference,
                code: refusal.code,
                message: refusal.message,
                retryable: refusal.code.is_retryable(),
                retry_after: refusal.retry_after,
            },
        }
    }

    /// Makes a ledger. Doing it twice makes two: look before.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::Malformed`]. After [`BlnkError::UnknownOutcome`] it may exist.
    pub async fn create_ledger(&self, name: &str, meta_data: &MetaData, deadline: Deadline) -> Result<Ledger, BlnkError> {
        self.create("/proxy/ledgers", &NewLedger { name, meta_data }, deadline).await
    }

    /// Makes a balance. Doing it twice makes two: look before.
    ///
    /// # Errors
    ///
    /// As [`Self::create_ledger`].
    pub async fn create_balance(&self, balance: &NewBalance<'_>, deadline: Deadline) -> Result<LedgerBalance, BlnkError> {
        self.create("/proxy/balances", balance, deadline).await
    }

    /// Makes an identity under the caller's id. Doing it twice makes one.
    ///
    /// # Errors
    ///
    /// As [`Self::create_ledger`].
    pub async fn create_identity(&self, identity: &NewIdentity, deadline: Deadline) -> Result<IdentityCreation, BlnkError> {
        match self.create::<Identity>("/proxy/identities", identity, deadline).await {
            Ok(created) => Ok(IdentityCreation::Created(created)),
            // Core says 400, its documentation 409 without a promise of the words: on this route there is only one conflict.
            Err(BlnkError::Refused { code: RefusalCode::AlreadyExists | RefusalCode::Conflict, .. }) => Ok(IdentityCreation::AlreadyExists),
            Err(error) => Err(error),
        }
    }

    async fn create<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize, deadline: Deadline) -> Result<T, BlnkError> {
        let body = serde_json::to_vec(body).map_err(|_| BlnkError::Malformed { what: "a request that is not JSON" })?;
        let reply = match self.post(path, &[], body, deadline).await {
            Ok(reply) => reply,
            Err(fault) if fault.nothing_sent() => {
                return Err(BlnkError::Unavailable { cause: UnknownCause::Network(fault) });
            }
            Err(fault) => {
                return Err(BlnkError::UnknownOutcome { cause: UnknownCause::Network(fault) });
            }
        };
        if matches!(reply.status, StatusCode::CREATED | StatusCode::OK) {
            let body = reply.body.map_err(|fault| BlnkError::UnknownOutcome { cause: UnknownCause::Network(fault) })?;
            return serde_json::from_slice(&body).map_err(|_| BlnkError::UnknownOutcome { cause: UnknownCause::Unreadable });
        }
        Err(match classify(&reply, &self.key) {
            Answer::Unknown(cause) => BlnkError::UnknownOutcome { cause },
            Answer::Refused(refusal) => {
                BlnkError::Refused { code: refusal.code, message: refusal.message, retry_after: refusal.retry_after }
            }
        })
    }
}

/// 201 means that all were applied, also when the connection broke before the body was complete. A body that counts must count right.
fn applied(reply: &Reply, entries: usize) -> BulkOutcome {
    let body = reply.body.as_deref().unwrap_or_default();
    let counted = serde_json::from_slice::<BulkReceipt>(body).ok().and_then(|receipt| receipt.transaction_count);
    if counted.is_none_or(|count| count == entries) { BulkOutcome::AllApplied } else { BulkOutcome::Unknown(UnknownCause::Unreadable) }
}
