//! Tests of the money model, and the records that they share.

mod account_rules;
mod breakdown;
mod entries;
mod figures;
mod names;
mod offsets;
mod openings;
mod properties;
mod table;

use std::fs;

use serde_json::Value;

use crate::model::ledger::*;
use crate::model::stripe::types::movement::{BalanceTransaction, FeeDetail};
use crate::model::stripe::types::parts::Expandable;
use crate::model::stripe::types::{List, Source};

fn owner() -> Owner {
    Owner::new("acct_1Q0LedgrFxAbc001", Mode::Test).expect("an owner")
}

fn chart() -> Chart {
    Chart::for_mode(Mode::Live)
}

/// A record that moves `amount`, without a fee.
fn record(category: &str, type_: &str, amount: i64) -> BalanceTransaction {
    BalanceTransaction {
        id: "txn_1".into(),
        amount,
        fee: 0,
        net: amount,
        fee_details: Vec::new(),
        currency: "usd".into(),
        exchange_rate: None,
        created: 1_756_774_803,
        available_on: 1_756_944_000,
        status: "available".into(),
        type_: type_.into(),
        reporting_category: category.into(),
        balance_type: Some("payments".into()),
        source: None,
        description: None,
    }
}

fn fee(type_: &str, amount: i64) -> FeeDetail {
    FeeDetail { amount, currency: "usd".into(), type_: type_.into() }
}

fn expanded(source: Value) -> Option<Expandable<Source>> {
    Some(Expandable::Object(Box::new(serde_json::from_value(source).expect("a source"))))
}

fn mirrored(transaction: &BalanceTransaction) -> Mirrored {
    mirror(transaction, &chart(), &ChargeAccounts::none()).expect("a mirrored record")
}

/// Every balance transaction among the sample objects.
fn fixtures() -> Vec<BalanceTransaction> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/stripe");
    let mut records = Vec::new();
    for file in fs::read_dir(folder).expect("the fixtures") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        if name.starts_with("balance_transaction_") {
            let text = fs::read_to_string(&path).expect("a fixture");
            records.push(serde_json::from_str(&text).expect("a balance transaction"));
        } else if name.starts_with("list_balance_transactions") {
            let text = fs::read_to_string(&path).expect("a fixture");
            records.extend(
                serde_json::from_str::<List<BalanceTransaction>>(&text).expect("a page").data,
            );
        }
    }
    assert!(records.len() >= 60, "only {} records among the fixtures", records.len());
    records
}
