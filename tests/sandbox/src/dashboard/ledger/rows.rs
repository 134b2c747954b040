//! Rows as Core writes them and the page reads them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// What Core writes for a date that was never given.
const NO_DATE: &str = "0001-01-01T00:00:00Z";

/// JSON as Core wrote it; to the page it goes as a text.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::dashboard) struct Verbatim(Box<RawValue>);

impl Verbatim {
    pub(in crate::dashboard) fn text(&self) -> &str {
        self.0.get()
    }

    /// A whole number of minor units; `None` = something else, or too large to add up.
    pub(super) fn minor(&self) -> Option<i128> {
        self.text().parse().ok()
    }
}

impl Serialize for Verbatim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let given = Option::<String>::deserialize(deserializer)?;
    Ok(given.filter(|text| text != NO_DATE))
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct LedgerRow {
    pub(super) ledger_id: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct BalanceRow {
    pub(super) balance_id: String,
    pub(super) indicator: Option<String>,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) ledger_id: String,
    #[serde(default)]
    pub(super) identity_id: String,
    pub(super) balance: Verbatim,
    debit_balance: Verbatim,
    credit_balance: Verbatim,
    inflight_balance: Option<Verbatim>,
    inflight_debit_balance: Option<Verbatim>,
    inflight_credit_balance: Option<Verbatim>,
    created_at: String,
    meta_data: Option<Verbatim>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(in crate::dashboard) struct TransactionRow {
    pub(super) transaction_id: String,
    #[serde(default)]
    pub(super) parent_transaction: String,
    reference: String,
    pub(super) status: String,
    pub(super) precise_amount: Verbatim,
    pub(in crate::dashboard) precision: Verbatim,
    pub(in crate::dashboard) currency: String,
    #[serde(default)]
    pub(in crate::dashboard) source: String,
    #[serde(default)]
    pub(in crate::dashboard) destination: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    hash: String,
    created_at: String,
    #[serde(default, deserialize_with = "date")]
    effective_date: Option<String>,
    #[serde(default, deserialize_with = "date")]
    scheduled_for: Option<String>,
    #[serde(default, deserialize_with = "date")]
    inflight_expiry_date: Option<String>,
    #[serde(default, deserialize_with = "date")]
    inflight_commit_date: Option<String>,
    meta_data: Option<Verbatim>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct IdentityRow {
    pub(super) identity_id: String,
    identity_type: String,
    organization_name: String,
    category: String,
    first_name: String,
    last_name: String,
    other_names: String,
    gender: String,
    #[serde(deserialize_with = "date")]
    dob: Option<String>,
    email_address: String,
    phone_number: String,
    nationality: String,
    street: String,
    city: String,
    state: String,
    post_code: String,
    country: String,
    created_at: String,
    meta_data: Option<Verbatim>,
}

impl IdentityRow {
    pub(super) fn name(&self) -> String {
        let person = format!("{} {}", self.first_name, self.last_name);
        let named = [person.trim(), self.organization_name.as_str()]
            .into_iter()
            .find(|name| !name.is_empty());
        named.unwrap_or(&self.identity_id).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{IdentityRow, TransactionRow};
    use serde_json::{Value, json};

    #[test]
    fn absent_fields_of_a_ledger_stay_absent_and_amounts_keep_every_digit() {
        let text = r#"{"transaction_id":"txn_1","reference":"r","status":"APPLIED","precise_amount":170141183460469231731687303715884105727,
            "precision":100,"currency":"USD","source":"a","destination":"b","created_at":"2026-01-01T00:00:00Z",
            "scheduled_for":"0001-01-01T00:00:00Z","meta_data":{"n": 9007199254740993}}"#;
        let row: TransactionRow = serde_json::from_str(text).unwrap();
        assert_eq!(row.precise_amount.minor(), Some(i128::MAX));
        let shown = serde_json::to_value(&row).unwrap();
        assert_eq!(shown["precise_amount"], "170141183460469231731687303715884105727");
        assert_eq!(
            (&shown["scheduled_for"], &shown["meta_data"]),
            (&Value::Null, &json!(r#"{"n": 9007199254740993}"#))
        );

        let person: IdentityRow =
            serde_json::from_value(json!({"identity_id": "idt_1", "dob": "0001-01-01T00:00:00Z"}))
                .unwrap();
        assert_eq!((person.name(), person.dob), ("idt_1".to_owned(), None));
    }
}
