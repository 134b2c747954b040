//! The ledger objects that are read and created.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::platform::blnk::decode::{integer, non_empty, null_as_default, optional_integer, time};

/// What an entry moved the mirror by. Positive is a debit.
pub(crate) fn mirror_delta(row: &LedgerTransaction, mirror_id: &str) -> i128 {
    if row.source == mirror_id { row.precise_amount } else { row.precise_amount.saturating_neg() }
}

/// The metadata key of identities and balances that names the Stripe customer. Look-ups use it, so
/// it stays at the top level.
pub const CUSTOMER_KEY: &str = "stripe_customer_id";

/// Metadata of a ledger object. Only strings pass through Core unchanged, so only strings are
/// relied on.
pub type MetaData = Map<String, Value>;

/// One entry in the ledger. Its metadata is not decoded, because thousands of entries are read back
/// at a time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LedgerTransaction {
    /// `txn_…`.
    pub transaction_id: String,
    /// The reference it was posted with, unique in the ledger.
    pub reference: String,
    /// As posted. Case-sensitive: the ledger does not check it.
    pub currency: String,
    /// The amount moved, in the unit it was posted in (minor units here).
    #[serde(deserialize_with = "integer")]
    pub precise_amount: i128,
    /// Minor units in one unit, as posted. Nothing else in the ledger records the unit of an
    /// amount.
    #[serde(default, deserialize_with = "optional_integer")]
    pub precision: Option<i128>,
    /// The balance that was debited: its id, or the posted value if the entry was never applied.
    #[serde(default, deserialize_with = "null_as_default")]
    pub source: String,
    /// The balance that was credited, as `source`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub destination: String,
    /// `APPLIED`, `QUEUED`, `REJECTED` and so on; an open enumeration.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: String,
    /// When it was written.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// When it takes effect.
    #[serde(default, deserialize_with = "time")]
    pub effective_date: Option<Timestamp>,
}

impl LedgerTransaction {
    /// Whether it moved its balances. A queued or rejected one did not.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        self.status == "APPLIED"
    }
}

/// One balance. All its figures are plain sums of what was posted.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LedgerBalance {
    /// `bln_…`.
    pub balance_id: String,
    /// The ledger that holds it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ledger_id: String,
    /// The name that addresses an internal balance, for example `@stripe`.
    #[serde(default, deserialize_with = "non_empty")]
    pub indicator: Option<String>,
    /// As posted.
    pub currency: String,
    /// Credits minus debits.
    #[serde(deserialize_with = "integer")]
    pub balance: i128,
    /// The sum of all debits. It only grows.
    #[serde(deserialize_with = "integer")]
    pub debit_balance: i128,
    /// The sum of all credits. It only grows.
    #[serde(deserialize_with = "integer")]
    pub credit_balance: i128,
    /// The identity it belongs to.
    #[serde(default, deserialize_with = "non_empty")]
    pub identity_id: Option<String>,
    /// When it was created. Of several balances for one purpose, the oldest counts.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// Its metadata.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta_data: MetaData,
}

impl LedgerBalance {
    /// The Stripe customer that its metadata names.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.meta_data.get(CUSTOMER_KEY)?.as_str()
    }
}

/// A person or organization known to the ledger.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Identity {
    /// `idt_…`.
    pub identity_id: String,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// Its metadata.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta_data: MetaData,
    /// All other fields: names, addresses.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Identity {
    /// A field, unless it is empty. List rows may use a shorter name for the e-mail address.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let other = if name == "email_address" { "email" } else { name };
        let held = |name: &str| {
            self.fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        held(name).or_else(|| held(other))
    }
}

/// A group of balances. Names are not unique.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Ledger {
    /// `ldg_…`.
    pub ledger_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// When it was created. Of several ledgers for one purpose, the oldest counts.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// Its metadata.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta_data: MetaData,
}

/// A row of a list, identified by its id.
pub(crate) trait Row {
    fn id(&self) -> &str;
}

impl Row for LedgerTransaction {
    fn id(&self) -> &str {
        &self.transaction_id
    }
}

impl Row for LedgerBalance {
    fn id(&self) -> &str {
        &self.balance_id
    }
}

impl Row for Identity {
    fn id(&self) -> &str {
        &self.identity_id
    }
}

impl Row for Ledger {
    fn id(&self) -> &str {
        &self.ledger_id
    }
}

/// An identity to create. Absent fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewIdentity {
    /// `idt_` and a UUID, chosen by the caller: creating it twice makes only one.
    pub identity_id: String,
    /// `individual` or `organization`.
    pub identity_type: String,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Name of an organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Flat metadata.
    pub meta_data: MetaData,
}

/// A change of an identity. Fields that are not named keep their values, and no field can be
/// cleared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct IdentityChange {
    /// Fields and their new values.
    #[serde(flatten)]
    pub fields: std::collections::BTreeMap<&'static str, String>,
    /// The complete metadata: keys that are not in it are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<MetaData>,
}

impl IdentityChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.meta_data.is_none()
    }
}

/// The outcome of a change of an identity, or of a link between a balance and an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityUpdate {
    /// It is as requested, even if it already was.
    Done,
    /// The identity or balance does not exist.
    Gone,
    /// The ledger refused the values.
    Refused(String),
}

/// A balance to create. Creating it twice makes two: look it up first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewBalance<'a> {
    /// The ledger to create it in.
    pub ledger_id: &'a str,
    /// Upper-case ISO 4217.
    pub currency: &'a str,
    /// The identity it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<&'a str>,
    /// Flat metadata.
    pub meta_data: &'a MetaData,
}

/// The outcome of the creation of an identity.
#[derive(Clone, Debug, PartialEq)]
pub enum IdentityCreation {
    /// It did not exist before.
    Created(Identity),
    /// An identity with this id already existed. Nothing was changed.
    AlreadyExists,
}
