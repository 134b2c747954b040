//! Which notices are sent: none until people choose them, one for a matter, and one when it is
//! over.

mod unresolved;
mod world;

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::{Fault, Logs};

use crate::engine::notices::tests::world::{FAILED, SECRET, World, both, world};
use crate::engine::notices::*;
use crate::model::notice::NoticeKind;
use crate::model::stripe::signature::Signature;
use crate::platform::notifier::tests::receiver::Manner;

#[tokio::test]
async fn nothing_is_sent_until_it_is_chosen() {
    let world = world().await;
    world.object("po_1", "payout", FAILED).await;
    world.aws.forget();
    world.send().await;
    assert_eq!(world.aws.calls(), ["BatchGetItem"], "one read, and no more");
    world.choose(&both(&[NoticeKind::Stale])).await;
    world.send().await;
    assert_eq!((world.receiver.connections(), world.aws.count("Publish")), (0, 0));
    assert!(world.items().is_empty());
}

#[tokio::test]
async fn a_matter_is_sent_once_on_each_channel_and_once_more_when_it_is_over() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    for _ in 0..3 {
        world.send().await;
    }
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), world.aws.count("Publish")), (1, 1));
    let body = requests[0].json();
    assert_eq!(
        (&body["type"], &body["resolved"], &body["account"], &body["link"]),
        (
            &json!("payout.failed"),
            &json!(false),
            &json!("acct_1"),
            &json!("https://cloud.example.com")
        )
    );
    assert_eq!(body["text"], "A payout of 500.00 USD failed (account_closed).");
    assert_eq!(requests[0].header("blnk-sync-id"), body["id"]);
    let mail = world.aws.bodies("Publish").remove(0);
    assert_eq!(mail["Subject"], "Stripe Sync: A payout failed (acct_1, test)");

    world.object("po_1", "payout", "paid").await;
    for _ in 0..3 {
        world.send().await;
    }
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), world.aws.count("Publish")), (2, 2));
    let over = requests[1].json();
    assert_eq!((&over["resolved"], &over["notice"]), (&json!(true), &body["notice"]));
    assert_ne!(over["id"], body["id"]);
    assert_eq!(world.open(), 0);
    // The same matter again is another notice.
    world.object("po_1", "payout", FAILED).await;
    world.send().await;
    let again = world.receiver.requests().remove(2).json();
    assert_ne!(again["notice"], body["notice"]);
}

#[tokio::test]
async fn the_receiver_can_verify_what_it_gets_with_each_valid_secret() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::Paused])).await;
    world.pause("stripe_key_refused").await;
    world.send().await;
    let got = world.receiver.requests().remove(0);
    let header = got.header("blnk-sync-signature");
    let read = Signature::read(&header, clock::now()).unwrap();
    assert_eq!(read.verify(&SECRET.into(), &got.body), Ok(()));
    assert_eq!(header.matches("v1=").count(), 1);
    assert_eq!(got.json()["type"], "sync.paused");
}

#[tokio::test]
async fn an_approval_a_difference_a_dispute_and_a_stale_proof_are_matters_too() {
    let world = world().await;
    let all = [
        NoticeKind::Mismatch,
        NoticeKind::DisputeDeadline,
        NoticeKind::Stale,
        NoticeKind::ApprovalNeeded,
    ];
    world.choose(&both(&all)).await;
    world.object("du_1", "dispute", "needs_response").await;
    world.object("du_2", "dispute", "under_review").await;
    world.stale().await;
    world.proof("mismatch", 12).await;
    world.send().await;
    let types = world.types();
    assert_eq!(types, ["mismatch.found", "dispute.needs_answer", "proof.stale"], "{types:?}");
    // A proof that decides nothing does not say that the difference is gone.
    world.proof("inconclusive", 0).await;
    world.send().await;
    assert_eq!(world.types().len(), 3);
    world.proof("match", 0).await;
    world.send().await;
    assert_eq!(world.types()[3..], ["mismatch.found"]);
    world.pause("fuse_size").await;
    world.send().await;
    assert_eq!(world.types()[4..], ["approval.needed"], "the proof is as old as before");
}

