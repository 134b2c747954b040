//! What is kept of a payout, look by look.

use serde_json::{Value, json};

use crate::model::payout::PayoutSum;
use crate::model::payout::item::*;
use crate::model::payout::members::{MAX_CATEGORIES, OTHER_CATEGORIES};
use crate::model::stripe::types::movement::BalanceTransaction;

const NOW: Millis = Millis(1_760_000_000_000);

fn source(more: &Value) -> Source {
    let mut payout = json!({"id": "po_1", "object": "payout", "amount": 2500, "currency": "usd",
        "status": "pending",
        "created": 1_759_900_000, "arrival_date": 1_760_100_000, "automatic": true,
        "method": "standard",
        "type": "bank_account", "destination": "ba_1", "balance_transaction": "txn_1",
        "trace_id": {"status": "pending", "value": null}, "reconciliation_status": "in_progress"});
    payout.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(payout).unwrap()
}

fn seen(more: &Value, before: Option<&PayoutItem>, seconds: i64) -> PayoutItem {
    PayoutItem::of(&source(more), before, NOW.plus_seconds(seconds)).unwrap()
}

fn member(n: usize, category: &str, (amount, fee): (i64, i64)) -> BalanceTransaction {
    serde_json::from_value(json!({"id": format!("txn_{n}"), "amount": amount, "fee": fee,
        "net": amount - fee,
        "currency": "usd", "created": 1, "available_on": 1, "type": "adjustment",
        "reporting_category": category}))
    .unwrap()
}

fn added_up(members: &[BalanceTransaction], seconds: i64) -> PayoutMembers {
    let mut adding = PayoutSum::of("po_1");
    adding.add(members);
    adding.by_category(NOW.plus_seconds(seconds)).unwrap()
}

#[test]
fn statuses_are_kept_with_the_time_at_which_they_were_first_seen() {
    let pending = seen(&json!({}), None, 0);
    let again = seen(&json!({}), Some(&pending), 60);
    assert!(!again.differs(&pending), "another look at the same payout writes nothing");
    let paid = seen(&json!({"status": "paid"}), Some(&again), 120);
    let failed = json!({"status": "failed", "failure_code": "no_account",
        "failure_balance_transaction": "txn_2"});
    let failed = seen(&failed, Some(&paid), 180);
    assert!(paid.differs(&again) && failed.differs(&paid));
    let changes: Vec<(&str, i64)> = failed
        .changes
        .iter()
        .map(|change| (change.status.as_str(), (change.at.0 - NOW.0) / 1000))
        .collect();
    assert_eq!(changes, [("pending", 0), ("paid", 120), ("failed", 180)]);
    assert_eq!(
        (failed.transaction.as_deref(), failed.failure_transaction.as_deref()),
        (Some("txn_1"), Some("txn_2"))
    );
}

#[test]
fn an_older_look_takes_nothing_back_and_the_creation_never_moves() {
    let paid = seen(&json!({"status": "paid"}), None, 100);
    assert_eq!(seen(&json!({"status": "in_transit"}), Some(&paid), 50), paid);
    let moved = seen(&json!({"created": 1, "arrival_date": 1_760_200_000}), Some(&paid), 150);
    assert_eq!((moved.created, moved.arrival), (paid.created, Some(1_760_200_000)));
}

#[test]
fn the_first_status_stays_when_many_others_follow() {
    let mut item = seen(&json!({}), None, 0);
    for n in 1..100_i64 {
        item = seen(&json!({"status": format!("status_{n}")}), Some(&item), n);
    }
    assert_eq!(item.changes.len(), MAX_STATUS_CHANGES);
    assert_eq!(item.changes.first().map(|change| change.status.as_str()), Some("pending"));
    assert_eq!(item.changes.last().map(|change| change.status.as_str()), Some("status_99"));
}

#[test]
fn the_digits_of_a_bank_account_stay_known_when_only_its_id_is_sent() {
    let whole = json!({"destination": {"id": "ba_1", "object": "bank_account", "last4": "6789"}});
    let whole = seen(&whole, None, 0);
    let bare = seen(&json!({}), Some(&whole), 1);
    assert_eq!(bare.destination, whole.destination);
    let other = seen(&json!({"destination": "ba_2"}), Some(&whole), 1);
    assert_eq!(other.destination, Some(PayoutDestination { id: "ba_2".to_owned(), last4: None }));
}

#[test]
fn only_a_payout_with_a_status_is_one() {
    for more in [json!({"object": "transfer"}), json!({"status": ""}), json!({"status": null})] {
        assert_eq!(PayoutItem::of(&source(&more), None, NOW), None, "{more}");
    }
}

