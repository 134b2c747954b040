//! Whether Blnk Cloud accepts a key for an instance: the cheapest call that shows it, sent once.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::model::install::permission::Permission;
use crate::platform::blnk::client::BlnkClient;
use crate::platform::http::Deadline;
use crate::platform::http::reply::Reply;

/// What a response says about the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyVerdict {
    /// It is accepted for this instance.
    Accepted,
    /// It is unknown or revoked.
    Invalid,
    /// It is known, but not valid for this instance or for this request.
    NoAccess,
    /// Nothing: the responder may not have checked the key.
    Unknown,
}

/// A read without a result: no ledger has this name, and reading one row of none costs next to
/// nothing.
const NOTHING: &str = r#"{"filters":[{"field":"name","operator":"eq","value":"-"}]}"#;

/// A post without an effect: the ledger refuses a bulk without entries, and writes none.
const NO_ENTRIES: &str = r#"{"transactions":[]}"#;

impl BlnkClient {
    /// Asks whether the key is accepted. `granted` lists the permissions that the call may use.
    pub async fn check_key(&self, granted: &[Permission], deadline: Deadline) -> KeyVerdict {
        let page = [("page", "1"), ("pageSize", "1")];
        let read =
            self.call(Method::POST, "/ledger/filter", &page, Some(NOTHING.into()), deadline).await;
        let verdict = read.map_or(KeyVerdict::Unknown, |reply| judge(&reply));
        if verdict != KeyVerdict::NoAccess || granted.contains(&Permission::DataRead) {
            return verdict;
        }
        // For a key without the permission to read the ledger, another call shows whether it is
        // accepted.
        let other = if granted.contains(&Permission::AlertsRead) {
            self.call(Method::GET, "/alerts", &page, None, deadline).await
        } else if granted.contains(&Permission::DataWrite) {
            self.call(
                Method::POST,
                "/proxy/transactions/bulk",
                &[],
                Some(NO_ENTRIES.into()),
                deadline,
            )
            .await
        } else {
            return verdict;
        };
        other.map_or(KeyVerdict::Unknown, |reply| judge(&reply))
    }
}

fn judge(reply: &Reply) -> KeyVerdict {
    if reply.status.is_success() {
        return KeyVerdict::Accepted;
    }
    // The ledger's own refusals name a code, Cloud's do not. Only a key that Cloud accepts reaches
    // the ledger.
    let body: Value = reply
        .body
        .as_deref()
        .ok()
        .and_then(|body| serde_json::from_slice(body).ok())
        .unwrap_or_default();
    if reply.status.is_client_error()
        && body.pointer("/error_detail/code").is_some_and(Value::is_string)
    {
        return KeyVerdict::Accepted;
    }
    match reply.status {
        StatusCode::UNAUTHORIZED => KeyVerdict::Invalid,
        // Some versions of Cloud answer 404 for another customer's instance.
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => KeyVerdict::NoAccess,
        _ => KeyVerdict::Unknown,
    }
}
