//! A balance transaction and its fees: the one complete record of what changed a Stripe balance.

use serde::Deserialize;

use crate::model::stripe::types::parts::{
    Expandable, id, lenient, lenient_or_default, null_as_default, number_text,
};
use crate::model::stripe::types::source::Source;

/// One movement of a Stripe balance: the only complete record of what changed it. All fields but
/// `status` are immutable.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BalanceTransaction {
    /// `txn_…`, opaque.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Gross, in minor units of `currency`: positive when someone else is charged, negative when
    /// money is sent out.
    pub amount: i64,
    /// Fee in minor units: positive when charged, negative when returned.
    pub fee: i64,
    /// The movement of the balance in minor units. Stripe documents it as `amount - fee`.
    pub net: i64,
    /// The parts of `fee`, in any order.
    #[serde(default, deserialize_with = "null_as_default")]
    pub fee_details: Vec<FeeDetail>,
    /// Settlement currency, ISO 4217 in lower case.
    pub currency: String,
    /// Presentment amount times rate is settlement amount. The text as sent; absent without a
    /// conversion.
    #[serde(default, deserialize_with = "number_text")]
    pub exchange_rate: Option<String>,
    /// Posting time, Unix seconds.
    pub created: i64,
    /// When `net` becomes available, Unix seconds.
    pub available_on: i64,
    /// `pending` or `available`.
    #[serde(default, deserialize_with = "lenient_or_default")]
    pub status: String,
    /// The type, an open enumeration: see the classification in [`crate::model::ledger`].
    #[serde(rename = "type")]
    pub type_: String,
    /// Stripe's accounting category, an open enumeration. Empty when Stripe sent none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub reporting_category: String,
    /// Which of the account's balances moved, an open enumeration. Absent before API version
    /// 2025-05-28.
    #[serde(default)]
    pub balance_type: Option<String>,
    /// The object that caused the movement, as an id or expanded. Absent for product fees and some
    /// adjustments.
    #[serde(default)]
    pub source: Option<Expandable<Source>>,
    /// Stripe's description.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
}

/// One part of a fee.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeeDetail {
    /// Minor units of `currency`. Negative when returned.
    pub amount: i64,
    /// ISO 4217 in lower case.
    #[serde(default, deserialize_with = "null_as_default")]
    pub currency: String,
    /// `stripe_fee`, `application_fee`, `payment_method_passthrough_fee`, `tax`, `withheld_tax`; an
    /// open enumeration.
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    pub type_: String,
}