#[test]
fn members_are_kept_by_category_and_say_whether_they_balance() {
    let item = seen(&json!({"status": "paid"}), None, 0);
    assert_eq!(item.reconciliation(), Reconciliation::Pending);
    let short = [
        member(1, "payout", (-2500, 0)),
        member(2, "charge", (1000, 59)),
        member(3, "charge", (1000, 59)),
    ];
    let left = item.with_members(added_up(&short, 10));
    assert_eq!(left.reconciliation(), Reconciliation::Remainder);
    let remainders: Vec<_> = left.members.as_ref().unwrap().totals.remainders().collect();
    assert_eq!(remainders, [("USD", Sum(-618))]);
    let charges = left.members.as_ref().unwrap().totals.0["USD"]["charge"];
    assert_eq!(
        (charges.count, charges.gross, charges.fee, charges.net),
        (2, Sum(2000), Sum(118), Sum(1882))
    );
    let late = short.iter().cloned().chain([member(4, "", (618, 0))]).collect::<Vec<_>>();
    let whole = left.with_members(added_up(&late, 20));
    assert_eq!(whole.reconciliation(), Reconciliation::Reconciled);
    assert_eq!(
        whole.members.as_ref().unwrap().totals.0["USD"]["adjustment"].count,
        1,
        "named by its type"
    );
    let again = whole.clone().with_members(added_up(&late, 30));
    assert_eq!(again.reconciled_at, Some(NOW.plus_seconds(20)), "reconciled once");
    let line = PayoutLine::of(&again);
    assert_eq!((line.members, line.waits_for_members()), (Some(4), false));
}

#[test]
fn returned_and_unlisted_payouts_are_never_reconciled() {
    for status in ["failed", "canceled"] {
        let item = seen(&json!({"status": status, "reconciliation_status": "completed"}), None, 0);
        assert_eq!(item.reconciliation(), Reconciliation::Returned);
        assert!(!PayoutLine::of(&item).waits_for_members());
    }
    let manual = seen(&json!({"automatic": false, "method": "instant"}), None, 0);
    assert_eq!(manual.reconciliation(), Reconciliation::NotListed);
    let complete = seen(&json!({"reconciliation_status": "completed"}), None, 0);
    assert!(PayoutLine::of(&complete).waits_for_members());
    assert!(!PayoutLine::of(&seen(&json!({}), None, 0)).waits_for_members(), "Stripe is not done");
}

#[test]
fn categories_without_end_do_not_outgrow_an_item() {
    let members: Vec<_> =
        (0..500).map(|n| member(n, &format!("category_{n:03}"), (1, 0))).collect();
    let members = added_up(&members, 0);
    let rows = &members.totals.0["USD"];
    assert_eq!((rows.len(), members.totals.count()), (MAX_CATEGORIES + 1, 500));
    assert_eq!(rows[OTHER_CATEGORIES].count, 500 - MAX_CATEGORIES as u64);
}

#[test]
fn a_part_that_was_counted_without_categories_gives_none() {
    let stored = json!({"payout": "po_1", "after": "txn_9", "members": 100, "nets": {"USD": "5"}});
    let mut adding: PayoutSum = serde_json::from_value(stored).unwrap();
    adding.add(&[member(1, "charge", (1, 0))]);
    assert_eq!(adding.by_category(NOW), None);
}

/// What left the balance is what the payout's own record took from it, whatever its parts say, and
/// nothing where statements count that record as something else.
#[test]
fn the_amount_that_left_is_the_net_of_the_payouts_own_record() {
    let left = |category: &str, amount: i64, net: i64, currency: &str| {
        let record: BalanceTransaction =
            serde_json::from_value(json!({"id": "txn_1", "amount": amount,
            "fee": 59, "net": net, "currency": currency, "created": 1, "available_on": 1,
            "type": "payout", "reporting_category": category}))
            .unwrap();
        let item = seen(&json!({}), None, 0).with_record(&record);
        let later = seen(&json!({"status": "paid"}), Some(&item), 60);
        assert_eq!(later.left, item.left, "a later look keeps it");
        item.left.map(|left| left.0)
    };
    assert_eq!(left("payout", -2_500, -2_500, "usd"), None);
    assert_eq!(left("payout", -2_500, -2_559, "usd"), Some(2_559));
    assert_eq!(left("payout", -2_500, -2_541, "usd"), Some(2_541), "it does not add up");
    assert_eq!(left("refund_failure", -2_500, -2_559, "usd"), Some(0));
    assert_eq!(left("payout", -2_700, -2_700, "eur"), None, "another currency says nothing");
}
