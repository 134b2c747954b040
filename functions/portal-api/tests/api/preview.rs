use serde_json::{Value, json};
use test_support::{Call, Reply};

use crate::world::{OTHER_KEY, PK, STRIPE_KEY, World, world, world_with};

impl World {
    async fn preview(&self, bearer: &str) -> Reply {
        Call::new("POST", "/portal/api/preview").bearer(bearer).to(&self.router).await
    }

    fn only_run(&self) -> (String, String) {
        let connection = self.stored_connection().unwrap();
        let id = connection["current_run"].as_str().unwrap().to_owned();
        (format!("RUN#{}#{id}", connection["connection"].as_str().unwrap()), id)
    }

    async fn connect_under(&self, bearer: &str, key: &str, prefix: &str) -> Reply {
        self.post(bearer, "stripe", &json!({"key": key, "prefix": prefix})).await
    }
}

#[tokio::test]
async fn a_preview_is_a_run_that_approves_nothing() {
    let world = world().await;
    let bearer = world.connected().await;
    let made = world.preview(&bearer).await;
    assert_eq!(
        (made.status, &made.json()["created"], &made.json()["run"]["scope"]),
        (202, &json!(true), &json!("preview"))
    );
    let again = world.preview(&bearer).await;
    assert_eq!(
        (&again.json()["created"], &again.json()["run"]["id"]),
        (&json!(false), &made.json()["run"]["id"])
    );
    let sent = world.aws.messages();
    assert!(
        sent.iter().all(|message| message.body["reason"] == "continue"),
        "asked for twice, no sync follows it: {:?}",
        sent.len()
    );
    let stored = world.stored_connection().unwrap();
    assert_eq!(stored["confirmed"], json!(false), "looking approves no write");
    assert_eq!(world.get(&bearer, "overview").await.json()["stripe"]["confirmed"], false);
    let (key, id) = world.only_run();
    let detail = world.get(&bearer, &format!("runs/{id}")).await.json();
    assert_eq!((&detail["preview"], &detail["read_only"]), (&Value::Null, &json!(false)));
    world.aws.alter(PK, &key, "state", json!({"S": "completed"}));
    world.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    assert_eq!(world.post(&bearer, "runs", &json!({})).await.status, 202);
    assert_eq!(world.stored_connection().unwrap()["confirmed"], json!(true));
    assert_eq!(world.get(&bearer, "overview").await.json()["stripe"]["confirmed"], true);
    let busy = world.preview(&bearer).await;
    assert_eq!((busy.status, busy.code().as_str()), (409, "run_open"));
}

#[tokio::test]
async fn an_approval_covers_what_was_asked_and_lets_the_run_continue() {
    let world = world().await;
    let bearer = world.connected().await;
    world.post(&bearer, "runs", &json!({})).await;
    let (key, id) = world.only_run();
    let approve = async |code: &str| {
        world.post(&bearer, &format!("runs/{id}/approve"), &json!({"code": code})).await
    };
    assert_eq!(approve("fuse_size").await.code(), "not_asked", "nothing was asked");
    let tripped = json!({"M": {"tripped": {"M": {"size": {"M": {"limit": {"N": "1000"},
        "usual": {"N": "20"}, "allows": {"N": "10000"}}}}}}});
    world.aws.alter(PK, &key, "progress", tripped);
    assert_eq!(approve("fuse_size").await.code(), "not_asked", "it is not paused");
    let asked = async || world.get(&bearer, &format!("runs/{id}")).await.json()["approval"].clone();
    assert_eq!(asked().await, Value::Null, "it is not paused");
    world.aws.alter(PK, &key, "state", json!({"S": "paused"}));
    assert_eq!(
        asked().await,
        json!({"kind": "size", "limit": 1_000, "usual": 20, "allows": 10_000}),
        "a person sees the figures that they approve"
    );
    let error = |code: &str| json!({"M": {"code": {"S": code}, "text": {"S": "Paused."}}});
    world.aws.alter(PK, &key, "error", error("stripe_key_refused"));
    assert_eq!(asked().await, Value::Null, "something else pauses it");
    assert_eq!(approve("fuse_size").await.code(), "not_asked", "no approval ends another pause");
    world.aws.alter(PK, &key, "error", error("fuse_size"));
    let pause = json!({"M": {"code": {"S": "fuse_size"}, "reason": {"S": "More than usual."}}});
    world.aws.alter(PK, "STRIPE", "paused", pause);
    let wrong = approve("fuse_currency").await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (409, "not_asked"),
        "another question was asked"
    );
    assert!(world.stored_connection().unwrap().get("paused").is_some());
    world.aws.forget();
    assert_eq!(approve("fuse_size").await.status, 202);
    assert_eq!(world.aws.calls(), ["BatchGetItem", "GetItem", "TransactWriteItems", "SendMessage"]);
    assert_eq!(asked().await, Value::Null, "what was approved is asked no more");
    assert!(world.stored_connection().unwrap().get("paused").is_none());
    let stored = world.aws.item(PK, &key).unwrap();
    assert_eq!(
        (&stored["state"], stored.get("error")),
        (&json!("queued"), None),
        "it waits for a worker, and for nobody else"
    );
    assert_eq!(stored["approvals"], json!({"movements": 10_000, "currencies": [], "amounts": {}}));
    let woken = world.aws.messages().pop().unwrap().body;
    assert_eq!(
        (&woken["reason"], &woken["run"]),
        (&json!("continue"), &json!(id)),
        "it goes on; no other run follows"
    );
    assert_eq!(
        world
            .aws
            .items(PK, "ACTIVITY#")
            .iter()
            .filter(|entry| entry["kind"] == "fuse_approved")
            .count(),
        1
    );
    assert_eq!(
        world.post(&bearer, "runs/nothing/approve", &json!({"code": "fuse_size"})).await.status,
        404
    );
}

