//! Writes. Each is sent once, and its outcome is reported as far as it is known.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::shape::{JsonMembers, Shape};
use crate::platform::blnk::body::encode;
use crate::platform::blnk::classify::{CallError, classify};
use crate::platform::blnk::client::{BlnkClient, CALL_LIMITS};
use crate::platform::blnk::error::{BlnkError, RefusalCode, UnknownCause};
use crate::platform::blnk::types::{
    Identity, IdentityChange, IdentityCreation, IdentityUpdate, Ledger, LedgerBalance, MetaData,
    NewBalance, NewIdentity,
};
use crate::platform::http::Deadline;
use crate::platform::http::reply::{Fault, Reply};

/// Core's default limit for a request body. Core answers a larger body like a malformed one, so it
/// is never sent.
pub const MAX_BULK_BYTES: usize = 5 * 1024 * 1024;

const BULK: &str = "/proxy/transactions/bulk";

const LEDGERS: &str = "/proxy/ledgers";

const BALANCES: &str = "/proxy/balances";

const IDENTITIES: &str = "/proxy/identities";

/// The names of the calls that change one object.
const UPDATE_IDENTITY: &str = "PUT /proxy/identities/:id";

const LINK_IDENTITY: &str = "PUT /proxy/balances/:id/identity";

/// Core's message for an update that changes nothing.
const NOTHING_TO_UPDATE: &str = "no fields provided";

/// How often a change is sent when it is refused with an unknown message: an older Core reports its
/// own faults in the same way.
const MAX_UNKNOWN_REFUSALS: u32 = 3;

/// The outcome of a bulk post. After anything but [`Self::AllApplied`] and [`Self::NotSent`], any
/// number of entries from the front of the bulk may be in the ledger, and none after the first that
/// failed: look the references up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkOutcome {
    /// Every entry is in the ledger.
    AllApplied,
    /// The ledger stopped at an entry, or refused the whole bulk.
    Refused {
        /// The entry it stopped at, counted from 0, when the response names it.
        position: Option<usize>,
        /// The reference of that entry, when the response names it.
        reference: Option<String>,
        /// Why.
        code: RefusalCode,
        /// Core's message, shortened, for people.
        message: String,
        /// Whether the same entry may be accepted later.
        retryable: bool,
        /// How long Cloud asked to wait.
        retry_after: Option<Duration>,
    },
    /// No response, or one that does not say what was done.
    Unknown(UnknownCause),
    /// Nothing left this process: no time, no connection, or a body that the ledger would not
    /// accept.
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
    /// A rollback would use up the references of all entries.
    atomic: bool,
    inflight: bool,
    run_async: bool,
    /// Entries are written before the response, in order, with their effective date.
    skip_queue: bool,
}

#[derive(Serialize)]
struct NewLedger<'a> {
    name: &'a str,
    meta_data: &'a MetaData,
}

#[derive(Serialize)]
struct Link<'a> {
    identity_id: &'a str,
}

impl BlnkClient {
    /// Posts entries in order. Each is applied before the next begins. Never retried here.
    pub async fn bulk<T: Serialize>(&self, entries: &[T], deadline: Deadline) -> BulkOutcome {
        if entries.is_empty() {
            return BulkOutcome::AllApplied;
        }
        let bulk = Bulk {
            transactions: entries,
            atomic: false,
            inflight: false,
            run_async: false,
            skip_queue: true,
        };
        let body = match encode(&bulk) {
            Ok(body) => body,
            Err(error) => return unsent(entries, error),
        };
        if body.len() > MAX_BULK_BYTES {
            return BulkOutcome::NotSent(NotSent::TooLarge);
        }
        let reply = match self.post(BULK, &[], body, deadline).await {
            Ok(reply) => reply,
            Err(fault) if fault.nothing_sent() => {
                return BulkOutcome::NotSent(NotSent::Network(fault));
            }
            Err(fault) => return BulkOutcome::Unknown(UnknownCause::Network(fault)),
        };
        if reply.status == StatusCode::CREATED {
            let outcome = applied(&reply, entries.len());
            if let BulkOutcome::Unknown(UnknownCause::Shape(shape)) = outcome {
                self.noted.note(Some(shape));
            }
            return outcome;
        }
        match classify(&reply, &self.key) {
            CallError::Unknown(cause) => BulkOutcome::Unknown(cause),
            CallError::Refused(refusal) => BulkOutcome::Refused {
                position: refusal.position.filter(|position| *position < entries.len()),
                reference: refusal.reference,
                code: refusal.code,
                message: refusal.message,
                retryable: refusal.code.is_retryable(),
                retry_after: refusal.retry_after,
            },
        }
    }

