//! When an object is settled, when it is looked at again, and how often in a day.

use serde_json::{Value, json};
use test_support::{Aws, TABLE};
use ulid::Ulid;

use super::*;
use crate::install::InstallId;
use crate::store::Store;

const NOW: Millis = Millis(1_760_000_000_000);

fn source(object: Value) -> Source {
    serde_json::from_value(object).unwrap()
}

fn payout(status: &str, age: i64, arrival: i64) -> Source {
    source(json!({"id": "po_1", "object": "payout", "status": status, "amount": 500, "currency": "usd", "created": NOW.seconds() - age,
        "arrival_date": NOW.seconds() + arrival, "failure_code": (status == "failed").then_some("account_closed"),
        "balance_transaction": "txn_1", "failure_balance_transaction": null}))
}

fn item(source: &Source, before: Option<&ObjectItem>) -> ObjectItem {
    ObjectItem::of(source, Some("txn_seen"), before, NOW).unwrap()
}

#[test]
fn an_object_is_followed_until_its_end_and_a_paid_payout_a_while_longer() {
    let dispute =
        |status: &str, age: i64| source(json!({"id": "du_1", "object": "dispute", "status": status, "created": NOW.seconds() - age}));
    let other = |object: &str, status: &str, age: i64| {
        source(json!({"id": "x_1", "object": object, "status": status, "created": NOW.seconds() - age}))
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
    assert_eq!(ObjectItem::of(&other("transfer", "pending", 0), None, None, NOW), None, "no other kind is followed");
}

#[test]
fn a_payout_that_was_paid_and_then_failed_is_news_and_history_is_not() {
    let paid = item(&payout("paid", 3 * DAY, -DAY), None);
    let failed = item(&payout("failed", 3 * DAY, -DAY), Some(&paid));
    assert!(failed.differs(&paid) && failed.settled && failed.failed_payout(NOW) && failed.is_news(NOW));
    assert_eq!((failed.reason.as_deref(), failed.transaction.as_deref(), failed.first_seen), (Some("account_closed"), Some("txn_1"), NOW));
    assert!(!item(&payout("failed", 40 * DAY, -30 * DAY), None).is_news(NOW), "a failure of long ago");
    assert!(!item(&payout("paid", 40 * DAY, -30 * DAY), None).is_news(NOW));
    let again = ObjectItem { checked_at: NOW.plus_seconds(9), next_check: NOW.plus_seconds(99), ..paid.clone() };
    assert!(!again.differs(&paid), "that it was looked at is no change");
}

#[test]
fn the_older_an_object_the_seldomer_it_is_read() {
    let next = |age: i64| item(&payout("pending", age, DAY), None).next_check.seconds() - NOW.seconds();
    assert_eq!([next(0), next(HOUR), next(8 * HOUR), next(30 * DAY)], [HOUR, HOUR, 2 * HOUR, DAY]);
}

#[test]
fn what_is_only_good_to_know_never_stands_in_the_way_of_a_record() {
    let odd = source(json!({"id": "du_1", "object": "dispute", "status": "needs_response", "created": "yesterday", "arrival_date": {},
        "reason": 7, "evidence_details": [], "balance_transactions": "none", "failure_code": null}));
    let odd = item(&odd, None);
    assert_eq!((odd.due_by, odd.reason.as_deref(), odd.created, odd.transaction.as_deref()), (None, None, NOW.seconds(), Some("txn_seen")));
    let whole =
        source(json!({"id": "du_1", "object": "dispute", "status": "needs_response", "created": 1_759_000_000, "reason": "fraudulent",
        "evidence_details": {"due_by": 1_761_000_000, "has_evidence": false, "past_due": false},
        "balance_transactions": [{"id": "txn_7", "object": "balance_transaction", "amount": -5}]}));
    let whole = item(&whole, None);
    assert_eq!(
        (whole.due_by, whole.reason.as_deref(), whole.transaction.as_deref()),
        (Some(1_761_000_000), Some("fraudulent"), Some("txn_7"))
    );
}

#[tokio::test]
async fn a_day_has_forty_re_reads_and_the_next_day_as_many() {
    let aws = Aws::start().await;
    let sdk = aws.sdk(crate::aws::defaults()).await;
    let store = Store { client: crate::aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (install, connection) = (InstallId::parse("instapp_1").unwrap(), Ulid::from_parts(1, 1));
    for day in 0..2 {
        let mut taken = 0;
        for _ in 0..100 {
            taken += i64::from(store.take_read(&install, connection, NOW.plus_seconds(day * DAY)).await.unwrap());
        }
        assert_eq!(taken, table::READS_A_DAY);
    }
    assert!(!store.take_read(&install, connection, NOW).await.unwrap(), "a clock that goes back gives nothing anew");
    assert!(store.take_read(&install, Ulid::from_parts(1, 2), NOW).await.unwrap(), "each connection has its own");
}

#[tokio::test]
async fn a_hint_stays_until_it_was_followed_and_a_later_one_is_not_taken_for_it() {
    let aws = Aws::start().await;
    let sdk = aws.sdk(crate::aws::defaults()).await;
    let store = Store { client: crate::aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (install, connection) = (InstallId::parse("instapp_1").unwrap(), Ulid::from_parts(1, 1));
    let happens = async |connection: Ulid, object: &str, at: i64| {
        let hint = ObjectHint::of("charge.dispute.created", Some(object), Millis(NOW.0 + at)).unwrap();
        assert!(store.transact(vec![store.put_object_hint(&install, connection, &hint).unwrap()]).await.unwrap().done());
    };
    happens(connection, "du_2", 0).await;
    happens(connection, "du_1", 7).await;
    happens(Ulid::from_parts(1, 2), "du_3", 0).await;
    let hints = store.object_hints(&install, connection).await.unwrap();
    let ids: Vec<_> = hints.iter().map(|hint| hint.object_id.as_str()).collect();
    assert_eq!(ids, ["du_2", "du_1"], "what waits longest comes first, and nothing of another connection");
    happens(connection, "du_2", 9).await;
    for hint in &hints {
        store.drop_object_hint(&install, connection, hint).await.unwrap();
    }
    let left = store.object_hints(&install, connection).await.unwrap();
    assert_eq!(left.iter().map(|hint| (hint.object_id.as_str(), hint.received_at.0 - NOW.0)).collect::<Vec<_>>(), [("du_2", 9)]);
}

#[test]
fn a_customer_whose_id_begins_like_an_objects_is_no_object() {
    for id in ["re_42", "po_anna", "du_1", "ch_9"] {
        for kind in ["customer.updated", "customer.deleted", "customer.created"] {
            assert_eq!(ObjectHint::of(kind, Some(id), NOW), None, "{kind} {id}");
        }
        let hint = crate::sync::CustomerHint::of("customer.updated", Some(id), 1, NOW);
        assert_eq!(hint.map(|hint| hint.customer).as_deref(), Some(id));
    }
    assert!(ObjectHint::of("payout.paid", Some("po_1"), NOW).is_some());
}
