//! What Stripe Sync reads of Stripe's objects.
//!
//! Decoding is tolerant where Stripe's contract is open: an absent field and a `null` are the same, unknown fields are ignored, and every
//! enumeration is a string, because new values arrive on old API versions too. What is only good to know is taken for absent when it has
//! another shape than expected. It is strict where money is concerned: an amount that is not an integer of 64 bits is an error, never
//! rounded or cut, and so is anything that decides where an amount goes. An exchange rate is kept as the text Stripe sent, since no amount
//! is ever computed from it.

pub mod account;
pub mod list;
pub mod source;

use std::fmt;
use std::marker::PhantomData;

pub use account::{Account, Balance, Money, SubBalance};
pub use list::{List, Unread};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
pub use source::{Address, BillingDetails, Charge, Customer, EvidenceDetails, Source};

use crate::model::text::is_storable;

/// One movement of a Stripe balance: the only complete record of what changed it. Everything but `status` is immutable.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BalanceTransaction {
    /// `txn_…`, opaque.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Gross, in minor units of `currency`: positive when somebody else is charged, negative when money is sent out.
    pub amount: i64,
    /// Fee in minor units: positive when it is taken, negative when it is given back.
    pub fee: i64,
    /// What the balance moved by, in minor units. Stripe documents `amount - fee`.
    pub net: i64,
    /// The parts of `fee`, in any order.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fee_details: Vec<FeeDetail>,
    /// Settlement currency, ISO 4217 in lower case.
    pub currency: String,
    /// Presentment times rate is settlement; the text as sent, absent without a conversion.
    #[serde(default, deserialize_with = "number_text")]
    pub exchange_rate: Option<String>,
    /// Posting time, Unix seconds.
    pub created: i64,
    /// When `net` becomes available, Unix seconds.
    pub available_on: i64,
    /// `pending` or `available`.
    #[serde(default, deserialize_with = "lenient_or_default")]
    pub status: String,
    /// The type, open: see the classification in [`crate::model::ledger`].
    #[serde(rename = "type")]
    pub type_: String,
    /// Stripe's accounting category, open. Empty when Stripe sent none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub reporting_category: String,
    /// Which of the account's balances moved, open. Absent before API version 2025-05-28.
    #[serde(default)]
    pub balance_type: Option<String>,
    /// The object that caused the movement, as an id or expanded. Absent for product fees and some adjustments.
    #[serde(default)]
    pub source: Option<Expandable<Source>>,
    /// Stripe's own text.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
}

/// One part of a fee.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeeDetail {
    /// Minor units of `currency`; negative when given back.
    pub amount: i64,
    /// ISO 4217 in lower case.
    #[serde(default, deserialize_with = "null_as_default")]
    pub currency: String,
    /// `stripe_fee`, `application_fee`, `payment_method_passthrough_fee`, `tax`, `withheld_tax`; open.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: String,
}

/// A reference that Stripe sends as an id, or as the object when the request expanded it.
#[derive(Clone, Debug, PartialEq)]
pub enum Expandable<T> {
    /// Only the id.
    Id(String),
    /// The whole object.
    Object(Box<T>),
}

/// An object that has an id.
pub trait Identified {
    /// The object's Stripe id.
    fn id(&self) -> &str;
}

impl<T: Identified> Expandable<T> {
    /// The id, however the reference was sent.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

impl<T> Expandable<T> {
    /// The object, if it was expanded.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdOrObject<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for IdOrObject<T> {
            type Value = Expandable<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an expanded object")
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Self::Value, E> {
                if is_id(id) { Ok(Expandable::Id(id.to_owned())) } else { Err(E::custom("an id was expected")) }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|object| Expandable::Object(Box::new(object)))
            }
        }

        deserializer.deserialize_any(IdOrObject(PhantomData))
    }
}

/// The id of a referenced object of which nothing else is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IdOnly(pub String);

impl<'de> Deserialize<'de> for IdOnly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(deserialize_with = "id")]
            id: String,
        }
        Ok(Self(match Expandable::<Named>::deserialize(deserializer)? {
            Expandable::Id(id) => id,
            Expandable::Object(object) => object.id,
        }))
    }
}

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

/// Whether a text can name anything: a ledger that cannot store it would name something else.
fn is_id(text: &str) -> bool {
    !text.is_empty() && is_storable(text)
}

/// The id of an object.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_id(&text) { Ok(text) } else { Err(D::Error::custom("an id was expected")) }
}

/// Stripe leaves optional fields out and sends nullable ones as `null`; both mean "nothing".
fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// What is good to know and not needed to post a record: of another shape than expected, it is taken for absent.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str::<Option<T>>(raw.get()).ok()).flatten())
}

/// As [`lenient`], for what has a value of its own for "nothing".
fn lenient_or_default<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    lenient(deserializer).map(Option::unwrap_or_default)
}

/// A JSON number as the text it was sent in, so that no float ever holds it. Anything else is no rate.
fn number_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let is_number = |text: &&str| text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    Ok(raw.as_ref().map(|raw| raw.get()).filter(is_number).map(str::to_owned))
}

#[cfg(test)]
mod tests;