    /// Creates a ledger. Doing it twice makes two: look it up first.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::Malformed`]. After [`BlnkError::UnknownOutcome`] it may
    /// exist.
    pub async fn create_ledger(
        &self,
        name: &str,
        meta_data: &MetaData,
        deadline: Deadline,
    ) -> Result<Ledger, BlnkError> {
        self.create(LEDGERS, "ledger_id", &NewLedger { name, meta_data }, deadline).await
    }

    /// Creates a balance. Doing it twice makes two: look it up first.
    ///
    /// # Errors
    ///
    /// As [`Self::create_ledger`].
    pub async fn create_balance(
        &self,
        balance: &NewBalance<'_>,
        deadline: Deadline,
    ) -> Result<LedgerBalance, BlnkError> {
        self.create(BALANCES, "balance_id", balance, deadline).await
    }

    /// Creates an identity under the caller's id. Idempotent.
    ///
    /// # Errors
    ///
    /// As [`Self::create_ledger`].
    pub async fn create_identity(
        &self,
        identity: &NewIdentity,
        deadline: Deadline,
    ) -> Result<IdentityCreation, BlnkError> {
        match self.create::<Identity>(IDENTITIES, "identity_id", identity, deadline).await {
            Ok(created) => Ok(IdentityCreation::Created(created)),
            Err(BlnkError::Refused { code: RefusalCode::AlreadyExists, .. }) => {
                Ok(IdentityCreation::AlreadyExists)
            }
            // Core answers 400. Its documentation says 409 and does not fix the message. A busy
            // ledger also answers 409, and has created nothing.
            Err(error @ BlnkError::Refused { code: RefusalCode::Conflict, .. }) => {
                let there = self.identities(&[&identity.identity_id], deadline).await?;
                if there.is_empty() { Err(error) } else { Ok(IdentityCreation::AlreadyExists) }
            }
            Err(error) => Err(error),
        }
    }

    /// Changes an identity. Idempotent, so it is retried while a retry may help and time is left.
    ///
    /// # Errors
    ///
    /// [`BlnkError::Refused`] when the key lacks the permission or the ledger is busy,
    /// [`BlnkError::UnknownOutcome`], [`BlnkError::Malformed`] for an invalid id.
    pub async fn update_identity(
        &self,
        id: &str,
        change: &IdentityChange,
        deadline: Deadline,
    ) -> Result<IdentityUpdate, BlnkError> {
        if change.is_empty() {
            return Ok(IdentityUpdate::Done);
        }
        let path = format!("{IDENTITIES}/{}", path_id(id)?);
        let body = encode(change)?;
        self.put(UPDATE_IDENTITY, &path, &body, deadline).await
    }

    /// Sets the identity of a balance, whatever it was before. Idempotent, so it is retried while a
    /// retry may help and time is left.
    ///
    /// # Errors
    ///
    /// As [`Self::update_identity`].
    pub async fn link_balance_identity(
        &self,
        balance_id: &str,
        identity_id: &str,
        deadline: Deadline,
    ) -> Result<IdentityUpdate, BlnkError> {
        let path = format!("{BALANCES}/{}/identity", path_id(balance_id)?);
        let link = Link { identity_id: path_id(identity_id)? };
        let body = encode(&link)?;
        self.put(LINK_IDENTITY, &path, &body, deadline).await
    }

