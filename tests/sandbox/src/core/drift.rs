//! Drift on purpose: what a ledger looks like after somebody worked past the app, or past the
//! ledger itself. Each kind leaves every balance the sum of its entries, so that only what is wrong
//! with the entries is wrong.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::snapshot::{BalanceRow, Snapshot, TxnRow};

const APPLIED: &str = "APPLIED";

/// What happens to the entries of a named balance.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DriftKind {
    /// The newest entry is gone, as if it had never been posted.
    Missing,
    /// Of two entries on the same side one is larger and one smaller by the same amount.
    Shifted,
    /// An entry by hand, onto the balance.
    In,
    /// An entry by hand, off the balance.
    Out,
    /// Both: the balance is as before.
    InAndOut,
    /// The newest entry a second time, under another reference.
    Doubled,
}

/// A drift to be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DriftSpec {
    kind: DriftKind,
    /// The balance's name.
    indicator: String,
    currency: String,
    /// Minor units; of entries by hand, and of the shift.
    #[serde(default = "one")]
    amount: i128,
    /// The entry that is meant; the newest of the balance when absent.
    #[serde(default)]
    reference: Option<String>,
}

const fn one() -> i128 {
    1
}

impl Snapshot {
    /// Makes a drift; answers the references of the entries concerned.
    ///
    /// # Errors
    /// When the balance, or enough entries on it, are not there.
    pub(super) fn drift(&mut self, spec: &DriftSpec) -> Result<Vec<String>, String> {
        let named = |row: &&BalanceRow| {
            row.indicator.as_deref() == Some(&spec.indicator) && row.currency == spec.currency
        };
        let id =
            self.balances.iter().find(named).map(|row| row.id.clone()).ok_or("no such balance")?;
        let wanted = |row: &TxnRow| {
            let on_it = row.status == APPLIED && (row.source == id || row.destination == id);
            on_it && spec.reference.as_ref().is_none_or(|reference| row.reference == *reference)
        };
        let newest = self.transactions.iter().rposition(wanted).ok_or("no such entry")?;
        match spec.kind {
            DriftKind::Missing => {
                let gone = self.transactions.remove(newest);
                self.book(&gone.source, &gone.destination, -gone.amount);
                Ok(vec![gone.reference])
            }
            DriftKind::Shifted => self.shift(&id, newest, spec.amount),
            DriftKind::In => Ok(vec![self.by_hand(newest, &id, false, spec.amount)]),
            DriftKind::Out => Ok(vec![self.by_hand(newest, &id, true, spec.amount)]),
            DriftKind::InAndOut => Ok(vec![
                self.by_hand(newest, &id, false, spec.amount),
                self.by_hand(newest, &id, true, spec.amount),
            ]),
            DriftKind::Doubled => {
                let (out, amount) =
                    (self.transactions[newest].source == id, self.transactions[newest].amount);
                Ok(vec![self.by_hand(newest, &id, out, amount)])
            }
        }
    }

    fn shift(&mut self, id: &str, newest: usize, amount: i128) -> Result<Vec<String>, String> {
        let out = self.transactions[newest].source == id;
        let fits = |row: &TxnRow| {
            row.status == APPLIED
                && (if out { &row.source } else { &row.destination }) == id
                && row.amount > amount
        };
        let other = self.transactions[..newest]
            .iter()
            .rposition(fits)
            .ok_or("no second entry on that side")?;
        let mut references = Vec::new();
        for (at, by) in [(newest, amount), (other, -amount)] {
            let row = &mut self.transactions[at];
            row.amount += by;
            references.push(row.reference.clone());
            let (source, destination) = (row.source.clone(), row.destination.clone());
            self.book(&source, &destination, by);
        }
        Ok(references)
    }

    /// An entry between a balance and the other side of one that is there, effective at the same
    /// time.
    fn by_hand(&mut self, like: usize, id: &str, out: bool, amount: i128) -> String {
        let model = &self.transactions[like];
        let other =
            if model.source == id { model.destination.clone() } else { model.source.clone() };
        let (source, destination) =
            if out { (id.to_owned(), other) } else { (other, id.to_owned()) };
        let last = self.transactions.last().map_or(0, |row| row.created_at);
        let reference = format!("by-hand-{}", uuid::Uuid::new_v4());
        let row = TxnRow {
            id: format!("txn_{}", uuid::Uuid::new_v4()),
            parent: None,
            reference: reference.clone(),
            description: "By hand".to_owned(),
            amount,
            status: model.status.clone(),
            created_at: last + 1,
            effective_at: model.effective_at,
            meta_data: RawValue::from_string("{}".to_owned())
                .unwrap_or_else(|_| RawValue::NULL.to_owned()),
            source: source.clone(),
            destination: destination.clone(),
            currency: model.currency.clone(),
            precision: model.precision,
            hash: model.hash.clone(),
            scheduled_for: None,
            inflight_expiry: None,
            inflight_commit: None,
        };
        self.transactions.push(row);
        self.book(&source, &destination, amount);
        reference
    }

    fn book(&mut self, source: &str, destination: &str, amount: i128) {
        for balance in &mut self.balances {
            if balance.id == source {
                balance.debit += amount;
            }
            if balance.id == destination {
                balance.credit += amount;
            }
        }
    }
}
