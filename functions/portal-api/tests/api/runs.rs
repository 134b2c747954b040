use serde_json::{Value, json};
use stripe_sync::platform::clock;
use stripe_sync::platform::table::keys::Sk;

use crate::answers::{RunPage, Started};
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

    /// The ids of a whole history, page by page, as the page reads it.
    async fn history(&self, bearer: &str, filter: &str, limit: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let mut before = String::new();
        for _ in 0..20 {
            let reply =
                self.get(bearer, &format!("runs?filter={filter}&limit={limit}{before}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let page: RunPage = serde_json::from_slice(&reply.body).unwrap();
            assert!(page.runs.len() <= limit);
            ids.extend(page.runs.into_iter().map(|run| run.id));
            let Some(next) = page.next else { return ids };
            before = format!("&before={next}");
        }
        panic!("a history without end")
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
async fn a_run_that_rests_goes_on_when_it_is_asked_for() {
    let world = world().await;
    let bearer = world.connected().await;
    let id = world.start(&bearer).await.run.id;
    let rest = || {
        world.aws.alter(PK, &world.run_key(&id), "state", json!({"S": "paused"}));
        let pause = json!({"M": {"code": {"S": "stripe_key_refused"},
            "reason": {"S": "Connect a new key."}}});
        world.aws.alter(PK, "STRIPE", "paused", pause);
    };
    rest();
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
    // It rests for the install's key, and the install was delivered again since.
    for (key_at, says) in [(i64::MAX, "Install the app again."), (0, "goes on by itself")] {
        let pause = json!({"M": {"code": {"S": "blnk_key_refused"},
            "reason": {"S": "Install the app again."}, "key_at": {"N": key_at.to_string()}}});
        world.aws.alter(PK, "STRIPE", "paused", pause);
        let overview = world.get(&bearer, "overview").await.json();
        assert!(
            overview["stripe"]["paused"]["reason"].as_str().unwrap().contains(says),
            "{overview}"
        );
    }
    rest();
    assert_eq!(world.post(&bearer, &format!("runs/{id}/stop"), &json!({})).await.status, 202);
    assert!(
        world.stored_connection().unwrap().get("paused").is_none(),
        "a worker must be let in to end it"
    );
}

#[tokio::test]
async fn a_run_that_stands_still_says_why_and_goes_on_when_it_is_asked_for() {
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
async fn the_history_pages_through_every_run_once_newest_first_under_every_filter() {
    let world = world().await;
    let bearer = world.connected().await;
    let mut made: Vec<(String, &str)> = Vec::new();
    for state in [
        "completed",
        "failed",
        "completed_with_problems",
        "cancelled",
        "completed",
        "failed",
        "queued",
    ] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let id = world.start(&bearer).await.run.id;
        if state != "queued" {
            world.end(&id, state);
        }
        made.insert(0, (id, state));
    }
    for (filter, states) in [
        ("all", vec!["completed", "completed_with_problems", "failed", "cancelled", "queued"]),
        ("completed", vec!["completed", "completed_with_problems"]),
        ("in_progress", vec!["queued"]),
        ("needs_attention", Vec::new()),
        ("failed", vec!["failed", "cancelled"]),
    ] {
        let expected: Vec<String> = made
            .iter()
            .filter(|(_, state)| states.contains(state))
            .map(|(id, _)| id.clone())
            .collect();
        for limit in [1, 2, 3, 50] {
            assert_eq!(
                world.history(&bearer, filter, limit).await,
                expected,
                "{filter}, {limit} a page"
            );
        }
    }
    for wrong in ["runs?filter=nothing", "runs?limit=many"] {
        assert_eq!(world.get(&bearer, wrong).await.status, 400, "{wrong}");
    }
    for limit in [-1, 0, 1_000_000] {
        assert_eq!(world.get(&bearer, &format!("runs?limit={limit}")).await.status, 200);
    }
    assert_eq!(world.get(&bearer, "runs?before=nothing").await.status, 400);
    assert_eq!(
        world.get(&bearer, &format!("problems?before={}", "x".repeat(2000))).await.status,
        400,
        "no key can be that long"
    );
}

/// Runs of four days, as they lie in the table: named by the time at which they were requested.
async fn made_on_days(world: &World, bearer: &str) -> Vec<(String, i64, &'static str)> {
    const DAY_MS: u64 = 86_400_000;
    let first = world.start(bearer).await.run.id;
    world.end(&first, "completed");
    let stored = world.aws.item(PK, &world.run_key(&first)).unwrap();
    let mut made = Vec::new();
    for (at, (trigger, state)) in [
        ("manual", "completed"),
        ("schedule", "failed"),
        ("webhook", "completed"),
        ("schedule", "completed"),
        ("schedule", "failed"),
        ("manual", "failed"),
    ]
    .into_iter()
    .enumerate()
    {
        // Two on each day, the first at midnight and the last a millisecond before the next.
        let day = 20_000 + u64::try_from(at / 2).unwrap();
        let time = day * DAY_MS + if at % 2 == 0 { 0 } else { DAY_MS - 1 };
        let id = ulid::Ulid::from_parts(time, u128::try_from(at).unwrap());
        let mut run = stored.clone();
        let connection = world.present();
        run.as_object_mut().unwrap().extend(
            json!({"id": id.to_string(), "trigger": trigger, "state": state, "requested_at": time})
                .as_object()
                .unwrap()
                .clone(),
        );
        world.put_item(&Sk::Run(connection, id), &run).await;
        made.insert(0, (id.to_string(), i64::try_from(day).unwrap(), trigger));
    }
    made
}

#[tokio::test]
async fn the_history_is_filtered_by_day_and_by_who_asked_and_pages_through_each_run_once() {
    let world = world().await;
    let bearer = world.connected().await;
    let made = made_on_days(&world, &bearer).await;
    let of = |from: i64, to: i64, trigger: &str| -> Vec<String> {
        made.iter()
            .filter(|(_, day, by)| {
                (from..=to).contains(day) && (trigger.is_empty() || *by == trigger)
            })
            .map(|(id, ..)| id.clone())
            .collect()
    };
    // Day 20,000 since 1970 is 2024-10-04.
    for (query, expected) in [
        ("to=2024-10-06", of(20_000, 20_002, "")),
        ("from=2024-10-05&to=2024-10-05", of(20_001, 20_001, "")),
        ("from=2024-10-05&to=2024-10-06", of(20_001, 20_002, "")),
        ("to=2024-10-06&trigger=schedule", of(20_000, 20_002, "schedule")),
        ("to=2024-10-05&trigger=webhook", of(20_001, 20_001, "webhook")),
        ("from=2024-10-07&to=2024-10-09", Vec::new()),
    ] {
        for limit in [1, 2, 50] {
            let found = world.history(&bearer, &format!("all&{query}"), limit).await;
            assert_eq!(found, expected, "{query}, {limit} a page");
        }
    }
    let failed = world.history(&bearer, "failed&trigger=schedule&to=2024-10-06", 50).await;
    assert_eq!(failed, [made[1].0.clone(), made[4].0.clone()]);
    assert_eq!(world.get(&bearer, "runs?trigger=schedule&to=2024-10-06").await.status, 200);
    assert_eq!(world.aws.calls().last().unwrap(), "Query", "one read for a page");
    for wrong in [
        "trigger=nobody",
        "from=2024-10-5",
        "to=yesterday",
        "from=2024-13-01",
        "from=2024-10-06&to=2024-10-05",
    ] {
        assert_eq!(world.get(&bearer, &format!("runs?{wrong}")).await.status, 400, "{wrong}");
    }
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
async fn an_action_without_its_permission_is_refused_by_name_and_reaches_nobody() {
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
