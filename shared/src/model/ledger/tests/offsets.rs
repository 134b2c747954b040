//! The choice of the account: the payer of a payment, the charge behind a refund, the recipient of
//! a fee.

use serde_json::json;

use crate::model::ledger::tests::*;
use crate::model::money::Currency;

/// A customer, a guest, a payment from a Connect transfer, and one whose customer Stripe did not
/// send.
#[test]
fn a_payment_is_posted_to_the_account_of_its_payer() {
    let offset = |source| {
        let mut transaction = record("charge", "charge", 100);
        transaction.source = source;
        let got = mirrored(&transaction);
        (got.legs[0].offset.clone(), got.findings)
    };
    let fixed = |account| OffsetAccount::Account(chart().account(account));
    let customer = json!({"id": "ch_1", "object": "charge",
        "customer": {"id": "cus_1", "object": "customer", "deleted": true}});
    assert_eq!(offset(expanded(customer)), (OffsetAccount::Customer("cus_1".into()), vec![]));
    assert_eq!(
        offset(expanded(json!({"id": "ch_1", "object": "charge"}))),
        (fixed(Account::Guests), vec![])
    );
    assert_eq!(offset(None), (fixed(Account::Guests), vec![]));
    let transfer =
        json!({"id": "py_1", "object": "charge", "customer": null, "source_transfer": "tr_1"});
    assert_eq!(offset(expanded(transfer)), (fixed(Account::Connect), vec![]));
    let unknown = (fixed(Account::Guests), vec![Finding::SourceNotExpanded]);
    assert_eq!(offset(Some(Expandable::Id("ch_1".into()))), unknown);
    assert_eq!(
        offset(expanded(json!({"id": "re_1", "object": "refund", "charge": "ch_1"}))),
        unknown
    );
}

/// A refund follows the entry of its charge if the ledger has one, whatever the charge's customer
/// is now, but never into a balance of another currency or into a mirror.
#[test]
fn a_refund_follows_its_charge() {
    let mut refund = record("refund", "refund", -100);
    refund.source =
        expanded(json!({"id": "re_1", "object": "refund", "balance_transaction": "txn_1",
        "charge": {"id": "ch_1", "balance_transaction": "txn_0", "customer": "cus_new"}}));
    assert_eq!(charge_entry(&refund), Some("txn_0"));
    let offset = |account: &str, currency: &str| {
        let currency: Currency = currency.parse().expect("a currency");
        let mut charges = ChargeAccounts::none();
        charges.insert("txn_0", ChargeAccount { account: account.into(), currency });
        mirror(&refund, &chart(), &charges).expect("a mirrored record").legs.remove(0).offset
    };
    assert_eq!(
        offset("bln_of_the_charge", "usd"),
        OffsetAccount::Account("bln_of_the_charge".into())
    );
    assert_eq!(offset("@stripe_guests", "usd"), OffsetAccount::Account("@stripe_guests".into()));
    assert_eq!(offset("bln_of_the_charge", "eur"), OffsetAccount::Customer("cus_new".into()));
    for mirror in chart().known_mirrors() {
        assert_eq!(offset(&mirror, "usd"), OffsetAccount::Customer("cus_new".into()));
    }

    // A failed delayed payment is reversed against its own charge. A charge needs no look-up.
    let mut failure = record("charge_failure", "payment_failure_refund", -100);
    failure.source =
        expanded(json!({"id": "py_1", "object": "charge", "balance_transaction": "txn_0",
            "failure_balance_transaction": "txn_1"}));
    assert_eq!(charge_entry(&failure), Some("txn_0"));
    failure.id = "txn_0".into();
    assert_eq!(charge_entry(&failure), None, "a record's own entry is not there to look up");
    failure.id = "txn_1".into();
    failure.reporting_category = "charge".into();
    assert_eq!(charge_entry(&failure), None);
}

/// Application fees are charged by the platform, taxes by the state, the rest by Stripe.
#[test]
fn fees_go_to_their_own_accounts() {
    let mut transaction = record("charge", "charge", 10_000);
    let details = [
        ("stripe_fee", 1, LegKind::FeeStripe, Account::Fees),
        ("application_fee", 20, LegKind::FeeApplication, Account::Platform),
        ("payment_method_passthrough_fee", 300, LegKind::FeePassthrough, Account::Fees),
        ("tax", 4_000, LegKind::FeeTax, Account::Tax),
        ("withheld_tax", 50_000, LegKind::FeeWithheld, Account::Tax),
        ("a_fee_of_next_year", 600_000, LegKind::FeeOther, Account::Fees),
    ];
    transaction.fee_details =
        details.iter().map(|(type_, amount, ..)| fee(type_, *amount)).collect();
    transaction.fee = 654_321;
    transaction.net = 10_000 - 654_321;
    let got = mirrored(&transaction);
    assert!(got.findings.is_empty());
    let fees: Vec<_> =
        got.legs[1..].iter().map(|leg| (leg.kind, leg.signed, leg.offset.clone())).collect();
    let expected: Vec<_> = details
        .iter()
        .map(|(_, amount, kind, account)| {
            (*kind, *amount, OffsetAccount::Account(chart().account(*account)))
        })
        .collect();
    assert_eq!(fees, expected);
}

/// A fee in another currency than its record cannot be posted under its own kind: it becomes part
/// of the remainder, and is reported.
#[test]
fn a_fee_in_another_currency_is_part_of_the_rest() {
    let mut transaction = record("charge", "charge", 1000);
    transaction.fee_details =
        vec![fee("stripe_fee", 30), FeeDetail { currency: "eur".into(), ..fee("tax", 5) }];
    (transaction.fee, transaction.net) = (36, 964);
    let got = mirrored(&transaction);
    let legs: Vec<_> = got.legs.iter().map(|leg| (leg.kind, leg.signed)).collect();
    assert_eq!(legs, [(LegKind::Amount, 1000), (LegKind::FeeStripe, 30), (LegKind::FeeRest, 6)]);
    let foreign = Finding::ForeignFee { type_: "tax".into(), currency: "eur".into(), amount: 5 };
    assert_eq!(got.findings, [foreign, Finding::DoesNotAddUp { rest: 6 }]);
}

/// The charge behind an application fee belongs to another Stripe account: its customer is not
/// used.
#[test]
fn an_application_fee_has_no_customer_of_ours() {
    let behind = json!({"id": "ch_1", "customer": "cus_of_another_account"});
    let customer = |object: &str| {
        let mut transaction = record("platform_earning", "application_fee", 123);
        transaction.source = expanded(json!({"id": "x_1", "object": object, "charge": behind}));
        customer_of(&transaction).map(|customer| customer.id().to_owned())
    };
    assert_eq!(customer("application_fee"), None);
    assert_eq!(customer("dispute").as_deref(), Some("cus_of_another_account"));
}
