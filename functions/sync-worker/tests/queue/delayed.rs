//! What the delay queue gives back.

use serde_json::{Value, json};
use stripe_sync::platform::clock;
use test_support::Fault;
use wiremock::matchers::any;
use wiremock::{Mock, ResponseTemplate};

use crate::world::{INSTALL, PK, World, world};

fn delayed(world: &World, seconds: i64, reason: &str, name: &str) -> Value {
    let not_before = clock::now().plus_seconds(seconds).0;
    json!({"not_before": not_before, "deduplication_id": name,
        "wake_up": world.wake_up(reason, None)})
}

#[tokio::test]
async fn a_due_message_is_forwarded_once_in_its_own_group_without_a_partner_call() {
    let world = world().await;
    let (run, clean_up) =
        (delayed(&world, -1, "continue", "one"), delayed(&world, -1, "cleanup", "two"));
    assert_eq!(
        world.failures(false, &[run.clone(), clean_up, run.clone()]).await,
        Vec::<String>::new()
    );
    let sent: Vec<_> = world
        .aws
        .messages()
        .into_iter()
        .map(|sent| (sent.group, sent.deduplication_id, sent.body))
        .collect();
    let of = |reason: &str| world.wake_up(reason, None);
    let expected = [
        (INSTALL.to_owned(), "one".to_owned(), of("continue")),
        (format!("cleanup:{INSTALL}"), "two".to_owned(), of("cleanup")),
    ];
    assert_eq!(
        sent, expected,
        "a standard queue may deliver twice: the FIFO queue drops the second one"
    );
    assert_eq!(
        (world.outside_calls().await, world.aws.count("BatchGetItem")),
        (0, 0),
        "to pass on is all that is done"
    );
    assert!(world.aws.take_delayed().is_empty());
}

#[tokio::test]
async fn a_message_that_waits_for_longer_than_the_queue_can_delay_goes_through_it_again() {
    let world = world().await;
    for (seconds, delay) in [(7_200, 900..=900), (901, 900..=900), (90, 89..=90), (1, 1..=1)] {
        let message = delayed(&world, seconds, "continue", "one");
        assert_eq!(
            world.failures(false, std::slice::from_ref(&message)).await,
            Vec::<String>::new()
        );
        let again = world.aws.take_delayed();
        assert_eq!(again.len(), 1, "{seconds} s");
        assert!(delay.contains(&again[0].seconds), "{seconds} s: {again:?}");
        assert_eq!(again[0].body, message, "as it was");
    }
    assert!(world.aws.messages().is_empty());
}

#[tokio::test]
async fn a_delayed_message_that_cannot_be_passed_on_comes_again_alone() {
    let world = world().await;
    world.aws.fault("SendMessage", 1, 1, Fault::Status(400, "AccessDeniedException"));
    let messages = ["one", "two", "three"].map(|name| delayed(&world, -1, "continue", name));
    assert_eq!(world.failures(false, &messages).await, ["message-0"]);
    let sent: Vec<_> = world.aws.messages().into_iter().map(|sent| sent.deduplication_id).collect();
    assert_eq!(sent, ["two", "three"]);
}

/// The ledger does not answer: the run waits, and the message that lets it go on is delayed.
#[tokio::test]
async fn a_run_that_is_not_answered_waits_in_the_delay_queue() {
    let world = world().await;
    world.blnk.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).mount(&world.blnk).await;
    let run = world.run().await;
    assert_eq!(
        world.failures(false, &[world.wake_up("manual", Some(&run))]).await,
        Vec::<String>::new()
    );
    let stored = world.stored_run(&run);
    assert_eq!(
        (&stored["state"], &stored["waiting"]["party"]),
        (&json!("running"), &json!("blnk")),
        "{stored}"
    );
    let sent = world.aws.take_delayed();
    assert_eq!((sent.len(), world.aws.messages().len()), (1, 0));
    assert!((3..=5).contains(&sent[0].seconds), "{sent:?}");
    assert_eq!(sent[0].body["not_before"], stored["waiting"]["next_attempt"]);
    assert_eq!(sent[0].body["wake_up"]["run"], json!(run));

    // Stopped while it waits: it ends at once, and the message that comes later finds nothing to
    // do.
    world.aws.alter(
        PK,
        &format!("RUN#{}#{run}", world.connection.connection),
        "stop_requested",
        json!({"BOOL": true}),
    );
    assert_eq!(
        world.failures(false, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new()
    );
    let stored = world.stored_run(&run);
    assert_eq!((&stored["state"], stored.get("waiting")), (&json!("cancelled"), None), "{stored}");
    let asked = world.outside_calls().await;
    assert_eq!(
        world.failures(false, &[sent[0].body["wake_up"].clone()]).await,
        Vec::<String>::new()
    );
    assert_eq!(world.outside_calls().await, asked);
}
