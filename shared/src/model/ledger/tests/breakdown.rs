use proptest::prelude::*;

use crate::model::ledger::tests::*;
use crate::model::stripe::types::movement::{BalanceTransaction, FeeDetail};

fn fee(type_: &str, amount: i64) -> FeeDetail {
    FeeDetail { amount, currency: "usd".to_owned(), type_: type_.to_owned() }
}

fn transactions() -> impl Strategy<Value = Vec<BalanceTransaction>> {
    let one = (
        prop::sample::select(vec!["charge", "refund", "payout", "fee", "dispute", "", "new_thing"]),
        -1_000_000_i64..1_000_000,
        prop::collection::vec(
            (
                prop::sample::select(vec!["stripe_fee", "tax", "application_fee", "odd"]),
                -500_i64..500,
            ),
            0..4,
        ),
        -3_i64..3,
    );
    prop::collection::vec(one, 0..20).prop_map(|all| {
        let each = (0_i64..).zip(all).map(|(at, (category, amount, fees, rest))| {
            let mut transaction = record("charge", category, amount);
            transaction.id = format!("txn_{at}");
            transaction.created = 1_760_000_000 + at * 900;
            transaction.fee_details =
                fees.iter().map(|(kind, fee_of)| fee(kind, *fee_of)).collect();
            transaction.fee = fees.iter().map(|(_, fee_of)| fee_of).sum();
            transaction.net = amount - transaction.fee - rest;
            transaction
        });
        each.collect()
    })
}

fn offset(seed: usize) -> Offset {
    match seed % 4 {
        0 => Offset::UNPOSTED,
        1 => Offset::CUSTOMER_BALANCE,
        2 => Offset::named(&chart(), &chart().account(Account::Fees)),
        _ => Offset::named(&chart(), "@somebody_else"),
    }
}

proptest! {
    /// Categories, accounts and the expected figures of the proof are three ways to add up the same
    /// records: they agree in every hour, merged in any order, and survive the table.
    #[test]
    fn categories_and_accounts_add_up_to_the_net(all in transactions(), seed in 0_usize..100) {
        let (mut breakdowns, mut slices) = (Breakdowns::default(), Slices::default());
        for (at, transaction) in all.iter().enumerate() {
            let record = mirrored(transaction);
            breakdowns
                .add(transaction, &record, |kind| offset(seed + at + kind as usize))
                .unwrap();
            slices.add(&owner(), &record).unwrap();
        }
        for (slice, figures) in slices.iter() {
            let breakdown = breakdowns.get(slice).unwrap();
            let net = figures.net().unwrap();
            prop_assert_eq!(breakdown.net().unwrap(), net);
            prop_assert_eq!(breakdown.net_of_accounts().unwrap(), net);
            for category in breakdown.categories.values() {
                prop_assert_eq!(category.gross - category.fee(), category.net);
            }
            let stored = serde_json::to_string(breakdown).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Breakdown>(&stored).unwrap(), breakdown);
        }
        let count: u64 =
            breakdowns.iter().flat_map(|(_, it)| it.categories.values()).map(|it| it.count).sum();
        prop_assert_eq!(count, all.len() as u64);
        let (mut forwards, mut backwards) = (Breakdown::default(), Breakdown::default());
        let each: Vec<&Breakdown> = breakdowns.iter().map(|(_, it)| it).collect();
        each.iter().for_each(|it| forwards.merge(it).unwrap());
        each.iter().rev().for_each(|it| backwards.merge(it).unwrap());
        prop_assert_eq!(forwards, backwards);
    }
}

/// Names that were used before count under the same account; a name of nobody's is `other`; an id
/// is a customer's balance.
#[test]
fn an_account_is_known_by_every_name_it_had() {
    let used = [("fees".to_owned(), ["@old_fees".to_owned()].into())].into();
    let chart = chart().remembering(used);
    let role = |name: &str| Offset::named(&chart, name).role;
    assert_eq!(role("@old_fees"), Role::Account(Account::Fees));
    assert_eq!(role(&chart.account(Account::Fees)), Role::Account(Account::Fees));
    assert_eq!(role("@elsewhere"), Role::Other);
    assert_eq!(role("bln_1"), Role::CustomerBalance);
    assert_eq!(Offset::named(&chart, "@old_fees").to_string(), "fees=@old_fees");
}

/// A role that only a newer version knows is read, and keeps the account's name.
#[test]
fn a_role_of_a_newer_version_is_read_as_other() {
    let read: Offset = serde_json::from_str("\"escrow=@stripe_escrow\"").unwrap();
    assert_eq!(read, Offset { role: Role::Other, name: Some("@stripe_escrow".to_owned()) });
}
