//! TODO model::stripe::types::refusal

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::stripe::types::movement::{BalanceTransaction, FeeDetail};
use crate::model::stripe::types::parts::{
    Expandable, IdOnly, Identified, id, is_id, lenient, lenient_or_default, null_as_default, number_text,
};
use crate::model::text::is_storable;

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
