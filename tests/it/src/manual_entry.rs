//! Entries that someone else posts to the ledger, through Core's own API.

use serde_json::{Value, json};

/// An entry that someone posts by hand.
#[derive(Debug, Clone)]
pub struct ManualEntry {
    reference: String,
    source: String,
    destination: String,
    amount: i64,
    currency: String,
    precision: u64,
}

impl ManualEntry {
    /// 123.45 USD from one account to another.
    #[must_use]
    pub fn new(reference: &str, source: &str, destination: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            source: source.to_owned(),
            destination: destination.to_owned(),
            amount: 12_345,
            currency: "USD".to_owned(),
            precision: 100,
        }
    }

    /// Another amount, minor units.
    #[must_use]
    pub fn amount(mut self, amount: i64) -> Self {
        self.amount = amount;
        self
    }

    /// Another currency, in upper case. The precision stays: 100 minor units.
    #[must_use]
    pub fn currency(mut self, currency: &str) -> Self {
        currency.clone_into(&mut self.currency);
        self
    }
}

impl From<ManualEntry> for Value {
    fn from(entry: ManualEntry) -> Self {
        json!({"reference": entry.reference, "precise_amount": entry.amount,
            "precision": entry.precision, "currency": entry.currency,
            "source": entry.source, "destination": entry.destination, "allow_overdraft": true,
            "skip_queue": true,
            "description": "by hand"})
    }
}
