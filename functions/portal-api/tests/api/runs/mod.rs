//! Runs: started, asked for again, stopped; what is refused.

mod list;

use serde_json::{Value, json};
use stripe_sync::platform::clock;

use crate::answers::Started;
use crate::world::{INSTALL, OTHER_KEY, PK, World, world, world_with};

impl World {
    async fn start(&self, bearer: &str) -> Started {
        let reply = self.post(bearer, "runs", &json!({})).await;
        assert_eq!(reply.status, 202, "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }

    fn run_key(&self, id: &str) -> String {
        format!("RUN#{}#{id}", self.stored_connection().unwrap()["connection"].as_str().unwrap())
    }

    /// A run ends as a worker would end it.
    fn end(&self, id: &str, state: &str) {
        self.aws.alter(PK, &self.run_key(id), "state", json!({"S": state}));
        self.aws.alter(PK, "STRIPE", "current_run", Value::Null);
    }
}

#[tokio::test]
async fn a_run_is_made_once_and_asked_for_again_while_it_is_open() {
    let world = world().await;
    let bearer = world.connected().await;
    let first = world.start(&bearer).await;
    assert_eq!((first.created, first.run.state.as_str()), (true, "queued"));
    let id = first.run.id.as_str();
    assert_eq!(world.stored_connection().unwrap()["current_run"], json!(id));
    assert_eq!(world.aws.calls(), ["BatchGetItem", "TransactWriteItems", "SendMessage"]);
    let second = world.start(&bearer).await;
    assert_eq!((second.created, second.run.id.as_str()), (false, id));
    assert_eq!(world.aws.items(PK, "RUN#").len(), 1);
    let sent = world.aws.messages();
    let generation = world.aws.item(PK, "META").unwrap()["generation"].clone();
    let (first_at, second_at) = (&sent[0].body["at"], &sent[1].body["at"]);
    assert!(
        first_at.is_i64() && second_at.as_i64() >= first_at.as_i64(),
        "each says when it was asked for"
    );
    assert_eq!(
        sent[0].body,
        json!({"install": INSTALL, "generation": generation, "reason": "manual", "run": id,
            "at": first_at})
    );
    let following =
        json!({"install": INSTALL, "generation": generation, "reason": "manual", "at": second_at});
    assert_eq!(sent[1].body, following, "it makes another run follow");
    assert!(sent.iter().all(|message| message.group == INSTALL));
    let overview = world.get(&bearer, "overview").await.json();
    assert_eq!(
        (&overview["tallies"]["all"], &overview["tallies"]["in_progress"]),
        (&json!(1), &json!(1))
    );
    let counted = json!({"M": {"counters": {"M": {"customers_created": {"N": "3"},
        "identities_updated": {"N": "2"}}}}});
    world.aws.alter(PK, &world.run_key(id), "progress", counted);
    let detail = world.get(&bearer, &format!("runs/{id}")).await.json();
    assert_eq!(
        (&detail["customers_created"], &detail["identities_updated"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(
        (&detail["id"], &detail["pages"], &detail["trigger"]),
        (&json!(id), &json!(0), &json!("manual"))
    );
    let audited = world
        .aws
        .items(PK, "ACTIVITY#")
        .into_iter()
        .filter(|entry| entry["kind"] == "run_requested" && entry["subject"] == json!(id))
        .count();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn two_clicks_at_once_make_one_run() {
    let world = world().await;
    let bearer = world.connected().await;
    let (one, other) = tokio::join!(world.start(&bearer), world.start(&bearer));
    assert_eq!(one.run.id, other.run.id);
    assert_ne!(one.created, other.created);
    assert_eq!(world.aws.items(PK, "RUN#").len(), 1);
}

#[tokio::test]
async fn a_paused_run_continues_on_request() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.start(&bearer).await.run.id;
    let pause = || {
        world.aws.alter(PK, &world.run_key(&id), "state", json!({"S": "paused"}));
        let pause = json!({"M": {"code": {"S": "stripe_key_refused"},
            "reason": {"S": "Connect a new key."}}});
        world.aws.alter(PK, "STRIPE", "paused", pause);
    };
    pause();
    assert_eq!(
        world.get(&bearer, "overview").await.json()["stripe"]["paused"]["code"],
        "stripe_key_refused"
    );
    let again = world.start(&bearer).await;
    assert_eq!((again.created, &again.run.id), (false, &id));
    assert!(world.stored_connection().unwrap().get("paused").is_none());
    assert_eq!(
        world.aws.messages().last().unwrap().body["run"],
        json!(id),
        "it goes on; no other run follows"
    );
    // It is paused for the install's key, and the install was delivered again since.
    for (key_at, says) in [(i64::MAX, "Install the app again."), (0, "Syncing resumes")] {
        let pause = json!({"M": {"code": {"S": "blnk_key_refused"},
            "reason": {"S": "Install the app again."}, "key_at": {"N": key_at.to_string()}}});
        world.aws.alter(PK, "STRIPE", "paused", pause);
        let overview = world.get(&bearer, "overview").await.json();
        assert!(
            overview["stripe"]["paused"]["reason"].as_str().unwrap().contains(says),
            "{overview}"
        );
    }
    pause();
    assert_eq!(world.post(&bearer, &format!("runs/{id}/stop"), &json!({})).await.status, 202);
    assert!(
        world.stored_connection().unwrap().get("paused").is_none(),
        "a worker must be let in to end it"
    );
}

#[tokio::test]
async fn a_waiting_run_shows_why_and_continues_on_request() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.start(&bearer).await.run.id;
    let overview = world.get(&bearer, "overview").await.json();
    assert_eq!(
        (&overview["open_run"]["id"], &overview["open_run"]["waiting"]),
        (&json!(id), &Value::Null)
    );
    world.aws.alter(PK, &world.run_key(&id), "state", json!({"S": "running"}));
    let waiting = json!({"M": {"party": {"S": "blnk"},
        "answer": {"S": "the ledger is not available (status 503)"},
        "status": {"N": "503"}, "call": {"S": "POST /transactions/bulk"},
        "since": {"N": "1760000000000"},
        "next_attempt": {"N": "1760000060500"}, "attempts": {"N": "4"}}});
    world.aws.alter(PK, &world.run_key(&id), "waiting", waiting);
    let shown = json!({"party": "blnk", "answer": "the ledger is not available (status 503)",
        "status": 503,
        "call": "POST /transactions/bulk", "request_id": null, "since": "2025-10-09T08:53:20.000Z",
        "next_attempt": "2025-10-09T08:54:20.500Z", "attempts": 4});
    assert_eq!(world.get(&bearer, &format!("runs/{id}")).await.json()["waiting"], shown);
    assert_eq!(world.get(&bearer, "runs").await.json()["runs"][0]["waiting"], shown);
    assert_eq!(world.get(&bearer, "overview").await.json()["open_run"]["waiting"], shown);
    let again = world.start(&bearer).await;
    assert_eq!((again.created, &again.run.id), (false, &id));
    let sent = world.aws.messages().pop().unwrap().body;
    assert_eq!(
        (&sent["reason"], &sent["run"]),
        (&json!("manual"), &json!(id)),
        "it is tried now; no other run follows"
    );
    world.end(&id, "completed");
    assert_eq!(world.get(&bearer, "overview").await.json()["open_run"], Value::Null);
}

#[tokio::test]
async fn only_an_open_run_can_be_stopped() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.start(&bearer).await.run.id;
    let stop = async |id: &str| world.post(&bearer, &format!("runs/{id}/stop"), &json!({})).await;
    let reply = stop(&id).await;
    assert_eq!((reply.status, &reply.json()["stop_requested"]), (202, &json!(true)));
    assert_eq!(
        world.aws.messages().last().unwrap().body["reason"],
        "continue",
        "a worker is woken to end it"
    );
    world.end(&id, "cancelled");
    let reply = stop(&id).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "run_over"));
    for unknown in [clock::new_ulid().to_string(), "no-id".to_owned()] {
        assert_eq!(stop(&unknown).await.status, 404);
        assert_eq!(world.get(&bearer, &format!("runs/{unknown}")).await.status, 404);
    }
    assert_eq!(world.aws.items(PK, "RUN#").len(), 1, "stopping what is not there makes nothing");
}

#[tokio::test]
async fn runs_of_another_connection_are_not_shown() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.start(&bearer).await.run.id;
    let key = world.run_key(&id);
    let reply = test_support::Call::new("DELETE", "/portal/api/stripe")
        .bearer(&bearer)
        .to(&world.router)
        .await;
    assert_eq!(reply.status, 204);
    assert!(world.stored_connection().is_none(), "the key is gone with the connection");
    assert_eq!(world.aws.item(PK, &key).unwrap()["state"], "cancelled");
    assert_eq!(world.get(&bearer, &format!("runs/{id}")).await.status, 404);
    assert_eq!(world.get(&bearer, "runs").await.json()["runs"], json!([]));
    let reply = world.post(&bearer, "runs", &json!({})).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "not_connected"));
    world.stripe_answers(OTHER_KEY, "acct_2").await;
    assert_eq!(world.connect(&bearer, OTHER_KEY).await.status, 200);
    assert_eq!(world.get(&bearer, &format!("runs/{id}")).await.status, 404);
    assert_eq!(world.get(&bearer, "runs").await.json()["runs"], json!([]));
}

