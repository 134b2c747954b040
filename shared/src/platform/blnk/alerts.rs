//! Alerts, which Blnk Cloud shows to the people responsible for a ledger. Creating one twice makes
//! two: look it up first.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::model::shape::{JsonMembers, Shape};
use crate::platform::blnk::body::encode;
use crate::platform::blnk::classify::{CallError, classify};
use crate::platform::blnk::client::BlnkClient;
use crate::platform::blnk::decode::null_as_default;
use crate::platform::blnk::error::{BlnkError, RefusalCode, UnknownCause};
use crate::platform::http::Deadline;
use crate::platform::http::reply::{Fault, Reply};

/// The status of an alert whose cause is gone. An organization has only `FLAGGED` until someone
/// adds others.
pub const RESOLVED: &str = "RESOLVED";

/// One of the colours that Blnk Cloud allows for a status.
const RESOLVED_COLOUR: &str = "#10B981";

/// The maximum number of list pages that a look-up reads. The newest alerts come first.
const MAX_PAGES: u32 = 3;

/// An alert: the fields that are read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Alert {
    /// `ano_…`
    pub anomaly_id: String,
    /// For people.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// `FLAGGED`, or a custom status of the organization.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: String,
}

#[derive(Serialize)]
struct Flag<'a> {
    title: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
}

#[derive(Serialize)]
struct NewStatus<'a> {
    name: &'a str,
    colour: &'a str,
    key: &'a str,
}

/// The names of the calls.
const LIST: &str = "GET /alerts";

const RAISE: &str = "POST /alerts/flag/:id";

const CHANGE: &str = "PUT /alerts/flag/:id";

const STATUS: &str = "POST /alerts/statuses";

/// The alerts of a page: an object with the member `data`, or a bare array.
fn listed(body: &[u8]) -> Option<Vec<Alert>> {
    let text = std::str::from_utf8(body).ok()?.trim_ascii();
    let array =
        if text.starts_with('[') { text } else { JsonMembers::of(body)?.raw("data")?.get() };
    if array == "null" { Some(Vec::new()) } else { serde_json::from_str(array).ok() }
}

/// An alert, bare or in `data`.
fn one(body: &[u8]) -> Option<Alert> {
    let members = JsonMembers::of(body)?;
    match members.raw("data") {
        Some(data) => serde_json::from_str(data.get()).ok(),
        None => serde_json::from_slice(body).ok(),
    }
    .filter(|alert: &Alert| !alert.anomaly_id.is_empty())
}

impl BlnkClient {
    /// Raises an alert on a balance, a transaction or an identity.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::Malformed`]. After [`BlnkError::UnknownOutcome`] the
    /// alert may exist.
    pub async fn raise_alert(
        &self,
        on: &str,
        title: &str,
        description: &str,
        deadline: Deadline,
    ) -> Result<Alert, BlnkError> {
        let flagged = Flag { title, description, status: None };
        self.write_alert(Method::POST, RAISE, &flag(on), &flagged, deadline, one).await
    }

    /// Changes the texts of an alert, and its status if one is given. Idempotent. Returns whether
    /// the alert exists.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::Malformed`].
    pub async fn change_alert(
        &self,
        id: &str,
        title: &str,
        description: &str,
        status: Option<&str>,
        deadline: Deadline,
    ) -> Result<bool, BlnkError> {
        let flagged = Flag { title, description, status };
        match self.write_alert(Method::PUT, CHANGE, &flag(id), &flagged, deadline, taken).await {
            Ok(_) => Ok(true),
            Err(BlnkError::Refused { code: RefusalCode::NotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Creates the status for resolved alerts, unless the organization has it.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::Malformed`].
    pub async fn ensure_resolved_status(&self, deadline: Deadline) -> Result<(), BlnkError> {
        let status = NewStatus { name: "Resolved", colour: RESOLVED_COLOUR, key: RESOLVED };
        match self
            .write_alert(Method::POST, STATUS, "/alerts/statuses", &status, deadline, taken)
            .await
        {
            Ok(_)
            | Err(BlnkError::Refused {
                code: RefusalCode::Conflict | RefusalCode::AlreadyExists,
                ..
            }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Finds the newest alert whose description holds a text, among the newest few hundred.
    ///
    /// # Errors
    ///
    /// Any [`BlnkError`] but [`BlnkError::UnknownOutcome`].
    pub async fn find_alert(
        &self,
        text: &str,
        deadline: Deadline,
    ) -> Result<Option<Alert>, BlnkError> {
        let mut before: Option<Vec<String>> = None;
        for page in 1..=MAX_PAGES {
            let page = page.to_string();
            let query = [("page", page.as_str()), ("pageSize", "100")];
            let reply = self
                .call(Method::GET, "/alerts", &query, None, deadline)
                .await
                .map_err(unavailable)?;
            if !reply.status.is_success() {
                return Err(refused(&reply, self));
            }
            let body = reply.body.map_err(unavailable)?;
            let unknown =
                || BlnkError::Unavailable { cause: UnknownCause::Shape(Shape::of(LIST, &body)) };
            let rows = listed(&body).ok_or_else(unknown)?;
            let ids: Vec<String> = rows.iter().map(|row| row.anomaly_id.clone()).collect();
            if let Some(found) = rows.into_iter().find(|row| row.description.contains(text)) {
                return Ok(Some(found));
            }
            // A list without pagination returns the same page again.
            if ids.is_empty() || before.as_ref() == Some(&ids) {
                return Ok(None);
            }
            before = Some(ids);
        }
        Ok(None)
    }

    /// Writes once, and decodes the required part of the response.
    async fn write_alert<T>(
        &self,
        method: Method,
        call: &'static str,
        path: &str,
        body: &impl Serialize,
        deadline: Deadline,
        read: impl for<'b> FnOnce(&'b [u8]) -> Option<T>,
    ) -> Result<T, BlnkError> {
        let body = encode(body)?;
        let reply = match self.call(method, path, &[], Some(body), deadline).await {
            Ok(reply) => reply,
            Err(fault) if fault.nothing_sent() => return Err(unavailable(fault)),
            Err(fault) => {
                return Err(BlnkError::UnknownOutcome { cause: UnknownCause::Network(fault) });
            }
        };
        // Which success status applies is not documented.
        if reply.status.is_success() {
            let body = reply.body.map_err(|fault| BlnkError::UnknownOutcome {
                cause: UnknownCause::Network(fault),
            })?;
            return read(&body).ok_or_else(|| self.unknown_outcome(Shape::of(call, &body)));
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

/// Accepts any response that reports no error: its content is not documented.
fn taken(body: &[u8]) -> Option<()> {
    JsonMembers::of(body).map(|_| ())
}

fn flag(id: &str) -> String {
    format!("/alerts/flag/{id}")
}

fn unavailable(fault: Fault) -> BlnkError {
    BlnkError::Unavailable { cause: UnknownCause::Network(fault) }
}

fn refused(reply: &Reply, client: &BlnkClient) -> BlnkError {
    match classify(reply, &client.key) {
        CallError::Unknown(cause) => BlnkError::Unavailable { cause },
        CallError::Refused(refusal) => BlnkError::Refused {
            code: refusal.code,
            message: refusal.message,
            retry_after: refusal.retry_after,
        },
    }
}
