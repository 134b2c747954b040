//! Notices: chosen, signed with a secret that is shown once, tested, and looked at.

use serde_json::{Value, json};
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;
use test_support::{Call, Logs, Reply};
use ulid::Ulid;

use crate::world::{PK, World, world, world_with};

const URL: &str = "https://hooks.example.com/notices?token=t0ken";

fn wanted(revision: u64, url: &str) -> Value {
    json!({"revision": revision, "webhook": {"url": url, "kinds": ["mismatch", "paused"]},
        "email_kinds": ["failed_payout"]})
}

impl World {
    async fn put_notices(&self, bearer: &str, change: &Value) -> Reply {
        Call::new("PUT", "/portal/api/notices").bearer(bearer).json(change).to(&self.router).await
    }

    fn kinds_of_activity(&self) -> Vec<Value> {
        self.aws.items(PK, "ACTIVITY#").iter().map(|entry| entry["kind"].clone()).collect()
    }
}

#[tokio::test]
async fn no_notice_is_sent_until_it_is_chosen_and_the_secret_is_shown_once() {
    let logs = Logs::capture("portal_api");
    let world = world().await;
    let bearer = world.connected().await;
    let first = world.get(&bearer, "notices").await.json();
    let nothing =
        json!({"revision": 0, "webhook": null, "email": {"available": true, "kinds": []}});
    assert_eq!(first, nothing);
    assert_eq!(world.aws.calls(), ["BatchGetItem"], "the session's own read");

    let saved = world.put_notices(&bearer, &wanted(0, URL)).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let secret = saved.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("nsec_") && secret.len() == 69, "{secret}");
    let mut shown = world.get(&bearer, "notices").await.json();
    assert_eq!(shown, saved.json()["notices"]);
    shown["webhook"]["secret_since"] = json!("[time]");
    insta::assert_json_snapshot!("notices", shown);

    // Another URL keeps the secret; the answer does not repeat it.
    let other = world.put_notices(&bearer, &wanted(1, "https://other.example.com/")).await;
    assert_eq!((other.status, &other.json()["secret"]), (200, &Value::Null));
    assert!(!world.aws.dump().contains(&secret[5..]), "only sealed in the table");
    for text in [logs.text(), world.get(&bearer, "activity").await.text()] {
        assert!(!text.contains(&secret[5..]) && !text.contains("t0ken"), "{text}");
    }
    let changes = world.kinds_of_activity();
    assert_eq!(changes.iter().filter(|kind| **kind == json!("notices_changed")).count(), 2);

    // Without a webhook its secret is gone; a new one gets another.
    let off = json!({"revision": 2, "webhook": null, "email_kinds": []});
    assert_eq!(world.put_notices(&bearer, &off).await.status, 200);
    assert!(world.aws.item(PK, "SETTINGS").unwrap().get("notices").is_none());
    let again = world.put_notices(&bearer, &wanted(3, URL)).await.json();
    assert_ne!(again["secret"], json!(secret));
}

#[tokio::test]
async fn a_url_that_is_never_called_is_refused_with_the_reason() {
    let world = world().await;
    let bearer = world.connected().await;
    for (url, says) in [
        ("hooks", "not a URL"),
        ("http://hooks.example.com/", "https://"),
        ("https://hooks.example.com:8443/", "443"),
        ("https://user:word@hooks.example.com/", "user name"),
        ("https://localhost/", "not a public one"),
        ("https://db.internal/", "not a public one"),
        ("https://127.0.0.1/", "not a public one"),
        ("https://2130706433/", "not a public one"),
        ("https://0x7f.1/", "not a public one"),
        ("https://169.254.169.254/latest/meta-data/", "not a public one"),
        ("https://10.1.2.3/", "not a public one"),
        ("https://100.64.0.1/", "not a public one"),
        ("https://[::1]/", "not a public one"),
        ("https://[::ffff:10.0.0.1]/", "not a public one"),
        ("https://[fd00:ec2::254]/", "not a public one"),
    ] {
        let reply = world.put_notices(&bearer, &wanted(0, url)).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "invalid_setting"), "{url}");
        assert_eq!(reply.json()["field"], "url");
        assert!(reply.json()["detail"].as_str().unwrap().contains(says), "{}", reply.text());
    }
    let mut odd = wanted(0, URL);
    odd["webhook"]["kinds"] = json!(["everything"]);
    assert_eq!(world.put_notices(&bearer, &odd).await.status, 400);
    let mut more = wanted(0, URL);
    more["webhook"]["secret"] = json!("nsec_mine");
    assert_eq!(world.put_notices(&bearer, &more).await.status, 400, "a secret is made, not taken");
    assert!(world.aws.item(PK, "SETTINGS").is_none(), "nothing was stored");
}

#[tokio::test]
async fn a_change_needs_the_current_revision_and_saving_settings_keeps_the_notices() {
    let world = world().await;
    let bearer = world.connected().await;
    assert_eq!(world.put_notices(&bearer, &wanted(0, URL)).await.status, 200);
    world.aws.forget();
    let late = world.put_notices(&bearer, &wanted(0, URL)).await;
    assert_eq!((late.status, late.code().as_str()), (409, "changed_meanwhile"));
    let secret = world.post(&bearer, "notices/secret", &json!({"revision": 0})).await;
    assert_eq!(secret.code(), "changed_meanwhile");
    assert_eq!(world.aws.count("GenerateDataKey"), 0, "no secret is made in vain");

    let before = world.aws.item(PK, "SETTINGS").unwrap()["notices"].clone();
    let change = world.change(&bearer, "interval", json!("daily")).await;
    assert_eq!(world.put(&bearer, &change).await.status, 200);
    let after = world.aws.item(PK, "SETTINGS").unwrap();
    assert_eq!((&after["interval"], &after["notices"]), (&json!("daily"), &before));
    // And the other way round.
    let saved = world.put_notices(&bearer, &wanted(2, URL)).await;
    assert_eq!(saved.status, 200);
    assert_eq!(world.aws.item(PK, "SETTINGS").unwrap()["interval"], json!("daily"));
}

