//! Requests that change nothing in any version of the ledger. They show whether it answers calls of
//! a kind at all: any final answer, a refusal or a success, shows that it does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::blnk::classify::{CallError, classify};
use crate::platform::blnk::client::BlnkClient;
use crate::platform::blnk::error::UnknownCause;
use crate::platform::http::Deadline;
use crate::platform::http::reply::Fault;

/// Ids that no balance and no identity ever has.
const NO_IDENTITY: &str = "idt_00000000-0000-0000-0000-000000000000";

const NO_BALANCE: &str = "bln_00000000-0000-0000-0000-000000000000";

/// A kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Creates an identity with a number as its id, where a text is required.
    CreateIdentity,
    /// Updates an identity that does not exist.
    UpdateIdentity,
    /// Creates a balance without a ledger or a currency.
    CreateBalance,
    /// Links a balance that does not exist to an identity that does not exist.
    LinkBalance,
    /// Posts a bulk without entries.
    Bulk,
}

impl Probe {
    fn request(self) -> (Method, String, Value) {
        match self {
            Self::CreateIdentity => {
                (Method::POST, "/proxy/identities".to_owned(), json!({"identity_id": 0}))
            }
            Self::UpdateIdentity => (
                Method::PUT,
                format!("/proxy/identities/{NO_IDENTITY}"),
                json!({"identity_type": "individual"}),
            ),
            Self::CreateBalance => (Method::POST, "/proxy/balances".to_owned(), json!({})),
            Self::LinkBalance => (
                Method::PUT,
                format!("/proxy/balances/{NO_BALANCE}/identity"),
                json!({"identity_id": NO_IDENTITY}),
            ),
            Self::Bulk => {
                (Method::POST, "/proxy/transactions/bulk".to_owned(), json!({"transactions": []}))
            }
        }
    }
}

impl BlnkClient {
    /// Whether the ledger answers requests of this kind at all.
    pub async fn answers(&self, probe: Probe, deadline: Deadline) -> bool {
        let (method, path, body) = probe.request();
        match self.call(method, &path, &[], Some(body.to_string().into_bytes()), deadline).await {
            Ok(reply) if reply.status.is_success() => true,
            Ok(reply) => match classify(&reply, &self.key) {
                CallError::Refused(refusal) => refusal.code.is_about_request(),
                // A 4xx with an unknown message is still an answer.
                CallError::Unknown(UnknownCause::Status(status)) => {
                    (400..500).contains(&status) && status != 408
                }
                CallError::Unknown(_) => false,
            },
            Err(Fault::BodyTooLarge) => true,
            Err(_) => false,
        }
    }
}
