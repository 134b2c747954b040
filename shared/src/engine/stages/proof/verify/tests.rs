//! Which hours are read back, and which wrong entries change the digest of an hour.

use std::collections::BTreeMap;

use crate::engine::stages::proof::verify::*;
use crate::model::ledger::Owner;
use crate::platform::store::days::{DayHours, Hour, digest_text};

const HOUR: i64 = SECONDS_PER_HOUR;

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn day(hours: &[(i64, u64, bool)]) -> DayHours {
    let hours = hours.iter().map(|(hour, legs, agreed)| {
        let figures = Figures { records: 1, legs: *legs, debit: 1, credit: 0, digest: 7 };
        Hour::new(hour * HOUR, figures, agreed.then(|| digest_text(7)))
    });
    DayHours { kind: BalanceKind::Payments, currency: usd(), hours: hours.collect() }
}

#[test]
fn every_hour_that_is_not_known_to_agree_is_read_once_and_no_other_costs_a_reading() {
    let days = [
        day(&[(0, 200, false), (1, 0, true), (5, 100, false), (6, 200, true), (7, 50, false)]),
        day(&[(30, 260, false), (31, 9_000, false)]),
    ];
    let windows = windows(&days);
    let read: Vec<Vec<i64>> = windows
        .iter()
        .map(|window| window.hours.keys().map(|begins| begins / HOUR).collect())
        .collect();
    assert_eq!(
        read,
        [vec![0, 5], vec![7], vec![30], vec![31]],
        "an agreed hour with entries parts windows; an empty one does not"
    );
    assert_eq!(windows[0].spans(), [(0, 6 * HOUR)]);
    let busy = windows[3].spans();
    assert_eq!(
        (busy.len(), busy.first().unwrap().0, busy.last().unwrap().1),
        (30, 31 * HOUR, 32 * HOUR),
        "a busy hour is read in parts"
    );
    assert!(busy.windows(2).all(|pair| pair[0].1 == pair[1].0), "without a gap between them");
}

fn row(reference: &str, amount: i128, out: bool, at: i64, status: &str) -> LedgerTransaction {
    let (source, destination) = if out { ("bln_m", "bln_x") } else { ("bln_x", "bln_m") };
    serde_json::from_value(serde_json::json!({"transaction_id": format!("txn_{reference}"),
        "reference": reference, "currency": "USD",
        "precise_amount": amount.to_string(), "source": source, "destination": destination,
        "status": status,
        "effective_date": rfc3339(at).unwrap()}))
    .unwrap()
}

/// All the ways in which an hour's entries can be wrong although every sum is right, and the one in
/// which they are right.
#[test]
fn entries_that_are_wrong_by_what_others_make_good_differ_in_their_digest() {
    let owner = Owner::new("acct_1", crate::model::ledger::Mode::Test).unwrap();
    let one = format!("stripe:{owner}:txn_1:amount");
    let two = format!("stripe:{owner}:txn_2:amount");
    let mut expected = Figures { records: 2, ..Figures::default() };
    expected.add(&one, usd(), 500).unwrap();
    expected.add(&two, usd(), 300).unwrap();
    let window = Window {
        hours: BTreeMap::from([(0, expected)]),
        ..Window::new(&BalanceKind::Payments, usd())
    };
    let outcome = |rows: &[LedgerTransaction]| {
        let mut held = LedgerHours::default();
        rows.iter().for_each(|row| held.add(row, "bln_m", usd()).unwrap());
        let mut verified = Verified::default();
        judge(&window, &held, &mut verified);
        (verified.agreed.len(), verified.differing.len())
    };
    let right = [row(&one, 500, true, 10, "APPLIED"), row(&two, 300, true, 20, "APPLIED")];
    assert_eq!(outcome(&right), (1, 0));
    let with_noise = [
        right[0].clone(),
        right[1].clone(),
        row("queued", 9, true, 30, "QUEUED"),
        row("void", 9, true, 30, "VOID"),
    ];
    assert_eq!(outcome(&with_noise), (1, 0), "what was not applied moved nothing");
    for wrong in [
        vec![row(&one, 400, true, 10, "APPLIED"), row(&two, 400, true, 20, "APPLIED")],
        vec![row(&one, 300, true, 10, "APPLIED"), row(&two, 500, true, 20, "APPLIED")],
        vec![right[0].clone(), row("by-hand", 300, true, 20, "APPLIED")],
        vec![right[0].clone(), row(&two, 300, false, 20, "APPLIED")],
        vec![right[0].clone(), row(&two, 300, true, HOUR + 1, "APPLIED")],
        vec![right[0].clone(), row(&two, 300, true, 20, "REJECTED")],
        vec![right[0].clone()],
        vec![],
    ] {
        assert_eq!(outcome(&wrong), (0, 1), "{wrong:?}");
    }
}
