//! Whether Blnk Cloud takes a key for an instance: the cheapest call that tells, sent once.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::model::install::permission::Permission;
use crate::platform::blnk::client::BlnkClient;
use crate::platform::http::Deadline;
use crate::platform::http::reply::Reply;

/// What an answer says of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAnswer {
    /// It is taken for this instance.
    Taken,
    /// It is unknown or revoked.
    Dead,
    /// It is known, but not for this instance, or not for what was asked.
    Withheld,
    /// Nothing: whoever answered may not have looked at the key.
    Unknown,
}

/// A read of nothing: no ledger has this name, and reading one row of none costs next to nothing.
const NOTHING: &str = r#"{"filters":[{"field":"name","operator":"eq","value":"-"}]}"#;

/// A post of nothing: the ledger refuses a bulk without entries, and writes none.
const NO_ENTRIES: &str = r#"{"transactions":[]}"#;

impl BlnkClient {
    /// Asks whether the key is taken. `granted` is what may be asked with it.
    pub async fn ask_key(&self, granted: &[Permission], deadline: Deadline) -> KeyAnswer {
        let page = [("page", "1"), ("pageSize", "1")];
        let read = self.call(Method::POST, "/ledger/filter", &page, Some(NOTHING.into()), deadline).await;
        let answer = read.map_or(KeyAnswer::Unknown, |reply| judge(&reply));
        if answer != KeyAnswer::Withheld || granted.contains(&Permission::DataRead) {
            return answer;
        }
        // Of a key that may not read the ledger, another call tells whose it is.
        let other = if granted.contains(&Permission::AlertsRead) {
            self.call(Method::GET, "/alerts", &page, None, deadline).await
        } else if granted.contains(&Permission::DataWrite) {
            self.call(Method::POST, "/proxy/transactions/bulk", &[], Some(NO_ENTRIES.into()), deadline).await
        } else {
            return answer;
        };
        other.map_or(KeyAnswer::Unknown, |reply| judge(&reply))
    }
}

fn judge(reply: &Reply) -> KeyAnswer {
    if reply.status.is_success() {
        return KeyAnswer::Taken;
    }
    // The ledger's own refusals name a code, Cloud's do not: the ledger is only reached with a key that Cloud takes.
    let body: Value = reply.body.as_deref().ok().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    if reply.status.is_client_error() && body.pointer("/error_detail/code").is_some_and(Value::is_string) {
        return KeyAnswer::Taken;
    }
    match reply.status {
        StatusCode::UNAUTHORIZED => KeyAnswer::Dead,
        // Some Clouds say of another's instance that there is none.
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => KeyAnswer::Withheld,
        _ => KeyAnswer::Unknown,
    }
}