#[tokio::test]
async fn an_action_without_its_permission_is_refused_by_name_without_a_partner_call() {
    for (scopes, path, missing) in [
        (vec!["data:write", "alerts:read"], "stripe", "data:read"),
        (vec!["data:write"], "preview", "data:read"),
        (vec!["data:read"], "runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/approve", "data:write"),
        (vec!["data:write"], "runs", "data:read"),
        (vec![], "runs", "data:read"),
    ] {
        let world = world_with(&scopes).await;
        let bearer = world.session().await;
        let reply = world.post(&bearer, path, &json!({"key": crate::world::STRIPE_KEY})).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (403, "permission_missing"),
            "{scopes:?} {path}"
        );
        assert!(reply.json()["detail"].as_str().unwrap().contains(missing), "{}", reply.text());
        assert_eq!(world.aws.calls(), ["BatchGetItem"]);
        assert!(world.stripe.received_requests().await.unwrap().is_empty());
        let listed = world.get(&bearer, "permissions").await.json();
        let granted: Vec<&str> = listed["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["granted"] == true)
            .map(|one| one["scope"].as_str().unwrap())
            .collect();
        let mut expected = scopes.clone();
        expected.sort_by_key(|scope| {
            ["data:read", "data:write", "alerts:read", "alerts:write"]
                .iter()
                .position(|known| known == scope)
        });
        assert_eq!(granted, expected);
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_changes_nothing() {
    let world = world().await;
    let bearer = world.connected().await;
    let post = async |text: &str| {
        test_support::Call::new("POST", "/portal/api/runs")
            .bearer(&bearer)
            .text(text)
            .to(&world.router)
            .await
    };
    for broken in ["", "{", "[]", r#"{"scope":"half"}"#, r#"{"scope":"preview"}"#] {
        assert_eq!(post(broken).await.status, 400, "{broken}");
    }
    assert_eq!(
        post(&format!("{{\"scope\":\"new\",\"more\":\"{}\"}}", "x".repeat(9000))).await.status,
        413
    );
    assert!(world.aws.items(PK, "RUN#").is_empty());
}

/// Also what never reaches a handler is answered in the form that is documented.
#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_a_problem_document_too() {
    let world = world().await;
    let bearer = world.connected().await;
    for path in ["runs/%FF", "certificates/%FF", "certificates/%C3%28/table"] {
        let reply = world.get(&bearer, path).await;
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.header("content-type")),
            (400, "bad_request", "application/problem+json"),
            "{path}"
        );
    }
}
