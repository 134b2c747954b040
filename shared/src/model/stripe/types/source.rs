//! The objects behind balance transactions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::stripe::types::parts::{
    Expandable, IdOnly, Identified, id, lenient, lenient_or_default, null_as_default,
};

/// The object behind a balance transaction, of any kind: the fields that a ledger entry uses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Source {
    /// Stripe id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The kind: `charge`, `refund`, `dispute`, `payout`, `transfer`, …; an open enumeration.
    #[serde(default, deserialize_with = "null_as_default")]
    pub object: String,
    /// Minor units of the object's own (presentment) currency.
    #[serde(default, deserialize_with = "lenient")]
    pub amount: Option<i64>,
    /// The object's own currency, lower case.
    #[serde(default, deserialize_with = "lenient")]
    pub currency: Option<String>,
    /// The customer of a charge or refund.
    #[serde(default)]
    pub customer: Option<Expandable<Customer>>,
    /// The charge of a refund or dispute.
    #[serde(default)]
    pub charge: Option<Expandable<Charge>>,
    /// The payment intent of a charge, refund or dispute.
    #[serde(default, deserialize_with = "lenient")]
    pub payment_intent: Option<IdOnly>,
    /// Set on a charge that is the receiving end of a Connect transfer.
    #[serde(default)]
    pub source_transfer: Option<IdOnly>,
    /// The object's first balance transaction.
    #[serde(default)]
    pub balance_transaction: Option<IdOnly>,
    /// The balance transaction of its failure.
    #[serde(default, deserialize_with = "lenient")]
    pub failure_balance_transaction: Option<IdOnly>,
    /// The billing details that the payer entered.
    #[serde(default, deserialize_with = "lenient")]
    pub billing_details: Option<BillingDetails>,
    /// The object's own status; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<String>,
    /// When the object was created, Unix seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub created: Option<i64>,
    /// When a payout should reach the bank, Unix seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub arrival_date: Option<i64>,
    /// For a payout: Stripe created it by its schedule.
    #[serde(default, deserialize_with = "lenient")]
    pub automatic: Option<bool>,
    /// For an automatic payout: whether its members can be listed, `not_applicable`, `in_progress`,
    /// `completed`; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub reconciliation_status: Option<String>,
    /// Why a payout failed; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub failure_code: Option<String>,
    /// For a payout: the same in a sentence.
    #[serde(default, deserialize_with = "lenient")]
    pub failure_message: Option<String>,
    /// For a payout: `standard` or `instant`; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub method: Option<String>,
    /// For a payout: `bank_account` or `card`; an open enumeration.
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub type_: Option<String>,
    /// For a payout: the reference that the bank shows.
    #[serde(default, deserialize_with = "lenient")]
    pub trace_id: Option<TraceId>,
    /// What the bank's statement shows.
    #[serde(default, deserialize_with = "lenient")]
    pub statement_descriptor: Option<String>,
    /// The description.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
    /// For a payout: the bank account or card that it goes to.
    #[serde(default, deserialize_with = "lenient")]
    pub destination: Option<Expandable<PayoutDestination>>,
    /// For a payout: the payout that reversed it.
    #[serde(default, deserialize_with = "lenient")]
    pub reversed_by: Option<IdOnly>,
    /// For a payout: the payout that it reverses.
    #[serde(default, deserialize_with = "lenient")]
    pub original_payout: Option<IdOnly>,
    /// Why a refund failed; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub failure_reason: Option<String>,
    /// For a charge: it was disputed.
    #[serde(default, deserialize_with = "lenient")]
    pub disputed: Option<bool>,
    /// Why a payment is disputed or was refunded; an open enumeration.
    #[serde(default, deserialize_with = "lenient")]
    pub reason: Option<String>,
    /// For a dispute: the evidence deadline.
    #[serde(default, deserialize_with = "lenient")]
    pub evidence_details: Option<EvidenceDetails>,
    /// The balance transactions of a dispute.
    #[serde(default, deserialize_with = "lenient")]
    pub balance_transactions: Option<Vec<IdOnly>>,
}

/// The reference of a payout that banks show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceId {
    /// `pending`, `supported`, `unsupported`; an open enumeration.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: String,
    /// The id, once the bank has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The bank account or card of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PayoutDestination {
    /// `ba_…` or `card_…`
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The last four digits.
    #[serde(default, deserialize_with = "lenient")]
    pub last4: Option<String>,
}

/// The evidence details of a dispute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct EvidenceDetails {
    /// The deadline, Unix seconds. Absent when no response is possible, or no longer possible.
    #[serde(default, deserialize_with = "lenient")]
    pub due_by: Option<i64>,
    /// Evidence was submitted.
    #[serde(default, deserialize_with = "lenient_or_default")]
    pub has_evidence: bool,
}

/// A charge: the fields that the records behind it need.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Charge {
    /// `ch_…` or `py_…`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Minor units of the presentment currency.
    #[serde(default, deserialize_with = "lenient")]
    pub amount: Option<i64>,
    /// Presentment currency, lower case.
    #[serde(default, deserialize_with = "lenient")]
    pub currency: Option<String>,
    /// Absent for a guest.
    #[serde(default)]
    pub customer: Option<Expandable<Customer>>,
    /// The charge's own balance transaction.
    #[serde(default)]
    pub balance_transaction: Option<IdOnly>,
    /// Its payment intent.
    #[serde(default, deserialize_with = "lenient")]
    pub payment_intent: Option<IdOnly>,
    /// Set when the charge is the receiving end of a Connect transfer.
    #[serde(default)]
    pub source_transfer: Option<IdOnly>,
    /// The billing details that the payer entered.
    #[serde(default, deserialize_with = "lenient")]
    pub billing_details: Option<BillingDetails>,
}

/// The billing details that a payer entered at the checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct BillingDetails {
    /// Name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "lenient")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, deserialize_with = "lenient")]
    pub phone: Option<String>,
    /// Postal address.
    #[serde(default, deserialize_with = "lenient")]
    pub address: Option<Address>,
}

/// A Stripe customer. Of a deleted one only `id` and `deleted` are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// `cus_…`.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Display name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// Set for a business.
    #[serde(default, deserialize_with = "lenient")]
    pub business_name: Option<String>,
    /// Set for a person.
    #[serde(default, deserialize_with = "lenient")]
    pub individual_name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "lenient")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, deserialize_with = "lenient")]
    pub phone: Option<String>,
    /// Postal address.
    #[serde(default, deserialize_with = "lenient")]
    pub address: Option<Address>,
    /// The merchant's own metadata.
    #[serde(default, deserialize_with = "lenient_or_default")]
    pub metadata: BTreeMap<String, String>,
    /// Unix seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub created: Option<i64>,
    /// The customer no longer exists at Stripe.
    #[serde(default, deserialize_with = "null_as_default")]
    pub deleted: bool,
}

/// A postal address; every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Address {
    /// First line.
    #[serde(default, deserialize_with = "lenient")]
    pub line1: Option<String>,
    /// Second line.
    #[serde(default, deserialize_with = "lenient")]
    pub line2: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "lenient")]
    pub city: Option<String>,
    /// State or region.
    #[serde(default, deserialize_with = "lenient")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "lenient")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "lenient")]
    pub country: Option<String>,
}

impl Identified for Source {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for PayoutDestination {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Customer {
    fn id(&self) -> &str {
        &self.id
    }
}
