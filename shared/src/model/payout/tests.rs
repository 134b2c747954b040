//! Adds up the members of a payout, page by page.

use serde_json::json;

use crate::model::payout::*;

const NOW: Millis = Millis(1_760_000_000_000);

fn members(of: &[(&str, i64, &str)]) -> Vec<BalanceTransaction> {
    let member = |(id, net, currency): &(&str, i64, &str)| {
        serde_json::from_value(json!({"id": id, "amount": net, "fee": 0, "net": net,
            "currency": currency, "created": 1,
            "available_on": 1, "type": "charge"}))
        .unwrap()
    };
    of.iter().map(member).collect()
}

fn counted(payout: &str, of: &[(&str, i64, &str)]) -> PayoutSum {
    let mut adding = PayoutSum::of(payout);
    adding.add(&members(of));
    adding
}

#[test]
fn members_are_counted_over_pages_and_add_up_to_zero_in_the_records_currency() {
    let mut payouts = Payouts::beginning(NOW);
    let mut adding = payouts.go_on("po_1");
    adding.add(&members(&[("txn_4", -900, "eur"), ("txn_3", 500, "eur")]));
    payouts.put_off(adding);
    assert!(payouts.is_under_way("po_1"));
    let mut adding = payouts.go_on("po_1");
    assert_eq!(adding.after.as_deref(), Some("txn_3"));
    // An empty page need not be the last one.
    adding.add(&[]);
    assert_eq!(adding.after.as_deref(), Some("txn_3"));
    adding.add(&members(&[("txn_2", 450, "eur"), ("txn_1", -50, "eur")]));
    assert_eq!(payouts.take_in(&adding, None, NOW), AddedUp { at: NOW, zero: true });
    assert_eq!(
        (payouts.zero, payouts.members, payouts.remainders.len(), payouts.is_under_way("po_1")),
        (1, 4, 0, false)
    );
}

#[test]
fn a_remainder_is_kept_by_currency_until_a_late_member_balances_it() {
    let mut payouts = Payouts::beginning(NOW);
    let short =
        [("txn_2", -900, "usd"), ("txn_1", 880, "usd"), ("txn_0", 1, "jpy"), ("txn_00", -1, "jpy")];
    let first = payouts.take_in(&counted("po_1", &short), None, NOW);
    let left: Vec<_> = payouts
        .remainders
        .iter()
        .map(|left| (left.payout.as_str(), left.currency.as_str(), left.net, left.members))
        .collect();
    assert_eq!((first.zero, left), (false, vec![("po_1", "USD", Sum(-20), 4)]));
    let whole = [("txn_3", 20, "usd"), ("txn_2", -900, "usd"), ("txn_1", 880, "usd")];
    let second = payouts.take_in(&counted("po_1", &whole), Some(first), NOW.plus_seconds(9));
    assert_eq!((second.zero, payouts.zero, payouts.remainders.len()), (true, 1, 0), "counted once");
}

#[test]
fn remainders_beyond_those_that_are_kept_are_counted() {
    let mut payouts = Payouts::beginning(NOW);
    for n in 0..MAX_REMAINDERS + 3 {
        payouts.take_in(&counted(&format!("po_{n}"), &[("txn_1", 7, "usd")]), None, NOW);
    }
    assert_eq!(
        (payouts.remainders.len(), payouts.more_remainders, payouts.zero),
        (MAX_REMAINDERS, 3, 0)
    );
    assert_eq!(
        payouts.remainders.first().map(|left| left.payout.as_str()),
        Some("po_3"),
        "the newest stay"
    );
}
