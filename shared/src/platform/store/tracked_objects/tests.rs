//! Reads counted by day, and hints that wait to be processed.

use test_support::{Aws, TABLE};
use ulid::Ulid;

use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::aws;
use crate::platform::store::customers::CustomerHint;
use crate::platform::store::tracked_objects::ObjectHint;
use crate::platform::table::Store;

const NOW: Millis = Millis(1_760_000_000_000);
const DAY: i64 = 86_400;

#[tokio::test]
async fn a_day_has_forty_re_reads_and_the_next_day_as_many() {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (install, connection) = (InstallId::parse("instapp_1").unwrap(), Ulid::from_parts(1, 1));
    for day in 0..2 {
        let mut taken = 0;
        for _ in 0..100 {
            taken += i64::from(
                store
                    .tracked_objects()
                    .take_read(&install, connection, NOW.plus_seconds(day * DAY))
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(taken, crate::platform::store::tracked_objects::READS_A_DAY);
    }
    assert!(
        !store.tracked_objects().take_read(&install, connection, NOW).await.unwrap(),
        "a clock that goes back gives nothing anew"
    );
    assert!(
        store.tracked_objects().take_read(&install, Ulid::from_parts(1, 2), NOW).await.unwrap(),
        "each connection has its own"
    );
}

#[tokio::test]
async fn a_hint_stays_until_it_was_followed_and_a_later_one_is_not_taken_for_it() {
    let aws = Aws::start().await;
    let sdk = aws.sdk(aws::defaults()).await;
    let store = Store { client: aws::dynamodb(&sdk), table: TABLE.to_owned() };
    let (install, connection) = (InstallId::parse("instapp_1").unwrap(), Ulid::from_parts(1, 1));
    let happens = async |connection: Ulid, object: &str, at: i64| {
        let hint =
            ObjectHint::of("charge.dispute.created", Some(object), Millis(NOW.0 + at)).unwrap();
        assert!(
            store
                .transact(vec![
                    store.tracked_objects().put_hint(&install, connection, &hint).unwrap()
                ])
                .await
                .unwrap()
                .done()
        );
    };
    happens(connection, "du_2", 0).await;
    happens(connection, "du_1", 7).await;
    happens(Ulid::from_parts(1, 2), "du_3", 0).await;
    let hints = store.tracked_objects().hints(&install, connection).await.unwrap();
    let ids: Vec<_> = hints.iter().map(|hint| hint.object_id.as_str()).collect();
    assert_eq!(
        ids,
        ["du_2", "du_1"],
        "what waits longest comes first, and nothing of another connection"
    );
    happens(connection, "du_2", 9).await;
    for hint in &hints {
        store.tracked_objects().drop_hint(&install, connection, hint).await.unwrap();
    }
    let left = store.tracked_objects().hints(&install, connection).await.unwrap();
    assert_eq!(
        left.iter()
            .map(|hint| (hint.object_id.as_str(), hint.received_at.0 - NOW.0))
            .collect::<Vec<_>>(),
        [("du_2", 9)]
    );
}

#[test]
fn a_customer_whose_id_begins_like_an_objects_is_no_object() {
    for id in ["re_42", "po_anna", "du_1", "ch_9"] {
        for kind in ["customer.updated", "customer.deleted", "customer.created"] {
            assert_eq!(ObjectHint::of(kind, Some(id), NOW), None, "{kind} {id}");
        }
        let hint = CustomerHint::of("customer.updated", Some(id), 1, NOW);
        assert_eq!(hint.map(|hint| hint.customer).as_deref(), Some(id));
    }
    assert!(ObjectHint::of("payout.paid", Some("po_1"), NOW).is_some());
}