/// A person dismisses a difference: it needs nobody's attention any more. Another one on top of it
/// does.
#[tokio::test]
async fn a_difference_is_over_for_people_once_it_is_dismissed() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::Mismatch])).await;
    world.proof("mismatch", 12).await;
    world.send().await;
    world.proof_with("mismatch", 12, &["payments#USD"]).await;
    for _ in 0..2 {
        world.send().await;
    }
    let requests = world.receiver.requests();
    assert_eq!(requests.len(), 2);
    let [found, over] = [requests[0].json(), requests[1].json()];
    assert_eq!((&found["resolved"], &over["resolved"]), (&json!(false), &json!(true)));
    assert_eq!(found["notice"], over["notice"]);
    world.proof_with("mismatch", 19, &["payments#EUR"]).await;
    world.send().await;
    let again = world.receiver.requests().remove(2).json();
    assert_eq!(again["resolved"], json!(false));
    assert_ne!(again["notice"], found["notice"]);
}

/// The account is disconnected and connected again: what stood is known, and told as over once it
/// is, and not before anything is known.
#[tokio::test]
async fn an_open_matter_is_not_sent_again_after_the_account_is_connected_again() {
    let mut world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.send().await;
    world.connect("acct_1").await;
    world.send().await;
    world.object("po_1", "payout", FAILED).await;
    world.proof("match", 0).await;
    world.aws.forget();
    for _ in 0..2 {
        world.send().await;
    }
    assert_eq!((world.receiver.connections(), world.open()), (1, 1));
    assert_eq!(world.aws.count("UpdateItem"), 0, "earlier connections are looked at once");
    world.object("po_1", "payout", "paid").await;
    world.send().await;
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), world.open()), (2, 0));
    assert_eq!(requests[1].json()["resolved"], json!(true));
    assert_eq!(requests[1].json()["notice"], requests[0].json()["notice"]);
}

#[tokio::test]
async fn an_undelivered_notice_is_sent_after_the_account_is_connected_again() {
    let mut world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.receiver.answers_with(Manner::Status(503));
    world.send().await;
    world.connect("acct_1").await;
    world.object("po_1", "payout", FAILED).await;
    world.proof("match", 0).await;
    world.receiver.answers_with(Manner::Status(200));
    for _ in 0..2 {
        world.send().await;
    }
    let requests = world.receiver.requests();
    assert_eq!((requests.len(), world.aws.count("Publish")), (2, 1), "the e-mail was delivered");
    assert_eq!(requests[1].json()["resolved"], json!(false));
    assert_eq!(requests[1].json()["notice"], requests[0].json()["notice"]);
}

#[tokio::test]
async fn another_account_takes_over_nothing() {
    let mut world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.send().await;
    world.connect("acct_2").await;
    world.object("po_1", "payout", FAILED).await;
    world.proof("match", 0).await;
    world.send().await;
    let requests = world.receiver.requests();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[1].json()["notice"], requests[0].json()["notice"]);
}

#[tokio::test]
async fn a_receiver_that_refuses_is_tried_again_later_with_the_same_message() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.receiver.answers_with(Manner::Status(500));
    world.send().await;
    world.send().await;
    let first = world.receiver.requests();
    assert_eq!((first.len(), world.aws.count("Publish")), (1, 1), "not at once again");
    let stored = world.webhook_message();
    assert_eq!(
        (&stored["state"], &stored["attempts"], &stored["answer"]),
        (&json!("pending"), &json!(1), &json!({"outcome": "refused", "status": 500}))
    );
    world.receiver.answers_with(Manner::Status(200));
    world.time_passes();
    world.send().await;
    let second = world.receiver.requests().remove(1);
    assert_eq!(second.json(), first[0].json(), "the same id, so that a repeat can be dropped");
    assert_eq!(
        (&world.webhook_message()["state"], world.webhook_message()["attempts"].as_i64()),
        (&json!("sent"), Some(2))
    );
}

#[tokio::test]
async fn after_its_last_attempt_a_message_has_failed_and_is_left() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.receiver.answers_with(Manner::Status(404));
    for _ in 0..12 {
        world.send().await;
        world.time_passes();
    }
    assert_eq!(world.receiver.connections(), 8);
    assert_eq!(world.webhook_message()["state"], "failed");
    // No message was sent, so none is sent that it is over.
    world.object("po_1", "payout", "paid").await;
    world.send().await;
    assert_eq!((world.receiver.connections(), world.aws.count("Publish")), (8, 2));
}

