//! Which entry stands for a member, and whether the ledger holds it.

use serde_json::{Value, json};

use crate::app::payouts::*;
use crate::model::ledger::Mode;

fn record(more: &Value) -> BalanceTransaction {
    let mut record = json!({"id": "txn_1", "amount": 1000, "fee": 59, "net": 941, "currency": "usd",
        "created": 1_760_000_000, "available_on": 1_760_000_000, "type": "charge",
        "fee_details": [{"amount": 59, "currency": "usd", "type": "stripe_fee"}]});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(record).unwrap()
}

fn row(status: &str) -> LedgerTransaction {
    serde_json::from_value(json!({"transaction_id": "txn_l", "reference": "r", "currency": "USD",
        "precise_amount": 1000, "status": status}))
    .unwrap()
}

#[test]
fn a_members_entry_is_that_of_its_gross_or_of_a_fee_without_a_gross() {
    let owner = Owner::new("acct_1", Mode::Test).unwrap();
    let of = |more: Value| reference_of(&owner, &record(&more));
    let gross = "stripe:acct_1:test:txn_1:amount";
    assert_eq!(of(json!({})).as_deref(), Some(gross));
    let fee = "stripe:acct_1:test:txn_1:fee:stripe";
    assert_eq!(of(json!({"amount": 0, "net": -59})).as_deref(), Some(fee));
    assert_eq!(of(json!({"amount": 0, "fee": 0, "net": 0, "fee_details": []})), None);
    assert_eq!(of(json!({"currency": "?"})), None, "no currency, no entry");
}

#[test]
fn a_member_without_an_entry_is_missing_unless_an_opening_covers_it() {
    let (record, reference) = (record(&json!({})), Some("r"));
    let (applied, queued) = (row("APPLIED"), row("QUEUED"));
    let at = record.created;
    let state = |row: Option<&LedgerTransaction>, from| state_of(&record, reference, row, from);
    assert_eq!(state(Some(&applied), Some(at + 1)), EntryState::Posted, "posted before the start");
    assert_eq!(state(Some(&queued), None), EntryState::NotApplied);
    assert_eq!(state(None, Some(at + 1)), EntryState::BeforeStart);
    assert_eq!(state(None, Some(at)), EntryState::Missing);
    assert_eq!(state(None, None), EntryState::Missing);
    assert_eq!(state_of(&record, None, None, None), EntryState::NoMovement);
}
