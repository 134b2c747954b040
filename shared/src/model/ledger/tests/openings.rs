//! Openings: one permanent ledger entry for everything before a start.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::tests::*;
use crate::model::money::Currency;

/// 2026-01-02, midnight in UTC.
const START: i64 = 1_767_312_000;

fn usd() -> Currency {
    "usd".parse().expect("a currency")
}

/// The figures of records that move these amounts.
fn listed(amounts: &[i64]) -> Figures {
    let mut figures = Figures::default();
    for amount in amounts {
        figures
            .add_record(&owner(), &mirrored(&record("charge", "charge", *amount)))
            .expect("small sums");
    }
    figures
}

fn settle(start: i64, before: &[i64], there: Vec<OpeningEntry>) -> Opening {
    Opening::settle(&owner(), &BalanceKind::Payments, usd(), start, listed(before), there)
        .expect("an opening")
}

#[test]
fn an_opening_is_named_once_for_ever_and_ends_in_a_word() {
    for kind in ["payments", "issuing", "a-20b", "settlement_reserved"] {
        let kind = BalanceKind::from_stored(kind).expect("a balance");
        for moved_to in
            [None, Some(jiff::civil::date(2025, 1, 31)), Some(jiff::civil::date(1970, 1, 1))]
        {
            let reference = OpeningReference::new(&owner(), &kind, usd(), moved_to);
            let text = reference.to_string();
            assert_eq!(text.parse(), Ok(reference), "{text}");
            assert!(text.ends_with(":opening") || text.ends_with(":opening_moved"), "{text}");
            assert_eq!(text.parse::<Reference>(), Err(LedgerError::InvalidId), "it is no leg");
        }
    }
    assert_eq!(
        settle(START, &[5], Vec::new()).entries[0].reference,
        "stripe:acct_1Q0LedgrFxAbc001:test:payments:USD:opening"
    );
    for foreign in [
        "stripe:acct_1:test:payments:usd:opening",
        "stripe:acct_1:test:payments:USD:opening_moved",
        "stripe:acct_1:test:payments:USD:2025-01-31:opening_moved",
        "stripe:acct_1:test:payments:USD:20250231:opening_moved",
        "stripe:acct_1:test:payments:USD:20250131:opening",
        "stripe:acct_1:test::USD:opening",
        "stripe:acct_1:test:txn_1:amount",
    ] {
        assert!(foreign.parse::<OpeningReference>().is_err(), "{foreign}");
    }
}

#[test]
fn an_opening_has_the_sum_of_the_records_whatever_its_sign_and_zero_needs_none() {
    let (chart, owner) = (chart(), owner());
    for (before, source, amount) in
        [(&[700, -200][..], "@stripe", 500), (&[-200, 50], "@stripe_opening", 150)]
    {
        let opening = settle(START, before, Vec::new());
        let entry = opening.entry(&owner, &chart, "run", &opening.entries[0]).expect("an entry");
        assert_eq!(
            (entry.source.as_str(), entry.precise_amount, entry.effective_date.as_str()),
            (source, amount, "2026-01-01T23:59:59Z")
        );
        let figures = opening.figures(&opening.entries[0]).expect("figures");
        assert_eq!((figures.net(), figures.records, figures.legs), (opening.listed.net(), 0, 1));
    }
    let zero = settle(START, &[7, -7], Vec::new());
    assert_eq!((zero.entries.len(), zero.listed.records), (0, 2));
}

#[test]
fn openings_of_an_earlier_installation_are_adopted_and_differences_are_named_not_posted() {
    let first = settle(START, &[700, -200], Vec::new());
    let again = settle(START, &[700, -200], first.entries.clone());
    assert_eq!((again.entries, again.changed.len()), (first.entries.clone(), 0));
    let other = settle(START, &[700, -200, -30], first.entries.clone());
    assert_eq!(
        (other.entries.clone(), other.change()),
        (first.entries, OpeningChange { debit: 0, credit: 30 })
    );
}

#[test]
fn a_day_that_changed_is_a_difference_until_it_is_as_it_was() {
    let mut opening = settle(START, &[700, -200], Vec::new());
    let (then, now) = (listed(&[700, -200]), listed(&[700, -200, 40, -15]));
    assert!(!opening.take_in("2025-12-30", &then, &then));
    assert!(opening.take_in("2025-12-30", &then, &now));
    assert!(!opening.take_in("2025-12-30", &then, &now), "known already");
    assert_eq!(
        (opening.change(), opening.change().net()),
        (OpeningChange { debit: 40, credit: 15 }, 25)
    );
    assert!(opening.take_in("2025-12-31", &now, &then));
    assert_eq!(opening.change(), OpeningChange::default(), "two days that make each other good");
    assert!(
        opening.take_in("2025-12-31", &then, &then) && opening.take_in("2025-12-30", &then, &then)
    );
    assert!(opening.changed.is_empty());
}

proptest! {
    /// However often the start moves to an earlier day, the openings and the records from the start
    /// on add up to the whole list.
    #[test]
    fn openings_and_records_add_up_to_the_list_wherever_the_start_lies(
        days in vec(-1000_i64..1000, 1..20),
        moves in vec(0_usize..20, 1..6),
    ) {
        let total: i128 = days.iter().map(|net| i128::from(*net)).sum();
        let mut there: Vec<OpeningEntry> = Vec::new();
        let mut day = days.len();
        for step in moves {
            day = day.min(step);
            let start = START + i64::try_from(day).expect("a few days") * SECONDS_PER_DAY;
            let opening = settle(start, &days[..day], there.clone());
            let legs: i128 = days[day..].iter().map(|net| i128::from(*net)).sum();
            prop_assert_eq!(opening.moves().expect("small") + opening.change().net() + legs, total);
            prop_assert!(opening.changed.is_empty());
            let mut references: Vec<_> = opening.entries.iter().map(|entry| &entry.reference).collect();
            references.dedup();
            prop_assert_eq!(references.len(), opening.entries.len());
            there = opening.entries;
        }
    }
}
