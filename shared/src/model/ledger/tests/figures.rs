//! The expected side of the proof: sums that depend on what was read, not on the order.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::tests::*;
use crate::model::money::Currency;

fn usd() -> Currency {
    "usd".parse().expect("a currency")
}

/// A day's digest is compared with entries of any age, so the formula is fixed.
#[test]
fn the_digest_is_pinned() {
    let reference = "stripe:acct_1:live:txn_1:amount";
    assert_eq!(
        format!("{:032x}", Figures::leg_digest(reference, usd(), -1050)),
        "de203be69809ba837c7cf3da8900a63d"
    );
    assert_ne!(
        Figures::leg_digest(reference, usd(), -1050),
        Figures::leg_digest(reference, usd(), 1050)
    );
}

/// A record posted twice, or posted twice with another one omitted, shows in the digest: duplicates
/// do not cancel out.
#[test]
fn doubled_legs_do_not_cancel_out() {
    let digest = |references: &[&str]| {
        let mut figures = Figures::default();
        references
            .iter()
            .for_each(|reference| figures.add(reference, usd(), 100).expect("counted"));
        figures.digest
    };
    assert_ne!(digest(&["a", "b", "b"]), digest(&["a"]));
    assert_ne!(digest(&["a", "a"]), digest(&["a", "b"]));
    assert_eq!(digest(&["a", "b"]), digest(&["b", "a"]));
}

/// Every sum survives a store without numbers beyond 64 bits.
#[test]
fn figures_survive_storage() {
    let figures =
        Figures { records: 3, legs: 5, debit: i128::MAX, credit: -1, digest: u128::MAX - 1 };
    let stored = serde_json::to_value(figures).expect("json");
    assert_eq!(stored["debit"], json!("170141183460469231731687303715884105727"));
    assert_eq!(stored["digest"], json!("fffffffffffffffffffffffffffffffe"));
    assert_eq!(serde_json::from_value::<Figures>(stored).expect("figures"), figures);
    assert_eq!(
        serde_json::to_value(Figures::default()).expect("json")["digest"],
        json!("0".repeat(32))
    );
}

/// A sum that would overflow is an error, and the earlier figures stay.
#[test]
fn an_overflow_changes_nothing() {
    let mut figures = Figures { debit: i128::MAX, ..Figures::default() };
    let before = figures;
    assert_eq!(figures.add("r", usd(), 1), Err(LedgerError::Overflow));
    assert_eq!(figures.add("r", usd(), i128::MIN), Err(LedgerError::Overflow));
    assert_eq!(figures, before);
}

/// Records belong to the hour of Stripe's posting time. Hours that a downward walk has passed are
/// returned whole.
#[test]
fn slices_are_hours_and_are_taken_from_the_newest_down() {
    let at = |id: &str, created: i64, amount: i64| {
        let mut transaction = record("payout", "payout", amount);
        (transaction.id, transaction.created) = (id.to_owned(), created);
        mirrored(&transaction)
    };
    let mut slices = Slices::default();
    for record in [
        at("txn_4", 7200, 10),
        at("txn_3", 7199, -4),
        at("txn_2", 3600, 0),
        at("txn_1", 3599, 1),
        at("txn_0", -1, 1),
    ] {
        slices.add(&owner(), &record).expect("counted");
    }
    let hours: Vec<_> = slices
        .iter()
        .map(|(slice, figures)| (slice.hour, figures.records, figures.net().expect("a sum")))
        .collect();
    // A record that moves nothing has no entry, so it is not among those that the ledger can show.
    assert_eq!(hours, [(-3600, 1, 1), (0, 1, 1), (3600, 1, -4), (7200, 1, 10)]);
    let passed = slices.take_from(3600);
    assert_eq!(passed.iter().map(|(slice, _)| slice.hour).collect::<Vec<_>>(), [3600, 7200]);
    assert_eq!(slices.iter().map(|(slice, _)| slice.hour).collect::<Vec<_>>(), [-3600, 0]);
    assert_eq!(
        (utc_date(-1), utc_date(86_400)),
        (Ok("1969-12-31".into()), Ok("1970-01-02".into()))
    );
    assert_eq!(hour_of(i64::MAX) % 3600, 0);
}

proptest! {
    /// In any order and any division into parts, the sums are those of the whole. The ledger's
    /// entries give the same sums as the records.
    #[test]
    fn figures_do_not_depend_on_order_or_division(
        amounts in vec(-10_000_i64..10_000, 0..30), cut in 0_usize..30,
        seed in any::<prop::sample::Index>(),
    ) {
        let numbered = amounts.iter().enumerate();
        let records: Vec<(BalanceTransaction, Mirrored)> = numbered.map(|(index, &amount)| {
            let mut transaction = record("charge", "charge", amount);
            transaction.id = format!("txn_{index}");
            transaction.fee_details = vec![fee("stripe_fee", amount / 10)];
            transaction.net = amount - amount / 10;
            let mirrored = mirrored(&transaction);
            (transaction, mirrored)
        }).collect();

        let mut whole = Figures::default();
        records.iter().for_each(|(_, record)| whole.add_record(&owner(), record).expect("counted"));
        prop_assert_eq!(whole.net().expect("a sum"),
            records.iter().map(|(transaction, _)| i128::from(transaction.net)).sum::<i128>());

        let mut turned: Vec<_> = records.iter().map(|(_, record)| record).collect();
        if !turned.is_empty() {
            let turn = seed.index(turned.len());
            turned.rotate_left(turn);
        }
        let (mut left, mut right) = (Figures::default(), Figures::default());
        for (index, record) in turned.into_iter().enumerate() {
            let half = if index < cut { &mut left } else { &mut right };
            half.add_record(&owner(), record).expect("counted");
        }
        left.merge(&right).expect("a sum");
        prop_assert_eq!(left, whole);

        let owner = owner();
        let posting = Posting { owner: &owner, run: "run_1", personal: Default::default() };
        let mut shown = Figures { records: whole.records, ..Figures::default() };
        for (transaction, record) in &records {
            for entry in posting.entries(transaction, record, |_| Some("bln_1")).expect("entries") {
                let amount = i128::from(entry.precise_amount);
                let delta = if entry.source == chart().mirror(&record.kind) { amount } else { -amount };
                shown.add(&entry.reference, entry.currency, delta).expect("counted");
            }
        }
        prop_assert_eq!(shown, whole);
    }
}
