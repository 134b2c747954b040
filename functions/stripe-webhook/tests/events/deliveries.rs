//! What a delivery leads to.

use serde_json::{Value, json};
use stripe_sync::model::time::Millis;
use stripe_sync::platform::clock;
use stripe_webhook::handler::MAX_BODY;
use test_support::{Call, Fault, Logs};

use crate::world::{DAYS_7, INSTALL, PK, SECRET, payout_paid, sign, sign_at, world};

#[tokio::test]
async fn an_event_costs_one_transaction_and_one_message_once_the_secret_is_known() {
    let world = world().await;
    let logs = Logs::capture("stripe_webhook");
    let before = clock::now();
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(
        world.aws.calls(),
        ["BatchGetItem", "Decrypt", "TransactWriteItems", "SendMessage"],
        "not known: one read and one decryption more"
    );
    world.aws.forget();
    assert_eq!(world.deliver(&payout_paid("evt_2")).await.status, 200);
    assert_eq!(world.aws.calls(), ["TransactWriteItems", "SendMessage"]);

    let stored = world.aws.item(PK, "EVENT#evt_1").unwrap();
    assert_eq!((&stored["type"], &stored["object_id"]), (&json!("payout.paid"), &json!("po_1")));
    assert_eq!(stored["connection"], json!(world.connection.connection.to_string()));
    let ttl = stored["ttl"].as_i64().unwrap();
    assert!((before.seconds() + DAYS_7..=clock::now().seconds() + DAYS_7).contains(&ttl));
    assert!(
        stored.get("data").is_none() && !world.aws.dump().contains("9126"),
        "nothing of the body is kept but what is needed"
    );
    let message = world.aws.messages().remove(0);
    let end = message.body["at"].as_i64().unwrap();
    assert_eq!(
        (message.group.as_str(), message.deduplication_id),
        (INSTALL, format!("webhook:{end}"))
    );
    assert_eq!(
        (&message.body["reason"], &message.body["generation"]),
        (&json!("webhook"), &json!(world.connection.generation))
    );
    assert!(end % 5_000 == 0 && end >= before.0 && end - before.0 <= 10_000);
    for (place, text) in [("the table", world.aws.dump()), ("the log", logs.text())] {
        assert!(!text.is_empty() && !text.contains("whsec_"), "the secret is in {place}");
    }
}

/// An event of an object that is followed leaves a hint beside it, in the same transaction: one for
/// each object, the latest.
#[tokio::test]
async fn an_event_of_an_object_that_is_followed_leaves_a_hint() {
    let world = world().await;
    let hints = || world.aws.items(PK, &format!("HINT#{}#", world.connection.connection));
    let event = |id: &str, kind: &str, object: &str| {
        let mut event = payout_paid(id);
        (event["type"], event["data"]["object"]["id"]) = (json!(kind), json!(object));
        event
    };
    let begun = clock::now();
    for (n, (kind, object, followed)) in [
        ("payout.paid", "po_1", true),
        ("charge.dispute.created", "du_1", true),
        ("charge.refund.updated", "re_1", true),
        ("charge.pending", "py_1", true),
        ("charge.failed", "py_2", true),
        ("charge.failed", "ch_3", false),
        ("charge.succeeded", "py_4", false),
        ("charge.succeeded", "ch_5", false),
        ("customer.updated", "cus_6", false),
    ]
    .into_iter()
    .enumerate()
    {
        let before = hints().len();
        world.aws.forget();
        assert_eq!(world.deliver(&event(&format!("evt_{n}"), kind, object)).await.status, 200);
        assert_eq!(world.aws.count("TransactWriteItems"), 1);
        assert_eq!(hints().len() - before, usize::from(followed), "{kind} {object}");
    }
    let later = begun.plus_seconds(60);
    world.receive_at(later, SECRET, &event("evt_later", "payout.failed", "po_1")).await.unwrap();
    let payout: Vec<Value> =
        hints().into_iter().filter(|hint| hint["object_id"] == "po_1").collect();
    assert_eq!((payout.len(), &payout[0]["received_at"]), (1, &json!(later.0)), "{payout:?}");
    assert_eq!(payout[0]["ttl"], json!(later.seconds() + DAYS_7));
}

