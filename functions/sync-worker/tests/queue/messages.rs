//! What a message leads to.

use serde_json::{Value, json};
use stripe_sync::model::install::Event;
use stripe_sync::model::run::request::Scope;
use stripe_sync::platform::clock;
use test_support::{Fault, Logs};

use crate::world::{INSTALL, PK, world, world_for};

#[tokio::test]
async fn a_message_that_is_not_a_wake_up_is_dropped_and_logged() {
    let world = world().await;
    let logs = Logs::capture("sync_worker");
    let odd = [
        json!("no wake-up"),
        json!({}),
        json!({"install": "in app", "generation": "g", "reason": "manual"}),
        json!({"install": INSTALL, "reason": "unheard_of"}),
    ];
    assert_eq!(world.failures(false, &odd).await, Vec::<String>::new());
    assert_eq!(logs.text().matches("dropped a message that is not a wake-up").count(), odd.len());
    assert_eq!(world.aws.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wake_up_of_an_ended_installation_makes_no_call() {
    let world = world().await;
    let run = world.run().await;
    let stale = |reason: &str| {
        json!({"install": INSTALL,
            "generation": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF", "reason": reason, "run": run})
    };
    let unknown = json!({"install": "instapp_2", "generation": world.connection.generation,
        "reason": "manual"});
    let before = world.aws.dump();
    assert_eq!(
        world
            .failures(false, &[stale("manual"), stale("continue"), stale("cleanup"), unknown])
            .await,
        Vec::<String>::new()
    );
    world.aws.alter(PK, "META", "status", json!({"S": "uninstalled"}));
    assert_eq!(
        world.failures(false, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new()
    );
    world.aws.alter(PK, "META", "status", json!({"S": "active"}));
    world.aws.alter(PK, "STRIPE", "generation", json!({"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}));
    assert_eq!(
        world.failures(false, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new()
    );
    world.aws.alter(PK, "STRIPE", "generation", json!({"S": world.connection.generation}));
    // Installed again, with the old connection still there: a wake-up of the old installation names
    // both rightly but is over.
    world.aws.alter(PK, "META", "generation", json!({"S": "01K2V7Q8ZJ4M9T3R6W5X0Y1FFF"}));
    for dead_letters in [false, true] {
        assert_eq!(
            world.failures(dead_letters, &[world.wake_up("continue", Some(&run))]).await,
            Vec::<String>::new()
        );
    }
    world.aws.alter(PK, "META", "generation", json!({"S": world.connection.generation}));
    assert_eq!(world.outside_calls().await, 0);
    assert_eq!(world.aws.dump(), before, "and nothing was written");
    assert!(
        world.aws.calls().iter().all(|action| action == "BatchGetItem"),
        "{:?}",
        world.aws.calls()
    );
}

#[tokio::test]
async fn a_message_that_fails_takes_those_behind_it_with_it() {
    let world = world().await;
    let ok = world.wake_up("continue", None);
    world.aws.fault("BatchGetItem", 2, 1, Fault::Status(400, "AccessDeniedException"));
    let failed =
        world.failures(false, &[ok.clone(), ok.clone(), ok.clone(), json!("no wake-up")]).await;
    assert_eq!(
        failed,
        ["message-1", "message-2", "message-3"],
        "a FIFO queue must give them again in their order"
    );
    assert_eq!(world.aws.count("BatchGetItem"), 2, "those behind it were not even begun");
    assert_eq!(world.failures(false, &[ok]).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_key_pauses_the_run_and_the_message_is_done() {
    let world = world().await;
    let run = world.run().await;
    assert_eq!(
        world.failures(false, &[world.wake_up("manual", Some(&run))]).await,
        Vec::<String>::new()
    );
    assert!(world.outside_calls().await > 0);
    assert_eq!(world.stored_run(&run)["state"], "paused");
    let paused = world.aws.item(PK, "STRIPE").unwrap()["paused"].clone();
    assert!(paused["code"].as_str().is_some_and(|code| code.ends_with("key_refused")), "{paused}");
    let asked = world.outside_calls().await;
    assert_eq!(
        world.failures(false, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new()
    );
    assert_eq!(world.outside_calls().await, asked, "a paused run is not worked on");
}

#[tokio::test]
async fn the_first_write_waits_for_a_person_and_a_read_only_run_does_not() {
    let world = world().await;
    for reason in ["schedule", "webhook"] {
        assert_eq!(
            world.failures(false, &[world.wake_up(reason, None)]).await,
            Vec::<String>::new()
        );
    }
    assert!(
        world.aws.items(PK, "RUN#").is_empty() && world.outside_calls().await == 0,
        "connecting an account starts no write"
    );
    // Nor does an event that comes while a preview is being made.
    let preview = world.run_of(Scope::Preview).await;
    world.aws.alter(
        PK,
        &format!("RUN#{}#{preview}", world.connection.connection),
        "state",
        json!({"S": "paused"}),
    );
    assert_eq!(
        world.failures(false, &[world.wake_up("webhook", None)]).await,
        Vec::<String>::new()
    );
    assert_ne!(
        world.aws.item(PK, "STRIPE").unwrap().get("again"),
        Some(&json!(true)),
        "no sync follows the preview"
    );
    world.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    world.aws.alter(PK, "STRIPE", "paused", Value::Null);
    world.aws.alter(PK, "META", "granted_permissions", json!({"L": [{"S": "data:read"}]}));
    assert_eq!(
        world.failures(false, &[world.wake_up("schedule", None)]).await,
        Vec::<String>::new()
    );
    assert_eq!(
        world.aws.items(PK, "RUN#").len(),
        2,
        "in read-only mode nothing is written, so nobody is asked"
    );
    world.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    world.aws.alter(PK, "STRIPE", "paused", Value::Null);
    world.aws.alter(
        PK,
        "META",
        "granted_permissions",
        json!({"L": [{"S": "data:read"}, {"S": "data:write"}]}),
    );
    world.run().await;
    world.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    assert_eq!(
        world.failures(false, &[world.wake_up("schedule", None)]).await,
        Vec::<String>::new()
    );
    assert_eq!(world.aws.items(PK, "RUN#").len(), 4, "once a person has asked, the schedule may");
}

/// A defect of the app is no outage. A retry does not help, so the run ends and says why.
#[tokio::test]
async fn a_defect_ends_the_run_at_once_by_its_name() {
    let world = world().await;
    let run = world.run().await;
    let generation = &world.connection.generation;
    world
        .aws
        .place(&json!({"pk": {"S": PK}, "sk": {"S": "SETTINGS"}, "generation": {"S": generation},
        "revision": {"S": "many"}}));
    assert_eq!(
        world.failures(false, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new(),
        "the message is done"
    );
    let stored = world.stored_run(&run);
    assert_eq!(
        (&stored["state"], &stored["error"]["code"], stored.get("waiting")),
        (&json!("failed"), &json!("internal"), None)
    );
    let text = stored["error"]["text"].as_str().unwrap();
    assert!(text.contains("defect") && !text.contains("many"), "{text}");
    assert!(world.aws.item(PK, "STRIPE").unwrap().get("current_run").is_none());
    assert_eq!(world.outside_calls().await, 0);
    assert_ne!(world.run().await, run, "the next run can begin");
}

/// An item holds a word that only a newer version knows. Trying again does not help this version,
/// so the message is done and the item stays as it is.
#[tokio::test]
async fn an_item_of_a_newer_version_fails_no_message_and_is_left_alone() {
    for (sk, attribute) in [("META", "status"), ("STRIPE", "mode"), ("SETTINGS", "interval")] {
        let world = world().await;
        let run = world.run().await;
        let generation = &world.connection.generation;
        if sk == "SETTINGS" {
            world
                .aws
                .place(&json!({"pk": {"S": PK}, "sk": {"S": sk}, "generation": {"S": generation},
                "revision": {"N": "1"}}));
        }
        world.aws.alter(PK, sk, attribute, json!({"S": "hibernating"}));
        for dead_letters in [false, true] {
            for letter in [
                world.wake_up("continue", Some(&run)),
                world.wake_up("manual", None),
                world.wake_up("cleanup", None),
                world.wake_up("keys", None),
            ] {
                let failed = world.failures(dead_letters, std::slice::from_ref(&letter)).await;
                assert_eq!(failed, Vec::<String>::new(), "{sk}: {letter}");
            }
        }
        assert_eq!(world.aws.item(PK, sk).unwrap()[attribute], "hibernating", "{sk}");
    }
}

#[tokio::test]
async fn a_dead_letter_ends_its_run_and_the_next_one_can_begin() {
    let world = world().await;
    let run = world.run().await;
    let letter = world.wake_up("continue", Some(&run));
    assert_eq!(
        world.failures(true, &[letter.clone(), letter]).await,
        Vec::<String>::new(),
        "twice does no harm"
    );
    let stored = world.stored_run(&run);
    assert_eq!(
        (&stored["state"], &stored["error"]["code"]),
        (&json!("failed"), &json!("worker_failed"))
    );
    let connection = world.aws.item(PK, "STRIPE").unwrap();
    assert!(connection.get("current_run").is_none());
    assert_eq!(
        connection["reread_from"],
        json!(i64::MIN),
        "the next run begins where this one should have ended"
    );
    assert_eq!(world.aws.item(PK, "SUMMARY").unwrap()["tallies"]["failed"], 1);
    assert_eq!(world.outside_calls().await, 0);
    assert_ne!(world.run().await, run);
}

#[tokio::test]
async fn a_dead_letter_of_a_run_that_was_asked_for_again_wakes_the_next_one() {
    let world = world().await;
    let run = world.run().await;
    world.aws.alter(PK, "STRIPE", "again", json!({"BOOL": true}));
    assert_eq!(
        world.failures(true, &[world.wake_up("continue", Some(&run))]).await,
        Vec::<String>::new()
    );
    let next = world.aws.item(PK, "STRIPE").unwrap()["current_run"].as_str().unwrap().to_owned();
    assert_ne!(next, run);
    let sent = world.aws.messages();
    assert_eq!(
        (sent.len(), &sent[0].body["run"], &sent[0].group),
        (1, &json!(next), &INSTALL.to_owned())
    );
    assert_eq!(world.stored_run(&next)["state"], "queued");
}

#[tokio::test]
async fn a_clean_up_leaves_no_key_and_gives_the_rest_an_end() {
    let world = world().await;
    let run = world.run().await;
    let cleanup = world.wake_up("cleanup", None);
    assert_eq!(world.failures(false, std::slice::from_ref(&cleanup)).await, Vec::<String>::new());
    assert!(world.aws.item(PK, "STRIPE").is_some(), "an active install is not cleaned up");
    let body = json!({"installed_app_id": INSTALL});
    let Event::Uninstall(event) =
        Event::parse(body.to_string().as_bytes(), Some("uninstall:instapp_1")).unwrap()
    else {
        panic!("an uninstall")
    };
    world.store.installs().uninstall(&event, clock::now()).await.unwrap();
    world.aws.fault("Query", 1, 1, Fault::Status(400, "AccessDeniedException"));
    assert_eq!(world.failures(false, std::slice::from_ref(&cleanup)).await, ["message-0"]);
    assert!(world.aws.item(PK, "STRIPE").is_none(), "the key goes first, whatever happens next");
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "pending");
    assert_eq!(world.failures(false, &[cleanup.clone(), cleanup]).await, Vec::<String>::new());
    assert_eq!(world.aws.item(PK, "META").unwrap()["cleanup_state"], "done");
    assert!(!world.aws.dump().contains("sealed_key"));
    assert!(world.stored_run(&run)["ttl"].as_i64().unwrap() > clock::now().seconds());
    assert_eq!(world.aws.item(PK, "META").unwrap().get("ttl"), None, "the tombstone stays");
    let asked: Vec<String> = world
        .stripe
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|asked| asked.url.path().to_owned())
        .collect();
    assert_eq!(
        asked,
        ["/v1/webhook_endpoints"],
        "Stripe is asked for endpoints of this install, and refuses the key: that is the end of it"
    );
}

/// The events that the README invites to invoke.
#[tokio::test]
async fn every_sample_event_is_acknowledged() {
    let samples =
        test_support::samples(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"), "sync-worker-");
    assert!(samples.len() >= 5);
    for (name, text) in samples {
        let world = world_for("instapp_01K2V7Q8ZJ4M9T3R6W5X0Y1B2C").await;
        let text = text.replace("01K2V7Q8ZJ4M9T3R6W5X0Y1FFF", &world.connection.generation);
        let failed = world
            .failures_of(name.contains("dead-letter"), serde_json::from_str(&text).unwrap())
            .await;
        assert_eq!(failed, Vec::<String>::new(), "{name}");
        let (looks, passes_on) = (world.aws.count("BatchGetItem") > 0, name.contains("delayed"));
        assert_eq!(
            looks,
            !name.contains("malformed") && !passes_on,
            "{name}: a wake-up is understood and looked into"
        );
        assert_eq!(world.aws.messages().len(), usize::from(passes_on), "{name}");
    }
}
