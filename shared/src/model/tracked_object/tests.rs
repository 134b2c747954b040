//! When an object is settled, and when it is checked again.

use serde_json::{Value, json};

use crate::model::time::Millis;
use crate::model::tracked_object::*;

const NOW: Millis = Millis(1_760_000_000_000);

fn source(object: Value) -> Source {
    serde_json::from_value(object).unwrap()
}

fn payout(status: &str, age: i64, arrival: i64) -> Source {
    source(
        json!({"id": "po_1", "object": "payout", "status": status, "amount": 500, "currency": "usd",
            "created": NOW.seconds() - age,
        "arrival_date": NOW.seconds() + arrival,
        "failure_code": (status == "failed").then_some("account_closed"),
        "balance_transaction": "txn_1", "failure_balance_transaction": null}),
    )
}

fn item(source: &Source, before: Option<&ObjectItem>) -> ObjectItem {
    ObjectItem::of(source, Some("txn_seen"), before, NOW).unwrap()
}

#[test]
fn an_object_is_followed_until_its_end_and_a_paid_payout_a_while_longer() {
    let dispute = |status: &str, age: i64| {
        source(json!({"id": "du_1", "object": "dispute", "status": status,
                "created": NOW.seconds() - age}))
    };
    let other = |object: &str, status: &str, age: i64| {
        source(json!({"id": "x_1", "object": object, "status": status,
                "created": NOW.seconds() - age}))
    };
    for (source, settled) in [
        (payout("in_transit", DAY, DAY), false),
        (payout("paid", 3 * DAY, -DAY), false),
        (payout("paid", 14 * DAY, -11 * DAY), true),
        (payout("failed", 3 * DAY, -DAY), true),
        (payout("canceled", DAY, DAY), true),
        (payout("a_new_word", DAY, DAY), false),
        (payout("a_new_word", 61 * DAY, 0), true),
        (dispute("needs_response", 100 * DAY), false),
        (dispute("warning_under_review", DAY), false),
        (dispute("lost", DAY), true),
        (dispute("prevented", 0), true),
        (other("refund", "pending", DAY), false),
        (other("refund", "requires_action", DAY), false),
        (other("refund", "failed", DAY), true),
        (other("charge", "pending", DAY), false),
        (other("charge", "succeeded", DAY), true),
    ] {
        assert_eq!(item(&source, None).settled, settled, "{source:?}");
    }
    assert_eq!(
        ObjectItem::of(&other("transfer", "pending", 0), None, None, NOW),
        None,
        "no other kind is followed"
    );
}

#[test]
fn a_payout_that_was_paid_and_then_failed_is_news_and_history_is_not() {
    let paid = item(&payout("paid", 3 * DAY, -DAY), None);
    let failed = item(&payout("failed", 3 * DAY, -DAY), Some(&paid));
    assert!(
        failed.differs(&paid) && failed.settled && failed.failed_payout(NOW) && failed.is_news(NOW)
    );
    assert_eq!(
        (failed.reason.as_deref(), failed.transaction.as_deref(), failed.first_seen),
        (Some("account_closed"), Some("txn_1"), NOW)
    );
    assert!(
        !item(&payout("failed", 40 * DAY, -30 * DAY), None).is_news(NOW),
        "a failure of long ago"
    );
    assert!(!item(&payout("paid", 40 * DAY, -30 * DAY), None).is_news(NOW));
    let again = ObjectItem {
        checked_at: NOW.plus_seconds(9),
        next_check: NOW.plus_seconds(99),
        ..paid.clone()
    };
    assert!(!again.differs(&paid), "that it was looked at is no change");
}

#[test]
fn the_older_an_object_the_seldomer_it_is_read() {
    let next =
        |age: i64| item(&payout("pending", age, DAY), None).next_check.seconds() - NOW.seconds();
    assert_eq!([next(0), next(HOUR), next(8 * HOUR), next(30 * DAY)], [HOUR, HOUR, 2 * HOUR, DAY]);
}

#[test]
fn what_is_only_good_to_know_never_stands_in_the_way_of_a_record() {
    let odd = source(json!({"id": "du_1", "object": "dispute", "status": "needs_response",
            "created": "yesterday", "arrival_date": {},
        "reason": 7, "evidence_details": [], "balance_transactions": "none",
        "failure_code": null}));
    let odd = item(&odd, None);
    assert_eq!(
        (odd.due_by, odd.reason.as_deref(), odd.created, odd.transaction.as_deref()),
        (None, None, NOW.seconds(), Some("txn_seen"))
    );
    let whole = source(json!({"id": "du_1", "object": "dispute", "status": "needs_response",
            "created": 1_759_000_000, "reason": "fraudulent",
        "evidence_details": {"due_by": 1_761_000_000, "has_evidence": false, "past_due": false},
        "balance_transactions": [{"id": "txn_7", "object": "balance_transaction", "amount": -5}]}));
    let whole = item(&whole, None);
    assert_eq!(
        (whole.due_by, whole.reason.as_deref(), whole.transaction.as_deref()),
        (Some(1_761_000_000), Some("fraudulent"), Some("txn_7"))
    );
}
