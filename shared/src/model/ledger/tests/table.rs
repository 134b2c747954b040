//! The table of Stripe's documentation: every type with each of its categories, and the account of
//! its gross amount.

use serde_json::json;

use crate::model::ledger::tests::table::To::{Fixed, Payer, Suspense};
use crate::model::ledger::tests::*;

/// The account of the gross amount: the payer's own account, or one account for all.
#[derive(Debug, PartialEq)]
enum To {
    Payer,
    Fixed(Account),
    Suspense,
}

/// (type, reporting category, account). An empty category is one that Stripe does not document for
/// the type.
const TABLE: &[(&str, &str, To)] = &[
    ("charge", "charge", Payer),
    ("payment", "charge", Payer),
    ("refund", "refund", Payer),
    ("refund", "partial_capture_reversal", Payer),
    ("payment_refund", "refund", Payer),
    ("refund_failure", "refund_failure", Payer),
    ("payment_failure_refund", "charge_failure", Payer),
    ("payment_reversal", "", Payer),
    ("payment_reversal", "refund", Payer),
    ("payment_reversal", "payment_reversal", Payer),
    ("payment_unreconciled", "unreconciled_customer_funds", Fixed(Account::Unclaimed)),
    ("transferred_to_balance_transaction", "", Fixed(Account::Unclaimed)),
    ("adjustment", "dispute", Fixed(Account::Disputes)),
    ("adjustment", "dispute_reversal", Fixed(Account::Disputes)),
    ("adjustment", "refund_failure", Payer),
    ("adjustment", "fee", Fixed(Account::Fees)),
    ("adjustment", "other_adjustment", Suspense),
    ("payout", "payout", Fixed(Account::Payouts)),
    ("payout_failure", "payout_reversal", Fixed(Account::Payouts)),
    ("payout_cancel", "payout_reversal", Fixed(Account::Payouts)),
    ("payout_minimum_balance_hold", "payout_minimum_balance_hold", Fixed(Account::PayoutMinimum)),
    (
        "payout_minimum_balance_release",
        "payout_minimum_balance_release",
        Fixed(Account::PayoutMinimum),
    ),
    ("stripe_fee", "fee", Fixed(Account::Fees)),
    ("stripe_fx_fee", "fee", Fixed(Account::Fees)),
    ("stripe_fee", "network_cost", Fixed(Account::Fees)),
    ("tax_fee", "tax", Fixed(Account::Tax)),
    ("fee_credit_funding", "", Fixed(Account::Fees)),
    ("tax_fund", "", Fixed(Account::Tax)),
    ("application_fee", "platform_earning", Fixed(Account::Platform)),
    ("application_fee_refund", "platform_earning_refund", Fixed(Account::Platform)),
    ("transfer", "transfer", Fixed(Account::Connect)),
    ("transfer_refund", "transfer_reversal", Fixed(Account::Connect)),
    ("transfer_cancel", "transfer_reversal", Fixed(Account::Connect)),
    ("transfer_failure", "transfer_reversal", Fixed(Account::Connect)),
    ("connect_collection_transfer", "connect_collection_transfer", Fixed(Account::Connect)),
    ("reserve_transaction", "connect_reserved_funds", Fixed(Account::ConnectReserved)),
    ("reserved_funds", "risk_reserved_funds", Fixed(Account::Reserves)),
    ("reserve_hold", "risk_reserved_funds", Fixed(Account::Reserves)),
    ("reserve_hold", "", Fixed(Account::Reserves)),
    ("reserve_release", "", Fixed(Account::Reserves)),
    ("payment_network_reserve_hold", "payment_network_reserve_hold", Fixed(Account::Reserves)),
    (
        "payment_network_reserve_release",
        "payment_network_reserve_release",
        Fixed(Account::Reserves),
    ),
    ("topup", "topup", Fixed(Account::Payouts)),
    ("topup_reversal", "topup_reversal", Fixed(Account::Payouts)),
    ("inbound_transfer", "", Fixed(Account::Payouts)),
    ("inbound_transfer_reversal", "", Fixed(Account::Payouts)),
    ("advance", "advance", Fixed(Account::Advances)),
    ("advance_funding", "advance_funding", Fixed(Account::Advances)),
    ("anticipation_repayment", "anticipation_repayment", Fixed(Account::Advances)),
    ("obligation_outbound", "other_adjustment", Fixed(Account::Advances)),
    ("obligation_reversal_inbound", "other_adjustment", Fixed(Account::Advances)),
    ("financing_payout", "financing_payout", Fixed(Account::Advances)),
    ("contribution", "contribution", Fixed(Account::Climate)),
    ("climate_order_purchase", "climate_order_purchase", Fixed(Account::Climate)),
    ("climate_order_refund", "climate_order_refund", Fixed(Account::Climate)),
    ("stripe_balance_payment_debit", "", Fixed(Account::Connect)),
    ("stripe_balance_payment_debit_reversal", "", Fixed(Account::Connect)),
    ("issuing_authorization_hold", "issuing_authorization_hold", Fixed(Account::IssuingSpend)),
    (
        "issuing_authorization_release",
        "issuing_authorization_release",
        Fixed(Account::IssuingSpend),
    ),
    ("issuing_transaction", "issuing_transaction", Fixed(Account::IssuingSpend)),
    ("issuing_dispute", "issuing_dispute", Fixed(Account::IssuingSpend)),
    (
        "issuing_dispute_provisional_credit",
        "issuing_dispute_provisional_credit",
        Fixed(Account::IssuingSpend),
    ),
    ("issuing_dispute_provisional_credit_reversal", "", Fixed(Account::IssuingSpend)),
    ("issuing_disbursement", "issuing_disbursement", Fixed(Account::IssuingSpend)),
    ("issuing_dispute", "issuing_dispute_fraud_liability_debit", Fixed(Account::IssuingSpend)),
    ("validation", "", Suspense),
    ("adjusted_for_overdraft_transaction", "", Suspense),
    ("recipient_transfer", "", Suspense),
    ("transferred_elsewhere", "", Suspense),
    ("payouts_summary", "advanced", Suspense),
    ("balance_transfer_inbound", "", Suspense),
    ("a_type_of_next_year", "a_category_of_next_year", Suspense),
];