#[tokio::test]
async fn without_the_permission_to_write_a_sync_runs_in_read_only_mode() {
    let world = world_with(&["data:read"]).await;
    let bearer = world.connected().await;
    let reply = world.post(&bearer, "runs", &json!({})).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    let listed = world.get(&bearer, "permissions").await.text();
    assert!(listed.contains("Read-only mode"), "{listed}");
}

#[tokio::test]
async fn a_second_account_gets_names_of_its_own_and_an_owner_has_one_set_of_names() {
    let world = world().await;
    world.stripe_answers(STRIPE_KEY, "acct_1").await;
    world.stripe_answers(OTHER_KEY, "acct_2").await;
    let owned = |id: &str, prefix: &str, owner: &str| {
        json!({"ledger_id": id, "name": format!("Stripe {owner}"),
            "created_at": "2026-11-24T10:30:00Z",
            "meta_data": {"stripe_sync_mirror": prefix, "stripe_sync_owner": owner}})
    };
    let ledgers = json!([
        owned("ldg_1", "@stripe_eu", "acct_1:test"),
        owned("ldg_3", "@shop", "acct_3:live")
    ]);
    world.ledger_lists("ledger", &ledgers).await;
    world.ledger_lists("balances", &json!([])).await;
    let bearer = world.session().await;
    for (prefix, status, code) in [
        ("stripe", 422, "invalid_prefix"),
        ("@stripe_", 422, "invalid_prefix"),
        ("@stripe eu", 422, "invalid_prefix"),
        ("@stripe", 422, "prefix_overlaps"),
        ("@stripe_fees", 422, "prefix_overlaps"),
        ("@stripe_test_balance_x", 422, "prefix_overlaps"),
        ("@stripe_eu", 409, "ledger_owned_by_other"),
        ("@stripe_eu_fees", 409, "prefix_overlaps"),
        ("@shop_payouts", 409, "prefix_overlaps"),
    ] {
        let reply = world.connect_under(&bearer, OTHER_KEY, prefix).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (status, code),
            "{prefix}: {}",
            reply.text()
        );
        assert!(world.stored_connection().is_none());
    }
    let other = world.connect_under(&bearer, STRIPE_KEY, "@stripe_us").await;
    assert_eq!(
        (other.status, other.code().as_str(), &other.json()["prefix"]),
        (409, "other_prefix", &json!("@stripe_eu"))
    );
    let own = world.connect(&bearer, STRIPE_KEY).await;
    assert_eq!(
        (own.status, &own.json()["stripe"]["mirror"]),
        (200, &json!("@stripe_eu")),
        "it finds its own: {}",
        own.text()
    );
    assert_eq!(world.stored_connection().unwrap()["ledger_id"], "ldg_1");
    let moved = world.connect_under(&bearer, STRIPE_KEY, "@stripe_us").await;
    assert_eq!((moved.status, moved.code().as_str()), (409, "other_prefix"));
    assert_eq!(
        world.connect_under(&bearer, STRIPE_KEY, "@stripe_eu").await.status,
        200,
        "a new key of the same account"
    );
    assert_eq!(
        Call::new("DELETE", "/portal/api/stripe").bearer(&bearer).to(&world.router).await.status,
        204
    );
    let second = world.connect_under(&bearer, OTHER_KEY, "@stripe_us").await;
    assert_eq!((second.status, &second.json()["stripe"]["mirror"]), (200, &json!("@stripe_us")));
    assert!(world.stored_connection().unwrap().get("ledger_id").is_none());
}