#[tokio::test]
async fn a_repeated_event_is_taken_once_and_wakes_again() {
    let world = world().await;
    world.aws.fault("SendMessage", 1, 1, Fault::Status(400, "AccessDenied"));
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 503, "Stripe will repeat it");
    assert!(world.aws.messages().is_empty() && world.aws.item(PK, "EVENT#evt_1").is_some());
    let kept = world.aws.item(PK, "EVENT#evt_1");
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(
        world.aws.messages().len(),
        1,
        "the repetition makes up for the wake-up that was not sent"
    );
    assert_eq!(world.aws.item(PK, "EVENT#evt_1"), kept);
    world.aws.forget();
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    assert_eq!(world.aws.calls(), ["TransactWriteItems", "SendMessage"]);
}

#[tokio::test]
async fn the_body_is_taken_byte_for_byte_also_when_the_gateway_encodes_it() {
    let world = world().await;
    let pretty = serde_json::to_string_pretty(&payout_paid("evt_1")).unwrap() + "\n\u{2013} ";
    let body = pretty.trim_end_matches("\u{2013} ");
    for encoded in [true, false] {
        let call = Call::new("POST", "/api/stripe/instapp_1")
            .text(body)
            .header("stripe-signature", sign(SECRET, body));
        let reply = if encoded {
            call.base64().to(&world.router).await
        } else {
            call.to(&world.router).await
        };
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let odd = "{\"id\":\"evt_u\",\"object\":\"event\",\"type\":\"charge.updated\",\"created\":1,\"livemode\":false,\"data\":{\"object\":{\"description\":\"Café – 10 €\"}}}";
    assert_eq!(world.post(&sign(SECRET, odd), odd).await.status, 200);
    assert!(
        world.aws.item(PK, "EVENT#evt_u").unwrap().get("object_id").is_none(),
        "an object without an id"
    );
}

#[tokio::test]
async fn an_event_not_signed_for_this_install_leaves_no_trace() {
    let world = world().await;
    world.deliver(&payout_paid("evt_0")).await;
    let (before, sent) = (world.aws.dump(), world.aws.messages().len());
    world.aws.forget();
    let body = payout_paid("evt_1").to_string();
    let now = clock::now().seconds();
    let good = sign(SECRET, &body);
    for (header, why) in [
        (String::new(), "no header"),
        ("t=,v1=".to_owned(), "an empty one"),
        (good.replace("v1=", "v0="), "v0 only"),
        (sign_at(SECRET, now - 301, &body), "too old"),
        (sign_at(SECRET, now + 330, &body), "of the future"),
    ] {
        let reply = world.post(&header, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{why}");
    }
    assert_eq!(
        world.aws.calls(),
        Vec::<String>::new(),
        "these are refused before anything is looked up"
    );
    for (header, body, why) in [
        (sign("whsec_another_secret_altogether", &body), body.clone(), "another secret"),
        (good.clone(), body.replace("9126", "9127"), "another body"),
        (good, body.clone() + "\n", "another byte"),
    ] {
        let reply = world.post(&header, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{why}");
    }
    assert_eq!(
        world.aws.calls(),
        ["BatchGetItem", "Decrypt"],
        "a mismatch reads the install again once, however many forgeries come"
    );
    assert_eq!((world.aws.dump(), world.aws.messages().len()), (before, sent));
}

#[tokio::test]
async fn signed_events_that_are_not_for_this_connection_are_refused_by_name() {
    let world = world().await;
    let mut live = payout_paid("evt_live");
    live["livemode"] = json!(true);
    let mut connected = payout_paid("evt_connected");
    connected["account"] = json!("acct_other");
    let thin = json!({"id": "evt_thin", "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered", "livemode": false,
        "created": "2025-09-01T00:00:00.000Z", "context": null, "related_object": null});
    for (event, code) in [(live, "wrong_mode"), (connected, "other_account"), (thin, "thin_event")]
    {
        let reply = world.deliver(&event).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, code), "{}", reply.text());
    }
    for body in ["{}", "[]", "not json", "{\"id\":\"evt_1\",\"object\":\"event\"}"] {
        assert_eq!(world.post(&sign(SECRET, body), body).await.status, 400, "{body}");
    }
    assert!(world.aws.items(PK, "EVENT#").is_empty() && world.aws.messages().is_empty());
    // What concerns this account is welcome: also named, and of a type nobody has heard of.
    let mut own = payout_paid("evt_own");
    (own["account"], own["type"]) = (json!("acct_1"), json!("teapot.boiled"));
    assert_eq!(world.deliver(&own).await.status, 200);
    assert_eq!(world.aws.item(PK, "EVENT#evt_own").unwrap()["type"], "teapot.boiled");
}

#[tokio::test]
async fn an_invalid_request_is_refused_before_any_read() {
    let world = world().await;
    let body = payout_paid("evt_1").to_string();
    let at = |path: &str| {
        Call::new("POST", path).text(&*body).header("stripe-signature", sign(SECRET, &body))
    };
    for path in ["/api/stripe/in%20app", "/api/stripe/", "/api/stripe/a/b"] {
        assert_eq!(at(path).to(&world.router).await.status, 404, "{path}");
    }
    assert_eq!(Call::new("GET", "/api/stripe/instapp_1").to(&world.router).await.status, 405);
    let reply = at("/api/stripe/instapp_1").text("x".repeat(MAX_BODY + 1)).to(&world.router).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "too_large"));
    assert_eq!(world.aws.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn services_that_fail_make_stripe_repeat_the_delivery() {
    let world = world().await;
    for action in ["BatchGetItem", "Decrypt", "TransactWriteItems"] {
        world.aws.fault(action, 1, 1, Fault::Status(400, "AccessDeniedException"));
        assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 503, "{action}");
        assert!(
            world.aws.items(PK, "EVENT#").is_empty() && world.aws.messages().is_empty(),
            "{action}: nothing half-done"
        );
    }
    // A conflict with another event's transaction is tried again; a lost answer is not taken for a
    // refusal.
    world.aws.fault("TransactWriteItems", 1, 1, Fault::Conflict);
    assert_eq!(world.deliver(&payout_paid("evt_1")).await.status, 200);
    world.aws.fault("TransactWriteItems", 1, 1, Fault::LostAnswer);
    assert_eq!(world.deliver(&payout_paid("evt_2")).await.status, 200);
    assert_eq!(world.aws.items(PK, "EVENT#").len(), 2);
}