    /// An idempotent change, retried while a retry may help and time is left.
    async fn put(
        &self,
        call: &'static str,
        path: &str,
        body: &[u8],
        deadline: Deadline,
    ) -> Result<IdentityUpdate, BlnkError> {
        let mut attempt = 1;
        loop {
            let reply = self.call(Method::PUT, path, &[], Some(body.to_vec()), deadline).await;
            let failure = match reply {
                Ok(reply) if reply.status.is_success() => match &reply.body {
                    Ok(body) if says_done(body) => return Ok(IdentityUpdate::Done),
                    Ok(body) => CallError::Unknown(UnknownCause::Shape(Shape::of(call, body))),
                    Err(fault) => CallError::Unknown(UnknownCause::Network(*fault)),
                },
                Ok(reply) => classify(&reply, &self.key),
                Err(fault) => CallError::Unknown(UnknownCause::Network(fault)),
            };
            let (error, retry, asked) = match failure {
                CallError::Unknown(cause) => {
                    (BlnkError::UnknownOutcome { cause }, cause.is_transient(), None)
                }
                CallError::Refused(refusal) if refusal.code == RefusalCode::NotFound => {
                    return Ok(IdentityUpdate::Gone);
                }
                CallError::Refused(refusal)
                    if matches!(
                        refusal.code,
                        RefusalCode::Validation | RefusalCode::Unrecognized
                    ) =>
                {
                    if refusal.message.to_lowercase().contains(NOTHING_TO_UPDATE) {
                        return Ok(IdentityUpdate::Done);
                    }
                    let unclear =
                        refusal.code == RefusalCode::Unrecognized && attempt < MAX_UNKNOWN_REFUSALS;
                    if !unclear || !self.retry.pause(attempt, None, deadline, CALL_LIMITS).await {
                        return Ok(IdentityUpdate::Refused(refusal.message));
                    }
                    attempt += 1;
                    continue;
                }
                CallError::Refused(refusal) => {
                    let (code, message, retry_after) =
                        (refusal.code, refusal.message, refusal.retry_after);
                    (
                        BlnkError::Refused { code, message, retry_after },
                        code.is_retryable(),
                        retry_after,
                    )
                }
            };
            if !retry || !self.retry.pause(attempt, asked, deadline, CALL_LIMITS).await {
                self.noted.note(error.shape());
                return Err(error);
            }
            tracing::debug!(attempt, %error, "retrying a change");
            attempt += 1;
        }
    }

    /// A write with a response of an undocumented shape.
    pub(crate) fn unknown_outcome(&self, shape: Shape) -> BlnkError {
        self.noted.note(Some(shape));
        BlnkError::UnknownOutcome { cause: UnknownCause::Shape(shape) }
    }

    async fn create<T: DeserializeOwned>(
        &self,
        path: &'static str,
        id: &'static str,
        body: &impl Serialize,
        deadline: Deadline,
    ) -> Result<T, BlnkError> {
        let body = encode(body)?;
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
            let body = reply.body.map_err(|fault| BlnkError::UnknownOutcome {
                cause: UnknownCause::Network(fault),
            })?;
            let created = JsonMembers::of(&body)
                .and_then(|members| members.id(id))
                .and_then(|_| serde_json::from_slice(&body).ok());
            return created.ok_or_else(|| self.unknown_outcome(Shape::of(path, &body)));
        }
        Err(match classify(&reply, &self.key) {
            CallError::Unknown(cause) => BlnkError::UnknownOutcome { cause },
            CallError::Refused(refusal) => BlnkError::Refused {
                code: refusal.code,
                message: refusal.message,
                retry_after: refusal.retry_after,
            },
        })
    }
}

/// Checks an id for use in a path: an id that could name another path is refused.
fn path_id(id: &str) -> Result<&str, BlnkError> {
    let plain = !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain { Ok(id) } else { Err(BlnkError::Malformed { what: "an id" }) }
}

/// The outcome of a bulk that cannot be encoded: the first entry that a ledger cannot store is
/// refused.
fn unsent<T: Serialize>(entries: &[T], error: BlnkError) -> BulkOutcome {
    let BlnkError::Refused { code, message, .. } = error else {
        return BulkOutcome::NotSent(NotSent::NotJson);
    };
    let position = entries.iter().position(|entry| encode(entry).is_err());
    BulkOutcome::Refused {
        position,
        reference: None,
        code,
        message,
        retryable: false,
        retry_after: None,
    }
}

/// 201 means that all entries were applied, also when the connection broke before the body was
/// complete. A receipt names its batch or counts, and its count must be right. A body that is no
/// receipt says nothing.
fn applied(reply: &Reply, entries: usize) -> BulkOutcome {
    let Ok(body) = &reply.body else { return BulkOutcome::AllApplied };
    let unknown = || BulkOutcome::Unknown(UnknownCause::Shape(Shape::of(BULK, body)));
    let Some(members) = JsonMembers::of(body) else { return unknown() };
    match members.raw("transaction_count").map(|count| serde_json::from_str::<usize>(count.get())) {
        Some(Ok(count)) if count == entries => BulkOutcome::AllApplied,
        Some(Ok(_)) => BulkOutcome::Unknown(UnknownCause::Unreadable),
        None if members.id("batch_id").is_some() => BulkOutcome::AllApplied,
        Some(Err(_)) | None => unknown(),
    }
}

/// Whether a response confirms a change, with a message or by showing the changed object.
fn says_done(body: &[u8]) -> bool {
    let Some(members) = JsonMembers::of(body) else { return false };
    ["message", "identity_id", "balance_id"].into_iter().any(|name| members.id(name).is_some())
}