#[tokio::test]
async fn a_receiver_that_hangs_or_never_ends_takes_a_bounded_time_once() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    for id in ["po_1", "po_2", "po_3"] {
        world.object(id, "payout", FAILED).await;
    }
    for manner in [Manner::Hang, Manner::EndlessHead] {
        let before = world.receiver.connections();
        world.receiver.answers_with(manner);
        let began = Instant::now();
        world.send_within(Duration::from_secs(3)).await;
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        assert_eq!(world.receiver.connections(), before + 1, "the others wait for the next run");
        world.time_passes();
    }
    let began = Instant::now();
    world.send_within(Duration::from_millis(500)).await;
    assert!(began.elapsed() < Duration::from_secs(1), "a run that leaves no time is not held");
    world.receiver.answers_with(Manner::EndlessBody(200));
    world.send().await;
    assert_eq!(world.receiver.connections(), 5, "nothing is lost");
}

#[tokio::test]
async fn a_matter_that_is_over_before_anybody_was_told_is_withdrawn() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    for id in ["po_1", "po_2"] {
        world.object(id, "payout", FAILED).await;
    }
    // The first is tried, the second is not.
    world.receiver.answers_with(Manner::Status(503));
    world.send().await;
    world.receiver.answers_with(Manner::Status(200));
    for id in ["po_1", "po_2"] {
        world.object(id, "payout", "paid").await;
    }
    world.time_passes();
    world.send().await;
    let requests = world.receiver.requests();
    assert_eq!(requests.len(), 2, "one attempt, and that this one is over: it may have been read");
    assert_eq!(requests[1].json()["resolved"], json!(true));
    assert_eq!(requests[1].json()["notice"], requests[0].json()["notice"]);
}

#[tokio::test]
async fn a_deselected_channel_sends_nothing_and_a_channel_chosen_later_sends_open_matters() {
    let world = world().await;
    let mut chosen = both(&[NoticeKind::FailedPayout]);
    chosen.email.clear();
    world.choose(&chosen).await;
    world.object("po_1", "payout", FAILED).await;
    world.receiver.answers_with(Manner::Status(500));
    world.send().await;
    let mut mail = both(&[NoticeKind::FailedPayout]);
    mail.webhook.as_mut().unwrap().kinds.clear();
    world.choose(&mail).await;
    world.time_passes();
    world.send().await;
    assert_eq!((world.receiver.connections(), world.aws.count("Publish")), (1, 1));
    assert_eq!(world.webhook_message()["state"], "withdrawn");
}

#[tokio::test]
async fn a_failed_notice_fails_no_run_and_prints_no_secret() {
    let logs = Logs::capture("stripe_sync");
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    world.aws.fault("Publish", 1, 9, Fault::Status(500, "InternalError"));
    world.aws.fault("Decrypt", 1, 9, Fault::Status(500, "KMSInternalException"));
    world.send().await;
    assert_eq!(world.webhook_message()["answer"]["outcome"], "not_ready");
    world.aws.clear_faults();
    world.receiver.answers_with(Manner::Status(500));
    world.time_passes();
    world.send().await;
    world.aws.fault("Query", 1, 9, Fault::Status(500, "InternalServerError"));
    world.send().await;
    let text = logs.text();
    assert!(text.contains("notice tried") && text.contains("notices not sent"), "{text}");
    for secret in [SECRET, "t0ken"] {
        assert!(!text.contains(secret), "{text}");
        let dump = world.aws.dump();
        assert!(secret != SECRET || !dump.contains(secret), "sealed in the table");
    }
}

/// Two workers at once: the sweep and a run.
#[tokio::test]
async fn two_workers_tell_a_matter_once() {
    let world = world().await;
    world.choose(&both(&[NoticeKind::FailedPayout])).await;
    world.object("po_1", "payout", FAILED).await;
    tokio::join!(world.send(), world.send(), world.send());
    assert_eq!((world.receiver.connections(), world.aws.count("Publish")), (1, 1));
    world.object("po_1", "payout", "paid").await;
    tokio::join!(world.send(), world.send(), world.send());
    assert_eq!((world.receiver.connections(), world.aws.count("Publish")), (2, 2));
}

impl World {
    fn types(&self) -> Vec<String> {
        let requests = self.receiver.requests();
        requests.iter().map(|request| request.json()["type"].as_str().unwrap().to_owned()).collect()
    }
}
