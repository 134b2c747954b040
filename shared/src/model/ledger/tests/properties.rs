//! Invariants for any record that Stripe could send.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::tests::*;

const CATEGORIES: &[&str] = &[
    "charge",
    "refund",
    "dispute",
    "fee",
    "payout",
    "platform_earning",
    "risk_reserved_funds",
    "",
    "unheard_of",
];

const TYPES: &[&str] =
    &["charge", "adjustment", "stripe_fee", "issuing_transaction", "topup", "unheard_of"];

const FEES: &[&str] = &[
    "stripe_fee",
    "application_fee",
    "payment_method_passthrough_fee",
    "tax",
    "withheld_tax",
    "unheard_of",
    "another_unheard_of",
    "",
];

const CURRENCIES: &[&str] = &["usd", "eur", "jpy", "kwd", "isk", "ugx", "mga", "huf", "zzz"];

const BALANCES: &[Option<&str>] = &[
    None,
    Some("payments"),
    Some("issuing"),
    Some("refund_and_dispute_prefunding"),
    Some("risk_reserved"),
    Some("unheard_of"),
];

/// Mostly ordinary amounts, sometimes the edges of 64 bits.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => -1_000_000_i64..1_000_000,
        2 => Just(0),
        1 => any::<i64>(),
        1 => select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
    ]
}

fn fee_detail() -> impl Strategy<Value = FeeDetail> {
    // Most details are in the record's currency, `usd` here. Some are not, or have none.
    let currency = prop_oneof![8 => Just("usd"), 1 => Just("USD"), 1 => Just("eur"), 1 => Just("")];
    (amount(), currency, select(FEES)).prop_map(|(amount, currency, type_)| FeeDetail {
        amount,
        currency: currency.to_owned(),
        type_: type_.to_owned(),
    })
}

/// Any record. `adds_up` derives `fee` and `net` from the parts as Stripe documents; otherwise they
/// are arbitrary.
fn any_record() -> impl Strategy<Value = BalanceTransaction> {
    let what = (select(CATEGORIES), select(TYPES), select(BALANCES));
    (what, amount(), vec(fee_detail(), 0..8), any::<bool>(), amount(), amount()).prop_map(
        |((category, type_, balance), amount, details, adds_up, fee, net)| {
            let mut transaction = record(category, type_, amount);
            transaction.balance_type = balance.map(str::to_owned);
            let total =
                details.iter().try_fold(0_i64, |sum, detail| sum.checked_add(detail.amount));
            let documented = total.and_then(|fee| Some((fee, amount.checked_sub(fee)?)));
            (transaction.fee, transaction.net) =
                documented.filter(|_| adds_up).unwrap_or((fee, net));
            transaction.fee_details = details;
            transaction
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// The legs move the mirror by exactly `net`, or the record is refused because a sum exceeds 64
    /// bits. Sums never wrap.
    #[test]
    fn legs_move_the_mirror_by_exactly_net(transaction in any_record()) {
        let record = match mirror(&transaction, &chart(), &ChargeAccounts::none()) {
            Ok(record) => record,
            Err(error) => {
                prop_assert_eq!(error, LedgerError::Overflow);
                let parts = transaction.fee_details.iter().map(|detail| i128::from(detail.amount).abs()).sum::<i128>();
                let reach = parts + i128::from(transaction.amount).abs() + i128::from(transaction.net).abs();
                prop_assert!(reach > i128::from(i64::MAX), "an ordinary record was refused");
                return Ok(());
            }
        };
        let moved: i128 = record.legs.iter().map(Leg::mirror_delta).sum();
        prop_assert_eq!(moved, i128::from(transaction.net));

        let mirror = chart().mirror(&record.kind);
        let mut kinds = BTreeSet::new();
        for leg in &record.legs {
            prop_assert!(leg.signed != 0);
            prop_assert!(kinds.insert(leg.kind), "one leg of each kind");
            prop_assert_eq!(&leg.mirror, &mirror);
            if let OffsetAccount::Account(account) = &leg.offset {
                prop_assert!(!chart().is_mirror(account));
            }
        }
        // A remainder is always reported.
        let rest = record.legs.iter().find(|leg| leg.kind == LegKind::FeeRest).map(|leg| Finding::DoesNotAddUp { rest: leg.signed });
        prop_assert_eq!(rest.as_ref(),
            record.findings.iter().find(|finding| matches!(finding, Finding::DoesNotAddUp { .. })));
        let foreign = transaction.fee_details.iter().filter(|detail| !detail.currency.eq_ignore_ascii_case("usd")).count();
        let is_foreign = |finding: &&Finding| matches!(finding, Finding::ForeignFee { .. });
        let reported = record.findings.iter().filter(is_foreign).count();
        prop_assert_eq!(foreign, reported);
    }

    /// Stripe's fee details come in any order, and one fee may come in several parts: the legs are
    /// the same.
    #[test]
    fn the_order_and_division_of_fee_details_mean_nothing(
        (transaction, shuffled) in any_record().prop_flat_map(|transaction| {
            let shuffled = Just(transaction.fee_details.clone()).prop_shuffle();
            (Just(transaction), shuffled)
        }),
    ) {
        let legs = |details: Vec<FeeDetail>| {
            let transaction = BalanceTransaction { fee_details: details, ..transaction.clone() };
            mirror(&transaction, &chart(), &ChargeAccounts::none()).map(|record| record.legs)
        };
        let expected = legs(transaction.fee_details.clone());
        prop_assert_eq!(&legs(shuffled.clone()), &expected);
        let halves = |detail: &FeeDetail| {
            let half = detail.amount / 2;
            [FeeDetail { amount: half, ..detail.clone() },
                FeeDetail { amount: detail.amount - half, ..detail.clone() }]
        };
        prop_assert_eq!(&legs(shuffled.iter().flat_map(halves).collect()), &expected);
    }

    /// In every currency the entries are integers of the currency's own minor unit, each under a
    /// unique reference, between two different accounts, and the mirror's debits less its credits
    /// are `net`.
    #[test]
    fn entries_hold_the_amounts_of_their_legs(transaction in any_record(), code in select(CURRENCIES)) {
        let mut transaction = transaction;
        transaction.currency = code.to_owned();
        transaction.fee_details.iter_mut().for_each(|detail| detail.currency = code.to_owned());
        let Ok(record) = mirror(&transaction, &chart(),
            &ChargeAccounts::none()) else { return Ok(()) };
        let owner = owner();
        let posting = Posting { owner: &owner, run: "run_1", personal: Default::default() };
        let entries = posting.entries(&transaction, &record, |_| Some("bln_1")).expect("entries");
        prop_assert_eq!(entries.len(), record.legs.len());

        let mirror = chart().mirror(&record.kind);
        let (mut net, mut references) = (0_i128, BTreeSet::new());
        for entry in &entries {
            let json = serde_json::to_string(entry).expect("json");
            let integer = format!(r#"{{"precise_amount":{},"#, entry.precise_amount);
            prop_assert!(json.starts_with(&integer), "not a bare integer: {}", json);
            prop_assert!(entry.precise_amount > 0);
            prop_assert_eq!(entry.precision, record.currency.precision());
            prop_assert_ne!(&entry.source, &entry.destination);
            prop_assert!(references.insert(&entry.reference));
            let amount = i128::from(entry.precise_amount);
            match (entry.source == mirror, entry.destination == mirror) {
                (true, false) => net += amount,
                (false, true) => net -= amount,
                sides => prop_assert!(false, "the mirror must be on one side: {:?}", sides),
            }
        }
        prop_assert_eq!(net, i128::from(transaction.net));
    }
}
