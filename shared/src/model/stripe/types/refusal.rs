//! The body of Stripe's error answers.

use serde::Deserialize;

use crate::model::stripe::types::parts::null_as_default;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ApiError,
}

/// What went wrong, in Stripe's words. `message` may hold a customer's data or a masked key: it is not for logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ApiError {
    /// `api_error`, `card_error`, `idempotency_error`, `invalid_request_error`; open.
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
    /// Where Stripe explains the code.
    #[serde(default)]
    pub doc_url: Option<String>,
}