/// Each row, in both directions, as a card charge's record would carry it: the account is the
/// table's, the mirror moves by `net`, and only what went to suspense is reported.
#[test]
fn every_documented_type_goes_where_the_table_says() {
    let charge = json!({"id": "ch_1", "object": "charge", "customer": "cus_1",
        "balance_transaction": "txn_0"});
    for (type_, category, to) in TABLE {
        for amount in [10_000, -10_000] {
            let mut transaction = record(category, type_, amount);
            // A payment's record comes with its charge. For the others the object must not matter.
            transaction.source = match to {
                Payer => expanded(charge.clone()),
                _ => expanded(json!({"id": "x_1", "object": "an_object_of_next_year"})),
            };
            let got = mirrored(&transaction);
            let expected = match to {
                Payer => OffsetAccount::Customer("cus_1".into()),
                Fixed(account) => OffsetAccount::Account(chart().account(*account)),
                Suspense => OffsetAccount::Account(chart().account(Account::Suspense)),
            };
            let [leg] = got.legs.as_slice() else { panic!("{type_}/{category}: {:?}", got.legs) };
            assert_eq!(leg.offset, expected, "{type_}/{category}");
            assert_eq!(leg.mirror_delta(), i128::from(amount), "{type_}/{category}");
            assert_eq!(
                !got.findings.is_empty(),
                *to == Suspense,
                "{type_}/{category}: {:?}",
                got.findings
            );
        }
    }
}

/// The category decides before the type, the type before the object, and suspense comes last.
#[test]
fn category_then_type_then_source() {
    let offset = |category: &str, type_: &str, object: &str| {
        let mut transaction = record(category, type_, 100);
        transaction.source = expanded(json!({"id": "x_1", "object": object, "customer": "cus_1"}));
        mirrored(&transaction).legs.remove(0).offset
    };
    let fixed = |account| OffsetAccount::Account(chart().account(account));
    assert_eq!(offset("dispute", "charge", "payout"), fixed(Account::Disputes));
    assert_eq!(offset("unheard_of", "payout", "dispute"), fixed(Account::Payouts));
    assert_eq!(offset("other_adjustment", "adjustment", "dispute"), fixed(Account::Disputes));
    assert_eq!(
        offset("other_adjustment", "adjustment", "issuing.transaction"),
        fixed(Account::IssuingSpend)
    );
    assert_eq!(offset("other_adjustment", "adjustment", "unheard_of"), fixed(Account::Suspense));
    assert_eq!(offset("", "refund", "refund"), OffsetAccount::Customer("cus_1".into()));
}

/// All sample records, expanded or not: the legs move the mirror by `net`, and only the
/// miscellaneous adjustment is unclassified.
#[test]
fn every_sample_record_is_mirrored_to_the_unit() {
    for transaction in fixtures() {
        let got = mirrored(&transaction);
        let moved: i128 = got.legs.iter().map(Leg::mirror_delta).sum();
        assert_eq!(moved, i128::from(transaction.net), "{}", transaction.id);
        let unclassified =
            got.findings.iter().any(|finding| matches!(finding, Finding::Unclassified { .. }));
        assert_eq!(
            unclassified,
            transaction.reporting_category == "other_adjustment",
            "{}",
            transaction.id
        );
        assert!(!got.legs.iter().any(|leg| leg.kind == LegKind::FeeRest), "{}", transaction.id);
        assert_eq!(got.kind, BalanceKind::Payments);
    }
}
