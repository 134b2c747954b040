//! Entries in the form that the ledger's API receives.

use serde_json::json;

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::tests::*;

fn entries(transaction: &BalanceTransaction) -> Vec<serde_json::Value> {
    let owner = owner();
    let posting = Posting { owner: &owner, run: "01K5RUN", personal: Default::default() };
    let entries = posting.entries(transaction, &mirrored(transaction), |customer| {
        customer.starts_with("cus_").then_some("bln_cus_1")
    });
    entries
        .expect("entries")
        .iter()
        .map(|entry| serde_json::to_value(entry).expect("json"))
        .collect()
}

/// A card payment in euros, settled in dollars, with a fee and the tax on it: three entries,
/// written out in full.
#[test]
fn a_converted_charge_in_full() {
    let mut transaction = record("charge", "charge", 1234);
    (transaction.fee, transaction.net) = (94, 1140);
    transaction.fee_details = vec![fee("tax", 16), fee("stripe_fee", 78)];
    transaction.exchange_rate = Some("1.234".into());
    transaction.description = Some("  Order\n1001 ".into());
    transaction.source =
        expanded(json!({"id": "ch_1", "object": "charge", "amount": 1000, "currency": "eur",
            "customer": "cus_1",
        "payment_intent": "pi_1", "balance_transaction": "txn_1"}));
    let entries = entries(&transaction);

    let meta_data = |leg: &str| {
        json!({"stripe_account_id": "acct_1Q0LedgrFxAbc001", "stripe_mode": "test",
            "stripe_sync_run": "01K5RUN",
            "stripe_balance_transaction_id": "txn_1", "stripe_balance": "payments",
            "stripe_type": "charge",
            "stripe_reporting_category": "charge", "stripe_created": "2025-09-02T01:00:03Z",
            "stripe_available_on": "2025-09-04T00:00:00Z",
            "stripe_source_id": "ch_1", "stripe_payment_intent_id": "pi_1",
            "stripe_customer_id": "cus_1", "stripe_exchange_rate": "1.234",
            "stripe_presentment_amount": "1000", "stripe_presentment_currency": "EUR",
            "stripe_leg": leg})
    };
    let entry = |amount: u64, source: &str, destination: &str, description: &str, leg: &str| {
        json!({"precise_amount": amount, "precision": 100, "currency": "USD",
            "allow_overdraft": true,
            "reference": format!("stripe:acct_1Q0LedgrFxAbc001:test:txn_1:{leg}"), "source": source,
            "destination": destination,
            "description": description, "effective_date": "2025-09-02T01:00:03Z",
            "meta_data": meta_data(leg)})
    };
    let expected = [
        entry(1234, "@stripe", "bln_cus_1", "Stripe charge: Order 1001", "amount"),
        entry(78, "@stripe_fees", "@stripe", "Stripe fee on charge: Order 1001", "fee:stripe"),
        entry(16, "@stripe_tax", "@stripe", "Stripe tax on fees of charge: Order 1001", "fee:tax"),
    ];
    assert_eq!(entries, expected);
}

/// A refund swaps both sides. A currency without decimals has precision 1.
#[test]
fn negative_amounts_and_negative_fees_turn_the_entry_around() {
    let mut transaction = record("charge_failure", "payment_failure_refund", -5000);
    transaction.currency = "jpy".into();
    (transaction.fee, transaction.net) = (-40, -4960);
    transaction.fee_details =
        vec![FeeDetail { amount: -40, currency: "jpy".into(), type_: "stripe_fee".into() }];
    let entries = entries(&transaction);
    let sides: Vec<_> = entries
        .iter()
        .map(|entry| {
            (&entry["source"], &entry["destination"], &entry["precise_amount"], &entry["precision"])
        })
        .collect();
    assert_eq!(
        sides,
        [
            (&json!("@stripe_guests"), &json!("@stripe"), &json!(5000), &json!(1)),
            (&json!("@stripe"), &json!("@stripe_fees"), &json!(40), &json!(1))
        ]
    );
}

/// A customer without a balance, a time outside the calendar or an invalid currency: no entry of
/// the record is created.
#[test]
fn an_unknown_customer_a_senseless_time_or_currency_makes_no_entry() {
    let mut transaction = record("charge", "charge", 100);
    transaction.source = expanded(json!({"id": "ch_1", "object": "charge", "customer": "cus_2"}));
    let owner = owner();
    let posting = Posting { owner: &owner, run: "run_1", personal: Default::default() };
    let made = posting.entries(&transaction, &mirrored(&transaction), |_| None);
    assert_eq!(made, Err(LedgerError::UnresolvedCustomer("cus_2".into())));
    transaction.created = i64::MAX;
    assert_eq!(
        posting.entries(&transaction, &mirrored(&transaction), |_| Some("bln_1")),
        Err(LedgerError::InvalidTime)
    );
    transaction.currency = "u$".into();
    assert!(matches!(
        mirror(&transaction, &chart(), &ChargeAccounts::none()),
        Err(LedgerError::Currency(_))
    ));
}

/// Metadata is one level of non-empty strings, without the names that the ledger reserves.
/// Descriptions are short and never blank.
#[test]
fn every_sample_record_makes_entries_the_ledger_takes() {
    for mut transaction in fixtures() {
        transaction.description = transaction.description.map(|text| text.repeat(50));
        for entry in entries(&transaction) {
            for (key, value) in entry["meta_data"].as_object().expect("an object") {
                assert!(key.starts_with("stripe_"), "{key}");
                assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{key}");
            }
            let description = entry["description"].as_str().expect("a text");
            assert!(!description.trim().is_empty() && description.chars().count() <= 160);
            assert_eq!(entry["meta_data"]["stripe_created"], entry["effective_date"]);
        }
    }
}
