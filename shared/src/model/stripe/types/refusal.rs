//! The body of Stripe's error answers.

use serde::Deserialize;

use crate::model::stripe::types::parts::null_as_default;

/// The body of every response that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ApiError,
}

/// Stripe's description of an error. `message` may hold a customer's data or a masked key, so it
/// must not be logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ApiError {
    /// `api_error`, `card_error`, `idempotency_error`, `invalid_request_error`; an open
    /// enumeration.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: String,
    /// A stable code such as `resource_missing` or `rate_limit`.
    #[serde(default)]
    pub code: Option<String>,
    /// For people.
    #[serde(default)]
    pub message: Option<String>,
    /// The request parameter at fault.
    #[serde(default)]
    pub param: Option<String>,
    /// The URL where Stripe explains the code.
    #[serde(default)]
    pub doc_url: Option<String>,
}