/// A thousand events in a minute: all recorded, a dozen wake-ups, and the last event lies before
/// the end of the last of them.
#[tokio::test]
async fn a_burst_wakes_a_handful_of_times_and_the_last_event_is_not_left_out() {
    let world = world().await;
    let began = clock::now();
    let mut last = began;
    for n in 0..1_000 {
        last = Millis(began.0 + n * 60);
        world.receive_at(last, SECRET, &payout_paid(&format!("evt_{n}"))).await.unwrap();
    }
    assert_eq!(world.aws.items(PK, "EVENT#").len(), 1_000);
    let messages = world.aws.messages();
    assert!((12..=13).contains(&messages.len()), "{} wake-ups", messages.len());
    let end = messages.last().and_then(|message| message.body["at"].as_i64()).unwrap();
    assert!(end >= last.0, "reading begins after the interval's end");
}

/// The events that the README invites to invoke.
#[tokio::test]
async fn every_sample_event_is_answered() {
    let world = world().await;
    let samples = test_support::samples(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"),
        "stripe-webhook-",
    );
    assert!(!samples.is_empty());
    for (name, text) in samples {
        let reply = test_support::invoke(&world.router, serde_json::from_str(&text).unwrap()).await;
        // Its signature is of the day it was written: a sample shows the form, and the answer to a
        // replay.
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad_request"), "{name}");
        assert!(
            reply.json()["detail"].as_str().unwrap().contains("300 s"),
            "{name}: {}",
            reply.text()
        );
    }
}