#[tokio::test]
async fn a_replaced_secret_is_new_and_the_one_before_it_has_a_day() {
    let world = world().await;
    let bearer = world.connected().await;
    let none = world.post(&bearer, "notices/secret", &json!({"revision": 0})).await;
    assert_eq!((none.status, none.code().as_str()), (409, "no_webhook"));
    let first = world.put_notices(&bearer, &wanted(0, URL)).await.json()["secret"].clone();
    let replaced = world.post(&bearer, "notices/secret", &json!({"revision": 1})).await.json();
    assert_ne!((&replaced["secret"], &replaced["secret"]), (&first, &Value::Null));
    let until = replaced["notices"]["webhook"]["previous_secret_until"].as_str().unwrap();
    let until = stripe_sync::model::time::Millis::parse(until).unwrap();
    let left = until.seconds() - clock::now().seconds();
    assert!((86_300..=86_400).contains(&left), "{left}");
    assert!(world.kinds_of_activity().contains(&json!("notice_secret_replaced")));
}

/// Every name leads to this machine here: the test is refused before a connection is made.
#[tokio::test]
async fn a_test_returns_its_result_is_listed_and_is_not_repeated_at_once() {
    let world = world().await;
    let bearer = world.session().await;
    let test = async |bearer: &str, channel: &str| {
        world.post(bearer, "notices/test", &json!({"channel": channel})).await
    };
    assert_eq!(test(&bearer, "email").await.code(), "not_connected");
    let bearer = world.connected().await;
    assert_eq!(test(&bearer, "webhook").await.code(), "no_webhook");
    assert_eq!(world.put_notices(&bearer, &wanted(0, URL)).await.status, 200);
    let mut sent = test(&bearer, "webhook").await.json();
    assert_eq!(
        (&sent["answer"]["outcome"], &sent["state"]),
        (&json!("not_public"), &json!("failed"))
    );
    let soon = test(&bearer, "email").await;
    assert_eq!((soon.status, soon.code().as_str()), (409, "tested_just_now"));

    let long_ago = json!({"N": "1"});
    world.aws.alter(PK, &Sk::NoticeTest(world.present()).to_string(), "tested_at", long_ago);
    let mail = test(&bearer, "email").await.json();
    assert_eq!((&mail["state"], &mail["answer"]["outcome"]), (&json!("sent"), &json!("accepted")));
    let published = world.aws.bodies("Publish").remove(0);
    assert_eq!(published["Subject"], "Stripe Sync: A test from Stripe Sync (acct_1, test)");

    let listed = world.get(&bearer, "notices/deliveries?limit=1").await.json();
    assert_eq!(listed["deliveries"], json!([mail]));
    let next = listed["next"].as_str().unwrap();
    let rest = world.get(&bearer, &format!("notices/deliveries?before={next}")).await.json();
    assert_eq!((&rest["deliveries"], &rest["next"]), (&json!([sent]), &Value::Null));
    for (name, shown) in [("id", "[id]"), ("notice", "[id]"), ("created_at", "[time]")] {
        sent[name] = json!(shown);
    }
    insta::assert_json_snapshot!("notice_delivery", sent);
    assert_eq!(world.get(&bearer, "notices/deliveries?before=first").await.status, 400);
}

#[tokio::test]
async fn notices_of_another_connection_are_not_shown_and_permissions_are_asked_for() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = Ulid::from_parts(7, 7);
    let message = json!({"id": id.to_string(), "notice": id.to_string(), "matter": "stale",
        "kind": "stale", "channel": "email", "title": "T", "text": "T", "created": 7,
        "state": "pending", "next_attempt": 7});
    world.put_item(&Sk::NoticeMessage(Ulid::from_parts(1, 1), id), &message).await;
    let listed = world.get(&bearer, "notices/deliveries").await.json();
    assert_eq!(listed, json!({"deliveries": [], "next": null}));
    world.put_item(&Sk::NoticeMessage(world.present(), id), &message).await;
    let listed = world.get(&bearer, "notices/deliveries").await.json();
    assert_eq!(listed["deliveries"][0]["state"], "failed", "its time is over");

    let reader = world_with(&["data:read"]).await;
    let bearer = reader.session().await;
    assert_eq!(reader.get(&bearer, "notices").await.status, 200);
    assert_eq!(reader.get(&bearer, "notices/deliveries").await.status, 200);
    assert_eq!(reader.put_notices(&bearer, &wanted(0, URL)).await.code(), "permission_missing");
    for (path, body) in
        [("notices/secret", json!({"revision": 0})), ("notices/test", json!({"channel": "email"}))]
    {
        assert_eq!(reader.post(&bearer, path, &body).await.code(), "permission_missing", "{path}");
    }
    let blind = world_with(&["alerts:read"]).await;
    let bearer = blind.session().await;
    assert_eq!(blind.get(&bearer, "notices").await.code(), "permission_missing");
}
