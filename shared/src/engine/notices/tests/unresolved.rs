//! Matters that leave the list without being resolved, and channels that fail.

use serde_json::json;

use crate::engine::notices::tests::world::{FAILED, both, world};
use crate::model::notice::NoticeKind;
use crate::platform::clock;
use crate::platform::notifier::tests::receiver::Manner;

const DAY: i64 = 86_400;

/// State: an old proof was reported. Action: the connection is paused, so that the list names the
/// pause instead; then it resumes with a fresh proof. What must hold: nothing is resolved before
/// the proof is fresh.
#[tokio::test]
async fn an_old_proof_is_not_resolved_by_a_pause() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::Stale])).await;
    world.stale().await;
    world.send().await;
    world.pause("stripe_key_refused").await;
    world.send().await;
    assert_eq!(world.receiver.requests().len(), 1, "it is as old as before");
    world.active().await;
    world.send().await;
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), &requests[1].json()["resolved"]), (2, &json!(true)));
}

/// State: a dispute was reported. Action: its deadline passes without an answer; then the bank
/// reviews it. What must hold: it is not resolved by its deadline.
#[tokio::test]
async fn a_dispute_is_not_resolved_by_its_deadline() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::DisputeDeadline])).await;
    world.object("du_1", "dispute", "needs_response").await;
    world.send().await;
    let over = json!({"due_by": clock::now().seconds() - 60});
    world.object_with("du_1", "dispute", "needs_response", &over).await;
    world.send().await;
    assert_eq!(world.receiver.requests().len(), 1, "nobody has answered");
    world.object_with("du_1", "dispute", "under_review", &over).await;
    world.send().await;
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), &requests[1].json()["resolved"]), (2, &json!(true)));
}

/// State: a failed payout was reported. Action: it becomes too old to be listed. What must hold: it
/// is no longer followed, and nobody reads that it was resolved.
#[tokio::test]
async fn a_failed_payout_is_not_resolved_by_its_age() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.send().await;
    assert_eq!(world.open(), 1);
    let old = json!({"arrival": clock::now().seconds() - 40 * DAY});
    world.object_with("po_1", "payout", FAILED, &old).await;
    world.send().await;
    world.send().await;
    assert_eq!((world.receiver.requests().len(), world.aws.count("Publish")), (1, 1));
    assert_eq!(world.open(), 0);
}

/// State: both channels are chosen, the webhook always fails, and there are more matters than one
/// run sends messages for. What must hold: the messages of the webhook do not hold up the e-mails.
#[tokio::test]
async fn a_failing_webhook_holds_up_no_e_mail() {
    const MATTERS: usize = 30;
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    for number in 0..MATTERS {
        world.object(&format!("po_{number}"), "payout", FAILED).await;
    }
    world.receiver.answers_with(Manner::Status(500));
    for _ in 0..3 {
        world.send().await;
    }
    assert_eq!(world.aws.count("Publish"), MATTERS);
}
