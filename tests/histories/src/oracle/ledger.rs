//! The rows of a ledger.

use serde::Deserialize;
use serde_json::Value;

/// An entry of the ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Unique.
    pub reference: String,
    /// Minor units.
    pub amount: i128,
    /// Upper case.
    pub currency: String,
    /// Unix microseconds.
    pub effective_at: Option<i64>,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) status: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Balance {
    pub(super) id: String,
    pub(super) indicator: Option<String>,
    pub(super) currency: String,
    pub(super) identity: Option<String>,
    pub(super) ledger: String,
    pub(super) credit: i128,
    pub(super) debit: i128,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Identity {
    pub(super) id: String,
}

/// A group of balances, which Blnk calls a ledger too.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct AppLedger {
    pub(super) id: String,
    pub(super) created_at: i64,
    pub(super) meta_data: Option<Value>,
}

/// All rows of a ledger.
#[derive(Debug, Clone, Deserialize)]
pub struct Ledger {
    pub(super) balances: Vec<Balance>,
    pub(super) identities: Vec<Identity>,
    pub(super) ledgers: Vec<AppLedger>,
    /// In the order in which they were written.
    pub transactions: Vec<Entry>,
}

impl Ledger {
    /// The account on the other side of an entry that moves a mirror by `moved`: its name, or none
    /// for a customer's balance. `None` when there is no such entry.
    #[must_use]
    pub fn offset_of(&self, reference: &str, moved: i64) -> Option<Option<&str>> {
        let entry = self.transactions.iter().find(|entry| entry.reference == reference)?;
        let side = if moved > 0 { &entry.destination } else { &entry.source };
        let balance = self.balances.iter().find(|balance| balance.id == *side)?;
        Some(balance.indicator.as_deref())
    }
}
